"""Exploratory factor analysis: the structure that items show by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.estimation.rotation.criteria import RotationOptions
from coprod_measure.estimation.rotation.rotate import Rotated, rotate
from coprod_measure.estimation.solution.extraction import Method, degrees_of_freedom, extract
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.correlations import Correlations, Kind, Missing, correlations
from coprod_measure.measurement.factors.loading_errors import loading_errors
from coprod_measure.measurement.sampling import WHY_NOT, Data
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

MOST_ITEMS = 150
"""Items up to which one exploratory analysis of all is made for a study."""
OF_CHI_SQUARE = ("chisq", "pvalue", "rmsea", "tli", "cfi", "bic")
MARKED_LOADING = 0.30
"""Absolute loading from which an item counts as loading on a factor (a habit, not a test)."""


@dataclass(frozen=True, slots=True, repr=False)
class Efa(Shown):
    """An exploratory factor solution.

    Attributes
    ----------
    loadings : pandas.DataFrame, shape (p, m)
        Pattern after rotation; index item ids, columns ``F1`` to ``Fm``.
    structure : pandas.DataFrame, shape (p, m)
        Correlations of items and factors.
    phi : pandas.DataFrame, shape (m, m)
        Correlations of the factors.
    errors, phi_errors : pandas.DataFrame or NotAvailable
        Standard errors of ``loadings`` and ``phi`` for normal answers.
    communalities : pandas.Series
        Diagonal of ``loadings phi loadings'``.
    variance : pandas.DataFrame
        One row a factor: ``factor ss_loadings proportion cumulative``.
    fit_measures : pandas.Series
        ``chisq df pvalue rmsea rmsea_ci_lower rmsea_ci_upper tli cfi bic rmsr objective``; chi-square with
        Bartlett's correction, the interval of RMSEA at 90 %.
    why_missing : dict
        Fit measure to the reason why it is absent.
    residuals : pandas.DataFrame
        Observed minus reproduced correlations, diagonal zero.
    converged, admissible : bool
        Of extraction and rotation; no communality at or above 1.
    """

    loadings: pd.DataFrame
    structure: pd.DataFrame
    phi: pd.DataFrame
    errors: pd.DataFrame | NotAvailable
    phi_errors: pd.DataFrame | NotAvailable
    communalities: pd.Series
    variance: pd.DataFrame
    fit_measures: pd.Series
    why_missing: dict[str, str]
    residuals: pd.DataFrame
    n: int
    extraction: str
    rotation: str
    correlation: str
    missing: str
    converged: bool
    admissible: bool
    messages: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row an item: ``item F1 ... Fm communality uniqueness complexity cross_loading``.

        ``complexity`` is Hofmann's (1978) index; ``cross_loading`` is True when two or more loadings reach
        :data:`MARKED_LOADING`.
        """
        L = self.loadings.to_numpy()
        table = self.loadings.reset_index(names="item")
        table["communality"] = self.communalities.to_numpy()
        table["uniqueness"] = 1.0 - self.communalities.to_numpy()
        table["complexity"] = complexity(L)
        table["cross_loading"] = (np.abs(L) >= MARKED_LOADING).sum(axis=1) >= 2
        return table


