"""Measurement invariance: whether items mean the same in every group, one level at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.fitting.models import cfa, refit
from coprod_measure.fitting.result import Fit
from coprod_measure.frames import data_frame, takes_frame
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import measurement_model
from coprod_measure.measurement.invariance.empty_categories import (
    JOINED_COLUMNS,
    join_empty_categories,
    joins_in_words,
    require_categories,
)
from coprod_measure.measurement.invariance.group_names import named_groups
from coprod_measure.measurement.invariance.group_sizes import large_enough
from coprod_measure.measurement.invariance.ladder import LEVELS, Rung, climb, wanted_levels
from coprod_measure.measurement.invariance.ordered import ORDINAL_LEVELS, OrdinalModels, ordinal_effects
from coprod_measure.measurement.invariance.partial import (
    EFFECT_COLUMNS,
    Freed,
    OwnModels,
    item_effects,
    unequal_parameters,
    without_effect,
)
from coprod_measure.measurement.item_sets import Constructs, factors_of, item_sets
from coprod_measure.measurement.sampling import Data, SurveyAnswers, one_row, refuse
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses
from coprod_measure.yaml_reading import did_you_mean

MEAN_COLUMNS = ("construct", "group", "label", "est", "se", "pvalue")
LevelFit = Callable[[tuple[str, ...], Sequence[Freed]], Fit]

FACTOR_SD = "standard deviations of the construct in the reference group"
FIRST_ITEM = "the units of each construct's first item"


@dataclass(frozen=True, slots=True, repr=False)
class Invariance(Shown):
    """The ladder of levels over one grouping.

    Attributes
    ----------
    steps : pandas.DataFrame
        One row a level (:data:`INVARIANCE_COLUMNS`), each compared with the row before it; a row ``partial
        metric`` or ``partial scalar`` follows a level that failed and takes its place: it is compared with
        what the failed one was compared with.
    freed : pandas.DataFrame
        Parameters that differ between groups
        (:data:`~coprod_measure.measurement.invariance.ladder.FREED_COLUMNS`).
    sizes : pandas.DataFrame
        ``group label n``, the reference group first.
    left_out : pandas.DataFrame
        Groups too small for the model, ``label n needed``; see
        :func:`~coprod_measure.measurement.invariance.group_sizes.large_enough`.
    effects : pandas.DataFrame
        Size of every item's difference, from the model of its construct alone with that item freed, and the
        ``n`` respondents whom ``missing`` lets into that model; see
        :func:`~coprod_measure.measurement.invariance.partial.item_effects`.
    means : pandas.DataFrame
        Latent means against the reference group, ``construct group label est se pvalue``, from the last level
        that holds at least scalar (partial counts); empty otherwise. In units of ``means_unit``.
    highest : str
        Last level that holds by :func:`~coprod_measure.measurement.invariance.ladder.holds`; ``"none"`` when
        nothing could be fitted.
    level : str
        The same, whether whole or partial: ``scalar`` for ``partial scalar``.
    tested : tuple of str
        Levels that could be fitted.
    group : str
    estimator, missing : str
    unavailable : dict
        Level to the reason why it could not be fitted.
    messages : tuple of str
    joined : pandas.DataFrame
        Categories of ordered answers joined because a group never used them; see
        :func:`~coprod_measure.measurement.invariance.empty_categories.join_empty_categories`.
    means_unit : str
        :data:`FACTOR_SD` where factors have variance 1 in the reference group, else :data:`FIRST_ITEM`.
    sampling : tuple of str
        What errors and tests know of: ``"cluster"``, ``"weights"``.
    """

    steps: pd.DataFrame
    freed: pd.DataFrame
    sizes: pd.DataFrame
    left_out: pd.DataFrame
    effects: pd.DataFrame
    means: pd.DataFrame
    highest: str
    level: str
    tested: tuple[str, ...]
    group: str
    estimator: str
    missing: str
    unavailable: dict[str, NotAvailable]
    messages: tuple[str, ...] = ()
    joined: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(JOINED_COLUMNS)))
    means_unit: str = FACTOR_SD
    sampling: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """Label of the group, or wave, that the others are compared with."""
        return str(self.sizes["label"].iloc[0])

    def table(self) -> pd.DataFrame:
        """One row a level; columns :data:`INVARIANCE_COLUMNS`."""
        return self.steps.copy()


@takes_frame
def invariance(
    model: str | Constructs | None,
    data: Data,
    *,
    group: str,
    reference: str = "",
    levels: Sequence[str] = (),
    estimator: str = "",
    missing: str = "listwise",
    ordered: bool = False,
    partial: bool = False,
    effects: bool = True,
    collapse_empty_categories: bool = False,
) -> Invariance:
    """Climb the ladder of measurement invariance.

    Parameters
    ----------
    model : str, mapping or None
        Model syntax, construct to items, or None for the instrument's own reflective constructs.
    data : Responses, pandas.DataFrame or SurveyAnswers
        Weights and clusters enter errors and tests, of people with several rows the people; models of ordered
        answers take one row a person and refuse clusters.
    group : str
        Column whose values are the groups; of the answers, or of what the study keeps about respondents.
    reference : str
        Group that the others are compared with, by its label or code; left out, the largest.
    levels : sequence of str
        From ``configural metric scalar strict means``, with ``thresholds`` before ``metric`` for ordered
        answers; each adds its equality to those before. Left out: all but ``means``.
    estimator, missing : str
        See :class:`coprod_measure.fitting.options.FitOptions`; left out, ML, or WLSMV for ordered answers.
    ordered : bool
        Whether answers are ordered categories: levels as in :mod:`.ordinal_ladder`, of the constructs that
        the model names.
    partial : bool
        Whether to free loadings or intercepts (of ordered answers also the thresholds of an item), one at a
        time, where their level fails.
    effects : bool
        Whether to compute the effect size of every item.
    collapse_empty_categories : bool
        Of ordered answers: join a category that a group never used with its neighbour, in all groups.

    Returns
    -------
    Invariance

    Raises
    ------
    DataError
        If the column or the reference is unknown, or fewer than two groups are large enough; of ordered
        answers, if a group never used a category and nothing is to be joined.
    """
    wanted = wanted_levels(levels, ORDINAL_LEVELS if ordered else LEVELS)
    data = one_row(data) if ordered else data
    text, constructs = _model_of(model, data)
    frame, messages = _with_groups(data, group)
    frame, sampling = _with_design(frame, data, group, "ordered" if ordered else "")
    named = _reference(data, group, reference)
    frame, left_out = large_enough(frame, group, _items(constructs), missing, named)
    joined = pd.DataFrame(columns=list(JOINED_COLUMNS))
    estimator = estimator or ("WLSMV" if ordered else "ML")
    if ordered:
        frame, joined = _comparable(frame, _items(constructs), group, missing, collapse_empty_categories)
        own: OwnModels | OrdinalModels = OrdinalModels(frame, group, constructs, estimator, missing, sampling)
    else:
        own = OwnModels(frame, group, constructs, missing, sampling=sampling)
    options = {"estimator": estimator, "missing": missing, "std_lv": partial, **sampling}
    fit = own.level if isinstance(own, OrdinalModels) else _fits(text, frame, group, options)
    found = climb(fit, wanted, own if partial else None)
    sizes = pd.DataFrame(columns=list(EFFECT_COLUMNS))
    lacking: tuple[str, ...] = ()
    if effects and found.rungs:
        sizes = ordinal_effects(own) if isinstance(own, OrdinalModels) else item_effects(own)
        lacking = without_effect(own, sizes, frame[group].nunique() - 1)
    return Invariance(
        **found.told(),
        sizes=_sizes(found.rungs, frame, group),
        left_out=left_out,
        effects=sizes,
        means=_latent_means(found.comparable),
        group=group,
        estimator=estimator,
        missing=missing,
        messages=(*messages, *joins_in_words(joined), *found.messages, *lacking),
        joined=joined,
        means_unit=FACTOR_SD if ordered or partial else FIRST_ITEM,
        sampling=tuple(sampling),
    )


def grouped_model(
    model: str | Constructs | None,
    data: Data,
    group: str,
    missing: str,
    reference: str = "",
) -> tuple[str, pd.DataFrame, dict[str, str]]:
    """Write the model, pick the answers of the groups that are large enough for it, and name their design."""
    text, constructs = _model_of(model, data)
    frame, _ = _with_groups(data, group)
    frame, sampling = _with_design(frame, data, group)
    named = _reference(data, group, reference)
    kept, _ = large_enough(frame, group, _items(constructs), missing, named)
    return text, kept, sampling


def _reference(data: Data, group: str, reference: str) -> str:
    """Name the reference group as the groups are named: by the instrument's label of a code."""
    instrument = data.instrument if isinstance(data, Responses) else None
    return str(named_groups(pd.Series([reference], name=group), instrument).iloc[0])


