"""Whose the rows are: one row a person, what each weighs, and which people were drawn together."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import CoprodWarning, DataError, counted
from coprod_measure.frames import data_frame, refuse_magnitudes
from coprod_measure.frames import refuse as refuse_columns
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import CLUSTER, WEIGHT, Responses
from coprod_measure.yaml_reading import did_you_mean

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Answers: TypeAlias = Responses | pd.DataFrame

WHY_NOT = {
    "estimates": "it gives estimates without errors or tests, which clusters do not change",
    "random-data": "the random data that it compares with are rows drawn one by one",
    "ordered": "errors and tests of ordered answers are of rows drawn one by one",
    "shuffled": "it shuffles rows one by one, which must weigh the same and depend on nothing",
    "closed-form": "its test and its interval are of rows drawn one by one that weigh the same",
}
"""Why something takes no weights or no clusters, by the codes of :data:`~.parts.PARTS`."""


@dataclass(frozen=True, slots=True, repr=False)
class SurveyAnswers(Shown):
    """A plain frame of items with the columns that say how its people were drawn.

    Everything that takes a frame of items takes this in its place; ``Responses`` know their own design.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a person: items, and the columns named here.
    weights : str
        Column of sampling weights, above 0 in every row.
    cluster : str
        Column of the clusters that people were drawn in.

    Raises
    ------
    DataError
        If there is no such column, or a row has no weight or no cluster.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 2, 4.0], "b": [2, 1, 3.0], "c": [1, 3, 3.0], "w": [1, 1, 2.0]})
    >>> from coprod_measure import SurveyAnswers, reliability
    >>> float(reliability(SurveyAnswers(frame, weights="w")).table()["alpha"].round(3)[0])
    0.806
    """

    frame: pd.DataFrame
    weights: str = ""
    cluster: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", data_frame(self.frame))
        for name in filter(None, (self.weights, self.cluster)):
            if name not in self.frame:
                cure = did_you_mean(name, [str(column) for column in self.frame])
                raise DataError(f"there is no column {name}", cure=cure, code="unknown-column")
            refuse_columns(self.frame, [name], ())
        for name, wrong in (("weights", self._without_weight()), ("cluster", self._without_cluster())):
            if wrong:
                raise DataError(
                    f"{counted(wrong, 'row has', 'rows have')} no "
                    f"{'sampling weight above 0' if name == 'weights' else 'cluster'}",
                    place=f"column {getattr(self, name)}",
                    cure="Fill them in, or leave those rows out",
                    code="wrong-design",
                )

    @property
    def items(self) -> pd.DataFrame:
        """All other columns."""
        return self.frame.drop(columns=[name for name in (self.weights, self.cluster) if name])

    def sampling(self) -> tuple[pd.DataFrame, dict[str, str]]:
        """As :meth:`~coprod_measure.responses.dataset.Responses.sampling`."""
        asked = {"cluster": (CLUSTER, self.cluster), "weights": (WEIGHT, self.weights)}
        named = {option: pair for option, pair in asked.items() if pair[1]}
        columns = {column: self.frame[name] for column, name in named.values()}
        return pd.DataFrame(columns, index=self.frame.index), {o: column for o, (column, _) in named.items()}

    def _without_weight(self) -> int:
        if not self.weights:
            return 0
        weights = pd.to_numeric(self.frame[self.weights], errors="coerce").to_numpy(dtype=float)
        refuse_magnitudes(weights[:, None], [self.weights])
        return int(np.sum(~(np.isfinite(weights) & (weights > 0))))

    def _without_cluster(self) -> int:
        return int(self.frame[self.cluster].isna().sum()) if self.cluster else 0


Data: TypeAlias = Responses | pd.DataFrame | SurveyAnswers


def with_design(frame: pd.DataFrame, weights: str | None, cluster: str | None) -> Data:
    """Give the plain frame where neither is named."""
    return SurveyAnswers(frame, weights or "", cluster or "") if weights or cluster else frame


@dataclass(frozen=True, slots=True)
class Sampling:
    """What rows weigh and which belong together, in the order of the rows.

    Attributes
    ----------
    weights : ndarray, shape (n,), or None
    clusters : ndarray of int, shape (n,), or None
        Numbers from 0.
    """

    weights: Array | None = None
    clusters: Ints | None = None

    def __bool__(self) -> bool:
        return self.weights is not None or self.clusters is not None

    @property
    def named(self) -> tuple[str, ...]:
        """Options of a fit that say the same."""
        known = {"cluster": self.clusters, "weights": self.weights}
        return tuple(name for name, values in known.items() if values is not None)

    def of(self, rows: NDArray[Any]) -> Sampling:
        """Take some of the rows, by places or by yes and no."""
        weights = None if self.weights is None else self.weights[rows]
        clusters = None if self.clusters is None else np.unique(self.clusters[rows], return_inverse=True)[1]
        return Sampling(weights, clusters)

    def effective(self, n: int) -> float:
        """Rows that weigh the same and tell as much as ``n`` weighted ones (Kish 1965, eq. 11.7.6)."""
        return float(n) if self.weights is None else float(self.weights.sum() ** 2 / np.sum(self.weights**2))

    def summed(self, influences: Array) -> Array:
        """Compute the covariance of an estimate from what each row adds to its error, shape (q, q).

        Rows of a cluster are summed first (Binder 1983), with the factor ``C / (C - 1)`` of ``C`` clusters or
        rows.

        Parameters
        ----------
        influences : ndarray, shape (n, q)
        """
        sums = influences
        if self.clusters is not None:
            sums = np.zeros((int(self.clusters.max()) + 1, influences.shape[1]))
            np.add.at(sums, self.clusters, influences)
        sums = sums - sums.mean(axis=0)
        return np.asarray(sums.T @ sums * (len(sums) / max(len(sums) - 1, 1)))

    def draws(self, n: int, draws: int, seed: int) -> Iterator[Ints]:
        """Rows of each bootstrap draw: whole clusters where there are such, single rows elsewhere.

        Draw ``r`` uses the ``r``-th stream spawned from the seed. Rows carry their weights along (Davison and
        Hinkley 1997, sec. 3.8).
        """
        streams = (np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(draws))
        if self.clusters is None:
            yield from (rng.integers(0, n, n) for rng in streams)
            return
        order = np.argsort(self.clusters, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(self.clusters))[:-1])
        for rng in streams:
            yield np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])


ALIKE = Sampling()
"""Rows drawn one by one, of the same weight."""


def one_row(data: Data) -> Data:
    """Give one row a person, and say which, as :func:`people` does, for what hands data on."""
    return of_people(data) if isinstance(data, Responses) else data


def of_people(data: Responses) -> Responses:
    """Keep one row a person, and say which where a person has several."""
    found, occasion = data.one_row_a_person()
    if occasion is not None:
        keys = (("wave", occasion.wave), ("category", occasion.category))
        chosen = " and ".join(f"{key} {name}" for key, name in keys if name) or "the first row"
        warnings.warn(
            f"{occasion.people} people have {occasion.rows} rows: {chosen} of each person is taken. "
            "Choose another by responses.one_row_a_person(wave, category)",
            CoprodWarning,
            stacklevel=5,
        )
    return found


def people(data: Data, *, weights: str = "", cluster: str = "") -> tuple[Answers, Sampling]:
    """Give one row a person, and how the people were drawn.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
    weights, cluster : str
        Why such are not taken, by :data:`WHY_NOT`; empty where they are. ``"estimates"`` refuses nothing.

    Raises
    ------
    DataError
        If the data have weights or clusters that are not taken.

    Warns
    -----
    CoprodWarning
        Where people have several rows: which of them are taken.
    """
    answers, columns, options = _parted(data, {"weights": weights, "cluster": cluster})
    return answers, Sampling(
        columns[WEIGHT].to_numpy(dtype=float) if "weights" in options else None,
        pd.factorize(columns[CLUSTER])[0].astype(np.int64) if "cluster" in options else None,
    )


def modelled(
    data: Data, *, weights: str = "", cluster: str = ""
) -> tuple[Answers, pd.DataFrame, dict[str, str]]:
    """Give one row a person, its frame for models, and the options of a fit that name its design.

    ``weights``, ``cluster``: as for :func:`people`; clusters of ``"estimates"`` are left out of the options.
    """
    answers, columns, options = _parted(data, {"weights": weights, "cluster": cluster})
    if cluster:
        options.pop("cluster", None)
    frame = answers.frame if isinstance(answers, Responses) else answers
    return answers, frame.join(columns[list(options.values())]), options


def _parted(data: Data, not_taken: Mapping[str, str]) -> tuple[Answers, pd.DataFrame, dict[str, str]]:
    answers: Answers
    if isinstance(data, SurveyAnswers):
        answers, (columns, options) = data.items, data.sampling()
    elif isinstance(data, Responses):
        answers = of_people(data)
        columns, options = answers.sampling()
    else:
        answers, columns, options = data_frame(data, " or clean responses"), pd.DataFrame(), {}
    refuse(data, options, not_taken)
    return answers, columns, options


def refuse(data: Data, options: Mapping[str, str], not_taken: Mapping[str, str]) -> None:
    """Refuse weights and clusters that would be dropped.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
    options : mapping
        Design that the data have, as a fit names it.
    not_taken : mapping
        Option to a code of :data:`WHY_NOT`, or nothing.

    Raises
    ------
    DataError
    """
    for option, code in not_taken.items():
        if code not in ("", "estimates") and option in options:
            about, words = {"weights": ("weight", "weights")}.get(option, (option, "clusters"))
            cure = f"responses.without({about!r})" if isinstance(data, Responses) else "the plain frame"
            raise DataError(
                f"{words} are not taken here: {WHY_NOT[code]}",
                cure=f"Hand over {cure}",
                code=f"{option}-not-taken",
            )


def pairwise_covariance(x: Array, weights: Array | None = None) -> Array:
    """Covariances with divisor n - 1, each pair on its own rows.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        NaN where no value is.
    weights : ndarray, shape (n,), optional
        Sampling weights, brought to a mean of 1 in every pair, as ``cov.wt`` of R does for complete rows.
    """
    seen, filled = _centred(x)
    n = seen.T @ seen
    weighed = seen if weights is None else seen * weights[:, None]
    total = weighed.T @ seen
    sums = (filled * weighed).T @ seen
    with np.errstate(divide="ignore", invalid="ignore"):
        products = (filled * weighed).T @ filled
        return np.asarray((products - sums * sums.T / total) * (n / total) / (n - 1.0))


def weighted_correlations(x: Array, weights: Array | None = None) -> Array:
    """Pearson correlations, each pair on its own rows; as :func:`pairwise_covariance`."""
    seen, filled = _centred(x)
    weighed = seen if weights is None else seen * weights[:, None]
    total = weighed.T @ seen
    sums, squares = (filled * weighed).T @ seen, (filled**2 * weighed).T @ seen
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (filled * weighed).T @ filled - sums * sums.T / total
        variance = squares - sums**2 / total
        # What does not vary over the rows of a pair has a variance of rounding size.
        variance = np.where(variance > 1e-12 * squares, variance, np.nan)
        return np.asarray(covariance / np.sqrt(variance * variance.T))


def _centred(x: Array) -> tuple[Array, Array]:
    """Where answers are, and the answers about their means (which keeps the products exact), 0 elsewhere."""
    seen = np.isfinite(x)
    means = np.sum(x, axis=0, where=seen) / np.maximum(seen.sum(axis=0), 1)
    return seen.astype(float), np.where(seen, x - means, 0.0)
