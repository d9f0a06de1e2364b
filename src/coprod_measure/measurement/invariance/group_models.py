"""Models of continuous answers over groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from coprod_measure.fitting.models import cfa, refit
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.factors.confirmatory import measurement_model
from coprod_measure.measurement.invariance.item_effects import dmacs, each_item_freed, pooled_sd
from coprod_measure.measurement.invariance.models import EFFECT_COLUMNS, MEAN_COLUMNS, LadderModels


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupModels(LadderModels):
    """The model over groups for the ladder, and one-construct models.

    Attributes
    ----------
    frame : pandas.DataFrame
        Items and the grouping column.
    constructs : mapping
        Construct to items; those of fewer than three items are passed over in search and effects.
    text : str
        The whole model.
    estimator, missing : str
        Of the whole model.
    std_lv : bool
        Whether factors of the whole model have variance 1 in the first group.
    quick : bool
        Whether a construct uses its complete answers in spite of ``missing``, unless most respondents lack
        one: a search fits dozens of these models and needs only their order.
    sampling : mapping
        Options of a fit that name clusters and weights.
    """

    frame: pd.DataFrame
    group: str
    constructs: Mapping[str, Sequence[str]]
    text: str = ""
    estimator: str = "ML"
    missing: str = "listwise"
    std_lv: bool = True
    quick: bool = True
    sampling: Mapping[str, Any] = field(default_factory=dict)
    parts: ClassVar[tuple[str, ...]] = ("loadings", "intercepts")

    @property
    def later(self) -> int:
        """See :class:`.models.LadderModels`."""
        return int(self.frame[self.group].nunique()) - 1

    def fit_all(
        self, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None, *, afresh: bool = True
    ) -> Fit:
        """See :class:`.models.LadderModels`."""
        over: dict[str, Any] = {"group_equal": tuple(equal), "group_partial": tuple(unequal)}
        if near is not None:
            return refit(near, **over, afresh=afresh)
        over |= {"estimator": self.estimator, "missing": self.missing, "std_lv": self.std_lv}
        return cfa(self.text, self.frame, group=self.group, **over, **self.sampling)

    def fit_one(
        self, construct: str, equal: Sequence[str], unequal: Sequence[str], near: Fit | None = None
    ) -> Fit:
        """See :class:`.models.LadderModels`; factor variance 1 in the first group."""
        over: dict[str, Any] = {"group_equal": tuple(equal), "group_partial": tuple(unequal)}
        if near is not None:
            return refit(near, **over, afresh=False)
        text = measurement_model({construct: self.constructs[construct]})
        options = {"missing": self._missing(construct), "std_lv": True, **self.sampling}
        return cfa(text, self.frame, group=self.group, **over, **options)

    def effects(self) -> pd.DataFrame:
        """Give the size of every item's difference from the first group.

        Each construct is modelled alone, with the respondents that ``missing`` lets in. One item at a time
        has its loading and intercept freed while the other items of its construct hold the scale; the
        difference of the two expected answers is averaged over the group's own distribution of the factor
        and divided by the pooled standard deviation of the item (dMACS; Nye and Drasgow 2011, eq. 2). ``n``
        counts the respondents of both groups.
        """
        own = replace(self, quick=False)
        rows: list[tuple[object, ...]] = []
        for construct in own.searchable:
            for item, fit in each_item_freed(own, construct):
                k = list(own.constructs[construct]).index(item)
                spreads = [float(np.sqrt(group.cov[k, k])) for group in fit.solution.sample.groups]
                sizes = [group.n for group in fit.solution.sample.groups]
                reference = fit.implied[0]
                for g in range(1, len(sizes)):
                    other = fit.implied[g]
                    if other.v[0, 0] < 0.0:
                        continue
                    loading = float(other.lam[k, 0] - reference.lam[k, 0])
                    intercept = float(other.nu[k] - reference.nu[k])
                    pooled = pooled_sd(spreads[0], sizes[0], spreads[g], sizes[g])
                    size = dmacs(loading, intercept, float(other.alpha[0]), float(other.v[0, 0]), pooled)
                    label, n = fit.group_labels[g], sizes[0] + sizes[g]
                    rows.append((construct, item, g + 1, label, size, loading, intercept, n))
        return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))

    def means(self, fit: Fit) -> pd.DataFrame:
        """See :class:`.models.LadderModels`."""
        return means_of_groups(fit)

    def _missing(self, construct: str) -> str:
        if not self.quick:
            return self.missing
        complete = self.frame[list(self.constructs[construct])].notna().all(axis=1)
        return "listwise" if complete.mean() > 0.5 else self.missing


def means_of_groups(fit: Fit) -> pd.DataFrame:
    """Give the latent means of all groups but the first; columns :data:`.models.MEAN_COLUMNS`."""
    latent = set(fit.solution.model.groups[0].latent[: fit.solution.model.groups[0].n_latent])
    rows = fit.parameters
    rows = rows[(rows["op"] == "~1") & rows["lhs"].isin(latent) & (rows["group"] > 1)]
    found = rows[["lhs", "group", "est", "se", "pvalue"]].rename(columns={"lhs": "construct"})
    found.insert(2, "label", [fit.group_labels[g - 1] for g in found["group"]])
    return found[list(MEAN_COLUMNS)].reset_index(drop=True)
