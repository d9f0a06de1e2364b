"""Cross-lagged panel models with and without stable differences between persons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy.stats import chi2

from coprod_measure.arguments import spelled
from coprod_measure.errors import DataError, NotAvailable, Problem
from coprod_measure.fitting.models import lavaan
from coprod_measure.fitting.result import Fit
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.fits_beside import fit_table
from coprod_measure.structure.methods.occasions import Layout, LayoutKeywords, Occasions, occasions
from coprod_measure.structure.methods.panel_text import BETWEEN, WITHIN, cross_lagged_text

LABELS = ("riclpm", "riclpm_equal", "clpm", "clpm_equal")
FEWEST_ITEMS = 3


@dataclass(frozen=True, slots=True)
class NestedTest:
    """A restriction tested: ``restricted`` within ``free``.

    Attributes
    ----------
    statistic, df, pvalue : float
        Likelihood-ratio test.
    boundary_pvalue : float or NotAvailable
        Where variances on the boundary are tested: the mixture of chi-squares (Stoel et al. 2006); the
        plain p is too large there.
    """

    restricted: str
    free: str
    statistic: float
    df: float
    pvalue: float
    boundary_pvalue: float | NotAvailable


@dataclass(frozen=True, slots=True, repr=False)
class Panel(Shown):
    """What lagged effects over waves say.

    Attributes
    ----------
    variables : tuple of str
        Those that influence each other: observed, or measured by items.
    fits : mapping of str to Fit
        ``riclpm``, ``riclpm_equal``, ``clpm``, ``clpm_equal``, those that exist.
    unavailable : mapping of str to NotAvailable
        Why a model does not exist or may not be read.
    chosen : str
        The model to read: with stable differences where they can be estimated; equal over time where that is
        not rejected.
    """

    occasions: Occasions
    variables: tuple[str, ...]
    fits: Mapping[str, Fit]
    unavailable: Mapping[str, NotAvailable]
    tests: tuple[NestedTest, ...]
    chosen: str

    def table(self, model: str | None = None) -> pd.DataFrame:
        """Lagged effects, one row an effect and wave.

        Columns ``model outcome predictor wave est se z pvalue ci_lower ci_upper std_all``; equal effects
        stand once for every wave, because their standardised values differ.
        """
        model = model or self.chosen
        rows = _lagged_rows(self.fits[model], self, stable=model.startswith("ri"))
        rows.insert(0, "model", model)
        return rows

    def fit_table(self) -> pd.DataFrame:
        """One row a model: ``model chosen chisq df pvalue cfi rmsea srmr aic bic converged admissible``."""
        return fit_table(self.fits, "model", chosen=self.chosen)

    def test_table(self) -> pd.DataFrame:
        """One row a test: ``restricted free statistic df pvalue boundary_pvalue``."""
        return pd.DataFrame(
            [{name: getattr(test, name) for name in NestedTest.__slots__} for test in self.tests]
        )

    def stable(self) -> pd.DataFrame:
        """Stable differences: ``variable variance se share ci_lower ci_upper``; share of the first wave's."""
        name = self.chosen if self.chosen.startswith("ri") else "riclpm"
        if name not in self.fits:
            return pd.DataFrame(columns=["variable", "variance", "se", "share", "ci_lower", "ci_upper"])
        found = _parameters(self.fits[name])
        rows = []
        for variable in self.variables:
            own = found.loc[f"{BETWEEN}{variable}~~{BETWEEN}{variable}"]
            within = found.loc[f"{WITHIN}{variable}_1~~{WITHIN}{variable}_1", "est"]
            share = own["est"] / (own["est"] + within)
            interval = {"ci_lower": own["ci_lower"], "ci_upper": own["ci_upper"]}
            rows.append(
                {"variable": variable, "variance": own["est"], "se": own["se"], "share": share, **interval}
            )
        return pd.DataFrame(rows)

    def indirect(
        self,
        source: str,
        mediator: str,
        outcome: str,
        *,
        model: str | None = None,
        draws: int = 20_000,
        seed: int = 1,
    ) -> pd.DataFrame:
        """Effects of a source through a mediator two waves later, with Monte Carlo intervals.

        Columns ``model wave est ci_lower ci_upper``; ``wave`` is that of the outcome. One row where effects
        are equal over time.
        """
        model = model or self.chosen
        fit, part = self.fits[model], WITHIN if model.startswith("ri") else ""
        if self.occasions.n_waves < 3:
            raise DataError(
                "an effect through a mediator needs three waves", place="panel", cure="Add a wave"
            )
        rng = np.random.default_rng(seed)
        rows = []
        for k in range(3, self.occasions.n_waves + 1):
            names = [
                f"{part}{mediator}_{k - 1}~{part}{source}_{k - 2}",
                f"{part}{outcome}_{k}~{part}{mediator}_{k - 1}",
            ]
            values = _parameters(fit).loc[names, "est"].to_numpy(float)
            drawn = rng.multivariate_normal(values, covariance_of(fit, names), draws).prod(axis=1)
            lower, upper = np.quantile(drawn, [0.025, 0.975])
            rows.append(
                {"model": model, "wave": k, "est": values.prod(), "ci_lower": lower, "ci_upper": upper}
            )
        return pd.DataFrame(rows[:1] if model.endswith("_equal") else rows)


