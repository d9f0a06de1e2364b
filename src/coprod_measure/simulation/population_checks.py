"""Names and numbers of a population file that lead nowhere or do not fit each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from coprod_measure.errors import Problem, SimulationError, counted
from coprod_measure.instrument.definition import Instrument
from coprod_measure.simulation.population_model import NO_ITEMS, PopulationModel, WavesModel, causes_in
from coprod_measure.simulation.population_numbers import wrong_numbers
from coprod_measure.structure.offers import options_of_task
from coprod_measure.yaml_files import YamlFile, did_you_mean


def check_names(file: YamlFile, model: PopulationModel, instrument: Instrument) -> None:
    """Refuse a file with all of its problems at once.

    Raises
    ------
    SimulationError
    """
    problems = []
    if model.form not in instrument.forms:
        problems.append(
            file.problem(
                ("form",),
                f"no form {model.form!r}",
                did_you_mean(model.form, instrument.forms),
                "unknown-form",
            )
        )
    for name in model.constructs:
        known = instrument.theory.constructs
        if name in known and "society" in known[name].unit and name not in instrument.constructs:
            if model.clusters is None:
                words, cure = f"nobody is asked about {name!r}", "State the clusters whose fact it is"
                problems.append(file.problem(("constructs", name), words, cure, "no-clusters"))
        elif name not in instrument.constructs and name not in instrument.theory.higher_order:
            cure = did_you_mean(name, instrument.constructs)
            problems.append(
                file.problem(("constructs", name), f"no item measures {name!r}", cure, "unknown-construct")
            )
    problems += _unknown_causes(file, model)
    problems += _unknown_elsewhere(file, model, instrument)
    for name, shares in model.groups.items():
        for cause, cure, code in _group_problems(name, shares, model, instrument):
            problems.append(file.problem(("groups", name), cause, cure, code))
    if problems:
        raise SimulationError.from_problems(problems)


def _unknown_causes(file: YamlFile, model: PopulationModel) -> list[Problem]:
    """Find equations that name what is no construct of the population, and products of no two."""
    problems = [
        file.problem(("interactions", y), f"{pair!r} is no product of two", "Write 'a x b'", "no-product")
        for y, own in model.interactions.items()
        for pair in own
        if not all(causes_in(pair))
    ]
    named = [("paths", y, x) for y, own in model.paths.items() for x in own]
    named += [
        ("interactions", y, x)
        for y, own in model.interactions.items()
        for pair in own
        for x in causes_in(pair)
        if x
    ]
    named += [("ceilings", y, x) for y, own in model.ceilings.items() for x in own]
    problems += [
        file.problem(
            (part, y),
            f"{known!r} is not among the constructs",
            did_you_mean(known, model.constructs),
            "unknown-construct",
        )
        for part, y, x in named
        for known in dict.fromkeys((y, x))
        if known not in model.constructs
    ]
    return problems


def _unknown_elsewhere(file: YamlFile, model: PopulationModel, instrument: Instrument) -> list[Problem]:
    """Find what differences, choices, clusters, waves and habits name that is not there."""
    constructs: list[tuple[tuple[str | int, ...], str]] = [
        (("correlations", k, "among"), name) for k, one in enumerate(model.correlations) for name in one.among
    ]
    items: list[tuple[tuple[str | int, ...], str]] = []
    for k, one in enumerate(model.differences):
        at = ("differences", k)
        constructs += [((*at, "means"), name) for name in one.means]
        constructs += [((*at, "paths"), name) for y, own in one.paths.items() for name in (y, *own)]
        items += [((*at, "where"), name) for name in one.where if name not in NO_ITEMS]
        items += [((*at, part), name) for part in ("loadings", "intercepts") for name in getattr(one, part)]
    for item, codes in model.choices.items():
        items.append((("choices",), item))
        constructs += [
            (("choices", item), name) for own in codes.values() for name in own if name != "constant"
        ]
    items += [(("habits", "missing_by"), name) for name in model.habits.missing_by]
    items += [(("sampled",), name) for name in model.sampled]
    if model.clusters:
        constructs += [(("clusters", "icc"), name) for name in model.clusters.icc]
    if model.categories:
        parts = ("person", "shared")
        named = [(part, name) for part in parts for name in getattr(model.categories, part)]
        constructs += [(("categories", part), name) for part, name in named]
    if model.dyads:
        constructs += [(("dyads", "shared"), name) for name in model.dyads.shared]
        partner = model.dyads.partner.items()
        constructs += [(("dyads", "partner"), name) for y, own in partner for name in (y, *own)]
    if model.waves:
        waves = model.waves
        constructs += [
            (("waves", part), name) for part in ("stable", "attrition_by") for name in getattr(waves, part)
        ]
        constructs += [(("waves", "lags"), name) for y, own in waves.lags.items() for name in (y, *own)]
    problems = [
        file.problem(
            at,
            f"{name!r} is not among the constructs",
            did_you_mean(name, model.constructs),
            "unknown-construct",
        )
        for at, name in constructs
        if name not in model.constructs
    ]
    problems += [
        file.problem(at, f"there is no item {name!r}", did_you_mean(name, instrument.items), "unknown-item")
        for at, name in items
        if name not in instrument.items
    ]
    return problems + _impossible(file, model, instrument) + wrong_numbers(file, model, instrument)


def _of_judgements(file: YamlFile, model: PopulationModel, instrument: Instrument) -> Iterator[Problem]:
    """Find verdicts on what is not there or fewer than two answers, and rules that nobody can state."""
    form = instrument.forms.get(model.form)
    asked = [instrument.items[id_].construct_id for id_ in form.item_ids] if form else []
    for name, one in model.judgements.items():
        at = ("judgements", name)
        for known in {name, one.by} - set(model.constructs):
            words, cure = f"{known!r} is not among the constructs", did_you_mean(known, model.constructs)
            yield file.problem(at, words, cure, "unknown-construct")
        if form and one.by in model.constructs and (k := asked.count(one.by)) < 2:
            words = f"the form asks {counted(k, 'question')} on {one.by!r}"
            yield file.problem((*at, "by"), words, "A rule needs two or more", "no-attributes")
        if one.stated not in instrument.items:
            words, cure = f"there is no item {one.stated!r}", did_you_mean(one.stated, instrument.items)
            yield file.problem((*at, "stated"), words, cure, "unknown-item")
        elif (scale := instrument.scale_of(one.stated)) and set(one.rules) - set(scale.codes):
            cure = f"Its codes are {', '.join(map(str, scale.codes))}"
            yield file.problem((*at, "rules"), f"{one.stated!r} has no such code", cure, "unknown-code")


def _impossible(file: YamlFile, model: PopulationModel, instrument: Instrument) -> list[Problem]:
    """Find numbers that do not fit each other."""
    problems = [*_of_judgements(file, model, instrument)]
    if model.classes and not np.isclose(sum(model.classes), 1.0):
        words = f"the shares of the classes add up to {sum(model.classes):g}"
        problems.append(file.problem(("classes",), words, "Let them add up to 1", "no-shares"))
    numbers = range(1, len(model.classes) + 1)
    problems += [
        file.problem(
            ("differences", k),
            f"there is no class {one.where['class']}",
            "Number them from 1",
            "unknown-class",
        )
        for k, one in enumerate(model.differences)
        if one.where.get("class", 1) not in (*numbers, *([] if "class" in one.where else [1]))
    ]
    states = {"wave": "waves", "category": "categories", "role": "dyads"}
    numbered = {
        "wave": len(model.waves.names) if model.waves else 0,
        "category": len(model.categories.names) if model.categories else 0,
        "role": 2 if model.dyads else 0,
    }
    problems += [
        file.problem(
            ("differences", k),
            f"there is no {name} {one.where[name]}",
            f"Number them from 1 to {most}" if most else f"The population states none: see {states[name]}:",
            f"unknown-{name}",
        )
        for k, one in enumerate(model.differences)
        for name, most in numbered.items()
        if not 1 <= one.where.get(name, 1) <= (most if name in one.where else 1)
    ]
    apart = [name for name in ("clusters", "waves", "categories", "dyads") if getattr(model, name)]
    if len(apart) > 1 and apart != ["clusters", "waves"]:
        words = f"{' and '.join(apart)} cannot be in one population"
        problems.append(file.problem((apart[1],), words, "State one of them", "no-such-design"))
    problems += _unknown_offers(file, model, instrument)
    problems += [
        file.problem(
            ("sampled", item),
            f"groups does not say how {item!r} is in the population",
            "State it there",
            "no-shares",
        )
        for item in model.sampled
        if set(model.sampled[item]) != set(model.groups.get(item, {}))
    ]
    problems += _wrong_thresholds(file, model, instrument)
    return problems + (_wrong_waves(file, model.waves, model, instrument) if model.waves else [])


def _unknown_offers(file: YamlFile, model: PopulationModel, instrument: Instrument) -> list[Problem]:
    problems = []
    for name, one in model.offers.items():
        tasks = [options_of_task(item.id, instrument) for item in instrument.items_of(name)]
        shown = {pair for task in tasks for option in task or () for pair in option.items()}
        if not tasks or None in tasks:
            words = f"the options of {name!r} are no offers"
            problems.append(file.problem(("offers", name), words, "`coprod offers` makes tasks", "no-tasks"))
            continue
        problems += [
            file.problem(
                ("offers", name, "worth", attribute),
                f"no offer has {attribute}: {level}",
                did_you_mean(level, [str(value) for key, value in shown if key == attribute]),
                "unknown-level",
            )
            for attribute, levels in one.worth.items()
            for level in levels
            if (attribute, level) not in shown
        ]
    return problems


def _wrong_thresholds(file: YamlFile, model: PopulationModel, instrument: Instrument) -> list[Problem]:
    problems = []
    for name, one in model.constructs.items():
        if one.thresholds and list(one.thresholds) != sorted(one.thresholds):
            problems.append(
                file.problem(("constructs", name), "its thresholds do not rise", "Sort them", "no-thresholds")
            )
        sizes = {
            len(scale.codes) - 1
            for item in instrument.items.values()
            if item.construct_id == name and (scale := instrument.scale_of(item.id)) is not None
        }
        if one.thresholds and sizes and {len(one.thresholds)} != sizes:
            words = f"{len(one.thresholds)} thresholds for items of {max(sizes) + 1} codes"
            problems.append(
                file.problem(("constructs", name), words, "Give one fewer than codes", "no-thresholds")
            )
    return problems


def _wrong_waves(
    file: YamlFile, waves: WavesModel, model: PopulationModel, instrument: Instrument
) -> list[Problem]:
    problems = []
    k = len(model.classes)
    if waves.moves and [len(row) for row in waves.moves] != [k] * k:
        words = f"moves of {len(waves.moves)} classes, where there are {k}"
        problems.append(
            file.problem(("waves", "moves"), words, "Give a row and a column a class", "no-moves")
        )
    problems += [
        file.problem(
            ("waves", "moves", number),
            f"the shares of class {number + 1} add up to {sum(row):g}",
            "Let them add up to 1",
            "no-shares",
        )
        for number, row in enumerate(waves.moves)
        if not np.isclose(sum(row), 1.0)
    ]
    unknown = [form for form in waves.forms.values() if form not in instrument.forms]
    problems += [
        file.problem(
            ("waves", "forms"), f"no form {form!r}", did_you_mean(form, instrument.forms), "unknown-form"
        )
        for form in unknown
    ]
    return problems


def _group_problems(
    name: str, shares: Mapping[int, float], model: PopulationModel, instrument: Instrument
) -> Iterator[tuple[str, str, str]]:
    """Find what would make the shares of a group go unheeded, as cause, cure and code."""
    item = instrument.items.get(name)
    if item is None:
        yield f"there is no item {name!r}", did_you_mean(name, instrument.items), "unknown-item"
        return
    form = instrument.forms.get(model.form)
    if form is not None and name not in form.item_ids:
        yield f"form {model.form!r} does not ask {name!r}", "Leave it out", "not-in-form"
    if item.construct_id in model.constructs:
        cause = f"{name!r} measures {item.construct_id!r}, whose answers follow from the model"
        yield cause, f"Leave it out here, or {item.construct_id!r} under constructs", "group-of-construct"
    if item.expected:
        yield f"{name!r} is answered as it asks to be", "Leave it out", "group-of-control"
    scale = instrument.scale_of(name)
    if scale is not None and (foreign := sorted(set(shares) - set(scale.codes))):
        codes = ", ".join(map(str, scale.codes))
        yield f"{name!r} has no answer {foreign[0]}", f"Its codes are {codes}", "unknown-code"
    if (least := min(shares.values(), default=0)) < 0:
        yield f"a share of {name!r} is {least:g}", "Let each be 0 or more", "no-shares"
    elif not np.isclose(sum(shares.values()), 1.0):
        yield (
            f"the shares of {name!r} add up to {sum(shares.values()):g}",
            "Let them add up to 1",
            "no-shares",
        )
