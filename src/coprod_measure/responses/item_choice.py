"""Which items an index or a score is computed from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Item
from coprod_measure.responses.dataset import Responses

_FEWEST_CODES = 3


def chosen_items(responses: Responses, on: Sequence[str] = (), *, rated: bool = True) -> list[Item]:
    """Items in the data that ``on`` names, directly or by their construct; all of constructs by default.

    ``on``: item and construct ids; empty for all items that measure a construct. ``rated``: only items whose
    answers are an amount: an ordered scale of at least three codes, or a slider.

    Raises
    ------
    ResponsesError
        If ``on`` names something that the instrument does not know.
    """
    instrument = responses.instrument
    unknown = [name for name in on if name not in instrument.items and name not in instrument.constructs]
    if unknown:
        raise ResponsesError(
            f"a cleaning rule names {', '.join(map(repr, unknown))}, which {instrument.id!r} does not have",
            cure="Name items or constructs of the instrument",
            code="unknown-item",
        )
    items = [instrument.items[id_] for id_ in responses.frame.columns]
    if on:
        wanted = set(on)
        items = [item for item in items if item.id in wanted or item.construct_id in wanted]
    else:
        items = [item for item in items if item.role == "construct" and item.construct_id is not None]
    return [item for item in items if not rated or _is_rated(responses, item)]


def item_sets(responses: Responses, on: Sequence[str] = ()) -> dict[str, list[str]]:
    """Rated items by construct, for constructs with at least two of them."""
    sets: dict[str, list[str]] = {}
    for item in chosen_items(responses, on):
        if item.construct_id is not None:
            sets.setdefault(item.construct_id, []).append(item.id)
    return {construct: ids for construct, ids in sets.items() if len(ids) > 1}


def not_rated(responses: Responses, on: Sequence[str] = ()) -> dict[str, list[str]]:
    """Why items of constructs are not judged by indices of amounts: reason to their ids."""
    found: dict[str, list[str]] = {}
    for item in chosen_items(responses, on, rated=False):
        if not _is_rated(responses, item):
            found.setdefault(_why_not(responses, item), []).append(item.id)
    return found


def span_of(responses: Responses, item: Item) -> tuple[float, float]:
    """Lowest and highest answer: of the scale, of the slider, else of the data."""
    scale = responses.instrument.scale_of(item.id)
    if scale is not None:
        return float(scale.codes[0]), float(scale.codes[-1])
    answers = responses.shown[item.id]
    low = answers.min() if item.minimum is None else item.minimum
    return float(low), float(answers.max() if item.maximum is None else item.maximum)


def to_one_span(responses: Responses, items: Sequence[Item], answers: np.ndarray) -> np.ndarray:
    """Bring answers of scales of different length to 0 to 1; those of one length stay as they are.

    ``answers``: shape (n, p), a column an item.
    """
    spans = [span_of(responses, item) for item in items]
    if len(set(spans)) < 2:
        return answers
    low, high = np.array(spans).T
    with np.errstate(invalid="ignore", divide="ignore"):
        brought: np.ndarray = (answers - low) / (high - low)
    return brought


def _is_rated(responses: Responses, item: Item) -> bool:
    scale = responses.instrument.scale_of(item.id)
    if item.kind == "slider":
        return True
    return item.kind == "scale" and scale is not None and scale.ordered and len(scale.codes) >= _FEWEST_CODES


def _why_not(responses: Responses, item: Item) -> str:
    scale = responses.instrument.scale_of(item.id)
    if scale is None:
        return f"answered with a {item.kind}"
    if item.kind != "scale":
        return f"of the kind {item.kind}"
    return "on a scale without order" if not scale.ordered else "on a scale of two options"
