"""The parts of the measurement: one line each, in the order in which they are computed and told.

A part is a function of an :class:`~coprod_measure.measurement.examination.Examination`, which holds the
answers, the options and the parts before it. Its home is named, not imported, so that a study file is checked
without the engine. The report shows a part by its line in :mod:`coprod_measure.report.measurement_parts`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the measurement.

    Attributes
    ----------
    name : str
        In results, records, study files and ``coprod measure --part``.
    title : str
        Of its tables, and of the place where the report says why it is missing.
    compute : str
        Module and function below :mod:`coprod_measure.measurement`: ``scores.stability:examine``.
    on_request : bool
        Whether a study must ask for it under ``extras``: it takes minutes or answers a special question.
    weights, cluster : str
        Why it takes no sampling weights, or no clusters that people were drawn in, by the codes of
        :data:`~coprod_measure.measurement.sampling.WHY_NOT`; empty where it takes them.
    """

    name: str
    title: str
    compute: str
    on_request: bool = False
    weights: str = ""
    cluster: str = ""

    @property
    def reasons(self) -> dict[str, str]:
        """Options of a fit that it does not take, and why."""
        return {
            option: code
            for option, code in (("weights", self.weights), ("cluster", self.cluster))
            if code not in ("", "estimates")
        }

    def home(self) -> Callable[[Any], Any]:
        """Import what computes it."""
        module, _, function = self.compute.partition(":")
        found: Callable[[Any], Any] = getattr(import_module(f"coprod_measure.measurement.{module}"), function)
        return found


PARTS = (
    Part("items", "Items", "items:examine", cluster="estimates"),
    Part("set_aside", "Items that no model can use", "examination:set_aside"),
    Part("reliability", "Reliability", "reliability.coefficients:examine"),
    Part(
        "consistency",
        "Further coefficients of reliability",
        "reliability.consistency:examine",
        cluster="estimates",
    ),
    Part("scale_scores", "Scale scores", "scores.scale_scores:examine"),
    Part("adequacy", "Sampling adequacy", "factors.dimensionality:examine_adequacy", cluster="estimates"),
    Part("parallel", "Parallel analysis", "factors.dimensionality:examine_number", cluster="random-data"),
    Part("factor_number", "How many factors", "factors.number:examine", cluster="random-data"),
    Part("efa", "Exploratory factors", "factors.exploratory:examine", cluster="estimates"),
    Part("htmt", "HTMT", "validity.htmt:examine"),
    Part("merges", "Merge rules of the theory", "validity.merging:examine"),
    Part("confirmatory", "Confirmatory model", "factors.measured_apart:examine"),
    Part("validity", "Validity", "validity.constructs:examine"),
    Part("rivals", "Rival structures", "factors.rivals:examine"),
    Part("composites", "Composites", "validity.composites:examine"),
    Part("groups", "Invariance over groups", "invariance.groups:examine"),
    Part("blocks", "Measurement models by stage", "factors.stage_blocks:examine", True),
    Part("higher_order", "Structures above the constructs", "validity.theory_structures:examine", True),
    Part(
        "esem",
        "Exploratory structural equation model",
        "factors.esem:examine",
        True,
        "closed-form",
        "closed-form",
    ),
    Part(
        "item_information",
        "Information of items",
        "reliability.item_information:examine",
        True,
        "",
        "estimates",
    ),
    Part("htmt_variants", "Variants of HTMT", "validity.htmt:examine_variants", True),
    Part("discriminant_tests", "Tests of discriminant validity", "validity.discriminant_tests:examine", True),
    Part(
        "ordinal_model",
        "Confirmatory model of ordered answers",
        "factors.confirmatory:examine_ordered",
        True,
        "",
        "ordered",
    ),
    Part("ordinal_reliability", "Reliability of ordered answers", "reliability.ordinal:examine", True),
    Part("reliability_intervals", "Intervals of reliability", "reliability.intervals:examine", True),
    Part(
        "ordinal_invariance",
        "Invariance of ordered answers",
        "invariance.groups:examine_ordered",
        True,
        "",
        "ordered",
    ),
    Part(
        "permutation",
        "Invariance by shuffled groups",
        "invariance.permutation:examine",
        True,
        "shuffled",
        "shuffled",
    ),
    Part("alignment", "Alignment", "invariance.alignment:examine", True, "", "estimates"),
    Part("waves", "Invariance over waves", "invariance.waves:examine", True),
    Part("retest", "Stability between waves", "scores.stability:examine", True, "closed-form", "closed-form"),
    Part("method_bias", "Signs of method variance", "method.bias:examine", True),
    Part("marker", "Marker ladder", "method.marker:examine", True),
    Part("scores", "Scores", "scores.respondents:examine", True, "", "estimates"),
    Part("verdicts", "Verdicts", "verdicts:examine"),
)
BY_NAME = {part.name: part for part in PARTS}
ON_REQUEST = tuple(part.name for part in PARTS if part.on_request)

if TYPE_CHECKING:
    Extra = str
else:
    Extra = Literal[ON_REQUEST]
    """The parts that a study file may ask for."""
