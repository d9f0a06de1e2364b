"""Whether items can be factored, and how many factors chance alone would not give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from coprod_measure.arguments import one_of, options_of, share, spelled, whole_number
from coprod_measure.errors import MeasurementError
from coprod_measure.estimation.solution.extraction import squared_multiple_correlations
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.correlations import Correlations, Kind, correlations
from coprod_measure.measurement.sampling import Data, one_row, people
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]
Eigenvalues = Literal["factors", "components"]
Null = Literal["normal", "resample"]
Communalities = Literal["one_factor", "smc"]

PARALLEL_COLUMNS = ("position", "eigenvalue", "random_mean", "random_percentile", "retained")
KMO_COLUMNS = ("item", "msa")
_BATCH = 250


@dataclass(frozen=True, slots=True, repr=False)
class SamplingAdequacy(Shown):
    """Kaiser-Meyer-Olkin measure and Bartlett's test.

    Attributes
    ----------
    kmo : float
        Overall measure of sampling adequacy.
    items : pandas.DataFrame
        One row an item (:data:`KMO_COLUMNS`).
    chisq, df, pvalue : float, int, float
        Bartlett's test that all correlations are zero; NaN with weights or clusters, for which it does not
        hold.
    n : int
        Respondents with at least one answer.
    """

    kmo: float
    items: pd.DataFrame
    chisq: float
    df: int
    pvalue: float
    n: int

    def table(self) -> pd.DataFrame:
        """One row an item; columns :data:`KMO_COLUMNS`."""
        return self.items.copy()


class ParallelKeywords(TypedDict, total=False):
    """Keywords of :func:`parallel_analysis`; see :class:`ParallelOptions`."""

    kind: Eigenvalues
    communalities: Communalities
    percentile: float
    null: Null
    correlation: Kind


@dataclass(frozen=True, slots=True)
class ParallelOptions:
    """Which eigenvalues are compared with which.

    Attributes
    ----------
    kind : {"factors", "components"}
        Eigenvalues of the reduced correlation matrix (Humphreys and Montanelli 1975), or of the correlation
        matrix itself (Horn 1965).
    communalities : {"one_factor", "smc"}
        Diagonal of the reduced matrix: communalities of a single minres factor (as R's psych does unless told
        otherwise), or squared multiple correlations, which tend to keep more factors.
    percentile : float
        Of the random eigenvalues that an observed one must exceed (Glorfeld 1995).
    null : {"normal", "resample"}
        Random data are independent normal, or each item's own answers drawn with replacement.
    correlation : {"pearson", "polychoric"}
        Kind of the observed correlations; the random ones are Pearson.
    """

    kind: Eigenvalues = "factors"
    communalities: Communalities = "one_factor"
    percentile: float = 95.0
    null: Null = "normal"
    correlation: Kind = "pearson"

    def __post_init__(self) -> None:
        one_of("kind", self.kind, get_args(Eigenvalues))
        one_of("communalities", self.communalities, get_args(Communalities))
        one_of("null", self.null, get_args(Null))
        share("percentile / 100", self.percentile / 100)


@dataclass(frozen=True, slots=True, repr=False)
class ParallelAnalysis(Shown):
    """Eigenvalues beside those of data without any common factor.

    Attributes
    ----------
    eigenvalues : pandas.DataFrame
        One row a position (:data:`PARALLEL_COLUMNS`); ``retained`` is True down to the first position whose
        eigenvalue does not exceed ``random_percentile``.
    n_factors : int
        How many are retained.
    kind, communalities : str
        ``"factors"`` (of the reduced correlation matrix, its diagonal filled as ``communalities`` says) or
        ``"components"`` (of the correlation matrix itself).
    null : str
        ``"normal"`` or ``"resample"``.
    """

    eigenvalues: pd.DataFrame
    n_factors: int
    kind: str
    communalities: str
    percentile: float
    draws: int
    seed: int
    n: int
    null: str

    def table(self) -> pd.DataFrame:
        """One row a position; columns :data:`PARALLEL_COLUMNS`."""
        return self.eigenvalues.copy()


def sampling_adequacy(data: Data, items: list[str] | None = None) -> SamplingAdequacy:
    """KMO and Bartlett's test of the items together.

    Parameters
    ----------
    data : Responses or pandas.DataFrame
    items : list of str, optional
        Left out: all items of reflective constructs, or all columns.
    """
    R = correlations(data, items)
    overall, per_item = kmo(R.matrix)
    chisq, df, pvalue = bartlett(R.matrix, R.n)
    if R.sampling:
        chisq = pvalue = float("nan")
    table = pd.DataFrame({"item": R.items, "msa": per_item}, columns=list(KMO_COLUMNS))
    return SamplingAdequacy(overall, table, chisq, df, pvalue, R.n)


def kmo(R: Array) -> tuple[float, Array]:
    """Measure of sampling adequacy (Kaiser and Rice 1974, eq. 3), overall and for each variable.

    Parameters
    ----------
    R : ndarray, shape (p, p)
        Invertible correlation matrix.
    """
    inverse = np.linalg.inv(R)
    scale = np.sqrt(np.diagonal(inverse))
    partial = -inverse / np.outer(scale, scale)
    off = ~np.eye(len(R), dtype=bool)
    squared, squared_partial = np.where(off, R**2, 0.0), np.where(off, partial**2, 0.0)
    per_item = squared.sum(axis=0) / (squared.sum(axis=0) + squared_partial.sum(axis=0))
    return float(squared.sum() / (squared.sum() + squared_partial.sum())), per_item


def bartlett(R: Array, n: int) -> tuple[float, int, float]:
    """Test of sphericity (Bartlett 1951): chi-square, degrees of freedom, p.

    Parameters
    ----------
    R : ndarray, shape (p, p)
    n : int
        Respondents.
    """
    p = len(R)
    _, log_determinant = np.linalg.slogdet(R)
    chisq = float(-log_determinant * (n - 1 - (2 * p + 5) / 6))
    df = p * (p - 1) // 2
    return chisq, df, float(stats.chi2.sf(chisq, df))


@spelled(ParallelKeywords, ParallelOptions)
def parallel_analysis(
    data: Data,
    items: list[str] | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    **options: Unpack[ParallelKeywords],
) -> ParallelAnalysis:
    """Compare eigenvalues with those of unrelated variables (Horn 1965).

    Parameters
    ----------
    data : Responses or pandas.DataFrame
    items : list of str, optional
        Left out: all items of reflective constructs, or all columns.
    draws : int
        Random data sets; with weights they hold Kish's effective number of respondents. Clusters are refused.
    **options
        See :class:`ParallelOptions`.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> items = [item for own in traits.values() for item in own]
    >>> cm.parallel_analysis(bfi, items, draws=50).n_factors
    2
    """
    asked = options_of(ParallelOptions, options)
    whole_number("draws", draws, 1)
    if draws < 20:
        raise MeasurementError(f"{draws} random data sets tell nothing", cure="Ask for 100 or more draws")
    data = one_row(data)
    people(data, cluster="random-data")
    R = correlations(data, items, kind=asked.correlation)
    n = round(R.sampling.effective(R.n))
    diagonal = asked.communalities if asked.kind == "factors" else None
    observed = eigenvalues_of(R.matrix[None], diagonal)[0]
    rng = np.random.default_rng(seed)
    batches = [min(_BATCH, draws - start) for start in range(0, draws, _BATCH)]
    if asked.null == "normal":
        random = [random_correlations(n, len(observed), count, rng) for count in batches]
    else:
        random = [_resampled(R, n, count, rng) for count in batches]
    values = np.concatenate([eigenvalues_of(batch, diagonal) for batch in random])
    threshold = np.percentile(values, asked.percentile, axis=0)
    beaten = observed > threshold
    n_factors = len(beaten) if beaten.all() else int(np.argmin(beaten))
    table = pd.DataFrame(
        {
            "position": np.arange(1, len(observed) + 1),
            "eigenvalue": observed,
            "random_mean": values.mean(axis=0),
            "random_percentile": threshold,
            "retained": np.arange(len(observed)) < n_factors,
        },
        columns=list(PARALLEL_COLUMNS),
    )
    return ParallelAnalysis(
        table, n_factors, asked.kind, asked.communalities, asked.percentile, draws, seed, R.n, asked.null
    )


def eigenvalues_of(R: Array, communalities: Communalities | None) -> Array:
    """Compute eigenvalues of many correlation matrices, of reduced ones when communalities are named.

    Parameters
    ----------
    R : ndarray, shape (draws, p, p)
    communalities : {"one_factor", "smc"} or None

    Returns
    -------
    ndarray, shape (draws, p)
        In descending order.
    """
    if communalities is not None:
        R = R.copy()
        diagonal = np.arange(R.shape[-1])
        smc = squared_multiple_correlations(R)
        filled = (
            smc if communalities == "smc" else one_factor_communalities(R, np.sqrt(np.maximum(smc, 1e-6)))
        )
        R[:, diagonal, diagonal] = filled
    return np.asarray(np.linalg.eigvalsh(R)[:, ::-1])


def one_factor_communalities(R: Array, magnitude: Array, *, sweeps: int = 200) -> Array:
    """Communalities of one minres factor for many matrices at once, by Harman and Jones' (1966) sweeps.

    Each loading in turn takes the value that minimises the squared residuals given the others,
    ``sum_j r_ij l_j / sum_j l_j^2`` over ``j != i``; communalities stay at or below .995.

    Parameters
    ----------
    R : ndarray, shape (draws, p, p)
    magnitude : ndarray, shape (draws, p)
        Absolute starting loadings; signs come from the first principal component.

    Returns
    -------
    ndarray, shape (draws, p)
    """
    p = R.shape[-1]
    first = np.linalg.eigh(R)[1][:, :, -1]
    loadings = magnitude * np.where(first < 0, -1.0, 1.0)
    limit = np.sqrt(0.995)
    for _ in range(sweeps):
        before = loadings.copy()
        for i in range(p):
            own = loadings[:, i]
            crossed = np.einsum("dj,dj->d", R[:, i, :], loadings) - R[:, i, i] * own
            others = np.einsum("dj,dj->d", loadings, loadings) - own**2
            loadings[:, i] = np.clip(crossed / np.maximum(others, 1e-12), -limit, limit)
        if float(np.max(np.abs(loadings - before))) < 1e-4:
            break
    return np.asarray(loadings**2)


def random_correlations(n: int, p: int, draws: int, rng: np.random.Generator) -> Array:
    """Correlation matrices of independent normal variables, without drawing the variables.

    The cross-products are Wishart; their Cholesky factor has independent entries (Bartlett 1933): normal
    below the diagonal, chi with ``n - 1 - i`` degrees of freedom on it.

    Returns
    -------
    ndarray, shape (draws, p, p)
    """
    factor = np.zeros((draws, p, p))
    rows, columns = np.tril_indices(p, -1)
    factor[:, rows, columns] = rng.standard_normal((draws, len(rows)))
    diagonal = np.arange(p)
    factor[:, diagonal, diagonal] = np.sqrt(rng.chisquare(n - 1 - diagonal, (draws, p)))
    factor /= np.linalg.norm(factor, axis=2, keepdims=True)
    return np.asarray(factor @ factor.transpose(0, 2, 1))


def _resampled(R: Correlations, n: int, draws: int, rng: np.random.Generator) -> Array:
    seen = np.isfinite(R.answers).T
    answers = [column[own] for column, own in zip(R.answers.T, seen, strict=True)]
    weights = [None if R.sampling.weights is None else R.sampling.weights[own] for own in seen]
    shares = [None if own is None else own / own.sum() for own in weights]
    pairs = list(zip(answers, shares, strict=True))
    found = np.empty((draws, len(answers), len(answers)))
    for draw in range(draws):
        chosen = [
            rng.integers(0, len(own), n) if p is None else rng.choice(len(own), n, p=p) for own, p in pairs
        ]
        sample = np.stack([own[rows] for (own, _), rows in zip(pairs, chosen, strict=True)])
        sample -= sample.mean(axis=1, keepdims=True)
        sample /= np.linalg.norm(sample, axis=1, keepdims=True)
        found[draw] = sample @ sample.T
    return found


def examine_adequacy(x: Examination) -> SamplingAdequacy:
    """Compute the part ``adequacy``."""
    return sampling_adequacy(x.clean, x.reflective)


def examine_number(x: Examination) -> ParallelAnalysis:
    """Compute the part ``parallel``."""
    asked = x.options
    return parallel_analysis(
        x.clean, x.reflective, draws=asked.parallel_draws, seed=asked.seed, correlation=asked.correlation
    )
