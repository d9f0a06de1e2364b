"""The report at the length of a paper: what a journal prints, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from coprod_measure.report.document import Block, Callout, Figure, Paragraph, Row, Section, Table

METHOD, MEASUREMENT = ("sample-profile",), ("cfa-fit", "paper-measures", "paper-matrix")
RESULTS = (
    "hypotheses-table", "with-and-without-controls", "paths-*", "structural-fit", "effects-*",
    "explained-variance",
)  # fmt: skip
"""Tables and figures by their ids, in the order of the paper."""
_CLAIMED, _INDIRECT = "Claimed by", "all indirect"
_WHOLE = ("direct", _INDIRECT, "total")
_FEW_ROUTES = 2


def at_paper_length(sections: Sequence[Section]) -> list[Section]:
    """Take from the chapters of the full report what a paper of about eight pages holds.

    The method in words and the sample; fit, constructs and correlations of the measurement; the hypotheses
    with their models, and of all effects those that a hypothesis claims, with the totals. Cautions stay.
    """
    found = {block.id: block for one in sections for block in one.blocks if isinstance(block, Table | Figure)}
    by_id = {one.id: one for one in sections}
    words = [block for block in _blocks(by_id, "procedure") if isinstance(block, Paragraph)]
    departed = _blocks(by_id, "departures")
    cautions = [block for block in _blocks(by_id, "hypotheses") if _is_caution(block)]
    verdicts = [block for block in _blocks(by_id, "hypotheses") if isinstance(block, Paragraph)][:1]
    limits = [block for block in _blocks(by_id, "measurement") if _is_caution(block)]
    made = (
        Section("method", "Method", (*words, *departed, *_chosen(found, METHOD))),
        Section("measurement", "Measurement", (*limits, *_chosen(found, MEASUREMENT))),
        Section("results", "Results", (*verdicts, *cautions, *map(_claimed_only, _chosen(found, RESULTS)))),
    )
    return [one for one in made if one.blocks]


def _blocks(by_id: dict[str, Section], id_: str) -> tuple[Block, ...]:
    return by_id[id_].blocks if id_ in by_id else ()


def _is_caution(block: Block) -> bool:
    return isinstance(block, Callout) and block.tone == "caution"


def _chosen(found: dict[str, Table | Figure], names: Iterable[str]) -> list[Table | Figure]:
    chosen = []
    for name in names:
        start = name.removesuffix("*")
        chosen += [
            block
            for id_, block in found.items()
            if id_ == name or (name.endswith("*") and id_.removeprefix(start).isdigit())
        ]
    return chosen


def _claimed_only(block: Table | Figure) -> Table | Figure:
    """Keep the pairs of a table of effects that a hypothesis claims; many routes become their sum."""
    if not isinstance(block, Table) or not block.id.startswith("effects-"):
        return block
    at = next(k for k, column in enumerate(block.columns) if column.label == _CLAIMED)
    rows: list[Row] = []
    pair: list[Row] = []
    for row in (*block.rows, Row(("",), heading=True)):
        if row.heading:
            rows += _shortened(pair, at)
            pair = [row]
        else:
            pair.append(row)
    note = f"Of pairs with more than {_FEW_ROUTES} routes only their sum; the full report has each."
    return replace(block, rows=tuple(rows), notes=(*block.notes, note))


def _shortened(pair: Sequence[Row], at: int) -> list[Row]:
    ids = dict.fromkeys(one for row in pair[1:] for one in str(row.values[at] or "").split(", ") if one)
    routes = [row for row in pair[1:] if row.values[0] not in _WHOLE]
    if not ids:
        return []
    if len(routes) <= _FEW_ROUTES:
        return [row for row in pair if row not in routes or row.values[at]]
    told = ", ".join(ids)
    return [
        replace(row, values=(*row.values[:at], told, *row.values[at + 1 :]))
        if row.values[0] == _INDIRECT
        else row
        for row in pair
        if row not in routes
    ]
