"""What was asked for: enough to fit again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.specification.syntax import ModelText
from coprod_measure.fitting.data import Dataset
from coprod_measure.fitting.options import FitOptions

Kind = Literal["sem", "cfa", "growth", "lavaan", "sam"]


@dataclass(frozen=True, slots=True)
class FitRequest:
    """Model, options and data as they were read and checked."""

    kind: Kind
    model: str
    options: FitOptions
    text: ModelText
    data: Dataset

    def need_answers(self, place: str, what: str) -> None:
        """Refuse what cannot be done from moments alone.

        Raises
        ------
        EstimationError
            If there are no raw data.
        """
        if self.data.summarised:
            raise EstimationError(f"{what} raw data", place=place, cure="Fit to a data frame")

    def need_minimum(self, place: str) -> None:
        """Refuse what presumes that the estimates minimise something.

        Raises
        ------
        ModelError
            After instrumental variables.
        """
        if self.options.name == "MIIV":
            cause = "instrumental variables minimise nothing that this could rest on"
            raise ModelError(cause, place=place, cure='Use estimator="MLR"', code="no-minimum")