@spelled(LayoutKeywords, Layout)
@takes_frame
def panel(
    data: pd.DataFrame | Occasions,
    variables: Sequence[str] | Mapping[str, Sequence[str]] = (),
    *,
    times: Sequence[float] | None = None,
    controls: Sequence[str] = (),
    items: Mapping[str, Sequence[str]] = MappingProxyType({}),
    estimator: str = "ML",
    alpha: float = 0.05,
    **layout: Unpack[LayoutKeywords],
) -> Panel:
    """Estimate lagged effects between variables over waves, each with its earlier value held constant.

    Parameters
    ----------
    data : pandas.DataFrame or Occasions
        Long or wide, see :func:`coprod_measure.structure.methods.occasions.occasions`.
    variables
        Likewise.
    times : sequence of float, optional
        When the waves took place. Effects are held equal only over equal intervals.
    controls : sequence of str
        Columns that do not change; every wave is regressed on them.
    items : mapping of str to sequence of str
        Construct to those of ``variables`` that measure it, three or more: effects are then those of factors,
        free of errors of measurement, with equal loadings over waves [2]_. Others stand for themselves.
    estimator : str
        ``"ML"`` or ``"MLR"``; those who missed a wave count by full information.
    alpha : float
        Level of the test of equality over time.
    **layout
        ``person``, ``wave``, ``waves`` and ``date`` of :func:`occasions`.

    Raises
    ------
    DataError
        If the waves cannot be used, or nothing can be estimated.

    Notes
    -----
    The plain model mixes differences between persons and change within them; the model with random intercepts
    [1]_ separates them from three waves on. Both are given.

    References
    ----------
    .. [1] Hamaker, E. L., Kuiper, R. M., & Grasman, R. P. P. P. (2015). A critique of the cross-lagged panel
       model. *Psychological Methods*, 20, 102-116.
    .. [2] Mulder, J. D., & Hamaker, E. L. (2021). Three extensions of the random intercept cross-lagged panel
       model. *Structural Equation Modeling*, 28, 638-648.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> wide = pd.DataFrame(rng.normal(size=(200, 4)), columns=["x1", "x2", "y1", "y2"])
    >>> wide["y2"] += 0.5 * wide["x1"]
    >>> found = panel(wide, {"x": ["x1", "x2"], "y": ["y1", "y2"]})
    >>> found.chosen, str(found.unavailable["riclpm"])
    ('clpm', 'not available: stable differences need three waves; there are 2')
    """
    seen = occasions(data, variables, fixed=controls, **layout)
    variables = _constructs(seen.variables, items)
    if len(variables) < 2:
        raise DataError(
            "lagged effects are between two variables or more", place="panel", cure="Name another"
        )
    fits, unavailable = _fit_all(seen, variables, items, _equality(seen, times), estimator)
    tests = _tests(fits, variables)
    rejected = {test.restricted: test.pvalue < alpha for test in tests}
    base = "riclpm" if "riclpm" in fits and "riclpm" not in unavailable else "clpm"
    equal = f"{base}_equal"
    chosen = equal if equal in fits and equal not in unavailable and not rejected.get(equal, True) else base
    return Panel(seen, variables, fits, unavailable, tests, chosen)


