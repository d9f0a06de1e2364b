"""Which items an index or a score is computed from."""

from __future__ import annotations

from collections.abc import Sequence

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Item
from coprod_measure.responses.dataset import Responses

_FEWEST_CODES = 4


def chosen_items(responses: Responses, on: Sequence[str] = (), *, rated: bool = True) -> list[Item]:
    """Items in the data that ``on`` names, directly or by their construct; all of constructs by default.

    ``on``: item and construct ids; empty for all items that measure a construct. ``rated``: only items on an
    ordered scale of at least four codes, where numbers can be compared across items.

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


def _is_rated(responses: Responses, item: Item) -> bool:
    scale = responses.instrument.scale_of(item.id)
    return item.kind == "scale" and scale is not None and scale.ordered and len(scale.codes) >= _FEWEST_CODES
