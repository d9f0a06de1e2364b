"""Effects that depend on a moderator: simple slopes, Johnson-Neyman regions, moderated mediation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from coprod_measure.arguments import one_of, options_of, spelled
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.complete_rows import CompleteRows, complete_rows, name_collinear
from coprod_measure.structure.methods.least_squares import hc3
from coprod_measure.structure.methods.options import Resampling, ResamplingKeywords
from coprod_measure.structure.methods.resampling import resampled_counts, resampled_covariances

SLOPE_COLUMNS = ("moderator", "slope", "se", "t", "pvalue", "ci_lower", "ci_upper")
INDIRECT_COLUMNS = ("effect", "moderator", "estimate", "se", "ci_lower", "ci_upper")


@dataclass(frozen=True, slots=True, repr=False)
class Moderation(Shown):
    """A slope that depends on a moderator.

    Attributes
    ----------
    names : tuple of str
        Terms of the regression.
    estimates : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    values : tuple of float
        Of the moderator, at which slopes are told: its own where it has two, else mean and one SD about it.
    bounds : (float, float)
        Lowest and highest moderator seen.
    regions : tuple of (float, float)
        Where, within the bounds, the slope differs from zero (Johnson and Neyman 1936).
    share : float
        Of the respondents who lie in these regions.
    """

    outcome: str
    predictor: str
    moderator: str
    names: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    df: float
    values: tuple[float, ...]
    bounds: tuple[float, float]
    regions: tuple[tuple[float, float], ...]
    share: float
    n: int
    dropped: int
    confidence: float

    def table(self, at: Sequence[float] | None = None) -> pd.DataFrame:
        """One row a value of the moderator; columns :data:`SLOPE_COLUMNS`."""
        w = np.asarray(self.values if at is None else at, dtype=np.float64)
        slope, se = _slopes(self.estimates, self.covariance, w)
        return _with_tests({"moderator": w, "slope": slope, "se": se}, self.df, self.confidence)

    def coefficients(self) -> pd.DataFrame:
        """One row a term of the regression."""
        se = np.sqrt(np.diag(self.covariance))
        frame = _with_tests(
            {"moderator": self.names, "slope": self.estimates, "se": se}, self.df, self.confidence
        )
        return frame.rename(columns={"moderator": "term", "slope": "estimate"})


@takes_frame
def moderation(
    data: pd.DataFrame,
    outcome: str,
    predictor: str,
    moderator: str,
    *,
    controls: Sequence[str] = (),
    errors: str = "robust",
    confidence: float = 0.95,
) -> Moderation:
    """Regress an outcome on a predictor, a moderator and their product.

    Parameters
    ----------
    outcome, predictor, moderator : str
        A moderator of two values counts as a group.
    errors : str
        ``"robust"`` (HC3) or ``"classical"``.

    Raises
    ------
    DataError, EstimationError
        If a column is missing, constant or collinear.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame(rng.normal(size=(400, 2)), columns=["fit", "skill"])
    >>> people["use"] = 0.4 * people["fit"] * people["skill"] + rng.normal(size=400)
    >>> found = cm.moderation(people, "use", "fit", "skill")
    >>> found.table()["slope"].round(1).tolist(), len(found.regions)
    ([-0.5, -0.1, 0.3], 2)
    """
    kind = one_of("errors", errors, ("robust", "classical"))
    rows = complete_rows(data, [predictor, moderator, *controls, outcome], len(controls) + 6)
    x, w = rows.column(predictor), rows.column(moderator)
    columns = np.column_stack([x, w, x * w, *(rows.column(name) for name in controls)])
    names = (predictor, moderator, f"{predictor} x {moderator}", *controls)
    name_collinear(columns, names)
    design, y = np.column_stack([np.ones(len(x)), columns]), rows.column(outcome)
    b, V, rest = hc3(design, y)
    df = float(len(y) - design.shape[1])
    if kind == "classical":
        V = np.linalg.inv(design.T @ design) * (rest @ rest) / df
    two = np.unique(w)
    values = tuple(two) if len(two) == 2 else tuple(w.mean() + k * w.std(ddof=1) for k in (-1, 0, 1))
    bounds = (float(w.min()), float(w.max()))
    regions = (
        () if len(two) == 2 else johnson_neyman(b[[1, 3]], V[np.ix_([1, 3], [1, 3])], df, bounds, confidence)
    )
    share = float(np.mean([any(low <= one <= high for low, high in regions) for one in w]))
    return Moderation(
        outcome, predictor, moderator, ("(constant)", *names), b, V, df, tuple(map(float, values)), bounds,
        regions,
        share, len(y), rows.dropped, confidence,
    )  # fmt: skip


def johnson_neyman(
    slopes: Floats, covariance: Floats, df: float, bounds: tuple[float, float], confidence: float = 0.95
) -> tuple[tuple[float, float], ...]:
    """Find where a slope b1 + b3 w differs from zero.

    Parameters
    ----------
    slopes : ndarray, shape (2,)
        b1 and b3.
    covariance : ndarray, shape (2, 2)
    df : float
        Of t; infinite for the normal distribution.
    bounds : (float, float)
        Of the moderator w.

    Examples
    --------
    >>> johnson_neyman(np.array([0.0, 1.0]), np.diag([0.25, 0.0]), np.inf, (-3.0, 3.0))[1][0].__round__(2)
    0.98
    """
    critical = t.ppf(0.5 + 0.5 * confidence, df) if np.isfinite(df) else norm.ppf(0.5 + 0.5 * confidence)
    (b1, b3), q = slopes, critical**2
    a = b3**2 - q * covariance[1, 1]
    half = b1 * b3 - q * covariance[0, 1]
    c = b1**2 - q * covariance[0, 0]
    low, high = bounds
    inside = half**2 - a * c
    roots = (
        [] if inside <= 0 or a == 0 else sorted((-half + sign * np.sqrt(inside)) / a for sign in (-1.0, 1.0))
    )
    edges = [low, *(float(root) for root in roots if low < root < high), high]
    middle = [(first + second) / 2 for first, second in pairwise(edges)]
    return tuple(
        (first, second)
        for first, second, w in zip(edges, edges[1:], middle, strict=False)
        if a * w**2 + 2 * half * w + c > 0
    )


def _slopes(b: Floats, V: Floats, w: Floats) -> tuple[Floats, Floats]:
    return b[1] + b[3] * w, np.asarray(np.sqrt(V[1, 1] + 2 * w * V[1, 3] + w**2 * V[3, 3]))


def _with_tests(columns: dict[str, object], df: float, confidence: float) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    frame["t"] = frame["slope"] / frame["se"]
    frame["pvalue"] = 2 * t.sf(np.abs(frame["t"]), df)
    width = t.ppf(0.5 + 0.5 * confidence, df) * frame["se"]
    frame["ci_lower"], frame["ci_upper"] = frame["slope"] - width, frame["slope"] + width
    return frame


@dataclass(frozen=True, slots=True, repr=False)
class ModeratedMediation(Shown):
    """An indirect effect that depends on a moderator.

    Attributes
    ----------
    stage : str
        ``"first"``: the moderator bends the step to the mediator (model 7); ``"second"``: from it (14).
    index : float
        Change of the indirect effect with one unit of the moderator (Hayes 2015, Multivariate Behavioral
        Research 50, 1-22).
    drawn : ndarray, shape (draws,)
        Its bootstrap draws.
    values : tuple of float
        Of the moderator.
    indirect : ndarray, shape (k,)
        At these values.
    indirect_drawn : ndarray, shape (draws, k)
    """

    predictor: str
    mediator: str
    outcome: str
    moderator: str
    stage: str
    index: float
    drawn: Floats
    values: tuple[float, ...]
    indirect: Floats
    indirect_drawn: Floats
    n: int
    dropped: int
    confidence: float

    def table(self) -> pd.DataFrame:
        """Give the index, and the indirect effect at each value; columns :data:`INDIRECT_COLUMNS`."""
        names = ["index", *["indirect"] * len(self.values)]
        draws = np.column_stack([self.drawn, self.indirect_drawn])
        rows = pd.DataFrame({"effect": names, "moderator": [np.nan, *self.values]})
        rows["estimate"] = [self.index, *self.indirect]
        tail = 50.0 * (1.0 - self.confidence)
        rows["se"] = draws.std(axis=0, ddof=1) if len(draws) else np.nan
        limits = (
            np.percentile(draws, [tail, 100.0 - tail], axis=0)
            if len(draws)
            else np.full((2, len(rows)), np.nan)
        )
        rows["ci_lower"], rows["ci_upper"] = limits
        return rows


@spelled(ResamplingKeywords, Resampling)
@takes_frame
def moderated_mediation(
    data: pd.DataFrame,
    *,
    outcome: str,
    predictor: str,
    mediator: str,
    moderator: str,
    stage: str = "first",
    controls: Sequence[str] = (),
    **resampling: Unpack[ResamplingKeywords],
) -> ModeratedMediation:
    """Test by one number whether an indirect effect depends on a moderator, by least squares and bootstrap.

    Parameters
    ----------
    outcome, predictor, mediator, moderator : str
        By name, so that none is taken for another.
    stage : str
        The step that is bent: ``"first"`` (predictor to mediator) or ``"second"``.
    controls : sequence of str
        Of both equations.
    **resampling
        ``bootstrap`` (1,000), ``confidence`` (0.95), ``seed`` (1).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame(rng.normal(size=(500, 2)), columns=["x", "w"])
    >>> people["m"] = 0.5 * people["x"] * people["w"] + rng.normal(size=500)
    >>> people["y"] = 0.6 * people["m"] + rng.normal(size=500)
    >>> round(moderated_mediation(people, outcome="y", predictor="x", mediator="m", moderator="w").index, 1)
    0.3
    """
    where, chosen = one_of("stage", stage, ("first", "second")), options_of(Resampling, resampling)
    rows = complete_rows(data, [predictor, mediator, outcome, moderator, *controls], len(controls) + 8)
    columns = _mediation_columns(rows, (predictor, mediator, outcome, moderator), where, controls)
    w = rows.column(moderator)
    two = np.unique(w)
    values = two if len(two) == 2 else w.mean() + w.std(ddof=1) * np.array([-1.0, 0.0, 1.0])
    S = np.cov(columns.T, ddof=0)[None]
    drawn = resampled_covariances(columns, resampled_counts(len(w), chosen.bootstrap, chosen.seed))
    index, indirect = _indirect(S, where, len(controls), values)
    index_drawn, indirect_drawn = _indirect(drawn, where, len(controls), values)
    return ModeratedMediation(
        predictor, mediator, outcome, moderator, where, float(index[0]), index_drawn,
        tuple(map(float, values)), indirect[0], indirect_drawn, len(w), rows.dropped, chosen.confidence,
    )  # fmt: skip


def _mediation_columns(
    rows: CompleteRows, names: Sequence[str], stage: str, controls: Sequence[str]
) -> Floats:
    """Columns x, m, y, w, x w, m w and controls."""
    x, m, y, w = (rows.column(name) for name in names)
    others = [rows.column(name) for name in controls]
    first = (x, w, x * w) if stage == "first" else (x,)
    second = (m, x) if stage == "first" else (m, w, m * w, x)
    for columns in (first, second):
        name_collinear(
            np.column_stack([*columns, *others]), [f"term {k + 1}" for k in range(len(columns) + len(others))]
        )
    return np.column_stack([x, m, y, w, x * w, m * w, *others])


def _indirect(S: Floats, stage: str, controls: int, values: Floats) -> tuple[Floats, Floats]:
    """Index and conditional indirect effects of each covariance matrix."""
    extra = list(range(6, 6 + controls))

    def slopes(predictors: list[int], outcome: int) -> Floats:
        use = [*predictors, *extra]
        return np.asarray(np.linalg.solve(S[:, use][:, :, use], S[:, use][:, :, [outcome]])[:, :, 0])

    if stage == "first":
        a, b = slopes([0, 3, 4], 1), slopes([1, 0], 2)
        return a[:, 2] * b[:, 0], (a[:, [0]] + a[:, [2]] * values) * b[:, [0]]
    a, b = slopes([0], 1), slopes([1, 3, 5, 0], 2)
    return a[:, 0] * b[:, 2], a[:, [0]] * (b[:, [0]] + b[:, [2]] * values)
