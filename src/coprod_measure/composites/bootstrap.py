"""Bootstrap of a PLS path model, many draws at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from coprod_measure.arguments import one_of, options_of, share, spelled, whole_number
from coprod_measure.composites.draws import Piece, in_pieces, resampled
from coprod_measure.composites.estimates import Estimates, Recipe, estimate
from coprod_measure.composites.quality import htmt
from coprod_measure.composites.routes import along, mediation, routes
from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread, one_thread
from coprod_measure.notebook import Shown
from coprod_measure.workers import Where, Workers

CHUNK = 500
INTERVALS = ("percentile", "bca")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is kept of each draw: paths, routes, indirect and total effects, loadings, weights, R2, HTMT."""

    paths: Floats
    routes: Floats
    indirect: Floats
    totals: Floats
    loadings: Floats
    weights: Floats
    r2: Floats
    htmt: Floats


@dataclass(frozen=True, slots=True, repr=False)
class Bootstrap(Shown):
    """Draws of a model.

    Attributes
    ----------
    estimate : Drawn
        Of the sample itself: arrays (1, k).
    drawn : Drawn
        Of the usable draws: arrays (B, k).
    without : Drawn or None
        Each respondent left out, for BCa: arrays (n, k).
    names : mapping
        Field of ``Drawn`` to the labels of its k columns.
    draws, unusable, turned : int
        Draws asked for; left out without admissible solution; with a composite turned round to agree with
        the sample.
    """

    estimate: Drawn
    drawn: Drawn
    without: Drawn | None
    names: dict[str, tuple[tuple[str, ...], ...]]
    draws: int
    unusable: int
    turned: int
    seed: int

    def table(self, of: str = "paths", level: float = 0.95, interval: str = "percentile") -> pd.DataFrame:
        """Estimate, standard error and interval; columns from, to, est, mean, se, z, pvalue, lower, upper.

        Parameters
        ----------
        of : str
            ``"paths"``, ``"totals"``, ``"indirect"`` (all routes of a pair together), ``"routes"`` (one by
            one, with a column via), ``"loadings"``, ``"weights"``, ``"r2"`` or ``"htmt"``.
        interval : str
            ``"percentile"`` or ``"bca"`` (Efron 1987; acceleration by the jackknife).
        """
        field = one_of("of", of, tuple(f.name for f in fields(Drawn)))
        level = share("level", level)
        est, draws = getattr(self.estimate, field)[0], getattr(self.drawn, field)
        if one_of("interval", interval, INTERVALS) == "percentile":
            lower, upper = np.quantile(draws, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
        else:
            assert self.without is not None, "drawn without a jackknife"
            lower, upper = bca(est, draws, getattr(self.without, field), level)
        se = draws.std(axis=0, ddof=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(se > 1e-12, est / se, np.nan)
        columns = ["from", "via", "to"] if field == "routes" else ["from", "to"]
        table = pd.DataFrame(list(self.names[field]), columns=columns)
        return table.assign(
            est=est,
            mean=draws.mean(axis=0),
            se=se,
            z=z,
            pvalue=2.0 * ndtr(-np.abs(z)),
            lower=lower,
            upper=upper,
        )

    def mediation(self, level: float = 0.95, interval: str = "percentile") -> pd.DataFrame:
        """Direct beside indirect effects of each pair that has both, and the kind of mediation.

        Columns from, to, direct, direct_lower, direct_upper, indirect, indirect_lower, indirect_upper, kind
        (Zhao, Lynch & Chen 2010; one of :data:`coprod_measure.composites.routes.MEDIATION`). A pair without a
        direct path claims that it is 0.
        """
        keep = ["from", "to", "est", "lower", "upper"]
        through = self.table("indirect", level, interval)[keep]
        both = through.merge(
            self.table("paths", level, interval)[keep], "left", on=["from", "to"], suffixes=("", "_direct")
        )
        rows = []
        for a, b, est, low, high, direct, direct_low, direct_high in both.itertuples(index=False):
            kind = mediation((direct_low, direct_high), (low, high))
            rows.append((a, b, direct, direct_low, direct_high, est, low, high, kind))
        parts = [f"{part}{end}" for part in ("direct", "indirect") for end in ("", "_lower", "_upper")]
        return pd.DataFrame(rows, columns=["from", "to", *parts, "kind"])


def bca(est: Floats, draws: Floats, without: Floats, level: float) -> tuple[Floats, Floats]:
    """Bias-corrected and accelerated interval (Efron 1987) of k quantities.

    Parameters
    ----------
    est : (k,) float
    draws : (B, k) float
    without : (n, k) float
        Estimates with each respondent left out.

    Examples
    --------
    >>> d = np.random.default_rng(1).normal(size=(20_000, 1))
    >>> lower, upper = bca(np.zeros(1), d, np.array([[-1.0], [1.0]]), 0.9)
    >>> bool(abs(lower[0] + 1.64) < 0.06), bool(abs(upper[0] - 1.64) < 0.06)
    (True, True)
    """
    below = ((draws < est).sum(axis=0) + 0.5 * (draws == est).sum(axis=0)) / len(draws)
    bias = ndtri(np.clip(below, 0.5 / len(draws), 1.0 - 0.5 / len(draws)))
    apart = without.mean(axis=0) - without
    spread = 6.0 * (apart**2).sum(axis=0) ** 1.5
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(spread > 0.0, (apart**3).sum(axis=0) / spread, 0.0)
    limits = []
    for z in ndtri([(1.0 - level) / 2.0, (1.0 + level) / 2.0]):
        at = ndtr(bias + (bias + z) / (1.0 - a * (bias + z)))
        limits.append(np.array([np.quantile(d, q) for d, q in zip(draws.T, at, strict=True)]))
    return limits[0], limits[1]


@spelled(Where, Workers)
@on_one_thread
def bootstrap(
    x: Floats,
    recipe: Recipe,
    sample: Estimates,
    draws: int,
    seed: int,
    jackknife: bool = True,
    **where: Unpack[Where],
) -> Bootstrap:
    """Draw respondents with replacement and estimate each draw.

    Parameters
    ----------
    x : (n, p) float
    sample : Estimates
        Of the rows as they are. A composite whose loadings point against those of the sample is turned round,
        and the draw is counted.
    jackknife : bool
        Whether to leave each respondent out too, as BCa asks.
    **where
        See :class:`coprod_measure.workers.Workers`; the draws stay the same.

    Raises
    ------
    EstimationError
        If fewer than half of the draws are usable.
    """
    draws, n = whole_number("draws", draws, 100), len(x)
    compute, workers = partial(_piece, x, recipe, sample, seed), options_of(Workers, where)
    found = in_pieces(draws, workers, compute, _read, (recipe, seed, x), CHUNK)
    drawn, turned = _joined([part for part, _ in found]), sum(flips for _, flips in found)
    usable = len(drawn.paths)
    if usable < draws / 2:
        cause = f"{draws - usable} of {draws} draws have no admissible solution"
        raise EstimationError(cause, place="bootstrap", cure="Simplify the model, or leave consistent= out")
    without = None
    if jackknife:
        left_out = (1.0 - np.eye(min(CHUNK, n - i), n, i) for i in range(0, n, CHUNK))
        without = _joined([_aligned(estimate(x, counts, recipe), sample, recipe)[0] for counts in left_out])
    itself = _kept(sample, np.array([True]), recipe)
    names = _names(recipe)
    return Bootstrap(itself, drawn, without, names, draws, draws - usable, turned, seed)


def _piece(x: Floats, recipe: Recipe, sample: Estimates, seed: int, piece: Piece) -> dict[str, Any]:
    """Estimate some draws."""
    with one_thread():
        part, turned = _aligned(estimate(x, resampled(len(x), seed, piece), recipe), sample, recipe)
    own = {f.name: getattr(part, f.name) for f in fields(Drawn)}
    shapes = {name: value.shape for name, value in own.items()}
    return {"turned": turned, "shapes": shapes, **{name: value.tolist() for name, value in own.items()}}


def _read(content: Mapping[str, Any]) -> tuple[Drawn, int]:
    """Bring arrays back, also those without rows or columns."""
    own = (np.reshape(content[f.name], content["shapes"][f.name]).astype(float) for f in fields(Drawn))
    return Drawn(*own), int(content["turned"])


def _joined(parts: list[Drawn]) -> Drawn:
    return Drawn(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Drawn)))


