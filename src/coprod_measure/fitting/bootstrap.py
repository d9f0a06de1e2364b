"""Bootstrap of a fit: every draw from its own seeded stream, failed draws counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from coprod_measure.arguments import one_of, share
from coprod_measure.errors import CoprodError, EstimationError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.model import Model, compile_model, exogenous_values
from coprod_measure.estimation.model.row_values import row_values
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.solution.estimate import Solution, resume
from coprod_measure.estimation.solution.rotated_solution import rotated_estimate
from coprod_measure.fitting.admissibility import inadmissible
from coprod_measure.fitting.data import Dataset, GroupData
from coprod_measure.fitting.draws import Draws
from coprod_measure.fitting.inference import chi_square_value
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.parameter_frame import row_names, shown
from coprod_measure.fitting.request import FitRequest
from coprod_measure.fitting.sample import build_discrepancy, sample_moments
from coprod_measure.fitting.threads import one_thread
from coprod_measure.provenance import sha256_of_bytes, versions
from coprod_measure.workers import Workers

Kind = Literal["nonparametric", "bollen_stine"]

PIECE = 100
"""Draws that are computed, kept and, when lost, computed again together."""

# Of F; with the step that follows, the error is far below the sampling error that a draw stands for.
TOLERANCE = 1e-8

# The jackknife takes differences of fits that are one respondent apart.
FINE_TOLERANCE = 1e-13
MOST_BLOCKS = 400


@dataclass(frozen=True, slots=True, repr=False)
class Bootstrap:
    """Draws of a bootstrap.

    Attributes
    ----------
    kind : str
        ``"nonparametric"`` or ``"bollen_stine"``.
    estimates : (r, q) float
        Free parameters of the draws that converged.
    chi_squares : (r,) float
        Their chi-squares.
    n_failed, n_inadmissible : int
        Draws without convergence (left out); with impossible estimates (kept).
    request, solution
        What was drawn from.
    """

    kind: Kind
    estimates: Floats
    chi_squares: Floats
    asked: Draws
    n_failed: int
    n_inadmissible: int
    request: FitRequest
    solution: Solution

    @property
    def n_draws(self) -> int:
        """Draws asked for."""
        return self.asked.number

    @property
    def seed(self) -> int:
        """Seed of the draws; the same one gives the same draws."""
        return self.asked.seed

    def __repr__(self) -> str:
        kept = f"{len(self.estimates)} of {self.n_draws} draws converged"
        return f"<{self.kind} bootstrap: {kept}, seed {self.seed}; table() gives errors and intervals>"

    def table(
        self, *, interval: Literal["percentile", "bca"] = "percentile", level: float = 0.95
    ) -> pd.DataFrame:
        """Put errors and intervals beside the estimates of the fit; see :func:`bootstrap_frame`."""
        return bootstrap_frame(self, interval=interval, level=level)

    def messages(self) -> list[str]:
        """Say how many draws failed or gave impossible estimates."""
        found = [f"bootstrap: {self.n_draws} draws with seed {self.seed}"]
        if self.n_failed:
            found.append(
                f"bootstrap: {counted(self.n_failed, 'draw')} did not converge and "
                f"{'was' if self.n_failed == 1 else 'were'} left out"
            )
        if self.n_inadmissible:
            found.append(
                f"bootstrap: {counted(self.n_inadmissible, 'draw')} gave impossible estimates and "
                f"{'was' if self.n_inadmissible == 1 else 'were'} kept"
            )
        return found

    def pvalue(self, chi_square: float) -> float:
        """Share of draws with a larger chi-square (Bollen & Stine 1992)."""
        return float((self.chi_squares > chi_square).mean())


def bootstrap_fit(
    request: FitRequest,
    solution: Solution,
    draws: Draws,
    *,
    kind: Kind = "nonparametric",
    workers: Workers | None = None,
) -> Bootstrap:
    """Draw respondents (or clusters of them) with replacement, within groups, and fit again.

    Parameters
    ----------
    request : FitRequest
        With raw data.
    solution : Solution
        Where each search starts.
    kind : str
        ``"bollen_stine"`` draws from data turned so that the model holds exactly.
    workers : Workers, optional
        Where; the draws stay the same, and pieces of :data:`PIECE` draws are kept.

    Raises
    ------
    EstimationError
        If there are no raw data, or neither the model itself nor any draw converges.
    """
    kind = cast(Kind, one_of("kind", kind, get_args(Kind)))
    request.need_answers("bootstrap", "the bootstrap needs")
    request.need_minimum("bootstrap")
    if not solution.minimum.converged:
        # Each draw would search as long in vain: a minute for twelve rows.
        cause = f"the model itself did not converge: {solution.minimum.reason}"
        raise EstimationError(cause, place="bootstrap", cure="Mend or simplify the model first")
    source = replace(request, data=_turned(request.data, solution)) if kind == "bollen_stine" else request
    pieces = [(first, min(first + PIECE, draws.number)) for first in range(0, draws.number, PIECE)]
    workers = workers or Workers()
    parts = workers.run_kept(
        partial(_draw_many, source, solution, draws),
        pieces,
        workers.folder(lambda: _key(source, solution, draws, kind)),
        lambda ends: f"{ends[0]}-{ends[1]}",
        _read,
    )
    found = [one for _, part in sorted(parts, key=lambda part: part[0]) for one in part]
    kept = [one for one in found if one is not None]
    if not kept:
        raise EstimationError(
            "no bootstrap draw converged", place="bootstrap", cure="Look at fit.messages first"
        )
    return Bootstrap(
        kind,
        np.array([one[0] for one in kept]),
        np.array([one[1] for one in kept]),
        draws,
        len(found) - len(kept),
        sum(one[2] for one in kept),
        request,
        solution,
    )


def _key(request: FitRequest, solution: Solution, draws: Draws, kind: str) -> str:
    """Name all that changes a draw, so that pieces of another model or other answers are never taken."""
    parts = [versions(), request.model, repr(request.options), kind, draws.seed, solution.minimum.x.tolist()]
    answers = b"".join(np.ascontiguousarray(group.answers).tobytes() for group in request.data.groups)
    return sha256_of_bytes(json.dumps(parts).encode() + answers)[:16]


def _draw_many(
    request: FitRequest, start: Solution, draws: Draws, ends: tuple[int, int]
) -> list[tuple[list[float], float, bool] | None]:
    refit = _refitter(request.options, start)
    with one_thread():
        return [_draw_one(request.data, draws.stream(k), refit) for k in range(*ends)]


def _read(
    content: Sequence[tuple[list[float], float, bool] | None],
) -> list[tuple[Floats, float, bool] | None]:
    return [None if one is None else (np.array(one[0], dtype=float), one[1], one[2]) for one in content]


def _draw_one(
    data: Dataset, rng: np.random.Generator, refit: Callable[[Dataset], Solution]
) -> tuple[list[float], float, bool] | None:
    try:
        solution = refit(replace(data, groups=tuple(_drawn(group, rng) for group in data.groups)))
    except (CoprodError, np.linalg.LinAlgError, FloatingPointError):
        return None
    if not solution.minimum.converged:
        return None
    return solution.minimum.x.tolist(), chi_square_value(solution), bool(inadmissible(solution, data.labels))


def _drawn(group: GroupData, rng: np.random.Generator) -> GroupData:
    """Draw respondents, or whole clusters where answers come in clusters (Davison and Hinkley 1997, 3.8)."""
    clusters = None
    if group.clusters is None:
        rows = rng.integers(0, len(group.answers), len(group.answers))
    else:
        _, number = np.unique(group.clusters, return_inverse=True)
        members = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
        chosen = [members[k] for k in rng.integers(0, len(members), len(members))]
        rows = np.concatenate(chosen)
        # A cluster drawn twice counts as two.
        clusters = np.repeat(np.arange(len(chosen)), [len(one) for one in chosen])
    return replace(_taken(group, rows), clusters=clusters)


def _taken(group: GroupData, rows: np.ndarray) -> GroupData:
    return replace(
        group,
        answers=group.answers[rows],
        n=len(rows),
        weights=None if group.weights is None else group.weights[rows],
        clusters=None if group.clusters is None else group.clusters[rows],
    )


def _refitter(
    options: FitOptions, full: Solution, tolerance: float = TOLERANCE
) -> Callable[[Dataset], Solution]:
    """Refit from the full sample's solution; only moments and fixed covariates change."""
    model, start = full.model, full.minimum.x

    def refit(data: Dataset) -> Solution:
        sample: SampleMoments = sample_moments(data, options, model.table)
        own = _with_covariates(model, sample)
        if model.table.variables.composites:
            own = compile_model(model.table, sample)
        if model.table.rotation is not None:
            return rotated_estimate(
                model.table,
                sample,
                lambda fitted: build_discrepancy(sample, options, fitted),
                model.values(start),
            )
        return resume(own, sample, build_discrepancy(sample, options, own), start, tolerance=tolerance)

    return refit


