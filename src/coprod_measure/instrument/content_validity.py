"""Do experts find that the items ask what they should? Indices of content validity from their ratings."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import InstrumentError
from coprod_measure.notebook import Shown

if TYPE_CHECKING:
    import pandas as pd

RELEVANT_FROM = 3
KAPPA_BANDS = ((0.74, "excellent"), (0.60, "good"), (0.40, "fair"))


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True, repr=False)
class ContentValidity(Shown):
    """Content validity of a set of items.

    Attributes
    ----------
    items : pandas.DataFrame
        One row an item: ``item n_raters n_relevant i_cvi i_cvi_ci_lower i_cvi_ci_upper i_cvi_required kappa
        verdict aiken_v aiken_v_ci_lower aiken_v_ci_upper``.
    average : float
        S-CVI/Ave, the mean of the items' indices; .90 and more is called excellent.
    universal : float
        S-CVI/UA, the share of items that every expert finds relevant.
    """

    items: pd.DataFrame
    average: float
    universal: float

    def table(self) -> pd.DataFrame:
        """One row an item."""
        return self.items


def content_validity(ratings: pd.DataFrame, *, lowest: int = 1, highest: int = 4) -> ContentValidity:
    """Compute every index for ratings of relevance.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row an item (index: item id), one column an expert, whole numbers from ``lowest`` to ``highest``;
        NaN where an expert did not rate.
    lowest, highest : int
        Ends of the rating scale. On the usual 1 to 4, ratings of 3 and 4 count as relevant; on another scale
        the upper half does.

    Raises
    ------
    InstrumentError
        If a rating lies outside the scale, or an item has fewer than two.
    """
    import pandas as pd

    values = ratings.to_numpy(dtype=np.float64)
    _refuse_bad_ratings(ratings, values, lowest, highest)
    relevant_from = RELEVANT_FROM if (lowest, highest) == (1, 4) else (lowest + highest) / 2 + 0.5
    rows = []
    for id_, row in zip(ratings.index, values, strict=True):
        rows.append(_item_row(str(id_), row[~np.isnan(row)], relevant_from, lowest, highest))
    items = pd.DataFrame(rows)
    return ContentValidity(items, float(items["i_cvi"].mean()), float((items["i_cvi"] == 1).mean()))


def _item_row(
    id_: str, given: NDArray[np.float64], relevant_from: float, lowest: int, highest: int
) -> dict[str, object]:
    n, relevant = len(given), int((given >= relevant_from).sum())
    around = item_cvi_interval(relevant, n)
    kappa = modified_kappa(relevant, n)
    aiken = aiken_v(given, lowest, highest)
    aiken_around = aiken_v_interval(aiken, n, lowest, highest)
    return {
        "item": id_,
        "n_raters": n,
        "n_relevant": relevant,
        "i_cvi": item_cvi(relevant, n),
        "i_cvi_ci_lower": around.lower,
        "i_cvi_ci_upper": around.upper,
        "i_cvi_required": required_item_cvi(n),
        "kappa": kappa,
        "verdict": kappa_verdict(kappa),
        "aiken_v": aiken,
        "aiken_v_ci_lower": aiken_around.lower,
        "aiken_v_ci_upper": aiken_around.upper,
    }


def _refuse_bad_ratings(
    ratings: pd.DataFrame, values: NDArray[np.float64], lowest: int, highest: int
) -> None:
    whole = np.isnan(values) | ((values >= lowest) & (values <= highest) & (values == np.round(values)))
    for row, column in np.argwhere(~whole)[:1]:
        raise InstrumentError(
            f"rating {values[row, column]:g} is no whole number from {lowest} to {highest}",
            place=f"item {ratings.index[row]}, expert {ratings.columns[column]}",
            cure="Mend the rating, or state the ends of the scale",
            code="bad-rating",
        )
    for row in np.flatnonzero((~np.isnan(values)).sum(axis=1) < 2)[:1]:
        raise InstrumentError(
            "fewer than two experts rated it",
            place=f"item {ratings.index[row]}",
            cure="Ask more",
            code="too-few-raters",
        )


def item_cvi(relevant: int, raters: int) -> float:
    """Share of experts who find an item relevant (I-CVI; Lynn 1986)."""
    return relevant / raters


def item_cvi_interval(relevant: int, raters: int, level: float = 0.95) -> Interval:
    """Exact binomial interval of an I-CVI (Clopper and Pearson 1934): wide for the usual panels."""
    from scipy.stats import binomtest

    found = binomtest(relevant, raters).proportion_ci(level, method="exact")
    return Interval(float(found.low), float(found.high))


def required_item_cvi(raters: int) -> float:
    """Smallest I-CVI to accept: 1 with up to 5 experts, .83 with 6 to 8, .78 with 9 and more (Lynn 1986)."""
    return 1.0 if raters <= 5 else 0.83 if raters <= 8 else 0.78


def chance_agreement(relevant: int, raters: int) -> float:
    """Probability that so many experts agree by chance: C(N, A) 0.5^N (Polit, Beck and Owen 2007)."""
    return float(comb(raters, relevant) * 0.5**raters)


def modified_kappa(relevant: int, raters: int) -> float:
    """I-CVI adjusted for chance: (I-CVI - pc) / (1 - pc) (Polit, Beck and Owen 2007)."""
    pc = chance_agreement(relevant, raters)
    return (item_cvi(relevant, raters) - pc) / (1 - pc)


def kappa_verdict(kappa: float) -> str:
    """Word for a modified kappa: excellent above .74, good from .60, fair from .40, else poor."""
    (excellent, _), *_ = KAPPA_BANDS
    if kappa > excellent:
        return "excellent"
    return next((word for bound, word in KAPPA_BANDS[1:] if kappa >= bound), "poor")


def lawshe_cvr(essential: int, raters: int) -> float:
    """Content validity ratio: (n_e - N/2) / (N/2), from -1 to 1 (Lawshe 1975)."""
    return (essential - raters / 2) / (raters / 2)


def critical_cvr(raters: int, alpha: float = 0.05, *, method: Literal["normal", "exact"] = "normal") -> float:
    """Smallest content validity ratio that chance hardly reaches, one-sided.

    Parameters
    ----------
    alpha : float
        Probability of an error of the first kind.
    method : {"normal", "exact"}
        ``normal``: z / sqrt(N), the corrected table of Wilson, Pan and Schumsky (2012). ``exact``: from the
        binomial distribution, as Ayre and Scally (2014); it steps with the number of experts.

    Raises
    ------
    InstrumentError
        If the panel is too small for any result to be significant (``exact``).
    """
    from scipy.stats import binom, norm

    if method == "normal":
        return float(norm.isf(alpha) / sqrt(raters))
    counts = np.arange(raters + 1)
    beyond = binom.sf(counts - 1, raters, 0.5)
    if beyond[-1] > alpha:
        raise InstrumentError(
            f"{raters} experts are too few: even if all agree, p is {beyond[-1]:.3f}",
            cure=f"Ask more experts, or use an alpha above {beyond[-1]:.3f}",
            code="too-few-raters",
        )
    return lawshe_cvr(int(counts[beyond <= alpha][0]), raters)


def content_validity_ratios(ratings: pd.DataFrame, *, lowest: int = 1, highest: int = 3) -> pd.DataFrame:
    """Judge items by the share of experts who call them essential (Lawshe 1975).

    Parameters
    ----------
    ratings : pandas.DataFrame
        As for :func:`content_validity`; the highest rating says that an item is essential.

    Returns
    -------
    pandas.DataFrame
        ``item n_raters n_essential cvr cvr_required essential``: the last whether the ratio reaches
        :func:`critical_cvr` of its experts at .05.

    Examples
    --------
    >>> import pandas as pd
    >>> ratings = pd.DataFrame([[3] * 8, [3] * 5 + [1] * 3], index=["a", "b"])
    >>> content_validity_ratios(ratings)[["cvr", "essential"]].values.tolist()
    [[1.0, True], [0.25, False]]
    """
    import pandas as pd

    values = ratings.to_numpy(dtype=np.float64)
    _refuse_bad_ratings(ratings, values, lowest, highest)
    n, essential = (~np.isnan(values)).sum(axis=1), (values == highest).sum(axis=1)
    found = pd.DataFrame({"item": ratings.index, "n_raters": n, "n_essential": essential})
    found["cvr"] = [lawshe_cvr(int(a), int(b)) for a, b in zip(essential, n, strict=True)]
    found["cvr_required"] = [critical_cvr(int(one)) for one in n]
    return found.assign(essential=found["cvr"] >= found["cvr_required"])


def aiken_v(ratings: NDArray[np.float64], lowest: int, highest: int) -> float:
    """Mean rating as a share of the scale: (mean - lowest) / (highest - lowest) (Aiken 1980)."""
    return float((ratings.mean() - lowest) / (highest - lowest))


def aiken_v_interval(v: float, raters: int, lowest: int, highest: int, level: float = 0.95) -> Interval:
    """Score interval of Aiken's V (Penfield and Giacobbi 2004).

    Parameters
    ----------
    raters : int
        Number of experts n; with k = highest - lowest, the interval is that of a proportion of n k trials.
    lowest, highest : int
        Ends of the rating scale.

    Returns
    -------
    Interval
        (2nkV + z^2 -+ z sqrt(4nkV(1 - V) + z^2)) / (2(nk + z^2)).
    """
    from scipy.stats import norm

    z = float(norm.isf((1 - level) / 2))
    trials = raters * (highest - lowest)
    middle, spread = 2 * trials * v + z * z, z * sqrt(4 * trials * v * (1 - v) + z * z)
    return Interval((middle - spread) / (2 * (trials + z * z)), (middle + spread) / (2 * (trials + z * z)))
