"""Response surfaces: polynomial regression on two commensurate predictors, and what it tells of gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from coprod_measure.arguments import one_of, options_of, spelled
from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.complete_rows import CompleteRows, cluster_codes, complete_rows
from coprod_measure.structure.methods.options import Resampling, ResamplingKeywords
from coprod_measure.structure.methods.resampling import resampled_counts, resampled_covariances
from coprod_measure.structure.methods.surface_comparison import compare_surfaces, nested_tests
from coprod_measure.structure.methods.surface_models import (
    MODELS,
    SurfaceData,
    SurfaceFit,
    fit_surface,
    surface_data,
)
from coprod_measure.structure.methods.surface_parameters import (
    SLOPES,
    SURFACE,
    delta_method,
    surface_parameters,
)

PARAMETER_COLUMNS = (
    "parameter", "estimate", "se", "z", "pvalue", "ci_lower", "ci_upper", "boot_lower", "boot_upper",
)  # fmt: skip
PLACES = ("none", "pooled", "variablewise")
ERRORS = ("robust", "sandwich", "classical")
GAP = 0.5
"""Standard deviations (of both together) from which two values count as a gap (Shanock et al. 2010)."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """How often the predictors differ.

    Attributes
    ----------
    x_above, agree, y_above : float
        Shares of respondents.
    """

    x_above: float
    agree: float
    y_above: float


@dataclass(frozen=True, slots=True, repr=False)
class ResponseSurface(Shown):
    """A response surface and its rivals.

    Attributes
    ----------
    centre, scale : (float, float)
        What was taken off x and y, and what they were divided by.
    errors : str
        One of :data:`ERRORS`.
    fits : mapping
        Model to :class:`~coprod_measure.structure.methods.surface_models.SurfaceFit`.
    total : float
        Sum of squares of the outcome.
    drawn : ndarray, shape (draws, 5), or NotAvailable
        Slopes b1 to b5 of the full model in bootstrap draws.
    points : ndarray, shape (n, 2)
        x and y as they entered: the region for which the surface speaks.
    outliers : tuple
        Labels of the rows that all of DFFITS, Cook's distance and leverage flag (Bollen and Jackman
        1990). They stay in.
    """

    outcome: str
    x: str
    y: str
    controls: tuple[str, ...]
    n: int
    dropped: int
    centre: tuple[float, float]
    scale: tuple[float, float]
    errors: str
    fits: Mapping[str, SurfaceFit]
    total: float
    drawn: Floats | NotAvailable
    gaps: Gaps
    points: Floats
    outliers: tuple[object, ...]
    draws: int
    seed: int
    confidence: float

    def table(self, model: str = "full") -> pd.DataFrame:
        """One row a parameter of one model; columns :data:`PARAMETER_COLUMNS`."""
        fit = self.fits[one_of_models(model, tuple(self.fits))]
        named = ("b0", *SLOPES, *self.controls)
        surface = np.asarray(surface_parameters(fit.b[1:6]), dtype=np.float64)
        spread = delta_method(surface_parameters, fit.b[1:6], fit.covariance[1:6, 1:6])
        estimate = np.concatenate([fit.b, surface])
        se = np.sqrt(np.clip(np.concatenate([np.diag(fit.covariance), np.diag(spread)]), 0.0, None))
        se[(se < 1e-9 * (1 + np.abs(estimate)))] = 0.0  # what a constraint fixes has no error
        free = np.where(se > 0, se, np.nan)
        normal, z = NormalDist(), estimate / free
        width = normal.inv_cdf(0.5 + 0.5 * self.confidence) * free
        rows = pd.DataFrame({"parameter": [*named, *SURFACE], "estimate": estimate, "se": se, "z": z})
        rows["pvalue"] = [2 * normal.cdf(-abs(one)) if np.isfinite(one) else np.nan for one in z]
        rows["ci_lower"], rows["ci_upper"] = estimate - width, estimate + width
        if model == "full" and not isinstance(self.drawn, NotAvailable):
            both = np.hstack([self.drawn, np.asarray(surface_parameters(self.drawn), dtype=np.float64)])
            tail = 50.0 * (1.0 - self.confidence)
            limits = pd.DataFrame(
                np.nanpercentile(both, [tail, 100 - tail], axis=0).T, [*SLOPES, *SURFACE], ["lower", "upper"]
            )
            rows["boot_lower"] = rows["parameter"].map(limits["lower"])
            rows["boot_upper"] = rows["parameter"].map(limits["upper"])
        return rows.reindex(columns=list(PARAMETER_COLUMNS))

    def models(self) -> pd.DataFrame:
        """One row a model, the best by AICc first."""
        return compare_surfaces(self.fits, self.n, self.total)

    def nested(self) -> pd.DataFrame:
        """Each model against the next less constrained one."""
        return nested_tests(self.fits, self.n, self.total, self.errors != "classical")

    @property
    def significance(self) -> tuple[float, float]:
        """R2 of the full model over that of the controls alone, and its p value (F test)."""
        free, alone = self.fits["full"], self.fits.get("null")
        base, k = (alone.rss, alone.free) if alone is not None else (self.total, 0)
        df = self.n - free.free - 1
        F = (base - free.rss) / (free.free - k) / (free.rss / df)
        return (base - free.rss) / self.total, float(f_distribution.sf(F, free.free - k, df))

    @property
    def determined(self) -> bool:
        """Whether the stationary point is: not where the interval of 4 b3 b5 - b4² holds 0."""
        fit = self.fits["full"]
        b, V = fit.b[3:6], fit.covariance[3:6, 3:6]
        gradient = np.array([4 * b[2], -2 * b[1], 4 * b[0]])
        width = NormalDist().inv_cdf(0.5 + 0.5 * self.confidence) * float(np.sqrt(gradient @ V @ gradient))
        return bool(abs(4 * b[0] * b[2] - b[1] ** 2) > width)

    def congruence(self) -> pd.DataFrame:
        """Check what a congruence effect asks: ``condition holds`` (Humberg, Nestler and Back 2019).

        The first principal axis must be the line x = y (p10 = 0, p11 = 1), the ridge must bend down across it
        (a4 < 0) and have its top on it (a3 = 0); without a mean level effect also a1 = a2 = 0.
        """
        rows = self.table().set_index("parameter")
        lower = rows["boot_lower"].fillna(rows["ci_lower"])
        upper = rows["boot_upper"].fillna(rows["ci_upper"])
        holds = {
            f"{name} = {value}": bool(lower[name] <= value <= upper[name])
            for name, value in (("p10", 0), ("p11", 1), ("a3", 0))
        }
        holds["a4 < 0"] = bool(upper["a4"] < 0)
        holds |= {f"{name} = 0": bool(lower[name] <= 0 <= upper[name]) for name in ("a1", "a2")}
        return pd.DataFrame({"condition": list(holds), "holds": list(holds.values())})


def one_of_models(name: str, known: Sequence[str]) -> str:
    """Give the model that a name means, in whatever case."""
    meant = {one.lower(): one for one in known}
    return meant[one_of("model", name, tuple(meant))]


class SurfaceKeywords(ResamplingKeywords, total=False):
    """See :func:`response_surface`."""

    center: str
    scale: str
    models: Sequence[str]
    errors: str


@dataclass(frozen=True, slots=True)
class SurfaceOptions(Resampling):
    """See :func:`response_surface`."""

    center: str = "none"
    scale: str = "none"
    models: Sequence[str] = MODELS
    errors: str = "robust"


@spelled(SurfaceKeywords, SurfaceOptions)
@takes_frame
def response_surface(
    data: pd.DataFrame,
    outcome: str,
    x: str,
    y: str,
    *,
    controls: Sequence[str] = (),
    cluster: str | None = None,
    **options: Unpack[SurfaceKeywords],
) -> ResponseSurface:
    """Regress an outcome on two predictors, their squares and product, and compare constrained surfaces.

    Parameters
    ----------
    outcome, x, y : str
        x and y on one scale: what was wanted and what was received.
    controls : sequence of str
        Predictors that every model holds.
    cluster : str, optional
        Column of clusters; robust errors then allow for them.
    **options
        ``bootstrap`` draws of respondents (1,000; 0 for none) for percentile intervals of the full model,
        ``confidence`` (0.95), ``seed`` (1); and
        - ``center``, ``scale``: ``"pooled"``, at the mean and by the standard deviation of both together;
        ``"variablewise"``, which destroys what x = y means; ``"none"`` (default);
        - ``models``: of :data:`~coprod_measure.structure.methods.surface_models.MODELS` (default: all);
        the full one is always fitted;
        - ``errors``: ``"robust"`` to unequal variances (HC3, default), ``"sandwich"`` (HC0, as in RSA and
        lavaan), or ``"classical"`` (maximum likelihood, RSS / n).

    Notes
    -----
    Few people have extreme pairs of values, which tell most of the curvatures: HC0 rejects 10 % of true nulls
    about a4 with 130 people and 9 % with 260, HC3 5 and 6 % (1,000 samples; Long and Ervin 2000, *The
    American Statistician* 54, 217-224).

    Raises
    ------
    DataError, EstimationError
        If a column is missing or constant, a control is a gap score, or there are too few respondents.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(2)
    >>> people = pd.DataFrame(rng.normal(size=(300, 2)), columns=["wanted", "got"])
    >>> people["satisfied"] = -0.4 * (people["wanted"] - people["got"]) ** 2 + rng.normal(size=300)
    >>> surface = cm.response_surface(people, "satisfied", "wanted", "got", bootstrap=200)
    >>> surface.models()["model"].iloc[0], float(surface.table().loc[9, "ci_upper"]) < 0
    ('RR', True)
    """
    chosen = options_of(SurfaceOptions, options)
    errors = one_of("errors", chosen.errors, ERRORS)
    names = [x, y, *controls, outcome]
    if twice := [name for k, name in enumerate(names) if name in names[:k]]:
        cause = f"{twice[0]!r} stands in two places of the model"
        raise DataError(cause, place="response surface", cure="Name it once", code="named-twice")
    used = data if cluster is None else data[data[cluster].notna()]
    rows = complete_rows(used, names, len(names) + 6)
    points, centre, spread = _placed(rows.numbers[:, :2], chosen)
    z = rows.column(outcome)
    _refuse_gaps(rows, x, y, controls)
    clusters = None if cluster is None else cluster_codes(used[cluster].iloc[rows.places])
    shaped = surface_data(points[:, 0], points[:, 1], z, rows.numbers[:, 2:-1], clusters)
    wanted = dict.fromkeys([*(one_of_models(model, MODELS) for model in chosen.models), "full"])
    fits = {name: fit_surface(shaped, name, errors) for name in wanted}
    drawn: Floats | NotAvailable = NotAvailable("no draws were asked for")
    if chosen.bootstrap:
        counts = resampled_counts(len(z), chosen.bootstrap, chosen.seed)
        S = resampled_covariances(np.column_stack([shaped.design, shaped.outcome]), counts)
        try:
            drawn = np.asarray(np.linalg.solve(S[:, :-1, :-1], S[:, :-1, -1:])[:, :5, 0])
        except np.linalg.LinAlgError:
            drawn = NotAvailable(f"{x} and {y} hold too few different values in some of the draws")
    return ResponseSurface(
        outcome, x, y, tuple(controls), len(z), rows.dropped, centre, spread, errors, fits,
        float(shaped.outcome @ shaped.outcome), drawn, _gaps(rows.numbers[:, :2]), points,
        tuple(rows.index[_outliers(shaped)]), chosen.bootstrap, chosen.seed, chosen.confidence,
    )  # fmt: skip


def _placed(
    points: Floats, chosen: SurfaceOptions
) -> tuple[Floats, tuple[float, float], tuple[float, float]]:
    """Centre and scale x and y."""
    place, size = one_of("center", chosen.center, PLACES), one_of("scale", chosen.scale, PLACES)
    centre, spread = np.zeros(2), np.ones(2)
    if place != "none":
        centre = np.full(2, points.mean()) if place == "pooled" else points.mean(axis=0)
    if size != "none":
        spread = np.full(2, points.std(ddof=1)) if size == "pooled" else points.std(axis=0, ddof=1)
    return (
        (points - centre) / spread,
        (float(centre[0]), float(centre[1])),
        (float(spread[0]), float(spread[1])),
    )


def _gaps(points: Floats) -> Gaps:
    difference = (points[:, 0] - points[:, 1]) / points.std(ddof=1)
    above, below = float(np.mean(difference > GAP)), float(np.mean(difference < -GAP))
    return Gaps(above, 1.0 - above - below, below)


def _refuse_gaps(rows: CompleteRows, x: str, y: str, controls: Sequence[str]) -> None:
    """Refuse a difference of x and y: it hides which of the two matters."""
    gap = rows.column(x) - rows.column(y)
    for name in controls:
        column = rows.column(name)
        made = [np.corrcoef(one, column)[0, 1] for one in (gap, abs(gap), gap**2) if one.std() > 0]
        if any(abs(r) > 1 - 1e-9 for r in made):
            raise DataError(
                f"{name!r} is a gap score of {x!r} and {y!r}",
                cure="Leave it out: the polynomial tells what a gap does, and which of the two matters",
                code="gap-score",
            )


def _outliers(data: SurfaceData) -> np.ndarray:
    """Positions that DFFITS, Cook's distance and leverage all flag."""
    n, k = data.design.shape[0], data.design.shape[1] + 1
    hat = data.leverage
    rss = float(data.residual @ data.residual)
    variance = rss / (n - k)
    left_out = (rss - data.residual**2 / (1 - hat)) / (n - k - 1)
    dffits = data.residual * np.sqrt(hat) / (np.sqrt(left_out) * (1 - hat))
    cook = (data.residual / (1 - hat)) ** 2 * hat / (variance * k)
    flags = (np.abs(dffits) > 3 * np.sqrt(k / (n - k))) & (f_distribution.cdf(cook, k, n - k) > 0.5)
    return np.flatnonzero(flags & (hat > 3 * k / n))
