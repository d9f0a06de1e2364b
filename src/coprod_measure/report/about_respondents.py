"""Who answered: the way from the raw file to the answers analysed, and what is missing in them."""

from __future__ import annotations

from collections.abc import Sequence

from coprod_measure.errors import counted
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Figure,
    KeyValues,
    Paragraph,
    Row,
    Section,
    Table,
)
from coprod_measure.report.figures.flow import Departure, draw_flow
from coprod_measure.report.labels import phrase
from coprod_measure.report.numbers import count, percent
from coprod_measure.report.people_and_rows import sample_in_words, unit_of
from coprod_measure.responses.cleaning_rules import Step
from coprod_measure.responses.dataset import Responses

_MOST_WARNINGS = 12
_MISSING_KINDS = {
    "unanswered": "seen but not answered",
    "not_shown": "not shown",
    "not_applicable": "does not apply",
}


def about_respondents(responses: Responses, further: tuple[Block, ...] = ()) -> Section:
    """Tell who is in the data and who left.

    ``further``: what else is known of the answers, before the warnings.
    """
    blocks: list[Block] = []
    if responses.source.synthetic:
        blocks.append(
            Callout("No person gave these answers: they were drawn by a program.", "Synthetic data.")
        )
    blocks.append(Paragraph(_in_words(responses)))
    blocks.append(_flow_figure(responses))
    if len(responses.steps) > 1:
        blocks.append(_flow_table(responses.steps))
    blocks += _idle_attention_rules(responses)
    log = responses.log
    changed = log[log["column"].isin(responses.frame.columns) & (log["after"] != "excluded")]
    if len(changed):
        rules = phrase(
            [f"{rule} ({counted(len(part), 'cell')})" for rule, part in changed.groupby("rule", sort=False)]
        )
        blocks.append(
            Paragraph(
                f"Cleaning changed {counted(len(changed), 'cell')} by these rules: {rules}. Each change "
                "stands in the log with respondent, column, old and new value."
            )
        )
    blocks.append(KeyValues(_missing_facts(responses)))
    blocks += further
    if responses.unmapped:
        blocks.append(
            Paragraph(
                f"Columns of the file that no item claims and that were not used: "
                f"{phrase(responses.unmapped)}."
            )
        )
    if responses.warnings:
        blocks += [Paragraph("Reading and cleaning gave these warnings:"), _first_warnings(responses)]
    return Section("respondents", "Who answered", tuple(blocks))


def n_excluded(responses: Responses) -> int:
    """Respondents that cleaning took out."""
    return sum(step.excluded for step in responses.steps)


def _first_warnings(responses: Responses) -> Bullets:
    shown = responses.warnings[:_MOST_WARNINGS]
    hidden = len(responses.warnings) - len(shown)
    more = (f"{counted(hidden, 'further warning')}; “coprod clean” prints them all.",) if hidden else ()
    return Bullets((*shown, *more))


def _in_words(responses: Responses) -> str:
    source = responses.source
    words = f"The file {source.name} ({source.platform}) gave {counted(source.n_rows, 'row')} of answers."
    out = n_excluded(responses)
    if out:
        left = count(responses.n) if responses.people == responses.rows else sample_in_words(responses)
        words += (
            f" Cleaning excluded {counted(out, unit_of(responses))} "
            f"({percent(out / max(source.n_rows, 1), 1)}); {left} remain."
        )
    else:
        words += f" Nobody was excluded: all {sample_in_words(responses)} are analysed."
    return words


def _flow_figure(responses: Responses) -> Figure:
    steps = responses.steps
    marking = [step for step in steps if step.marked and not step.excluded]
    departures = [Departure(step.why or step.rule, step.excluded) for step in steps if step.excluded]
    start = steps[0].n_in if steps else responses.n
    told = "; ".join(f"{d.reason}: {count(d.excluded)}" for d in departures) or "Nobody was excluded"
    note = ""
    if marking:
        rules = counted(len(marking), "further rule" if departures else "rule")
        note = f"{rules} marked {unit_of(responses)}s without excluding them; the next table has the numbers."
    return Figure(
        "flow",
        f"Flow of {unit_of(responses)}s",
        draw_flow(start, "Rows in the file", departures, "Analysed"),
        f"From {count(start)} rows to {sample_in_words(responses)} analysed. {told}.",
        note,
    )


