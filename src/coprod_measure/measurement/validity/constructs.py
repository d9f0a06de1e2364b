"""Convergent and discriminant validity of constructs under the measurement model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import Confirmatory
from coprod_measure.measurement.guides import as_printed
from coprod_measure.measurement.reliability.formulas import average_variance_extracted, composite_reliability
from coprod_measure.measurement.validity.htmt import htmt
from coprod_measure.notebook import Shown

__all__ = ["VALIDITY_COLUMNS", "Validity", "htmt", "validity"]

COLLAPSED = "its factor has no variance in the model: its items share nothing that the model can find"
VALIDITY_COLUMNS = (
    "construct",
    "items",
    "cr",
    "ave",
    "msv",
    "sqrt_ave",
    "largest_correlation",
    "with_construct",
    "fornell_larcker",
)
CORRELATION_COLUMNS = (
    "construct_1",
    "construct_2",
    "correlation",
    "se",
    "ci_lower",
    "ci_upper",
    "interval_below_1",
)


@dataclass(frozen=True, slots=True, repr=False)
class Validity(Shown):
    """What the measurement model says of every construct.

    Attributes
    ----------
    constructs : pandas.DataFrame
        One row a construct (:data:`VALIDITY_COLUMNS`): composite reliability and average variance extracted
        from the standardised loadings of the whole model, largest shared variance (``msv``) and with which
        construct, and whether the AVE exceeds it (Fornell and Larcker's criterion, as AVE-SV).
    matrix : pandas.DataFrame, shape (k, k)
        Latent correlations below the diagonal, square roots of the AVE on it, squared correlations above it.
    correlations : pandas.DataFrame
        One row a pair (:data:`CORRELATION_COLUMNS`): the interval test of discriminant validity (Anderson and
        Gerbing 1988).
    unavailable : dict
        Construct to the reason why it has no numbers.
    """

    constructs: pd.DataFrame
    matrix: pd.DataFrame
    correlations: pd.DataFrame
    unavailable: dict[str, NotAvailable]
    confidence: float

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`VALIDITY_COLUMNS`."""
        return self.constructs.copy()


def validity(model: Confirmatory, *, confidence: float = 0.95) -> Validity:
    """Judge the constructs of a fitted measurement model.

    Parameters
    ----------
    confidence : float
        Level of the intervals of latent correlations.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.validity(cm.confirmatory(bfi, traits)).table()[["cr", "ave"]].round(2).to_numpy().tolist()
    [[0.64, 0.38], [0.82, 0.61]]
    """
    phi = model.latent_correlations
    unavailable = dict(model.unavailable)
    rows = []
    roots = {}
    for construct in phi.columns:
        std = model.loadings.loc[model.loadings["construct"] == construct, "std"].to_numpy(dtype=float)
        if len(std) < 2:
            unavailable[construct] = NotAvailable("a single item has neither AVE nor composite reliability")
            continue
        if not np.isfinite(std).all():
            unavailable[construct] = NotAvailable(COLLAPSED)
            continue
        ave = average_variance_extracted(std)
        roots[construct] = np.sqrt(ave)
        # A factor that collapsed correlates with nothing.
        others = phi[construct].drop(construct).dropna()
        strongest = str(others.abs().idxmax()) if len(others) else ""
        msv = float(others.abs().max() ** 2) if len(others) else np.nan
        rows.append(
            (
                construct,
                len(std),
                composite_reliability(std, 1.0 - std**2),
                ave,
                msv,
                float(np.sqrt(ave)),
                float(others[strongest]) if strongest else np.nan,
                strongest,
                as_printed(ave, 2) > as_printed(msv, 2) if strongest else True,
            )
        )
    return Validity(
        constructs=pd.DataFrame(rows, columns=list(VALIDITY_COLUMNS)),
        matrix=_matrix(phi, roots),
        correlations=_pairs(model, confidence),
        unavailable=unavailable,
        confidence=confidence,
    )


def _matrix(phi: pd.DataFrame, roots: dict[str, float]) -> pd.DataFrame:
    values = np.tril(phi.to_numpy(), -1) + np.triu(phi.to_numpy() ** 2, 1)
    np.fill_diagonal(values, [roots.get(name, np.nan) for name in phi.columns])
    return pd.DataFrame(values, index=phi.index, columns=phi.columns)


def _pairs(model: Confirmatory, confidence: float) -> pd.DataFrame:
    phi, errors = model.latent_correlations, model.latent_errors
    wide = float(stats.norm.ppf(0.5 + confidence / 2.0))
    names = list(phi.columns)
    rows = []
    for second in range(len(names)):
        for first in range(second):
            r = float(phi.iloc[first, second])
            se = float(errors.iloc[first, second])
            lower, upper = r - wide * se, r + wide * se
            rows.append((names[first], names[second], r, se, lower, upper, max(abs(lower), abs(upper)) < 1.0))
    return pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS))


def examine(x: Examination) -> Validity:
    """Compute the part ``validity``."""
    model = x.found["confirmatory"]
    if not model:
        raise MeasurementError(model.reason)
    if not (model.converged and model.identified):
        raise MeasurementError(f"the measurement model gives no estimates: {'; '.join(model.messages)}")
    return validity(model)
