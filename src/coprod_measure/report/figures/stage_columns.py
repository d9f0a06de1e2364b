"""Places for constructs in columns of stages, ordered so that few paths cross.

Layered drawing after Sugiyama, Tagawa and Toda (1981): a path over several columns gets a free lane in each
column that it passes, and each column is sorted by the mean place of its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 12
_NODE_SHARE, _LANE_SHARE = 1.0, 0.4


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything stands.

    Attributes
    ----------
    heights : mapping
        Construct id to its place down the column, in units of one construct's room; 0 is the top.
    lanes : mapping
        ``(source, target)`` to the places where the path passes the columns between, from source to target.
    rooms : float
        Rooms that the fullest column takes.
    """

    heights: Mapping[str, float]
    lanes: Mapping[tuple[str, str], tuple[float, ...]]
    rooms: float


def place_in_columns(columns: Sequence[Sequence[str]], edges: Sequence[tuple[str, str]]) -> Placement:
    """Order every column and give each member its place.

    Parameters
    ----------
    columns : sequence of sequence of str
        Construct ids of each stage, stages from left to right.
    edges : sequence of (source, target)
        Paths between constructs that stand in the columns.
    """
    column_of = {node: number for number, column in enumerate(columns) for node in column}
    layers: list[list[str]] = [list(column) for column in columns]
    chains: dict[tuple[str, str], list[str]] = {}
    for number, (source, target) in enumerate(edges):
        start, end = column_of[source], column_of[target]
        step = 1 if end > start else -1
        lanes = []
        for column in range(start + step, end, step) if start != end else ():
            lane = f"\0lane {number} {column}"
            layers[column].append(lane)
            lanes.append(lane)
        chains[source, target] = [source, *lanes, target]
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    ordered = _least_crossing(layers, links)
    rooms = max(_rooms(layer) for layer in ordered)
    heights = {member: height for layer in ordered for member, height in _heights(layer, rooms).items()}
    return Placement(
        {node: heights[node] for node in column_of},
        {edge: tuple(heights[lane] for lane in chain[1:-1]) for edge, chain in chains.items()},
        rooms,
    )


def crossings(layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]]) -> int:
    """Count pairs of links between the same two neighbouring layers that cross."""
    place = {
        member: (number, rank) for number, layer in enumerate(layers) for rank, member in enumerate(layer)
    }
    spans = []
    for one, other in links:
        left, right = sorted((place[one], place[other]))
        if left[0] != right[0]:
            spans.append((left[0], left[1], right[1]))
    return sum(
        1
        for i, (layer, a, b) in enumerate(spans)
        for other_layer, c, d in spans[i + 1 :]
        if layer == other_layer and (a - c) * (b - d) < 0
    )


def _least_crossing(layers: list[list[str]], links: Sequence[tuple[str, str]]) -> list[list[str]]:
    best, fewest = layers, crossings(layers, links)
    current = layers
    for sweep in range(_SWEEPS):
        current = _swept(current, links, rightwards=sweep % 2 == 0)
        now = crossings(current, links)
        if now < fewest:
            best, fewest = current, now
    return best


def _swept(layers: list[list[str]], links: Sequence[tuple[str, str]], *, rightwards: bool) -> list[list[str]]:
    layers = [list(layer) for layer in layers]
    number_of = {member: number for number, layer in enumerate(layers) for member in layer}
    neighbours: dict[str, list[str]] = {}
    for one, other in links:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    step = 1 if rightwards else -1
    for number in range(len(layers))[::step]:
        rooms = max(_rooms(layer) for layer in layers)
        height = {m: h for layer in layers for m, h in _heights(layer, rooms).items()}
        wanted = {}
        for member in layers[number]:
            beside = [height[n] for n in neighbours.get(member, ()) if number_of[n] == number - step]
            wanted[member] = sum(beside) / len(beside) if beside else height[member]
        layers[number].sort(key=wanted.__getitem__)
    return layers


def _share(member: str) -> float:
    return _LANE_SHARE if member.startswith("\0lane") else _NODE_SHARE


def _rooms(layer: Sequence[str]) -> float:
    return sum(map(_share, layer))


def _heights(layer: Sequence[str], rooms: float) -> dict[str, float]:
    """Spread a layer evenly over the rooms of the fullest one."""
    spare = (rooms - _rooms(layer)) / (len(layer) + 1) if layer else 0.0
    heights: dict[str, float] = {}
    at = 0.0
    for member in layer:
        at += spare + _share(member) / 2
        heights[member] = at
        at += _share(member) / 2
    return heights
