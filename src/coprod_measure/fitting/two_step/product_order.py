"""Where products stand among the variables of the structure."""

from __future__ import annotations

from coprod_measure.estimation.two_step.parts import Parts


def product_order(parts: Parts) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """Find the factors of each product, and where each target stands when products come last."""
    plain = [name for name in parts.targets if name not in parts.products]
    place = {name: k for k, name in enumerate((*plain, *parts.products))}
    pairs = tuple((place[a], place[b]) for a, b in (name.split(":") for name in parts.products))
    return pairs, tuple(place[name] for name in parts.targets)
