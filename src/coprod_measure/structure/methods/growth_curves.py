"""Change over waves: latent growth of several shapes, and the dual change score model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import spelled
from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.estimation.specification.writing import formula
from coprod_measure.fitting.models import lavaan
from coprod_measure.fitting.result import Fit
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.dual_change import change_lines
from coprod_measure.structure.methods.fits_beside import fit_table
from coprod_measure.structure.methods.occasions import Layout, LayoutKeywords, Occasions, occasions

# Waves that each shape needs for its variances and covariances to be estimable with free residuals.
SHAPES = {"none": 2, "linear": 3, "basis": 4, "quadratic": 4, "dual": 4}
FACTORS = ("level", "slope", "bend", "change")


@dataclass(frozen=True, slots=True, repr=False)
class GrowthCurves(Shown):
    """Shapes of change fitted to one variable.

    Attributes
    ----------
    times : tuple of float
        The time scores; the level is where it is 0.
    unavailable : mapping of str to NotAvailable
        Shapes that cannot be fitted or read, and why.
    chosen : str
        The readable shape with the smallest BIC.
    """

    occasions: Occasions
    times: tuple[float, ...]
    fits: Mapping[str, Fit]
    unavailable: Mapping[str, NotAvailable]
    chosen: str

    def table(self, shape: str | None = None) -> pd.DataFrame:
        """One row an estimate of level and change: ``shape parameter est se z pvalue ci_lower ci_upper``."""
        shape = shape or self.chosen
        found = self.fits[shape].parameters
        observed = set(self.occasions.frame.columns) - set(FACTORS)
        basis = (found["op"] == "=~") & (found["lhs"] == "slope")
        latent = ~found["lhs"].isin(observed) & (found["op"] != "=~")
        known = found[(latent | basis) & (found["se"] > 0)]
        table = known[["est", "se", "z", "pvalue", "ci_lower", "ci_upper"]].reset_index(drop=True)
        table.insert(
            0, "parameter", (known["lhs"] + " " + known["op"] + " " + known["rhs"]).str.strip().to_numpy()
        )
        table.insert(0, "shape", shape)
        return table

    def fit_table(self) -> pd.DataFrame:
        """One row a shape: ``shape chosen chisq df pvalue cfi rmsea srmr aic bic converged admissible``."""
        return fit_table(self.fits, "shape", chosen=self.chosen)


def growth_text(
    variable: str,
    times: Sequence[float],
    shape: str,
    *,
    covariates: Sequence[str] = (),
    varying: Sequence[str] = (),
) -> str:
    """Write a growth model of ``variable_1, variable_2, ...``.

    Parameters
    ----------
    times : sequence of float
        Time scores of the waves.
    shape : str
        ``"none"`` (a level only), ``"linear"``, ``"basis"`` (scores between first and last wave estimated),
        ``"quadratic"``, or ``"dual"``: a constant change and a share of what was before (McArdle 2001).
    covariates : sequence of str
        Predict level and change.
    varying : sequence of str
        Variables measured at every wave, which predict that wave.

    Returns
    -------
    str
        For :func:`coprod_measure.lavaan`.
    """
    names = [f"{variable}_{k}" for k in range(1, len(times) + 1)]
    if shape == "dual":
        lines = change_lines(variable, len(times), taken={variable, *varying})
    else:
        lines = _polynomial(names, times, shape)
    factors = {"none": ["level"], "linear": ["level", "slope"], "basis": ["level", "slope"]}
    of_shape = factors.get(shape, ["level", "slope", "bend"] if shape == "quadratic" else ["level", "change"])
    for k, factor in enumerate(of_shape):
        lines += [formula(factor, "~1"), formula(factor, "~~", factor)]
        lines += [formula(factor, "~", name) for name in covariates]
        lines += [formula(factor, "~~", other) for other in of_shape[k + 1 :]]
    lines += [
        formula(name, "~", f"{other}_{k}") for other in varying for k, name in enumerate(names, start=1)
    ]
    return "\n".join(lines)


def _polynomial(names: list[str], times: Sequence[float], shape: str) -> list[str]:
    def loadings(factor: str, values: Sequence[float]) -> str:
        return formula(factor, "=~", *((f"{v:.12g}", n) for v, n in zip(values, names, strict=True)))

    lines = [loadings("level", [1.0] * len(names))]
    if shape in ("linear", "quadratic"):
        lines.append(loadings("slope", times))
    if shape == "quadratic":
        lines.append(loadings("bend", [time**2 for time in times]))
    if shape == "basis":
        first, last = (f"{times[0]:.12g}", names[0]), (f"{times[-1]:.12g}", names[-1])
        lines.append(formula("slope", "=~", first, *names[1:-1], last))
    return lines + [formula(name, "~~", name) for name in names]


@spelled(LayoutKeywords, Layout)
@takes_frame
def growth_curves(
    data: pd.DataFrame | Occasions,
    variables: str | Sequence[str] | Mapping[str, Sequence[str]] = "",
    *,
    times: Sequence[float] | None = None,
    covariates: Sequence[str] = (),
    shapes: Sequence[str] = tuple(SHAPES),
    estimator: str = "ML",
    **layout: Unpack[LayoutKeywords],
) -> GrowthCurves:
    """Fit shapes of change to a variable over waves, those who missed some included.

    Parameters
    ----------
    data : pandas.DataFrame or Occasions
        Long or wide, see :func:`coprod_measure.structure.methods.occasions.occasions`.
    variables : str, sequence of str, or mapping of str to sequence of str
        Columns of long data, or names and their wide columns: first what grows, then what predicts
        it at the same wave.
    times : sequence of float, optional
        Time scores; 0, 1, 2, ... by default. The dual change score model needs equal intervals.
    covariates : sequence of str
        Columns that do not change; they predict level and change.
    shapes : sequence of str
        See :func:`growth_text`.
    **layout
        ``person``, ``wave``, ``waves`` and ``date`` of :func:`occasions`.

    Raises
    ------
    DataError
        If the waves cannot be used or no shape can be fitted.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> level, slope = rng.normal(3, 1, (300, 1)), rng.normal(0.5, 0.3, (300, 1))
    >>> wide = pd.DataFrame(level + slope * np.arange(4) + rng.normal(0, 0.5, (300, 4)), columns=list("abcd"))
    >>> found = growth_curves(wide, {"use": list("abcd")}, shapes=["none", "linear"])
    >>> found.chosen, found.table().set_index("parameter").loc["slope ~1", "est"].round(1)
    ('linear', np.float64(0.5))
    """
    chosen = [variables] if isinstance(variables, str) else variables
    seen = occasions(data, chosen, fixed=covariates, **layout)
    scores = tuple(float(t) for t in (times if times is not None else range(seen.n_waves)))
    if len(scores) != seen.n_waves or (np.diff(scores) <= 0).any():
        cause = f"there are {seen.n_waves} waves and {len(scores)} times, or these do not rise"
        raise DataError(cause, place="option times", cure="Give one rising number a wave")
    unknown = sorted(set(shapes) - set(SHAPES))
    if unknown:
        cure = f"Use {', '.join(SHAPES)}"
        raise DataError(f"{', '.join(unknown)} is not known", place="option shapes", cure=cure)
    fits, unavailable = _fit_shapes(seen, scores, shapes, estimator)
    readable = [name for name in fits if name not in unavailable]
    if not fits:
        reasons = "; ".join(f"{name}: {why.reason}" for name, why in unavailable.items())
        raise DataError(f"no shape can be fitted ({reasons})", place="growth", cure="Add waves")
    best = min(readable or fits, key=lambda name: float(fits[name].fit_measures["bic"]))
    return GrowthCurves(seen, scores, fits, unavailable, best)


def _fit_shapes(
    seen: Occasions, times: tuple[float, ...], shapes: Sequence[str], estimator: str
) -> tuple[dict[str, Fit], dict[str, NotAvailable]]:
    variable, *varying = seen.variables
    columns = [seen.column(variable, k) for k in range(1, seen.n_waves + 1)]
    missing = "fiml" if seen.frame[columns].isna().any(axis=None) else "listwise"
    # The factors have names of their own, which covariates may have too.
    renamed = {name: f"{name} (covariate)" for name in seen.fixed if name in FACTORS}
    frame, fixed = seen.frame.rename(columns=renamed), [renamed.get(name, name) for name in seen.fixed]
    fits: dict[str, Fit] = {}
    unavailable: dict[str, NotAvailable] = {}
    for shape in shapes:
        if seen.n_waves < SHAPES[shape]:
            cause = f"needs {SHAPES[shape]} waves; there are {seen.n_waves}"
            unavailable[shape] = NotAvailable(cause)
        elif shape == "dual" and np.ptp(np.diff(times)) > 0.05 * np.mean(np.diff(times)):
            unavailable[shape] = NotAvailable("needs equal intervals between waves")
        else:
            text = growth_text(variable, times, shape, covariates=fixed, varying=varying)
            fit = lavaan(text, frame, estimator=estimator, missing=missing, mean_structure=True)
            fits[shape] = fit
            if not (fit.converged and fit.identified and fit.admissible):
                unavailable[shape] = NotAvailable(fit.messages[-1])
    return fits, unavailable
