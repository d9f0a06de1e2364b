"""What a careful reader would say about a theory file that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from coprod_measure.errors import TheoryError
from coprod_measure.theory.definition import Hypothesis, TheoryFile
from coprod_measure.theory.read import theory_path
from coprod_measure.theory.references import reference_problems
from coprod_measure.yaml_files import Finding, YamlFile, in_file_order, open_yaml, what_holds

_NEEDS_BOTH_ENDS = {
    "direct",
    "mediated",
    "moderated",
    "stage_transition",
    "necessity",
    "over_time",
    "incremental",
}
_NEEDS_VIA = {"mediated"}
_HAS_PATHS = ("direct", "mediated", "moderated", "stage_transition", "incremental", "relative_importance")
_NEEDS_MODERATORS = {"moderated"}

ONE_SIDED = (
    "a contrast needs weights above zero and below",
    "Give the words of the other side weights of the other sign",
    "contrast-of-one-side",
)


def check_theory(name_or_path: str | Path) -> list[Finding]:
    """Check a theory file.

    ``name_or_path``: name of a shipped theory or path of a YAML file. Errors forbid to use the file; warnings
    and notes do not. In the order of the file.

    Raises
    ------
    TheoryError
        If the file is no YAML at all.
    """
    file = open_yaml(theory_path(name_or_path), error=TheoryError)
    parsed, problems = what_holds(file, TheoryFile)
    findings: list[Finding] = []
    if parsed is not None:
        problems += reference_problems(file, parsed)
        findings += [*_facet_findings(file, parsed), *_name_findings(file, parsed)]
        for id_, hypothesis in parsed.hypotheses.items():
            findings += _hypothesis_findings(file, parsed, id_, hypothesis)
    return findings_in_order([*(Finding("error", problem) for problem in problems), *findings])


def findings_in_order(findings: list[Finding]) -> list[Finding]:
    """Sort findings by line and column."""
    places = in_file_order(finding.problem for finding in findings)
    rank = {id(problem): number for number, problem in enumerate(places)}
    return sorted(findings, key=lambda finding: rank[id(finding.problem)])


def _facet_findings(file: YamlFile, theory: TheoryFile) -> Iterator[Finding]:
    """Find constructs and structures that do not name each other, which misleads readers of either."""
    facets = {
        id_: {facet.removeprefix("-") for facet in entry.facets} for id_, entry in theory.higher_order.items()
    }
    for id_, construct in theory.constructs.items():
        parent = construct.parent
        if parent in facets and id_ not in facets[parent]:
            cause = f"'{id_}' names the parent '{parent}', which does not list it as a facet"
            cure = f"Add '{id_}' to the facets of '{parent}', or remove 'parent'"
            yield file.finding("warning", ["constructs", id_, "parent"], cause, cure, "parent-mismatch")
    for id_, found in facets.items():
        for facet in sorted(found & set(theory.constructs)):
            if theory.constructs[facet].parent is None:
                cause = f"the facet '{facet}' does not name '{id_}' as its parent"
                cure = f"Add 'parent: {id_}' to '{facet}'"
                yield file.finding("note", ["higher_order", id_, "facets"], cause, cure, "parent-missing")


def _name_findings(file: YamlFile, theory: TheoryFile) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for id_, construct in theory.constructs.items():
        name = construct.name.casefold()
        if name in seen:
            cause = f"'{id_}' bears the same name as '{seen[name]}'"
            yield file.finding(
                "warning", ["constructs", id_, "name"], cause, "Tell the two apart", "same-name"
            )
        seen.setdefault(name, id_)
        if construct.merge_with == id_:
            cause = f"'{id_}' is to be merged with itself"
            cure = "Name another construct"
            yield file.finding("error", ["constructs", id_, "merge_with"], cause, cure, "merge-with-itself")


def _hypothesis_findings(
    file: YamlFile, theory: TheoryFile, id_: str, hypothesis: Hypothesis
) -> Iterator[Finding]:
    at: list[str | int] = ["hypotheses", id_]
    level = hypothesis.level
    ends = ("targets",) if level == "over_time" else ("sources", "targets")  # a change needs no cause
    absent = [key for key in ends if not getattr(hypothesis, key)]
    if level in _NEEDS_BOTH_ENDS and absent:
        cause = f"a claim of the kind '{level}' has no {' and no '.join(absent)}"
        yield file.finding("warning", at, cause, f"Add '{absent[0]}: [...]'", "hypothesis-without-terms")
    if level in _NEEDS_VIA and not hypothesis.via:
        yield file.finding(
            "warning", at, "a mediated claim names no mediator", "Add 'via: [...]'", "mediator-missing"
        )
    if level in _NEEDS_MODERATORS and not hypothesis.moderators:
        cause = "a moderated claim names no moderator"
        yield file.finding("warning", at, cause, "Add 'moderators: [...]'", "moderator-missing")
    if hypothesis.bends and not (level == "mediated" and len(hypothesis.via) == 1 and hypothesis.moderators):
        cause = (
            "'bends' names a step of an indirect effect that something moderates, which is not claimed here"
        )
        cure = "Give 'level: mediated', one step of 'via' and 'moderators', or leave 'bends' out"
        yield file.finding("warning", [*at, "bends"], cause, cure, "bends-without-chain")
    yield from _group_findings(file, at, hypothesis)
    if hypothesis.balance and level != "choice" and "logit" not in hypothesis.tested_by:
        cause = "'balance' is the cause of a choice, and no choice is modelled here"
        cure = "Give 'level: choice' or 'tested_by: [logit]', or leave 'balance' out"
        yield file.finding("warning", [*at, "balance"], cause, cure, "balance-without-choice")
    if level == "over_time" and hypothesis.needs_waves < 2:
        cause = "a claim over time needs at least two waves"
        yield file.finding("warning", at, cause, "Add 'needs_waves: 2'", "waves-missing")
    for term in dict.fromkeys((*hypothesis.sources, *hypothesis.targets, *hypothesis.moderators)):
        construct = theory.constructs.get(term)
        if construct is not None and construct.measurement == "not_scaled":
            cause = f"nothing can measure '{term}', which is not scaled"
            yield file.finding("note", at, cause, "Code it by hand, or claim less", "term-not-scaled")


def _group_findings(file: YamlFile, at: list[str | int], hypothesis: Hypothesis) -> Iterator[Finding]:
    """Find comparisons over groups that no test would carry out."""
    if hypothesis.across and (hypothesis.level not in _HAS_PATHS or hypothesis.needs_waves > 1):
        cause = f"'across' compares paths of one wave over groups, which a '{hypothesis.level}' claim has not"
        cure = f"Leave it out, or claim paths ({', '.join(_HAS_PATHS)}; needs_waves: 1)"
        yield file.finding("warning", [*at, "across"], cause, cure, "across-without-paths")
    sides = {weight > 0 for weight in hypothesis.contrast.values() if weight}
    if not hypothesis.contrast:
        return
    if not hypothesis.across and hypothesis.level != "group_difference":
        cause = "'contrast' weighs groups, and nothing sorts people into any"
        cure = "Add 'across: [...]', or give 'level: group_difference'"
        yield file.finding("warning", [*at, "contrast"], cause, cure, "contrast-without-groups")
    elif not hypothesis.across and hypothesis.moderators:
        cause = "'contrast' weighs means of groups, and the claim is about paths over them"
        cure = f"Write 'level: direct, across: [{hypothesis.moderators[0]}]', which weighs their slopes"
        yield file.finding("warning", [*at, "contrast"], cause, cure, "contrast-of-paths")
    elif len(sides) < 2:
        yield file.finding("warning", [*at, "contrast"], *ONE_SIDED)
