"""What sorts respondents: a column of the design, an item that sets an arm, a question with options."""

from __future__ import annotations

import re

import pandas as pd

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.variables import find_variables
from coprod_measure.theory.definition import DESIGN_COLUMNS, Theory

DESIGN = {"pro_category": "category", "partner_type": "partner", **{name: name for name in DESIGN_COLUMNS}}
"""Constructs that no question measures but the design knows, and their column."""
FEWEST_OF_A_PATH = 50
"""Respondents a group must have for a path of its own."""


def sorting_item(id_: str, context: Context) -> str | None:
    """Find the item whose answers sort people by a construct; None where the design or a table does."""
    if DESIGN.get(id_, "") in context.clean.about or id_ in country_facts(context.theory, context.clean):
        return None
    if named := design_item(context.clean, id_):
        return named
    found = find_variables(context.theory, context.clean, id_)
    return found[0].items[0] if len(found) == 1 and not found[0].latent else None


def group_names(id_: str, context: Context) -> dict[str, str]:
    """Give the words of each answer that sorts people, by its code as text; empty where no codes do.

    See :func:`coprod_measure.codes_as_text.code_as_text` for the text of a code.
    """
    item, instrument = sorting_item(id_, context), context.clean.instrument
    scale = instrument.scale_of(item) if item else None
    if scale is None:
        return {}
    words = scale.labels.get(instrument.languages[0], ())
    return dict(zip(map(code_as_text, scale.codes), words, strict=False))


def have_an_order(id_: str, context: Context) -> bool:
    """Whether the groups are answers whose order means something: those of an ordered scale, or numbers."""
    item = sorting_item(id_, context)
    if item is None:
        return False
    scale = context.clean.instrument.scale_of(item)
    return scale is None or scale.ordered


def groups_of(id_: str, context: Context) -> pd.Series | None:
    """Give the group of each respondent; None where a construct sorts nobody.

    A construct of the design gives its column, or the answer to the question that bears its name;
    an observed construct of one question with options to choose from, or without an order, its codes.
    """
    clean = context.clean
    design = DESIGN.get(id_, "")
    if design in clean.about:
        return clean.about[design].astype("string").astype(object)
    if id_ in country_facts(context.theory, clean):
        return clean.about[id_].astype("string").astype(object)
    if named := design_item(clean, id_):
        return clean.frame[named]
    found = find_variables(context.theory, clean, id_)
    if len(found) == 1 and not found[0].latent and len(found[0].items) == 1:
        item = found[0].items[0]
        scale = clean.instrument.scale_of(item)
        sorts = clean.instrument.items[item].kind == "single_choice" or (scale and not scale.ordered)
        return clean.frame[item] if sorts else None
    return None


def design_item(responses: Responses, id_: str) -> str | None:
    """Find the item of the design that sets a construct, or bears its name: ``ssb_choice_1``."""
    named = (
        item.id
        for item in responses.instrument.items.values()
        if item.role == "design" and id_ in (item.assigns, re.sub(r"_\d+$", "", item.id))
    )
    return next((name for name in named if name in responses.frame), None)


def country_facts(theory: Theory, responses: Responses) -> tuple[str, ...]:
    """Name the constructs of societies that a table of countries tells (:mod:`.responses.context_table`)."""
    told = responses.about.columns if "country" in responses.about else ()
    return tuple(id_ for id_ in told if id_ in theory.constructs and "society" in theory.constructs[id_].unit)


def arms_of(responses: Responses, id_: str) -> str | None:
    """Find the item that says in which arm people were; nobody is assigned to a category or partner."""
    return None if id_ in DESIGN else design_item(responses, id_)


def in_the_design(responses: Responses, id_: str) -> bool:
    """Whether a column or an item of the design says where each respondent stands."""
    return (
        DESIGN.get(id_, "") in responses.about
        or design_item(responses, id_) is not None
        or id_ in country_facts(responses.instrument.theory, responses)
    )
