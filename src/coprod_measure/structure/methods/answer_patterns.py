"""Categorical answers as indicator arrays, equal rows counted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import DataError, Problem


@dataclass(frozen=True, slots=True)
class AnswerPatterns:
    """Distinct patterns of categorical answers.

    Attributes
    ----------
    indicators : ndarray, shape (n_patterns, n_occasions, n_columns)
        1 in the column of the category that was chosen; a missing answer has no 1.
    weight : ndarray, shape (n_patterns,)
        People with the pattern.
    pattern : ndarray of int, shape (n_people,)
        Each person's pattern.
    item : ndarray of int, shape (n_columns,)
        Which item a column belongs to.
    categories : tuple of ndarray
        Values of each item, sorted.
    """

    indicators: np.ndarray
    weight: np.ndarray
    pattern: np.ndarray
    item: np.ndarray
    categories: tuple[np.ndarray, ...]

    @property
    def n(self) -> int:
        """People."""
        return len(self.pattern)

    @property
    def codes(self) -> np.ndarray:
        """Code of each column's category; shape (n_columns,)."""
        return np.concatenate(self.categories)

    def per_item(self, columns: np.ndarray) -> np.ndarray:
        """Sum over the categories of each item: (n_columns, ...) to (n_items, ...)."""
        first = np.flatnonzero(np.r_[True, np.diff(self.item) > 0])
        return np.asarray(np.add.reduceat(columns, first, axis=0))

    def shares(self, columns: np.ndarray) -> np.ndarray:
        """Divide by the sum over the categories of each item; shape (n_columns, ...)."""
        return np.asarray(columns / self.per_item(columns)[self.item])

    def random(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """Draw probabilities of the categories around the observed shares; shape (*shape, n_columns)."""
        base = self.shares((self.indicators.sum(axis=1) * self.weight[:, None]).sum(axis=0) + 1e-9)
        drawn = rng.gamma(1.0 + 2.0 * base, size=(*shape, len(base))) + 1e-3
        return np.moveaxis(self.shares(np.moveaxis(drawn, -1, 0)), 0, -1)


def answer_patterns(answers: np.ndarray, names: tuple[str, ...]) -> AnswerPatterns:
    """Count equal rows of categorical answers.

    Parameters
    ----------
    answers : ndarray, shape (n_people, n_items) or (n_people, n_occasions, n_items)
        Numeric codes; NaN where missing. People without any answer must have been left out.
    names : tuple of str
        Of the items.

    Raises
    ------
    DataError
        If an item has one category, or more than 20 (it is no category then).

    Examples
    --------
    >>> import numpy as np
    >>> found = answer_patterns(np.array([[1, 2], [1, 2], [2, np.nan], [2, 1]]), ("a", "b"))
    >>> found.weight.tolist(), found.codes.tolist()
    ([2.0, 1.0, 1.0], [1.0, 2.0, 1.0, 2.0])
    """
    rows = answers[:, None, :] if answers.ndim == 2 else answers
    problems, categories = [], []
    for k, name in enumerate(names):
        values = np.unique(rows[..., k][~np.isnan(rows[..., k])])
        categories.append(values)
        if len(values) < 2:
            problems.append(
                Problem(f"item {name}", "was answered in one way only", "Leave it out", "constant")
            )
        elif len(values) > 20:
            cause = f"has {len(values)} different answers"
            problems.append(
                Problem(f"item {name}", cause, "Take it as continuous, or group it", "not-categorical")
            )
    if problems:
        raise DataError.from_problems(problems)
    return patterns_of(rows, tuple(categories))


def patterns_of(rows: np.ndarray, categories: tuple[np.ndarray, ...]) -> AnswerPatterns:
    """Count equal rows, shape (n_people, n_occasions, n_items), of items whose categories are known.

    A category that nobody chose has its column: a sample drawn from a model is one of that model.

    Examples
    --------
    >>> patterns_of(np.array([[[1.0]], [[1.0]]]), (np.array([1.0, 2.0]),)).indicators.tolist()
    [[[1.0, 0.0]]]
    """
    flat = rows.reshape(len(rows), -1)
    _, first, pattern, weight = np.unique(
        np.where(np.isnan(flat), np.inf, flat),
        axis=0,
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    indicators = np.concatenate(
        [(rows[first, :, k, None] == values).astype(float) for k, values in enumerate(categories)], axis=2
    )
    item = np.repeat(np.arange(len(categories)), [len(values) for values in categories])
    return AnswerPatterns(indicators, weight.astype(float), pattern.ravel(), item, categories)
