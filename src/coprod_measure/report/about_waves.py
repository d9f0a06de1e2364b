"""Whether a panel measures the same in every wave, and how stable people are: shown when asked for."""

from __future__ import annotations

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.extras import Extras
from coprod_measure.measurement.reliability.retest import Retest
from coprod_measure.report.about_groups import about_groups
from coprod_measure.report.document import Block, Callout, Column, Row, Section, Table
from coprod_measure.report.from_frames import cell, span
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import percent


def about_waves(extras: Extras, labels: Labels) -> tuple[Section, ...]:
    """Show the ladder of invariance over waves and the stability of scores.

    Returns
    -------
    tuple of Section
        One section, or none when neither was asked for.
    """
    blocks: list[Block] = []
    if extras.waves is not None:
        blocks += about_groups({"wave": extras.waves}, labels).blocks
    if isinstance(extras.retest, NotAvailable):
        blocks.append(Callout(f"{extras.retest.reason}.", "Stability: not available.", "note"))
    elif extras.retest is not None:
        blocks.append(_stability_table(extras.retest, labels))
    return (Section("waves", "Waves", tuple(blocks)),) if blocks else ()


def _stability_table(found: Retest, labels: Labels) -> Table:
    columns = (
        Column("Construct"),
        Column("n", "count", italic=True),
        Column("r", "bounded", italic=True),
        Column("ICC", "bounded"),
        Column(f"{percent(found.confidence)} CI", "bounded"),
        Column("SEM", "decimal"),
        Column("Smallest change", "decimal"),
    )
    rows = tuple(
        Row(
            (
                labels.construct(str(row.construct)),
                *map(cell, (row.n, row.r, row.icc)),
                span(row.icc_ci_lower, row.icc_ci_upper),
                *map(cell, (row.sem, row.smallest_change)),
            )
        )
        for row in found.table().itertuples()
    )
    notes = [
        "ICC: absolute agreement of single scores (McGraw & Wong, 1996). SEM: standard error of "
        "measurement. Smallest change: of a person, beyond error at 95%."
    ]
    notes += [
        f"{labels.construct(str(row.construct))}: {row.reason}." for row in found.unavailable.itertuples()
    ]
    return Table("retest", f"Stability over {found.waves} waves", columns, rows, tuple(notes))
