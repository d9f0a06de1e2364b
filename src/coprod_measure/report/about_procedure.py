"""What was done, as sentences for the method section of a paper; each is true of this very study."""

from __future__ import annotations

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.report.about_controls import coding_in_words
from coprod_measure.report.about_making import seed_of_cleaning
from coprod_measure.report.about_respondents import n_excluded
from coprod_measure.report.about_sample import early_and_late_in_words, sample_facts_in_words
from coprod_measure.report.cited_works import in_text
from coprod_measure.report.document import Callout, Paragraph, Section
from coprod_measure.report.labels import Labels, inside
from coprod_measure.report.numbers import count
from coprod_measure.report.people_and_rows import design_in_words, sample_in_words, unit_of
from coprod_measure.report.procedure_of_models import measurement_in_words, options_of
from coprod_measure.report.procedure_of_tests import hypotheses_in_words
from coprod_measure.responses.clean import CONSENSUS
from coprod_measure.responses.cleaning_rules import CleaningRules, Step
from coprod_measure.responses.dataset import Responses
from coprod_measure.study.results import Provenance, StudyResults

_SOFTWARE = "The coprod-measure authors. (n.d.). coprod-measure (Version {version}) [Computer software]."
"""As CITATION.cff has it."""


def about_procedure(results: StudyResults) -> Section:
    """Write the method section: respondents and questionnaire, measurement, hypotheses, software."""
    lead = Callout(
        "These paragraphs can be copied into a paper: every sentence holds for this study as it was run. How "
        "people were found, who they are and who approved the study is for its authors to add.",
        "For the method section.",
        "note",
    )
    paragraphs = (
        f"{_respondents(results.responses)} {_sample(results)} {_questionnaire(results)}".replace("  ", " "),
        design_in_words(results.responses, results.measurement, results.structure),
        *measurement_in_words(results.measurement, results.instrument),
        hypotheses_in_words(results.structure, results.theory, results.measurement, _held(results)),
        _software(results.provenance, results.responses.rules),
    )
    return Section("procedure", "The method in words", (lead, *map(Paragraph, filter(None, paragraphs))))


def software_reference(provenance: Provenance) -> str:
    """Write the reference of this program, in the version that computed the results."""
    return _SOFTWARE.format(version=provenance.versions.get("coprod-measure", "unknown"))


def _respondents(responses: Responses) -> str:
    words = f"The export held {counted(responses.source.n_rows, 'row')} of answers"
    words += ", which are synthetic: no person gave them." if responses.source.synthetic else "."
    out = n_excluded(responses)
    if not out:
        return f"{words} Nobody was excluded; n = {_n(responses)}."
    leaving = [step for step in responses.steps if step.excluded]
    reasons = [f"{_reason(step)} (n = {count(step.excluded)})" for step in leaving]
    words += f" In this order, {counted(out, unit_of(responses))} {_was(out)} excluded: {'; '.join(reasons)}."
    if any(step.rule == CONSENSUS for step in leaving):
        marking = [step for step in responses.steps if step.marked and step.rule != CONSENSUS]
        words += f" Marks were given for: {'; '.join(map(_reason, marking))}."
    return f"{words} The analyses rest on the remaining {_n(responses)}."


def _n(responses: Responses) -> str:
    return count(responses.n) if responses.people == responses.rows else sample_in_words(responses)


def _reason(step: Step) -> str:
    """Turn the reason of a cleaning step into a part of a sentence."""
    return inside((step.why or step.rule).replace("; ", ", "))


def _questionnaire(results: StudyResults) -> str:
    instrument, responses = results.instrument, results.responses
    asked = [instrument.items[id_] for id_ in responses.frame if id_ in instrument.items]
    items = [item for item in asked if item.role == "construct"]
    constructs = dict.fromkeys(item.construct_id for item in items)
    words = (
        f"The questionnaire “{instrument.title}” (version {instrument.version}) asked "
        f"{counted(len(items), 'item')} about {counted(len(constructs), 'construct')}"
    )
    options = options_of(results.measurement.confirmatory, instrument)
    if options:
        low, high = min(options), max(options)
        words += f"; those of scales had {low if low == high else f'{low} to {high}'} answer options"
    reverse = sum(item.reverse for item in items)
    words += f"; {counted(reverse, 'reversed item')} {_was(reverse)} recoded" if reverse else ""
    form = instrument.forms.get(responses.form)
    if form is not None and form.versions and (responses.missing == "not_shown").any(axis=None):
        words += "; which blocks a respondent saw was planned (planned missing answers; Graham et al., 2006)"
    return f"{words}."


def _software(provenance: Provenance, rules: CleaningRules | None) -> str:
    known = provenance.versions
    names = {"numpy": "NumPy", "scipy": "SciPy", "pandas": "pandas"}
    beneath = [f"{name} {known[key]}" for key, name in names.items() if key in known]
    words = f"All analyses were made with coprod-measure {known.get('coprod-measure', '')}".rstrip()
    words += f" ({in_text(software_reference(provenance))})"
    words += f" in Python {known['python']}" if "python" in known else ""
    words += f" with {', '.join(beneath)}" if beneath else ""
    words += f"; the seed of every random step was {provenance.seed}"
    seed = seed_of_cleaning(rules)
    return (
        f"{words}."
        if seed is None
        else f"{words}, but {seed} of the simulated cut-offs of the cleaning rules."
    )


def _sample(results: StudyResults) -> str:
    quality = results.quality
    if isinstance(quality, NotAvailable):
        return ""
    late = quality.profile.early_and_late
    words = sample_facts_in_words(quality.profile)
    return words if isinstance(late, NotAvailable) else f"{words} {early_and_late_in_words(late)}"


def _held(results: StudyResults) -> str:
    tests = results.structure
    if isinstance(tests, NotAvailable):
        return ""
    return coding_in_words(tests.controls, Labels(results.instrument, tests.controls))


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