def efa(
    data: Data,
    n_factors: int,
    rotation: str = "oblimin",
    extraction: str = "minres",
    *,
    items: Sequence[str] | None = None,
    correlation: Kind = "pearson",
    missing: Missing = "pairwise",
    options: RotationOptions | None = None,
) -> Efa:
    """Explore the factors of items.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Clean responses, one row a person, or keyed items. Weights enter the correlations; with weights or
        clusters there are no errors and no measures that rest on chi-square.
    rotation : str
        One of :data:`~coprod_measure.estimation.rotation.rotate.ROTATIONS`.
    extraction : {"minres", "ml", "principal_axis"}
    items : sequence of str, optional
        Left out: all items of reflective constructs, or all columns.
    correlation : {"pearson", "polychoric"}
    missing : {"pairwise", "listwise"}
        See :func:`~coprod_measure.measurement.factors.correlations.correlations`.

    Raises
    ------
    EstimationError
        If so many factors cannot be extracted from so few items.
    MeasurementError
        If the rotation is unknown or the correlations cannot be had.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> items = [item for own in traits.values() for item in own]
    >>> cm.efa(bfi[items], n_factors=2).table()[["item", "F2"]].round(1).head(1).to_numpy().tolist()
    [['E3', 0.7]]
    """
    method = _method(extraction)
    R = correlations(data, items, kind=correlation, missing=missing)
    found = extract(R.matrix, n_factors, method)
    rotated = rotate(found.loadings, rotation, options)
    names = [f"F{j}" for j in range(1, n_factors + 1)]
    common = rotated.loadings @ rotated.phi @ rotated.loadings.T
    communalities = np.diagonal(common).copy()
    measures, absent = _fit_of(R, common, n_factors)
    residuals = R.matrix - common
    np.fill_diagonal(residuals, 0.0)
    index = pd.Index(R.items, name="item")
    messages = [*R.warnings, *_about(R)]
    if not found.converged:
        messages.append("the extraction did not converge")
    if not rotated.converged:
        messages.append("the rotation did not converge")
    messages += [f"{R.items[j]}: communality at its upper limit (Heywood case)" for j in found.at_bound]
    errors, phi_errors = _errors(R, rotated, rotation, method, options, names)
    return Efa(
        loadings=pd.DataFrame(rotated.loadings, index=index, columns=names),
        structure=pd.DataFrame(rotated.loadings @ rotated.phi, index=index, columns=names),
        phi=pd.DataFrame(rotated.phi, index=names, columns=names),
        errors=errors,
        phi_errors=phi_errors,
        communalities=pd.Series(communalities, index=index, name="communality"),
        variance=_variance(rotated.loadings, rotated.phi, names),
        fit_measures=measures,
        why_missing=absent,
        residuals=pd.DataFrame(residuals, index=index, columns=list(R.items)),
        n=R.n,
        extraction=method,
        rotation=rotation,
        correlation=correlation,
        missing=missing,
        converged=found.converged and rotated.converged,
        admissible=not found.at_bound and bool(np.all(communalities < 1.0)),
        messages=tuple(messages),
    )


def _fit_of(R: Correlations, common: Array, m: int) -> tuple[pd.Series, dict[str, str]]:
    """Fit, without what rests on a chi-square that weights and clusters spoil."""
    measures, absent = fit_measures(R.matrix, common, m, R.n)
    if not R.sampling:
        return measures, absent
    kept = [name for name in ("df", "rmsr", "objective") if name in measures]
    return measures[kept], dict.fromkeys(OF_CHI_SQUARE, WHY_NOT["closed-form"])


def discrepancy(R: Array, common: Array) -> float:
    """ML discrepancy of a factor solution, its diagonal filled up to that of ``R``.

    Parameters
    ----------
    R, common : ndarray, shape (p, p)
        Observed correlations and ``loadings phi loadings'``.
    """
    model = common.copy()
    np.fill_diagonal(model, np.diagonal(R))
    sign, log_model = np.linalg.slogdet(model)
    if sign <= 0:
        return float("inf")
    _, log_observed = np.linalg.slogdet(R)
    return float(log_model - log_observed + np.trace(np.linalg.solve(model, R)) - len(R))


def fit_measures(R: Array, common: Array, m: int, n: int) -> tuple[pd.Series, dict[str, str]]:
    """Fit of a factor solution, as R's psych computes it.

    Chi-square is the ML discrepancy times ``n - 1 - (2p + 5)/6 - 2m/3`` (Bartlett 1951), whatever the
    extraction; RMSEA (Steiger 1990), TLI (Tucker and Lewis 1973) and BIC rest on it.

    Parameters
    ----------
    R, common : ndarray, shape (p, p)
    m, n : int
        Factors and respondents.

    Returns
    -------
    pandas.Series, dict
        Measures, and the reason for each absent one.
    """
    p = len(R)
    df = degrees_of_freedom(p, m)
    off = R - common
    np.fill_diagonal(off, 0.0)
    rmsr = float(np.sqrt(np.sum(off**2) / (p * (p - 1))))
    objective = discrepancy(R, common)
    measures: dict[str, float] = {"df": float(df), "rmsr": rmsr}
    if not np.isfinite(objective):
        return pd.Series(measures), dict.fromkeys(
            OF_CHI_SQUARE,
            "the reproduced matrix is not positive definite",
        )
    factor = n - 1 - (2 * p + 5) / 6 - 2 * m / 3
    chisq = max(objective * factor, 0.0)
    measures |= {"chisq": chisq, "objective": objective}
    if df <= 0:
        return pd.Series(measures), dict.fromkeys(
            ("pvalue", "rmsea", "tli", "cfi", "bic"), "the model has no degrees of freedom"
        )
    null_objective = -float(np.linalg.slogdet(R)[1])
    null_df = p * (p - 1) / 2
    null_chisq = null_objective * (n - 1 - (2 * p + 5) / 6)
    null_ratio, ratio = null_objective / null_df, objective / df
    lower, upper = _rmsea_interval(chisq, df, n)
    excess, null_excess = max(chisq - df, 0.0), max(chisq - df, null_chisq - null_df, 0.0)
    measures |= {
        "pvalue": float(stats.chi2.sf(chisq, df)),
        "rmsea": float(np.sqrt(max(chisq / (df * n) - 1.0 / (n - 1), 0.0))),
        "rmsea_ci_lower": lower,
        "rmsea_ci_upper": upper,
        "tli": (null_ratio - ratio) / (null_ratio - 1.0 / factor),
        "cfi": 1.0 - excess / null_excess if null_excess > 0 else 1.0,
        "bic": chisq - df * float(np.log(n)),
    }
    return pd.Series(measures), {}


