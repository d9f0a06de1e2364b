"""Ids that a theory file uses: each must exist, and no structure may contain itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from coprod_measure.errors import Problem, TheoryError
from coprod_measure.theory.definition import DESIGN_COLUMNS, Computation, Construct, Hypothesis, TheoryFile
from coprod_measure.theory.formula import read_formula
from coprod_measure.yaml_files import Loc, YamlFile, did_you_mean

# Moderators such as gender are often asked already, by an item that describes the respondent.
_OF_AN_ITEM = (
    ". If an item asks for it, define a construct here (measurement: observed) and write "
    "'construct: ...' instead of 'role: ...' at the item"
)


def reference_problems(file: YamlFile, theory: TheoryFile) -> Iterator[Problem]:
    """Yield every id that leads nowhere and every cycle.

    ``file``: for places, and for ids of entries that are unsound themselves: they count as known.
    """
    stages = file.names("stages")
    constructs = file.names("constructs")
    structures = file.names("higher_order")
    terms = [*constructs, *structures]
    for id_ in structures:
        if id_ in constructs:
            cause = f"'{id_}' is both a construct and a higher-order structure"
            yield file.problem(["higher_order", id_], cause, "Rename one of them", "duplicate-id")
    for id_, construct in theory.constructs.items():
        at = ["constructs", id_]
        yield from _unknown(file, [*at, "stage"], [construct.stage], stages, "stage")
        yield from _unknown(file, [*at, "parent"], [construct.parent], structures, "higher-order structure")
        yield from _unknown(file, [*at, "merge_with"], [construct.merge_with], constructs, "construct")
        yield from _computation_problems(file, id_, construct, terms)
    for id_, structure in theory.higher_order.items():
        at = ["higher_order", id_]
        yield from _unknown(file, [*at, "stage"], [structure.stage], stages, "stage")
        facets = [facet.removeprefix("-") for facet in structure.facets]
        yield from _unknown(file, [*at, "facets"], facets, terms, "construct", listed=True)
    for id_, hypothesis in theory.hypotheses.items():
        yield from _hypothesis_problems(file, ["hypotheses", id_], hypothesis, terms)
    below = {id_: entry.facets for id_, entry in theory.higher_order.items()}
    below |= {id_: entry.computed.of for id_, entry in theory.constructs.items() if entry.computed}
    yield from _cycles(file, below)


def _computation_problems(
    file: YamlFile, id_: str, construct: Construct, terms: list[str]
) -> Iterator[Problem]:
    rule = construct.computed
    at: list[str | int] = ["constructs", id_, "computed"]
    if rule is None:
        return
    yield from _unknown(file, [*at, "of"], rule.of, terms, "construct", listed=True)
    yield from _unknown(file, [*at, "weights"], [rule.weights], terms, "construct")
    if construct.measurement != "computed":
        cause = f"'{id_}' has a rule to compute it, but its measurement is '{construct.measurement}'"
        yield file.problem(at, cause, "Write 'measurement: computed', or take the rule out", "not-computed")
    if rule.weights and rule.how != "sum":
        cause = f"'weights' goes with 'how: sum', not '{rule.how}'"
        yield file.problem([*at, "weights"], cause, "Take the weights out", "weights-without-sum")
    yield from _formula_problems(file, at, rule)


def _formula_problems(file: YamlFile, at: list[str | int], rule: Computation) -> Iterator[Problem]:
    if (rule.how == "formula") != (rule.formula is not None):
        has, lacks = ("how: formula", "formula") if rule.formula is None else ("formula", "how: formula")
        yield file.problem(at, f"'{has}' goes with '{lacks}'", f"Add '{lacks}', or take it out", "formula")
    if rule.formula is None:
        return
    try:
        named = read_formula(rule.formula).names
    except TheoryError as error:
        yield file.problem([*at, "formula"], error.problems[0].cause, error.problems[0].cure, "formula")
        return
    if apart := sorted({*named} ^ {*rule.of}):
        cause = f"the formula and 'of' name different things: {', '.join(apart)}"
        yield file.problem([*at, "formula"], cause, "Let 'of' list what the formula names", "formula")


def _hypothesis_problems(
    file: YamlFile, at: list[str | int], hypothesis: Hypothesis, terms: list[str]
) -> Iterator[Problem]:
    for key, ids in (
        ("sources", hypothesis.sources),
        ("targets", hypothesis.targets),
        ("moderators", hypothesis.moderators),
        ("versus", hypothesis.versus),
        ("checked_by", hypothesis.checked_by),
        ("judged_by", hypothesis.judged_by),
    ):
        yield from _unknown(file, [*at, key], ids, terms, "construct", listed=True, hint=_OF_AN_ITEM)
    sorts = [*DESIGN_COLUMNS, *terms]
    yield from _unknown(file, [*at, "across"], hypothesis.across, sorts, "construct", listed=True)
    for id_ in hypothesis.within:
        yield from _unknown(file, [*at, "within", id_], [id_], sorts, "construct")
    yield from _unknown(file, [*at, "balance"], [hypothesis.balance], terms, "construct", hint=_OF_AN_ITEM)
    for position, step in enumerate(hypothesis.steps):
        yield from _unknown(file, [*at, "via", position], step, terms, "construct")
    for word in ("judgement_rules", "mixture_regression"):
        if word in hypothesis.tested_by and not hypothesis.judged_by:
            cause = f"'{word}' needs to know what the targets are judged by"
            yield file.problem([*at, "tested_by"], cause, "Name it under 'judged_by'", "not-judged-by")
    if "judgement_rules" in hypothesis.tested_by and len(set(hypothesis.rules.values())) < 2:
        cause = "'judgement_rules' compares people who state two different rules or more"
        cure = "Write 'rules: {word in an option: additive, word in another: lexical}'"
        yield file.problem([*at, "tested_by"], cause, cure, "too-few-rules")
    for id_ in hypothesis.source_signs:
        if id_ not in hypothesis.sources:
            cause = f"a sign is given for '{id_}', which is no source of this hypothesis"
            cure = did_you_mean(id_, hypothesis.sources)
            yield file.problem([*at, "source_signs", id_], cause, cure, "unknown-source")
    yield from _block_problems(file, [*at, "blocks"], hypothesis)


def _block_problems(file: YamlFile, at: list[str | int], hypothesis: Hypothesis) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, ids in hypothesis.blocks.items():
        for id_ in ids:
            if id_ not in hypothesis.sources:
                cause, cure = (
                    f"'{id_}' is no source of this hypothesis",
                    did_you_mean(id_, hypothesis.sources),
                )
                yield file.problem([*at, name], cause, cure, "unknown-source")
            elif id_ in seen:
                cause = f"'{id_}' is in two blocks, '{seen[id_]}' and '{name}'"
                yield file.problem([*at, name], cause, "Take it out of one of them", "twice-in-blocks")
            seen.setdefault(id_, name)
    if hypothesis.blocks and not hypothesis.ranks_causes:
        cause = f"blocks are of causes that are ranked, and a claim of level '{hypothesis.level}' ranks none"
        cure = "Take the blocks out, or write 'tested_by: [dominance]'"
        yield file.problem(at, cause, cure, "blocks-without-ranks")


def _unknown(
    file: YamlFile,
    at: Loc,
    ids: Iterable[str | None],
    known: Iterable[str],
    what: str,
    *,
    listed: bool = False,
    hint: str = "",
) -> Iterator[Problem]:
    for position, id_ in enumerate(ids):
        name = (id_ or "").strip()
        if name and name not in known:
            place = [*at, position] if listed else at
            cause = f"there is no {what} '{name}'"
            cure = did_you_mean(name, known)
            cure = cure if cure.startswith("Did you mean") else f"{cure}{hint}"
            yield file.problem(place, cause, cure, f"unknown-{what.split()[0]}")


def _cycles(file: YamlFile, facets: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    done: set[str] = set()

    def walk(id_: str, path: tuple[str, ...]) -> Iterator[Problem]:
        if id_ in path:
            circle = " > ".join([*path[path.index(id_) :], id_])
            cause = f"the structure contains itself ({circle})"
            yield file.problem(
                [
                    *(
                        ["higher_order", id_, "facets"]
                        if id_ in file.names("higher_order")
                        else ["constructs", id_]
                    )
                ],
                cause,
                "Take one of these facets out",
                "cyclic-hierarchy",
            )
        elif id_ not in done:
            for facet in facets.get(id_, ()):
                yield from walk(facet.removeprefix("-"), (*path, id_))
            done.add(id_)

    for id_ in facets:
        yield from walk(id_, ())
