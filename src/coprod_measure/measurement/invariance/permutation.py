"""Whether a level of invariance fails by more than chance: groups shuffled instead of rules of thumb."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.arguments import options_of, spelled, whole_number
from coprod_measure.errors import CoprodError, DataError, MeasurementError, NotAvailable
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.frames import takes_frame
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.invariance.groups import grouped_model
from coprod_measure.measurement.invariance.ladder import LEVELS
from coprod_measure.measurement.item_sets import Constructs
from coprod_measure.measurement.sampling import Data, one_row, refuse
from coprod_measure.notebook import Shown
from coprod_measure.provenance import sha256_of_bytes, versions
from coprod_measure.workers import Where, Workers

Array = NDArray[np.float64]
PERMUTATION_COLUMNS = ("statistic", "observed", "pvalue", "critical")
STATISTICS = ("chisq", "cfi", "rmsea")
PIECE = 10
"""Draws that are computed, kept and, when lost, computed again together."""


@dataclass(frozen=True, slots=True, repr=False)
class PermutationTest(Shown):
    """A level against the one below it, with groups shuffled.

    Attributes
    ----------
    statistics : pandas.DataFrame
        One row a change of ``chisq cfi rmsea`` (:data:`PERMUTATION_COLUMNS`): share of draws at least as bad,
        the observed one counted among them, and the value that 5 % of the draws go beyond.
    distribution : pandas.DataFrame
        One row a draw, one column a statistic.
    draws, failed, seed : int
        Draws asked for, and those that could not be fitted, which are left out.
    estimator : str
        Always ML: shuffling gives the distribution for which a robust test is a correction, at a fraction of
        its cost.
    """

    statistics: pd.DataFrame
    distribution: pd.DataFrame
    group: str
    level: str
    draws: int
    failed: int
    seed: int
    estimator: str = "ML"

    def table(self) -> pd.DataFrame:
        """One row a statistic; columns :data:`PERMUTATION_COLUMNS`."""
        return self.statistics.copy()


@spelled(Where, Workers)
@takes_frame
def permutation_test(
    model: str | Constructs | None,
    data: Data,
    *,
    group: str,
    level: Literal["metric", "scalar", "strict"] = "scalar",
    draws: int = 200,
    missing: str = "listwise",
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
    **where: Unpack[Where],
) -> PermutationTest:
    """Compare a level of invariance with what it does when groups mean nothing (Jorgensen et al. 2018).

    Parameters
    ----------
    model, data, group
        See :func:`~coprod_measure.measurement.invariance.groups.invariance`.
    level : {"metric", "scalar", "strict"}
        Compared with the level below it, by ML.
    missing : {"listwise", "fiml"}
    seed : int
        Every draw has its own stream.
    progress : callable, optional
        Called with a few words every ten draws.
    **where
        See :class:`coprod_measure.workers.Workers`; the draws stay the same.

    Raises
    ------
    CoprodError
        If the groups cannot be used, or a model cannot be fitted to the answers as they are.
    MeasurementError
        If more than half of the draws cannot be fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> found = cm.permutation_test(traits, bfi, group="gender", level="metric", draws=10).table()
    >>> found[["statistic", "observed"]].round(1).head(1).to_numpy().tolist()
    [['chisq', 8.2]]
    """
    whole_number("draws", draws, 1)
    names = list(LEVELS)
    if level not in names[1:4]:
        raise DataError(
            f"no permutation test of level {level!r}", cure=f"Choose from {', '.join(names[1:4])}"
        )
    data = one_row(data)
    if not isinstance(data, pd.DataFrame):
        refuse(data, data.sampling()[1], {"weights": "shuffled", "cluster": "shuffled"})
    text, frame, _ = grouped_model(model, data, group, missing)
    place = names.index(level)
    below, equal = (tuple(part for name in names[:k] for part in LEVELS[name]) for k in (place, place + 1))

    change = partial(_change, text, group, missing, below, equal)
    observed = change(frame)
    pieces = [(first, min(first + PIECE, draws)) for first in range(0, draws, PIECE)]
    workers = options_of(Workers, where)
    folder = workers.folder(lambda: _key(frame, text, group, missing, level, seed))
    found: dict[tuple[int, int], list[list[float]]] = {}
    for ends, own in workers.run_kept(
        partial(_shuffled, change, frame, group, seed),
        pieces,
        folder,
        lambda ends: f"{ends[0]}-{ends[1]}",
        list,
    ):
        found[ends] = own
        if progress:
            done = sum(last - first for first, last in found)
            progress(f"Shuffled groups of {group}, {level} level: {done} of {draws} draws")
    kept = [np.array(one) for ends in pieces for one in found[ends]]
    if len(kept) < 0.5 * draws:
        raise MeasurementError(
            f"only {len(kept)} of {draws} draws could be fitted", cure="Use fewer items or larger groups"
        )
    distribution = pd.DataFrame(np.array(kept), columns=list(STATISTICS))
    failed = draws - len(kept)
    return PermutationTest(_judged(observed, np.array(kept)), distribution, group, level, draws, failed, seed)


def _change(
    text: str, group: str, missing: str, below: tuple[str, ...], equal: tuple[str, ...], people: pd.DataFrame
) -> Array:
    """Fit both levels, and take the difference of their measures."""
    lower, upper = (
        cfa(text, people, group=group, group_equal=held, missing=missing, std_lv=True)
        for held in (below, equal)
    )
    return _measures(upper) - _measures(lower)


def _shuffled(
    change: Callable[[pd.DataFrame], Array], frame: pd.DataFrame, group: str, seed: int, ends: tuple[int, int]
) -> list[list[float]]:
    """Give the changes of some draws; those that cannot be fitted are left out."""
    labels, kept = frame[group].to_numpy(), []
    for draw in range(*ends):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draw,)))
        with suppress(CoprodError):
            kept.append(change(frame.assign(**{group: rng.permutation(labels)})).tolist())
    return kept


def _key(frame: pd.DataFrame, *asked: object) -> str:
    """Name all that changes a draw."""
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
    return sha256_of_bytes(repr((versions(), asked)).encode() + rows)[:16]


def _judged(observed: Array, distribution: Array) -> pd.DataFrame:
    # Bad is a higher chi-square, a lower CFI, a higher RMSEA; the observed order counts as one draw.
    worse = np.array([1.0, -1.0, 1.0])
    as_bad = np.sum(distribution * worse >= observed * worse - 1e-12, axis=0)
    return pd.DataFrame(
        {
            "statistic": STATISTICS,
            "observed": observed,
            "pvalue": (as_bad + 1.0) / (len(distribution) + 1.0),
            "critical": np.quantile(distribution * worse, 0.95, axis=0) * worse,
        },
        columns=list(PERMUTATION_COLUMNS),
    )


def _measures(fit: Fit) -> Array:
    if not fit.converged:
        raise MeasurementError("a model did not converge", code="not-converged")
    return np.array([float(fit.fit_measures[name]) for name in STATISTICS])


def examine(x: Examination) -> dict[str, PermutationTest | NotAvailable]:
    """Compute the part ``permutation``: metric and scalar level of every grouping."""
    found: dict[str, PermutationTest | NotAvailable] = {}
    for level in ("metric", "scalar"):
        tests = x.each_group(
            "permutation",
            lambda group, level=level: permutation_test(  # type: ignore[misc]
                x.modelled, x.clean, group=group, level=level, draws=x.options.permutations,
                missing=x.options.missing, seed=x.options.seed, progress=x.say,
            ),
        )  # fmt: skip
        found |= {f"{group}, {level}": test for group, test in tests.items()}
    return found