def _aligned(found: Estimates, sample: Estimates, recipe: Recipe) -> tuple[Drawn, int]:
    """Turn composites as they stand in the sample; keep usable draws."""
    agrees = (found.loadings * sample.loadings).sum(axis=1) >= 0.0
    sign = np.where(agrees, 1.0, -1.0)
    both = sign[:, :, None] * sign[:, None, :]
    turned = replace(
        found,
        weights=replace(found.weights, outer=found.weights.outer * sign[:, None, :]),
        loadings=found.loadings * sign[:, None, :],
        c=found.c * both,
        paths=found.paths * both,
        total=found.total * both,
    )
    return _kept(turned, found.usable, recipe), int((~agrees[found.usable]).any(axis=1).sum())


def _kept(e: Estimates, usable: np.ndarray, recipe: Recipe) -> Drawn:
    design = recipe.plan.last
    acts, reached = np.nonzero(design.acts), np.nonzero(_reached(design.acts))
    own = _own(recipe)
    ratios = htmt(e.r[usable], design)
    pairs = _pairs(recipe)
    every = _routes(recipe)
    through = along(e.slopes[usable], every)
    ends = _ends(every)
    belongs = np.array([[end == (route[0], route[-1]) for end in ends] for route in every], dtype=float)
    return Drawn(
        e.slopes[usable][:, acts[0], acts[1]],
        through,
        through @ belongs.reshape(len(every), len(ends)),
        e.total[usable][:, reached[0], reached[1]],
        e.loadings[usable][:, own[0], own[1]],
        e.weights.outer[usable][:, own[0], own[1]],
        e.r2[usable][:, list(design.outcomes)],
        ratios[:, pairs[0], pairs[1]],
    )