def _with_covariates(model: Model, sample: SampleMoments) -> Model:
    if not any(row.exogenous for row in model.table.rows):
        return model
    return replace(model, fixed=exogenous_values(model.table, sample, model.fixed))


def _turned(data: Dataset, solution: Solution) -> Dataset:
    """Turn the data so that their moments are the implied ones (Bollen & Stine 1992)."""
    if not solution.discrepancy.complete:
        raise EstimationError(
            "the Bollen-Stine bootstrap needs complete data and maximum likelihood",
            place="bootstrap",
            cure='Use kind="nonparametric"',
        )
    groups = []
    for group, moments, implied in zip(
        data.groups, solution.sample.groups, solution.model.implied(solution.minimum.x), strict=True
    ):
        assert moments.mean is not None
        turn = np.linalg.solve(np.linalg.cholesky(moments.cov), (group.answers - moments.mean).T).T
        centre = implied.mu if solution.model.means else moments.mean
        groups.append(replace(group, answers=turn @ np.linalg.cholesky(implied.sigma).T + centre))
    return replace(data, groups=tuple(groups))


def bootstrap_frame(
    draws: Bootstrap, *, interval: Literal["percentile", "bca"] = "percentile", level: float = 0.95
) -> pd.DataFrame:
    """Put bootstrap errors and intervals beside the estimates.

    Parameters
    ----------
    interval : str
        ``"percentile"``, or ``"bca"`` (Efron 1987, equations 2.3 and 6.6; the jackknife gives the
        acceleration, with fits to all but one respondent, or one block of them where there are many).
    level : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``lhs op rhs group label est se ci_lower ci_upper``.
    """
    corrected = one_of("interval", interval, ("percentile", "bca")) == "bca"
    level = share("level", level)
    model = draws.solution.model
    sampled = _all_rows(model, draws.estimates)
    est = _all_rows(model, draws.solution.minimum.x[None])[0]
    tails = np.tile([(1.0 - level) / 2.0, (1.0 + level) / 2.0], (len(est), 1))
    if corrected:
        tails = _bca_tails(sampled, est, _accelerations(draws), tails)
    limits = np.array([np.quantile(sampled[:, k], tails[k]) for k in range(len(est))])
    drawn = {
        "est": est,
        "se": sampled.std(axis=0, ddof=1),
        "ci_lower": limits[:, 0],
        "ci_upper": limits[:, 1],
    }
    return shown({**row_names(model), **drawn})


