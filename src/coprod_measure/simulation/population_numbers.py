"""Numbers and codes of a population file that could be of no population."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from coprod_measure.errors import Problem
from coprod_measure.instrument.definition import Instrument
from coprod_measure.simulation.population_model import NO_ITEMS, PopulationModel
from coprod_measure.yaml_files import YamlFile

_TAKEN = ("person", "wave", "category", "dyad", "role", "version", "weight")
"""Columns that a sample has of its own."""
_CARELESS = ("straight", "random", "late", "seesaw")
Found = Iterator[tuple[tuple[str | int, ...], str, str, str]]


def wrong_numbers(file: YamlFile, model: PopulationModel, instrument: Instrument) -> list[Problem]:
    """Find shares that are more than all, variances above one, codes of no answer, names that stand twice."""
    found = (
        *_shares(model),
        *_of_answers(model, instrument),
        *_codes(model, instrument),
        *_names(model, instrument),
    )
    return [file.problem(*one) for one in found]


def _shares(model: PopulationModel) -> Found:
    for part, shares in (("groups", model.groups), ("sampled", model.sampled)):
        for item, own in shares.items():
            # What groups add up to is said elsewhere.
            if part == "sampled" and (min(own.values()) <= 0 or not np.isclose(sum(own.values()), 1.0)):
                words = f"the shares of {item!r} in the sample add up to {sum(own.values()):g}"
                yield (part, item), words, "Let them be above 0 and add up to 1", "no-shares"
    habits = model.habits
    lost = {f"careless_{kind}": getattr(habits, f"careless_{kind}") for kind in _CARELESS}
    lost |= {"no_consent": habits.no_consent, "unfinished": habits.unfinished}
    if (total := sum(lost.values())) > 1.0:
        told = ", ".join(name for name, share in lost.items() if share)
        yield ("habits",), f"{told} are {total:.0%} of all respondents", "Lower some of them", "no-shares"
    if model.categories and model.categories.each > len(model.categories.names):
        words = (
            f"each person answers about {model.categories.each} of {len(model.categories.names)} categories"
        )
        yield ("categories", "each"), words, "Lower it, or name more", "too-many"


def _of_answers(model: PopulationModel, instrument: Instrument) -> Found:
    """Find items whose construct and method are more than their variance of one, and means beyond all codes.

    Where an item is its construct (a loading of 1) the method comes on top.
    """
    method = model.habits.method_variance
    for name, one in model.constructs.items():
        asked = [item.id for item in instrument.items_of(name) if item.id not in model.choices]
        scales = [scale for id_ in asked if (scale := instrument.scale_of(id_)) is not None and scale.ordered]
        codes = [code for scale in scales for code in scale.codes]
        if len(set(codes)) > 2 and not one.thresholds and not min(codes) <= one.mean <= max(codes):
            words = f"a mean of {one.mean:g}, where answers go from {min(codes)} to {max(codes)}"
            yield ("constructs", name, "mean"), words, "Give one between them", "no-mean"
        if one.loading < 1.0 < one.loading**2 + method - 1e-9:
            words = f"items of {name!r} have a variance of {one.loading**2 + method:.2f} with the method's"
            yield ("constructs", name), words, "Lower one of the two", "population-overexplained"


def _codes(model: PopulationModel, instrument: Instrument) -> Found:
    named: list[tuple[tuple[str | int, ...], str, int]] = [
        (("differences", k, "where"), item, code)
        for k, one in enumerate(model.differences)
        for item, code in one.where.items()
        if item not in NO_ITEMS
    ]
    named += [(("choices", item), item, code) for item, codes in model.choices.items() for code in codes]
    for at, item, code in named:
        scale = instrument.scale_of(item) if item in instrument.items else None
        if scale is not None and code not in scale.codes:
            codes = ", ".join(map(str, scale.codes))
            yield at, f"{item!r} has no answer {code}", f"Its codes are {codes}", "unknown-code"
        elif item in instrument.items and scale is None:
            yield at, f"{item!r} has no answers with codes", "Name an item with a scale", "no-codes"


def _names(model: PopulationModel, instrument: Instrument) -> Found:
    lists = {
        ("waves", "names"): model.waves.names if model.waves else (),
        ("categories", "names"): model.categories.names if model.categories else (),
        ("dyads", "roles"): model.dyads.roles if model.dyads else (),
    }
    for at, names in lists.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield at, f"{name!r} stands there twice", "Give each a name of its own", "named-twice"
    for y, own in model.uncertain.items():
        for x in own:
            if x not in model.paths.get(y, {}):
                words = f"there is no path from {x!r} to {y!r} that could be uncertain"
                yield ("uncertain", y), words, "State it under paths", "no-path"
    column = model.clusters.column if model.clusters else ""
    if column in _TAKEN or column in instrument.items:
        words = f"{column!r} is another column of the answers"
        yield ("clusters", "column"), words, "Call it country, for example", "name-taken"
    if model.decision is not None and model.decision not in instrument.items:
        yield ("decision",), f"there is no item {model.decision!r}", "Name the yes/no item", "unknown-item"
