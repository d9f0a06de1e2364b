"""The report at the length of a paper: what a journal prints, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from coprod_measure.report.document import (
    Block,
    Callout,
    Column,
    Figure,
    Paragraph,
    Row,
    Section,
    Starred,
    Table,
    Value,
)
from coprod_measure.report.numbers import STARS_IN_WORDS

METHOD, MEASUREMENT = ("sample-profile",), ("cfa-fit", "paper-matrix")
RESULTS = ("hypotheses-table", "with-and-without-controls", "paths-*", "structural-fit", "effects-*")
APPENDIX = ("paper-measures", "explained-variance")
"""Tables and figures by their ids, in the order of the paper."""
_WHOLE = ("direct", "all indirect", "total")
_FEW_ROUTES = 2
_EFFECTS = (
    Column("Effect"),
    Column("Through"),
    Column("Direct", "bounded"),
    Column("Indirect", "bounded"),
    Column("95% CI", "bounded"),
    Column("Total", "bounded"),
    Column("Mediation"),
    Column("Claimed by"),
)


def at_paper_length(sections: Sequence[Section]) -> tuple[list[Section], list[Section]]:
    """Take from the chapters of the full report what a paper of about eight pages holds, and its appendix.

    The method in words and the sample; fit and correlations of the measurement; the hypotheses with their
    models, and of all effects those that a hypothesis claims, a line each. Cautions stay. What stands after
    the references: items with their loadings, explained variance.
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
        Section("results", "Results", (*verdicts, *cautions, *map(_in_short, _chosen(found, RESULTS)))),
    )
    appendix = Section("appendix", "Appendix", tuple(_chosen(found, APPENDIX)))
    return [one for one in made if one.blocks], [appendix] if appendix.blocks else []


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


def _in_short(block: Table | Figure) -> Table | Figure:
    """Tell of a table of effects a line for each that a hypothesis claims; many routes become their sum."""
    if not isinstance(block, Table) or not block.id.startswith("effects-"):
        return block
    labels = [column.label for column in block.columns]
    pairs: list[list[tuple[dict[str, Value], tuple[str, ...]]]] = []
    for row in block.rows:
        if row.heading:
            pairs.append([])
        pairs[-1].append((dict(zip(labels, row.values, strict=True)), row.hypotheses))
    rows = tuple(line for pair in pairs for line in _lines(pair))
    words = (
        f"Standardised. Of pairs with more than {_FEW_ROUTES} routes their sum; the full report has each.",
        STARS_IN_WORDS + ".",
    )
    return replace(block, columns=_EFFECTS, rows=rows, notes=(*words, *block.notes))


def _lines(pair: Sequence[tuple[dict[str, Value], tuple[str, ...]]]) -> list[Row]:
    heading, *effects = [one for one, _ in pair]
    by_name = {str(one["Effect"]): one for one in effects}
    routes = [one for one in effects if one["Effect"] not in _WHOLE]
    few = len(routes) <= _FEW_ROUTES
    ids = dict.fromkeys(id_ for _, claimed_by in pair for id_ in claimed_by)
    if not ids:
        return []
    told = [one for one in routes if one["Claimed by"]] if few else [by_name["all indirect"]]
    lines = []
    for one in told or [by_name["direct"]]:
        through = str(one["Effect"]).removeprefix("through ") if few else f"{len(routes)} routes"
        indirect = (one["β"], one["95% CI of β"]) if told else (None, None)
        claimed = one["Claimed by"] if few else ", ".join(ids)
        ends = (_starred(by_name.get("direct")), _starred(by_name["total"]))
        lines.append(
            Row(
                (
                    heading["Effect"],
                    through if told else "",
                    ends[0],
                    *indirect,
                    ends[1],
                    one["Mediation"],
                    claimed,
                )
            )
        )
    return lines


def _starred(effect: dict[str, Value] | None) -> Value:
    if effect is None:
        return None
    number, p = effect["β"], effect["p"]
    return Starred(number, p) if isinstance(number, float) and isinstance(p, float) else number
