"""Scale scores: means, sums and proportions, with a stated minimum of answered items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.item_choice import chosen_items

Kind = Literal["mean", "sum", "proportion"]


@dataclass(frozen=True, slots=True, repr=False)
class Scores(Shown):
    """Result of :func:`score`.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a respondent, one column a construct; NaN where too few items were answered.
    about : pandas.DataFrame
        One row a construct: ``construct kind n_items minimum scored not_scored items``.
    """

    frame: pd.DataFrame
    about: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row a construct."""
        return self.about


def score(responses: Responses, kind: Kind = "mean", *, minimum: float = 0.8) -> Scores:
    """Score each construct from its keyed items.

    Parameters
    ----------
    responses : Responses
        The data; constructs without an item in them are passed over.
    kind : str
        ``"mean"`` of the answered items; ``"sum"``, the mean times the number of items, so that a missing
        answer counts as the person's own mean; ``"proportion"``, the mean as a share of the scale from lowest
        to highest code.
    minimum : float
        Share of the construct's items that must be answered, above 0 and up to 1.

    Raises
    ------
    ResponsesError
        If ``minimum`` is no share, or items of one construct have scales of different length (not for
        ``"proportion"``).

    Examples
    --------
    >>> import coprod_measure as cm
    >>> file = cm.shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> responses = cm.read_responses(file, cm.read_instrument("bfi25"))
    >>> cm.score(responses).table()[["construct", "scored", "not_scored"]].head(1).to_numpy().tolist()
    [['agreeableness', 2790, 10]]
    """
    if not 0 < minimum <= 1:
        raise ResponsesError(
            f"a minimum of {minimum:g} answered items is no share",
            cure="Give a share such as 0.8",
            code="bad-minimum",
        )
    frames: dict[str, np.ndarray] = {}
    rows = []
    for construct in responses.instrument.constructs:
        items = [item for item in chosen_items(responses, [construct], rated=False) if item.scale_id]
        if not items:
            continue
        ids = [item.id for item in items]
        codes = [responses.instrument.scales[str(item.scale_id)].codes for item in items]
        low = np.array([c[0] for c in codes], dtype=float)
        high = np.array([c[-1] for c in codes], dtype=float)
        if kind != "proportion" and (np.ptp(low) or np.ptp(high)):
            raise ResponsesError(
                f"the items of {construct!r} have scales of different length",
                cure='Score it as a "proportion"',
                code="unlike-scales",
            )
        answers = responses.frame[ids].to_numpy()
        if kind == "proportion":
            answers = (answers - low) / (high - low)
        needed = math.ceil(minimum * len(ids) - 1e-9)
        frames[construct] = mean_of_answered(answers, needed) * (len(ids) if kind == "sum" else 1)
        scored = int((~np.isnan(frames[construct])).sum())
        rows.append((construct, kind, len(ids), needed, scored, responses.n - scored, ", ".join(ids)))
    columns = ["construct", "kind", "n_items", "minimum", "scored", "not_scored", "items"]
    return Scores(pd.DataFrame(frames, index=responses.frame.index), pd.DataFrame(rows, columns=columns))


def mean_of_answered(answers: np.ndarray, needed: int) -> np.ndarray:
    """Mean over the answered items of each row, NaN with fewer than ``needed`` of them.

    Parameters
    ----------
    answers : numpy.ndarray
        Shape (n, p).
    needed : int
        At least 1.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    count = np.sum(~np.isnan(answers), axis=1)
    return np.where(count >= needed, np.nansum(answers, axis=1) / np.maximum(count, 1), np.nan)
