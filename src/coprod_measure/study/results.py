"""What a study found: one record a room, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.definition import Instrument
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.definition import Study
from coprod_measure.theory.definition import Theory


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
    """

    study: Study
    responses: Responses
    measurement: MeasurementResults
    structure: HypothesisTests | NotAvailable
    provenance: Provenance

    @property
    def instrument(self) -> Instrument:
        """The questionnaire."""
        return self.study.instrument

    @property
    def theory(self) -> Theory:
        """The theory that the questionnaire measures."""
        return self.study.instrument.theory