def _flow_table(steps: Sequence[Step]) -> Table:
    rows = tuple(
        Row((step.rule, step.reason, step.n_in, step.excluded, step.marked, step.n_out))
        for step in steps
        if step.unavailable is None
    )
    columns = (
        Column("Rule"),
        Column("Why"),
        Column("In", "count"),
        Column("Excluded", "count"),
        Column("Marked", "count"),
        Column("Out", "count"),
    )
    return Table("flow-steps", "Cleaning, step by step", columns, rows, _not_applied(steps))


def _not_applied(steps: Sequence[Step]) -> tuple[str, ...]:
    """Say in one sentence which rules could not be applied, and why."""
    rules_of: dict[str, list[str]] = {}
    for step in steps:
        if step.unavailable is not None:
            rules_of.setdefault(step.unavailable.reason, []).append(step.rule)
    told = [f"{phrase(rules)} ({reason})" for reason, rules in rules_of.items()]
    return (f"Rules that could not be applied: {'; '.join(told)}.",) if told else ()


def _idle_attention_rules(responses: Responses) -> list[Block]:
    """Warn of rules that count more failed attention items than anybody was asked."""
    asked = [id_ for id_ in responses.frame.columns if responses.instrument.items[id_].role == "attention"]
    if not asked:
        return []
    most = int((responses.missing[asked] != "not_shown").sum(axis=1).max()) if responses.n else len(asked)
    idle = [
        step.rule
        for step in responses.steps
        if (rule := step.applied)
        and (rule.index, rule.on, rule.basis) == ("attention_failed", (), "raw")
        and rule.op in {">", ">="}
        and rule.value + (rule.op == ">") > most
    ]
    if not idle:
        return []
    held = "item" if most == 1 else "items"
    return [
        Callout(
            f"Nobody was asked more than {most} attention {held} ({', '.join(asked)}), but {phrase(idle)} "
            f"{'counts' if len(idle) == 1 else 'count'} more failures than that and can hold for nobody. If "
            f"fewer shall exclude, say so in cleaning rules of the study's own: attention_failed >= {most}.",
            "A cleaning rule that cannot work.",
        )
    ]


def _missing_facts(responses: Responses) -> tuple[tuple[str, str], ...]:
    missing = responses.missing
    cells = max(missing.size, 1)
    facts = [("Respondents analysed", count(responses.people))]
    if responses.people != responses.rows:
        facts.append(("Rows analysed", count(responses.rows)))
        facts += [(name, count(n)) for name, n in _waves_and_categories(responses) if n > 1]
    facts.append(("Questions in the data", _questions(responses)))
    facts.append(("Answers given", percent(float((missing == "").to_numpy().sum()) / cells, 1)))
    for kind, words in _MISSING_KINDS.items():
        share = float((missing == kind).to_numpy().sum()) / cells
        if share:
            facts.append((f"Answers missing, {words}", percent(share, 1)))
    complete = int((missing == "").all(axis=1).sum())
    all_shown = int((missing != "unanswered").all(axis=1).sum())
    whole = "Respondents who answered every question"
    if responses.people != responses.rows:
        whole = "Rows with an answer to every question"
    facts.append((whole, count(complete)))
    if all_shown != complete:
        facts.append((f"{whole} shown to them", count(all_shown)))
    return tuple(facts)


def _waves_and_categories(responses: Responses) -> tuple[tuple[str, int], ...]:
    return (("Waves", responses.waves), ("Product categories", responses.categories))


def _questions(responses: Responses) -> str:
    """Count the items of constructs apart from what else was asked."""
    items = [responses.instrument.items[id_] for id_ in responses.frame.columns]
    about = sum(item.construct_id is not None for item in items)
    if about == len(items):
        return f"{count(about)}, all items of constructs"
    other = len(items) - about
    words = f"{counted(about, 'item')} of constructs, {count(other)} other (consent, checks, background)"
    return f"{count(len(items))}: {words}"
