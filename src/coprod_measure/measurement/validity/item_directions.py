"""Which items run against the others of their construct: what averages of squared loadings cannot show."""

from __future__ import annotations

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.factors.confirmatory import Confirmatory
from coprod_measure.measurement.reliability.coefficients import Reliability
from coprod_measure.responses.keying import KeyingAudit


def opposed_items(
    reliable: Reliability, confirmed: Confirmatory | NotAvailable, keying: KeyingAudit | NotAvailable
) -> dict[str, str]:
    """Name constructs whose items run against each other, and the items.

    AVE squares signs away and a factor fits mirrored items as well as others, so that nothing else here can
    be read while an item points the wrong way.

    Parameters
    ----------
    reliable : Reliability
        Loadings of each construct alone; they tell the direction where the model over constructs has none.
    confirmed : Confirmatory or NotAvailable
        Loadings of the model over constructs. Its first item gives the direction, so that the others are the
        negative ones where that item is keyed wrongly.

    Returns
    -------
    dict
        Construct to the items in words: ``con_2, con_3 load negatively``.
    """
    negative = negative_items(reliable.loadings)
    if not isinstance(confirmed, NotAvailable):
        negative |= negative_items(confirmed.loadings)
    against = {} if isinstance(keying, NotAvailable) else _against(keying)
    reflective = set(reliable.loadings["construct"]) | set(negative)
    found = {}
    for name in dict.fromkeys([*negative, *(name for name in against if name in reflective)]):
        told = []
        if name in negative:
            told.append(f"{', '.join(negative[name])} {_verb(negative[name], 'load')} negatively")
        if name in against and against[name] != negative.get(name):
            told.append(f"{', '.join(against[name])} {_verb(against[name], 'run')} against the other items")
        found[name] = "; ".join(told)
    return found


def negative_items(loadings: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Items with a standardised loading below zero, by construct. ``loadings``: ``construct item std``."""
    below = loadings[loadings["std"] < 0]
    return {str(name): tuple(map(str, part["item"])) for name, part in below.groupby("construct", sort=False)}


def _against(keying: KeyingAudit) -> dict[str, tuple[str, ...]]:
    named = keying.items[keying.items["verdict"] == "against"]
    return {str(name): tuple(map(str, part["item"])) for name, part in named.groupby("construct", sort=False)}


def _verb(items: tuple[str, ...], verb: str) -> str:
    return f"{verb}s" if len(items) == 1 else verb
