"""The preregistration of a study, in the questions of OSF or of AsPredicted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.planning.monte_carlo import PowerResult
from coprod_measure.report.about_power import power_by_sample, smallest_samples
from coprod_measure.report.about_power import sentence as sentence_of_power
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Paragraph,
    Row,
    Section,
    Table,
)
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import bounded, count
from coprod_measure.responses.quality import AnswerQuality
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules
from coprod_measure.structure.controls import by_outcome
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.wording import sentence
from coprod_measure.study.checks import nobody_of, untestable_hypotheses
from coprod_measure.study.definition import Study
from coprod_measure.study.made_from import present
from coprod_measure.study.needs import by_kind_of_test, needs_of
from coprod_measure.study.outputs import record_path
from coprod_measure.study.plan_file import answers_seen, departures
from coprod_measure.study.records import open_record

_YOURS = "To be answered by the authors: "
_SEEN_WORDS = {
    "none": "When this plan was made, no file of answers lay where the study file names it.",
    "there": "When this plan was made, a file of answers lay where the study file names it; nothing had been "
    "computed from it here.",
    "analysed": "When this plan was made, answers had been cleaned, measured or tested here already.",
}
_MISSING = {"fiml": "full information (FIML)", "listwise": "leaving incomplete rows out"}
_ADJUST = {"holm": "Holm", "benjamini_hochberg": "Benjamini and Hochberg"}
_SIGNS = {"positive": "positive", "negative": "negative", "unsigned": "any"}


def plan_document(study: Study, form: str = "osf") -> Document:
    """Write the plan from the study file and its power record; what neither knows is left to the authors.

    ``form``: ``"osf"`` (OSF Preregistration) or ``"aspredicted"``.
    """
    sections = tuple(
        Section(f"q{number}", title, tuple(answer(study)))
        for number, (title, answer) in enumerate(FORMS[form].items(), start=1)
    )
    subtitle = f"Analysis plan; {study.instrument.title}, version {study.instrument.version}"
    return Document(study.title, subtitle, sections)


def _hypotheses(study: Study) -> list[Block]:
    asked = study.structure.hypotheses if study.structure else ()
    if not asked:
        return [Paragraph("No hypothesis is tested; the study examines the measurement.")]
    known = study.instrument.theory.hypotheses
    reasons = untestable_hypotheses(study, asked)
    rows = [
        Row((id_, known[id_].statement, _SIGNS[known[id_].sign], known[id_].level.replace("_", " ")))
        for id_ in asked
    ]
    columns = (Column("Id"), Column("Hypothesis"), Column("Expected"), Column("Kind"))
    blocks: list[Block] = [Table("plan-hypotheses", "Hypotheses", columns, tuple(rows))]
    if reasons:
        told = tuple(f"{id_}: {sentence(reason)}" for id_, reason in reasons.items())
        blocks += [Paragraph("These data will not be able to test:"), Bullets(told)]
    return blocks


def _measures(study: Study) -> list[Block]:
    form = study.instrument.forms.get(study.form or "")
    items = form.item_ids if form else tuple(study.instrument.items)
    labels = Labels(study.instrument)
    own: dict[str, int] = {}
    for name in items:
        construct = study.instrument.items[name].construct_id
        if construct:
            own[construct] = own.get(construct, 0) + 1
    told = tuple(f"{labels.construct(id_)}: {counted(n, 'item')}" for id_, n in own.items())
    of = f"{counted(sum(own.values()), 'item')} of {counted(len(own), 'construct')}"
    return [Paragraph(f"{counted(len(items), 'question')}, {of}."), Bullets(told)]


def _exclusions(study: Study) -> list[Block]:
    rules = read_cleaning_rules(study.folder / study.cleaning if study.cleaning else default_rules_path())
    told = tuple(
        f"{one.rationale or one.id}: {one.index} {one.op} {one.value:g}"
        + (f" ({one.basis})" if one.basis != "raw" else "")
        + f", {one.action.replace('_', ' ')}"
        for one in rules.rules
    )
    blocks: list[Block] = [Paragraph("Applied in this order, before any result is seen:"), Bullets(told)]
    if rules.min_flags:
        kinds = counted(rules.min_flags, "kind")
        blocks.append(Paragraph(f"Then whoever is marked by {kinds} of evidence or more is excluded."))
    if study.compare_exclusions:
        blocks.append(Paragraph("Key numbers are reported also with nobody excluded."))
    return blocks


def _analysis(study: Study) -> list[Block]:
    measured, tested = study.measurement, study.structure
    told = [
        f"Measurement: confirmatory factor analysis by {measured.estimator}, missing answers by "
        f"{_MISSING[measured.missing]}; alpha, omega, CR, AVE, HTMT."
    ]
    if study.groups:
        told.append(f"Invariance over {phrase(study.groups)}: {phrase(measured.levels)}.")
    if measured.extras:
        told.append(f"Further: {phrase([one.replace('_', ' ') for one in measured.extras])}.")
    if tested:
        estimator, missing = tested.estimator or measured.estimator, tested.missing or measured.missing
        refitted = tested.intervals == "bootstrap" or tested.method == "pls"
        drawn = "bootstrap" if refitted else "Monte Carlo"
        told.append(
            f"Structure: method {tested.method}, {estimator}, missing answers by {_MISSING[missing]}; "
            f"{tested.draws} {drawn} draws for intervals of effects."
        )
        controls = [name for names in by_outcome(tested.controls).values() for name in names]
        told.append(
            f"Held constant: {phrase(controls)}; results without are reported."
            if controls
            else "No controls."
        )
    return [Bullets(tuple(told)), *_tests(study)]


def _tests(study: Study) -> list[Block]:
    """Say by which kind of test each hypothesis is judged."""
    asked = study.structure.hypotheses if study.structure else ()
    known = study.instrument.theory.hypotheses
    nobody = nobody_of(study)
    context = Context(study.instrument.theory, nobody)
    tests: dict[str, list[str]] = {}
    needs = needs_of(nobody, asked) if asked else ()
    labels = Labels(study.instrument)
    groups = {
        one.id: f" {one.id}: {'; '.join(map(labels.named, one.groups))}." for one in needs if one.groups
    }
    for kind, ids in by_kind_of_test(needs).items():
        for id_ in ids:
            words = PAGES[kind].planned_of(known[id_], context) or PAGES[kind].planned
            tests.setdefault(words, []).append(id_)
    told = tuple(
        f"{phrase(ids)}: {words}."
        + "".join(f" {id_}: {known[id_].test}." * bool(known[id_].test) + groups.get(id_, "") for id_ in ids)
        for words, ids in tests.items()
    )
    return [Paragraph("Tests of the hypotheses:"), Bullets(told)] if told else []


def _inference(study: Study) -> list[Block]:
    tested = study.structure
    if tested is None:
        return [Paragraph("No hypothesis is judged.")]
    families = "; ".join(f"{name}: {', '.join(ids)}" for name, ids in tested.families.items())
    over = f"families ({families})" if families else "all hypotheses"
    how = f"adjusted by {_ADJUST[tested.adjust]} over {over}" if tested.adjust in _ADJUST else "not adjusted"
    words = (
        f"Level of significance {bounded(tested.level)}, two-sided; p values are {how}. A hypothesis of "
        "several claims is supported only where every claim is significant as expected."
    )
    if tested.smallest_effect:
        words += f" Standardised effects within ±{bounded(tested.smallest_effect)} count as negligible."
    return [Paragraph(words)]


def _missing(study: Study) -> list[Block]:
    return [
        Paragraph(
            f"Missing answers are treated by {_MISSING[study.measurement.missing]}; the seed is {study.seed}."
        )
    ]


def _yours(words: str) -> Callable[[Study], list[Block]]:
    return lambda _: [Paragraph(f"{_YOURS}{words}")]


def _size(study: Study) -> list[Block]:
    """Say what `coprod power` found, where it was asked of this study."""
    path = record_path(study, "power")
    words = "how many respondents, why so many, and when collection stops."
    sought = study.responses.planned
    said: list[Block] = [Paragraph(f"{count(sought)} respondents are sought.")] if sought else []
    if sought:
        words = "why so many, and when collection stops."
    if not path.is_file():
        return [
            *said,
            Paragraph(f"{_YOURS}{words} “coprod power” computes what a sample of each size shows."),
        ]
    saved = open_record(path, made_by=f"coprod power {study.path}")
    if changed := saved.made_from.changed(present(study, "power", {}), versions=False):
        told = f"The power that was computed is of another study (changed since: {', '.join(changed)})."
        return [*said, Callout(told, "Run coprod power again."), Paragraph(f"{_YOURS}{words}")]
    result: PowerResult = saved.record
    which = (
        "when collection stops." if sought else "which of these samples is sought, and when collection stops."
    )
    return [
        *said,
        Paragraph(sentence_of_power(result)),
        smallest_samples(result, study),
        power_by_sample("plan-power", "Power by sample", result.table[~result.table["null"]]),
        Paragraph(f"{_YOURS}{which}"),
    ]


def _existing(study: Study) -> list[Block]:
    """Say what was there when the plan was made; what was looked at is for the authors to say."""
    said = _SEEN_WORDS.get(answers_seen(study), "")
    return [Paragraph(f"{said} {_YOURS}whether any answers were collected or seen.".strip())]


FORMS: Mapping[str, Mapping[str, Callable[[Study], list[Block]]]] = {
    "osf": {
        "Hypotheses": _hypotheses,
        "Study type and design": _yours("survey or experiment, blinding, randomisation."),
        "Existing data": _existing,
        "Data collection procedures": _yours("population, recruitment, payment, place and time."),
        "Sample size, rationale and stopping rule": _size,
        "Measured variables and indices": _measures,
        "Statistical models": _analysis,
        "Inference criteria": _inference,
        "Data exclusion": _exclusions,
        "Missing data": _missing,
        "Exploratory analyses": _yours("what is looked at without a hypothesis."),
    },
    "aspredicted": {
        "1 Have any data been collected for this study already?": _existing,
        "2 What is the main question or hypothesis?": _hypotheses,
        "3 Describe the key dependent variables and how they will be measured.": _measures,
        "4 How many and which conditions will participants be assigned to?": _yours("conditions, or none."),
        "5 Specify exactly which analyses you will conduct.": lambda study: [
            *_analysis(study),
            *_inference(study),
        ],
        "6 Describe exactly how outliers will be defined and handled, and which observations are excluded.": (
            lambda study: [*_exclusions(study), *_missing(study)]
        ),
        "7 How many observations will be collected, or what determines the sample size?": _size,
        "8 Anything else you would like to pre-register?": _yours("secondary analyses, unusual analyses."),
    },
}
"""Form to its questions, each with what answers it."""


def _in_words(value: str) -> str:
    """Write what a plan keeps as JSON as a reader would: names without brackets and quotation marks."""
    try:
        plain = json.loads(value)
    except ValueError:
        return value
    if isinstance(plain, list) and plain and all(isinstance(one, str) for one in plain):
        return ", ".join(plain)
    return plain if isinstance(plain, str) and plain else value


def about_departures(study: Study, quality: AnswerQuality | NotAvailable | None = None) -> Sequence[Section]:
    """Say where a study departs from its plan; no section where there is none."""
    turnout = quality.profile.turnout if isinstance(quality, AnswerQuality) else None
    # Of a panel rows are counted as they come in, people once they are clean.
    seen = "analysed" if isinstance(quality, AnswerQuality) and quality.profile.visits else "came"
    found = departures(study, turnout.answered if turnout else None, seen)
    if found is None:
        return ()
    late = answers_seen(study) == "analysed"
    blocks: list[Block] = []
    if late:
        blocks.append(Callout(_SEEN_WORDS["analysed"], "The plan is no preregistration."))
    if not found:
        none = "Of what it says there are none." if late else "There are none."
        return (Section("departures", "Departures from the plan", (*blocks, Paragraph(none))),)
    rows = tuple(Row((one.what, _in_words(one.planned), _in_words(one.now))) for one in found)
    columns = (Column("What"), Column("Planned"), Column("Done"))
    hashed = any(": its file" in one.what for one in found)
    notes = (
        "Of a file that the plan kept no more of, the first letters of its hash: another hash, another file.",
    ) * hashed
    table = Table("departures-table", "Where the study departs from its plan", columns, rows, notes)
    return (Section("departures", "Departures from the plan", (*blocks, table)),)
