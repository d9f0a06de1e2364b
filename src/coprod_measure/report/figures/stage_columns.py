"""Places for constructs in columns of stages, ordered so that few paths cross.

Layered drawing after Sugiyama, Tagawa and Toda (1981): a path over several columns gets a free lane in each
column that it passes, and each column is sorted by the mean place of its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 12
_LANE = 0.25
_MARK = "\0lane"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything stands.

    Attributes
    ----------
    heights : mapping
        Construct id to the place of its middle down the column, in the unit of ``sizes``; 0 is the top.
    lanes : mapping
        ``(source, target)`` to the places where the path passes the columns between, from source to target.
    length : float
        Length of the fullest column.
    """

    heights: Mapping[str, float]
    lanes: Mapping[tuple[str, str], tuple[float, ...]]
    length: float


def place_in_columns(
    columns: Sequence[Sequence[str]], edges: Sequence[tuple[str, str]], sizes: Mapping[str, float]
) -> Placement:
    """Order every column and give each member its place.

    ``columns``: construct ids of each stage, stages from left to right. ``edges``: paths between constructs
    that stand in the columns. ``sizes``: construct id to the length that it takes of its column, the gap to
    the next included.
    """
    column_of = {node: number for number, column in enumerate(columns) for node in column}
    layers: list[list[str]] = [list(column) for column in columns]
    chains: dict[tuple[str, str], list[str]] = {}
    for number, (source, target) in enumerate(edges):
        start, end = column_of[source], column_of[target]
        step = 1 if end > start else -1
        lanes = []
        for column in range(start + step, end, step) if start != end else ():
            lane = f"{_MARK} {number} {column}"
            layers[column].append(lane)
            lanes.append(lane)
        chains[source, target] = [source, *lanes, target]
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    ordered = _least_crossing(layers, links, sizes)
    length = max(_length(layer, sizes) for layer in ordered)
    heights = {m: height for layer in ordered for m, height in _heights(layer, length, sizes).items()}
    return Placement(
        {node: heights[node] for node in column_of},
        {edge: tuple(heights[lane] for lane in chain[1:-1]) for edge, chain in chains.items()},
        length,
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


def _least_crossing(
    layers: list[list[str]], links: Sequence[tuple[str, str]], sizes: Mapping[str, float]
) -> list[list[str]]:
    best, fewest = layers, crossings(layers, links)
    current = layers
    for sweep in range(_SWEEPS):
        current = _swept(current, links, sizes, rightwards=sweep % 2 == 0)
        now = crossings(current, links)
        if now < fewest:
            best, fewest = current, now
    return best


def _swept(
    layers: list[list[str]], links: Sequence[tuple[str, str]], sizes: Mapping[str, float], *, rightwards: bool
) -> list[list[str]]:
    layers = [list(layer) for layer in layers]
    number_of = {member: number for number, layer in enumerate(layers) for member in layer}
    neighbours: dict[str, list[str]] = {}
    for one, other in links:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    step = 1 if rightwards else -1
    length = max(_length(layer, sizes) for layer in layers)
    for number in range(len(layers))[::step]:
        height = {m: h for layer in layers for m, h in _heights(layer, length, sizes).items()}
        wanted = {}
        for member in layers[number]:
            beside = [height[n] for n in neighbours.get(member, ()) if number_of[n] == number - step]
            wanted[member] = sum(beside) / len(beside) if beside else height[member]
        layers[number].sort(key=wanted.__getitem__)
    return layers


def _size(member: str, sizes: Mapping[str, float]) -> float:
    return _LANE if member.startswith(_MARK) else sizes[member]


def _length(layer: Sequence[str], sizes: Mapping[str, float]) -> float:
    return sum(_size(member, sizes) for member in layer)


def _heights(layer: Sequence[str], length: float, sizes: Mapping[str, float]) -> dict[str, float]:
    """Spread a layer evenly over the length of the fullest one."""
    spare = (length - _length(layer, sizes)) / (len(layer) + 1)
    heights: dict[str, float] = {}
    at = 0.0
    for member in layer:
        at += spare + _size(member, sizes) / 2
        heights[member] = at
        at += _size(member, sizes) / 2
    return heights
