"""Necessary condition analysis: what a high outcome cannot do without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of, place_of, whole_number
from coprod_measure.errors import DataError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.ceiling_test import TESTED, permutation_p, permuted_effects
from coprod_measure.structure.methods.ceilings import (
    CEILINGS,
    STEPS,
    Ceiling,
    Corner,
    ceiling,
    required,
    turned,
)
from coprod_measure.structure.methods.complete_rows import complete_rows

TABLE_COLUMNS = (
    "condition", "ceiling", "effect", "pvalue", "p_accuracy", "chance_mean", "chance_95", "accuracy", "above",
    "fit", "zone", "scope", "slope", "intercept", "peers", "condition_inefficiency", "outcome_inefficiency",
)  # fmt: skip
OUTLIER_COLUMNS = ("row", "effect", "effect_without", "difference", "relative", "peer", "scope")
UNITS = ("percentage", "percentage_max", "actual", "percentile")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition and its ceilings.

    Attributes
    ----------
    index : ndarray
        Labels of the rows.
    chance : mapping
        Ceiling to its effects under permutation, ndarray of shape (permutations,).
    """

    name: str
    points: Corner
    index: np.ndarray
    ceilings: tuple[Ceiling, ...]
    chance: Mapping[str, Floats]

    def ceiling(self, name: str) -> Ceiling:
        """One ceiling by name."""
        return self.ceilings[place_of("ceiling", name, (one.name for one in self.ceilings))]


@dataclass(frozen=True, slots=True, repr=False)
class Necessity(Shown):
    """Which conditions are necessary for an outcome.

    Attributes
    ----------
    corner : int
        Which corner should be empty: 1 upper left (high outcome needs high condition), 2 upper right, 3 lower
        left, 4 lower right.
    """

    outcome: str
    conditions: tuple[Condition, ...]
    corner: int
    n: int
    dropped: int
    permutations: int
    seed: int

    def table(self) -> pd.DataFrame:
        """One row a condition and ceiling; columns :data:`TABLE_COLUMNS`."""
        return pd.DataFrame(list(self._rows()), columns=list(TABLE_COLUMNS))

    def _rows(self) -> Iterator[tuple[object, ...]]:
        for one in self.conditions:
            step = ceiling(one.points, "ce_fdh").zone
            for found in one.ceilings:
                tested: tuple[float, ...] = (np.nan,) * 4
                if found.name in one.chance:
                    chance = one.chance[found.name]
                    tested = (
                        *permutation_p(chance, found.effect),
                        float(np.nanmean(chance)),
                        float(np.nanquantile(chance, 0.95)),
                    )
                fits = 100.0 if found.name == "ce_fdh" else 100.0 * found.zone / step if step > 0 else np.nan
                yield (
                    one.name, found.name, found.effect, *tested, 100.0 * (1.0 - found.above / self.n),
                    found.above, fits, found.zone, one.points.area, *_line_as_asked(found, one.points),
                    len(found.peers), *_inefficiency(found, one.points),
                )  # fmt: skip

    def bottleneck(
        self,
        ceiling: str = "ce_fdh",
        x: str = "percentage",
        y: str = "percentage",
        steps: int | Sequence[float] = 10,
    ) -> pd.DataFrame:
        """Tell what each level of the outcome needs of each condition.

        Parameters
        ----------
        x, y : str
            ``"percentage"`` of the range, ``"percentage_max"`` of the highest value, ``"actual"`` values, or
            ``"percentile"``: the share of respondents below.
        steps : int or sequence of float
            Number of steps from the lowest to the highest outcome, or the levels, in units of ``y``.

        Returns
        -------
        pandas.DataFrame
            One row a level, one column a condition; -inf where the condition is not necessary, NaN where
            no value of it is high enough.
        """
        unit_x, unit_y = one_of("x", x, UNITS), one_of("y", y, UNITS)
        shown, columns = np.empty(0), {}
        for one in self.conditions:
            shown, levels = _levels(one.points, unit_y, steps)
            needs = required(one.ceiling(ceiling), one.points, levels)
            columns[one.name] = _in_units(needs, one.points, unit_x)
        return pd.DataFrame(columns, index=pd.Index(shown, name=self.outcome))

    def _condition(self, name: str) -> Condition:
        return self.conditions[place_of("condition", name, (one.name for one in self.conditions))]

    def points(self, condition: str) -> pd.DataFrame:
        """Count the rows at each pair of values: ``x y count peer``; ``peer``: the steps rest on it."""
        one = self._condition(condition)
        x, y = (-one.points.x if one.points.flip_x else one.points.x), one.points.y
        peers = np.zeros(len(x), dtype=bool)
        peers[ceiling(one.points, "ce_fdh").peers] = True
        pairs = pd.DataFrame({"x": x, "y": -y if one.points.flip_y else y, "peer": peers})
        return pairs.groupby(["x", "y"], as_index=False).agg(count=("peer", "size"), peer=("peer", "any"))

    def outliers(self, condition: str, ceiling: str = "ce_fdh") -> pd.DataFrame:
        """Effect without each peer and each row that sets the scope; columns :data:`OUTLIER_COLUMNS`."""
        one = self._condition(condition)
        return pd.DataFrame(
            list(_left_out(one, one.ceiling(ceiling))), columns=list(OUTLIER_COLUMNS)
        ).sort_values("relative", key=abs, ascending=False, ignore_index=True)


