"""Yes/no outcomes of people in categories, partners, countries: crossed random intercepts on the log odds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from coprod_measure.errors import DataError, EstimationError, Problem
from coprod_measure.frames import complete, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.complete_rows import name_collinear
from coprod_measure.structure.methods.mixed_model import Contrast

Array = np.ndarray
PLACE = "logistic mixed model"
_STEPS = 100
_NONE = 1e-4
"""Standard deviation of a factor at or below which it is zero."""


@dataclass(frozen=True, slots=True, repr=False)
class LogisticMixed(Shown):
    """A logistic model with random intercepts.

    Attributes
    ----------
    names : tuple of str
        ``intercept``, then the predictors.
    coef : ndarray, shape (p,)
        Log odds.
    cov : ndarray, shape (p, p)
    sd : dict of str to float
        Factor to the standard deviation of its intercepts.
    quadrature : int
        Points; 1 is Laplace's approximation.
    singular : bool
        Whether a standard deviation is zero.
    """

    names: tuple[str, ...]
    coef: Array
    cov: Array
    sd: dict[str, float]
    loglik: float
    quadrature: int
    n: int
    groups: dict[str, int]
    singular: bool

    def table(self, confidence: float = 0.95) -> pd.DataFrame:
        """One row a coefficient: ``name est se z pvalue ci_lower ci_upper odds_ratio``."""
        se = np.sqrt(np.diagonal(self.cov))
        half = norm.ppf(0.5 + confidence / 2) * se
        z = self.coef / se
        return pd.DataFrame(
            {
                "name": self.names, "est": self.coef, "se": se, "z": z, "pvalue": 2 * norm.sf(np.abs(z)),
                "ci_lower": self.coef - half, "ci_upper": self.coef + half, "odds_ratio": np.exp(self.coef),
            }
        )  # fmt: skip

    def contrast(self, weights: Mapping[str, float]) -> Contrast:
        """Test a combination of coefficients by z; its degrees of freedom are infinite."""
        unknown = sorted(set(weights) - set(self.names))
        if unknown:
            cure = f"Coefficients are {', '.join(self.names)}"
            raise DataError(f"{', '.join(unknown)} is no coefficient", place="contrast", cure=cure)
        L = np.array([weights.get(name, 0.0) for name in self.names])
        estimate, se = float(L @ self.coef), float(np.sqrt(L @ self.cov @ L))
        half, z = float(norm.ppf(0.975)) * se, estimate / se
        p = 2 * float(norm.sf(abs(z)))
        return Contrast(estimate, se, np.inf, z, p, estimate - half, estimate + half)

    def shares(self) -> pd.DataFrame:
        """One row a factor: ``factor levels variance icc``, the residual's variance being pi squared / 3."""
        variances = {name: own**2 for name, own in self.sd.items()}
        whole = sum(variances.values()) + np.pi**2 / 3
        rows = [(name, self.groups[name], own, own / whole) for name, own in variances.items()]
        return pd.DataFrame(rows, columns=["factor", "levels", "variance", "icc"])


