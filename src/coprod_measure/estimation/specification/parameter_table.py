"""From formulas to the full list of parameters: what the user wrote, what the defaults add, what is equal."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from coprod_measure.errors import ModelError
from coprod_measure.estimation.rotation.rotate import Rotation
from coprod_measure.estimation.specification.blocks import formulas_by_group, variables_of_group
from coprod_measure.estimation.specification.composites import FOLLOWS, following, shared_moments
from coprod_measure.estimation.specification.default_parameters import OF_SEM, default_rows
from coprod_measure.estimation.specification.effect_coding import effect_coding_constraints
from coprod_measure.estimation.specification.exploratory import (
    block_covariances,
    exploratory_factors,
)
from coprod_measure.estimation.specification.levels import formulas_by_level, variables_by_level
from coprod_measure.estimation.specification.syntax import Constraint, Formula, ModelText
from coprod_measure.estimation.specification.variables import Variables, classify

GROUP_EQUAL = (
    "loadings",
    "composite_loadings",
    "intercepts",
    "thresholds",
    "means",
    "regressions",
    "residuals",
    "residual_covariances",
    "lv_variances",
    "lv_covariances",
)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is added to a user's formulas; the defaults are those of lavaan's ``sem()``.

    Attributes
    ----------
    automatic : frozenset of str
        What is added or freed by itself (``AUTOMATIC`` of the defaults): of
        ``int_ov_free`` and ``int_lv_free``, ``sem`` and ``cfa`` free the first, ``growth`` the second.
    group_equal : tuple of str
        Kinds of parameters held equal over groups (:data:`GROUP_EQUAL`).
    group_partial : tuple of str
        Parameters (``"f=~x2"``) exempt from ``group_equal``.
    n_thresholds : mapping
        Ordered variable to its number of thresholds.
    thresholds_apart : bool
        Whether equal thresholds leave the means of the variables behind the answers free, and equal
        intercepts alone free latent means (Wu & Estabrook 2016), as in lavaan 0.7; 0.6 took the two as one.
    correlation : bool
        Whether observed variables are standardised and have scales (``~*~``) of their own.
    rotation : Rotation
        Of exploratory blocks.
    """

    mean_structure: bool = False
    automatic: frozenset[str] = OF_SEM
    std_lv: bool = False
    orthogonal: bool = False
    effect_coding: tuple[str, ...] = ()
    fixed_x: bool = True
    parameterization: str = "delta"
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    n_thresholds: Mapping[str, int] = field(default_factory=dict)
    thresholds_apart: bool = True
    correlation: bool = False
    rotation: Rotation = field(default_factory=Rotation)

    @property
    def latent_means_free(self) -> bool:
        """Whether latent means are estimated where nothing is written about them."""
        return "int_lv_free" in self.automatic


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table.

    Attributes
    ----------
    value : float
        Of a fixed parameter; NaN where it is taken from the sample (``exogenous``, and ``given``: covariances
        of the items of a composite).
    start : float
        NaN where the starting value is to be computed.
    key : str
        Rows with one key are equal.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    user: bool = False
    free: bool = True
    exogenous: bool = False
    given: bool = False
    value: float = math.nan
    start: float = math.nan
    lower: float = -math.inf
    upper: float = math.inf
    label: str = ""
    key: str = ""
    place: str = ""

    @property
    def name(self) -> str:
        """The parameter as lavaan's ``coef()`` names it, without the group."""
        return f"{self.lhs}{self.op}{self.rhs}"


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """All parameters of all groups, with the constraints between them.

    Attributes
    ----------
    levels : tuple of Variables
        Of a two-level model, whose levels stand in the place of groups: what each level has of ``variables``;
        empty for one level.
    """

    rows: tuple[Parameter, ...]
    constraints: tuple[Constraint, ...]
    variables: Variables
    n_groups: int
    mean_structure: bool
    parameterization: str = "delta"
    correlation: bool = False
    levels: tuple[Variables, ...] = ()
    rotation: Rotation | None = None

    @property
    def definitions(self) -> tuple[Constraint, ...]:
        """The ``:=`` lines."""
        return tuple(c for c in self.constraints if c.op == ":=")


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
        If a modifier has a wrong number of values or labels collide.
    """
    variables = classify(text.formulas, tuple(defaults.n_thresholds))
    mean_structure = (
        defaults.mean_structure or bool(variables.ordered) or any(f.op == "~1" for f in text.formulas)
    )
    defaults = replace(defaults, mean_structure=mean_structure)
    rows = []
    levels: tuple[Variables, ...] = ()
    if text.two_level:
        n_groups, levels = 2, variables_by_level(text.formulas)
        for level, own in enumerate(formulas_by_level(text.formulas), start=1):
            formulas = _ordered_covariances(own, variables)
            rows += _group_rows(formulas, levels[level - 1], defaults, level, 1)
        rows = [_centred(row, levels) for row in rows]
    else:
        labels = group_labels or tuple(str(group + 1) for group in range(n_groups))
        for group, own in enumerate(formulas_by_group(text.formulas, labels), start=1):
            parts = variables_of_group(own, variables)
            rows += _group_rows(_ordered_covariances(own, variables), parts, defaults, group, n_groups)
    _check_partial(rows, defaults)
    rows = _with_keys(rows, variables, defaults)
    _check_labels(rows, text.constraints)
    places = [(row.lhs, row.op, row.rhs, row.group) for row in rows]
    coding = effect_coding_constraints(places, variables.latent, defaults.effect_coding)
    constraints = (*text.constraints, *coding)
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


def _centred(row: Parameter, levels: tuple[Variables, ...]) -> Parameter:
    """Hold at zero the means of latent variables and of parts within: they belong to the second level."""
    centred = (*levels[0].latent, *levels[1].observed)
    if row.group == 1 and row.op == "~1" and not row.user and row.lhs in centred:
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
        rows = [_released(row, variables, defaults) for row in rows]
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
        if variables.composites and (of_weights := _following_weights(row, variables)):
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


def _following_weights(row: Parameter, variables: Variables) -> Parameter | None:
    """Take a row that rests on the weights of composites as it is, covariances of items from the sample."""
    owner = {x: one.name for one in variables.composites for x in one.items}
    if row.op == "~~" and row.lhs in owner and owner[row.lhs] == owner.get(row.rhs):
        return replace(row, free=False, given=True, value=math.nan)
    own = row.op == "~1" or (row.op == "~~" and row.lhs == row.rhs)
    return row if own and row.lhs in owner.values() else None


def _released(row: Parameter, variables: Variables, defaults: Defaults) -> Parameter:
    """Free from the second group on what equality over groups identifies."""
    equal = set(defaults.group_equal)
    latent = row.lhs in variables.latent
    own_variance = row.op == "~~" and row.lhs == row.rhs
    apart, ordered = defaults.thresholds_apart, row.lhs in variables.ordered
    # One threshold cannot tell the scale of the variable behind it.
    scaled = "thresholds" in equal and ordered and not (apart and defaults.n_thresholds.get(row.lhs, 0) == 1)
    free = (
        (
            row.op == "~1"
            and latent
            and not row.user
            and not defaults.latent_means_free
            and bool(equal & ({"intercepts"} if apart else {"intercepts", "thresholds"}))
            and "means" not in equal
        )
        or (row.op == "~1" and ordered and apart and "thresholds" in equal and "intercepts" not in equal)
        or (
            own_variance
            and latent
            and not row.user
            and (defaults.std_lv or row.lhs in exploratory_factors(variables.blocks))
            and "loadings" in equal
            and "lv_variances" not in equal
        )
        or (
            row.op == "=~"
            and apart
            and "loadings" in equal
            and "".join(row.name.split()) in {"".join(name.split()) for name in defaults.group_partial}
        )
        or (row.op == "~*~" and defaults.parameterization == "delta" and scaled)
        or (own_variance and defaults.parameterization == "theta" and scaled)
    )
    return replace(row, free=True, value=math.nan) if free else row


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
    allowed = 1 if formula.block or formula.level else n_groups
    if length not in (1, allowed):
        term = f"{formula.lhs} {formula.op} {formula.rhs}"
        raise ModelError(
            f"the modifier of {term} has {length} values for {allowed} group(s)",
            place=formula.place,
            cure="Give one value, or one a group in c()",
            code="modifier-length",
        )


def _with_keys(rows: list[Parameter], variables: Variables, defaults: Defaults) -> list[Parameter]:
    """Rows that share a key are equal; a fixed one among them fixes all."""
    partial = {"".join(name.split()) for name in defaults.group_partial}
    first: dict[str, str] = {}
    keys = []
    for row in rows:
        name = "".join(row.name.split())
        if row.group == 1:
            first[name] = row.label or name
            own = name
        else:
            # A label of the first group passes to the groups held equal to it.
            equal = name not in partial and _equal_over_groups(row, variables, defaults)
            own = first.get(name, name) if equal else f"{name}.g{row.group}"
        keys.append(row.label or own)
    fixed: dict[str, float] = {}
    shared = {key for key, count in Counter(keys).items() if count > 1}
    for row, key in zip(rows, keys, strict=True):
        if key in shared and not row.free and not row.exogenous:
            fixed.setdefault(key, row.value)
    return [
        replace(row, key=key, free=False, value=fixed[key]) if key in fixed else replace(row, key=key)
        for row, key in zip(rows, keys, strict=True)
    ]


def _check_partial(rows: list[Parameter], defaults: Defaults) -> None:
    known = {"".join(row.name.split()) for row in rows}
    for name in defaults.group_partial:
        if "".join(name.split()) not in known:
            near = get_close_matches("".join(name.split()), known, 1)
            cure = f"Did you mean {near[0]!r}?" if near else 'Write it as "f=~x2", "x2~1" or "x1~~x2"'
            place = "option group_partial"
            raise ModelError(f"the model has no parameter {name!r}", place=place, cure=cure, code="unknown")


def _equal_over_groups(row: Parameter, variables: Variables, defaults: Defaults) -> bool:
    equal = defaults.group_equal
    follows = row.op in FOLLOWS or bool(variables.composites and _following_weights(row, variables))
    if not equal or follows:
        return False
    latent = row.lhs in variables.latent
    endogenous = row.lhs in variables.endogenous
    kinds = {
        "=~": "loadings",
        "<~": "composite_loadings",
        "~": "regressions",
        "|": "thresholds",
        "~1": "means" if latent else "intercepts" if endogenous else "",
        "~*~": "",
    }
    if row.op == "~~":
        own = row.lhs == row.rhs
        if latent:
            kind = "lv_variances" if own else "lv_covariances"
        else:
            kind = ("residuals" if own else "residual_covariances") if endogenous else ""
    else:
        kind = kinds[row.op]
    return kind in equal


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
