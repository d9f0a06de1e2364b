"""Heterotrait-monotrait ratios: whether items of two constructs agree less across than within."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg.blas import ssyrk

from coprod_measure.arguments import whole_number
from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.correlations import Correlations, Kind, Missing, correlations
from coprod_measure.measurement.guides import DISTINCT_LIMITS
from coprod_measure.measurement.item_sets import Constructs, factors_of, item_sets
from coprod_measure.measurement.sampling import (
    ALIKE,
    Answers,
    Data,
    Sampling,
    one_row,
    people,
    weighted_correlations,
)
from coprod_measure.measurement.validity.resampled_polychorics import resampled_polychorics
from coprod_measure.notebook import Shown
from coprod_measure.yaml_reading import did_you_mean

Array = NDArray[np.float64]
Mean = Literal["arithmetic", "geometric"]

HTMT_COLUMNS = (
    "construct_1",
    "construct_2",
    "htmt",
    "ci_lower",
    "ci_upper",
    "below_85",
    "below_90",
    "below_1",
)


@dataclass(frozen=True, slots=True, repr=False)
class Htmt(Shown):
    """Heterotrait-monotrait ratios of all pairs of reflective constructs.

    Attributes
    ----------
    ratios : pandas.DataFrame
        Symmetric, 1 on the diagonal.
    pairs : pandas.DataFrame
        One row a pair (:data:`HTMT_COLUMNS`): percentile interval, and whether its upper end lies below .85,
        .90 and 1 (the ratio itself where no interval was asked for).
    mean : str
        ``"arithmetic"`` (HTMT) or ``"geometric"`` (HTMT2).
    n, draws, seed : int
        Respondents and bootstrap draws (0: no interval).
    failed_draws : int
        Draws in which an item did not vary; left out.
    unavailable : dict
        Construct to the reason why it has no ratio.
    n_pairs : tuple of int or None
        Fewest and most respondents of a correlation of two items.
    sampling : tuple of str
        What correlations and draws know of: ``"cluster"``, ``"weights"``.
    """

    ratios: pd.DataFrame
    pairs: pd.DataFrame
    mean: str
    correlation: str
    missing: str
    n: int
    draws: int
    seed: int
    confidence: float
    failed_draws: int
    unavailable: dict[str, NotAvailable]
    messages: tuple[str, ...] = ()
    n_pairs: tuple[int, int] | None = None
    sampling: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a pair; columns :data:`HTMT_COLUMNS`."""
        return self.pairs.copy()


def htmt(
    model: str | Constructs | None,
    data: Data,
    *,
    mean: Mean = "arithmetic",
    correlation: Kind = "pearson",
    missing: Missing = "listwise",
    bootstrap: int = 0,
    confidence: float = 0.95,
    seed: int = 1,
) -> Htmt:
    """Compare correlations across constructs with those within.

    Absolute correlations are averaged, so that items keyed against their construct do no harm.

    Parameters
    ----------
    model : str, mapping or None
        Model syntax (its ``=~`` lines count), construct to items, or None for the instrument's own.
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person. Weights enter the correlations; draws are of whole clusters where there are such.
    mean : {"arithmetic", "geometric"}
        HTMT (Henseler, Ringle and Sarstedt 2015, eq. 6) or HTMT2 (Roemer, Schuberth and Henseler 2021).
    correlation : {"pearson", "polychoric"}
    missing : {"listwise", "pairwise"}
    bootstrap : int
        Draws for percentile intervals; 0 for none.

    Raises
    ------
    MeasurementError
        If there is no such mean, or fewer than two reflective constructs have two items or more.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.htmt(traits, bfi, bootstrap=0).table()["htmt"].round(2).tolist()
    [0.12]
    """
    whole_number("bootstrap", bootstrap, 0)
    if mean not in get_args(Mean):
        raise MeasurementError(
            f"there is no mean called {mean}", place="mean", cure=did_you_mean(mean, get_args(Mean))
        )
    data = one_row(data)
    answers, _ = people(data)
    members, unavailable = _members(model, answers)
    if len(members) < 2:
        raise MeasurementError(
            "fewer than two reflective constructs have two items or more",
            cure="HTMT compares constructs of several items each",
            code="too-few-constructs",
        )
    wanted = list(dict.fromkeys(item for items in members.values() for item in items))
    R = correlations(data, wanted, kind=correlation, missing=missing, invertible=False)
    members = _varying(R, members, unavailable)
    positions = {item: j for j, item in enumerate(R.items)}
    blocks = [np.array([positions[item] for item in items]) for items in members.values()]
    names = list(members)
    values = ratios(R.matrix, blocks, mean)
    whole = R.matrix if correlation == "polychoric" else None
    replicates, failed = bootstrap_ratios(R.answers, blocks, mean, bootstrap, seed, whole, R.sampling)
    return Htmt(
        ratios=pd.DataFrame(values, index=names, columns=names),
        pairs=_pairs(names, values, replicates, confidence),
        mean=mean,
        correlation=correlation,
        missing=missing,
        n=R.n,
        draws=bootstrap,
        seed=seed,
        confidence=confidence,
        failed_draws=failed,
        unavailable=unavailable,
        messages=R.warnings,
        n_pairs=_sizes_of_pairs(R.answers),
        sampling=R.sampling.named,
    )