def _all_rows(model: Model, estimates: Floats) -> Floats:
    """Values of all rows and defined parameters for every set of estimates, shape (r, n_rows + n_defined)."""
    defined = model.constraints.definitions
    rows = row_values(model.free_of_row, estimates, model.fixed)
    return np.column_stack([rows, np.array([defined.values(one) for one in estimates])])


def bootstrap_columns(model: Model, draws: Bootstrap, *, level: float = 0.95) -> dict[str, Floats]:
    """Compute standard errors and percentile limits for every row of the table of estimates."""
    sampled = _all_rows(model, draws.estimates)
    lower, upper = np.quantile(sampled, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    return {"se": sampled.std(axis=0, ddof=1), "ci_lower": lower, "ci_upper": upper}


def _accelerations(draws: Bootstrap) -> Floats:
    """Skewness of the influence of respondents on every row, from fits without some of them.

    The jackknife (Efron and Tibshirani 1993, equation 14.15) holds for every estimator, missing answers and
    ordered variables included. Blocks of respondents (or clusters) stand for single ones where there are more
    than `MOST_BLOCKS`: that leaves a random error of 0.65 / `MOST_BLOCKS`, far below what moves a limit.
    """
    data, model = draws.request.data, draws.solution.model
    refit = _refitter(draws.request.options, draws.solution, FINE_TOLERANCE)
    rng = np.random.default_rng(draws.seed)
    influence = []
    with one_thread():
        for number, group in enumerate(data.groups):
            found = []
            for rows in _without_blocks(group, rng):
                groups = (*data.groups[:number], _taken(group, rows), *data.groups[number + 1 :])
                with suppress(CoprodError, np.linalg.LinAlgError, FloatingPointError):
                    found.append(refit(replace(data, groups=groups)).minimum.x)
            values = _all_rows(model, np.array(found))
            influence.append(values.mean(axis=0) - values)
    pooled = np.vstack(influence)
    cube, square = (pooled**3).sum(axis=0), (pooled**2).sum(axis=0)
    fixed = square <= FINE_TOLERANCE**2
    acceleration: Floats = np.divide(cube, 6.0 * square**1.5, out=np.zeros(len(cube)), where=~fixed)
    return acceleration


def _without_blocks(group: GroupData, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Rows of a group without one block of respondents or clusters after the other."""
    unit = np.arange(len(group.answers))
    if group.clusters is not None:
        _, unit = np.unique(group.clusters, return_inverse=True)
    count = int(unit.max()) + 1
    block = rng.permutation(np.arange(count) % min(count, MOST_BLOCKS))[unit]
    for k in range(int(block.max()) + 1):
        yield np.flatnonzero(block != k)


def _bca_tails(sampled: Floats, est: Floats, acceleration: Floats, tails: Floats) -> Floats:
    below, count = (sampled < est).mean(axis=0), len(sampled)
    shift = ndtri(np.clip(below, 0.5 / count, 1.0 - 0.5 / count))[:, None]
    moved = shift + ndtri(tails)
    return np.asarray(ndtr(shift + moved / (1.0 - acceleration[:, None] * moved)), dtype=np.float64)
