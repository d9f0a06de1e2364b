"""Where estimation starts: moments and first principal components, cheap and of the right sign."""

from __future__ import annotations

import math
from collections import Counter
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.linalg import eigh

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.solution.structural_start import StructuralGuess, structural_guess
from coprod_measure.estimation.specification.parameter_table import Parameter

Style = Literal["structured", "plain", "turned", "unaided"]

# Below this share of its standard deviation, the sign of a marker's loading is anybody's guess.
WEAK = 0.3
# Below this share of the largest, that of a marker gives no scale to start on.
WEAK_WEIGHT = 0.01
# Variance of a factor at a drawn point, as at lavaan's start.
SMALL = 0.05
TINY = float(np.finfo(np.float64).tiny)
NO_STRUCTURE = StructuralGuess({}, {}, {})


def starting_values(model: Model, sample: SampleMoments, style: Style = "structured") -> Floats:
    """Choose a starting point.

    Parameters
    ----------
    style : str
        ``"structured"`` guesses regressions and latent covariances too; ``"plain"`` starts them at zero;
        ``"turned"`` reverses factors whose marker is weak; ``"unaided"`` is plain without the user's
        ``start()``.

    Returns
    -------
    (q,) float
        Loadings from the first principal component of each factor's indicators, variances as half of the
        sample's, means from the sample; what the user gave with ``start()`` as given.
    """
    return StartingPoints(model, sample, turned=style == "turned").point(style)


class StartingPoints:
    """Starting points of one model that share their guesses about factors; see :func:`starting_values`."""

    def __init__(self, model: Model, sample: SampleMoments, *, turned: bool = False) -> None:
        self.model = model
        self.groups = []
        for group, moments in enumerate(sample.groups, start=1):
            chosen = [(k, row) for k, row in enumerate(model.table.rows) if row.group == group]
            self.groups.append((chosen, _Guess(model, moments, [row for _, row in chosen], turned)))

    def point(self, style: Style) -> Floats:
        """Choose a point of shape (q,)."""
        total, count = [0.0] * self.model.n_free, [0.0] * self.model.n_free
        places = self.model.free_of_row.tolist()
        for rows, guess in self.groups:
            structure = guess.structure if style in ("structured", "turned") else NO_STRUCTURE
            for k, row in rows:
                free = places[k]
                if free >= 0:
                    own = style != "unaided" and not math.isnan(row.start)
                    value = row.start if own else guess.of(row, structure)
                    weight = 1e6 if own else 1.0
                    total[free] += weight * value
                    count[free] += weight
        return np.array(total) / np.maximum(count, 1.0)

    def drawn(self, seed: int) -> Floats:
        """Draw a point of shape (q,): small factors, loadings by normal numbers times their guesses."""
        point = self.point("plain")
        latent, units = set(self.model.table.variables.latent), self.model.units
        loadings = set()
        for row, free in zip(self.model.table.rows, self.model.free_of_row, strict=True):
            if free >= 0 and row.op == "=~":
                loadings.add(int(free))
            elif free >= 0 and row.op == "~~" and {row.lhs, row.rhs} <= latent:
                point[free] = SMALL * units[free] if row.lhs == row.rhs else 0.0
        point[sorted(loadings)] *= np.random.default_rng(seed).normal(size=len(loadings))
        return point


