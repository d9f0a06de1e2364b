"""What a study found: one record a room, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.definition import Instrument
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.quality import AnswerQuality
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.definition import Study
from coprod_measure.study.exclusions import ExclusionComparison
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
        Everything the study file says, defaults filled in.
    versions : mapping
        Python and every library that computes a number.
    """

    hashes: Mapping[str, str]
    options: Mapping[str, object]
    versions: Mapping[str, str]
    seed: int


@dataclass(frozen=True, slots=True)
class StudyResults:
    """The records of all rooms.

    Attributes
    ----------
    structure : HypothesisTests or NotAvailable
        With the reason, when the study tests no hypotheses.
    quality : AnswerQuality or NotAvailable
        Keying and missing answers.
    exclusions : ExclusionComparison or NotAvailable
        Key numbers with and without exclusions, where the study asks for them.
    """

    study: Study
    responses: Responses
    measurement: MeasurementResults
    structure: HypothesisTests | NotAvailable
    provenance: Provenance
    quality: AnswerQuality | NotAvailable = NOT_EXAMINED
    exclusions: ExclusionComparison | NotAvailable = NOT_COMPARED

    def missing_parts(self) -> dict[str, str]:
        """Name what could not be computed, with the reason in one line."""
        parts = {name: getattr(self.measurement, name) for name in self.measurement.__slots__}
        parts |= {f"groups of {name}": found for name, found in self.measurement.groups.items()}
        reasons = {name: part for name, part in parts.items() if isinstance(part, NotAvailable)}
        return {name.replace("_", " "): " ".join(part.reason.split()) for name, part in reasons.items()}

    @property
    def instrument(self) -> Instrument:
        """The questionnaire."""
        return self.study.instrument

    @property
    def theory(self) -> Theory:
        """The theory that the questionnaire measures."""
        return self.study.instrument.theory
