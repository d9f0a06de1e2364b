"""What a verdict is judged by, attribute by attribute, and which rule of judging people state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.regression import variables_of
from coprod_measure.theory.definition import Hypothesis, Rule


@dataclass(frozen=True, slots=True)
class Judged:
    """What a verdict is judged by.

    Attributes
    ----------
    parts : mapping
        Attribute to its items.
    points : tuple of str
        Items with the importance of each attribute, in their order; empty where not all were asked.
    turned : frozenset of str
        Attributes of which less is better.
    """

    parts: Mapping[str, tuple[str, ...]]
    points: tuple[str, ...] = ()
    turned: frozenset[str] = frozenset()


def judged(hypothesis: Hypothesis, context: Context) -> Judged:
    """Find the attributes: constructs, or of one composite its items, together where points weigh them so."""
    found = variables_of([id_.removeprefix("-") for id_ in hypothesis.judged_by], context)
    turned = frozenset(id_[1:] for id_ in hypothesis.judged_by if id_.startswith("-"))
    if len(found) != 1 or found[0].latent:
        return Judged({one.id: one.items for one in found}, turned=turned)
    asked = [one for one in context.clean.instrument.items.values() if one.id in context.clean.frame]
    return attributes(found[0].items, asked)


def attributes(items: Sequence[str], asked: Sequence[Item]) -> Judged:
    """Take each item by itself, or those together that one asked weight weighs, where all are weighed."""
    weighed = {one.id: tuple(item for item in one.weighs if item in items) for one in asked}
    weighed = {weight: own for weight, own in weighed.items() if own}
    if len(weighed) > 1 and {item for own in weighed.values() for item in own} == set(items):
        return Judged(weighed, tuple(weighed))
    return Judged({item: (item,) for item in items})


def stated_rules(hypothesis: Hypothesis, instrument: Instrument, item: str) -> dict[int, Rule]:
    """Say which option of a question states which rule, by words in any of its languages."""
    scale = instrument.scale_of(item)
    if scale is None:
        return {}
    return {
        code: rule
        for place, code in enumerate(scale.codes)
        for word, rule in hypothesis.rules.items()
        if any(word.casefold() in labels[place].casefold() for labels in scale.labels.values())
    }
