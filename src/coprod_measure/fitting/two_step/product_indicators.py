"""Products of items as indicators of a product of factors: the second opinion about an interaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal, get_args

import pandas as pd

from coprod_measure.arguments import one_of
from coprod_measure.errors import ModelError
from coprod_measure.frames import refuse, refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown

Pairs = Literal["matched", "all"]


@dataclass(frozen=True, slots=True, repr=False)
class ProductIndicators(Shown):
    """Data with products, and the lines that a model needs for them.

    Attributes
    ----------
    data : pandas.DataFrame
        Items of both factors centred, products centred again.
    model : str
        How the products measure their factor; residuals covary where products share an item.
    pairs : tuple of (str, str)
        Which items were multiplied.
    """

    data: pd.DataFrame
    model: str
    pairs: tuple[tuple[str, str], ...]


@takes_frame
def product_indicators(
    data: pd.DataFrame,
    first: Sequence[str],
    second: Sequence[str],
    *,
    name: str = "XZ",
    pairs: str = "matched",
) -> ProductIndicators:
    """Multiply items of two factors, double-mean-centred, so that no mean of the product is needed.

    Parameters
    ----------
    first, second : sequence of str
        Items of the factors; matched pairs are taken in this order: list them by loading.
    name : str
        Of the product factor.
    pairs : str
        ``"matched"`` or ``"all"`` (each item of the first with each of the second).

    Raises
    ------
    DataError
        If an item is not in the data.
    ModelError
        If matched factors have different numbers of items.

    References
    ----------
    Lin, G.-C., Wen, Z., Marsh, H. W., & Lin, H.-S. (2010). Structural equation models of latent interactions:
    clarification of orthogonalizing and double-mean-centering strategies. Structural Equation Modeling, 17.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 2.0, 5.0]})
    >>> product_indicators(data, ["a"], ["b"]).model
    'XZ =~ a.b'
    """
    kind = one_of("pairs", pairs, get_args(Pairs))
    refuse(data, [*first, *second])
    if kind == "matched" and len(first) != len(second):
        raise ModelError(
            f"{len(first)} items cannot be matched with {len(second)}",
            place="product indicators",
            cure='Use pairs="all", or name equally many items',
        )
    chosen = list(zip(first, second, strict=True)) if kind == "matched" else list(product(first, second))
    items = list(dict.fromkeys((*first, *second)))
    answers = data[items].apply(pd.to_numeric, errors="coerce").astype(float)
    refuse_magnitudes(answers.to_numpy(), items, infinite=True)
    centred = answers - answers.mean()
    made = {f"{a}.{b}": centred[a] * centred[b] for a, b in chosen}
    made = {label: values - values.mean() for label, values in made.items()}
    lines = [f"{name} =~ " + " + ".join(made)]
    for (one, pair), (other, rival) in combinations(zip(made, chosen, strict=True), 2):
        if set(pair) & set(rival):
            lines.append(f"{one} ~~ {other}")
    frame = data.assign(**{item: centred[item] for item in items}, **made)
    return ProductIndicators(frame, "\n".join(lines), tuple(chosen))
