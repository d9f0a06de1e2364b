"""A drafted population as a file, with the source of every number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from coprod_measure.simulation.draft import Draft
from coprod_measure.simulation.effects_file import EffectsFile, effects_of
from coprod_measure.simulation.population import ConstructPopulation, Population


def population_text(draft: Draft, instrument: str = "") -> str:
    """Write a drafted population as a file, with the source of every number.

    ``instrument``: as the file names it; its id when left out.

    Examples
    --------
    >>> from coprod_measure import read_instrument
    >>> from coprod_measure.simulation.draft import draft_population
    >>> text = population_text(draft_population(read_instrument("etgar2007"), "demo"))
    >>> [line.split("#")[1].strip() for line in text.splitlines() if "    cb_net_judgement:" in line][0]
    'H1d; judgement'
    """
    one, sizes = draft.population, effects_of(draft.population.instrument.theory.id)
    lines = [
        "# yaml-language-server: $schema=schema/population.schema.json",
        "# Drafted by `coprod population`; each line says where its size is from.",
        "# Change what you know better; `coprod check` finds what cannot be.",
        f"id: {one.id}",
        f"title: {json.dumps(one.title, ensure_ascii=False)}",
        f"instrument: {instrument or one.instrument.id}",
        f"form: {one.form}",
        f"n: {one.n}",
        f"seed: {one.seed}",
        f"# Loadings: {draft.source or sizes.loading.source}. Weak items: {sizes.weak.source}.",
        "constructs:",
    ]
    lines += _constructs(one, draft, sizes)
    told = draft.source or sizes.correlation.source
    lines += [f"correlation: {one.correlation:g}  # {told}", *["correlations:"] * bool(one.correlations)]
    lines += [f"  - {{among: [{a}, {b}], value: {value:.3g}}}" for (a, b), value in one.correlations.items()]
    lines.append(
        f"# Standardised. Every equation explains at most {sizes.explained.size:g}: {sizes.explained.source}."
    )
    lines += _equations("paths", one.paths, draft)
    known = {
        y: {x: se for x, se in own.items() if x in one.paths.get(y, {})} for y, own in one.uncertain.items()
    }
    lines += _equations("uncertain", {y: own for y, own in known.items() if own}, draft)
    products = {y: {f"{a} x {b}": v for (a, b), v in own.items()} for y, own in one.interactions.items()}
    lines += _equations("interactions", products, draft)
    lines += _equations("ceilings", one.ceilings, draft, "ceiling ")
    lines += _groups_and_choices(one, draft)
    lines += _design(one, draft, sizes)
    if one.judgements:
        lines.append("judgements:")
    for target, own_rule in one.judgements.items():
        rules = ", ".join(f"{code}: {rule}" for code, rule in own_rule.rules.items())
        stated = (
            f"by: {own_rule.by}, stated: {own_rule.stated}, rules: {{{rules}}}, size: {own_rule.size:.3g}"
        )
        lines.append(f"  {target}: {{{stated}}}  # {draft.why.get(('judgement', target), '')}")
    if one.decision:
        lines.append(f"decision: {one.decision}")
    lines += ["habits:"] if sizes.habits else ["# habits: {careless_random: 0.05, missing: 0.01}"]
    lines += [f"  {name}: {size.size:g}  # {size.source}" for name, size in sizes.habits.items()]
    lines += [f"# {id_} has no effect here: {why}." for id_, why in draft.left_out.items()]
    return "\n".join(lines) + "\n"


def _constructs(one: Population, draft: Draft, sizes: EffectsFile) -> Iterator[str]:
    for name, own in one.constructs.items():
        assumed = sizes.answers_of(name) if own.median is None else sizes.amounts_of(name)
        told = draft.source or (assumed.source if assumed else "")
        if own.median is not None:
            yield f"  {name}: {{median: {own.median:g}, ratio: {own.ratio:g}}}  # {told}"
        elif own.share != ConstructPopulation().share:
            yield f"  {name}: {{share: {own.share:g}, loading: {own.loading:g}}}"
        else:
            weak = "" if own.weak is None else f", weak: {own.weak:g}"
            answers = f"mean: {own.mean:g}, sd: {own.sd:g}, loading: {own.loading:g}{weak}"
            yield f"  {name}: {{{answers}}}  # {told}"


def _equations(
    part: str, equations: Mapping[str, Mapping[str, float]], draft: Draft, prefix: str = ""
) -> Iterator[str]:
    if not equations:
        return
    yield f"{part}:"
    for target, own in equations.items():
        yield f"  {target}:"
        for source, value in own.items():
            yield f"    {source}: {value:.3f}  # {draft.why.get((target, prefix + source), '')}"


def _design(one: Population, draft: Draft, sizes: EffectsFile) -> Iterator[str]:
    """Countries and waves."""
    if one.clusters:
        yield "clusters:"
        yield f"  column: {one.clusters.column}"
        yield f"  number: {one.clusters.number}"
        yield f"  icc: {_flow(one.clusters.icc)}  # {sizes.icc.source}"
    if one.waves:
        yield "waves:"
        yield f"  names: [{', '.join(one.waves.names)}]"
        yield f"  attrition: {one.waves.attrition:g}  # {sizes.attrition.source}"
        yield f"  stable:  # {sizes.stable.source}"
        yield from (f"    {name}: {share:g}" for name, share in one.waves.stable.items())
        yield f"  lags:  # {sizes.carried.source}"
        for target, own in one.waves.lags.items():
            yield f"    {target}:"
            for source, value in own.items():
                told = draft.why.get(("lag " + target, source), "its own")
                yield f"      {source}: {value:.3f}  # {told}"


def _flow(values: Mapping[str, float]) -> str:
    return f"{{{', '.join(f'{name}: {value:g}' for name, value in values.items())}}}"


def _shares(values: Mapping[int, float]) -> str:
    """Shares that add up to one also as they are written."""
    shares = [round(value, 3) for value in values.values()]
    shares[0] += 1 - sum(shares)
    return f"{{{', '.join(f'{code}: {share:.3f}' for code, share in zip(values, shares, strict=True))}}}"


def _groups_and_choices(one: Population, draft: Draft) -> Iterator[str]:
    if one.classes:
        shares = ", ".join(f"{share:g}" for share in one.classes)
        yield f"classes: [{shares}]  # {draft.why.get(('difference', 'class'), '')}"
    if one.groups:
        yield "groups:  # equal shares: judgement"
    for item, of_options in one.groups.items():
        yield f"  {item}: {_shares(of_options)}"
    if one.differences:
        yield "differences:"
    for difference in one.differences:
        (item, *_) = difference.where
        parts = [("means", _flow(difference.means))] if difference.means else []
        parts += [
            ("paths", f"{{{', '.join(f'{y}: {_flow(own)}' for y, own in difference.paths.items())}}}")
        ] * bool(difference.paths)
        told = draft.why.get(("difference", item), "")
        stated = "".join(f", {part}: {text}" for part, text in parts)
        yield f"  - {{where: {_flow(difference.where)}{stated}}}  # {told}"
    if one.choices:
        yield "choices:"
    for item, codes in one.choices.items():
        effects = {
            code: ", ".join(f"{x}: {value:g}" for x, value in own.items()) for code, own in codes.items()
        }
        options = ", ".join(f"{code}: {{{told}}}" for code, told in effects.items())
        yield f"  {item}: {{{options}}}  # {draft.why.get(('choice', item), '')}"
