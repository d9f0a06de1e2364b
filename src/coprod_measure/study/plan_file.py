"""What a study planned before its answers were seen, kept beside its file, and what is another since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coprod_measure.errors import StudyError
from coprod_measure.output_files import write_text
from coprod_measure.provenance import sha256_of_file
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules
from coprod_measure.study.definition import Study
from coprod_measure.study.made_from import flat
from coprod_measure.study.outputs import record_path

_PLANNED = ("form", "measurement", "structure", "groups", "reference", "compare_exclusions", "seed")
_SEEN = "answers when the plan was made"
_SIZE = "respondents"
_UNSAID = "not said"
_FILES = {
    "questionnaire (SHA-256)": "question ",
    "theory (SHA-256)": "hypothesis ",
    "cleaning rules (SHA-256)": "cleaning rule ",
}
"""Hash of a file to the beginning of the names of what the file says."""
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Departure:
    """Something of the plan that is another now."""

    what: str
    planned: str
    now: str


def plan_path(study: Study) -> Path:
    """Name the file that keeps the plan of a study."""
    return study.folder / f"{study.id}-plan.json"


def planned_of(study: Study) -> dict[str, str]:
    """Give everything of a study that a plan fixes, as text by name."""
    options = {name: study.options[name] for name in _PLANNED if study.options.get(name) is not None}
    rules = study.folder / study.cleaning if study.cleaning else default_rules_path()
    files = {
        "questionnaire (SHA-256)": study.instrument.sha256,
        "theory (SHA-256)": study.instrument.theory.sha256,
        "cleaning rules (SHA-256)": sha256_of_file(rules),
    }
    plain: Mapping[str, object] = json.loads(json.dumps(options))
    size = {_SIZE: str(study.responses.planned)} if study.responses.planned else {}
    return {**flat(plain), **size, **_questions(study), **_hypotheses(study), **_rules(rules), **files}


def _questions(study: Study) -> dict[str, str]:
    told = {}
    for id_, item in study.instrument.items.items():
        scale = study.instrument.scale_of(id_)
        options = " | ".join(next(iter(scale.labels.values()), map(str, scale.codes))) if scale else item.kind
        more = ", reversed" * item.reverse + f", shown if {item.show_if}" * bool(item.show_if)
        told[f"question {id_}"] = f"{item.text} [{options}]{more}"
    return told


def _hypotheses(study: Study) -> dict[str, str]:
    told = {}
    for id_, one in study.instrument.theory.hypotheses.items():
        steps = " -> ".join(", ".join(ids) for ids in (one.sources, one.via, one.targets) if ids)
        bent = f", by {', '.join(one.moderators)}" if one.moderators else ""
        told[f"hypothesis {id_}"] = f"{one.statement} ({one.level}, {one.sign}: {steps}{bent})"
    return told


def _rules(path: Path) -> dict[str, str]:
    rules = read_cleaning_rules(path)
    told = {f"cleaning rule {one.id}": f"{one.condition}: {one.action}" for one in rules.rules}
    flags = f"marks of {rules.min_flags} kinds: exclude" if rules.min_flags else "no number of marks excludes"
    return {
        **told,
        "cleaning rule of marks": flags,
        "cleaning rule of simulated cut-offs": f"seed {rules.seed}",
    }


def _as_known(planned: dict[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Leave out what files say where a plan kept their hashes only."""
    unknown = tuple(start for start in _FILES.values() if not any(name.startswith(start) for name in before))
    return {name: value for name, value in planned.items() if not (unknown and name.startswith(unknown))}


def save_plan(study: Study) -> Path:
    """Keep the plan; one that is there already is never written over.

    Raises
    ------
    StudyError
        If there is another plan.
    """
    path, planned = plan_path(study), planned_of(study)
    if path.is_file():
        before = _read(path)
        before.pop(_SEEN, None)
        if before != _as_known(planned, before):
            raise StudyError(
                "there is a plan already, and it says something else",
                place=str(path),
                cure="A plan is made once: keep it, and the report says where the study departs from it",
                code="other-plan",
            )
        return path
    planned[_SEEN] = answers_seen(study)
    write_text(path, json.dumps(planned, indent=1, ensure_ascii=False) + "\n")
    return path


def answers_seen(study: Study) -> str:
    """Say what was known of the answers when the plan was made, or is now where there is no plan.

    Returns
    -------
    str
        ``"none"``; ``"there"``, a file of answers lay where the study names it; ``"analysed"``, rooms had
        saved what they made of it; ``""`` of a plan that did not keep it.
    """
    path = plan_path(study)
    if path.is_file():
        return _read(path).get(_SEEN, "")
    if any(record_path(study, room).is_file() for room in ("clean", "measure", "test")):
        return "analysed"
    there = any((study.folder / name).is_file() for name in study.responses.files)
    return "there" if there else "none"


def departures(study: Study, came: int | None = None, seen: str = "came") -> tuple[Departure, ...] | None:
    """Compare a study with its plan; None where there is no plan.

    ``came``: how many respondents there are, held against the number that the plan seeks; ``seen``: as what.
    """
    path = plan_path(study)
    if not path.is_file():
        return None
    before = _read(path)
    before.pop(_SEEN, None)
    now = _as_known(planned_of(study), before)
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    found = []
    for name in changed:
        planned, done = before.get(name, _UNSAID), now.get(name, _UNSAID)
        if name not in _FILES:
            found.append(Departure(name, planned, done))
        elif not any(other.startswith(_FILES[name]) for other in changed):
            kept = any(other.startswith(_FILES[name]) for other in before)
            what = f"{name.removesuffix(' (SHA-256)')}: its file" + ", nothing of what it says here" * kept
            found.append(Departure(what, f"SHA-256 {planned[:_SHORT]}", f"SHA-256 {done[:_SHORT]}"))
    if came is not None and str(came) != (sought := before.get(_SIZE, str(came))):
        found = [one for one in found if one.what != _SIZE]
        found.append(Departure(_SIZE, sought, f"{came} {seen}"))
    return tuple(found)


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in content.items()}
    except (ValueError, AttributeError) as error:
        raise StudyError(
            "this is no plan of a study",
            place=str(path),
            cure="Restore it, or remove it",
            code="plan-unreadable",
        ) from error
