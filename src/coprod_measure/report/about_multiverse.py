"""The page of a multiverse: what every defensible way of analysis finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coprod_measure.errors import counted
from coprod_measure.report.document import Block, Callout, Column, Document, Figure, Paragraph, Section
from coprod_measure.report.figures.specification import draw_specification
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.study.definition import Study
from coprod_measure.study.multiverse import PLANNED, Multiverse

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Drawing

_CHOICES = ("cleaning", "estimator", "missing", "method", "controls")
_WORDS = {
    PLANNED: "cleaned as planned",
    "fiml": "FIML",
    "auto": "one or two steps",
    "sem": "one step (SEM)",
    "sam": "two steps (SAM)",
}
_NONE = "it could be tested in no universe"


def multiverse_document(found: Multiverse, study: Study) -> Document:
    """Turn a multiverse into a document."""
    number = found.table["universe"].nunique()
    sections = (
        Section("hypotheses", "What holds whatever is chosen", tuple(_summary(found, number))),
        Section("curves", "Every universe", tuple(_curves(found, study))),
    )
    return Document(f"{study.title}: multiverse", f"{number} universes", sections)


def _summary(found: Multiverse, number: int) -> list[Block]:
    summary = found.summary()
    swaying = summary[(summary["supported"] > 0) & (summary["supported"] < 1)]
    words = (
        f"Each hypothesis was tested in {counted(number, 'universe', 'universes')}: every combination of "
        "defensible choices of cleaning, estimator, treatment of missing answers, method and controls. They "
        "share the answers, so that their number is no number of replications."
    )
    blocks: list[Block] = [Paragraph(words)]
    if len(swaying):
        names = ", ".join(swaying["hypothesis"])
        blocks.append(Callout(f"The verdict hangs on what is chosen: {names}.", "Look at these.", "caution"))
    fields = [
        Field("hypothesis", Column("Id"), str),
        Field("tested", Column("Universes", "count")),
        Field("supported", Column("Supported", "percent"), missing=_NONE),
        Field("contradicted", Column("Contradicted", "percent"), missing=_NONE),
        Field("median", Column("Median", "decimal"), missing=_NONE),
        Field(("lowest", "highest"), Column("Range", "decimal"), missing=_NONE),
        Field("planned", Column("As planned"), str),
    ]
    notes = ("Estimates are standardised where the kind of test has such.",)
    return [*blocks, frame_table("multiverse", "Verdicts over all universes", summary, fields, notes=notes)]


def specification_curve(own: pd.DataFrame) -> Drawing:
    """Draw the estimates of one hypothesis over all universes; ``own``: its rows of the multiverse."""
    choices = [
        (column, str(value), _WORDS.get(str(value), str(value)))
        for column in _CHOICES
        if len(values := list(dict.fromkeys(own[column]))) > 1
        for value in values
    ]
    return draw_specification(own[(own["why"] == "") & own["estimate"].notna()], choices, "Estimate")


def _curves(found: Multiverse, study: Study) -> list[Block]:
    blocks: list[Block] = []
    hypotheses = study.instrument.theory.hypotheses
    for hypothesis, own in found.table.groupby("hypothesis", sort=False):
        had = own[(own["why"] == "") & own["estimate"].notna()]
        if had.empty:
            continue
        title = f"{hypothesis}: {hypotheses[str(hypothesis)].statement}"
        alt = f"{len(had)} estimates from {had['estimate'].min():.2f} to {had['estimate'].max():.2f}"
        blocks.append(Figure(f"curve-{hypothesis}", title, specification_curve(own), alt))
    failed = found.table[found.table["why"] != ""]
    blocks += [
        Callout(f"{counted(len(own), 'test', 'tests')} could not be had: {why}", tone="note")
        for why, own in failed.groupby("why", sort=False)
    ]
    return blocks
