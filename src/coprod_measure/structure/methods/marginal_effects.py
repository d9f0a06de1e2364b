"""Average marginal effects of choices: from log odds, or probits, to probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from coprod_measure.estimation.arrays import Floats
from coprod_measure.structure.methods.choice_parts import Part

Shares = Callable[[NDArray[Any], Floats], tuple[NDArray[Any], NDArray[Any]]]


def _shares(model: str) -> Shares:
    """Give probabilities of all options (n, k), and derivatives by the linear predictors (n, k, k - 1)."""

    def normal(b: NDArray[Any], x: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
        eta = x @ b
        p, density = ndtr(eta), np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi)
        return np.column_stack([1 - p, p]), np.stack([-density, density], axis=1)[:, :, None]

    def logistic(b: NDArray[Any], x: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
        eta = np.column_stack([np.zeros(len(x)), x @ b.reshape(-1, x.shape[1]).T])
        odds = np.exp(eta - np.real(eta).max(axis=1, keepdims=True))
        p = odds / odds.sum(axis=1, keepdims=True)
        return p, p[:, :, None] * (np.eye(p.shape[1])[1:].T[None] - p[:, None, 1:])

    return normal if model == "probit" else logistic


def average_effect(model: str, b: NDArray[Any], part: Part, j: int) -> NDArray[Any]:
    """Average over respondents what the j-th column of the design does to the probability of each option.

    The slope of the probability, or its change from 0 to 1 for a column that has only these values. Takes
    complex ``b``, for derivatives by complex steps.
    """
    x, w, shares = part.design, part.weights, _shares(model)
    if set(np.unique(x[:, j])) <= {0.0, 1.0}:
        yes, no = x.copy(), x.copy()
        yes[:, j], no[:, j] = 1.0, 0.0
        return np.asarray(np.average(shares(b, yes)[0] - shares(b, no)[0], axis=0, weights=w))
    slopes = b.reshape(-1, x.shape[1])[:, j]
    return np.asarray(np.average(shares(b, x)[1] @ slopes, axis=0, weights=w))
