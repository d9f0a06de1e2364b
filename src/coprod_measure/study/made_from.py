"""What a record was made from, and which of it is another today."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from coprod_measure.instrument.name_map import name_map_beside
from coprod_measure.provenance import sha256_of_file, versions
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import origin_beside
from coprod_measure.responses.rules_file import default_rules_path
from coprod_measure.responses.waves import together
from coprod_measure.study.definition import Study

ABSENT = ""
"""Hash of a file that is not there, and need not be."""


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """Everything that can change a record.

    Attributes
    ----------
    files : mapping
        What a file is for to the SHA-256 of its bytes, :data:`ABSENT` where there is none.
    options : mapping
        The parts of the study file that matter to the room, defaults filled in; nested as there.
    versions : mapping
        Python and every library that computes a number.
    records : mapping
        Room to the SHA-256 of its record, of the rooms whose records were used.
    study : str
        SHA-256 of the study file, to be reported; its parts that matter stand in ``options``.
    room, owner : str
        Which record of which study it is; empty in a record that stands for itself.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, str] = field(default_factory=dict)
    study: str = ""
    room: str = ""
    owner: str = ""

    def changed(self, now: MadeFrom, *, versions: bool = True) -> tuple[str, ...]:
        """Name what is another now; a file that cannot be looked at now counts as the same.

        ``versions``: of what computed it, too.
        """
        if self.owner != now.owner:
            return (f"the study (it is a record of {self.owner!r})",)
        if self.room != now.room:
            return (f"the room (it is the record of {self.room!r})",)
        found = [name for name, digest in now.files.items() if self.files.get(name) != digest]
        before, after = flat(self.options), flat(now.options)
        found += [name for name in {**before, **after} if before.get(name) != after.get(name)]
        for name, version in now.versions.items() if versions else ():
            if self.versions.get(name) != version:
                found.append(f"the version of {name}")
        found += [
            f"the record of {room}" for room in now.records if self.records.get(room) != now.records[room]
        ]
        return tuple(found)


def used_by_clean(study: Study, responses: Responses) -> MadeFrom:
    """State what answers were made from, by what was read and not by what lies on disk by now."""
    rules = responses.rules
    files = {
        "answers": responses.source.sha256,
        "names.json": responses.source.names_sha256,
        "ORIGIN.md": responses.source.origin_sha256,
        "table of countries": responses.source.context_sha256,
        "cleaning rules": rules.sha256 if rules else ABSENT,
        **_of_instrument(study),
    }
    return MadeFrom(files, options_of(study, "clean"), versions(), {}, study.sha256, "clean", study.id)


def present(study: Study, room: str, records: Mapping[str, str]) -> MadeFrom:
    """State what a record of a room would be made from now.

    Answers that are not there are left out: what was computed from them stands.
    """
    files = _of_instrument(study)
    if room in ("clean", "power"):
        rules = study.folder / study.cleaning if study.cleaning else default_rules_path()
        files["cleaning rules"] = sha256_of_file(rules)
    if room == "clean":
        answers = [study.folder / name for name in study.responses.files]
        context = study.folder / study.responses.context if study.responses.context else None
        if context is None or context.is_file():
            files["table of countries"] = sha256_of_file(context) if context else ABSENT
        if all(path.is_file() for path in answers):
            names = [name_map_beside(path) for path in answers]
            origins = [origin_beside(path) for path in answers]
            files |= {
                "answers": together([sha256_of_file(path) for path in answers]),
                "names.json": together([one.sha256 if one else ABSENT for one in names]),
                "ORIGIN.md": together([sha256_of_file(one) if one else ABSENT for one in origins]),
            }
    return MadeFrom(files, options_of(study, room), versions(), records, study.sha256, room, study.id)


def options_of(study: Study, room: str) -> dict[str, object]:
    """Take the parts of the study file that matter to a room."""
    chosen = {name: _plain(getattr(study, name)) for name in _PARTS[room]}
    if room in {"test", "exclusions"}:
        # Where the structural part leaves them out, these of the measurement hold.
        chosen["measurement"] = {name: getattr(study.measurement, name) for name in ("estimator", "missing")}
    if room == "measure" and study.structure and set(study.measurement.extras) & _LOOK_AT_PATHS:
        chosen["structure"] = {"hypotheses": study.structure.hypotheses}
    return dict(json.loads(json.dumps(chosen)))


def _plain(value: object) -> object:
    return value.model_dump() if isinstance(value, BaseModel) else value


def _of_instrument(study: Study) -> dict[str, str]:
    return {"instrument": study.instrument.sha256, "theory": study.instrument.theory.sha256}


def flat(options: Mapping[str, object], before: str = "") -> dict[str, str]:
    """Give nested options one name each, their values as JSON."""
    found: dict[str, str] = {}
    for name, value in options.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{before}{name}: ")
        else:
            found[f"{before}{name}"] = json.dumps(value)
    return found


_PARTS: Mapping[str, tuple[str, ...]] = {
    "clean": ("form", "forms", "responses", "cleaning"),
    "quality": (),
    "measure": ("measurement", "groups", "reference", "seed"),
    "test": ("structure", "seed"),
    "exclusions": ("structure", "compare_exclusions"),
    "power": ("form", "forms", "cleaning", "measurement", "structure"),
}
_LOOK_AT_PATHS = {"method_bias", "marker"}