@takes_frame
def logistic_mixed(
    data: pd.DataFrame, outcome: str, predictors: Sequence[str], groups: Sequence[str], *, quadrature: int = 1
) -> LogisticMixed:
    """Fit a logistic model with crossed random intercepts by maximum likelihood.

    Parameters
    ----------
    data : pandas.DataFrame
        One row an answer; rows with gaps are left out.
    outcome : str
        0 or 1.
    groups : sequence of str
        Columns of the factors, crossed or nested.
    quadrature : int
        Points of the adaptive Gauss-Hermite rule, for one factor only; 1 is Laplace's approximation.

    Raises
    ------
    DataError
        If the outcome is not 0 and 1, predictors depend on each other, or a factor has two levels or one.
    EstimationError
        If the likelihood has no maximum, as where the outcome follows from the predictors.

    Notes
    -----
    Penalised iteratively reweighted least squares for the modes, the Laplace approximation or adaptive
    quadrature (Pinheiro and Bates 1995, *J. Comput. Graph. Stat.* 4, 12-35) maximised over coefficients and
    standard deviations; errors from the Hessian of both. Variances are too small with few groups. The
    variational fit of statsmodels gives posterior standard deviations of another model, and is not used.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> who = np.repeat(np.arange(200), 6)
    >>> frame = pd.DataFrame({"who": who, "x": rng.normal(size=1200)})
    >>> odds = 0.8 * frame["x"] + rng.normal(size=200)[who]
    >>> frame["y"] = (rng.random(1200) < 1 / (1 + np.exp(-odds))) * 1
    >>> found = logistic_mixed(frame, "y", ["x"], ["who"], quadrature=9)
    >>> round(float(found.coef[1]), 1), round(found.sd["who"], 1)
    (0.8, 0.9)
    """
    rows = complete(data, [outcome, *predictors, *groups], [outcome, *predictors])
    y = rows[outcome].to_numpy(float)
    X = np.column_stack([np.ones(len(rows)), rows[list(predictors)].to_numpy(float)])
    codes = [pd.factorize(rows[name])[0] for name in groups]
    constant = [name for name in predictors if rows[name].nunique() < 2]
    _check(y, constant, outcome, dict(zip(groups, codes, strict=True)), quadrature)
    name_collinear(X[:, 1:], tuple(predictors))
    design = _Design(y, X, codes, quadrature)
    p = X.shape[1]
    start = np.r_[_plain(y, X), np.full(len(groups), 0.5)]
    bounds = [(None, None)] * p + [(0.0, None)] * len(groups)
    scale = np.r_[1 / np.maximum(X.std(axis=0), 1e-12), np.ones(len(groups))]
    scale[0] = 1.0
    found = minimize(
        lambda v: design.deviance(v * scale), start / scale, method="L-BFGS-B", bounds=_scaled(bounds, scale),
        jac="3-point", options={"ftol": 1e-13, "gtol": 1e-6, "maxiter": 500},
    )  # fmt: skip
    best = found.x * scale
    if not np.isfinite(found.fun) or np.abs(best[:p] * X.std(axis=0)).max(initial=0.0) > 30:
        cause = f"{outcome} follows from the predictors: the likelihood has no maximum"
        raise EstimationError(cause, place=PLACE, cure="Leave a predictor out")
    best[p:][best[p:] < _NONE] = 0.0
    free = np.r_[np.ones(p, bool), best[p:] > 0]
    H = _hessian(design.deviance, best, free)
    try:
        cov = 2 * np.linalg.inv(H)[:p, :p]
    except np.linalg.LinAlgError:
        cov = np.full((p, p), np.nan)
    if not (np.diagonal(cov) > 0).all():
        cause = "the likelihood has no curvature in the coefficients"
        raise EstimationError(cause, place=PLACE, cure="Leave a predictor or a grouping out")
    sd = dict(zip(groups, map(float, best[p:]), strict=True))
    levels = {name: int(own.max()) + 1 for name, own in zip(groups, codes, strict=True)}
    return LogisticMixed(
        ("intercept", *predictors), best[:p], cov, sd, -design.deviance(best) / 2, quadrature, len(y), levels,
        bool((best[p:] == 0).any()),
    )  # fmt: skip


def _check(y: Array, constant: Sequence[str], outcome: str, codes: dict[str, Array], quadrature: int) -> None:
    problems = []
    if set(np.unique(y)) != {0.0, 1.0}:
        problems.append(Problem(f"column {outcome}", "is not 0 and 1", "Name a yes/no outcome", "not-binary"))
    problems += [Problem(f"column {name}", "does not vary", "Leave it out", "constant") for name in constant]
    for name, own in codes.items():
        if (number := int(own.max(initial=-1)) + 1) < 3:
            cause = f"has {number} group{'s'[: number != 1]}: no variance can be told from so few"
            problems.append(Problem(f"column {name}", cause, "Make it a predictor", "too-few-groups"))
    if not codes:
        problems.append(Problem("groups", "are not named", "Name a column", "no-groups"))
    if quadrature < 1 or (quadrature > 1 and len(codes) != 1):
        cause = f"quadrature of {quadrature} points with {len(codes)} factors"
        problems.append(
            Problem("option quadrature", cause, "Use 1, or several for one factor", "wrong-quadrature")
        )
    if problems:
        raise DataError.from_problems(problems)


def _scaled(
    bounds: Sequence[tuple[float | None, float | None]], scale: Array
) -> list[tuple[float | None, float | None]]:
    return [(None if low is None else low / s, high) for (low, high), s in zip(bounds, scale, strict=True)]


def _plain(y: Array, X: Array) -> Array:
    """Start from the logistic regression without random effects, a little drawn towards zero."""
    beta, ridge = np.zeros(X.shape[1]), 1e-3 * np.eye(X.shape[1])
    for _ in range(25):
        p = expit(X @ beta)
        step = np.linalg.solve((X * (p * (1 - p))[:, None]).T @ X + ridge, X.T @ (y - p) - ridge @ beta)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def _hessian(value: object, at: Array, free: Array) -> Array:
    """Second differences in the free parameters; shape (k, k)."""
    assert callable(value)
    index = np.flatnonzero(free)
    steps = 1e-3 * np.maximum(np.abs(at[index]), 0.1)
    E = np.zeros((len(index), len(at)))
    E[np.arange(len(index)), index] = steps
    H = np.empty((len(index), len(index)))
    for i in range(len(index)):
        for j in range(i + 1):
            terms = [a * b * value(at + a * E[i] + b * E[j]) for a in (1, -1) for b in (1, -1)]
            H[i, j] = H[j, i] = sum(terms) / (4 * steps[i] * steps[j])
    return H