def _sizes_of_pairs(answers: Array) -> tuple[int, int]:
    seen = (~np.isnan(answers)).astype(float)
    sizes = (seen.T @ seen)[np.tril_indices(answers.shape[1], -1)]
    return int(sizes.min()), int(sizes.max())


def ratios(R: Array, blocks: Sequence[NDArray[np.intp]], mean: Mean = "arithmetic") -> Array:
    """Heterotrait-monotrait ratios of every pair of blocks.

    Parameters
    ----------
    R : ndarray, shape (..., p, p)
        Correlation matrices.
    blocks : sequence of integer arrays
        Rows of each construct's items, two or more each.
    mean : {"arithmetic", "geometric"}

    Returns
    -------
    ndarray, shape (..., k, k)
        Symmetric, 1 on the diagonal.
    """
    membership = np.zeros((R.shape[-1], len(blocks)))
    for k, block in enumerate(blocks):
        membership[block, k] = 1.0
    absolute = np.abs(R)
    if mean == "geometric":
        with np.errstate(divide="ignore"):
            absolute = np.log(absolute)
    # Shared items count once within each construct, so the diagonal is taken out of the within sums only.
    sums = membership.T @ absolute @ membership
    sizes = membership.sum(axis=0)
    on_diagonal = np.diagonal(absolute, axis1=-2, axis2=-1) @ membership
    within = (np.diagonal(sums, axis1=-2, axis2=-1) - on_diagonal) / (sizes * (sizes - 1.0))
    across = sums / np.outer(sizes, sizes)
    if mean == "geometric":
        found = np.exp(across - 0.5 * (within[..., :, None] + within[..., None, :]))
    else:
        found = across / np.sqrt(within[..., :, None] * within[..., None, :])
    diagonal = np.arange(len(blocks))
    found[..., diagonal, diagonal] = 1.0
    return np.asarray(found)


@on_one_thread
def bootstrap_ratios(
    answers: Array,
    blocks: Sequence[NDArray[np.intp]],
    mean: Mean,
    draws: int,
    seed: int,
    polychorics: Array | None = None,
    sampling: Sampling = ALIKE,
) -> tuple[Array, int]:
    """Ratios in resampled respondents.

    Parameters
    ----------
    answers : ndarray, shape (n, p)
        NaN where no answer is; correlations are pairwise then.
    blocks, mean
        See :func:`ratios`.
    draws, seed : int
        Draw ``r`` uses the ``r``-th stream spawned from the seed, wherever it is computed.
    polychorics : ndarray, shape (p, p), optional
        Of the whole sample; given, each draw's correlations are polychoric too.
    sampling : Sampling
        Weights and clusters of the rows.

    Returns
    -------
    ndarray, shape (kept, k, k), int
        Ratios, and the number of draws left out because an item did not vary.
    """
    if polychorics is None:
        drawn = _resampled_correlations(answers, sampling, draws, seed)
    else:
        drawn = resampled_polychorics(answers, polychorics, draws, seed, sampling)
    kept = [ratios(R, blocks, mean) for R in drawn if R is not None]
    k = len(blocks)
    return (np.array(kept) if kept else np.empty((0, k, k))), draws - len(kept)


