"""Rows of incomplete data grouped by which variables are observed, and summed where that loses nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Block:
    """All patterns that lack the same number of variables, so that they can be handled in one batched call.

    Attributes
    ----------
    patterns : ndarray, shape (b,)
        Numbers of the patterns.
    missing : ndarray, shape (b, k)
        Columns that each pattern lacks.
    rows : ndarray, shape (r,)
        Rows of :attr:`MissingPatterns.rows` that belong to these patterns.
    slots : ndarray, shape (r,)
        For each of these rows, the place of its pattern in ``patterns``.
    """

    patterns: Indices
    missing: Indices
    rows: Indices
    slots: Indices


@dataclass(frozen=True, slots=True)
class MissingPatterns:
    """Sufficient statistics of incomplete normal data of one group.

    A pattern with more people than variables is held as one row for its mean and the rows of a square root
    of its sum of squares; any other as its people. Every sum that the likelihood needs is a sum over these
    rows, so its cost does not grow with the number of people.

    Attributes
    ----------
    observed : ndarray of bool, shape (P, p)
        One row a pattern, each with at least one observed variable.
    weights : ndarray, shape (P,)
        People of each pattern, or the sum of their weights.
    rows : ndarray, shape (R, p)
        Zero where nothing was observed.
    locations : ndarray, shape (R,)
        How many times the mean is to be taken from a row: one for a person, the root of the weight for a
        mean, none for a row of a square root.
    blocks : tuple of Block
        In order of the number of missing variables; complete rows are in none.
    people : ndarray, shape (n,)
        Pattern of each person; -1 where nothing was observed.
    """

    observed: NDArray[np.bool_]
    weights: Array
    rows: Array
    locations: Array
    row_patterns: Indices
    blocks: tuple[Block, ...]
    people: Indices

    @property
    def n(self) -> float:
        """People with at least one answer, or the sum of their weights."""
        return float(self.weights.sum())

    @property
    def coverage(self) -> Array:
        """Share of the people that answered each pair of variables, shape (p, p)."""
        seen = self.observed.astype(float)
        return np.asarray((seen.T * self.weights) @ seen / self.n)


def group_patterns(y: Array, weights: Array | None = None, *, compress: bool = True) -> MissingPatterns:
    """Group rows by pattern.

    Parameters
    ----------
    y : ndarray, shape (n, p)
        NaN marks what is missing.
    weights : ndarray, shape (n,), optional
        Sampling weights.
    compress : bool
        Sum up patterns with more people than variables. Without it, rows are the people with at least one
        answer, in their order (times the root of their weight), as casewise scores need them.
    """
    y = np.asarray(y, dtype=float)
    seen = ~np.isnan(y)
    answered = np.flatnonzero(seen.any(axis=1))
    observed, number = _distinct(seen[answered])
    # Complete rows first: then patterns with fewer gaps come before those with more.
    order = np.argsort(-observed.sum(axis=1), kind="stable")
    observed, number = observed[order], np.argsort(order)[number]
    w = np.ones(answered.size) if weights is None else np.asarray(weights, dtype=float)[answered]
    people = np.full(y.shape[0], -1, dtype=np.intp)
    people[answered] = number
    filled = np.where(seen[answered], y[answered], 0.0)
    if compress:
        rows, locations, row_patterns = _compressed(filled, w, number, observed)
    else:
        root = np.sqrt(w)
        rows, locations, row_patterns = filled * root[:, None], root, number
    total = np.bincount(number, weights=w, minlength=observed.shape[0]).astype(float)
    return MissingPatterns(
        observed, total, rows, locations, row_patterns, _blocks(observed, row_patterns), people
    )


def _distinct(seen: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Indices]:
    """Sort the different rows, and say which of them each row is; up to 64 columns are one whole number."""
    if seen.shape[1] > 64:
        observed, number = np.unique(seen, axis=0, return_inverse=True)
        return observed, number.ravel()
    bits = np.zeros((len(seen), 8), dtype=np.uint8)
    packed = np.packbits(seen, axis=1)
    bits[:, : packed.shape[1]] = packed
    _, first, number = np.unique(bits.view(">u8").ravel(), return_index=True, return_inverse=True)
    return seen[first], number


def _compressed(
    filled: Array, w: Array, number: Indices, observed: NDArray[np.bool_]
) -> tuple[Array, Array, Indices]:
    """Rows, locations and pattern numbers after summing up the patterns with many people."""
    counts = np.bincount(number, minlength=observed.shape[0])
    large = counts > observed.sum(axis=1) + 1
    keep = ~large[number]
    root = np.sqrt(w)
    rows, locations, patterns = [filled[keep] * root[keep, None]], [root[keep]], [number[keep]]
    for pattern in np.flatnonzero(large):
        members = number == pattern
        columns = np.flatnonzero(observed[pattern])
        part, weight = filled[np.ix_(members, columns)], w[members]
        total = weight.sum()
        mean = weight @ part / total
        # R of a QR decomposition is a square root of the sum of squares, computed without forming it.
        square_root = np.linalg.qr((part - mean) * np.sqrt(weight)[:, None])[1]
        summed = np.zeros((square_root.shape[0] + 1, filled.shape[1]))
        summed[0, columns] = np.sqrt(total) * mean
        summed[1:, columns] = square_root
        rows.append(summed)
        locations.append(np.concatenate([[np.sqrt(total)], np.zeros(square_root.shape[0])]))
        patterns.append(np.full(summed.shape[0], pattern))
    return np.concatenate(rows), np.concatenate(locations), np.concatenate(patterns)


def _blocks(observed: NDArray[np.bool_], row_patterns: Indices) -> tuple[Block, ...]:
    """Patterns by their number of missing variables."""
    lacking = (~observed).sum(axis=1)
    blocks = []
    for k in np.unique(lacking[lacking > 0]):
        patterns = np.flatnonzero(lacking == k)
        missing = np.nonzero(~observed[patterns])[1].reshape(patterns.size, k)
        place = np.full(observed.shape[0], -1, dtype=np.intp)
        place[patterns] = np.arange(patterns.size)
        rows = np.flatnonzero(place[row_patterns] >= 0)
        blocks.append(Block(patterns, missing, rows, place[row_patterns[rows]]))
    return tuple(blocks)
