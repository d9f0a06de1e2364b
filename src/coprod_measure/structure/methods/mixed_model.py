"""Rows of people in categories, partners or countries: linear models with crossed random effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import t as t_distribution

from coprod_measure.errors import DataError, EstimationError, Problem
from coprod_measure.frames import complete, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.mixed_likelihood import CrossedDesign, RandomTerm

# A variance below this share of the residual's is at the boundary.
SINGULAR = 1e-8


@dataclass(frozen=True, slots=True)
class Contrast:
    """A linear combination of coefficients, with Satterthwaite's degrees of freedom."""

    estimate: float
    se: float
    df: float
    statistic: float
    pvalue: float
    ci_lower: float
    ci_upper: float


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """What varies over the groups of a factor.

    Attributes
    ----------
    names : tuple of str
        ``intercept``, then the predictors whose slopes vary.
    covariance : ndarray, shape (q, q)
    """

    names: tuple[str, ...]
    covariance: np.ndarray
    groups: int

    @property
    def variances(self) -> dict[str, float]:
        """One an effect."""
        return dict(zip(self.names, np.diagonal(self.covariance).tolist(), strict=True))

    @property
    def correlations(self) -> np.ndarray:
        """Of the effects, shape (q, q); NaN where one has no variance."""
        spread = np.sqrt(np.diagonal(self.covariance))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.covariance / np.outer(spread, spread))


@dataclass(frozen=True, slots=True, repr=False)
class MixedModel(Shown):
    """A fitted model.

    Attributes
    ----------
    names : tuple of str
        Of the p coefficients.
    coef : ndarray, shape (p,)
    cov : ndarray, shape (p, p)
    random : mapping of str to RandomEffects
        One a factor.
    residual : float
        Variance of the residual.
    loglik : float
        Restricted, unless by ML.
    singular : tuple of str
        Factors whose variance, or combination of random effects, is estimated as zero.
    gradient : ndarray, shape (p, p, m)
        Derivatives of ``cov`` in the m variances and covariances of factors that are not singular.
    variance_cov : ndarray, shape (m, m)
        Sampling covariance of these.
    """

    names: tuple[str, ...]
    coef: np.ndarray
    cov: np.ndarray
    random: Mapping[str, RandomEffects]
    residual: float
    loglik: float
    reml: bool
    singular: tuple[str, ...]
    gradient: np.ndarray
    variance_cov: np.ndarray
    n: int

    def contrast(self, weights: Mapping[str, float] | Sequence[float]) -> Contrast:
        """Test a combination of coefficients, given as weights by name or in order.

        Notes
        -----
        ``df = 2 C^2 / (g' A g)`` with the variance ``C`` of the combination, its gradient ``g`` in the
        variances and their covariance ``A`` (Fai and Cornelius 1996, *J. Stat. Comput. Simul.* 54, 363-378).
        """
        if isinstance(weights, Mapping):
            unknown = sorted(set(weights) - set(self.names))
            if unknown:
                cure = f"Coefficients are {', '.join(self.names)}"
                raise DataError(f"{', '.join(unknown)} is no coefficient", place="contrast", cure=cure)
            L = np.array([weights.get(name, 0.0) for name in self.names])
        else:
            L = np.asarray(weights, float)
        estimate, variance = float(L @ self.coef), float(L @ self.cov @ L)
        g = np.einsum("i,ijk,j->k", L, self.gradient, L)
        spread = float(g @ self.variance_cov @ g)
        df = 2 * variance**2 / spread if spread > 0 else np.inf
        se = float(np.sqrt(variance))
        statistic = estimate / se
        half = float(t_distribution.ppf(0.975, df)) * se
        p = 2 * float(t_distribution.sf(abs(statistic), df))
        return Contrast(estimate, se, float(df), statistic, p, estimate - half, estimate + half)

    def table(self) -> pd.DataFrame:
        """One row a coefficient: ``name est se df t pvalue ci_lower ci_upper``."""
        rows = []
        for k, name in enumerate(self.names):
            c = self.contrast(np.eye(len(self.names))[k].tolist())
            rows.append(
                {
                    "name": name,
                    "est": c.estimate,
                    "se": c.se,
                    "df": c.df,
                    "t": c.statistic,
                    "pvalue": c.pvalue,
                    "ci_lower": c.ci_lower,
                    "ci_upper": c.ci_upper,
                }
            )
        return pd.DataFrame(rows)

    def shares(self) -> pd.DataFrame:
        """One row an effect of a factor, and the residual: ``factor effect levels variance sd icc``.

        Where slopes vary, shares depend on the predictor: ``icc`` is NaN.
        """
        rows = [
            (factor, effect, own.groups, variance)
            for factor, own in self.random.items()
            for effect, variance in own.variances.items()
        ]
        rows.append(("residual", "", self.n, self.residual))
        found = pd.DataFrame(rows, columns=["factor", "effect", "levels", "variance"])
        vary = any(len(own.names) > 1 for own in self.random.values())
        total = np.nan if vary else found["variance"].sum()
        return found.assign(sd=np.sqrt(found["variance"]), icc=found["variance"] / total)


