"""The rooms of a study; each can start from the saved record of the one before."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from coprod_measure.errors import CoprodError, CoprodWarning, NotAvailable, StudyError, fault_of
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.output_files import only_writer
from coprod_measure.provenance import sha256_of_file
from coprod_measure.responses.clean import clean
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.quality import AnswerQuality, answer_quality
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.as_asked import Say, measured, measurement_options, read_answers, tested
from coprod_measure.study.clean_files import write_clean
from coprod_measure.study.definition import Study, read_study
from coprod_measure.study.exclusions import ExclusionComparison, compare_exclusions
from coprod_measure.study.failures_file import faults_of, write_failures
from coprod_measure.study.made_from import MadeFrom, present, used_by_clean
from coprod_measure.study.model_files import write_models
from coprod_measure.study.outputs import (
    claim,
    claimed,
    lock_of,
    outdated,
    record_path,
    remove_outdated,
    replace_part,
    strange,
)
from coprod_measure.study.records import open_record, save_record
from coprod_measure.study.results import NOT_COMPARED, StudyResults, provenance_of
from coprod_measure.study.score_file import write_scores

_MADE_BY = {"quality": "clean", "exclusions": "test"}
_BEFORE: Mapping[str, tuple[str, ...]] = {
    "clean": (),
    "quality": ("clean",),
    "measure": ("clean",),
    "test": ("clean",),
    "exclusions": ("clean", "measure", "test"),
}
"""Every room, and those whose records it starts from."""
_CALLED = {
    "clean": "the cleaned answers",
    "quality": "keying and missing answers",
    "measure": "the measurement",
    "test": "the tests of hypotheses",
    "exclusions": "the comparison without exclusions",
}


class Rooms(AbstractContextManager["Rooms"]):
    """The rooms of one study; inside ``with``, nobody else writes to its output folder.

    Every input is read once and handed on. A saved record serves only while everything it was made from is
    as it was; else it is made anew and that is said, or, when ``frozen``, refused.

    Parameters
    ----------
    frozen : bool
        Refuse records that no longer fit, with a :class:`~coprod_measure.errors.StudyError`.
    progress : callable, optional
        Called with a few words before each part.
    tell : callable, optional
        Called with what the user must know; a :class:`~coprod_measure.errors.CoprodWarning` when left out.
    source : str, optional
        Platform that wrote the answers, instead of what the study says.
    """

    def __init__(
        self,
        study: Study,
        *,
        frozen: bool = False,
        progress: Say | None = None,
        tell: Say | None = None,
        source: str | None = None,
    ) -> None:
        self.study = study
        self.frozen = frozen
        self.progress = progress
        self.tell = tell or (lambda words: warnings.warn(words, CoprodWarning, stacklevel=3))
        self.source = source
        self._held: dict[str, tuple[Any, MadeFrom, str]] = {}
        self._raw: Responses | None = None
        self.clean_files: tuple[Path, ...] = ()
        self.failures: dict[str, dict[str, str]] = {}
        self._lock = only_writer(lock_of(study))

    def __enter__(self) -> Self:
        self._lock.__enter__()
        try:
            claimed(self.study, self.study.out_folder)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *raised: Any) -> None:
        self._lock.__exit__(*raised)

    def make(self, room: str) -> Any:
        """Compute a room's record from those before it, and save it."""
        records = {one: self._digest(one) for one in _BEFORE[room]}
        compute: Mapping[str, Callable[[], Any]] = {
            "clean": self._clean,
            "quality": lambda: answer_quality(self.answers, invited=self.study.responses.invited or 0),
            "measure": lambda: measured(self.study, self.answers, progress=self.progress),
            "test": lambda: tested(self.study, self.answers, progress=self.progress),
            "exclusions": self._exclusions,
        }
        record = self._attempt(room, compute[room])
        made_from = (
            used_by_clean(self.study, record) if room == "clean" else present(self.study, room, records)
        )
        self._keep(room, record, made_from)
        faults = faults_of(record, room)
        writers: Mapping[str, Callable[[Any], None]] = {
            "clean": self._write_clean,
            "measure": self._write_beside,
            "test": self._write_models,
        }
        if room in writers:
            try:
                writers[room](record)
            except CoprodError:
                raise
            except Exception as error:
                faults[f"files beside {_CALLED[room]}"] = fault_of(error).traceback
        self.failures[room] = faults
        held = {one: self._held[one][2] for one in {"clean", room}}
        write_failures(self.study, room, faults, held)
        return record

    def _attempt(self, room: str, compute: Callable[[], Any]) -> Any:
        """Compute a record; what stops one becomes the reason why there is none, and the rest still comes.

        Errors of what everything else rests on are raised: wrong inputs, answers that tell nothing.
        """
        try:
            return compute()
        except CoprodError as error:
            if room == "test" and {one.code for one in error.problems} == {"constant-control"}:
                self.tell(error.in_one_line)
            elif room not in ("quality", "exclusions") or isinstance(error, StudyError):
                raise
            return NotAvailable(error.in_one_line)
        except Exception as error:
            if room == "clean":
                raise
            fault = fault_of(error)
        return (
            MeasurementResults.stopped(measurement_options(self.study), fault) if room == "measure" else fault
        )

    def adopt(self, room: str, record: Path) -> None:
        """Take a record as it is: of a room that this walk cannot make, as its answers are not there."""
        saved = open_record(record, made_by=f"coprod {_MADE_BY.get(room, room)}")
        self._keep(room, saved.record, saved.made_from)
        if room == "clean":
            self._write_clean(saved.record)

    def _keep(self, room: str, record: Any, made_from: MadeFrom) -> None:
        claim(self.study, self.study.out_folder)
        path = record_path(self.study, room)
        digest = save_record(path, record, made_from)
        replace_part(self.study, self.study.out_folder, f"record-{room}", [path], {})
        self._held[room] = record, made_from, digest

    def get(self, room: str) -> Any:
        """Give a room's record: made in this walk, or saved and still fitting, or made anew.

        Raises
        ------
        StudyError
            If there is none yet, or it no longer fits and records are frozen.
        """
        if room in self._held:
            return self._held[room][0]
        records = {one: self._digest(one) for one in _BEFORE[room]}
        made_by = f"coprod {_MADE_BY.get(room, room)} {self.study.path}"
        path = record_path(self.study, room)
        try:
            saved = open_record(path, made_by=made_by)
            changed = saved.made_from.changed(present(self.study, room, records))
            why = f"no longer fits: changed since: {', '.join(changed)}" if changed else ""
            if not why and strange(self.study, self.study.out_folder, path, saved.sha256):
                why = f"is not the one that this study wrote here ({path.name})"
                if not self.frozen:
                    self.tell(f"{_sentence(room)} {why}, though it fits all that can be looked at.")
                    why = ""
        except StudyError as error:
            if error.problems[0].code == "no-record":
                raise
            why = f"cannot be used: {error.problems[0].cause}"
        if not why:
            self._held[room] = saved.record, saved.made_from, saved.sha256
            self.failures[room] = faults_of(saved.record, room)
            return saved.record
        if self.frozen:
            raise StudyError(
                f"the record of {_CALLED[room]} {why}",
                place=str(path),
                cure=f"Run `{made_by}`, or leave out --frozen",
                code="record-outdated",
            )
        self.tell(f"{_sentence(room)} {why}. Made anew.")
        return self.make(room)

    @property
    def answers(self) -> Responses:
        """The cleaned answers."""
        found: Responses = self.get("clean")
        return found

    @property
    def quality(self) -> AnswerQuality | NotAvailable:
        """Keying and missing answers."""
        found: AnswerQuality | NotAvailable = self.get("quality")
        return found

    @property
    def measurement(self) -> MeasurementResults:
        """The measurement."""
        found: MeasurementResults = self.get("measure")
        return found

    @property
    def structure(self) -> HypothesisTests | NotAvailable:
        """The tests of hypotheses."""
        found: HypothesisTests | NotAvailable = self.get("test")
        return found

    @property
    def exclusions(self) -> ExclusionComparison | NotAvailable:
        """Key numbers with nobody excluded."""
        found: ExclusionComparison | NotAvailable = self.get("exclusions")
        return found

    def measured(self) -> MeasurementResults:
        """Give the saved measurement, and examine what nobody has examined yet."""
        saved = record_path(self.study, "measure").is_file()
        found: MeasurementResults = self.get("measure") if saved else self.make("measure")
        return found

    def results(self) -> StudyResults:
        """Collect the records of all rooms, for the report."""
        rooms = (self.answers, self.measurement, self.structure)
        quality, exclusions = self.quality, self.exclusions
        made = {_CALLED[room]: self._held[room][1] for room in _BEFORE}
        records = {room: self._held[room][2] for room in _BEFORE}
        provenance = provenance_of(self.answers, made, records, Path(self.study.path).name)
        return StudyResults(self.study, *rooms, provenance, quality, exclusions, self.failures)

    def name_outdated(self) -> None:
        """Say which files of the folder rest on other records than those that lie there now."""
        found = outdated(self.study, self.study.out_folder, self._on_disk())
        # What lies among the records is written anew with the record of its room.
        stale = [path for path in found if "records" not in path.relative_to(self.study.out_folder).parts]
        if stale:
            names = ", ".join(path.name for path in stale)
            self.tell(f"Made from earlier records: {names}. `coprod report {self.study.path}` writes anew.")

    def remove_outdated(self) -> None:
        """Remove what rests on other records than those that lie there now, and say so."""
        removed = remove_outdated(self.study, self.study.out_folder, self._on_disk())
        if removed:
            names = ", ".join(path.name for path in removed)
            self.tell(f"Removed, as it rests on records that are no more: {names}")

    def _digest(self, room: str) -> str:
        self.get(room)
        return self._held[room][2]

    def _on_disk(self) -> dict[str, str]:
        paths = {room: record_path(self.study, room) for room in _BEFORE}
        return {room: sha256_of_file(path) for room, path in paths.items() if path.is_file()}

    def _read(self) -> Responses:
        return read_answers(self.study, source=self.source, progress=self.progress)

    def _clean(self) -> Responses:
        rules = self.study.folder / self.study.cleaning if self.study.cleaning else None
        read = self._read()
        self._raw = read if self.study.compare_exclusions else None
        try:
            return clean(read, rules=rules, progress=self.progress)
        except CoprodError:
            for warning in read.warnings:  # what reading saw is often why nothing is left
                self.tell(f"warning: {warning}")
            raise

    def _exclusions(self) -> ExclusionComparison | NotAvailable:
        if not self.study.compare_exclusions:
            return NOT_COMPARED
        answers = self._raw_answers(), self.answers
        return compare_exclusions(*answers, self.measurement, self.structure, self.progress)

    def _raw_answers(self) -> Responses:
        """Give the answers before cleaning: those that were cleaned, and no others."""
        cleaned = self.answers
        read = self._raw or self._read()
        if read.source.sha256 != cleaned.source.sha256:
            raise StudyError(
                "are other answers than those that were cleaned",
                place=cleaned.source.name,
                cure=f"Run `coprod clean {self.study.path}` first",
                code="other-answers",
            )
        return read

    def _write_clean(self, answers: Responses) -> None:
        self.clean_files = write_clean(self.study, answers, {"clean": self._held["clean"][2]})

    def _write_beside(self, results: MeasurementResults) -> None:
        self._write_scores(results)
        self._write_models(results)

    def _write_models(self, record: MeasurementResults | HypothesisTests | NotAvailable) -> None:
        room = "measure" if isinstance(record, MeasurementResults) else "test"
        write_models(self.study, self.answers, record, {one: self._held[one][2] for one in ("clean", room)})

    def _write_scores(self, results: MeasurementResults) -> None:
        records = {room: self._held[room][2] for room in ("clean", "measure")}
        for gone in write_scores(self.study, self.answers, results, records):
            self.tell(f"Removed, as the study asks for no scores any more: {gone.name}")


def cleaned_answers(study: str | Path, tell: Say) -> Responses:
    """Give the cleaned answers of a study, cleaned now where nobody has yet."""
    with Rooms(read_study(study, answers_needed=False), tell=tell) as rooms:
        try:
            return rooms.answers
        except StudyError as error:
            if error.problems[0].code != "no-record":
                raise
            made: Responses = rooms.make("clean")
            return made


def _sentence(room: str) -> str:
    return f"The record of {_CALLED[room]}"
