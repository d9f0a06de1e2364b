"""Scores of respondents on constructs, and how well each set of scores is determined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import CoprodError, DataError, MeasurementError, Message, NotAvailable
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import measurement_model
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.reliability.coefficients import Reliability, reliability
from coprod_measure.measurement.scores.scale_scores import why_no_score
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

Array = NDArray[np.float64]
Method = Literal["mean", "regression", "bartlett"]

METHODS: tuple[Method, ...] = get_args(Method)
SCORE_COLUMNS = ("construct", "method", "n", "determinacy", "reliability")


@dataclass(frozen=True, slots=True, repr=False)
class Scores(Shown):
    """Scores on every construct.

    Attributes
    ----------
    values : pandas.DataFrame
        One row a respondent (index as in the answers), one column a construct; NaN where too little was
        answered.
    quality : pandas.DataFrame
        One row a construct (:data:`SCORE_COLUMNS`): correlation of scores and construct (determinacy), and
        its square for factor scores; omega, or alpha of two items, for means.
    """

    values: pd.DataFrame
    quality: pd.DataFrame
    method: str
    messages: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`SCORE_COLUMNS`."""
        return self.quality.copy()


@dataclass(frozen=True, slots=True, repr=False)
class ScoresByMethod(Shown):
    """The same respondents scored in every way.

    Attributes
    ----------
    methods : dict
        ``"mean"``, ``"regression"`` and ``"bartlett"`` to their Scores, or the reason why there are none.
    """

    methods: dict[str, Scores | NotAvailable]
    estimator: str = "ML"

    @property
    def found(self) -> tuple[Scores, ...]:
        """The scores that exist."""
        return tuple(one for one in self.methods.values() if not isinstance(one, NotAvailable))

    @property
    def unavailable(self) -> dict[str, NotAvailable]:
        """The ways without scores, with the reason."""
        return {name: one for name, one in self.methods.items() if isinstance(one, NotAvailable)}

    @property
    def messages(self) -> tuple[str, ...]:
        """What was noted under any of the ways, once."""
        return tuple(dict.fromkeys(note for one in self.found for note in one.messages))

    def table(self) -> pd.DataFrame:
        """One row a construct and way; columns :data:`SCORE_COLUMNS`."""
        table = pd.concat([one.quality for one in self.found], ignore_index=True)
        order = {name: place for place, name in enumerate(dict.fromkeys(table["construct"]))}
        return table.sort_values(
            "construct", key=lambda own: own.map(order), kind="stable", ignore_index=True
        )

    def values(self) -> pd.DataFrame:
        """One row a respondent, one column a construct and way (``trust_mean``, ``trust_regression`` ...)."""
        wide = pd.concat([one.values.add_suffix(f"_{one.method}") for one in self.found], axis=1)  # noqa: PD011
        return wide[[f"{row.construct}_{row.method}" for row in self.table().itertuples()]]


def scores(
    data: Responses | pd.DataFrame,
    constructs: Constructs | None = None,
    *,
    method: Method = "mean",
    answered: float = 0.5,
    estimator: str = "ML",
    missing: str = "listwise",
) -> Scores:
    """Score respondents.

    Parameters
    ----------
    data : Responses or pandas.DataFrame
        Every row gets a score, of people with several rows each of them; weights enter the model.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    method : {"mean", "regression", "bartlett"}
        Mean of the answered items, or factor scores under the measurement model of all reflective constructs
        (Thurstone's regression scores; Bartlett's unbiased ones).
    answered : float
        Least share of a construct's items that a mean needs.
    estimator, missing
        Of the measurement model; see :class:`coprod_measure.fitting.options.FitOptions`.

    Raises
    ------
    DataError
        If ``answered`` is no share, or no construct has answers of which a mean makes sense.
    CoprodError
        If the measurement model cannot be fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.scores(bfi, traits).table()[["construct", "reliability"]].round(2).to_numpy().tolist()
    [['extraversion', 0.63], ['neuroticism', 0.82]]
    """
    if not 0.0 < answered <= 1.0:
        raise DataError(f"answered={answered} is not a share", cure="Give a number above 0 and at most 1")
    sets = item_sets(data, constructs)
    if method == "mean":
        return _means(data, sets, answered)
    return _factor_scores(
        data, sets, _measured(data, sets, {"estimator": estimator, "missing": missing}), method
    )


def every_score(
    data: Responses | pd.DataFrame,
    constructs: Constructs | None = None,
    *,
    estimator: str = "ML",
    missing: str = "listwise",
) -> ScoresByMethod:
    """Score respondents in every way, as :func:`scores` does, fitting the measurement model once.

    Raises
    ------
    CoprodError
        If the answers are no numbers, or there are none.
    """
    sets = item_sets(data, constructs)
    found: dict[str, Scores | NotAvailable] = {}
    fit: Fit | None = None
    fitting = {"estimator": estimator, "missing": missing}
    for method in METHODS:
        try:
            if method == "mean":
                found[method] = _means(data, sets, 0.5)
                continue
            fit = fit or _measured(data, sets, fitting)
            found[method] = _factor_scores(data, sets, fit, method)
        except CoprodError as problem:
            found[method] = NotAvailable(problem.problems[0].cause)
    if all(isinstance(one, NotAvailable) for one in found.values()):
        raise DataError("no construct has a score", cure="Scores need answers that have an order")
    return ScoresByMethod(found, estimator)


