"""Which items measure which construct, and their keyed answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.answer_codes import warn_of_codes
from coprod_measure.errors import DataError
from coprod_measure.frames import data_frame, refuse, refuse_magnitudes
from coprod_measure.responses.dataset import Responses

Constructs = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ItemSet:
    """Keyed answers to the items of one construct.

    Attributes
    ----------
    construct : str
        Id of the construct.
    measurement : str
        ``"reflective"`` or ``"composite"``: a composite has no internal consistency.
    frame : pandas.DataFrame
        One column an item id, float with NaN where no answer is.
    codes : mapping
        Item id to the codes of its scale, ascending; the observed ones where no instrument tells.
    """

    construct: str
    measurement: str
    frame: pd.DataFrame
    codes: Mapping[str, tuple[float, ...]]

    @property
    def items(self) -> tuple[str, ...]:
        """Item ids in the order of the instrument."""
        return tuple(self.frame.columns)

    @property
    def n(self) -> int:
        """Respondents who answered at least one of the items."""
        return int(self.frame.notna().any(axis=1).sum())


def item_sets(data: Responses | pd.DataFrame, constructs: Constructs | None = None) -> tuple[ItemSet, ...]:
    """Sort the answers by construct.

    Parameters
    ----------
    data : Responses or pandas.DataFrame
        Clean responses, or a frame of items keyed so that high always means high.
    constructs : mapping of str to sequence of str, optional
        Construct id to item ids. Left out: the instrument's own, or one construct of all columns.

    Returns
    -------
    tuple of ItemSet
        Constructs of which the data hold at least one item.

    Raises
    ------
    DataError
        If an item is not in the data or not numeric, or there are no respondents.
    """
    if not isinstance(data, Responses):
        data = data_frame(data, " or clean responses")
    if len(data.frame if isinstance(data, Responses) else data) == 0:
        raise DataError(
            "there are no respondents", cure="Look at the flow of the cleaning rules", code="no-respondents"
        )
    if isinstance(data, Responses):
        return _of_responses(data, constructs)
    mapping = constructs if constructs is not None else {"scale": [str(name) for name in data.columns]}
    _require(data, mapping)
    found = []
    for construct, items in mapping.items():
        frame = data[list(items)].astype(float)
        refuse_magnitudes(frame.to_numpy(), list(frame.columns), infinite=True)
        warn_of_codes(frame.to_numpy(), list(frame.columns))
        codes = {item: tuple(float(v) for v in np.unique(frame[item].dropna())) for item in frame.columns}
        found.append(ItemSet(construct, "reflective", frame, codes))
    return tuple(found)


def is_nominal(data: Responses | pd.DataFrame, item: str, fewest: int = 3) -> bool:
    """Whether an item's codes are names: so many answers or more without an order.

    A mean of such codes, or a correlation with them, would change if the answers were numbered otherwise;
    the mean of two codes is the share of one of them.
    """
    if not isinstance(data, Responses) or item not in data.instrument.items:
        return False
    scale = data.instrument.scale_of(item)
    return scale is not None and not scale.ordered and len(scale.codes) >= fewest


def _of_responses(data: Responses, constructs: Constructs | None) -> tuple[ItemSet, ...]:
    instrument = data.instrument
    if constructs is None:
        constructs = {
            name: [item.id for item in instrument.items_of(name) if item.id in data.frame]
            for name in instrument.constructs
        }
    _require(data.frame, constructs)
    found = []
    for construct, items in constructs.items():
        if not items:
            continue
        frame = data.frame[list(items)].astype(float)
        codes = {item: _codes(data, item) for item in items}
        known = instrument.constructs.get(construct) or instrument.theory.constructs.get(construct)
        found.append(ItemSet(construct, known.measurement if known else "reflective", frame, codes))
    return tuple(found)


def _codes(data: Responses, item: str) -> tuple[float, ...]:
    scale = data.instrument.scale_of(item) if item in data.instrument.items else None
    if scale is not None:
        return tuple(float(code) for code in scale.codes)
    return tuple(float(v) for v in np.unique(data.frame[item].dropna()))


def _require(frame: pd.DataFrame, constructs: Constructs) -> None:
    for construct, items in constructs.items():
        if twice := sorted({item for item in items if list(items).count(item) > 1}):
            raise DataError(
                f"{', '.join(twice)} stands twice among the items of {construct}",
                cure="Name each item once",
                code="item-twice",
            )
    refuse(frame, [item for items in constructs.values() for item in items])


def factors_of(model: str) -> dict[str, list[str]]:
    """Observed indicators of each latent variable of a model, in order of appearance.

    Indicators that are latent variables themselves are left out.

    ``model``: lavaan model syntax.
    """
    from coprod_measure.estimation.specification.syntax import parse_model

    found: dict[str, list[str]] = {}
    for formula in parse_model(model).formulas:
        if formula.op == "=~":
            found.setdefault(formula.lhs, []).append(formula.rhs)
    observed = {name: [item for item in items if item not in found] for name, items in found.items()}
    return {name: items for name, items in observed.items() if items}
