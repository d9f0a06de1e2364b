"""What a study planned before its answers were seen, kept beside its file, and what is another since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coprod_measure.errors import StudyError
from coprod_measure.output_files import write_text
from coprod_measure.provenance import sha256_of_file
from coprod_measure.responses.rules_file import default_rules_path
from coprod_measure.study.definition import Study
from coprod_measure.study.made_from import flat

_PLANNED = ("form", "measurement", "structure", "groups", "reference", "compare_exclusions", "seed")
_UNSAID = "not said"


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
    return {**flat(plain), **files}


def save_plan(study: Study) -> Path:
    """Keep the plan; one that is there already is never written over.

    Raises
    ------
    StudyError
        If there is another plan.
    """
    path, planned = plan_path(study), planned_of(study)
    if path.is_file():
        if _read(path) != planned:
            raise StudyError(
                "there is a plan already, and it says something else",
                place=str(path),
                cure="A plan is made once: keep it, and the report says where the study departs from it",
                code="other-plan",
            )
        return path
    write_text(path, json.dumps(planned, indent=1, ensure_ascii=False) + "\n")
    return path


def departures(study: Study) -> tuple[Departure, ...] | None:
    """Compare a study with its plan; None where there is no plan."""
    path = plan_path(study)
    if not path.is_file():
        return None
    before, now = _read(path), planned_of(study)
    return tuple(
        Departure(name, before.get(name, _UNSAID), now.get(name, _UNSAID))
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    )


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