@takes_frame
def necessity(
    data: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    *,
    ceilings: Sequence[str] = ("ce_fdh", "cr_fdh"),
    corner: int = 1,
    scope: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    permutations: int = 10_000,
    seed: int = 1,
) -> Necessity:
    """Ask of each condition whether the outcome is ever high while the condition is low.

    Parameters
    ----------
    ceilings : sequence of str
        Of :data:`~coprod_measure.structure.methods.ceilings.CEILINGS`; ``ce_fdh`` and ``cr_fdh`` are tested.
    corner : int
        1 to 4, see :class:`Necessity`.
    scope : (lowest x, highest x, lowest y, highest y), optional
        Of the answer scale, or one a condition; left out: what was observed.
    permutations, seed : int
        Of the test; 0 permutations for none.

    Raises
    ------
    DataError
        If a column is missing or constant, or answers lie outside the scope.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"trust": rng.uniform(size=300)})
    >>> people["willing"] = np.minimum(people["trust"] + 0.2, 1) * rng.uniform(size=300)
    >>> found = cm.necessity(people, "willing", ["trust"], permutations=1000).table()
    >>> found[["effect", "pvalue"]].round(3).to_numpy().tolist()
    [[0.36, 0.001], [0.347, 0.001]]
    """
    if corner not in (1, 2, 3, 4):
        raise DataError(
            f"there is no corner {corner}", cure="1 upper left, 2 upper right, 3 lower left, 4", code="corner"
        )
    names = tuple(dict.fromkeys(one_of("ceilings", name, CEILINGS) for name in ceilings))
    whole_number("permutations", permutations, 0)
    rows = complete_rows(data, [*conditions, outcome], 3)
    y = rows.column(outcome)
    found = []
    for k, name in enumerate(dict.fromkeys(conditions)):
        x = rows.column(name)
        stated = scope.get(name) if isinstance(scope, Mapping) else scope
        points = turned(x, y, _scope(name, x, y, stated), corner)
        tested = [one for one in names if one in TESTED] if permutations else []
        chance = permuted_effects(points, permutations, seed + k, tested) if tested else np.empty((0, 0))
        drawn = {one: chance[:, i] for i, one in enumerate(tested)}
        found.append(Condition(name, points, rows.index, tuple(ceiling(points, one) for one in names), drawn))
    return Necessity(outcome, tuple(found), corner, len(y), rows.dropped, permutations, seed)


