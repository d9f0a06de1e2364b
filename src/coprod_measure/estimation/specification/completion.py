"""From formulas to the full list of parameters: what the user wrote, what the defaults add."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from coprod_measure.errors import ModelError
from coprod_measure.estimation.rotation.rotate import Rotation
from coprod_measure.estimation.specification.blocks import formulas_by_group, variables_of_group
from coprod_measure.estimation.specification.composites import following, shared_moments
from coprod_measure.estimation.specification.default_parameters import default_rows
from coprod_measure.estimation.specification.effect_coding import effect_coding_constraints
from coprod_measure.estimation.specification.equal_over_groups import (
    check_partial,
    following_weights,
    released,
    with_keys,
)
from coprod_measure.estimation.specification.exploratory import block_covariances, exploratory_factors
from coprod_measure.estimation.specification.levels import formulas_by_level, variables_by_level
from coprod_measure.estimation.specification.parameter_table import Defaults, Parameter, ParameterTable
from coprod_measure.estimation.specification.syntax import Constraint, Formula, ModelText
from coprod_measure.estimation.specification.variables import Variables, classify

# Latent variables for each observed one (panel models take three or four), and parameters for each moment,
# beyond which nothing is made: their tables grow with the square of the text, searches with its sixth power.
FEW_LATENT, LATENT, BEYOND = 100, 10, 500


def parameter_table(
    text: ModelText, defaults: Defaults, *, n_groups: int = 1, group_labels: tuple[str, ...] = ()
) -> ParameterTable:
    """Complete a parsed model as lavaan's ``sem()``, ``cfa()`` and ``growth()`` do.

    Parameters
    ----------
    text : ModelText
        From :func:`coprod_measure.estimation.specification.syntax.parse_model`.
    defaults : Defaults
        What to add.
    n_groups : int
        Number of groups.
    group_labels : tuple of str
        What ``group:`` lines may call them; numbers when not given.

    Returns
    -------
    ParameterTable
        User's rows first, then defaults; one block a group.

    Raises
    ------
    ModelError
        If a modifier has a wrong number of values, labels collide, or far more is free than is known.
    """
    if any(f.efa for f in text.formulas):
        # Targets of a rotation are arrays: what holds them cannot be looked up.
        return _completed.__wrapped__(text, defaults, n_groups, group_labels)
    return _completed(text, replace(defaults, rotation=Rotation()), n_groups, group_labels)


@lru_cache(maxsize=64)
def _completed(
    text: ModelText, defaults: Defaults, n_groups: int, group_labels: tuple[str, ...]
) -> ParameterTable:
    variables = classify(text.formulas, tuple(defaults.n_thresholds))
    _refuse_far_more(len(variables.latent), "latent variables", LATENT * len(variables.observed) + FEW_LATENT)
    mean_structure = (
        defaults.mean_structure or bool(variables.ordered) or any(f.op == "~1" for f in text.formulas)
    )
    defaults = replace(defaults, mean_structure=mean_structure)
    rows = []
    labels = group_labels or tuple(str(group + 1) for group in range(n_groups))
    by_group = formulas_by_group(text.formulas, labels)
    levels: tuple[Variables, ...] = ()
    if text.two_level:
        levels = variables_by_level(text.formulas)
        for group, written in enumerate(by_group, start=1):
            for level, own in enumerate(formulas_by_level(written)):
                formulas = _ordered_covariances(own, variables)
                found = _group_rows(formulas, levels[level], defaults, group, n_groups)
                number = 2 * group - 1 + level
                rows += [replace(row if level else _centred(row, levels), group=number) for row in found]
        n_groups *= 2
    else:
        for group, own in enumerate(by_group, start=1):
            parts = variables if own == text.formulas else variables_of_group(own, variables)
            rows += _group_rows(_ordered_covariances(own, variables), parts, defaults, group, n_groups)
    check_partial(rows, defaults)
    rows = with_keys(rows, variables, defaults, n_levels=len(levels) or 1)
    _check_labels(rows, text.constraints)
    p = len(variables.observed)
    known = n_groups * p * (p + 3) // 2 + sum(row.op == "|" for row in rows)
    free = len({row.key for row in rows if row.free}) - len(text.constraints)
    _refuse_far_more(free, "parameters to estimate", known + BEYOND)
    constraints = text.constraints
    if defaults.effect_coding:
        places = [(row.lhs, row.op, row.rhs, row.group) for row in rows]
        constraints += effect_coding_constraints(places, variables.latent, defaults.effect_coding)
    return ParameterTable(
        tuple(rows),
        constraints,
        variables,
        n_groups,
        mean_structure,
        defaults.parameterization,
        defaults.correlation,
        levels,
        defaults.rotation if variables.blocks else None,
    )


def _refuse_far_more(number: int, of_what: str, most: int) -> None:
    if number > most:
        cause = f"{number:,} {of_what} are far more than the observed variables can tell"
        raise ModelError(cause, place="model", cure="Simplify it", code="far-more")


def _centred(row: Parameter, levels: tuple[Variables, ...]) -> Parameter:
    """Hold at zero the means of latent variables and of parts within: they belong to the second level."""
    centred = (*levels[0].latent, *levels[1].observed)
    if row.op == "~1" and not row.user and row.lhs in centred:
        return replace(row, free=False, exogenous=False, value=0.0)
    return row


def _ordered_covariances(formulas: tuple[Formula, ...], variables: Variables) -> list[Formula]:
    position = {name: k for k, name in enumerate((*variables.latent, *variables.observed))}
    found: dict[tuple[str, str, str], Formula] = {}
    for f in formulas:
        if f.op == "|" and f.lhs in variables.latent:
            raise ModelError(
                f"{f.lhs} is latent and has no thresholds",
                place=f.place,
                cure="Give the thresholds to its items",
                code="latent-threshold",
            )
        if f.op == "~*~" and (f.lhs != f.rhs or f.lhs not in variables.ordered):
            raise ModelError(
                f"{f.lhs} ~*~ {f.rhs} scales no ordered variable",
                place=f.place,
                cure="Write x ~*~ x for an ordered x, or leave it out",
                code="no-scale",
            )
        if f.lhs == f.rhs and f.op in ("~", "=~", "<~") and f.fixed != (0.0,):
            raise ModelError(
                f"{f.lhs} {f.op} {f.rhs} explains a variable by itself",
                place=f.place,
                cure="Remove it",
                code="self-reference",
            )
        if f.op == "~~" and position[f.lhs] > position[f.rhs]:
            f = replace(f, lhs=f.rhs, rhs=f.lhs)
        key = (f.lhs, f.op, f.rhs)
        if key in found:
            raise ModelError(
                f"{f.lhs} {f.op} {f.rhs} is written twice",
                place=f.place,
                cure="Keep one of the two",
                code="duplicate",
            )
        found[key] = f
    return list(found.values())


def _group_rows(
    formulas: list[Formula], variables: Variables, defaults: Defaults, group: int, n_groups: int
) -> list[Parameter]:
    written = {(f.lhs, f.op, f.rhs) for f in formulas}
    rows = [Parameter(f.lhs, f.op, f.rhs, group, user=True, place=f.place) for f in formulas]
    rows += [
        Parameter(lhs, op, rhs, group)
        for lhs, op, rhs in default_rows(
            variables, defaults.mean_structure, dict(defaults.n_thresholds), defaults.automatic
        )
        if (lhs, op, rhs) not in written
    ]
    known = {frozenset((row.lhs, row.rhs)) for row in rows if row.op == "~~"}
    rows += [
        Parameter(*pair, group)
        for pair in block_covariances(variables.blocks)
        if frozenset((pair[0], pair[2])) not in known
    ]
    for one in variables.composites:
        more = [*shared_moments(one), *following(one, means=defaults.mean_structure)]
        rows += [Parameter(*cell, group) for cell in more]
    if defaults.correlation:
        rows += [Parameter(name, "~*~", name, group) for name in variables.observed]
    rows = _identified(rows, variables, defaults)
    rows = _restricted(rows, variables, defaults)
    if group > 1:
        rows = [released(row, variables, defaults) for row in rows]
    modifiers = {(f.lhs, f.op, f.rhs): f for f in formulas}
    return [
        _modified(row, modifiers[row.lhs, row.op, row.rhs], group, n_groups) if row.user else row
        for row in rows
    ]


def _fix(row: Parameter, value: float) -> Parameter:
    return replace(row, free=False, value=value)


def _identified(rows: list[Parameter], variables: Variables, defaults: Defaults) -> list[Parameter]:
    """Give every latent variable a scale; a single indicator measures without error."""
    latent, formative = set(variables.latent), set(variables.formative)
    indicators: dict[str, list[str]] = {}
    for row in rows:
        if row.op == "=~" and row.lhs != row.rhs:
            indicators.setdefault(row.lhs, []).append(row.rhs)
    all_indicators = [name for names in indicators.values() for name in names]
    single = {
        names[0] for names in indicators.values() if len(names) == 1 and all_indicators.count(names[0]) == 1
    }
    automatic = defaults.automatic
    fix_first = "fix_first" in automatic and not defaults.std_lv
    explored = exploratory_factors(variables.blocks)
    first_items = {one.name: one.items[0] for one in variables.composites}
    found = []
    for row in rows:
        own_variance = row.op == "~~" and row.lhs == row.rhs
        if own_variance and row.lhs in formative and not row.user:
            row = _fix(row, 0.0)
        scaled = row.lhs in explored or (defaults.std_lv and row.lhs not in first_items)
        if own_variance and row.lhs in latent and scaled:
            row = _fix(row, 1.0)
        if "fix_single" in automatic and own_variance and row.lhs in single and not row.user:
            row = _fix(row, 0.0)
        marker = row.op == "=~" and row.rhs == indicators.get(row.lhs, [""])[0]
        if marker and fix_first and row.lhs not in explored:
            row = _fix(row, 1.0)
        if row.op == "<~" and row.rhs == first_items.get(row.lhs):
            row = _fix(row, 1.0)
        found.append(row)
    return found


def _restricted(rows: list[Parameter], variables: Variables, defaults: Defaults) -> list[Parameter]:
    latent, ordered = set(variables.latent), set(variables.ordered)
    exogenous = set(variables.exogenous) if defaults.fixed_x else set()
    uncorrelated = set() if defaults.rotation.oblique else set(block_covariances(variables.blocks))

    def restrict(row: Parameter) -> Parameter:
        if row.user:
            return row
        if variables.composites and (of_weights := following_weights(row, variables)):
            return of_weights
        if row.op == "~~" and row.lhs != row.rhs and defaults.orthogonal and {row.lhs, row.rhs} <= latent:
            row = _fix(row, 0.0)
        if (row.lhs, row.op, row.rhs) in uncorrelated or (row.rhs, row.op, row.lhs) in uncorrelated:
            row = _fix(row, 0.0)
        if row.op == "~~" and row.lhs == row.rhs and "var" not in defaults.automatic and row.free:
            row = _fix(row, 0.0)
        if row.op == "~1":
            free = defaults.latent_means_free if row.lhs in latent else "int_ov_free" in defaults.automatic
            if not free or row.lhs in ordered:
                row = _fix(row, 0.0)
        if (row.op == "~1" and row.lhs in exogenous) or (row.op == "~~" and {row.lhs, row.rhs} <= exogenous):
            row = replace(row, free=False, exogenous=True, value=math.nan)
        if defaults.correlation:
            alone = row.op == "~~" and row.lhs == row.rhs not in (*variables.dependent, *latent)
            return _fix(row, 1.0) if alone else row
        if row.op == "~*~" or (row.op == "~~" and row.lhs == row.rhs and row.lhs in ordered):
            row = _fix(row, 1.0)
        return row

    return [restrict(row) for row in rows]


def _modified(row: Parameter, formula: Formula, group: int, n_groups: int) -> Parameter:
    def pick(values: tuple[float, ...]) -> float:
        _check_length(formula, len(values), n_groups)
        return values[0] if len(values) == 1 else values[group - 1]

    if formula.fixed:
        value = pick(formula.fixed)
        row = replace(row, free=math.isnan(value), value=value)
    if formula.start:
        # As in lavaan: a marker indicator with a starting value stays fixed, at that value.
        start = pick(formula.start)
        row = replace(row, start=start) if row.free else replace(row, value=start)
    if formula.lower:
        row = replace(row, lower=pick(formula.lower))
    if formula.upper:
        row = replace(row, upper=pick(formula.upper))
    if formula.label:
        _check_length(formula, len(formula.label), n_groups)
        row = replace(row, label=formula.label[0] if len(formula.label) == 1 else formula.label[group - 1])
    return row


def _check_length(formula: Formula, length: int, n_groups: int) -> None:
    allowed = 1 if formula.block else n_groups
    if length not in (1, allowed):
        term = f"{formula.lhs} {formula.op} {formula.rhs}"
        raise ModelError(
            f"the modifier of {term} has {length} values for {allowed} group(s)",
            place=formula.place,
            cure="Give one value, or one a group in c()",
            code="modifier-length",
        )


def _check_labels(rows: list[Parameter], constraints: tuple[Constraint, ...]) -> None:
    labels = {row.label for row in rows if row.label}
    defined: set[str] = set()
    for constraint in constraints:
        if constraint.op == ":=":
            if constraint.lhs in labels or constraint.lhs in defined:
                raise ModelError(
                    f"the name {constraint.lhs!r} is used twice",
                    place=constraint.place,
                    cure="Give the defined parameter a name of its own",
                    code="label-collision",
                )
            defined.add(constraint.lhs)