def _measured(data: Responses | pd.DataFrame, sets: tuple[ItemSet, ...], fitting: Mapping[str, Any]) -> Fit:
    reflective = {one.construct: one.items for one in sets if one.measurement == "reflective"}
    if not reflective:
        raise MeasurementError(
            "no construct is measured reflectively", cure="Score by means", code="no-factors"
        )
    if not isinstance(data, Responses):
        return cfa(measurement_model(reflective), data, **fitting)
    # All rows are scored; their clustering changes no estimate, and so no score.
    design, sampling = data.sampling()
    return cfa(
        measurement_model(reflective), data.frame.join(design), weights=sampling.get("weights"), **fitting
    )


def _factor_scores(
    data: Responses | pd.DataFrame, sets: tuple[ItemSet, ...], fit: Fit, method: Method
) -> Scores:
    frame = data.frame if isinstance(data, Responses) else data
    reflective = [one.construct for one in sets if one.measurement == "reflective"]
    values = fit.factor_scores("bartlett" if method == "bartlett" else "regression")[reflective].reindex(
        frame.index
    )
    determinacy = score_determinacy(fit, method)
    quality = pd.DataFrame(
        {
            "construct": reflective,
            "method": method,
            "n": [int(values[name].notna().sum()) for name in reflective],
            "determinacy": determinacy,
            "reliability": determinacy**2,
        },
        columns=list(SCORE_COLUMNS),
    )
    left_out = [one.construct for one in sets if one.measurement != "reflective"]
    messages = [
        Message("no factor scores, because it is not measured reflectively", "not-reflective", name)
        for name in left_out
    ]
    return Scores(values, quality, method, (*fit.messages, *messages))


def score_determinacy(fit: Fit, method: str, group: int = 0) -> Array:
    """Correlation of factor scores with their factors (Grice 2001, eq. 6), shape (k,).

    Parameters
    ----------
    method : {"regression", "bartlett"}
        With weights ``W``, the correlation is ``diag(W' L P) / sqrt(diag(W' S W) diag(P))``.
    """
    implied = fit.implied[group]
    k = fit.solution.model.groups[group].n_latent
    loadings, phi = implied.lam_a[:, :k], implied.v[:k, :k]
    if method == "regression":
        weights = np.linalg.solve(implied.sigma, loadings @ phi)
    else:
        weighted = loadings / np.diagonal(implied.theta)[:, None]
        weights = np.linalg.solve(loadings.T @ weighted, weighted.T).T
    with_factor = np.sum(weights * (loadings @ phi), axis=0)
    spread = np.sum(weights * (implied.sigma @ weights), axis=0)
    return np.asarray(with_factor / np.sqrt(spread * np.diagonal(phi)))


def _means(data: Responses | pd.DataFrame, sets: tuple[ItemSet, ...], answered: float) -> Scores:
    refused = {one.construct: why.reason for one in sets if (why := why_no_score(one, data)) is not None}
    messages = [Message(f"no mean, because {why}", "no-mean", name) for name, why in refused.items()]
    sets = tuple(one for one in sets if one.construct not in refused)
    if not sets:
        raise DataError("no construct has a score", cure="; ".join(messages))
    values = pd.DataFrame(
        {
            one.construct: one.frame.mean(axis=1).where(one.frame.notna().mean(axis=1) >= answered)
            for one in sets
        }
    )
    people = data.one_row_a_person()[0] if isinstance(data, Responses) else data
    known = reliability(people, {one.construct: one.items for one in sets if one.measurement == "reflective"})
    table = known.table().set_index("construct")
    rows: list[tuple[object, ...]] = []
    for one in sets:
        reliable = float("nan")
        if one.construct in table.index:
            reliable = float(table.loc[one.construct, ["omega", "alpha"]].astype(float).bfill().iloc[0])
        if np.isnan(reliable):
            cause = f"the reliability of its mean is not known, because {_why(one, known)}"
            messages.append(Message(cause, "reliability-unknown", one.construct))
        scored = int(values[one.construct].notna().sum())
        rows.append((one.construct, "mean", scored, np.sqrt(max(reliable, 0.0)), reliable))
    return Scores(values, pd.DataFrame(rows, columns=list(SCORE_COLUMNS)), "mean", tuple(messages))


def _why(one: ItemSet, known: Reliability) -> str:
    if one.measurement != "reflective":
        return "its items are not reflections of one cause"
    own = known.unavailable["construct"] == one.construct
    return str(known.unavailable.loc[own, "reason"].iloc[0])


def examine(x: Examination) -> ScoresByMethod:
    """Compute the part ``scores``."""
    return every_score(x.rows, x.modelled, **x.options.fitting)
