"""What sorts respondents into groups: a column of the design, or a question with options."""

from __future__ import annotations

import pandas as pd

from coprod_measure.structure.evidence import Context
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.variables import DESIGN, Variable, country_facts, design_item

FEWEST_OF_A_PATH = 50
"""Respondents a group must have for a path of its own."""


def groups_of(id_: str, context: Context) -> pd.Series | None:
    """Give the group of each respondent; None where a construct sorts nobody.

    A construct of the design gives its column, or the answer to the question that bears its name;
    an observed construct of one question with options its codes.
    """
    clean = context.clean
    design = DESIGN.get(id_, "")
    if design in clean.about:
        return clean.about[design].astype("string").astype(object)
    if id_ in country_facts(context.theory, clean):
        return clean.about[id_].astype("string").astype(object)
    if named := design_item(clean, id_):
        return clean.frame[named]
    found = variables_of((id_,), context)
    if len(found) == 1 and not found[0].latent and len(found[0].items) == 1:
        item = found[0].items[0]
        return clean.frame[item] if clean.instrument.items[item].kind == "single_choice" else None
    return None


def constant_sum(variable: Variable, context: Context) -> bool:
    """Whether its questions share out a fixed total, so that their mean is the same for all."""
    items = [context.clean.instrument.items[name] for name in variable.items]
    return (
        not variable.latent
        and len(items) > 1
        and all(item.kind == "number" and item.minimum == 0 and item.maximum == 100 for item in items)
    )
