"""The report at the length of a paper: what a journal prints, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from coprod_measure.report.document import (
    Block,
    Callout,
    Figure,
    Paragraph,
    Section,
    Table,
)

METHOD, MEASUREMENT = ("sample-profile",), ("cfa-fit", "paper-matrix", "invariance-*")
RESULTS = (
    "hypotheses-table", "with-and-without-controls", "paths-[0-9]*", "structural-fit", "effects-[0-9]*",
    "simple-slopes", "indirect-*",
)  # fmt: skip
APPENDIX = ("paper-measures", "explained-variance")
"""Tables and figures by the patterns of their ids, in the order of the paper."""


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
        Section("results", "Results", (*verdicts, *cautions, *_chosen(found, RESULTS))),
    )
    appendix = Section("appendix", "Appendix", tuple(_chosen(found, APPENDIX)))
    return [one for one in made if one.blocks], [appendix] if appendix.blocks else []


def _blocks(by_id: dict[str, Section], id_: str) -> tuple[Block, ...]:
    return by_id[id_].blocks if id_ in by_id else ()


def _is_caution(block: Block) -> bool:
    return isinstance(block, Callout) and block.tone == "caution"


def _chosen(found: dict[str, Table | Figure], names: Iterable[str]) -> list[Table | Figure]:
    chosen: list[Table | Figure] = []
    for name in names:
        chosen += [
            (block.short or block) if isinstance(block, Table) else block
            for id_, block in found.items()
            if fnmatchcase(id_, name)
        ]
    return chosen
