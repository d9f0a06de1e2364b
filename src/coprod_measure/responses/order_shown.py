"""The order in which a person saw the questions: from the form, and for shuffled blocks from the platform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.name_map import NameMap
from coprod_measure.responses.columns import ColumnMap
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.imports.raw_table import Export

_FAR = 10_000.0  # more than any block has questions


def positions_shown(
    export: Export, columns: ColumnMap, names: NameMap | None, index: pd.Index
) -> pd.DataFrame | None:
    """Read the places of shuffled items.

    ``export``: with the columns that hold orders. ``columns``: which items the file has. Returns one column
    an item whose place is known for somebody; None when the file holds no order.
    """
    item_of = {id_: id_ for id_ in columns.items}
    item_of |= {export.table.header[position]: id_ for id_, position in columns.items.items()}
    if names:
        item_of |= {named.code: id_ for id_, named in names.items.items() if id_ in columns.items}
    found: dict[str, np.ndarray] = {}
    for position, code in export.order_ranks.items():
        if code in item_of:
            ranks = pd.to_numeric(export.table.cells[position], errors="coerce")
            found[item_of[code]] = ranks.to_numpy(dtype=float, na_value=np.nan)
    for position in export.order_lists:
        places, uniques = pd.factorize(export.table.cells[position].astype("str"))
        for unique, cell in enumerate(uniques):
            for rank, code in enumerate(str(cell).split("|"), start=1):
                if (id_ := item_of.get(code.strip())) is not None:
                    found.setdefault(id_, np.full(len(index), np.nan))[places == unique] = rank
    return pd.DataFrame(found, index=index) if found else None


def answers_as_shown(responses: Responses, items: Sequence[str]) -> np.ndarray | NotAvailable:
    """Answers as given, each row in the order in which that person saw the questions.

    Returns shape (n, p); a row of NaN where one person's order is not known. Not available when the form is
    unknown, or shuffled and the file does not say how.
    """
    form = responses.instrument.forms.get(responses.form)
    if form is None:
        return NotAvailable("the order in which items were shown is unknown: name the form that was fielded")
    if form.randomize_blocks and len(form.blocks) > 1:
        return NotAvailable("blocks were shown in random order, and the file does not say in which")
    wanted = set(items)
    order: list[str] = []
    places: list[np.ndarray] = []
    for number, block in enumerate(form.blocks):
        here = [id_ for id_ in block.items if id_ in wanted]
        if block.randomize and len(here) > 1:
            known = responses.positions
            if known is None or not set(here) <= set(known.columns):
                return NotAvailable("items were shown in random order, and the file does not say in which")
            within = known[here].to_numpy()
        else:
            within = np.broadcast_to(np.arange(len(here), dtype=float), (responses.n, len(here)))
        order += here
        places.append(within + number * _FAR)
    if not order:
        return NotAvailable("the form does not hold these items")
    place = np.concatenate(places, axis=1)
    answers = responses.shown[order].to_numpy()
    sorted_answers = np.take_along_axis(answers, np.argsort(place, axis=1, kind="stable"), axis=1)
    return np.where(np.isnan(place).any(axis=1)[:, None], np.nan, sorted_answers)
