"""Many constructs: each measured by itself, their correlations from the moments of the factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.estimation.two_step.factor_moments import factor_data, factor_moments
from coprod_measure.estimation.two_step.mapping import Measurement
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import (
    Confirmatory,
    confirmatory,
    fit_for_a_model,
    loadings_of,
    measurement_model,
    pairs_left,
)
from coprod_measure.measurement.item_sets import item_sets
from coprod_measure.measurement.sampling import Data, modelled

MOST_TOGETHER = 30
"""Constructs up to which one model holds all of them."""
APART = "each construct was measured by itself, so there is no likelihood of the whole"
_MEASURES = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "aic", "bic")


def measured_apart(
    data: Data, constructs: Mapping[str, Sequence[str]], estimator: str, missing: str
) -> Confirmatory:
    """Fit every construct alone, and estimate the covariances of all factors given that measurement.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter the errors of loadings.
    constructs : mapping
        Construct to its items; one of two items has equal loadings, a single item no error.
    estimator, missing : str
        ``"ML"`` or ``"MLR"``; as of :func:`coprod_measure.cfa`.

    Notes
    -----
    Rosseel and Loh (2024), Psychological Methods 29, 561-588: the first step of structural after measurement.
    """
    _, frame, sampling = modelled(data)
    fits = {
        name: _alone(name, items, frame, estimator, missing, sampling) for name, items in constructs.items()
    }
    items = [item for own in constructs.values() for item in own]
    part = _joined(fits, constructs, items)
    moments = factor_moments(factor_data(part, _answers(frame[items], missing)))
    scale = np.sqrt(np.diagonal(moments.cov))
    names = list(constructs)
    latent = pd.DataFrame(moments.cov / np.outer(scale, scale), index=names, columns=names)
    errors = pd.DataFrame(np.where(np.eye(len(names), dtype=bool), 0.0, np.nan), index=names, columns=names)
    implied = part.lam @ moments.cov @ part.lam.T + part.theta
    spread = np.sqrt(np.diagonal(implied))
    residuals = frame[items].corr() - implied / np.outer(spread, spread)
    parameters = pd.concat([fit.parameters for fit in fits.values()], ignore_index=True)
    words = (
        f"more than {MOST_TOGETHER} constructs: each was measured by itself, and their correlations come "
        "from the moments of the factors; there is no fit of the whole, and correlations have no errors"
    )
    return Confirmatory(
        model=measurement_model(constructs),
        parameters=parameters,
        loadings=loadings_of(parameters, pd.concat([fit.standardized() for fit in fits.values()])),
        fit_measures=pd.Series(np.nan, index=list(_MEASURES)),
        why_missing=dict.fromkeys(_MEASURES, APART),
        latent_correlations=latent,
        latent_errors=errors,
        residual_correlations=residuals,
        large_residuals=pairs_left(residuals),
        unavailable={},
        n=len(frame),
        estimator=estimator,
        missing=missing,
        converged=all(fit.converged for fit in fits.values()),
        admissible=all(fit.admissible for fit in fits.values()),
        identified=all(fit.identified for fit in fits.values()),
        messages=(words, *(f"{name}: {text}" for name, fit in fits.items() for text in fit.messages)),
    )


def _answers(frame: pd.DataFrame, missing: str) -> np.ndarray:
    kept = frame.dropna() if missing == "listwise" else frame.dropna(how="all")
    return np.asarray(kept, dtype=np.float64)


def _alone(
    name: str,
    items: Sequence[str],
    frame: pd.DataFrame,
    estimator: str,
    missing: str,
    sampling: Mapping[str, str],
) -> Fit:
    model = measurement_model({name: items})
    if len(items) == 2:
        first, second = items
        model = f"{name} =~ a*{first} + a*{second}"
    own = frame[[*items, *sampling.values()]].dropna(how="all", subset=list(items))
    return cfa(
        model,
        own,
        estimator=estimator,
        missing=missing,
        mean_structure=True,
        cluster=sampling.get("cluster"),
        weights=sampling.get("weights"),
    )


def _joined(
    fits: Mapping[str, Fit], constructs: Mapping[str, Sequence[str]], items: Sequence[str]
) -> Measurement:
    """Put all measurement into one: loadings, residual variances and intercepts."""
    lam, theta, nu = np.zeros((len(items), len(fits))), np.zeros(len(items)), np.zeros(len(items))
    place = {item: k for k, item in enumerate(items)}
    for column, (name, fit) in enumerate(fits.items()):
        for row in fit.parameters.itertuples():
            if row.op == "=~":
                lam[place[row.rhs], column] = row.est
            elif row.op == "~~" and row.lhs == row.rhs and row.lhs in place:
                theta[place[row.lhs]] = max(row.est, 0.0)
            elif row.op == "~1" and row.lhs in place:
                nu[place[row.lhs]] = row.est
        if len(constructs[name]) == 1:
            lam[place[constructs[name][0]], column] = 1.0
    return Measurement(lam, np.diag(theta), nu, np.ones(len(fits), dtype=bool))


def examine(x: Examination) -> Confirmatory:
    """Compute the part ``confirmatory``: one model, or constructs one by one where they are many."""
    kept, unavailable = fit_for_a_model(item_sets(x.clean, x.modelled))
    members = {one.construct: one.items for one in kept}
    if len(members) > MOST_TOGETHER and x.options.estimator in ("ML", "MLR"):
        found = measured_apart(x.clean, members, x.options.estimator, x.options.missing)
        return replace(found, unavailable=unavailable)
    return confirmatory(x.clean, x.modelled, **x.options.fitting)
