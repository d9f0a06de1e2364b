"""What was asked and what came out, in plain words, before any number needs explaining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.measurement.factors.confirmatory import Confirmatory
from coprod_measure.measurement.guides import RELIABLE
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.measurement.reliability.coefficients import Reliability
from coprod_measure.measurement.validity.htmt import Htmt
from coprod_measure.report.about_groups import highest_in_words
from coprod_measure.report.about_hypotheses import verdicts_in_words
from coprod_measure.report.about_measurement_model import model_fit
from coprod_measure.report.about_reliability import below
from coprod_measure.report.about_respondents import n_excluded
from coprod_measure.report.about_validity import close_pairs
from coprod_measure.report.document import Block, Bullets, Callout, Paragraph, Section, Tone
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.model_fit import in_words, judge
from coprod_measure.report.numbers import bounded
from coprod_measure.report.people_and_rows import sample_in_words
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Theory

MOST_NAMED = 3
"""Pairs up to which those that are hard to tell apart are named; the section on validity has them all."""
_FITS: dict[str, tuple[str, str, Tone]] = {
    "close": ("Yes, closely", "describes these answers closely", "finding"),
    "acceptable": ("Acceptably", "describes these answers acceptably, not closely", "note"),
    "poor": ("Not well", "does not describe these answers well", "caution"),
}


def about_summary(
    responses: Responses,
    reliability: Reliability | NotAvailable,
    model: Confirmatory | NotAvailable,
    htmt: Htmt | NotAvailable,
    groups: Mapping[str, Invariance | NotAvailable],
    tests: HypothesisTests | NotAvailable,
    labels: Labels,
    opposed: Mapping[str, str] | None = None,
) -> Section:
    """Sum up the whole study on half a page.

    Parameters
    ----------
    groups : mapping
        See :func:`~coprod_measure.report.about_groups.about_groups`.
    opposed : mapping of str to str, optional
        Constructs whose items run against each other, and the items, from
        :func:`~coprod_measure.measurement.validity.item_directions.opposed_items`.
    """
    blocks: list[Block] = []
    opposed = opposed or {}
    if responses.source.synthetic:
        blocks.append(
            Callout(
                "No person gave these answers: a program drew them from a known population. The numbers show "
                "what the toolkit does, and nothing about consumers.",
                "Synthetic data.",
            )
        )
    blocks.append(Paragraph(_asked(responses)))
    if opposed:
        blocks.append(_against_each_other(opposed, labels))
    blocks.append(_does_it_measure(model, bool(opposed)))
    found = [_answered(responses)]
    if not isinstance(reliability, NotAvailable):
        found.append(_reliable(reliability, labels))
    if not isinstance(htmt, NotAvailable):
        found.append(_distinct(htmt, responses.instrument.theory, labels, opposed))
    found += [_comparable(name, table) for name, table in groups.items()]
    blocks.append(Bullets(tuple(found)))
    if not isinstance(tests, NotAvailable):
        blocks.append(Paragraph(verdicts_in_words(tests.table())))
    return Section("summary", "In short", tuple(blocks))


def _asked(responses: Responses) -> str:
    instrument = responses.instrument
    items = [item for item in instrument.items.values() if item.id in responses.frame and item.construct_id]
    constructs = dict.fromkeys(item.construct_id for item in items)
    return (
        f"The questionnaire {instrument.title} (version {instrument.version}) asked "
        f"{counted(len(items), 'item')} about {counted(len(constructs), 'construct')} of the theory "
        f"{instrument.theory.title}."
    )


def _against_each_other(opposed: Mapping[str, str], labels: Labels) -> Callout:
    told = "; ".join(f"{labels.construct(name)} ({items})" for name, items in opposed.items())
    return Callout(
        f"{told}. Look at their keying and wording first: until then nothing about these constructs, and no "
        "hypothesis about them, can be judged.",
        "Items run against each other.",
    )


def _does_it_measure(model: Confirmatory | NotAvailable, opposed: bool) -> Callout:
    question = "Does the planned structure of the items fit the answers?"
    if isinstance(model, NotAvailable):
        return Callout(f"The measurement model could not be fitted: {model.reason}.", question)
    if not model.converged:
        return Callout("The search for estimates did not settle, so this cannot be said.", question)
    fit = model_fit(model)
    judgement = judge(fit.measures)
    if judgement == "unknown":
        text = f"The measurement model cannot be judged by its fit: {fit.why_unjudged}."
        return Callout(text, question, "note")
    answer, words, tone = _FITS[judgement]
    text = f"{answer}: the measurement model {words} ({in_words(model.fit_measures)})."
    if not model.admissible:
        text += " But its solution is inadmissible: a variance is negative or a correlation above one."
        tone = "caution"
    if opposed:
        text += " Fit does not see that items run against each other."
        tone = "caution"
    return Callout(text, question, tone)


def _answered(responses: Responses) -> str:
    out = n_excluded(responses)
    words = f"{sample_in_words(responses)} {'is' if responses.n == 1 else 'are'} analysed"
    return (
        f"{words}; cleaning excluded {out:,} of {responses.source.n_rows:,}."
        if out
        else f"{words}; nobody was excluded."
    )


def _reliable(reliability: Reliability, labels: Labels) -> str:
    known = int(reliability.table()["alpha"].notna().sum())
    low = below(reliability, "alpha", RELIABLE, labels)
    if not known:
        return "No scale has an alpha that could be judged."
    goal = f"an alpha of {bounded(RELIABLE.limit)}"
    if not low:
        return f"Every scale reaches {goal}." if known > 1 else f"The one scale reaches {goal}."
    if len(low) == known:
        return f"No scale reaches {goal}: {phrase(low)}."
    good = known - len(low)
    return f"{good} of {known} scales {'reaches' if good == 1 else 'reach'} {goal}; not {phrase(low)}."


def _distinct(htmt: Htmt, theory: Theory, labels: Labels, opposed: Mapping[str, str]) -> str:
    """Count pairs; those whose items cannot be read, and those that differ by definition, are no finding."""
    unread = htmt.pairs["construct_1"].isin(opposed) | htmt.pairs["construct_2"].isin(opposed)
    readable = htmt.pairs[~unread]
    near = close_pairs(replace(htmt, pairs=readable))
    close = len(near)
    by_theory = _opposites(theory)
    contrary = sum(
        bool(pair.below_85) and frozenset((pair.construct_1, pair.construct_2)) in by_theory
        for pair in readable.itertuples()
    )
    if readable.empty:
        return "No two constructs could be compared: items run against each other."
    number = len(readable) - contrary
    if close:
        verb = "is" if close == 1 else "are"
        words = f"{close} of {counted(number, 'pair')} of constructs {verb} hard to tell apart (HTMT)"
        words += f": {_pairs_in_words(near, labels)}" if close <= MOST_NAMED else ""
    else:
        every = "The one pair" if number == 1 else f"All {counted(number, 'pair')}"
        were = "was" if number == 1 else "were"
        words = f"{every} of constructs that {were} compared can be told apart (HTMT)"
    if contrary:
        differ = "differs" if contrary == 1 else "differ"
        words += (
            f"; {counted(contrary, 'further pair')} of opposites by the theory {differ}, which is no finding"
        )
    if unread.any():
        words += f"; {counted(int(unread.sum()), 'pair')} with items that run against each other left out"
    return f"{words}."


def _pairs_in_words(pairs: pd.DataFrame, labels: Labels) -> str:
    return "; ".join(
        f"{labels.construct(pair.construct_1)} with {labels.construct(pair.construct_2)}"
        for pair in pairs.itertuples()
    )


def _opposites(theory: Theory) -> set[frozenset[str]]:
    """Pairs of constructs of which the theory counts one reversed in the same structure."""
    found: set[frozenset[str]] = set()
    for structure in theory.higher_order.values():
        sides: dict[bool, list[str]] = {True: [], False: []}
        for facet in structure.facets:
            sides[facet.startswith("-")] += theory.first_order(facet.removeprefix("-"))
        found |= {frozenset(pair) for pair in product(sides[True], sides[False])}
    return found


def _comparable(name: str, ladder: Invariance | NotAvailable) -> str:
    if isinstance(ladder, NotAvailable):
        return f"Groups of {name} were not compared: {ladder.reason}."
    return f"Groups of {name}: {highest_in_words(ladder)}."
