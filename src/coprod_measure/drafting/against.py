"""Items that run against the others of a guessed construct: where no platform says it, answers can tell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.item_choice import chosen_items, item_sets, to_one_span
from coprod_measure.responses.keying import item_signs
from coprod_measure.responses.screening import pairwise_covariance

_CLEAR = 0.3  # loading below which a sign says little
_CLEAR_WITH_REST = 0.15
_FAR = 3.0  # standard errors of a correlation of nothing
_ANOTHER_THING = 1.5  # second eigenvalue from which the items are of several things


def items_against(responses: Responses) -> Iterator[str]:
    """Yield the items with clear loadings against most others on the first principal component.

    Constructs whose items look like several things are left alone: what is against what depends there on how
    they are parted.
    """
    items = {item.id: item for item in chosen_items(responses)}
    for ids in item_sets(responses).values():
        chosen = [items[id_] for id_ in ids]
        answers = to_one_span(responses, chosen, responses.frame[ids].to_numpy())
        correlations = pairwise_covariance(answers, correlation=True)
        if not np.isfinite(correlations).all() or np.linalg.eigvalsh(correlations)[-2] > _ANOTHER_THING:
            continue
        loadings = item_signs(correlations).first_component
        with_rest = _with_rest(correlations, np.sign(loadings))
        beyond_chance = _FAR / np.sqrt(max(len(answers), 1))
        for item, loading, own in zip(chosen, loadings, with_rest, strict=True):
            mirrors = item.scale_id is not None or item.minimum is not None
            if loading < -_CLEAR and own > max(_CLEAR_WITH_REST, beyond_chance) and mirrors:
                yield item.id


def _with_rest(correlations: NDArray[np.float64], signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate each item, turned by its sign, with the sum of all others turned by theirs; shape (k,)."""
    turned = correlations * np.outer(signs, signs)
    shared = turned.sum(axis=0) - 1.0
    rest = turned.sum() - 2.0 * shared - 1.0
    return np.asarray(shared / np.sqrt(np.maximum(rest, 1e-12)))
