"""What a kind of hypothesis test offers to the report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coprod_measure.report.document import Block
from coprod_measure.report.labels import Labels
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Hypothesis

Method = Callable[[Mapping[Hashable, Any], Collection[str], TestingOptions], str]
Planned = Callable[[Hypothesis, Context], str]
Show = Callable[[HypothesisTests, Labels], Sequence[Block]]


def _undecided(_: Hypothesis, __: Context) -> str:
    return ""


def _nothing(_: HypothesisTests, __: Labels) -> Sequence[Block]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How the evidence of one kind is shown; called only where a hypothesis of the kind was tested.

    Attributes
    ----------
    kind : str
        Name of the kind.
    planned : str
        What a preregistration says of its tests, before it is known which of them the answers ask for.
    planned_of : callable
        The same of one hypothesis, where what was asked decides it already; empty where it does not.
    method : callable
        How a claim was tested, for the method section: goes on from "H1 was tested by". Given are its row
        (:data:`.results.CLAIM_COLUMNS`), the codes of the reasons of its hypothesis, and the options.
    blocks : callable
        What stands below the table of verdicts.
    warnings : callable
        What a reader must know before the verdicts.
    measures : mapping
        Measure of an effect to its symbol and what it is, for tables and notes.
    table : str
        Name of a table that calls for this page also beside a hypothesis of another kind.
    """

    kind: str
    planned: str
    method: Method
    planned_of: Planned = _undecided
    blocks: Show = _nothing
    warnings: Show = _nothing
    measures: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    table: str = ""
