"""Two-level models: which formulas and which parts of variables belong to which level."""

from __future__ import annotations

from typing import NoReturn

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.syntax import Formula
from coprod_measure.estimation.specification.variables import Variables, classify

LEVELS = ("within", "between")


def formulas_by_level(formulas: tuple[Formula, ...]) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """Give each level its formulas.

    Raises
    ------
    ModelError
        If a formula stands before the first ``level:`` line, or a level has none.
    """
    outside = next((f for f in formulas if not f.level), None)
    if outside is not None:
        what = f"{outside.lhs} {outside.op} {outside.rhs} stands before the first level: line"
        _refuse(outside, what, "Write it below level: 1 or level: 2")
    within, between = (tuple(f for f in formulas if f.level == level) for level in (1, 2))
    for number, own in ((1, within), (2, between)):
        if not own:
            cure = "Write a block for each level; y1 ~~ y1 for what only varies there"
            _refuse(formulas[0], f"the model has no block for level {number}", cure)
    return within, between


def variables_by_level(formulas: tuple[Formula, ...]) -> tuple[Variables, Variables]:
    """Read which part each variable plays at each level; the model has the variables of both.

    Raises
    ------
    ModelError
        If a name is latent at one level and observed at the other, a level has no observed variable, or a
        variable has thresholds.
    """
    within, between = (classify(own) for own in formulas_by_level(formulas))
    for one, other in ((within, between), (between, within)):
        both = sorted(set(one.latent) & set(other.observed))
        if both:
            cure = "Give the latent variable another name"
            _refuse(formulas[0], f"{both[0]} is latent at one level and observed at the other", cure)
    for number, own in enumerate((within, between), start=1):
        if not own.observed:
            _refuse(formulas[0], f"level {number} has no observed variable", "Write what varies there")
    cut = next((f for f in formulas if f.op in ("|", "~*~", "<~")), None)
    if cut is not None:
        what = "thresholds, scales and composites are not available in two-level models"
        _refuse(cut, what, "Take the answers as continuous")
    return within, between


def _refuse(formula: Formula, cause: str, cure: str) -> NoReturn:
    raise ModelError(cause, place=formula.place, cure=cure, code="blocks")


def exogenous_names(formulas: tuple[Formula, ...]) -> tuple[str, ...]:
    """Name the covariates of a model, of either level where it has two."""
    parts = formulas_by_level(formulas) if any(f.level for f in formulas) else (formulas,)
    return tuple(dict.fromkeys(name for own in parts for name in classify(own).exogenous))