@takes_frame
def mixed_model(
    data: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    groups: Sequence[str],
    *,
    slopes: Mapping[str, Sequence[str]] = MappingProxyType({}),
    categories: str | None = None,
    reml: bool = True,
) -> MixedModel:
    """Fit a linear model with random intercepts and slopes of one or several crossed (or nested) factors.

    Parameters
    ----------
    data : pandas.DataFrame
        One row an answer; incomplete rows are left out.
    predictors : sequence of str
        Numeric columns; ``"a:b"`` is a product.
    groups : sequence of str
        Columns that name people, categories, partners, countries.
    slopes : mapping of str to sequence of str
        Factor to predictors whose slopes vary over it, correlated with its intercepts.
    categories : str, optional
        A column whose values have an intercept each, in place of the common one, for planned contrasts.
    reml : bool
        Restricted likelihood: with few groups ML makes variances too small.

    Raises
    ------
    DataError
        If columns are missing, predictors depend on each other, or a factor cannot have a variance.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> person, kind = np.repeat(np.arange(80), 4), np.tile(np.arange(4), 80)
    >>> x = rng.normal(size=320)
    >>> y = 0.5 * x + rng.normal(size=80)[person] + rng.normal(0, 0.5, 4)[kind] + rng.normal(size=320)
    >>> data = pd.DataFrame({"person": person, "kind": kind, "x": x, "y": y})
    >>> found = mixed_model(data, "y", ["x"], ["person", "kind"])
    >>> [round(float(v), 1) for v in (found.coef[1], found.residual)]
    [0.6, 1.1]
    """
    used = [*predictors, *(name for own in slopes.values() for name in own)]
    rows = _complete(data, outcome, used, groups, categories)
    names, X = _design(rows, predictors, categories)
    factors = [pd.factorize(rows[g], sort=True)[0] for g in groups]
    levels = {g: int(f.max()) + 1 for g, f in zip(groups, factors, strict=True)}
    _check(rows, outcome, X, names, levels, slopes)
    terms = [
        RandomTerm(f, np.column_stack([np.ones(len(rows)), *(_column(rows, x) for x in slopes.get(g, ()))]))
        for g, f in zip(groups, factors, strict=True)
    ]
    design = CrossedDesign(rows[outcome].to_numpy(float), X, terms)
    theta = _minimum(design, reml)
    found = design.profile(design.split(theta))
    if found.residual <= 1e-14 * design.n * rows[outcome].to_numpy(float).var():
        cause, cure = "follows from predictors and groups without error", "Leave out what it is made of"
        raise EstimationError(cause, place=f"column {outcome}", cure=cure, code="exact")
    sigma2 = found.residual / (design.n - design.p if reml else design.n)
    matrices = [sigma2 * T @ T.T for T in design.split(theta)]
    variances = np.append(np.concatenate([M[np.tril_indices(len(M))] for M in matrices]), sigma2)
    inside = [bool(np.linalg.eigvalsh(M)[0] > SINGULAR * sigma2) for M in matrices]
    interior = np.append(np.repeat(inside, [len(M) * (len(M) + 1) // 2 for M in matrices]), True)
    gradient, variance_cov = _variability(design, variances, interior, reml)
    names_of = (("intercept", *slopes.get(g, ())) for g in groups)
    random = dict(zip(groups, map(RandomEffects, names_of, matrices, levels.values()), strict=True))
    return MixedModel(
        names,
        found.beta,
        design.covariance(variances),
        random,
        float(sigma2),
        -0.5 * design.deviance(theta, reml=reml),
        reml,
        tuple(g for g, own in zip(groups, inside, strict=True) if not own),
        gradient,
        variance_cov,
        design.n,
    )


def _column(rows: pd.DataFrame, name: str) -> np.ndarray:
    return np.asarray(rows[name.split(":")].to_numpy(float).prod(axis=1))


def _complete(
    data: pd.DataFrame, outcome: str, predictors: Sequence[str], groups: Sequence[str], categories: str | None
) -> pd.DataFrame:
    parts = [part for name in predictors for part in name.split(":")]
    wanted = [outcome, *parts, *groups, *([categories] if categories else [])]
    if not groups:
        cure = "Name people, categories or countries"
        raise DataError("none is named", place="groups", cure=cure, code="no-groups")
    rows = complete(data, wanted, [outcome, *parts])
    if rows.empty:
        raise DataError("no row is complete", place="mixed model", cure="Look at missing answers")
    return rows


def _design(
    rows: pd.DataFrame, predictors: Sequence[str], categories: str | None
) -> tuple[tuple[str, ...], np.ndarray]:
    columns, names = [np.ones(len(rows))], ["intercept"]
    if categories is not None:
        code, values = pd.factorize(rows[categories], sort=True)
        columns, names = list(np.eye(len(values))[code].T), [f"{categories} {value}" for value in values]
    for name in predictors:
        columns.append(_column(rows, name))
        names.append(name)
    return tuple(names), np.column_stack(columns)


def _check(
    rows: pd.DataFrame,
    outcome: str,
    X: np.ndarray,
    names: Sequence[str],
    levels: Mapping[str, int],
    slopes: Mapping[str, Sequence[str]],
) -> None:
    problems = []
    y = rows[outcome].to_numpy(float)
    left = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    if left @ left <= 1e-20 * (y @ y):
        cause = "follows from the predictors without error"
        problems.append(Problem(f"column {outcome}", cause, "Leave out what it is made of", "exact"))
    for name in sorted(set(slopes) - set(levels)):
        cause = "has slopes and no intercept"
        problems.append(Problem(f"column {name}", cause, "Name it among the groups", "no-intercept"))
    if np.linalg.matrix_rank(X) < X.shape[1]:
        cause = f"{', '.join(names)} depend on each other"
        problems.append(Problem("predictors", cause, "Leave one out", "dependent"))
    for name, number in levels.items():
        if number < 3:
            cause = f"has {number} group{'s' if number > 1 else ''}: no variance can be told from so few"
            problems.append(Problem(f"column {name}", cause, "Make it a predictor", "too-few-groups"))
        elif number == len(rows):
            cause = "has one row a group: it cannot be told from the residual"
            problems.append(Problem(f"column {name}", cause, "Leave it out", "one-row-a-group"))
    if problems:
        raise DataError.from_problems(problems)


def _minimum(design: CrossedDesign, reml: bool) -> np.ndarray:
    # Diagonals of the factors are standard deviations: not below zero.
    on_diagonal = np.concatenate([np.eye(q, dtype=bool)[np.tril_indices(q)] for q in design.sizes])

    def admissible(theta: np.ndarray) -> np.ndarray:
        return np.where(on_diagonal, np.abs(theta), theta)

    def value(theta: np.ndarray) -> float:
        return design.deviance(admissible(theta), reml=reml)

    start = np.where(on_diagonal, 0.5, 0.0)
    bounds = [(0.0, None) if own else (None, None) for own in on_diagonal]
    found = minimize(value, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14})
    # Deviances of thousands are known to some 1e-9: asking for more, the simplex would never end.
    enough = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 200 * len(start)}
    polished = minimize(value, found.x, method="Nelder-Mead", options=enough)
    best = admissible(polished.x if polished.fun <= found.fun else found.x)
    for k in np.flatnonzero(on_diagonal):
        # At the boundary the simplex stops near zero: there it is zero exactly.
        at_zero = best.copy()
        at_zero[k] = 0.0
        if best[k] < 0.05 and value(at_zero) <= value(best) + 1e-9:
            best = at_zero
    return np.asarray(best)


def _variability(
    design: CrossedDesign, variances: np.ndarray, interior: np.ndarray, reml: bool
) -> tuple[np.ndarray, np.ndarray]:
    free = np.flatnonzero(interior)
    spread = [np.sqrt(np.diagonal(M)) for M in design.split(variances)]
    scale = np.concatenate([np.outer(own, own)[np.tril_indices(len(own))] for own in spread])
    steps = np.append(scale, variances[-1])[free] * 1e-3

    def moved(shift: np.ndarray) -> np.ndarray:
        own = variances.copy()
        own[free] += shift
        return own

    m = len(free)
    E = np.eye(m) * steps
    gradient = np.stack(
        [
            (design.covariance(moved(e)) - design.covariance(moved(-e))) / (2 * h)
            for e, h in zip(E, steps, strict=True)
        ],
        axis=2,
    )
    H = np.empty((m, m))
    for i in range(m):
        for j in range(i + 1):
            terms = [
                a * b * design.deviance_of_variances(moved(a * E[i] + b * E[j]), reml=reml)
                for a in (1, -1)
                for b in (1, -1)
            ]
            H[i, j] = H[j, i] = sum(terms) / (4 * steps[i] * steps[j])
    if np.linalg.eigvalsh(H)[0] <= 0:
        cause = "the likelihood has no curvature in the variances"
        raise EstimationError(cause, place="mixed model", cure="Leave a grouping out")
    return gradient, 2 * np.linalg.inv(H)
