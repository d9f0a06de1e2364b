"""Person fit over all scales of an instrument, and its cut-off among simulated people."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.responses import person_fit
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.item_choice import item_sets

_SIMULATED = 4000
_BLOCK = 20_000
_MOST_NUMBERS = 4_000_000  # as far as patterns are counted in a table instead of sorted


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Different rows of answers, how many people gave each, and which one each person gave.

    A million people share few patterns of one scale, so everything is worked out once a pattern.
    """

    answers: np.ndarray
    people: np.ndarray
    place: np.ndarray


@dataclass(frozen=True, slots=True)
class _FittedScale:
    items: person_fit.GradedItems
    table: person_fit.GuttmanTable
    patterns: _Patterns


def lz(responses: Responses, on: Sequence[str]) -> np.ndarray | NotAvailable:
    """Standardised log-likelihood of the answers over all scales; low is odd."""
    scales = _fitted(responses, on)
    return scales if isinstance(scales, NotAvailable) else _lz(scales, [scale.patterns for scale in scales])


def guttman(responses: Responses, on: Sequence[str]) -> np.ndarray | NotAvailable:
    """Guttman errors over all completely answered scales as a share of the most possible; high is odd."""
    scales = _fitted(responses, on)
    return (
        scales if isinstance(scales, NotAvailable) else _guttman(scales, [scale.patterns for scale in scales])
    )


def simulated_lz(responses: Responses, on: Sequence[str], seed: int) -> np.ndarray | NotAvailable:
    """``lz`` of simulated people who follow the model."""
    scales = _fitted(responses, on)
    return scales if isinstance(scales, NotAvailable) else _lz(scales, list(_simulated(scales, seed)))


def simulated_guttman(responses: Responses, on: Sequence[str], seed: int) -> np.ndarray | NotAvailable:
    """Guttman errors of simulated people who follow the model."""
    scales = _fitted(responses, on)
    return scales if isinstance(scales, NotAvailable) else _guttman(scales, list(_simulated(scales, seed)))


_last: list[tuple[weakref.ref[pd.DataFrame], tuple[str, ...], list[_FittedScale] | NotAvailable]] = []
"""What was fitted last: the cut-off of an index is simulated from the scales that gave its values."""


def _fitted(responses: Responses, on: Sequence[str]) -> list[_FittedScale] | NotAvailable:
    if _last and _last[0][0]() is responses.frame and _last[0][1] == tuple(on):
        return _last[0][2]
    forget = weakref.ref(responses.frame, lambda _: _last.clear())
    _last[:] = [(forget, tuple(on), _fit_scales(responses, on))]
    return _last[0][2]


def _fit_scales(responses: Responses, on: Sequence[str]) -> list[_FittedScale] | NotAvailable:
    found = []
    for ids in item_sets(responses, on).values():
        scales = {responses.instrument.items[id_].scale_id for id_ in ids}
        if len(scales) > 1 or None in scales or len(ids) < 3:
            continue  # sliders have no answer categories that a graded model could order
        codes = responses.instrument.scales[str(scales.pop())].codes
        patterns = _patterns([_categories(responses.frame[id_].to_numpy(), codes) for id_ in ids], len(codes))
        items = person_fit.fit_graded_items(patterns.answers, len(codes), patterns.people)
        if items is not None:
            table = person_fit.guttman_table(patterns.answers, len(codes), patterns.people)
            found.append(_FittedScale(items, table, patterns))
    if not found:
        return NotAvailable("no scale of three items on one kind of answer could be fitted by one factor")
    return found


def _categories(keyed: np.ndarray, codes: Sequence[int]) -> np.ndarray:
    """Places of the codes on their scale, -1 where missing."""
    if codes[-1] - codes[0] == len(codes) - 1:
        places: np.ndarray = np.nan_to_num(keyed - codes[0], nan=-1).astype(np.int64)
        return places
    return np.where(np.isnan(keyed), -1, np.searchsorted(codes, np.nan_to_num(keyed, nan=codes[0])))


def _patterns(columns: Sequence[np.ndarray], n_categories: int) -> _Patterns:
    base = n_categories + 1
    if base ** len(columns) > _MOST_NUMBERS:
        answers, place, people = np.unique(
            np.column_stack(columns), axis=0, return_inverse=True, return_counts=True
        )
        return _Patterns(answers, people, place.ravel().astype(np.int32))
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        number = number * base + (column + 1)
    people = np.bincount(number, minlength=1)
    used = np.flatnonzero(people)
    place = np.zeros(len(people), dtype=np.int32)
    place[used] = np.arange(len(used))
    digits = [used // base**power % base - 1 for power in range(len(columns) - 1, -1, -1)]
    return _Patterns(np.column_stack(digits), people[used], place[number])


def _lz(scales: Sequence[_FittedScale], given: Sequence[_Patterns]) -> np.ndarray:
    likelihood, expected, variance = np.zeros((3, len(given[0].place)))
    for scale, patterns in zip(scales, given, strict=True):
        ability = person_fit.expected_ability(scale.items, patterns.answers)
        parts = np.empty((3, len(ability)))
        for start in range(0, len(ability), _BLOCK):
            at = slice(start, start + _BLOCK)
            probabilities = person_fit.category_probabilities(scale.items, ability[at])
            parts[:, at] = person_fit.likelihood_parts(probabilities, patterns.answers[at])
        for total, part in zip((likelihood, expected, variance), parts, strict=True):
            total += part[patterns.place]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > 1e-12, (likelihood - expected) / np.sqrt(variance), np.nan)


def _guttman(scales: Sequence[_FittedScale], given: Sequence[_Patterns]) -> np.ndarray:
    errors, largest = np.zeros((2, len(given[0].place)))
    for scale, patterns in zip(scales, given, strict=True):
        made, possible = person_fit.guttman_errors(scale.table, patterns.answers)
        errors += np.nan_to_num(made)[patterns.place]
        largest += np.nan_to_num(possible)[patterns.place]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(largest > 0, errors / largest, np.nan)


def _simulated(scales: Sequence[_FittedScale], seed: int) -> Iterator[_Patterns]:
    """Answers of people whose abilities are normal and, by scale, independent; complete."""
    rng = np.random.default_rng(seed)
    for scale in scales:
        drawn = person_fit.simulate_answers(scale.items, rng.standard_normal(_SIMULATED), rng)
        yield _patterns(list(drawn.T), scale.items.locations.shape[1] + 1)
