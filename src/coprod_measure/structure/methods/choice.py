"""Choices: yes or no, one of several, how far, whether and how much; effects as probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any, TypedDict, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from coprod_measure.arguments import one_of, options_of, share, spelled
from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import complete, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.choice_parts import (
    COUNTS,
    Part,
    code_options,
    fit_part,
    fit_part_of_copies,
    make_parts,
    refuse_deciders,
    start_of,
    unit_weights,
    with_constant,
)
from coprod_measure.structure.methods.complete_rows import cluster_codes, complete_rows, name_collinear
from coprod_measure.structure.methods.likelihood import Maximum, summed
from coprod_measure.structure.methods.marginal_effects import average_effect
from coprod_measure.structure.methods.measurement_error import Extrapolated, extrapolate
from coprod_measure.structure.methods.stacked_choice import copies_at_once, scores_of
from coprod_measure.structure.methods.surface_parameters import delta_method

MODELS = ("logit", "probit", "multinomial", "continuation", "two_part", *COUNTS, "tobit")
TABLE_COLUMNS = ("equation", "term", "estimate", "se", "z", "pvalue", "ci_lower", "ci_upper", "ratio")
EFFECT_COLUMNS = ("option", "term", "effect", "se", "z", "pvalue", "ci_lower", "ci_upper")
TEST_COLUMNS = ("test", "terms", "df", "wald", "wald_pvalue", "lr", "lr_pvalue")
FIT_COLUMNS = ("n", "loglik", "loglik_null", "parameters", "aic", "bic", "mcfadden", "lr", "df", "pvalue")


class ChoiceKeywords(TypedDict, total=False):
    """See :func:`choice`."""

    base: object
    parallel: bool
    errors: str
    cluster: str | None
    weights: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class ChoiceOptions:
    """See :func:`choice`."""

    base: object = None
    parallel: bool = True
    errors: str = "classical"
    cluster: str | None = None
    weights: str | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        one_of("errors", self.errors, ("classical", "robust"))
        share("confidence", self.confidence)


@dataclass(frozen=True, slots=True, repr=False)
class Choice(Shown):
    """A model of a choice.

    Attributes
    ----------
    maxima : tuple of Maximum
        One a part.
    covariances : tuple of ndarray
        Of the estimates of each part.
    base : str
        Option that the others are compared with; empty where there is none.
    errors : str
        ``"classical"``, ``"robust"`` or ``"cluster"``.
    weights : str
        Column of sampling weights; empty where all rows count alike.
    """

    model: str
    outcome: str
    predictors: tuple[str, ...]
    n: int
    dropped: int
    parts: tuple[Part, ...]
    maxima: tuple[Maximum, ...]
    covariances: tuple[Floats, ...]
    base: str
    errors: str
    weights: str
    confidence: float
    _predictor_values: pd.DataFrame = field(repr=False, compare=False)
    _units: np.ndarray = field(repr=False, compare=False)
    _refit: Callable[..., Choice] = field(repr=False, compare=False)

    @property
    def loglik(self) -> float:
        """Of all parts together."""
        return sum(one.loglik for one in self.maxima)

    @property
    def size(self) -> int:
        """Parameters of all parts together."""
        return sum(len(one.estimates) for one in self.maxima)

    def table(self) -> pd.DataFrame:
        """One row a parameter; columns :data:`TABLE_COLUMNS`; ``ratio`` is the odds (or rate) ratio."""
        frames = []
        for part, top, V in zip(self.parts, self.maxima, self.covariances, strict=True):
            rows = _inference(top.estimates, np.sqrt(np.diag(V)), self.confidence)
            rows.insert(0, "term", [term for _, term in part.terms])
            rows.insert(0, "equation", [equation for equation, _ in part.terms])
            multiplies = self.model in ("logit", "multinomial", "continuation") or (
                part.options and self.model in ("two_part", *COUNTS)
            )
            ratio = np.exp(top.estimates) if multiplies or self.model in COUNTS else np.nan
            frames.append(
                rows.assign(ratio=np.where(rows["term"].isin(["(constant)", "log(theta)"]), np.nan, ratio))
            )
        return pd.concat(frames, ignore_index=True)[list(TABLE_COLUMNS)]

    def fit(self) -> pd.Series:
        """Likelihood, information criteria and the test of all predictors together.

        Raises
        ------
        EstimationError
            With weights, under which there is no likelihood.
        """
        if self.weights:
            raise EstimationError(
                "weighted answers have no likelihood to compare", cure="Use tests(), which are Wald's"
            )
        null = self._refit(())
        lr, df = 2 * (self.loglik - null.loglik), self.size - null.size
        values = (
            self.n, self.loglik, null.loglik, self.size, 2 * self.size - 2 * self.loglik,
            np.log(self.n) * self.size - 2 * self.loglik, 1 - self.loglik / null.loglik, lr, df,
            chi2.sf(lr, df),
        )  # fmt: skip
        return pd.Series(dict(zip(FIT_COLUMNS, values, strict=True)), dtype=float)

    def tests(self) -> pd.DataFrame:
        """Test each predictor in all equations together; columns :data:`TEST_COLUMNS`.

        With weights there is no likelihood ratio: its columns are NaN.
        """
        rows = []
        for name in self.predictors:
            wald, df = self._wald([name])
            lr = nan
            if not self.weights:
                small = self._refit([one for one in self.predictors if one != name])
                lr = max(2 * (self.loglik - small.loglik), 0.0)
            rows.append((name, name, df, wald, chi2.sf(wald, df), lr, chi2.sf(lr, df)))
        return pd.DataFrame(rows, columns=list(TEST_COLUMNS))

    def _wald(self, names: Sequence[str]) -> tuple[float, int]:
        total, df = 0.0, 0
        for part, top, V in zip(self.parts, self.maxima, self.covariances, strict=True):
            at = [k for k, (_, term) in enumerate(part.terms) if term in names]
            b = top.estimates[at]
            total, df = total + float(b @ np.linalg.solve(V[np.ix_(at, at)], b)), df + len(at)
        return total, df

    def mended(self, reliability: Mapping[str, float], draws: int = 100, seed: int = 1) -> Extrapolated:
        """Slopes without the error of measurement of predictors, by SIMEX, the naive beside.

        Parameters
        ----------
        reliability : mapping
            Predictor to its reliability.
        """
        values, naive = self._predictor_values, self.table()
        at_once = copies_at_once(len(values), self.size)
        return extrapolate(values, reliability, naive, self._of_copies, draws, seed, at_once)

    def _of_copies(self, copies: Floats) -> tuple[Floats, Floats]:
        """Estimates with each copy of the predictors' values, and what each respondent or cluster adds.

        NaN where a copy has none.
        """
        if self.model in ("logit", "multinomial"):
            (part,), (top,) = self.parts, self.maxima
            found = fit_part_of_copies(part, self.outcome, copies, top.estimates)
            assert part.chosen is not None
            scores = scores_of(
                with_constant(copies), part.chosen, len(part.options), found.estimates, part.weights
            )
            units = self._units if self.errors == "cluster" else None
            return found.estimates, np.array([summed(one, units) for one in scores @ found.covariances])
        number = int(self._units.max()) + 1
        estimates = np.full((len(copies), self.size), np.nan)
        adds = np.full((len(copies), number, self.size), np.nan)
        starts = [top.estimates for top in self.maxima]
        for k, copy in enumerate(copies):
            try:
                one = self._refit(
                    self.predictors, pd.DataFrame(copy, columns=self._predictor_values.columns), starts
                )
            except EstimationError:
                continue
            estimates[k] = np.concatenate([top.estimates for top in one.maxima])
            adds[k] = np.hstack(
                [
                    summed(top.scores @ np.linalg.inv(top.information), self._units[part.rows], number)
                    for part, top in zip(one.parts, one.maxima, strict=True)
                ]
            )
        return estimates, adds

    def equal_opposite(self, first: str, second: str) -> pd.DataFrame:
        """Test whether two slopes add up to zero, in each equation; ``equation sum se wald pvalue``.

        Parameters
        ----------
        first, second : str
            Two predictors, such as benefit and cost.
        """
        rows = []
        for part, top, V in zip(self.parts, self.maxima, self.covariances, strict=True):
            for equation in dict.fromkeys(name for name, _ in part.terms):
                pair = [part.terms.index((equation, name)) for name in (first, second)]
                total, variance = float(top.estimates[pair].sum()), float(V[np.ix_(pair, pair)].sum())
                wald = total**2 / variance
                rows.append((equation, total, np.sqrt(variance), wald, chi2.sf(wald, 1)))
        return pd.DataFrame(rows, columns=["equation", "sum", "se", "wald", "pvalue"])

    def effects(self) -> pd.DataFrame:
        """Average marginal effects on the probability of each option; columns :data:`EFFECT_COLUMNS`.

        The mean over respondents, each counted by his weight, of the slope of the probability, or of its
        change from 0 to 1 for a predictor that has only these values. Errors by the delta method from those
        of the slopes, with weights or clusters from their sandwich; people's values count as given, as in
        Stata's ``margins`` without ``vce(unconditional)``.
        """
        frames = []
        for part, top, V in zip(self.parts, self.maxima, self.covariances, strict=True):
            if not part.options or self.model == "continuation":
                continue
            for j, name in enumerate(self.predictors, start=1):

                def effect(b: NDArray[Any], j: int = j, part: Part = part) -> NDArray[Any]:
                    return average_effect(self.model, b, part, j)

                value = np.real(effect(top.estimates.astype(complex)))
                se = np.sqrt(np.diag(delta_method(effect, top.estimates, V)))
                rows = _inference(value, se, self.confidence).rename(columns={"estimate": "effect"})
                rows.insert(0, "term", name)
                rows.insert(0, "option", list(part.options))
                frames.append(rows)
        if not frames:
            return pd.DataFrame(columns=list(EFFECT_COLUMNS))
        found = pd.concat(frames, ignore_index=True)
        return (
            found[found["option"] != self.base].reset_index(drop=True)
            if len(set(found["option"])) == 2
            else found
        )


def _inference(estimate: Floats, se: Floats, confidence: float) -> pd.DataFrame:
    z, width = estimate / se, norm.ppf(0.5 + 0.5 * confidence) * se
    return pd.DataFrame({
        "estimate": estimate, "se": se, "z": z, "pvalue": 2 * norm.sf(np.abs(z)),
        "ci_lower": estimate - width, "ci_upper": estimate + width,
    })  # fmt: skip


@spelled(ChoiceKeywords, ChoiceOptions)
@takes_frame
def choice(
    data: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    model: str = "logit",
    **options: Unpack[ChoiceKeywords],
) -> Choice:
    """Model a choice by maximum likelihood.

    Parameters
    ----------
    model : str
        - ``"logit"``, ``"probit"``: two values, the higher is yes;
        - ``"multinomial"``: one of several options;
        - ``"continuation"``: how far along ordered stages, P(Y > k | Y >= k);
        - ``"two_part"``: zero or not (logit), and how much (truncated normal, Cragg 1971); ``"hurdle"``: the
          same for counts (truncated Poisson, Mullahy 1986), ``"hurdle_negbin"`` for counts more spread than
          Poisson's; ``"tobit"``: one process for both.
    **options
        - ``base``: option that the others are compared with (default: the most frequent; the lower of two);
        - ``parallel``: whether slopes are the same at every stage of ``"continuation"`` (default);
        - ``errors``: ``"classical"`` (default) or ``"robust"``; ``cluster``: column of clusters;
        - ``weights``: column of sampling weights, above zero; errors are then robust, with ``cluster`` by
          cluster (Binder 1983, International Statistical Review 51, 279-292), and there is no likelihood;
        - ``confidence`` (0.95).

    Raises
    ------
    DataError, EstimationError
        If the outcome does not fit the model, or predictors are collinear, constant, or part the answers
        completely.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame(rng.normal(size=(500, 2)), columns=["benefit", "cost"])
    >>> people["engage"] = (people["benefit"] - people["cost"] + rng.logistic(size=500) > 0).astype(int)
    >>> found = cm.choice(people, "engage", ["benefit", "cost"])
    >>> found.effects()["effect"].round(2).tolist()
    [0.18, -0.18]
    >>> bool(found.equal_opposite("benefit", "cost")["pvalue"].iloc[0] > 0.05)
    True
    """
    kind, chosen = one_of("model", model, MODELS), options_of(ChoiceOptions, options)
    needed = [outcome, *(name for name in (chosen.cluster, chosen.weights) if name is not None)]
    complete(data, needed)
    used = data.dropna(subset=needed)
    codes, names = code_options(used[outcome], kind, chosen.base)
    coded = (
        used[list(dict.fromkeys(predictors))].assign(**{outcome: codes})
        if set(predictors) <= set(used)
        else used
    )
    rows = complete_rows(coded, [*predictors, outcome], len(predictors) + 3)
    y = rows.column(outcome)
    x = rows.numbers[:, : len(dict.fromkeys(predictors))]
    name_collinear(x, tuple(dict.fromkeys(predictors)))
    clusters = None if chosen.cluster is None else cluster_codes(used[chosen.cluster].iloc[rows.places])
    weights = None if chosen.weights is None else unit_weights(used[chosen.weights].iloc[rows.places])
    values = pd.DataFrame(x, columns=list(rows.names[:-1]))

    refuse_deciders(values, y, names, outcome)

    def fitted(kept: Sequence[str], seen: pd.DataFrame = values, starts: Sequence[Floats] = ()) -> Choice:
        design = np.column_stack([np.ones(len(y)), seen[list(kept)].to_numpy()])
        parts = make_parts(kind, design, y, names, tuple(kept), chosen.parallel)
        parts = parts if weights is None else tuple(part.weighted(weights) for part in parts)
        maxima = tuple(
            fit_part(part, outcome, start)
            for part, start in zip(parts, starts or map(start_of, parts), strict=True)
        )
        robust = chosen.errors == "robust" or weights is not None
        covariances = tuple(
            top.covariance(robust, None if clusters is None else clusters[part.rows])
            for part, top in zip(parts, maxima, strict=True)
        )
        errors = "cluster" if clusters is not None else "robust" if robust else "classical"
        base = names[0] if names else ""
        return Choice(
            kind, outcome, tuple(kept), len(y), len(data) - len(y), parts, maxima, covariances, base, errors,
            chosen.weights or "", chosen.confidence, values,
            np.arange(len(y)) if clusters is None else clusters, fitted,
        )  # fmt: skip

    return fitted(tuple(dict.fromkeys(predictors)))