def _constructs(variables: Sequence[str], items: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    used = [item for own in items.values() for item in own]
    problems = []
    for name, own in items.items():
        place = f"option items, {name}"
        if unknown := sorted(set(own) - set(variables)):
            cause = f"{', '.join(unknown)}: no such variable"
            problems.append(Problem(place, cause, "Name it among the variables", "wrong-items"))
        if len(own) < FEWEST_ITEMS:
            cause = f"{len(own)} items measure nothing over waves"
            problems.append(Problem(place, cause, f"Name {FEWEST_ITEMS} or more", "wrong-items"))
        if name in variables:
            cause = "stands among the variables too"
            problems.append(Problem(place, cause, "Give the construct another name", "wrong-items"))
    if twice := sorted({item for item in used if used.count(item) > 1}):
        cause = f"{', '.join(twice)} measures more than one construct"
        problems.append(Problem("option items", cause, "Name each item once", "item-twice"))
    if problems:
        raise DataError.from_problems(problems)
    return (*items, *(name for name in variables if name not in used))


def _equality(seen: Occasions, times: Sequence[float] | None) -> NotAvailable | None:
    if seen.n_waves < 3:
        return NotAvailable(f"equality over time needs three waves; there are {seen.n_waves}")
    if times is None:
        return None
    steps = np.diff(np.asarray(times, float))
    if len(steps) != seen.n_waves - 1 or (steps <= 0).any():
        cause = f"times has {len(steps) + 1} values, in order or not, for {seen.n_waves} waves"
        raise DataError(cause, place="option times", cure="Give one rising number a wave")
    if np.ptp(steps) > 0.05 * steps.mean():
        shown = ", ".join(f"{step:g}" for step in steps)
        return NotAvailable(f"equal effects need equal intervals; these are {shown}")
    return None


def _fit_all(
    seen: Occasions,
    variables: Sequence[str],
    items: Mapping[str, Sequence[str]],
    no_equality: NotAvailable | None,
    estimator: str,
) -> tuple[dict[str, Fit], dict[str, NotAvailable]]:
    columns = [f"{name}_{k}" for name, k in product(seen.variables, range(1, seen.n_waves + 1))]
    missing = "fiml" if seen.frame[columns].isna().any(axis=None) else "listwise"
    options: dict[str, Any] = {"estimator": estimator, "missing": missing, "mean_structure": True}
    spread = {name: float(seen.frame[f"{items.get(name, [name])[0]}_1"].var()) for name in variables}
    fits: dict[str, Fit] = {}
    unavailable: dict[str, NotAvailable] = {}
    for name in LABELS:
        stable, equal = name.startswith("ri"), name.endswith("_equal")
        if stable and seen.n_waves < 3:
            cause = f"stable differences need three waves; there are {seen.n_waves}"
            unavailable[name] = NotAvailable(cause)
        elif equal and no_equality is not None:
            unavailable[name] = no_equality
        else:
            text = cross_lagged_text(
                variables, seen.n_waves, stable=stable, equal=equal, controls=seen.fixed, items=items,
                spread=spread,
            )  # fmt: skip
            fits[name] = lavaan(text, seen.frame, **options)
            reason = _unreadable(fits[name], variables if stable else ())
            if reason is not None:
                unavailable[name] = reason
    return fits, unavailable


def _unreadable(fit: Fit, variables: Sequence[str]) -> NotAvailable | None:
    if not fit.converged or not fit.identified:
        return NotAvailable(next(iter(fit.messages), "the model did not converge"))
    found = _parameters(fit)["est"]
    none = [v for v in variables if found[f"{BETWEEN}{v}~~{BETWEEN}{v}"] <= 0]
    if none:
        return NotAvailable(
            f"no stable differences between persons in {', '.join(none)}: variance at or below 0"
        )
    return None if fit.admissible else NotAvailable(fit.messages[-1])


def _tests(fits: Mapping[str, Fit], variables: Sequence[str]) -> tuple[NestedTest, ...]:
    pairs = [
        ("riclpm_equal", "riclpm"),
        ("clpm_equal", "clpm"),
        ("clpm", "riclpm"),
        ("clpm_equal", "riclpm_equal"),
    ]
    found = []
    for restricted, free in pairs:
        if restricted in fits and free in fits:
            test = fits[free].compare(fits[restricted])
            if isinstance(test.statistic, NotAvailable) or isinstance(test.pvalue, NotAvailable):
                continue
            boundary: float | NotAvailable = NotAvailable("no variance is tested")
            if free.startswith("ri") and restricted.startswith("clpm"):
                boundary = _boundary(fits[free], variables, float(test.statistic), float(test.df))
            found.append(
                NestedTest(
                    restricted, free, float(test.statistic), float(test.df), float(test.pvalue), boundary
                )
            )
    return tuple(found)


def _boundary(fit: Fit, variables: Sequence[str], statistic: float, df: float) -> float | NotAvailable:
    names = [f"{BETWEEN}{v}~~{BETWEEN}{v}" for v in variables]
    if len(names) != 2:
        return NotAvailable("the mixture of chi-squares is worked out for two variables")
    cov = covariance_of(fit, names)
    return chi_bar_square(statistic, df, cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1]))


