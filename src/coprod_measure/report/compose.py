"""The report of a study: which sections, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.measurement.validity.item_directions import opposed_items
from coprod_measure.report.about_answers import about_answers
from coprod_measure.report.about_design import about_design
from coprod_measure.report.about_exclusions import about_exclusions
from coprod_measure.report.about_factors import about_factors
from coprod_measure.report.about_groups import about_groups
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.about_items import about_items
from coprod_measure.report.about_making import about_making
from coprod_measure.report.about_measurement_model import about_measurement_model
from coprod_measure.report.about_paper_tables import about_paper_tables
from coprod_measure.report.about_procedure import about_procedure, software_reference
from coprod_measure.report.about_references import about_references
from coprod_measure.report.about_reliability import about_reliability
from coprod_measure.report.about_respondents import about_respondents
from coprod_measure.report.about_sample import about_sample
from coprod_measure.report.about_scale_scores import about_scale_scores
from coprod_measure.report.about_structural_paths import about_structural_paths
from coprod_measure.report.about_summary import about_summary
from coprod_measure.report.about_validity import about_validity
from coprod_measure.report.about_verdicts import about_verdicts
from coprod_measure.report.document import Block, Callout, Document, Section
from coprod_measure.report.guarded import blocks_or_fault
from coprod_measure.report.labels import Labels
from coprod_measure.report.measurement_parts import about_parts
from coprod_measure.report.paper_length import at_paper_length
from coprod_measure.report.people_and_rows import unit_of
from coprod_measure.report.plan import about_departures
from coprod_measure.study.results import StudyResults


@dataclass(frozen=True, slots=True)
class Told:
    """What a chapter tells of: results, names for ids, constructs whose items run against each other."""

    results: StudyResults
    labels: Labels
    opposed: Mapping[str, str]

    @property
    def found(self) -> MeasurementResults:
        """What the measurement room found."""
        return self.results.measurement


Chapter = Callable[[Told], Section | Iterable[Section]]
CHAPTERS: tuple[Chapter, ...] = (
    lambda told: about_summary(
        told.results.responses, told.found.reliability, told.found.confirmatory, told.found.htmt,
        told.found.groups or {}, told.results.structure, told.labels, told.opposed,
    ),
    lambda told: about_respondents(
        told.results.responses,
        (
            *about_design(told.results.responses, told.labels),
            *about_sample(told.results.quality, told.labels),
            *about_answers(told.results.quality, unit_of(told.results.responses)),
            *about_exclusions(told.results.exclusions, told.labels, unit_of(told.results.responses)),
        ),
    ),
    lambda told: _or_why(told.found.items, "items", "Items")
    or about_items(told.found.items, told.labels, told.found.set_aside),
    lambda told: _or_why(told.found.reliability, "reliability", "Reliability")
    or about_reliability(told.found.reliability, told.found.consistency, told.labels),
    lambda told: about_scale_scores(told.found.scale_scores, told.labels),
    lambda told: about_factors(
        told.found.adequacy, told.found.parallel, told.found.factor_number, told.found.efa, told.labels
    ),
    lambda told: _or_why(told.found.confirmatory, "measurement", "The measurement model")
    or about_measurement_model(told.found.confirmatory, told.found.rivals, told.labels),
    lambda told: about_parts("structures", told.found, told.labels),
    lambda told: about_validity(told.found.validity, told.found.htmt, told.found.merges, told.labels),
    lambda told: about_parts("distinct", told.found, told.labels),
    lambda told: about_parts("ordered", told.found, told.labels),
    lambda told: _or_why(told.found.verdicts, "verdicts", "Verdicts on the scales")
    or about_verdicts(told.found.verdicts, told.labels),
    lambda told: about_groups(told.found.groups or {}, told.labels),
    lambda told: about_parts("group-checks", told.found, told.labels),
    lambda told: about_parts("waves", told.found, told.labels),
    lambda told: about_parts("method", told.found, told.labels),
    lambda told: about_parts("scores", told.found, told.labels),
    lambda told: about_hypotheses(told.results.structure, told.labels, told.opposed),
    lambda told: about_structural_paths(told.results.structure, told.labels),
    lambda told: about_paper_tables(told.found, told.labels),
    lambda told: about_procedure(told.results),
    lambda told: about_departures(told.results.study, told.results.quality),
)  # fmt: skip
"""The chapters in the order of the report: each gives one section, several, or none."""


def compose(results: StudyResults, length: str | None = None) -> Document:
    """Turn the records of a study into a document.

    Summary first, then the rooms in the order of the street, then how it was made. A part that does not exist
    is a section that says why; a costly part that nobody asked for is no section. ``length``: instead of what
    the study says; a paper holds what a journal prints.
    """
    found = results.measurement
    keying = results.quality if isinstance(results.quality, NotAvailable) else results.quality.keying
    opposed = opposed_items(found.reliability, found.confirmatory, keying) if found.reliability else {}
    tests = results.structure
    controls = () if isinstance(tests, NotAvailable) else tests.controls
    asked = results.study.report
    second = asked.beside
    beside = Labels(results.instrument, (), second.language, second.fills) if second else None
    labels = Labels(results.instrument, controls, asked.language or "", asked.fills, beside)
    told = Told(results, labels, opposed)
    sections: list[Section] = []
    for number, chapter in enumerate(CHAPTERS, start=1):
        sections += _sections(f"chapter {number}", chapter, told)
    paper = (length or asked.length) == "paper"
    sections, appendix = at_paper_length(sections) if paper else (sections, [])
    own = (results.theory.source, software_reference(results.provenance))
    sections += _sections("references", lambda _: about_references([*sections, *appendix], own), told)
    sections += appendix
    if not paper:
        sections += _sections(
            "making", lambda _: about_making(results.provenance, results.responses.rules), told
        )
    subtitle = (
        f"{results.instrument.title}, version {results.instrument.version}; theory: {results.theory.title}"
    )
    return Document(results.study.title, subtitle, tuple(sections))


def _sections(name: str, chapter: Chapter, told: Told) -> list[Section]:
    made: list[Section] = []

    def make() -> list[Block]:
        one = chapter(told)
        made.extend([one] if isinstance(one, Section) else one)
        return []

    fault = blocks_or_fault(name, make)
    return [Section(name.replace(" ", "-"), "A chapter that is missing", tuple(fault))] if fault else made


def _or_why(part: object, id_: str, title: str) -> Section | None:
    if isinstance(part, NotAvailable):
        return Section(id_, title, (Callout(f"{part.reason}.", "Not available."),))
    return None
