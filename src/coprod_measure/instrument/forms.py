"""What a form costs respondents and what its planned gaps leave of the covariances."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coprod_measure.instrument.definition import Form, Instrument, Item
from coprod_measure.instrument.wording import item_text, options
from coprod_measure.notebook import Shown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

WORDS_PER_MINUTE = 238.0
SECONDS_TO_ANSWER = {
    "scale": 2.5,
    "single_choice": 4.0,
    "multiple_choice": 8.0,
    "slider": 4.0,
    "number": 6.0,
    "text": 30.0,
    "display": 0.0,
}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, repr=False)
class Coverage(Shown):
    """Share of respondents expected to answer both items of a pair, under planned missing.

    Attributes
    ----------
    constructs : tuple of str
        Constructs of the form, in the order of the theory.
    lowest, mean : numpy.ndarray
        Shape (k, k): lowest and mean share over the item pairs of two constructs (of one, on the diagonal).
    """

    constructs: tuple[str, ...]
    lowest: NDArray[np.float64]
    mean: NDArray[np.float64]

    def table(self) -> pd.DataFrame:
        """One row a pair: ``construct_1 construct_2 lowest mean``."""
        import pandas as pd

        rows = [
            (one, two, self.lowest[i, j], self.mean[i, j])
            for i, one in enumerate(self.constructs)
            for j, two in enumerate(self.constructs[: i + 1])
        ]
        return pd.DataFrame(rows, columns=["construct_1", "construct_2", "lowest", "mean"])


def version_items(form: Form) -> dict[str, tuple[str, ...]]:
    """Items that each version of a form shows; one version ``all`` when nothing is left out."""
    if not form.versions:
        return {"all": form.item_ids}
    return {
        version: tuple(item for block in form.blocks if block.id in shown for item in block.items)
        for version, shown in form.versions.items()
    }


def pair_coverage(instrument: Instrument, form_id: str) -> Coverage:
    """Work out the covariance coverage that a planned missing design leaves.

    ``form_id``: a form of it; its versions are given to equal shares of the respondents. Returns 1 everywhere
    for a form without versions.
    """
    import numpy as np

    form = instrument.forms[form_id]
    versions = [set(items) for items in version_items(form).values()]
    members = _members(instrument, form)
    if not members:
        return Coverage((), np.ones((0, 0)), np.ones((0, 0)))
    counts = np.array([len(items) for items in members.values()])
    starts = np.cumsum(counts) - counts
    shown = np.array(
        [[item in version for version in versions] for items in members.values() for item in items]
    )
    shares = shown.astype(np.float64) @ shown.T / len(versions)
    # An item meets itself in all its answers: that says nothing about a pair, unless there is no other item.
    own, alone = np.diag(shares).copy(), counts == 1
    np.fill_diagonal(shares, np.inf)
    lowest = _blockwise(np.minimum, shares, starts)
    np.fill_diagonal(shares, 0.0)
    pairs = np.outer(counts, counts) - np.diag(counts)
    mean = _blockwise(np.add, shares, starts) / np.maximum(pairs, 1)
    for table in (lowest, mean):
        table[alone, alone] = own[starts[alone]]
    return Coverage(tuple(members), lowest, mean)


def _blockwise(ufunc: np.ufunc, table: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Reduce an item by item table to a construct by construct one."""
    reduced: NDArray[np.float64] = ufunc.reduceat(ufunc.reduceat(table, starts, axis=0), starts, axis=1)
    return reduced


def _members(instrument: Instrument, form: Form) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {id_: [] for id_ in instrument.constructs}
    for item_id in form.item_ids:
        item = instrument.items[item_id]
        if item.construct_id is not None and item.role == "construct":
            found[item.construct_id].append(item_id)
    return {id_: items for id_, items in found.items() if items}


def minutes(instrument: Instrument, form_id: str, language: str | None = None) -> dict[str, float]:
    """Estimate how long each version of a form takes.

    ``language``: language read; the source language without it. Minutes by version: words at 238 a minute
    (silent reading of English non-fiction, Brysbaert 2019), answer labels read once a block, plus
    :data:`SECONDS_TO_ANSWER` an item, which is our assumption.
    """
    form = instrument.forms[form_id]
    lang = language or instrument.languages[0]
    found: dict[str, float] = {}
    for version, shown in version_items(form).items():
        seconds = 0.0
        for block in form.blocks:
            items = [instrument.items[id_] for id_ in block.items if id_ in shown]
            seconds += _block_seconds(instrument, items, block.title.get(lang, ""), lang)
        found[version] = seconds / 60
    return found


def _block_seconds(instrument: Instrument, items: list[Item], title: str, language: str) -> float:
    texts = [title] if items else []
    texts += [item_text(instrument, item, language) for item in items]
    scales = dict.fromkeys(item.scale_id for item in items if item.scale_id)
    texts += [label for id_ in scales for _, label in options(instrument.scales[id_], language)]
    words = sum(len(_WORD.findall(text)) for text in texts)
    return words / WORDS_PER_MINUTE * 60 + sum(SECONDS_TO_ANSWER[item.kind] for item in items)