def _items(constructs: Mapping[str, Sequence[str]]) -> list[str]:
    return [item for members in constructs.values() for item in members]


def _comparable(
    frame: pd.DataFrame, items: Sequence[str], group: str, missing: str, collapse: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give ordered answers of which every group uses every category, and what was joined for that."""
    if missing not in ("listwise", "pairwise"):
        raise DataError(
            f"models of ordered answers cannot treat missing ones by {missing}",
            place="missing",
            cure="Take pairwise or listwise",
            code="unsupported-combination",
        )

    def analysed(answers: pd.DataFrame) -> pd.DataFrame:
        return answers.dropna(subset=list(items)) if missing == "listwise" else answers

    joined = pd.DataFrame(columns=list(JOINED_COLUMNS))
    if collapse:
        frame, joined = join_empty_categories(frame, items, group, analysed(frame))
    require_categories(analysed(frame), items, group)
    return frame, joined


def _fits(text: str, frame: pd.DataFrame, group: str, options: Mapping[str, Any]) -> LevelFit:
    # Each level starts at the last one that has a minimum. Where one had none from any start, the rest are
    # tried from there only: in drawn answers each of them would be searched for as long again.
    start: Fit | None = None
    lost = False

    def fit(equal: tuple[str, ...], freed: Sequence[Freed]) -> Fit:
        nonlocal start, lost
        unequal = tuple(unequal_parameters(freed, equal))
        if start is None:
            found = cfa(text, frame, group=group, group_equal=equal, group_partial=unequal, **options)
        else:
            found = refit(start, group_equal=equal, group_partial=unequal, afresh=not lost)
        lost = lost or not found.converged
        start = found if found.converged else start
        return found

    return fit


def _latent_means(fit: Fit | None) -> pd.DataFrame:
    if fit is None:
        return pd.DataFrame(columns=list(MEAN_COLUMNS))
    latent = set(fit.solution.model.groups[0].latent[: fit.solution.model.groups[0].n_latent])
    rows = fit.parameters
    rows = rows[(rows["op"] == "~1") & rows["lhs"].isin(latent) & (rows["group"] > 1)]
    found = rows[["lhs", "group", "est", "se", "pvalue"]].rename(columns={"lhs": "construct"})
    found.insert(2, "label", [fit.group_labels[g - 1] for g in found["group"]])
    return found.reset_index(drop=True)


def _sizes(rungs: Sequence[Rung], frame: pd.DataFrame, group: str) -> pd.DataFrame:
    if not rungs:
        counts = frame[group].value_counts(sort=False)
        labels, sizes = [str(label) for label in counts.index], [int(n) for n in counts]
    else:
        fit = rungs[0].fit
        labels, sizes = list(fit.group_labels), [part.n for part in fit.request.data.groups]
    return pd.DataFrame({"group": range(1, len(labels) + 1), "label": labels, "n": sizes})


def _model_of(model: str | Constructs | None, data: Data) -> tuple[str, dict[str, list[str]]]:
    if isinstance(model, str):
        return model, factors_of(model)
    sets = item_sets(data.items if isinstance(data, SurveyAnswers) else data, model)
    constructs = {one.construct: list(one.items) for one in sets if one.measurement == "reflective"}
    if numbered := [item for items in constructs.values() for item in items if not isinstance(item, str)]:
        cause = f"the columns {', '.join(map(str, numbered))} have numbers for names"
        raise DataError(cause, cure="data.columns = data.columns.astype(str)", code="numbered-columns")
    return measurement_model(constructs), constructs


def _with_design(
    frame: pd.DataFrame, data: Data, group: str, clusters: str = ""
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Add clusters and weights; refuse groups that share people, whose answers depend on each other.

    ``clusters``: why they are not taken, by :data:`~coprod_measure.measurement.sampling.WHY_NOT`.
    """
    if isinstance(data, pd.DataFrame):
        return frame, {}
    design, sampling = data.sampling()
    refuse(data, sampling, {"cluster": clusters})
    if (
        isinstance(data, Responses)
        and data.people < data.rows
        and frame.groupby(data.about["respondent"])[group].nunique().max() > 1
    ):
        raise DataError(
            f"the same people stand in several groups of {group}",
            place=group,
            cure="Compare waves by wave_invariance, or groups of people",
            code="people-in-several-groups",
        )
    return frame.join(design), sampling


def _with_groups(data: Data, group: str) -> tuple[pd.DataFrame, list[str]]:
    if isinstance(data, Responses):
        frame = (
            data.frame
            if group in data.frame
            else data.frame.join(data.about[[group]] if group in data.about else [])
        )
    else:
        frame = data.items if isinstance(data, SurveyAnswers) else data_frame(data, " or clean responses")
    if group not in frame:
        raise DataError(
            f"there is no column {group} to form groups by",
            cure=did_you_mean(group, [str(name) for name in frame.columns]),
            code="unknown-group",
        )
    known = frame[frame[group].notna()]
    if known[group].nunique() < 2:
        raise DataError(
            f"{group} has fewer than two values", cure="Invariance compares groups", code="one-group"
        )
    left_out = len(frame) - len(known)
    instrument = data.instrument if isinstance(data, Responses) else None
    known = known.assign(**{group: named_groups(known[group], instrument)})
    return known, [f"{left_out} respondents without a value of {group} left out"] if left_out else []


def examine(x: Examination) -> dict[str, Invariance | NotAvailable]:
    """Compute the part ``groups``: one ladder a grouping."""

    def ladder(group: str) -> Invariance:
        return invariance(
            x.modelled,
            x.clean,
            group=group,
            reference=x.options.reference.get(group, ""),
            levels=x.options.levels,
            partial=True,
            **x.options.fitting,
        )

    return x.each_group("groups", ladder) if x.options.groups else {}


def examine_ordered(x: Examination) -> dict[str, Invariance | NotAvailable]:
    """Compute the part ``ordinal_invariance``: one ladder of ordered answers a grouping."""

    def ladder(group: str) -> Invariance:
        return invariance(
            x.modelled,
            x.clean,
            group=group,
            reference=x.options.reference.get(group, ""),
            ordered=True,
            partial=True,
            missing=x.options.missing_ordered,
            collapse_empty_categories=x.options.collapse_empty_categories,
        )

    return x.each_group("ordinal_invariance", ladder)
