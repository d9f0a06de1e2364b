"""Models that differ between groups: which formulas hold in which group."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.syntax import Formula
from coprod_measure.estimation.specification.variables import Variables, classify


def formulas_by_group(
    formulas: tuple[Formula, ...], labels: tuple[str, ...]
) -> tuple[tuple[Formula, ...], ...]:
    """Give every group its formulas.

    Parameters
    ----------
    formulas : tuple of Formula
        All outside of ``group:`` blocks, or all inside.
    labels : tuple of str
        Values of the grouping column in the order of the groups; a block names one of them (where lavaan
        takes blocks in the order written whatever their names), or counts.

    Returns
    -------
    tuple of tuple of Formula
        One a group. Without blocks every group has the same.

    Raises
    ------
    ModelError
        If blocks and groups do not match, or a formula stands before the first block.
    """
    if not any(f.block for f in formulas):
        return (formulas,) * len(labels)
    outside = next((f for f in formulas if not f.block), None)
    if outside is not None:
        _refuse(
            outside,
            f"{outside.lhs} {outside.op} {outside.rhs} stands before the first group: line",
            "Write it in every block it holds for",
        )
    found: dict[int, list[Formula]] = {group: [] for group in range(len(labels))}
    for formula in formulas:
        found[_position(formula, labels)].append(formula)
    for group, own in found.items():
        if not own:
            _refuse(
                formulas[0],
                f"the model has no block for group {labels[group]!r}",
                "Write a group: block for each group",
            )
    return tuple(tuple(own) for own in found.values())


def _position(formula: Formula, labels: tuple[str, ...]) -> int:
    """Find the group: a bare number counts, as in lavaan; a name or a quoted text is a value."""
    if formula.block.isdigit():
        if 1 <= int(formula.block) <= len(labels):
            return int(formula.block) - 1
        _refuse(formula, f"group {formula.block} of {len(labels)}", "Number the groups from 1, or name them")
    if labels == ("",):
        _refuse(formula, f"block {formula.block} of a model without groups", "Name the grouping column")
    label = formula.block.strip("\"'")
    if label not in labels:
        _refuse(formula, f"there is no group {label!r}", f"The groups are {', '.join(labels)}")
    return labels.index(label)


def _refuse(formula: Formula, cause: str, cure: str) -> NoReturn:
    raise ModelError(cause, place=formula.place, cure=cure, code="blocks")


def variables_of_group(formulas: tuple[Formula, ...], everywhere: Variables) -> Variables:
    """Read which part each variable plays in one group, with the order of the whole model.

    Parameters
    ----------
    formulas : tuple of Formula
        Of the group.
    everywhere : Variables
        Read from the formulas of all groups.

    Raises
    ------
    ModelError
        If the group lacks a variable, or takes an observed variable of the others for a latent or fixed one.
    """
    own = classify(formulas, everywhere.ordered)
    for part, words in (("latent", "latent"), ("observed", "observed"), ("exogenous", "exogenous observed")):
        different = set(getattr(everywhere, part)) ^ set(getattr(own, part))
        if different:
            _refuse(
                formulas[0],
                f"the groups differ in their {words} variables ({', '.join(sorted(different))})",
                "Use the same variables in every block; write 0*x4 for a loading that is not there",
            )
    return replace(
        own,
        latent=everywhere.latent,
        observed=everywhere.observed,
        exogenous=everywhere.exogenous,
        formative=everywhere.formative,
        ordered=everywhere.ordered,
    )
