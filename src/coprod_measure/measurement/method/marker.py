"""The marker ladder: how much of what constructs share is how they were asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.estimation.specification.writing import formula, unused
from coprod_measure.fitting.best_measures import best
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.differences import difference
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import latent_correlations, measurement_model
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.method.path_changes import path_changes
from coprod_measure.measurement.sampling import Data, modelled
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

Array = NDArray[np.float64]

LADDER_COLUMNS = ("model", "chisq", "df", "pvalue", "cfi", "rmsea", "srmr", "converged", "admissible")
COMPARISON_COLUMNS = ("comparison", "delta_chisq", "delta_df", "pvalue", "says")
SHARE_COLUMNS = ("construct", "reliability", "substantive", "method")
MARKER = "marker"
NO_PATHS_OF_ITS_OWN = NotAvailable(
    "the restricted model holds the correlations of the constructs at their values in the baseline "
    "(Williams et al., 2010), so that it leaves no paths to be estimated"
)
SHARED = (
    "the items share variance with the marker",
    "no evidence that the items share variance with the marker in equal parts",
)
UNEQUAL = ("the items share it unequally", "no evidence that the items share it unequally")
BIASED = (
    "the correlations of constructs are biased by it",
    "no evidence that the correlations of constructs are biased by it",
)
"""What a step says when its chi-square difference is significant, and when it is not: no null is accepted."""


@dataclass(frozen=True, slots=True, repr=False)
class MarkerLadder(Shown):
    """Models of Williams, Hartman and Cavazotte (2010).

    Attributes
    ----------
    models : pandas.DataFrame
        ``cfa`` (marker correlates with all), ``baseline`` (marker alone, its loadings and errors fixed),
        ``constrained`` (equal method loadings), ``unconstrained`` (free ones), ``restricted`` (the better of
        these two with the baseline's correlations); :data:`LADDER_COLUMNS`.
    comparisons : pandas.DataFrame
        Chi-square differences and what each says (:data:`COMPARISON_COLUMNS`).
    shares : pandas.DataFrame
        One row a construct (:data:`SHARE_COLUMNS`): reliability of the standardised sum, parted into what
        the construct and what the method contribute, from the better method model.
    correlations : pandas.DataFrame
        ``construct_1 construct_2 baseline method restricted``: latent correlations without and with method.
    paths : pandas.DataFrame or NotAvailable
        ``lhs rhs baseline constrained unconstrained restricted method method_ci_lower method_ci_upper``:
        standardised structural paths at each step, and in the better method model with 95 % intervals.
    method_loadings : pandas.DataFrame
        ``item std`` of the better method model.
    chosen : str
        ``"constrained"`` or ``"unconstrained"``.
    """

    models: pd.DataFrame
    comparisons: pd.DataFrame
    shares: pd.DataFrame
    correlations: pd.DataFrame
    paths: pd.DataFrame | NotAvailable
    method_loadings: pd.DataFrame
    chosen: str
    marker: tuple[str, ...]
    messages: tuple[str, ...] = ()
    level: float = 0.05
    estimator: str = "ML"

    @property
    def unavailable(self) -> dict[str, NotAvailable]:
        """Column of ``paths`` to the reason why it holds no numbers."""
        return {} if isinstance(self.paths, NotAvailable) else {"restricted": NO_PATHS_OF_ITS_OWN}

    def table(self) -> pd.DataFrame:
        """One row a model; columns :data:`LADDER_COLUMNS`."""
        return self.models.copy()


def marker_ladder(
    data: Data,
    constructs: Constructs | None = None,
    *,
    marker: Sequence[str] | None = None,
    structure: str = "",
    estimator: str = "ML",
    missing: str = "listwise",
    level: float = 0.05,
) -> MarkerLadder:
    """Climb the ladder with the designed marker.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter errors and tests.
    constructs : mapping, optional
        Substantive constructs; see :func:`~coprod_measure.measurement.item_sets.item_sets`.
    marker : sequence of str, optional
        Items of the marker; left out: those with the role ``marker`` in the instrument.
    structure : str
        Regressions among the constructs in model syntax, to see what the method does to them.
    estimator, missing
        See :class:`coprod_measure.fitting.options.FitOptions`.
    level : float
        Of the chi-square differences.

    Raises
    ------
    MeasurementError
        If there are fewer than two marker items or a model of the ladder cannot be had.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> traits["openness"] = ["O1", "O3", "O5"]
    >>> found = cm.marker_ladder(bfi, traits, marker=traits["openness"]).table()
    >>> found[["model", "df", "cfi"]].round(2).head(2).to_numpy().tolist()
    [['cfa', 24.0, 0.96], ['baseline', 32.0, 0.88]]
    """
    items = tuple(marker) if marker is not None else _designed(data)
    if len(items) < 2:
        raise MeasurementError(
            "the ladder needs a marker of two items or more",
            cure="Name the marker's items, or ask marker items in the questionnaire",
            code="no-marker",
        )
    answers, frame, sampling = modelled(data)
    sets = [one for one in item_sets(answers, constructs) if one.measurement == "reflective"]
    kept = {one.construct: tuple(i for i in one.items if i not in items) for one in sets}
    members = {name: own for name, own in kept.items() if len(own) > 1}
    texts = _Texts(members, items)
    fitting = {"estimator": estimator, "missing": missing, **sampling}
    fits = {"cfa": _fit(texts.correlated(), frame, fitting)}
    alone = texts.marker_fixed(fits["cfa"])
    for name, label in (("baseline", None), ("constrained", "method"), ("unconstrained", "")):
        fits[name] = _fit(texts.substantive(alone, label), frame, fitting)
    rungs = (("baseline", "constrained", SHARED), ("constrained", "unconstrained", UNEQUAL))
    steps = [
        _compare(f"{before} against {after}", fits[after], fits[before], says, level)
        for before, after, says in rungs
    ]
    chosen = "unconstrained" if steps[1][3] < level else "constrained"
    free = texts.substantive(alone, "method" if chosen == "constrained" else "")
    held = texts.correlations_fixed(fits["baseline"])
    fits["restricted"] = _fit(f"{free}\n{held}", frame, fitting)
    steps.append(_compare(f"{chosen} against restricted", fits[chosen], fits["restricted"], BIASED, level))
    return MarkerLadder(
        models=pd.DataFrame([_row(name, fit) for name, fit in fits.items()], columns=list(LADDER_COLUMNS)),
        comparisons=pd.DataFrame(steps, columns=list(COMPARISON_COLUMNS)),
        shares=_shares(fits[chosen], members, texts.factor),
        correlations=_correlations(fits, chosen, list(members)),
        paths=_paths(texts, alone, chosen, structure, frame, fitting),
        method_loadings=_method_loadings(fits[chosen], items, texts.factor),
        chosen=chosen,
        marker=items,
        messages=tuple(f"{name}: {words}" for name, fit in fits.items() for words in fit.messages),
        level=level,
        estimator=estimator,
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """The ladder's models in syntax; factor variances are 1 throughout."""

    constructs: Mapping[str, Sequence[str]]
    marker: Sequence[str]

    @property
    def factor(self) -> str:
        """The marker's name, which no construct and no item has."""
        items = (item for own in self.constructs.values() for item in own)
        return unused(MARKER, (*self.constructs, *self.marker, *items))

    def correlated(self) -> str:
        return measurement_model({**self.constructs, self.factor: self.marker})

    def marker_fixed(self, fit: Fit) -> list[str]:
        rows = fit.parameters.set_index(["lhs", "op", "rhs"])["est"]
        terms = [(f"{rows[self.factor, '=~', item]:.12g}", item) for item in self.marker]
        errors = [formula(item, "~~", (f"{rows[item, '~~', item]:.12g}", item)) for item in self.marker]
        return [formula(self.factor, "=~", *terms), *errors]

    def substantive(self, alone: Sequence[str], label: str | None = None) -> str:
        """Substantive constructs apart from the marker; with a label, all items load on the marker too."""
        lines = [measurement_model(self.constructs), *alone]
        lines += [formula(name, "~~", ("0", self.factor)) for name in self.constructs]
        if label is not None:
            items = [item for group in self.constructs.values() for item in group]
            lines.append(formula(self.factor, "=~", *((label, item) for item in items)))
        return "\n".join(lines)

    def correlations_fixed(self, baseline: Fit) -> str:
        values, _ = latent_correlations(baseline)
        names = list(self.constructs)
        return "\n".join(
            formula(a, "~~", (f"{values.loc[a, b]:.12g}", b))
            for k, a in enumerate(names)
            for b in names[k + 1 :]
        )


def _designed(data: Data) -> tuple[str, ...]:
    if not isinstance(data, Responses):
        return ()
    return tuple(
        item.id for item in data.instrument.items.values() if item.role == "marker" and item.id in data.frame
    )


def _fit(text: str, frame: pd.DataFrame, fitting: Mapping[str, Any]) -> Fit:
    fit = cfa(text, frame, std_lv=True, **fitting)
    if not fit.converged:
        raise MeasurementError("a model of the marker ladder did not converge", code="not-converged")
    return fit


def _row(name: str, fit: Fit) -> dict[str, object]:
    known = {key: best(fit.measures, key) for key in ("chisq", "df", "pvalue", "cfi", "rmsea", "srmr")}
    measures = {key: one.value for key, one in known.items() if not isinstance(one, NotAvailable)}
    return {"model": name, **measures, "converged": fit.converged, "admissible": fit.admissible}


def _compare(
    comparison: str, larger: Fit, smaller: Fit, says: tuple[str, str], level: float
) -> tuple[str, object, float, float, str]:
    delta, df, pvalue = difference(smaller, larger)
    if isinstance(pvalue, NotAvailable):
        return comparison, np.nan, df, np.nan, f"no test: {pvalue.reason}"
    return comparison, delta, df, pvalue, says[0] if pvalue < level else says[1]


def _shares(fit: Fit, constructs: Mapping[str, Sequence[str]], marker: str) -> pd.DataFrame:
    std = fit.parameters[fit.parameters["op"] == "=~"].set_index(["lhs", "rhs"])["std_all"]
    rows = []
    for name, items in constructs.items():
        own = float(sum(std[name, item] for item in items)) ** 2
        method = float(sum(std[marker, item] for item in items)) ** 2
        error = float(sum(1.0 - std[name, item] ** 2 - std[marker, item] ** 2 for item in items))
        total = own + method + error
        rows.append((name, (own + method) / total, own / total, method / total))
    return pd.DataFrame(rows, columns=list(SHARE_COLUMNS))


def _correlations(fits: Mapping[str, Fit], chosen: str, names: Sequence[str]) -> pd.DataFrame:
    found = {
        column: latent_correlations(fits[model])[0]
        for column, model in (("baseline", "baseline"), ("method", chosen), ("restricted", "restricted"))
    }
    rows = [
        (a, b, *(float(values.loc[a, b]) for values in found.values()))
        for k, a in enumerate(names)
        for b in names[k + 1 :]
    ]
    return pd.DataFrame(rows, columns=["construct_1", "construct_2", *found])


def _paths(
    texts: _Texts,
    alone: Sequence[str],
    chosen: str,
    structure: str,
    frame: pd.DataFrame,
    fitting: Mapping[str, Any],
) -> pd.DataFrame | NotAvailable:
    models = {
        "baseline": texts.substantive(alone),
        "constrained": texts.substantive(alone, "method"),
        "unconstrained": texts.substantive(alone, ""),
    }
    found = path_changes(models, structure, list(texts.constructs), texts.factor, frame, fitting)
    if isinstance(found, NotAvailable):
        return found
    ends = {f"method_ci_{end}": found[f"{chosen}_ci_{end}"] for end in ("lower", "upper")}
    return found[["lhs", "rhs", *models]].assign(restricted=np.nan, method=found[chosen], **ends)


def _method_loadings(fit: Fit, marker: Sequence[str], factor: str) -> pd.DataFrame:
    rows = fit.parameters
    rows = rows[(rows["op"] == "=~") & (rows["lhs"] == factor) & ~rows["rhs"].isin(marker)]
    return pd.DataFrame({"item": rows["rhs"].to_numpy(), "std": rows["std_all"].to_numpy()})


def examine(x: Examination) -> MarkerLadder:
    """Compute the part ``marker``."""
    return marker_ladder(x.clean, x.modelled, structure=x.options.structure, **x.options.fitting)
