"""Who answered when, and about what: shown where people have several rows or the design sorts them."""

from __future__ import annotations

from coprod_measure.report.document import Block, Column, Figure, Row, Table
from coprod_measure.report.figures.attendance import MOST, draw_attendance
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import count
from coprod_measure.responses.attendance import Attendance, attendance
from coprod_measure.responses.dataset import Responses

_NAMES = {"category": "Categories", "partner": "Partners", "episode": "Episodes", "country": "Countries"}


def about_design(responses: Responses, labels: Labels) -> tuple[Block, ...]:
    """Show waves as a picture, what was asked in each, and how rows lie over categories and countries."""
    found = attendance(responses)
    blocks: list[Block] = []
    if found.waves:
        blocks += [_picture(found), _asked(found, labels)]
    for key, frame in found.rows.items():
        fields = [
            Field("name", Column(_NAMES[key])),
            Field("people", Column("People", "count")),
            Field("rows", Column("Rows", "count")),
        ]
        blocks.append(frame_table(f"rows-by-{key}", f"{_NAMES[key]} of the answers", frame, fields))
    return tuple(blocks)


def _picture(found: Attendance) -> Figure:
    told = []
    for pattern, n in found.patterns[:MOST]:
        names = [wave for wave, seen in zip(found.waves, pattern, strict=True) if seen]
        told.append(f"{'waves' if len(names) > 1 else 'wave'} {phrase(names)}: {count(n)}")
    rest = sum(n for _, n in found.patterns[MOST:])
    more = f"; other patterns: {count(rest)}" if rest else ""
    title = "Who answered when: people by the waves they were seen in"
    return Figure(
        "attendance-picture",
        title,
        draw_attendance(found.waves, found.patterns),
        "; ".join(told) + more + ".",
    )


def _asked(found: Attendance, labels: Labels) -> Table:
    columns = (Column("Construct"), *(Column(f"Wave {wave}", "count") for wave in found.waves))
    rows = tuple(
        Row((labels.construct(str(record["construct"])), *(int(record[w]) or None for w in found.waves)))
        for record in found.asked.to_dict("records")
    )
    notes = ("Questions that anybody answered in the wave; empty: not asked.",)
    return Table("asked-when", "What was asked when", columns, rows, notes)
