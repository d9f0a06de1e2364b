"""Words by which a study and its theory mean groups: contrasts are of what exists, and words call groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coprod_measure.errors import InputError
from coprod_measure.theory.checks import ONE_SIDED
from coprod_measure.yaml_files import Finding, YamlFile

if TYPE_CHECKING:
    from coprod_measure.responses.dataset import Responses
    from coprod_measure.study.definition import Study


def contrast_findings(
    file: YamlFile, study: Study, named: Mapping[str, Mapping[str, Any]], nobody: Responses
) -> list[Finding]:
    """Find contrasts of unknown hypotheses and constructs, and words that no answer bears.

    Parameters
    ----------
    named : mapping
        Kind of test to its options.
    nobody : Responses
        The study without answers (:func:`.checks.nobody_of`).
    """
    from coprod_measure.structure.evidence import Context
    from coprod_measure.structure.group_contrasts import asked_of, known_contrasts
    from coprod_measure.structure.kinds import options_of_kinds
    from coprod_measure.structure.wording import sentence

    theory = study.instrument.theory
    try:
        options = options_of_kinds(named, theory)
    except InputError as error:
        return [
            file.finding(
                "error",
                ("structure", *one.place.removeprefix("option ").split(".")),
                one.cause,
                one.cure,
                one.code,
            )
            for one in error.problems
        ]
    given = getattr(options["group_difference"], "contrasts", {})
    context = Context(theory, nobody, options=options)
    found = _of_arms(file, getattr(options["experiments"], "contrasts", {}))
    for id_ in given:
        own = theory.hypotheses[id_]
        for words in asked_of(own, given).values():
            if words and not min(words.values()) < 0 < max(words.values()):
                at = ("structure", "group_difference", "contrasts", id_)
                found.append(file.finding("warning", at, *ONE_SIDED))
                continue
            told = known_contrasts(own, words, context)
            found += [
                file.finding(
                    "warning",
                    ("structure", "group_difference", "contrasts", id_),
                    sentence(one),
                    "Write words of the answers that sort people",
                    one.code.replace("_", "-"),
                )
                for one in told
                if one.code != "planned_groups"
            ]
    return found


def _of_arms(file: YamlFile, given: Mapping[str, Mapping[int, float]]) -> list[Finding]:
    return [
        file.finding(
            "warning", ("structure", "experiments", "contrasts", id_),
            f"the weights of {id_} do not add up to zero", "Correct its contrast", "contrast-not-zero",
        )
        for id_, weights in given.items()
        if abs(sum(weights.values())) > 1e-9
    ]  # fmt: skip


def claim_findings(file: YamlFile, study: Study, nobody: Responses) -> list[Finding]:
    """Find words of the tested claims, under ``within`` and of contrasts over groups, that no group bears.

    Nothing is said of groups whose names only the answers tell.
    """
    from coprod_measure.structure.evidence import Context
    from coprod_measure.structure.paths_across import known_contrast
    from coprod_measure.structure.within_groups import known_within
    from coprod_measure.structure.wording import sentence

    theory = study.instrument.theory
    context = Context(theory, nobody)
    return [
        file.finding(
            "warning",
            ("structure", "hypotheses", place),
            f"{id_}: {sentence(one)}",
            "Write words of the answers that sort people, in the theory file",
            "words-of-no-group",
        )
        for place, id_ in enumerate(study.structure.hypotheses if study.structure else ())
        for one in (
            *known_within(theory.hypotheses[id_], context),
            *known_contrast(theory.hypotheses[id_], context),
        )
        if one.code in {"within_unmet", "within_word_unmet", "contrast_over_groups"}
    ]
