"""How much of the gaps between categories is due to what the categories are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.arguments import whole_number
from coprod_measure.errors import DataError
from coprod_measure.frames import complete
from coprod_measure.structure.methods.resampling import resampled_counts


@dataclass(frozen=True, slots=True)
class GapExplained:
    """Means of categories, before and after what carries the gap is held constant.

    Attributes
    ----------
    share : float
        One minus the ratio of the variance of the means after to that before, both less their own error.
    ci_lower, ci_upper : float
        Percentile interval of 95 % over drawn people.
    pvalue : float
        Two-sided, of the share being one half.
    slopes : pandas.DataFrame
        ``name est reliability``: within categories, freed from the carriers' error.
    means : pandas.DataFrame
        ``group n mean adjusted``.
    """

    share: float
    ci_lower: float
    ci_upper: float
    pvalue: float
    slopes: pd.DataFrame
    means: pd.DataFrame
    people: int
    draws: int


def gap_explained(
    data: pd.DataFrame,
    outcome: str,
    carriers: Sequence[str],
    *,
    by: str,
    person: str,
    reliability: Mapping[str, float] | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> GapExplained:
    """Take the part of the gaps that goes through the carriers.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person and category.
    carriers : sequence of str
        Perceived characteristics of the categories.
    by, person : str
        Columns of the category and of the person.
    reliability : mapping of str to float
        Of carriers measured with error: the share of their variance over all rows that is no error.

    Raises
    ------
    DataError
        If there are fewer than three categories, they do not differ, or carriers depend on each other.

    Notes
    -----
    Mediation with a category as the cause: ``mean_c = adjusted_c + sum_k b_k * mean_c(carrier_k)``, the
    slopes taken within categories. The share is of variances among the means; the expected sampling variance
    of the means is taken off both, else error would count as a gap that nothing explains. Error of carriers
    makes slopes within too small, so that less would seem to be carried: its variance is taken off that of
    the carriers (Fuller 1987, *Measurement error models*, 2.2). People are drawn with replacement, all their
    rows together.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> kind = np.tile(np.arange(6), 300)
    >>> x = np.array([0, 0.5, 1, 1.5, 2, 2.5])[kind] + rng.normal(size=1800)
    >>> y = 0.6 * x + rng.normal(size=1800)
    >>> frame = pd.DataFrame({"person": np.repeat(np.arange(300), 6), "kind": kind, "x": x, "y": y})
    >>> round(gap_explained(frame, "y", ["x"], by="kind", person="person", draws=200).share, 1)
    1.0
    """
    whole_number("draws", draws, 1)
    rows = complete(data, [outcome, *carriers, by, person], [outcome, *carriers])
    code, names = pd.factorize(rows[by], sort=True)
    who, people = pd.factorize(rows[person])
    c, k = len(names), len(carriers)
    if c < 3:
        cause = f"{c} values of {by}: between so few there is no spread to explain"
        raise DataError(cause, place="gap explained", cure="Ask about three categories or more")
    W = np.column_stack([np.eye(c)[code], rows[[*carriers, outcome]].to_numpy(float)])
    cross = _drawn(W, who, c, draws, seed)
    told = np.array([(reliability or {}).get(name, 1.0) for name in carriers])
    raw, adjusted, slopes = _means(cross, c, (1.0 - told) * W[:, c : c + k].var(axis=0))
    # The sample's means hold its error, those of a drawn sample that and their own.
    times = np.r_[1.0, np.full(len(raw) - 1, 2.0)]
    before, after = (means.var(axis=1, ddof=1) - times * _noise(means) for means in (raw, adjusted))
    if before[0] <= 0:
        cause = f"the values of {by} do not differ in {outcome} beyond chance"
        raise DataError(cause, place="gap explained", cure="There is no gap to explain")
    shares = 1 - np.maximum(after, 0.0) / np.where(before > 0, before, np.nan)
    drawn = shares[1:][np.isfinite(shares[1:])]
    lower, upper = np.quantile(drawn, [0.025, 0.975])
    tail = min((drawn <= 0.5).mean(), (drawn >= 0.5).mean())
    pvalue = min(1.0, 2 * max(float(tail), 1 / len(drawn)))
    means = pd.DataFrame(
        {
            "group": names,
            "n": cross[0, range(c), range(c)].astype(int),
            "mean": raw[0],
            "adjusted": adjusted[0],
        }
    )
    within = pd.DataFrame({"name": list(carriers), "est": slopes[0], "reliability": told})
    return GapExplained(
        float(shares[0]), float(lower), float(upper), pvalue, within, means, len(people), len(drawn)
    )


def _drawn(W: np.ndarray, who: np.ndarray, c: int, draws: int, seed: int) -> np.ndarray:
    """Cross-products of the sample, then of drawn people; without draws that lack a category."""
    people = int(who.max()) + 1
    blocks = np.zeros((people, W.shape[1] ** 2))
    np.add.at(blocks, who, (W[:, :, None] * W[:, None, :]).reshape(len(W), -1))
    counts = resampled_counts(people, draws, seed)
    cross = np.vstack([blocks.sum(axis=0), counts @ blocks]).reshape(-1, W.shape[1], W.shape[1])
    filled = np.asarray((cross[:, range(c), range(c)] > 1).all(axis=1))
    if not filled[0]:
        cure = "Leave it out, or ask more people"
        raise DataError("a category has one row", place="gap explained", cure=cure)
    return np.asarray(cross[filled])


def _means(cross: np.ndarray, c: int, error: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of the outcome, the same with carriers held at their grand mean, slopes; one row a draw."""
    k = len(error)
    size = cross[:, range(c), range(c)]
    at = cross[:, :c, c:] / size[:, :, None]
    within = cross[:, c:, c:] - np.einsum("dci,dc,dcj->dij", at, size, at)
    if np.linalg.matrix_rank(within[0, :k, :k]) < k:
        raise DataError("carriers depend on each other", place="gap explained", cure="Leave one of them out")
    freed = within[:, :k, :k] - np.diag(error) * (size.sum(axis=1) - c)[:, None, None]
    if np.linalg.eigvalsh(freed[0])[0] <= 0:
        cause = "carriers cannot be told apart once their error is taken off"
        raise DataError(cause, place="gap explained", cure="Leave one of them out")
    slopes = np.linalg.solve(freed, within[:, :k, k:])[:, :, 0]
    x, raw = at[:, :, :k], at[:, :, k]
    return raw, raw - np.einsum("dck,dk->dc", x - x.mean(axis=1, keepdims=True), slopes), slopes


def _noise(means: np.ndarray) -> float:
    """Variance that sampling adds among the means, by the draws around the sample's."""
    gap = means[1:] - means[0]
    return float((gap - gap.mean(axis=1, keepdims=True)).var(axis=1, ddof=1).mean())