def _resampled_correlations(
    answers: Array, sampling: Sampling, draws: int, seed: int
) -> Iterator[Array | None]:
    complete = bool(np.all(np.isfinite(answers)))
    spread = np.nanstd(answers, axis=0)
    # Single precision is enough here: errors of 1e-6 against intervals of width 1e-2.
    scaled = ((answers - np.nanmean(answers, axis=0)) / spread).astype(np.float32)
    for rows in sampling.draws(len(scaled), draws, seed):
        if sampling.weights is not None:
            R = weighted_correlations(answers[rows], sampling.weights[rows])
        else:
            R = _correlate(scaled[rows]) if complete else _correlate_pairwise(scaled[rows])
        yield R if np.all(np.isfinite(R)) else None


def _correlate(x: NDArray[np.float32]) -> Array:
    n = len(x)
    means = x.mean(axis=0)
    upper = ssyrk(1.0, x, trans=1)
    covariance = np.asarray(upper, dtype=float)
    covariance = covariance + covariance.T - np.diag(np.diagonal(covariance)) - n * np.outer(means, means)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(np.diagonal(covariance))
        return np.asarray(covariance / np.outer(scale, scale))


def _correlate_pairwise(x: NDArray[np.float32]) -> Array:
    seen = np.isfinite(x).astype(np.float32)
    filled = np.nan_to_num(x)
    n = (seen.T @ seen).astype(float)
    sums = (filled.T @ seen).astype(float)
    squares = ((filled**2).T @ seen).astype(float)
    products = (filled.T @ filled).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = products - sums * sums.T / n
        variance = squares - sums**2 / n
        return np.asarray(covariance / np.sqrt(variance * variance.T))


def _members(
    model: str | Constructs | None, data: Answers
) -> tuple[dict[str, list[str]], dict[str, NotAvailable]]:
    if isinstance(model, str):
        sets: Mapping[str, tuple[str, list[str]]] = {
            name: ("reflective", items) for name, items in factors_of(model).items()
        }
    else:
        sets = {one.construct: (one.measurement, list(one.items)) for one in item_sets(data, model)}
    members, unavailable = {}, {}
    for name, (measurement, items) in sets.items():
        if measurement != "reflective":
            unavailable[name] = NotAvailable(
                f"measured as {measurement}: its items need not agree with each other"
            )
        elif len(items) < 2:
            unavailable[name] = NotAvailable("a single item has no correlations within")
        else:
            members[name] = items
    return members, unavailable


def _varying(
    R: Correlations, members: Mapping[str, Sequence[str]], unavailable: dict[str, NotAvailable]
) -> dict[str, list[str]]:
    """Keep the items that vary, and the constructs that keep two of them."""
    kept = {name: [item for item in items if item in R.items] for name, items in members.items()}
    for name, items in kept.items():
        if len(items) < 2:
            unavailable[name] = NotAvailable("fewer than two of its items vary")
    kept = {name: items for name, items in kept.items() if len(items) >= 2}
    if len(kept) < 2:
        raise MeasurementError(
            "fewer than two constructs have two items that vary",
            cure="Look at the items that everybody answered alike",
            code="constant-item",
        )
    return kept


def _pairs(names: Sequence[str], values: Array, replicates: Array, confidence: float) -> pd.DataFrame:
    tail = 50.0 * (1.0 - confidence)
    rows: list[tuple[object, ...]] = []
    for second in range(len(names)):
        for first in range(second):
            ratio = float(values[first, second])
            lower = upper = None
            if len(replicates):
                lower, upper = (
                    float(v) for v in np.percentile(replicates[:, first, second], [tail, 100.0 - tail])
                )
            judged = ratio if upper is None else upper
            limits = (guide.met(judged) for guide in DISTINCT_LIMITS)
            rows.append((names[first], names[second], ratio, lower, upper, *limits))
    return pd.DataFrame(rows, columns=list(HTMT_COLUMNS)).astype({"ci_lower": float, "ci_upper": float})


def examine(x: Examination, **kind: Any) -> Htmt:
    """Compute the part ``htmt``."""
    asked = x.options
    constructs = x.modelled
    return htmt(constructs, x.clean, missing="pairwise", bootstrap=asked.htmt_draws, seed=asked.seed, **kind)


def examine_variants(x: Examination) -> dict[str, Htmt | NotAvailable]:
    """Compute the part ``htmt_variants``: HTMT2, and both ratios by polychoric correlations."""
    kinds = {
        "HTMT2": {"mean": "geometric"},
        "polychoric HTMT": {"correlation": "polychoric"},
        "polychoric HTMT2": {"mean": "geometric", "correlation": "polychoric"},
    }
    return {
        name: x.attempt(f"htmt_variants, {name}", partial(examine, x, **kind)) for name, kind in kinds.items()
    }
