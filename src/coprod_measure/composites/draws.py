"""Draws in pieces: each has a random stream of its own, so that it is the same wherever it is computed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.provenance import sha256_of_bytes, versions
from coprod_measure.workers import Workers

CHUNK = 250
Piece = tuple[int, int]
"""The first draw, and how many there are."""
Read = TypeVar("Read")


def in_pieces(
    draws: int,
    workers: Workers,
    compute: Callable[[Piece], Any],
    read: Callable[[Any], Read],
    asked: tuple[object, ...],
    size: int = CHUNK,
) -> list[Read]:
    """Compute all pieces, and give them in order; ``asked`` is all that changes a draw."""
    pieces = [(first, min(size, draws - first)) for first in range(0, draws, size)]
    folder = workers.folder(lambda: sha256_of_bytes(pickle.dumps((versions(), *asked)))[:16])
    found = dict(workers.run_kept(compute, pieces, folder, lambda piece: f"{piece[0]}-{piece[1]}", read))
    return [found[piece] for piece in pieces]


def stream(seed: int, piece: Piece) -> np.random.Generator:
    """Give the random numbers of a piece."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(piece[0],)))


def resampled(n: int, seed: int, piece: Piece) -> Floats:
    """Draw n of n rows with replacement: how often each was drawn, a draw a row."""
    return stream(seed, piece).multinomial(n, np.full(n, 1.0 / n), piece[1]).astype(float)
