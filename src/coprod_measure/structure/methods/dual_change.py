"""Latent change scores: change that is constant, a share of what was before, or brought by another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of, spelled
from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.estimation.specification.writing import formula, label, unused
from coprod_measure.fitting.models import lavaan
from coprod_measure.fitting.result import Fit
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.fits_beside import fit_table
from coprod_measure.structure.methods.occasions import Layout, LayoutKeywords, Occasions, occasions

MODELS = ("coupled", "uncoupled")
_ESTIMATE = ["est", "se", "z", "pvalue", "ci_lower", "ci_upper"]


def change_lines(
    variable: str, n_waves: int, *, end: str = "", causes: Sequence[str] = (), taken: Collection[str] = ()
) -> list[str]:
    """Write the latent change scores of one variable (McArdle 2001), its factors ``level`` and ``change``.

    Parameters
    ----------
    variable : str
        Observed as ``variable_1`` and so on.
    end : str
        Ends the names of its factors, where there are several variables.
    causes : sequence of str
        Ends of other variables, whose state at the wave before the change depends on.
    taken : collection of str
        Stems of columns, which no latent variable may have.
    """
    true_score, step = (unused(stem, taken) for stem in ("true", "step"))

    def true(ending: str, wave: int) -> str:
        return f"level{ending}" if wave == 1 else f"{true_score}{ending}_{wave}"

    lines = [formula(true(end, k), "=~", ("1", f"{variable}_{k}")) for k in range(1, n_waves + 1)]
    lines += [
        formula(f"{variable}_{k}", "~~", (label("error" + end), f"{variable}_{k}"))
        for k in range(1, n_waves + 1)
    ]
    for k in range(2, n_waves + 1):
        own = f"{step}{end}_{k}"
        lines.append(formula(true(end, k), "~", ("1", true(end, k - 1))))
        lines.append(formula(own, "=~", ("1", true(end, k))))
        terms = [(label("share" + end), true(end, k - 1))]
        terms += [(label("coupling" + end + other), true(other, k - 1)) for other in causes]
        lines.append(formula(own, "~", *terms))
    return [
        *lines,
        formula("change" + end, "=~", *(("1", f"{step}{end}_{k}") for k in range(2, n_waves + 1))),
    ]


def dual_change_text(variables: Sequence[str], n_waves: int, *, coupled: bool) -> str:
    """Write the dual change score model of several variables.

    Levels and constant changes covary freely, errors of different variables within a wave too.

    Examples
    --------
    >>> "step_y_2 ~ share_y*level_y + coupling_y_x*level_x" in dual_change_text(["x", "y"], 3, coupled=True)
    True
    """
    lines = []
    for name in variables:
        others = [f"_{other}" for other in variables if other != name] if coupled else []
        lines += change_lines(name, n_waves, end=f"_{name}", causes=others, taken=variables)
    factors = [f"{factor}_{name}" for name in variables for factor in ("level", "change")]
    for factor in factors:
        lines += [formula(factor, "~1"), formula(factor, "~~", factor)]
    lines += [formula(a, "~~", b) for a, b in combinations(factors, 2)]
    lines += [
        formula(f"{a}_{k}", "~~", (label("errors", a, b), f"{b}_{k}"))
        for (a, b), k in product(combinations(variables, 2), range(1, n_waves + 1))
    ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True, repr=False)
class DualChange(Shown):
    """What change depends on.

    Attributes
    ----------
    fits : mapping of str to Fit
        ``coupled``, where the state of one variable brings change in another, and ``uncoupled``.
    unavailable : mapping of str to NotAvailable
        Models that may not be read, and why.
    """

    occasions: Occasions
    fits: Mapping[str, Fit]
    unavailable: Mapping[str, NotAvailable]

    def table(self, model: str = "coupled") -> pd.DataFrame:
        """One row an effect on change: ``model outcome predictor est se z pvalue ci_lower ci_upper``.

        The effect of a variable on its own change is the proportional change; others' are the couplings.
        """
        found = self.fits[model].parameters.drop_duplicates("label").set_index("label")
        rows = []
        for outcome, predictor in product(self.occasions.variables, repeat=2):
            own = outcome == predictor
            name = label("share", outcome) if own else label("coupling", outcome, predictor)
            if name in found.index:
                row = {"model": model, "outcome": outcome, "predictor": predictor}
                rows.append(row | found.loc[name, _ESTIMATE].to_dict())
        return pd.DataFrame(rows)

    def factors(self, model: str = "coupled") -> pd.DataFrame:
        """Means, variances and covariances of levels and constant changes: ``parameter est se ...``."""
        found = self.fits[model].parameters
        names = {f"{f}_{v}" for f in ("level", "change") for v in self.occasions.variables}
        own = found[found["lhs"].isin(names) & found["op"].isin(["~1", "~~"])]
        parameter = (own["lhs"] + " " + own["op"] + " " + own["rhs"]).str.strip()
        return own[_ESTIMATE].set_axis(parameter, axis=0).rename_axis("parameter").reset_index()

    def fit_table(self) -> pd.DataFrame:
        """One row a model: ``model chisq df pvalue cfi rmsea srmr aic bic converged admissible``."""
        return fit_table(self.fits, "model")

    def test(self) -> tuple[float, float, float] | NotAvailable:
        """Likelihood-ratio test that no state brings change in another: statistic, df, p."""
        if len(self.fits) < len(MODELS):
            return NotAvailable("one of the two models was not fitted")
        found = self.fits["coupled"].compare(self.fits["uncoupled"])
        if isinstance(found.statistic, NotAvailable) or isinstance(found.pvalue, NotAvailable):
            return NotAvailable("the two models cannot be compared")
        return float(found.statistic), float(found.df), float(found.pvalue)


@spelled(LayoutKeywords, Layout)
@takes_frame
def dual_change(
    data: pd.DataFrame | Occasions,
    variables: Sequence[str] | Mapping[str, Sequence[str]] = (),
    *,
    times: Sequence[float] | None = None,
    estimator: str = "ML",
    models: Sequence[str] = MODELS,
    **layout: Unpack[LayoutKeywords],
) -> DualChange:
    """Fit dual change score models to two variables or more over waves of equal intervals.

    Parameters
    ----------
    data, variables, **layout
        See :func:`coprod_measure.structure.methods.occasions.occasions`; who missed a wave counts by full
        information.
    times : sequence of float, optional
        When the waves took place.
    estimator : str
        ``"ML"`` or ``"MLR"``.
    models : sequence of str
        Which to fit: ``"coupled"``, ``"uncoupled"``; the test needs both.

    Raises
    ------
    DataError
        If there are fewer than three waves or two variables, intervals differ, or there is no such model.

    Notes
    -----
    The change of the error-free ``y`` from one wave to the next is
    ``change_y + share_y * y + coupling_y_x * x`` of the wave before: McArdle, J. J. (2001), in Cudeck, du
    Toit and Sorbom (eds.), *Structural equation modeling: Present and future*, 341-380; for one variable see
    ``growth_curves``.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> level, rise = rng.normal(0, 1, (2, 600)), rng.normal(0.5, 0.3, (2, 600))
    >>> columns, state = {}, level.copy()
    >>> for k in range(1, 6):
    ...     columns |= {f"{v}{k}": state[j] + rng.normal(0, 0.3, 600) for j, v in enumerate("xy")}
    ...     state = state + rise + np.array([[-0.2, 0.0], [0.3, -0.2]]) @ state
    >>> found = dual_change(pd.DataFrame(columns), {v: [f"{v}{k}" for k in range(1, 6)] for v in "xy"})
    >>> found.table().set_index(["outcome", "predictor"])["est"].round(1).to_dict()["y", "x"]
    0.3
    """
    seen = occasions(data, variables, **layout, at_least=3)
    if len(seen.variables) < 2:
        raise DataError(
            "couplings are between two variables or more", place="dual change", cure="Name another"
        )
    if not (asked := tuple(models)):
        raise DataError("no model is named", place="option models", cure=f"Use {' or '.join(MODELS)}")
    steps = np.diff(np.asarray(times if times is not None else range(seen.n_waves), float))
    if len(steps) != seen.n_waves - 1 or (steps <= 0).any() or np.ptp(steps) > 0.05 * steps.mean():
        cause = "dual change needs equal intervals between waves, one rising time each"
        raise DataError(cause, place="option times", cure="Leave out waves, or use growth_curves")
    missing = "fiml" if seen.frame.isna().any(axis=None) else "listwise"
    fits: dict[str, Fit] = {}
    unavailable: dict[str, NotAvailable] = {}
    for name in (one_of("models", model, MODELS) for model in asked):
        text = dual_change_text(seen.variables, seen.n_waves, coupled=name == "coupled")
        fits[name] = lavaan(text, seen.frame, estimator=estimator, missing=missing, mean_structure=True)
        if not (fits[name].converged and fits[name].identified and fits[name].admissible):
            unavailable[name] = NotAvailable(next(iter(fits[name].messages[::-1]), "it did not converge"))
    return DualChange(seen, fits, unavailable)