class _Design:
    """Answers and their groups; the factor of most levels is eliminated first."""

    def __init__(self, y: Array, X: Array, codes: Sequence[Array], quadrature: int) -> None:
        self.y, self.X, self.quadrature = y, X, quadrature
        self.order = sorted(range(len(codes)), key=lambda k: -int(codes[k].max()))
        self.codes = [codes[k] for k in self.order]
        self.sizes = [int(own.max()) + 1 for own in self.codes]
        self.u = [np.zeros(size) for size in self.sizes]

    def deviance(self, parameters: Array) -> float:
        """Minus twice the approximated log likelihood at coefficients and standard deviations."""
        p = self.X.shape[1]
        fixed, sd = self.X @ parameters[:p], np.abs(parameters[p:])[self.order]
        eta, diagonal, log_det = self._modes(fixed, sd)
        if self.quadrature > 1:
            return self._adaptive(fixed, sd[0], diagonal)
        penalty = sum(float(u @ u) for u in self.u)
        return -2 * self._loglik(eta) + penalty + log_det

    def _loglik(self, eta: Array) -> float:
        return float(self.y @ eta - np.logaddexp(0.0, eta).sum())

    def _eta(self, fixed: Array, sd: Array, u: Sequence[Array]) -> Array:
        return np.asarray(fixed + sum(s * own[code] for s, own, code in zip(sd, u, self.codes, strict=True)))

    def _modes(self, fixed: Array, sd: Array) -> tuple[Array, Array, float]:
        """Find the most probable intercepts (in standard deviations); give the log determinant there."""

        def penalised(u: Sequence[Array]) -> float:
            return self._loglik(self._eta(fixed, sd, u)) - 0.5 * sum(float(own @ own) for own in u)

        now = penalised(self.u)
        for _ in range(_STEPS):
            eta = self._eta(fixed, sd, self.u)
            step, diagonal, log_det = self._newton(eta, sd)
            largest = max(float(np.abs(own).max()) for own in step)
            size = 1.0
            while True:
                tried = [u + size * own for u, own in zip(self.u, step, strict=True)]
                after = penalised(tried)
                if after >= now - 1e-10 or size < 1e-6:
                    break
                size /= 2
            self.u, now = tried, after
            if largest < 1e-9:
                break
        return self._eta(fixed, sd, self.u), diagonal, log_det

    def _newton(self, eta: Array, sd: Array) -> tuple[list[Array], Array, float]:
        chance = expit(eta)
        left, w = self.y - chance, chance * (1 - chance)
        counts = list(zip(self.codes, self.sizes, sd, strict=True))
        g = [s * np.bincount(c, left, m) - u for (c, m, s), u in zip(counts, self.u, strict=True)]
        first, m1, s1 = counts[0]
        D = s1 * s1 * np.bincount(first, w, m1) + 1.0
        log_det = float(np.log(D).sum())
        if len(counts) == 1:
            return [g[0] / D], D, log_det
        rest = counts[1:]
        B = np.hstack([s1 * s * _cross(first, c, w, m1, m) for c, m, s in rest])
        C = np.block([[a * b * _cross(c, e, w, m, n) for e, n, b in rest] for c, m, a in rest])
        S = cho_factor(C + np.eye(len(C)) - B.T @ (B / D[:, None]), lower=True)
        other = cho_solve(S, np.concatenate(g[1:]) - B.T @ (g[0] / D))
        log_det += 2 * float(np.log(np.diagonal(S[0])).sum())
        ends = np.cumsum(self.sizes[1:])[:-1]
        return [(g[0] - B @ other) / D, *np.split(other, ends)], D, log_det

    def _adaptive(self, fixed: Array, sd: float, diagonal: Array) -> float:
        """Integrate each group's intercept by points around its mode."""
        points, weights = np.polynomial.hermite.hermgauss(self.quadrature)
        code, m = self.codes[0], self.sizes[0]
        spread = np.sqrt(2.0 / diagonal)
        z = self.u[0][:, None] + spread[:, None] * points
        eta = fixed[:, None] + sd * z[code]
        own = self.y[:, None] * eta - np.logaddexp(0.0, eta)
        logs = np.column_stack([np.bincount(code, column, m) for column in own.T])
        logs += points**2 + np.log(weights) - 0.5 * z * z - 0.5 * np.log(2 * np.pi)
        top = logs.max(axis=1)
        whole = top + np.log(np.exp(logs - top[:, None]).sum(axis=1)) + np.log(spread)
        return -2 * float(whole.sum())


def _cross(a: Array, b: Array, w: Array, m: int, n: int) -> Array:
    """Sum weights over pairs of levels; shape (m, n)."""
    return np.bincount(a * n + b, w, m * n).reshape(m, n)
