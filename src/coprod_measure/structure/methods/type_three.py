"""Sums of squares of type III: what each effect of crossed factors adds to all others, and to covariates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from coprod_measure.errors import DataError
from coprod_measure.estimation.arrays import Floats


def type_three(
    y: Floats, cells: Sequence[tuple[object, ...]], factors: Sequence[str], covariates: Floats | None = None
) -> pd.DataFrame:
    """Test all effects of factors that are coded to sum to zero.

    Parameters
    ----------
    y : ndarray, shape (n,)
    cells : sequence of tuple
        Of each row, its level of each factor.
    covariates : ndarray, shape (n, q), optional
        What every effect is adjusted for.

    Returns
    -------
    pandas.DataFrame
        ``effect ss df f pvalue partial_eta_squared factors``, the last those of the effect.

    Examples
    --------
    >>> two = [("a",)] * 3 + [("b",)] * 3
    >>> type_three(np.array([1.0, 2, 3, 3, 4, 5]), two, ["arm"])[["ss", "f"]].to_numpy().round(2).tolist()
    [[6.0, 6.0]]
    """
    levels = [list(dict.fromkeys(cell[k] for cell in cells)) for k in range(len(factors))]
    if alone := [name for name, known in zip(factors, levels, strict=True) if len(known) < 2]:
        raise DataError(
            f"{', '.join(alone)} has one level", cure="Leave it out of the factors", code="one-level"
        )
    blocks: dict[tuple[str, ...], Floats] = {(): np.ones((len(y), 1))}
    for k, factor in enumerate(factors):
        codes = np.array([levels[k].index(cell[k]) for cell in cells])
        last = len(levels[k]) - 1
        coded = np.vstack([np.eye(last), -np.ones(last)])[codes]
        for names, block in list(blocks.items()):
            blocks[*names, factor] = (block[:, :, None] * coded[:, None, :]).reshape(len(y), -1)
    effects = [names for names in blocks if names]
    if covariates is not None:
        blocks[()] = np.column_stack([blocks[()], covariates])
    whole = np.column_stack(list(blocks.values()))
    if np.linalg.matrix_rank(whole) < whole.shape[1]:
        raise DataError("a cell of the design is empty", cure="Drop a factor or a level", code="empty-cell")
    rss, df = _rss(whole, y), len(y) - whole.shape[1]
    rows = []
    for names in effects:
        rest = np.column_stack([other for key, other in blocks.items() if key != names])
        own, ss = blocks[names].shape[1], _rss(rest, y) - rss
        f = ss / own / (rss / df)
        p = float(f_distribution.sf(f, own, df))
        rows.append((" x ".join(names), ss, own, f, p, ss / (ss + rss), names))
    return pd.DataFrame(rows, columns=["effect", "ss", "df", "f", "pvalue", "partial_eta_squared", "factors"])


def _rss(x: Floats, y: Floats) -> float:
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(rest @ rest)
