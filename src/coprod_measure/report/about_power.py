"""The page of a power analysis: curves, table, and a sentence to copy into a preregistration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.planning.curve import SmallestN
from coprod_measure.planning.monte_carlo import ALL, CELL, PowerResult
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Figure,
    Paragraph,
    Row,
    Section,
    Table,
)
from coprod_measure.report.figures.power import PowerPanel, draw_power
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.labels import phrase
from coprod_measure.report.numbers import count
from coprod_measure.study.definition import Study

_EVERY = "All together"
_NONE = "no draw had one"
_NO_SAMPLE = "none that the curve reaches"


def power_document(result: PowerResult, study: Study) -> Document:
    """Turn what was drawn for a study into a document."""
    sections = (
        Section("samples", "How many respondents", tuple(_samples(result, study))),
        Section("power", "Power in each sample", tuple(_power(result))),
        *_false(result),
        Section("drawn", "How it was drawn", tuple(_drawn(result))),
    )
    return Document(f"Power: {study.title}", f"population: {result.population}", sections)


def sentence(result: PowerResult) -> str:
    """Say in one sentence what the preregistration says of the sample."""
    wanted = _percent(result.wanted)
    power = "an expected power" if result.expected else "a power"
    known = {name: one for name, one in result.smallest.items() if not isinstance(one, NotAvailable)}
    reached = {name: one for name, one in known.items() if not one.beyond}
    draws = count(
        int(result.table.drop_duplicates(["n", "form", "reliability", "effects", "null"])["draws"].sum())
    )
    single = [name for name in reached if name != ALL]
    if ALL in reached:
        whole = reached[ALL]
        head = f"{_sample(whole)} give {power} of {wanted} to support all hypotheses at once"
    elif single:
        most = max(single, key=lambda name: reached[name].n)
        one = reached[most]
        head = f"{_sample(one)} give {power} of {wanted} for {'each of ' * (len(single) > 1)}{phrase(single)}"
    elif len(set(result.table["n"])) == 1:
        head = _of_one_sample(result, f"{power} of {wanted}")
    else:
        head = f"No sample that was drawn gives {power} of {wanted}"
    never = [name for name, one in result.smallest.items() if name != ALL and name not in reached]
    if reached and never:
        head += f" (no sample that was drawn does for {phrase(never)})"
    if cell := _first_cell(result):
        head += f" ({cell})"
    further = [name for name in never if name in known]
    tail = ""
    if further:
        one = max((known[name] for name in further), key=lambda found: found.n)
        tail = (
            f" For {phrase(further)} power rises so that it would take {_sample(one)}; more than "
            f"{count(one.beyond)} were not drawn."
        )
    return (
        f"{head}, by {draws} simulated samples from the population {result.population or 'stated'}, each "
        f"cleaned, tested and adjusted as the study will be (seed {result.seed}).{tail}"
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _of_one_sample(result: PowerResult, wanted: str) -> str:
    """Say of which hypotheses the only sample has the wanted power, and of which less."""
    own = result.table[~result.table["null"]]
    own = own[own[list(CELL)].eq(own[list(CELL)].iloc[0]).all(axis=1)]
    told = {
        row.claim: f"{'all of them' if row.claim == ALL else row.claim} ({_percent(row.power)})"
        for row in own.itertuples()
    }
    high = [told[name] for name in own.loc[own["power"] >= result.wanted, "claim"]]
    low = [one for one in told.values() if one not in high]
    sample = f"{count(int(own['n'].iloc[0]))} respondents"
    if not high:
        return f"{sample} give less than {wanted} for {phrase(low)}"
    return f"{sample} give {wanted} or more for {phrase(high)}" + (f", less for {phrase(low)}" if low else "")


def _first_cell(result: PowerResult) -> str:
    """Say of which cell of a grid the smallest samples and the curves are; nothing where there is one."""
    own = result.table[~result.table["null"]]
    words = {"form": "form {}", "reliability": "reliability {:g}", "effects": "effects times {:g}"}
    return ", ".join(
        say.format(own[name].iloc[0]) for name, say in words.items() if len(own[name].unique()) > 1
    )


def _sample(one: SmallestN) -> str:
    if one.least:
        return f"{count(one.least)} respondents, the fewest that were drawn,"
    return f"{count(one.n)} respondents (95 % interval {count(one.lower)} to {count(one.upper)})"


def _samples(result: PowerResult, study: Study) -> list[Block]:
    blocks: list[Block] = [Callout(sentence(result), "To copy.", "finding")]
    if result.without_effect:
        blocks.append(
            Callout(
                f"The population holds no effect of {phrase(result.without_effect)}: what is found of it "
                "there is a false positive, and no sample is large enough.",
                "Without effect.",
            )
        )
    return [*blocks, smallest_samples(result, study), *_over_grid(result)]


def _over_grid(result: PowerResult) -> list[Block]:
    """Tabulate the smallest samples of every cell of a grid."""
    if not _first_cell(result):
        return []
    table = result.smallest_over_grid()
    fields = [
        Field("claim", Column("Id"), lambda name: _EVERY if name == ALL else name),
        *_grid(result.table),
        Field("n", Column("Respondents", "count"), missing=_NO_SAMPLE),
        Field(("lower", "upper"), Column("95% CI", "count"), missing=_NO_SAMPLE),
    ]
    if result.price:
        fields.append(Field("cost", Column("Cost", "count"), missing=_NO_SAMPLE))
    table = table.sort_values("claim", key=lambda ids: ids.map(list(dict.fromkeys(ids)).index), kind="stable")
    return (
        [frame_table("smallest-grid", "Smallest samples over the grid", table, fields)] if len(table) else []
    )


def smallest_samples(result: PowerResult, study: Study) -> Table:
    """Tabulate the sample that each hypothesis needs, and all of them at once."""
    hypotheses = study.instrument.theory.hypotheses
    priced = result.price > 0
    columns = [Column("Id"), Column("Hypothesis"), Column("Respondents", "count"), Column("95% CI", "count")]
    columns += [Column("Cost", "count")] * priced
    rows = []
    for claim, found in result.smallest.items():
        told = _EVERY if claim == ALL else hypotheses[claim].statement if claim in hypotheses else claim
        head = ("" if claim == ALL else claim, told)
        if isinstance(found, NotAvailable):
            rows.append(Row((*head, found, found, *[found] * priced)))
        else:
            span = (float(found.lower), float(found.upper))
            rows.append(Row((*head, found.n, span, *[found.n * result.price] * priced)))
    most = max((one.beyond for one in result.smallest.values() if isinstance(one, SmallestN)), default=0)
    notes = ["Those who begin the first questionnaire: exclusions and missing answers are in the draws."]
    if most:
        notes.append(f"Samples above {count(most)} follow from the curve alone: none so large was drawn.")
    if least := max((one.least for one in result.smallest.values() if isinstance(one, SmallestN)), default=0):
        notes.append(f"Samples below {count(least)} follow from the curve alone: none so small was drawn.")
    cell = _first_cell(result)
    title = f"Smallest samples of a power of {result.wanted:g}" + (f", {cell}" if cell else "")
    return Table("smallest", title, tuple(columns), tuple(rows), tuple(notes))


def _power(result: PowerResult) -> list[Block]:
    own = result.table[~result.table["null"]]
    blocks: list[Block] = []
    panels = power_panels(result)
    if panels:
        cell = _first_cell(result)
        note = "Dots: shares of draws with 95 % intervals. Line: probit in the square root of n."
        note += f" Of {cell}." if cell else ""
        alt = "; ".join(f"{one.label}: power {one.power[-1]:.2f} at {one.n[-1]:.0f}" for one in panels)
        blocks.append(
            Figure(
                "power-curves",
                "Power over the number of respondents",
                draw_power(panels, result.wanted),
                alt,
                note,
            )
        )
    blocks.append(power_by_sample("power-table", "Power by sample", own))
    detectable = result.detectable()
    if len(detectable):
        fields = [
            Field("claim", Column("Id"), lambda name: _EVERY if name == ALL else name),
            *(one for one in _grid(own) if one.source != "effects"),
            Field("n", Column("n", "count", italic=True)),
            Field("effects", Column("Effects ×", "decimal"), missing="beyond the effects that were drawn"),
        ]
        title = f"Effects that are found with a power of {result.wanted:g}"
        notes = ("What the population's effects are multiplied by.",)
        blocks.append(frame_table("detectable", title, detectable, fields, notes=notes))
    return blocks


def power_panels(result: PowerResult) -> list[PowerPanel]:
    """Give the curve of each claim, of the first condition that was drawn, and its draws."""
    own = result.table[~result.table["null"]]
    first = own.iloc[0]
    cell = own[
        (own[["form", "reliability", "effects"]] == first[["form", "reliability", "effects"]]).all(axis=1)
    ]
    panels = []
    for claim, curve in result.curves.items():
        rows = cell[cell["claim"] == claim].sort_values("n")
        found = result.smallest[claim]
        n = np.linspace(rows["n"].min(), rows["n"].max(), 80)
        needed = float("nan") if isinstance(found, NotAvailable) else float(found.n)
        panels.append(
            PowerPanel(
                _EVERY if claim == ALL else claim,
                rows["n"].tolist(), rows["power"].tolist(), rows["power_lower"].tolist(),
                rows["power_upper"].tolist(), n.tolist(), [curve.at(one) for one in n],
                needed if n[0] <= needed <= n[-1] else float("nan"),
            )
        )  # fmt: skip
    return panels


def _grid(own: pd.DataFrame) -> list[Field]:
    """Give a column to what differs between the cells of a grid."""
    columns = {
        "form": Column("Form"),
        "reliability": Column("Reliability", "bounded"),
        "effects": Column("Effects ×", "decimal"),
    }
    return [Field(name, column) for name, column in columns.items() if len(own[name].unique()) > 1]


def power_by_sample(id_: str, title: str, own: pd.DataFrame) -> Table:
    """Tabulate the power of each hypothesis in each sample that was drawn; ``own``: rows of the result."""
    fields = [
        Field("claim", Column("Id"), lambda name: _EVERY if name == ALL else name),
        *_grid(own),
        Field("n", Column("n", "count", italic=True)),
        Field("draws", Column("Draws", "count")),
        Field("power", Column("Power", "bounded")),
        Field(("power_lower", "power_upper"), Column("95% CI", "bounded")),
        Field("against", Column("Wrong direction", "bounded")),
        Field("width", Column("Width of interval", "bounded"), missing=_NONE),
        Field("n_used", Column("Left by cleaning", "count"), missing="every draw failed"),
    ]
    told = "Power: share of all draws with the verdict supported or supported in part"
    seldom = {"failed": "Not tested", "inadmissible": "Inadmissible"}
    some = [name for name in seldom if own[name].gt(0).any()]
    fields += [Field(name, Column(seldom[name], "bounded")) for name in some]
    if "failed" in some:
        told += "; what could not be tested counts as not supported"
    notes = (
        f"{told}. Width: of the hypothesis' own 95 % interval, on average.",
        *(() if some else ("Everything could be tested in every draw, with admissible values.",)),
    )
    return frame_table(id_, title, own, fields, notes=notes)


def _false(result: PowerResult) -> tuple[Section, ...]:
    own = result.table[result.table["null"]]
    if own.empty:
        return ()
    words = Paragraph(
        "The same population with every effect that the hypotheses claim switched off: each support is "
        "false. Effects that other hypotheses claim stay; where the study's models leave them out, a "
        "coefficient may carry them, which shows here as false support."
    )
    return (
        Section(
            "false-positives",
            "False positives",
            (words, power_by_sample("false-table", "False positives", own)),
        ),
    )


def _drawn(result: PowerResult) -> list[Block]:
    lines = [
        f"Seed {result.seed}; each draw has one of its own that depends on its sample and number alone.",
        "A power computed from the effect that a study found says no more than its p value, and is not "
        "offered: after the data, ask which effects the study could have found (option --effects).",
    ]
    if result.expected:
        lines.append(
            "Each sample was drawn with other paths, as uncertain as the population says they are: power is "
            "expected power (assurance), which need not come near 1 however many respond."
        )
    if result.refused:
        told = counted(len(result.refused), "hypothesis", "hypotheses")
        lines.append(f"Not drawn for: {told} that the form cannot test: {phrase(tuple(result.refused))}.")
    failed = result.table[result.table["why_failed"] != ""]
    lines += [
        f"Not tested in some draws, {phrase(tuple(dict.fromkeys(own['claim'])))}: {why}"
        for why, own in failed.groupby("why_failed")
    ]
    return [Bullets(tuple(lines))]
