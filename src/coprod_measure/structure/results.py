"""The record of the structure room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from coprod_measure.notebook import Shown
from coprod_measure.structure.controls import Control
from coprod_measure.structure.evidence import Reason
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.structural_fit import StructuralFit, no_paths
from coprod_measure.structure.wording import in_words

TABLE_COLUMNS = (
    "id",
    "statement",
    "estimate",
    "std",
    "ci_lower",
    "ci_upper",
    "pvalue",
    "pvalue_adjusted",
    "verdict",
    "reason",
    "expected",
    "kind",
    "measure",
    "asked",
    "of",
)
EXPECTED = {1: "positive", -1: "negative", 0: "any"}
"""Words for an expected sign; a hypothesis whose claims differ in sign expects ``"both"``."""
CLAIM_COLUMNS = (
    "hypothesis",
    "model",
    "respondents",
    "n",
    "source",
    "via",
    "target",
    "expected",
    "measure",
    "estimate",
    "se",
    "std",
    "ci_lower",
    "ci_upper",
    "pvalue",
    "pvalue_adjusted",
    "agreement",
    "sources",
    "targets",
)
NOT_ASKED_COLUMNS = ("hypothesis", "role", "construct")
NOT_TESTABLE = "not testable here"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HypothesisTests(Shown):
    """What the data say to each hypothesis.

    Attributes
    ----------
    verdicts : pandas.DataFrame
        One row a hypothesis (:data:`TABLE_COLUMNS` without ``reason``). ``estimate`` is the effect in the
        unit of its ``measure``; ``std`` is there where that is a standardised slope (``"beta"``), and the
        interval then belongs to it. Both are averages over the claims of the hypothesis, signs as estimated.
        ``expected`` says which sign is claimed: ``"positive"``, ``"negative"``, ``"any"``, or ``"both"``
        where claims differ in sign: only there is each claim turned before the average, so that positive
        means as expected. ``asked`` of ``of`` constructs that the hypothesis names were asked.
    reasons : mapping
        Hypothesis to the reasons of its verdict, as codes with fields; :meth:`table` words them.
    claims : pandas.DataFrame
        One row a single claim (:data:`CLAIM_COLUMNS`), signs as estimated; ``via`` holds the mediators, one
        tuple a step.
    not_asked : pandas.DataFrame
        One row a construct that a hypothesis names and these data do not hold (:data:`NOT_ASKED_COLUMNS`).
    models : tuple of StructuralFit
        The structural models behind them; each names the hypotheses that were estimated together.
    paths : pandas.DataFrame
        One row a structural path (:data:`.structural_fit.PATH_COLUMNS`), claimed or not, with the R² of its
        outcome; ``model`` counts the models from 1, ``kind`` is ``"linear"`` or ``"logistic"``. The interval
        belongs to ``estimate``.
    tables : mapping
        Hypothesis to what its kind shows beside, by name.
    failures : mapping
        Kind of test to the traceback of a fault of the program that stopped it.
    not_taken : mapping
        Kind of test to the ``"weights"`` and ``"cluster"`` of the study that it does not take.
    options : TestingOptions
        How they were tested and judged.
    controls : tuple of Control
        What was held constant, as it was coded.
    without_controls : HypothesisTests or None
        The same with nothing held constant; None where the study asks for no controls.
    """

    verdicts: pd.DataFrame
    reasons: Mapping[str, tuple[Reason, ...]]
    claims: pd.DataFrame
    not_asked: pd.DataFrame
    models: tuple[StructuralFit, ...] = ()
    paths: pd.DataFrame = field(default_factory=no_paths)
    tables: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    not_taken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: TestingOptions
    controls: tuple[Control, ...] = ()
    without_controls: HypothesisTests | None = None

    def table(self) -> pd.DataFrame:
        """One row a hypothesis; columns :data:`TABLE_COLUMNS`."""
        words = [in_words(self.reasons.get(str(id_), ())) for id_ in self.verdicts["id"]]
        return self.verdicts.assign(reason=words)[list(TABLE_COLUMNS)]

    @property
    def tested(self) -> pd.DataFrame:
        """Rows of :meth:`table` that hold a test."""
        table = self.table()
        return table[table["verdict"] != NOT_TESTABLE]

    def of_kind(self, kind: str, beside: str = "") -> HypothesisTests:
        """Leave out tables of hypotheses that other kinds of test judged: they may bear the same names.

        ``beside``: name of a table that this kind adds to hypotheses of others; those keep theirs.
        """
        judged = set(self.verdicts.loc[self.verdicts["kind"] == kind, "id"])
        kept = {id_: own for id_, own in self.tables.items() if id_ in judged or beside in own}
        return replace(self, tables=kept)
