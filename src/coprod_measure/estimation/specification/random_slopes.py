"""Slopes that differ between clusters: ``rv("s")*x`` at level 1 makes ``s`` a variable of level 2."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from coprod_measure.errors import ModelError

if TYPE_CHECKING:
    from coprod_measure.estimation.specification.syntax import Formula, ModelText


@dataclass(frozen=True, slots=True)
class SlopePath:
    """``outcome ~ rv("name")*predictor``."""

    name: str
    outcome: str
    predictor: str


def slope_paths(formulas: tuple[Formula, ...]) -> tuple[SlopePath, ...]:
    """List the paths whose slope differs between clusters."""
    return tuple(SlopePath(f.rv, f.lhs, f.rhs) for f in formulas if f.rv and f.op == "~")


def with_slopes(text: ModelText) -> ModelText:
    """Give every slope a variance and a mean at level 2, where they are not written.

    As in lavaan, slopes covary with nothing unless that is written.

    Raises
    ------
    ModelError
        If a slope stands elsewhere than at level 1, its predictor is no covariate of that level alone, or its
        name is a variable of level 1.
    """
    paths = [f for f in text.formulas if f.rv]
    if not paths:
        return text
    _check(paths, text.formulas)
    names = dict.fromkeys(f.rv for f in paths)
    moments = {(name, op, rhs) for name in names for op, rhs in (("~~", name), ("~1", ""))}
    marked = [
        replace(f, rv=f.lhs) if f.level == 2 and (f.lhs, f.op, f.rhs) in moments else f for f in text.formulas
    ]
    written = {(f.lhs, f.op, f.rhs) for f in marked if f.level == 2}
    first = {f.rv: f for f in reversed(paths)}
    added = [
        replace(first[name], lhs=name, op=op, rhs=rhs, fixed=(), level=2)
        for name, op, rhs in sorted(moments - written, key=lambda one: (list(names).index(one[0]), one[1]))
    ]
    return replace(text, formulas=(*marked, *added))


def _check(paths: list[Formula], formulas: tuple[Formula, ...]) -> None:
    inside = [f for f in formulas if f.level == 1]
    explained = {f.lhs for f in inside if f.op in ("~", "=~")} | {f.rhs for f in inside if f.op == "=~"}
    outside = {name for f in formulas if f.level == 2 for name in (f.lhs, f.rhs)}
    named = {name for f in inside for name in (f.lhs, f.rhs)}
    for f in paths:
        if f.block:
            _refuse(f, f"the slope {f.rv} stands in a block of one group", "Write one text for all groups")
        if f.rhs in explained:
            cause = f"{f.rhs}, whose slope {f.rv} is random, is latent or explained itself"
            _refuse(f, cause, "Give random slopes to observed covariates of level 1")
        if f.rhs in outside:
            cause = f"{f.rhs}, whose slope {f.rv} is random, stands at level 2 too"
            _refuse(f, cause, "Leave it to level 1; the means of clusters may be a covariate of level 2")
        if f.rv in named:
            _refuse(f, f"the slope {f.rv} bears the name of a variable", "Give it another name")


def _refuse(formula: Formula, cause: str, cure: str) -> NoReturn:
    raise ModelError(cause, place=formula.place, cure=cure, code="random-slope")
