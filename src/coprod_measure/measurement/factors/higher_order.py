"""Factors above factors, to any height, against the correlated factors that they explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.fitting.best_measures import best
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.differences import difference
from coprod_measure.measurement.factors.confirmatory import loadings, measurement_model
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.sampling import Data, modelled
from coprod_measure.notebook import Shown

LEVEL_COLUMNS = ("factor", "facet", "order", "est", "se", "pvalue", "std", "explained")
MODEL_COLUMNS = ("model", "chisq", "df", "pvalue", "cfi", "rmsea", "srmr", "aic", "bic")
_NOTHING_TO_TEST = (
    "the hierarchy has as many parameters as the correlated constructs, so that nothing tests it: a higher "
    "factor of three facets fits any correlations"
)
Structures = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, repr=False)
class HigherOrderModel(Shown):
    """A hierarchy of factors.

    Attributes
    ----------
    loadings : pandas.DataFrame
        One row a facet of a higher factor (:data:`LEVEL_COLUMNS`): ``order`` of the factor (2 stands above
        the constructs), standardised loading, and the share of the facet that it explains.
    models : pandas.DataFrame
        The hierarchy and the correlated constructs (:data:`MODEL_COLUMNS`).
    target : float
        Chi-square of the correlated constructs over that of the hierarchy: 1 when the hierarchy explains all
        of their correlations (Marsh and Hocevar 1985).
    delta_chisq, delta_df, pvalue : float or NotAvailable
        What the hierarchy costs; no test where it has as many parameters as the correlated constructs.
    text : str
        Its syntax.
    """

    loadings: pd.DataFrame
    models: pd.DataFrame
    target: float
    delta_chisq: float | NotAvailable
    delta_df: float
    pvalue: float | NotAvailable
    text: str
    converged: bool
    admissible: bool
    messages: tuple[str, ...] = ()
    estimator: str = "ML"

    def table(self) -> pd.DataFrame:
        """One row a facet of a higher factor; columns :data:`LEVEL_COLUMNS`."""
        return self.loadings.copy()


def higher_order(
    data: Data,
    structures: Structures,
    constructs: Constructs | None = None,
    *,
    estimator: str = "ML",
    missing: str = "listwise",
) -> HigherOrderModel:
    """Fit a hierarchy of factors and compare it with the correlated constructs at its foot.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter errors and tests.
    structures : mapping of str to sequence of str
        Higher factor to its facets: constructs, or higher factors named here as well.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`; those at the foot of no structure are
        left out.
    estimator, missing
        See :class:`coprod_measure.fitting.options.FitOptions`.

    Raises
    ------
    MeasurementError
        If a facet is unknown, in two structures, in a circle, or a composite, or a model has no solution.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> traits["openness"] = ["O1", "O3", "O5"]
    >>> found = cm.higher_order(bfi, {"general": list(traits)}, traits).table()
    >>> found[["facet", "std"]].round(1).head(2).to_numpy().tolist()
    [['extraversion', 0.4], ['neuroticism', -0.1]]
    """
    answers, frame, sampling = modelled(data)
    sets = {one.construct: one for one in item_sets(answers, constructs)}
    orders = orders_of(structures, list(sets))
    foot = [facet for facets in structures.values() for facet in facets if facet not in structures]
    composites = [name for name in foot if sets[name].measurement != "reflective"]
    if composites:
        raise MeasurementError(
            f"{', '.join(composites)}: a composite is no facet of a common cause",
            cure="Leave it out of the hierarchy",
            code="composite-facet",
        )
    first = measurement_model({name: sets[name].items for name in foot})
    text = f"{first}\n{loadings(structures)}"
    fitting = {"estimator": estimator, "missing": missing, **sampling}
    hierarchy, correlated = (_fitted(words, frame, fitting) for words in (text, first))
    delta, df, pvalue = difference(hierarchy, correlated)
    if not df:
        delta = pvalue = NotAvailable(_NOTHING_TO_TEST)
    return HigherOrderModel(
        loadings=_loadings(hierarchy, structures, orders),
        models=pd.DataFrame(
            [_row("hierarchy", hierarchy), _row("correlated constructs", correlated)],
            columns=list(MODEL_COLUMNS),
        ),
        target=correlated.test.value / hierarchy.test.value if df else 1.0,
        delta_chisq=delta,
        delta_df=df,
        pvalue=pvalue,
        text=text,
        converged=hierarchy.converged,
        admissible=hierarchy.admissible,
        messages=(*hierarchy.messages, *([] if df else [_NOTHING_TO_TEST])),
        estimator=estimator,
    )


def orders_of(structures: Structures, constructs: Sequence[str]) -> dict[str, int]:
    """Order of every higher factor: 2 above constructs, 3 above those.

    Raises
    ------
    MeasurementError
        If a facet is unknown or stands twice, or structures contain each other in a circle.
    """
    facets = [facet for named in structures.values() for facet in named]
    unknown = [facet for facet in facets if facet not in structures and facet not in constructs]
    twice = sorted({facet for facet in facets if facets.count(facet) > 1})
    for names, cause in ((unknown, "is neither a construct nor a structure"), (twice, "is a facet twice")):
        if names:
            raise MeasurementError(f"{names[0]} {cause}", cure="Check the structures", code="bad-hierarchy")
    orders = dict.fromkeys(constructs, 1)
    while any(name not in orders for name in structures):
        ready = [
            name
            for name, named in structures.items()
            if name not in orders and all(facet in orders for facet in named)
        ]
        if not ready:
            circle = ", ".join(name for name in structures if name not in orders)
            raise MeasurementError(f"{circle} contain each other", cure="Check the structures", code="circle")
        orders |= {name: 1 + max(orders[facet] for facet in structures[name]) for name in ready}
    return {name: orders[name] for name in structures}


def _fitted(text: str, frame: pd.DataFrame, fitting: Mapping[str, Any]) -> Fit:
    fit = cfa(text, frame, **fitting)
    if not (fit.converged and fit.identified):
        raise MeasurementError(
            f"the hierarchy gives no estimates: {'; '.join(fit.messages)}",
            cure="Give every higher factor at least three facets",
            code="no-hierarchy",
        )
    return fit


def _loadings(fit: Fit, structures: Structures, orders: Mapping[str, int]) -> pd.DataFrame:
    rows = fit.parameters[fit.parameters["op"] == "=~"].set_index(["lhs", "rhs"])
    found = []
    for name in sorted(structures, key=lambda name: orders[name]):
        for facet in structures[name]:
            row = rows.loc[(name, facet)]
            std = float(row["std_all"])
            found.append((name, facet, orders[name], row["est"], row["se"], row["pvalue"], std, std**2))
    return pd.DataFrame(found, columns=list(LEVEL_COLUMNS))


def _row(name: str, fit: Fit) -> dict[str, object]:
    known = {key: best(fit.measures, key) for key in MODEL_COLUMNS[1:]}
    return {"model": name, **{k: one.value for k, one in known.items() if not isinstance(one, NotAvailable)}}