def _scope(name: str, x: Floats, y: Floats, stated: Sequence[float] | None) -> Floats:
    seen = np.array([x.min(), x.max(), y.min(), y.max()])
    if stated is None:
        return seen
    given = np.asarray(stated, dtype=np.float64)
    if given.shape != (4,) or np.any(given[[0, 2]] > seen[[0, 2]]) or np.any(given[[1, 3]] < seen[[1, 3]]):
        raise DataError(
            f"the scope {tuple(stated)} of {name!r} does not hold the answers, which go from "
            f"{seen[0]:g} to {seen[1]:g} and from {seen[2]:g} to {seen[3]:g}",
            cure="Give lowest and highest condition, lowest and highest outcome",
            code="scope",
        )
    return given


def _line_as_asked(found: Ceiling, points: Corner) -> tuple[float, float]:
    """Slope and intercept in the units of the data."""
    slope = -found.slope if points.flip_x != points.flip_y else found.slope
    return slope, -found.intercept if points.flip_y else found.intercept


def _inefficiency(found: Ceiling, points: Corner) -> tuple[float, float]:
    """Share of the condition, and of the outcome, in percent, in which the ceiling asks for nothing."""
    low_x, high_x, low_y, high_y = points.scope
    if found.name in STEPS and len(found.peers) > 1:
        last, first = points.x[found.peers[-1]], points.y[found.peers[0]]
    elif found.slope > 1e-3:
        last, first = (high_y - found.intercept) / found.slope, found.intercept + found.slope * low_x
    else:
        return np.nan, np.nan
    return (
        100.0 * (high_x - min(last, high_x)) / (high_x - low_x),
        100.0 * (max(first, low_y) - low_y) / (high_y - low_y),
    )


def _levels(points: Corner, unit: str, steps: int | Sequence[float]) -> tuple[Floats, Floats]:
    """Levels of the outcome as shown, and turned."""
    sign = -1.0 if points.flip_y else 1.0
    low, high = (-points.scope[3], -points.scope[2]) if points.flip_y else (points.scope[2], points.scope[3])
    if unit == "actual":
        shown = (
            np.linspace(low, high, steps + 1) if isinstance(steps, int) else np.asarray(steps, dtype=float)
        )
        return (shown[::-1], -shown[::-1]) if points.flip_y else (shown, shown)
    shown = np.linspace(0.0, 100.0, steps + 1) if isinstance(steps, int) else np.asarray(steps, dtype=float)
    if unit == "percentile":
        return shown, sign * np.percentile(sign * points.y, shown)
    low = 0.0 if unit == "percentage_max" else low
    values = low + shown / 100.0 * (high - low)
    return shown, -values[::-1] if points.flip_y else values


def _in_units(needs: Floats, points: Corner, unit: str) -> Floats:
    low, high = points.scope[:2]
    if unit == "percentile":
        below = 100.0 * np.array([np.mean(points.x < need - 1e-10) for need in needs])
        return np.where(np.isnan(needs), np.nan, np.where(below > 0, below, -np.inf))
    if points.flip_x:
        needs, low, high = -needs, -high, -low
    if unit == "actual":
        return needs
    scaled = (needs - low) / (high - low) if unit == "percentage" else needs / high
    return np.where(np.isinf(needs), -np.inf, 100.0 * scaled)


def _left_out(one: Condition, found: Ceiling) -> Iterator[tuple[object, ...]]:
    points, seen = one.points, one.points.seen
    edge = (points.x == seen[0]) | (points.x == seen[1]) | (points.y == seen[2]) | (points.y == seen[3])
    observed = np.array_equal(points.scope, seen)
    peers = set(found.peers.tolist())
    for i in sorted(peers | set(np.flatnonzero(edge).tolist())):
        x, y = np.delete(points.x, i), np.delete(points.y, i)
        scope = np.array([x.min(), x.max(), y.min(), y.max()]) if observed else points.scope
        if scope[0] == scope[1] or scope[2] == scope[3]:
            continue
        without = ceiling(Corner(x, y, scope, points.flip_x, points.flip_y), found.name).effect
        change = without - found.effect
        relative = 100.0 * change / found.effect if found.effect > 0 else np.inf if change else 0.0
        if abs(relative) >= 0.005:
            moved = not np.array_equal(scope, points.scope)
            yield one.index[i], found.effect, without, change, relative, i in peers, moved
