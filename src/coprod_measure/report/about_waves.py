"""Whether a panel measures the same in every wave, and how stable people are: shown when asked for."""

from __future__ import annotations

from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.measurement.scores.stability import Retest
from coprod_measure.report.about_groups import about_groups
from coprod_measure.report.document import Block, Column, Row, Table
from coprod_measure.report.from_frames import cell, span
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import percent


def show_waves(found: Invariance, labels: Labels) -> tuple[Block, ...]:
    """Show the ladder of invariance over waves."""
    return about_groups({"wave": found}, labels).blocks


def show_retest(found: Retest, labels: Labels) -> list[Block]:
    """Show how stable scores are."""
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
    return [Table("retest", f"Stability over {found.waves} waves", columns, rows, tuple(notes))]
