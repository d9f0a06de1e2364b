"""Whether groups understand the questions alike, which any comparison between them needs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.document import Block, Callout, Column, Paragraph, Row, Section, Table
from coprod_measure.report.from_frames import cell

# Chen (2007), for samples above 300: worse by more than this means that the level does not hold.
_CFI_DROP, _RMSEA_RISE = 0.010, 0.015

MEANS = {
    "configural": "the same items belong to the same constructs",
    "metric": "the items weigh alike, so relations can be compared",
    "scalar": "equal standing gives equal answers, so means can be compared",
    "strict": "the answers are equally precise, so scale scores can be compared",
}


def about_groups(found: Mapping[str, pd.DataFrame | NotAvailable], names: Mapping[str, str]) -> Section:
    """Show the ladder of measurement invariance for each grouping.

    Parameters
    ----------
    found : mapping
        Grouping variable to its table, one row a level (``level chisq df pvalue cfi rmsea srmr delta_chisq
        delta_df delta_pvalue delta_cfi delta_rmsea``), or the reason why there is none.
    names : mapping
        Grouping variable to its name for readers.
    """
    blocks: list[Block] = []
    for group, table in found.items():
        name = names.get(group, group)
        if isinstance(table, NotAvailable):
            blocks.append(Callout(f"Groups by {name}: {table.reason}.", "Not compared.", "note"))
            continue
        blocks += [Paragraph(f"Groups by {name}. {invariance_in_words(table)}"), _table(group, name, table)]
    if not blocks:
        blocks.append(Paragraph("No groups were compared."))
    return Section("groups", "Groups", tuple(blocks))


def highest_level(table: pd.DataFrame) -> str:
    """Find the last level up to which every step costs little fit; empty if not even the first is there."""
    reached = ""
    for row in table.itertuples():
        if pd.notna(row.delta_cfi) and (row.delta_cfi < -_CFI_DROP or row.delta_rmsea > _RMSEA_RISE):
            break
        reached = str(row.level)
    return reached


def invariance_in_words(table: pd.DataFrame) -> str:
    """Say which level holds, what that allows, and which level does not hold."""
    reached = highest_level(table)
    levels = [str(level) for level in table["level"]]
    words = f"Invariance holds up to the {reached} level: {MEANS.get(reached, 'as its name says')}."
    later = levels[levels.index(reached) + 1 :]
    if later:
        words += f" The {later[0]} level does not hold: it costs more fit than the usual guide allows."
        if "scalar" in later:
            words += " Means of the groups should not be compared."
    return words


def _table(group: str, name: str, table: pd.DataFrame) -> Table:
    columns = (
        Column("Level"),
        Column("χ²", "decimal", italic=True),
        Column("df", "count", italic=True),
        Column("CFI", "bounded", digits=3),
        Column("RMSEA", "bounded", digits=3),
        Column("SRMR", "bounded", digits=3),
        Column("Δχ²", "decimal", italic=True),
        Column("Δdf", "count", italic=True),
        Column("p", "p", italic=True),
        Column("ΔCFI", "bounded", digits=3),
        Column("ΔRMSEA", "bounded", digits=3),
    )
    fields = ("chisq", "df", "cfi", "rmsea", "srmr")
    steps = ("delta_chisq", "delta_df", "delta_pvalue", "delta_cfi", "delta_rmsea")
    rows = []
    for position, record in enumerate(table.to_dict("records")):
        own = tuple(cell(record[field]) for field in fields)
        change = tuple(None if position == 0 else cell(record[step]) for step in steps)
        rows.append(Row((str(record["level"]), *own, *change)))
    notes = (
        "Each level is compared with the one above it. A level holds when CFI falls by at most .010 and "
        "RMSEA rises by at most .015 (Chen, 2007); p belongs to the difference of chi-square.",
    )
    return Table(f"invariance-{group}", f"Measurement invariance by {name}", columns, tuple(rows), notes)