def complexity(L: Array) -> Array:
    """Hofmann's (1978) index of how many factors each row needs, shape (p,)."""
    squared = L**2
    fourth = np.sum(squared**2, axis=1)
    return np.asarray(np.sum(squared, axis=1) ** 2 / np.where(fourth > 0, fourth, 1.0))


def _method(name: str) -> Method:
    key = name.lower().replace(" ", "_")
    if key not in get_args(Method):
        raise MeasurementError(
            f"there is no extraction called {name}",
            cure=f"Choose from {', '.join(get_args(Method))}",
            code="extraction",
        )
    return cast(Method, key)


def _rmsea_interval(chisq: float, df: int, n: int, confidence: float = 0.90) -> tuple[float, float]:
    from scipy.optimize import brentq

    tail = (1.0 - confidence) / 2.0

    def bound(probability: float) -> float:
        if stats.chi2.cdf(chisq, df) <= probability:
            return 0.0
        noncentrality = brentq(
            lambda x: stats.ncx2.cdf(chisq, df, x) - probability, 1e-10, 4.0 * max(chisq, df) + 100.0
        )
        return float(np.sqrt(noncentrality / ((n - 1) * df)))

    return bound(1.0 - tail), bound(tail)


def _variance(L: Array, phi: Array, names: list[str]) -> pd.DataFrame:
    explained = np.sum(L * (L @ phi), axis=0)
    share = explained / len(L)
    return pd.DataFrame(
        {"factor": names, "ss_loadings": explained, "proportion": share, "cumulative": np.cumsum(share)}
    )


def _errors(
    R: Correlations,
    rotated: Rotated,
    rotation: str,
    method: Method,
    options: RotationOptions | None,
    names: list[str],
) -> tuple[pd.DataFrame | NotAvailable, pd.DataFrame | NotAvailable]:
    if R.sampling:
        return NotAvailable(WHY_NOT["closed-form"]), NotAvailable(WHY_NOT["closed-form"])
    if R.kind != "pearson":
        missing = NotAvailable("errors are offered for Pearson correlations only")
        return missing, missing
    try:
        loadings, phi = loading_errors(rotated.loadings, rotated.phi, R.n, rotation, method, options)
    except (MeasurementError, np.linalg.LinAlgError) as problem:
        missing = NotAvailable(str(problem))
        return missing, missing
    return (
        pd.DataFrame(loadings, index=pd.Index(R.items, name="item"), columns=names),
        pd.DataFrame(phi, index=names, columns=names),
    )


def _about(R: Correlations) -> list[str]:
    if R.missing == "listwise" or R.missing_share == 0.0 or R.sampling:
        return []
    return [
        f"{R.missing_share:.1%} of the answers are missing: each correlation rests on its own respondents, "
        f"and chi-square and what follows from it, computed with n = {R.n}, are approximate"
    ]


def examine(x: Examination) -> Efa:
    """Compute the part ``efa``: as many factors as asked for, or as parallel analysis keeps."""
    asked, parallel = x.options, x.found["parallel"]
    if len(x.reflective) > MOST_ITEMS:
        raise MeasurementError(
            f"{len(x.reflective)} items are too many to be looked at in one exploratory analysis",
            cure="Ask for the extra blocks, which looks stage by stage, or name constructs",
            code="too-many-items",
        )
    n_factors = asked.n_factors or (max(parallel.n_factors, 1) if parallel else 1)
    return efa(
        x.clean,
        n_factors,
        asked.rotation,
        asked.extraction,
        items=x.reflective,
        correlation=asked.correlation,
    )
