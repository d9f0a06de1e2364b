"""Person fit over all scales of an instrument, and its cut-off among simulated people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import NotAvailable
from coprod_measure.responses import person_fit
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.item_choice import item_sets

_SIMULATED = 4000
_BLOCK = 20_000


@dataclass(frozen=True, slots=True)
class _FittedScale:
    items: person_fit.GradedItems
    table: person_fit.GuttmanTable
    answers: np.ndarray


def lz(responses: Responses, on: Sequence[str]) -> np.ndarray | NotAvailable:
    """Standardised log-likelihood of the answers over all scales; low is odd."""
    scales = _fitted(responses, on)
    return scales if isinstance(scales, NotAvailable) else _lz(scales, [scale.answers for scale in scales])


def guttman(responses: Responses, on: Sequence[str]) -> np.ndarray | NotAvailable:
    """Guttman errors over all completely answered scales as a share of the most possible; high is odd."""
    scales = _fitted(responses, on)
    return (
        scales if isinstance(scales, NotAvailable) else _guttman(scales, [scale.answers for scale in scales])
    )


def simulated_lz(responses: Responses, on: Sequence[str], seed: int) -> np.ndarray | NotAvailable:
    """``lz`` of simulated people who follow the model."""
    scales = _fitted(responses, on)
    return scales if isinstance(scales, NotAvailable) else _lz(scales, list(_simulated(scales, seed)))


def simulated_guttman(responses: Responses, on: Sequence[str], seed: int) -> np.ndarray | NotAvailable:
    """Guttman errors of simulated people who follow the model."""
    scales = _fitted(responses, on)
    return scales if isinstance(scales, NotAvailable) else _guttman(scales, list(_simulated(scales, seed)))


def _fitted(responses: Responses, on: Sequence[str]) -> list[_FittedScale] | NotAvailable:
    found = []
    for ids in item_sets(responses, on).values():
        scales = {responses.instrument.items[id_].scale_id for id_ in ids}
        if len(scales) > 1 or len(ids) < 3:
            continue
        codes = np.array(responses.instrument.scales[str(scales.pop())].codes, dtype=float)
        keyed = responses.frame[ids].to_numpy()
        answers = np.where(np.isnan(keyed), -1, np.searchsorted(codes, np.nan_to_num(keyed, nan=codes[0])))
        answers = answers.astype(np.int64)
        items = person_fit.fit_graded_items(answers, len(codes))
        if items is not None:
            found.append(_FittedScale(items, person_fit.guttman_table(answers, len(codes)), answers))
    if not found:
        return NotAvailable("no scale of three items on one kind of answer could be fitted by one factor")
    return found


def _lz(scales: Sequence[_FittedScale], answers: Sequence[np.ndarray]) -> np.ndarray:
    given, expected, variance = np.zeros((3, len(answers[0])))
    for scale, x in zip(scales, answers, strict=True):
        patterns, place = _patterns(x)
        ability = person_fit.expected_ability(scale.items, patterns)
        for start in range(0, len(patterns), _BLOCK):
            at = slice(start, start + _BLOCK)
            probabilities = person_fit.category_probabilities(scale.items, ability[at])
            parts = person_fit.likelihood_parts(probabilities, patterns[at])
            here = (place >= start) & (place < start + _BLOCK)
            for total, part in zip((given, expected, variance), parts, strict=True):
                total[here] += part[place[here] - start]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 1e-12, (given - expected) / np.sqrt(variance), np.nan)


def _patterns(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Different rows, and for each row which it is: a million people share few patterns of one scale."""
    base = int(answers.max()) + 2
    if base ** answers.shape[1] >= 2**62:
        patterns, place = np.unique(answers, axis=0, return_inverse=True)
        return patterns, place.ravel()
    number = np.zeros(len(answers), dtype=np.int64)
    for column in answers.T:
        number = number * base + column + 1
    _, first, place = np.unique(number, return_index=True, return_inverse=True)
    return answers[first], place


def _guttman(scales: Sequence[_FittedScale], answers: Sequence[np.ndarray]) -> np.ndarray:
    errors, largest = np.zeros((2, len(answers[0])))
    for scale, x in zip(scales, answers, strict=True):
        made, possible = person_fit.guttman_errors(scale.table, x)
        errors += np.nan_to_num(made)
        largest += np.nan_to_num(possible)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(largest > 0, errors / largest, np.nan)


def _simulated(scales: Sequence[_FittedScale], seed: int) -> Iterator[np.ndarray]:
    """Answers of people whose abilities are normal and, by scale, independent; complete."""
    rng = np.random.default_rng(seed)
    for scale in scales:
        yield person_fit.simulate_answers(scale.items, rng.standard_normal(_SIMULATED), rng)
