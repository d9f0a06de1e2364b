"""Exploratory structural equation model of scales: confirmatory in its aim, with every cross-loading free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.estimation.inference.fit_indices import cfi, chi_square_pvalue, rmsea, srmr, tli
from coprod_measure.estimation.rotation.criteria import RotationOptions
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import latent_correlations, measurement_model
from coprod_measure.measurement.factors.correlations import correlations
from coprod_measure.measurement.factors.exploratory import MARKED_LOADING, Efa, efa
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.sampling import Answers, Data, people
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

Array = NDArray[np.float64]

LOADING_COLUMNS = ("item", "construct", "factor", "std", "se", "own", "marked")
FIT_COLUMNS = ("model", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr")
PAIR_COLUMNS = ("construct_1", "construct_2", "esem", "se", "cfa")


@dataclass(frozen=True, slots=True, repr=False)
class Esem(Shown):
    """Factors that may load on every item, aimed at their own.

    Attributes
    ----------
    loadings : pandas.DataFrame
        One row an item and factor (:data:`LOADING_COLUMNS`); ``own`` where the item belongs to the factor,
        ``marked`` where a foreign loading reaches
        :data:`~coprod_measure.measurement.factors.exploratory.MARKED_LOADING`.
    fit : pandas.DataFrame
        This model and the one without cross-loadings (:data:`FIT_COLUMNS`).
    correlations : pandas.DataFrame
        One row a pair of factors (:data:`PAIR_COLUMNS`): cross-loadings forced to zero raise correlations.
    """

    loadings: pd.DataFrame
    fit: pd.DataFrame
    correlations: pd.DataFrame
    n: int
    converged: bool
    admissible: bool
    messages: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row an item and factor; columns :data:`LOADING_COLUMNS`."""
        return self.loadings.copy()


def esem(data: Data, constructs: Constructs | None = None) -> Esem:
    """Fit as many factors as constructs by ML and rotate them to zeros outside each construct's own items.

    Without covariates and with one group the model of Asparouhov and Muthén (2009) is ML factor analysis
    with oblique target rotation (Browne 2001). Complete answers only.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters are refused, because the likelihood knows none.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`; composites and single items are left out.

    Raises
    ------
    CoprodError
        If there are fewer than two constructs of two items, or so many factors cannot be extracted.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.esem(bfi, traits).table()[["item", "factor", "std"]].round(1).head(1).to_numpy().tolist()
    [['E3', 'extraversion', 0.7]]
    """
    data, _ = people(data, weights="closed-form", cluster="closed-form")
    sets = [
        one for one in item_sets(data, constructs) if one.measurement == "reflective" and len(one.items) > 1
    ]
    members = {one.construct: one.items for one in sets}
    if len(members) < 2:
        raise MeasurementError(
            "fewer than two reflective constructs have two items or more",
            cure="Explore a single construct with efa",
            code="one-construct",
        )
    items = [item for own in members.values() for item in own]
    target = target_of(members)
    found = efa(
        data,
        len(members),
        "target",
        "ml",
        items=items,
        missing="listwise",
        options=RotationOptions(target=target),
    )
    frame = data.frame if isinstance(data, Responses) else data
    rival = cfa(measurement_model(members), frame[items].dropna())
    # A target of zeros leaves the sign of each factor open: its own items decide.
    own_loadings = np.where(np.isnan(target), found.loadings.to_numpy(), 0.0)
    signs = np.where(own_loadings.sum(axis=0) < 0, -1.0, 1.0)
    return Esem(
        loadings=_loadings(found, members, signs),
        fit=pd.DataFrame([_fit_of(data, found), _fit_of_rival(rival)], columns=list(FIT_COLUMNS)),
        correlations=_pairs(found, list(members), signs, rival),
        n=found.n,
        converged=found.converged,
        admissible=found.admissible,
        messages=(*found.messages, *(f"without cross-loadings: {words}" for words in rival.messages)),
    )


def target_of(constructs: Mapping[str, Sequence[str]]) -> Array:
    """Zeros outside each construct's own items, NaN at them, shape (p, k)."""
    owners = [name for name, items in constructs.items() for _ in items]
    return np.array([[np.nan if owner == name else 0.0 for name in constructs] for owner in owners])


def _loadings(found: Efa, members: Mapping[str, Sequence[str]], signs: Array) -> pd.DataFrame:
    owner = {item: name for name, items in members.items() for item in items}
    rows = []
    for j, name in enumerate(members):
        column = f"F{j + 1}"
        for item in owner:
            std = float(found.loadings.loc[item, column]) * float(signs[j])
            known = not isinstance(found.errors, NotAvailable)
            se = float(found.errors.loc[item, column]) if known else float("nan")  # type: ignore[union-attr]
            own = owner[item] == name
            rows.append((item, owner[item], name, std, se, own, not own and abs(std) >= MARKED_LOADING))
    return pd.DataFrame(rows, columns=list(LOADING_COLUMNS))


def _pairs(found: Efa, names: Sequence[str], signs: Array, rival: Fit) -> pd.DataFrame:
    phi = found.phi.to_numpy() * np.outer(signs, signs)
    errors = None if isinstance(found.phi_errors, NotAvailable) else found.phi_errors.to_numpy()
    without, _ = latent_correlations(rival)
    rows = [
        (a, b, phi[i, j], float("nan") if errors is None else errors[i, j], float(without.loc[a, b]))
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i < j
    ]
    return pd.DataFrame(rows, columns=list(PAIR_COLUMNS))


def _fit_of(data: Answers, found: Efa) -> dict[str, object]:
    """Fit as a structural equation model's: chi-square without the correction that factor analysis uses."""
    items = [str(item) for item in found.loadings.index]
    R = correlations(data, items, missing="listwise").matrix
    p = len(R)
    chisq, df = found.n * float(found.fit_measures["objective"]), float(found.fit_measures["df"])
    baseline, baseline_df = -found.n * float(np.linalg.slogdet(R)[1]), p * (p - 1) / 2
    return {
        "model": "esem",
        "chisq": chisq,
        "df": df,
        "pvalue": chi_square_pvalue(chisq, df),
        "cfi": cfi(chisq, df, baseline, baseline_df),
        "tli": tli(chisq, df, baseline, baseline_df),
        "rmsea": rmsea(chisq, df, found.n),
        "srmr": srmr(R, R - found.residuals.to_numpy()),
    }


def _fit_of_rival(rival: Fit) -> dict[str, object]:
    return {"model": "cfa", **{name: rival.fit_measures.get(name) for name in FIT_COLUMNS[1:]}}


def examine(x: Examination) -> Esem:
    """Compute the part ``esem``."""
    return esem(x.clean, x.modelled)
