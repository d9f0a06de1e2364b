"""Skip rules that can never be true, run in a circle, or look at what has not been asked yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from coprod_measure.instrument.conditions import (
    Condition,
    ConditionSyntaxError,
    Every,
    comparisons_in,
    holds,
    items_in,
    parse_condition,
)
from coprod_measure.instrument.definition import Block
from coprod_measure.instrument.file_model import FormEntry, InstrumentFile
from coprod_measure.instrument.references import Placed
from coprod_measure.yaml_files import Finding, YamlFile

# Beyond so many combinations of answers a rule is taken as possible: no false alarm, bounded time.
_MOST_TRIALS = 20_000


def rule_findings(file: YamlFile, parsed: InstrumentFile, items: list[Placed]) -> Iterator[Finding]:
    """Check all skip rules of an instrument."""
    by_id = {item.id: item for item in items}
    rules = {item.id: rule for item in items if (rule := _rule_of(item)) is not None}
    circular = _in_circles(rules)
    for id_, rule in rules.items():
        at = [*by_id[id_].at, "show_if"]
        if id_ in circular:
            cause = f"whether '{id_}' is shown hangs on itself ({' > '.join(circular[id_])})"
            yield file.finding("error", at, cause, "Break the circle", "skip-rule-cyclic")
        elif not _can_hold(Every((rule, *_rules_above(rule, rules, circular))), by_id, parsed):
            cause = f"the skip rule of '{id_}' can never be true"
            cure = "Compare with codes that the items have and that do not exclude each other"
            yield file.finding("error", at, cause, cure, "skip-rule-impossible")
    for id_, form in parsed.forms.items():
        yield from _order_findings(file, id_, form, by_id, rules)


def _rule_of(item: Placed) -> Condition | None:
    try:
        return parse_condition(item.entry.show_if) if item.entry.show_if else None
    except ConditionSyntaxError:
        return None


def _in_circles(rules: Mapping[str, Condition]) -> dict[str, tuple[str, ...]]:
    """Items whose rule leads back to them, each with the way round."""
    found: dict[str, tuple[str, ...]] = {}
    for start in rules:
        ways: list[tuple[str, ...]] = [(start, other) for other in items_in(rules[start])]
        seen: set[str] = set()
        while ways:
            way = ways.pop()
            if way[-1] == start:
                found[start] = way
                break
            if way[-1] in rules and way[-1] not in seen:
                seen.add(way[-1])
                ways += [(*way, other) for other in items_in(rules[way[-1]])]
    return found


def _rules_above(
    rule: Condition, rules: Mapping[str, Condition], circular: Mapping[str, tuple[str, ...]]
) -> tuple[Condition, ...]:
    """Rules of the items that a rule looks at: these must have been shown themselves."""
    above: dict[str, Condition] = {}
    queue = list(items_in(rule))
    while queue:
        id_ = queue.pop()
        if id_ in rules and id_ not in above and id_ not in circular:
            above[id_] = rules[id_]
            queue += items_in(rules[id_])
    return tuple(above.values())


def _can_hold(condition: Condition, items: Mapping[str, Placed], parsed: InstrumentFile) -> bool:
    """Try every combination of answers that could matter."""
    names = items_in(condition)
    if any(name not in items for name in names):
        return True
    answers = [_answers_of(items[name], condition, parsed) for name in names]
    if prod(map(len, answers)) > _MOST_TRIALS or any(items[n].kind == "multiple_choice" for n in names):
        return True
    return any(holds(condition, dict(zip(names, trial, strict=True))) for trial in product(*answers))


def _answers_of(item: Placed, condition: Condition, parsed: InstrumentFile) -> list[float | None]:
    scale = parsed.scales.get(item.scale or "")
    if scale is not None:
        extra = [] if scale.not_applicable is None else [float(scale.not_applicable)]
        return [None, *map(float, scale.codes), *extra]
    named = {value for one in comparisons_in(condition) if one.item == item.id for value in one.values}
    low, high = item.entry.minimum, item.entry.maximum
    near = {value + step for value in named for step in (-0.5, 0.0, 0.5, -1.0, 1.0)}
    return [None, *(v for v in sorted(near) if (low is None or v >= low) and (high is None or v <= high))]


def _order_findings(
    file: YamlFile,
    form_id: str,
    form: FormEntry,
    items: Mapping[str, Placed],
    rules: Mapping[str, Condition],
) -> Iterator[Finding]:
    order, home = _order_of(form, items)
    for id_, rule in rules.items():
        if id_ not in order:
            continue
        for other in items_in(rule):
            at = [*items[id_].at, "show_if"]
            if other in items and order.get(other, len(order)) > order[id_]:
                when = "later" if other in order else "never"
                cause = f"form '{form_id}' shows '{id_}' by the answer to '{other}', which it asks {when}"
                yield file.finding("warning", at, cause, f"Ask '{other}' before", "skip-rule-order")
            elif other in items and home[id_] != home[other] and {home[id_], home[other]} <= _shuffled(form):
                cause = f"form '{form_id}' may show '{id_}' before '{other}', on which it depends"
                cure = "Take one of their blocks out of 'randomize_blocks'"
                yield file.finding("warning", at, cause, cure, "skip-rule-order")
            elif other in items and home[id_] == home[other] and _block(form, home[id_]).randomize:
                cause = f"form '{form_id}' shuffles '{id_}' with '{other}', on which it depends"
                yield file.finding("warning", at, cause, "Put them into two blocks", "skip-rule-order")


def _order_of(form: FormEntry, items: Mapping[str, Placed]) -> tuple[dict[str, int], dict[str, str]]:
    members: dict[str, list[str]] = {}
    for item in items.values():
        if item.role == "construct" and item.construct_id:
            members.setdefault(item.construct_id, []).append(item.id)
    order: dict[str, int] = {}
    home: dict[str, str] = {}
    for block in form.blocks:
        for name in block.items:
            for id_ in members.get(name, [name]):
                order.setdefault(id_, len(order))
                home.setdefault(id_, block.id)
    return order, home


def _shuffled(form: FormEntry) -> set[str]:
    """Blocks that change places at random."""
    if isinstance(form.randomize_blocks, bool):
        return {block.id for block in form.blocks} if form.randomize_blocks else set()
    return set(form.randomize_blocks)


def _block(form: FormEntry, id_: str) -> Block:
    return next(block for block in form.blocks if block.id == id_)