def _routes(recipe: Recipe) -> tuple[tuple[int, ...], ...]:
    """Give the routes; none where they are too many to be told one by one."""
    try:
        return routes(recipe.plan.last.acts)
    except ModelError:
        return ()


def _ends(every: tuple[tuple[int, ...], ...]) -> list[tuple[int, int]]:
    return list(dict.fromkeys((route[0], route[-1]) for route in every))


def _reached(acts: np.ndarray) -> np.ndarray:
    step, total = acts.astype(int), acts.astype(int)
    for _ in range(len(acts)):
        step = step @ acts.astype(int)
        total = total + step
    return total > 0


def _own(recipe: Recipe) -> tuple[list[int], list[int]]:
    blocks = recipe.plan.last.blocks
    return [i for b in blocks for i in b], [j for j, b in enumerate(blocks) for _ in b]


def _pairs(recipe: Recipe) -> tuple[list[int], list[int]]:
    """Pairs of Mode A constructs."""
    reflective = [j for j, mode in enumerate(recipe.plan.last.modes) if mode == "a"]
    pairs = [(i, j) for i in reflective for j in reflective if i < j]
    return [i for i, _ in pairs], [j for _, j in pairs]


def _names(recipe: Recipe) -> dict[str, tuple[tuple[str, ...], ...]]:
    design, columns = recipe.plan.last, recipe.plan.columns
    label = design.names
    own = tuple((label[j], columns[i]) for i, j in zip(*_own(recipe), strict=True))
    return {
        "paths": tuple((label[i], label[j]) for i, j in zip(*np.nonzero(design.acts), strict=True)),
        "routes": tuple(
            (label[route[0]], ", ".join(label[j] for j in route[1:-1]), label[route[-1]])
            for route in _routes(recipe)
        ),
        "indirect": tuple((label[i], label[j]) for i, j in _ends(_routes(recipe))),
        "totals": tuple(
            (label[i], label[j]) for i, j in zip(*np.nonzero(_reached(design.acts)), strict=True)
        ),
        "loadings": own,
        "weights": own,
        "r2": tuple((label[j], "") for j in design.outcomes),
        "htmt": tuple((label[i], label[j]) for i, j in zip(*_pairs(recipe), strict=True)),
    }
