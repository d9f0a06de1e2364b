"""Do the conclusions hang on who was excluded: key numbers with and without."""

from __future__ import annotations

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.report.document import Block, Callout, Column, Paragraph, Row, Table, Value
from coprod_measure.report.from_frames import Field, cell, frame_table
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import count
from coprod_measure.study.exclusions import SCALE, WHOLE, ExclusionComparison
from coprod_measure.study.results import NOT_COMPARED

_NONE = "it does not exist for these answers"
_SIDES = ("with_exclusions", "without_exclusions")
_STATISTICS = {
    "cfi": "CFI",
    "tli": "TLI",
    "rmsea": "RMSEA",
    "srmr": "SRMR",
    "highest htmt": "highest HTMT",
    "alpha": "alpha",
    "omega": "omega",
    "ave": "AVE",
}


def about_exclusions(
    compared: ExclusionComparison | NotAvailable, labels: Labels, unit: str = "respondent"
) -> tuple[Block, ...]:
    """Show the numbers side by side, or why there are none; nothing where they were not asked for."""
    if isinstance(compared, NotAvailable):
        asked = compared != NOT_COMPARED
        return (
            (Callout(f"{compared.reason}.", "Not compared with nobody excluded.", "note"),) if asked else ()
        )
    heads = ("with", "without")
    blocks: list[Block] = [
        _verdict(compared, unit),
        _whole(compared, heads),
        _scales(compared, heads, labels),
    ]
    if len(compared.hypotheses):
        blocks.append(_hypotheses(compared, heads))
    return tuple(blocks)


def _verdict(compared: ExclusionComparison, unit: str) -> Block:
    changed = compared.changed_verdicts
    if changed:
        return Callout(
            f"With nobody excluded the verdict on {phrase(changed)} is another one.",
            "Conclusions hang on the exclusions.",
        )
    words = f"Exclusions took out {counted(compared.n_without - compared.n_with, unit)}."
    if len(compared.hypotheses):
        held = counted(len(compared.hypotheses), "hypothesis", "hypotheses")
        words += f" With all of them the verdicts on {held} are the same."
    return Paragraph(words)


def _whole(compared: ExclusionComparison, heads: tuple[str, str]) -> Table:
    numbers = compared.numbers[compared.numbers["name"] == WHOLE]
    fields = (
        Field("statistic", Column("Statistic"), lambda name: _STATISTICS[name]),
        *(
            Field(side, Column(f"{head} exclusions", "bounded", digits=3))
            for side, head in zip(_SIDES, heads, strict=True)
        ),
    )
    title = f"The measurement model {_sizes(compared)}"
    return frame_table("exclusions-model", title, numbers, fields, notes=compared.notes, reason=_NONE)


def _scales(compared: ExclusionComparison, heads: tuple[str, str], labels: Labels) -> Table:
    numbers = compared.numbers[compared.numbers["name"] != WHOLE]
    columns = [Column("Construct")]
    for name in SCALE:
        columns += [Column(f"{_STATISTICS[name]}, {head}", "bounded") for head in heads]
    rows = []
    for construct, own in numbers.groupby("name", sort=False):
        by_statistic = own.set_index("statistic")
        values: list[Value] = [labels.construct(str(construct))]
        for name in SCALE:
            known = name in by_statistic.index
            values += [cell(by_statistic.loc[name, side] if known else None, _NONE) for side in _SIDES]
        rows.append(Row(tuple(values)))
    title = f"Scales {_sizes(compared)}"
    return Table("exclusions-scales", title, tuple(columns), tuple(rows))


def _hypotheses(compared: ExclusionComparison, heads: tuple[str, str]) -> Table:
    fields = [Field("id", Column("Id"))]
    for head in heads:
        fields += [
            Field(f"std_{head}", Column(f"β, {head}", "bounded")),
            Field(f"pvalue_{head}", Column(f"p adjusted, {head}", "p")),
            Field(f"verdict_{head}", Column(f"Verdict {head}"), str),
        ]
    title = f"Hypotheses {_sizes(compared)}"
    notes = ("β with its sign as estimated.",)
    frame = compared.hypotheses
    return frame_table("exclusions-hypotheses", title, frame, fields, notes=notes, reason=_NONE)


def _sizes(compared: ExclusionComparison) -> str:
    return f"with exclusions (n = {count(compared.n_with)}) and without (n = {count(compared.n_without)})"