class _Guess:
    """First guesses for the parameters of one group."""

    def __init__(self, model: Model, moments: GroupMoments, rows: list[Parameter], turned: bool) -> None:
        self.turned = turned
        self.rows = rows
        variables = model.table.variables
        self.position = {name: k for k, name in enumerate(variables.observed)}
        self.latent = set(variables.latent)
        self.composites = variables.composites
        self.scale = np.ones(len(moments.cov))
        if model.table.correlation:
            self.scale = np.sqrt(np.diagonal(moments.cov))
            moments = _standardized(moments, self.scale)
        self.moments = moments
        self.exogenous = set(variables.exogenous)
        self.outcomes = {row.lhs for row in rows if row.op in ("~", "<~")} | {
            row.rhs for row in rows if row.op == "=~"
        }
        self.loadings: dict[tuple[str, str], float] = {}
        self.variance: dict[str, float] = {}
        self.scoring: dict[str, Floats] = {}
        for name in variables.latent:
            self._factor(name, [row for row in rows if row.op == "=~" and row.lhs == name], rows)
        self.measured = Counter(row.rhs for row in rows if row.op == "=~")

    @cached_property
    def structure(self) -> StructuralGuess:
        """Regressions and covariances among quick estimates of the latent variables."""
        weights, variances = dict(self.scoring), {name: self.variance[name] for name in self.scoring}
        for name in {name for row in self.rows if row.op == "~" for name in (row.lhs, row.rhs)}:
            if name in self.position and name not in self.measured:
                unit = np.zeros(len(self.moments.cov))
                unit[self.position[name]] = 1.0
                weights[name], variances[name] = (
                    unit,
                    self.moments.cov[self.position[name]][self.position[name]],
                )
        return structural_guess(self.rows, weights, variances, self.moments.cov)

    @cached_property
    def canonical(self) -> dict[str, dict[str, float]]:
        """Weights by which each composite goes best with all other variables (Hotelling 1936).

        Equal weights may lie beyond the point where that of the marker is zero, from where no search returns.
        """
        found = {}
        for one in self.composites:
            own = np.array([self.position[item] for item in one.items])
            others = np.setdiff1d(np.arange(len(self.moments.cov)), own)
            cov = self.moments.cov
            inner, across = cov[np.ix_(own, own)], cov[np.ix_(own, others)]
            if not others.size or np.linalg.eigvalsh(inner)[0] <= 0.0:
                continue
            explained = across @ np.linalg.lstsq(cov[np.ix_(others, others)], across.T, rcond=None)[0]
            weights = eigh(explained, inner)[1][:, -1]
            fixed = [r for r in self.rows if r.op == "<~" and r.lhs == one.name and not r.free and r.value]
            marker = one.items.index(fixed[0].rhs) if fixed else int(np.argmax(np.abs(weights)))
            if abs(weights[marker]) > WEAK_WEIGHT * np.abs(weights).max():
                value = fixed[0].value if fixed else abs(weights[marker])
                found[one.name] = dict(zip(one.items, weights * value / weights[marker], strict=True))
        return found

    def _factor(self, name: str, rows: list[Parameter], all_rows: list[Parameter]) -> None:
        observed = [row for row in rows if row.rhs in self.position]
        if len(observed) < len(rows) or not rows:
            self.variance[name] = 0.05 * self.variance.get(rows[0].rhs, 1.0) if rows else 0.0
            self.loadings.update({(name, row.rhs): 1.0 for row in rows})
            return
        index = [self.position[row.rhs] for row in rows]
        cov = self.moments.cov[np.ix_(index, index)]
        sd = np.sqrt(np.maximum(np.diagonal(cov), TINY))
        values, vectors = np.linalg.eigh(cov / np.outer(sd, sd))
        k = len(rows)
        size = vectors[:, -1] * math.sqrt(max((values[-1] - 1.0) * k / max(k - 1, 1), 0.3)) * sd
        known = (k for k, row in enumerate(rows) if row.free or row.value != 0)
        marker = next((k for k, row in enumerate(rows) if not row.free and row.value != 0), next(known, 0))
        sign = -1.0 if size[marker] < 0 else 1.0
        if self.turned and abs(size[marker]) < WEAK * sd[marker]:
            # The marker keeps its sign and the others take the opposite one.
            size[marker], sign = -size[marker], -sign
        size = sign * np.where(np.abs(size) < 0.05 * sd, 0.05 * sd, size)
        own = next((r for r in all_rows if r.op == "~~" and r.lhs == r.rhs == name), None)
        if own is not None and not own.free and own.value > 0:
            variance = own.value
        elif own is not None and own.free and all(row.free for row in rows):
            # Constraints give the scale: most often that loadings average 1 (effect coding).
            variance = float(np.abs(size).mean() ** 2)
        elif rows[marker].free or rows[marker].value == 0:
            variance = 1.0
        else:
            variance = float((size[marker] / rows[marker].value) ** 2)
        variance = max(variance, 1e-4 * float(sd[marker] ** 2))
        self.variance[name] = variance
        self.loadings.update(
            {(name, row.rhs): float(size[k]) / math.sqrt(variance) for k, row in enumerate(rows)}
        )
        loading = size / math.sqrt(variance)
        weights = np.zeros(len(self.moments.cov))
        weights[index] = loading / float(loading @ loading)
        self.scoring[name] = weights

    def of(self, row: Parameter, structure: StructuralGuess) -> float:
        """Guess one parameter."""
        if row.op == "=~":
            return self.loadings[row.lhs, row.rhs]
        if row.op == "<~":
            if structure is not NO_STRUCTURE and row.lhs in self.canonical:
                return self.canonical[row.lhs][row.rhs]
            return self._weight_of_one(row.lhs) / self._sd(row.rhs)
        if row.op == "~1":
            known = row.lhs in self.position and self.moments.mean is not None
            return float(self.moments.mean[self.position[row.lhs]]) if known else 0.0  # type: ignore[index]
        if row.op == "~*~":
            return float(self.scale[self.position[row.lhs]])
        if row.op == "~":
            return structure.coefficients.get((row.lhs, row.rhs), 0.0)
        if row.op != "~~":
            return 0.0
        if row.lhs == row.rhs:
            return self._variance(row.lhs, structure)
        if (row.lhs, row.rhs) in structure.covariances:
            return structure.covariances[row.lhs, row.rhs]
        if not {row.lhs, row.rhs} & (self.outcomes | self.latent) and {row.lhs, row.rhs} <= set(
            self.position
        ):
            return float(self.moments.cov[self.position[row.lhs], self.position[row.rhs]])
        return 0.0

    def _sd(self, name: str) -> float:
        return math.sqrt(max(self.moments.cov[self.position[name], self.position[name]], TINY))

    def _weight_of_one(self, composite: str) -> float:
        """Weight of a variable with unit variance: as large as that of the one whose weight is fixed."""
        fixed = (r for r in self.rows if r.op == "<~" and r.lhs == composite and not r.free and r.value != 0)
        marker = next(fixed, None)
        return 1.0 if marker is None else marker.value * self._sd(marker.rhs)

    def _variance(self, name: str, structure: StructuralGuess) -> float:
        if name in structure.residuals:
            return structure.residuals[name]
        if name in self.latent:
            return self.variance.get(name, 0.05)
        sample = float(self.moments.cov[self.position[name], self.position[name]])
        return 0.5 * sample if name in self.outcomes else sample


def _standardized(moments: GroupMoments, scale: Floats) -> GroupMoments:
    mean = None if moments.mean is None else moments.mean / scale
    return GroupMoments(moments.cov / np.outer(scale, scale), mean, moments.n)
