"""What a study found: one record a room, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from coprod_measure.errors import Fault, NotAvailable
from coprod_measure.instrument.definition import Instrument
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.quality import AnswerQuality
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.definition import Study
from coprod_measure.study.exclusions import ExclusionComparison
from coprod_measure.study.made_from import MadeFrom
from coprod_measure.theory.definition import Theory

NOT_EXAMINED = NotAvailable("keying and missing answers were not examined")
NOT_COMPARED = NotAvailable("the study file does not say `compare_exclusions: true`")


@dataclass(frozen=True, slots=True)
class Provenance:
    """How results were made, so that they can be made again.

    Attributes
    ----------
    hashes : mapping
        SHA-256 of every file that went in.
    options : mapping
        What the study file said when the records were made, defaults filled in.
    versions : mapping
        Python and every library that computes a number.
    records : mapping
        Room to the SHA-256 of the record that it left.
    """

    hashes: Mapping[str, str]
    options: Mapping[str, object]
    versions: Mapping[str, str]
    seed: int
    records: Mapping[str, str] = field(default_factory=dict)


def provenance_of(
    answers: Responses, made: Mapping[str, MadeFrom], records: Mapping[str, str], study: str
) -> Provenance:
    """State what went in and what computed it, by what the records say and not by today's files.

    Parameters
    ----------
    answers : Responses
        Cleaned; they know their instrument, theory, rules and files.
    made : mapping
        What each record is called to what it was made from.
    records : mapping
        Room to the hash of its record.
    study : str
        Name of the study file.
    """
    theory = answers.instrument.theory
    hashes = {
        f"answers ({answers.source.name})": answers.source.sha256,
        "name map of the answers (names.json)": answers.source.names_sha256,
        "origin of the answers (ORIGIN.md)": answers.source.origin_sha256,
        "table of countries": answers.source.context_sha256,
    }
    studies = dict.fromkeys(one.study for one in made.values())
    for digest in studies:
        parts = ", ".join(name for name, one in made.items() if one.study == digest)
        hashes[f"study ({study}{f', for {parts}' if len(studies) > 1 else ''})"] = digest
    hashes[f"instrument ({answers.instrument.id})"] = answers.instrument.sha256
    hashes[f"theory ({theory.id})"] = theory.sha256
    if answers.rules is not None:
        hashes[f"cleaning rules ({answers.rules.name})"] = answers.rules.sha256
    options: dict[str, Any] = {}
    for one in made.values():
        for name, value in one.options.items():
            known = options.get(name)
            if isinstance(value, Mapping) and isinstance(known, Mapping):
                value = {**known, **value}
            options[name] = value
    seed = int(options.pop("seed"))
    versions = next(iter(made.values())).versions
    return Provenance({name: one for name, one in hashes.items() if one}, options, versions, seed, records)


@dataclass(frozen=True, slots=True, repr=False)
class StudyResults(Shown):
    """The records of all rooms.

    Attributes
    ----------
    structure : HypothesisTests or NotAvailable
        With the reason, when the study tests no hypotheses.
    quality : AnswerQuality or NotAvailable
        Keying and missing answers.
    exclusions : ExclusionComparison or NotAvailable
        Key numbers with and without exclusions, where the study asks for them.
    failures : mapping
        Room to what a fault of the program stopped in it, with the traceback.
    """

    study: Study
    responses: Responses
    measurement: MeasurementResults
    structure: HypothesisTests | NotAvailable
    provenance: Provenance
    quality: AnswerQuality | NotAvailable = NOT_EXAMINED
    exclusions: ExclusionComparison | NotAvailable = NOT_COMPARED
    failures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """Verdicts on the hypotheses, or the loadings where none were tested."""
        if not isinstance(self.structure, NotAvailable):
            return self.structure.table()
        model = self.measurement.confirmatory
        return pd.DataFrame() if isinstance(model, NotAvailable) else model.table()

    def missing_parts(self) -> dict[str, str]:
        """Name what could not be computed, with the reason in one line."""
        missing = self.measurement.missing()
        rooms: dict[str, object] = {
            "keying and missing answers": self.quality,
            "hypotheses": self.structure,
            "the comparison without exclusions": self.exclusions,
        }
        missing |= {name: one.reason for name, one in rooms.items() if isinstance(one, Fault)}
        return {name.replace("_", " "): " ".join(reason.split()) for name, reason in missing.items()}

    @property
    def instrument(self) -> Instrument:
        """The questionnaire."""
        return self.study.instrument

    @property
    def theory(self) -> Theory:
        """The theory that the questionnaire measures."""
        return self.study.instrument.theory
