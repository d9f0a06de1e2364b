"""Invariance models of ordered answers, identified so that every level is a test (Wu and Estabrook 2016)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from coprod_measure.codes_as_text import texts_of_codes
from coprod_measure.estimation.specification.writing import formula
from coprod_measure.fitting.models import cfa, refit
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.factors.confirmatory import measurement_model
from coprod_measure.measurement.invariance.group_models import means_of_groups
from coprod_measure.measurement.invariance.item_effects import each_item_freed, pooled_sd
from coprod_measure.measurement.invariance.models import EFFECT_COLUMNS, LadderModels

Array = NDArray[np.float64]

ORDINAL_LEVELS: dict[str, tuple[str, ...]] = {
    "configural": (),
    "thresholds": ("thresholds",),
    "metric": ("loadings",),
    "scalar": ("intercepts",),
    "strict": ("residuals",),
    "means": ("means",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalModels(LadderModels):
    """Models of ordered answers over groups.

    Attributes
    ----------
    frame : pandas.DataFrame
        Items and the grouping column.
    constructs : mapping
        Construct to items.
    estimator : str
        Of the models of the ladder; the search compares plain DWLS chi-squares.
    sampling : mapping
        Options of a fit that name weights.
    """

    frame: pd.DataFrame
    group: str
    constructs: Mapping[str, Sequence[str]]
    estimator: str = "WLSMV"
    missing: str = "listwise"
    sampling: Mapping[str, Any] = field(default_factory=dict)
    parts: ClassVar[tuple[str, ...]] = ("thresholds", "loadings", "intercepts")

    @property
    def later(self) -> int:
        """See :class:`.models.LadderModels`."""
        return int(self.frame[self.group].nunique()) - 1

    def fit_all(
        self, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None, *, afresh: bool = True
    ) -> Fit:
        """See :class:`.models.LadderModels`."""
        return self._fit(self.constructs, equal, unequal, self.estimator, near, afresh=afresh)

    def fit_one(
        self, construct: str, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None
    ) -> Fit:
        """See :class:`.models.LadderModels`."""
        own = {construct: self.constructs[construct]}
        return self._fit(own, equal, unequal, "DWLS", near, afresh=False)

    def effects(self) -> pd.DataFrame:
        """Give the size of every item's difference from the first group, in expected answers.

        Thresholds and loading of each item are freed while the other items hold the scale. The difference of
        the two expected answers is averaged over the group's distribution of the factor and divided by the
        pooled standard deviation of the answers (dMACS for ordered answers; Nye and Drasgow 2011, eq. 2, the
        expected answers being those of the graded response model). Differences of loadings are of the normal
        variables behind the answers, of intercepts not given.
        """
        rows: list[tuple[object, ...]] = []
        for construct in self.searchable:
            for item, fit in each_item_freed(self, construct):
                rows += _effects_of(self, fit, construct, item)
        return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))

    def means(self, fit: Fit) -> pd.DataFrame:
        """See :class:`.models.LadderModels`."""
        return means_of_groups(fit)

    def _fit(
        self,
        constructs: Mapping[str, Sequence[str]],
        equal: Sequence[str],
        unequal: Sequence[str],
        estimator: str,
        near: Fit | None,
        *,
        afresh: bool,
    ) -> Fit:
        items = tuple(item for own in constructs.values() for item in own)
        loadings = [name for name in unequal if "=~" in name]
        thresholds = [
            f"{name}{k}"
            for name in unequal
            if name.endswith("|t")
            for k in range(1, self.frame[name.removesuffix("|t")].nunique())
        ]
        # The model says itself which means of the normal variables are equal.
        intercepts = [f"{item}~1" for item in items]
        text = ordinal_model(constructs, equal, self.frame[self.group].nunique(), unequal)
        group_equal = tuple(part for part in equal if part in ("thresholds", "loadings"))
        group_partial = (*thresholds, *loadings, *intercepts)
        if near is not None:
            return refit(
                near, model=text, group_equal=group_equal, group_partial=group_partial, afresh=afresh
            )
        return cfa(
            text,
            self.frame,
            ordered=items,
            group=self.group,
            group_equal=group_equal,
            group_partial=group_partial,
            std_lv=True,
            parameterization="theta",
            estimator=estimator,
            missing=self.missing,
            **self.sampling,
        )


def ordinal_model(
    constructs: Mapping[str, Sequence[str]], equal: Sequence[str], n_groups: int, unequal: Sequence[str] = ()
) -> str:
    """Write the model of one level, theta parameterisation, factor variances 1 in the first group.

    With equal thresholds the normal variables behind the answers get a mean and a variance of their own in
    every later group; equal loadings free the later factor variances, equal intercepts the later factor
    means. Before that all of these are fixed, because nothing yet gives the groups a common scale. An item
    whose thresholds differ keeps its mean and variance fixed for the same reason.

    Parameters
    ----------
    constructs : mapping
        Construct to items.
    equal : sequence of str
        From ``thresholds loadings intercepts residuals means``, cumulative in this order.
    unequal : sequence of str
        Parameters that differ in spite of ``equal``, as :func:`.models.parameter_of` names them.
    """
    lines = [measurement_model(constructs)]
    if "thresholds" not in equal:
        return lines[0]

    def later(free: bool, fixed: int) -> str:
        return f"c({', '.join([str(fixed)] + ['NA' if free else str(fixed)] * (n_groups - 1))})"

    for name, items in constructs.items():
        for item in items:
            common = f"{item}|t" not in unequal
            shifted = "intercepts" not in equal or f"{item}~1" in unequal
            spread = "residuals" not in equal or f"{item}~~{item}" in unequal
            lines.append(formula(item, "~1", later(common and shifted, 0)))
            lines.append(formula(item, "~~", (later(common and spread, 1), item)))
        lines.append(formula(name, "~~", (later("loadings" in equal, 1), name)))
        lines.append(formula(name, "~1", later("intercepts" in equal and "means" not in equal, 0)))
    return "\n".join(lines)


def expected_answer(theta: Array, loading: float, thresholds: Array, codes: Array) -> Array:
    """Mean answer at each level of the factor, error variance 1; shape of ``theta``.

    Parameters
    ----------
    codes : ndarray, shape (k,)
        What each category counts, ascending.
    """
    above = norm.cdf(loading * theta[:, None] - thresholds[None, :])
    return np.asarray(codes[0] + above @ np.diff(codes))


def _effects_of(own: OrdinalModels, fit: Fit, construct: str, item: str) -> list[tuple[object, ...]]:
    codes = np.sort(own.frame[item].dropna().unique()).astype(float)
    needed = list(own.constructs[construct]) if own.missing == "listwise" else [item]
    answers = own.frame.dropna(subset=needed)
    named = texts_of_codes(answers[own.group])
    parts = [answers.loc[named == g, item] for g in fit.group_labels]
    table = fit.parameters
    lines = [_line_of(table[table["group"] == g + 1], construct, item) for g in range(len(parts))]
    points, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()
    rows: list[tuple[object, ...]] = []
    for g in range(1, len(parts)):
        loading, thresholds, mean, variance = lines[g]
        if variance < 0.0:
            continue
        theta = mean + np.sqrt(variance) * points
        apart = expected_answer(theta, loading, thresholds, codes)
        apart = apart - expected_answer(theta, lines[0][0], lines[0][1], codes)
        first, second = parts[0], parts[g]
        sd = pooled_sd(float(first.std(ddof=0)), len(first), float(second.std(ddof=0)), len(second))
        size = float(np.sqrt(weights @ apart**2)) / sd
        label, n = fit.group_labels[g], len(first) + len(second)
        rows.append((construct, item, g + 1, label, size, loading - lines[0][0], float("nan"), n))
    return rows


def _line_of(rows: pd.DataFrame, construct: str, item: str) -> tuple[float, Array, float, float]:
    """Find an item's loading and thresholds, and the factor's mean and variance, in one group's rows."""

    def value(lhs: str, op: str, rhs: str) -> float:
        found = rows[(rows["lhs"] == lhs) & (rows["op"] == op) & (rows["rhs"] == rhs)]["est"]
        return float(found.iloc[0])

    cuts = rows[(rows["lhs"] == item) & (rows["op"] == "|")]["est"].to_numpy(dtype=float)
    return (
        value(construct, "=~", item),
        cuts,
        value(construct, "~1", ""),
        value(construct, "~~", construct),
    )
