"""Contrasts that a study file names: what they are about must exist, and their words call groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coprod_measure.errors import InputError
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
    found = []
    for id_ in given:
        own = theory.hypotheses[id_]
        for words in asked_of(own, given).values():
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
