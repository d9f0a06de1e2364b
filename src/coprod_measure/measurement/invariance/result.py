"""What a ladder of measurement invariance came to."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.invariance.empty_categories import JOINED_COLUMNS
from coprod_measure.notebook import Shown

FACTOR_SD = "standard deviations of the construct in the reference group"
FIRST_ITEM = "the units of each construct's first item"


@dataclass(frozen=True, slots=True, repr=False)
class Invariance(Shown):
    """The ladder of levels over one grouping.

    Attributes
    ----------
    steps : pandas.DataFrame
        One row a level (:data:`INVARIANCE_COLUMNS`), each compared with the row before it; a row ``partial
        metric`` or ``partial scalar`` follows a level that failed and takes its place: it is compared with
        what the failed one was compared with.
    freed : pandas.DataFrame
        Parameters that differ between groups
        (:data:`~coprod_measure.measurement.invariance.ladder.FREED_COLUMNS`).
    sizes : pandas.DataFrame
        ``group label n``, the reference group first.
    left_out : pandas.DataFrame
        Groups too small for the model, ``label n needed``; see
        :func:`~coprod_measure.measurement.invariance.group_sizes.large_enough`.
    effects : pandas.DataFrame
        Size of every item's difference, from the model of its construct alone with that item freed, and the
        ``n`` respondents whom ``missing`` lets into that model; see
        :func:`~coprod_measure.measurement.invariance.models.LadderModels.effects`.
    means : pandas.DataFrame
        Latent means against the reference group, ``construct group label est se pvalue``, from the last level
        that holds at least scalar (partial counts); empty otherwise. In units of ``means_unit``.
    highest : str
        Last level that holds by :func:`~coprod_measure.measurement.invariance.ladder.holds`; ``"none"`` when
        nothing could be fitted.
    level : str
        The same, whether whole or partial: ``scalar`` for ``partial scalar``.
    tested : tuple of str
        Levels that could be fitted.
    unavailable : dict
        Level to the reason why it could not be fitted.
    joined : pandas.DataFrame
        Categories of ordered answers joined because a group never used them; see
        :func:`~coprod_measure.measurement.invariance.empty_categories.join_empty_categories`.
    means_unit : str
        :data:`FACTOR_SD` where factors have variance 1 in the reference group, else :data:`FIRST_ITEM`.
    sampling : tuple of str
        What errors and tests know of: ``"cluster"``, ``"weights"``.
    """

    steps: pd.DataFrame
    freed: pd.DataFrame
    sizes: pd.DataFrame
    left_out: pd.DataFrame
    effects: pd.DataFrame
    means: pd.DataFrame
    highest: str
    level: str
    tested: tuple[str, ...]
    group: str
    estimator: str
    missing: str
    unavailable: dict[str, NotAvailable]
    messages: tuple[str, ...] = ()
    joined: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(JOINED_COLUMNS)))
    means_unit: str = FACTOR_SD
    sampling: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """Label of the group, or wave, that the others are compared with."""
        return str(self.sizes["label"].iloc[0])

    def table(self) -> pd.DataFrame:
        """One row a level; columns :data:`INVARIANCE_COLUMNS`."""
        return self.steps.copy()