def chi_bar_square(statistic: float, df: float, correlation: float) -> float:
    """Tail probability of a likelihood-ratio test of ``df`` restrictions, two of them variances at zero.

    ``correlation``: of the two estimated variances.

    Notes
    -----
    The mixture of chi-squares with ``df - 2``, ``df - 1`` and ``df`` degrees of freedom has the weights
    ``1/4 - a, 1/2, 1/4 + a`` with ``a = arcsin(correlation) / (2 pi)`` (Stoel, Garre, Dolan and van den
    Wittenboer 2006, *Psychological Methods* 11, 439-455).

    Examples
    --------
    >>> round(chi_bar_square(2.7055434540954, 2, 0.0), 4) == round(0.5 * 0.1 + 0.25 * 0.25851, 4)
    True
    """
    a = math.asin(max(-1.0, min(1.0, correlation))) / (2 * math.pi)
    weights = (0.25 - a, 0.5, 0.25 + a)
    tails = [
        float(chi2.sf(statistic, df - 2 + k)) if df - 2 + k > 0 else float(statistic <= 0) for k in range(3)
    ]
    return float(np.dot(weights, tails))


def covariance_of(fit: Fit, names: Sequence[str]) -> np.ndarray:
    """Give the sampling covariance of free parameters, named as lavaan's ``coef()`` does; shape (k, k)."""
    rows = fit.solution.model.table.rows
    position = {row.name: fit.solution.model.free_of_row[k] for k, row in enumerate(rows)}
    index = [position[name] for name in names]
    return np.asarray(fit.covariance[np.ix_(index, index)], float)


def _parameters(fit: Fit) -> pd.DataFrame:
    found = fit.parameters
    return found.set_index(found["lhs"] + found["op"] + found["rhs"])


def _lagged_rows(fit: Fit, found_by: Panel, *, stable: bool) -> pd.DataFrame:
    part, seen, names = WITHIN if stable else "", found_by.occasions, found_by.variables
    found = _parameters(fit)
    columns = ["est", "se", "z", "pvalue", "ci_lower", "ci_upper", "std_all"]
    rows = []
    for outcome, predictor, k in product(names, names, range(2, seen.n_waves + 1)):
        row = found.loc[f"{part}{outcome}_{k}~{part}{predictor}_{k - 1}", columns]
        rows.append({"outcome": outcome, "predictor": predictor, "wave": seen.waves[k - 1], **row.to_dict()})
    return pd.DataFrame(rows)
