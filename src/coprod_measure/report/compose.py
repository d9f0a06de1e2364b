"""The report of a study: which sections, in which order."""

from __future__ import annotations

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.validity.item_directions import opposed_items
from coprod_measure.report.about_answers import about_answers
from coprod_measure.report.about_exclusions import about_exclusions
from coprod_measure.report.about_factors import about_factors
from coprod_measure.report.about_group_checks import about_group_checks
from coprod_measure.report.about_groups import about_groups
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.about_items import about_items
from coprod_measure.report.about_making import about_making
from coprod_measure.report.about_measurement_model import about_measurement_model
from coprod_measure.report.about_method import about_method
from coprod_measure.report.about_ordered import about_ordered
from coprod_measure.report.about_procedure import about_procedure, software_reference
from coprod_measure.report.about_references import about_references
from coprod_measure.report.about_reliability import about_reliability
from coprod_measure.report.about_respondents import about_respondents
from coprod_measure.report.about_scale_scores import about_scale_scores
from coprod_measure.report.about_scores import about_scores
from coprod_measure.report.about_structural_paths import about_structural_paths
from coprod_measure.report.about_structures import about_structures
from coprod_measure.report.about_summary import about_summary
from coprod_measure.report.about_validity import about_validity
from coprod_measure.report.about_verdicts import about_verdicts
from coprod_measure.report.about_waves import about_waves
from coprod_measure.report.document import Callout, Document, Section
from coprod_measure.report.labels import Labels
from coprod_measure.study.results import StudyResults


def compose(results: StudyResults) -> Document:
    """Turn the records of a study into a document.

    Parameters
    ----------
    results : StudyResults
        From :func:`coprod_measure.run_study`.

    Returns
    -------
    Document
        Summary first, then the rooms in the order of the street, then how it was made. A part that does not
        exist is a section that says why; a costly part that nobody asked for is no section.
    """
    labels = Labels(results.instrument)
    found = results.measurement
    keying = results.quality if isinstance(results.quality, NotAvailable) else results.quality.keying
    opposed = opposed_items(found.reliability, found.confirmatory, keying)
    sections: tuple[Section, ...] = (
        about_summary(
            results.responses, found.reliability, found.confirmatory, found.htmt, found.groups,
            results.structure, labels, opposed,
        ),
        about_respondents(
            results.responses,
            (*about_answers(results.quality), *about_exclusions(results.exclusions, labels)),
        ),
        about_items(found.items, labels, found.set_aside),
        about_reliability(found.reliability, found.consistency, labels),
        about_scale_scores(found.scale_scores, labels),
        about_factors(found.adequacy, found.parallel, found.factor_number, found.efa, labels),
        _or_why(found.confirmatory, "measurement", "The measurement model")
        or about_measurement_model(found.confirmatory, found.rivals, labels),  # type: ignore[arg-type]
        *about_structures(found.composites, found.extras, labels),
        about_validity(found.validity, found.htmt, found.merges, labels),
        *about_ordered(found.confirmatory, found.extras, labels),
        about_verdicts(found.verdicts, labels),
        about_groups(found.groups, labels),
        *about_group_checks(found.groups, found.extras, labels),
        *about_waves(found.extras, labels),
        *about_method(found.extras, labels),
        *about_scores(found.extras, labels),
        about_hypotheses(results.structure, labels, opposed),
        *about_structural_paths(results.structure, labels),
        about_procedure(results),
    )  # fmt: skip
    own = (results.theory.source, software_reference(results.provenance))
    sections = (
        *sections,
        *about_references(sections, own),
        about_making(results.provenance, results.responses.rules),
    )
    subtitle = (
        f"{results.instrument.title}, version {results.instrument.version}; theory: {results.theory.title}"
    )
    return Document(results.study.title, subtitle, sections)


def _or_why(part: object, id_: str, title: str) -> Section | None:
    if isinstance(part, NotAvailable):
        return Section(id_, title, (Callout(f"{part.reason}.", "Not available."),))
    return None
