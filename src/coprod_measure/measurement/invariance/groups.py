"""Measurement invariance: whether items mean the same in every group, one level at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import pandas as pd

from coprod_measure.arguments import options_of, spelled
from coprod_measure.errors import DataError, NotAvailable, counted
from coprod_measure.frames import data_frame, takes_frame
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import measurement_model
from coprod_measure.measurement.invariance.empty_categories import (
    JOINED_COLUMNS,
    join_empty_categories,
    joins_in_words,
    require_categories,
)
from coprod_measure.measurement.invariance.group_models import GroupModels
from coprod_measure.measurement.invariance.group_names import named_groups
from coprod_measure.measurement.invariance.group_sizes import large_enough
from coprod_measure.measurement.invariance.ladder import LEVELS, Climb, Rung, climb, wanted_levels
from coprod_measure.measurement.invariance.models import LadderModels
from coprod_measure.measurement.invariance.ordered import ORDINAL_LEVELS, OrdinalModels
from coprod_measure.measurement.invariance.result import FACTOR_SD, FIRST_ITEM, Invariance
from coprod_measure.measurement.item_sets import Constructs, factors_of, item_sets
from coprod_measure.measurement.sampling import Data, SurveyAnswers, one_row, refuse
from coprod_measure.responses.dataset import Responses
from coprod_measure.yaml_reading import did_you_mean


class InvarianceKeywords(TypedDict, total=False):
    """Keywords of :func:`invariance`; see :class:`InvarianceOptions`."""

    reference: str
    levels: Sequence[str]
    estimator: str
    missing: str
    ordered: bool
    partial: bool
    effects: bool
    collapse_empty_categories: bool


@dataclass(frozen=True, slots=True)
class InvarianceOptions:
    """How the ladder is climbed.

    Attributes
    ----------
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
    """

    reference: str = ""
    levels: Sequence[str] = ()
    estimator: str = ""
    missing: str = "listwise"
    ordered: bool = False
    partial: bool = False
    effects: bool = True
    collapse_empty_categories: bool = False


@spelled(InvarianceKeywords, InvarianceOptions)
@takes_frame
def invariance(
    model: str | Constructs | None,
    data: Data,
    *,
    group: str,
    **options: Unpack[InvarianceKeywords],
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
    **options
        See :class:`InvarianceOptions`.

    Raises
    ------
    DataError
        If the column or the reference is unknown, or fewer than two groups are large enough; of ordered
        answers, if a group never used a category and nothing is to be joined.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> steps = cm.invariance(traits, bfi, group="gender", levels=["configural", "metric"], effects=False)
    >>> steps.table()[["level", "cfi"]].round(2).to_numpy().tolist()
    [['configural', 0.96], ['metric', 0.95]]
    """
    asked = options_of(InvarianceOptions, options)
    one = climb_groups(model, data, group, asked)
    told = one.found.told(one.models, effects=asked.effects)
    messages = [*one.messages, *joins_in_words(one.joined), *told.pop("messages")]
    return Invariance(
        **told,
        sizes=_sizes(one.found.rungs, one.frame, group),
        left_out=one.left_out,
        group=group,
        estimator=one.estimator,
        missing=asked.missing,
        messages=tuple(messages),
        joined=one.joined,
        means_unit=FACTOR_SD if asked.ordered or asked.partial else FIRST_ITEM,
        sampling=one.sampling,
    )


@dataclass(frozen=True, slots=True)
class ClimbedGroups:
    """What the ladder over groups came to, and what it was climbed with."""

    found: Climb
    models: LadderModels
    frame: pd.DataFrame
    joined: pd.DataFrame
    left_out: pd.DataFrame
    messages: Sequence[str]
    estimator: str
    sampling: tuple[str, ...]


def climb_groups(
    model: str | Constructs | None, data: Data, group: str, asked: InvarianceOptions
) -> ClimbedGroups:
    """Climb as :func:`invariance` does, without telling what of it is for readers."""
    ordered, missing = asked.ordered, asked.missing
    wanted = wanted_levels(asked.levels, ORDINAL_LEVELS if ordered else LEVELS)
    data = one_row(data) if ordered else data
    text, constructs = _model_of(model, data)
    frame, messages = _with_groups(data, group)
    frame, sampling = _with_design(frame, data, group, "ordered" if ordered else "")
    named = _reference(data, group, asked.reference)
    frame, left_out = large_enough(frame, group, _items(constructs), missing, named)
    joined = pd.DataFrame(columns=list(JOINED_COLUMNS))
    estimator = asked.estimator or ("WLSMV" if ordered else "ML")
    about: dict[str, Any] = {
        "group": group, "constructs": constructs, "estimator": estimator, "missing": missing,
        "sampling": sampling,
    }  # fmt: skip
    if ordered:
        frame, joined = _comparable(frame, _items(constructs), group, asked)
        models: LadderModels = OrdinalModels(frame=frame, **about)
    else:
        models = GroupModels(frame=frame, text=text, std_lv=asked.partial, **about)
    found = climb(models, wanted, partial=asked.partial)
    return ClimbedGroups(found, models, frame, joined, left_out, messages, estimator, tuple(sampling))


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
    frame: pd.DataFrame, items: Sequence[str], group: str, asked: InvarianceOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give ordered answers of which every group uses every category, and what was joined for that."""
    if asked.missing not in ("listwise", "pairwise"):
        raise DataError(
            f"models of ordered answers cannot treat missing ones by {asked.missing}",
            place="missing",
            cure="Take pairwise or listwise",
            code="unsupported-combination",
        )

    def analysed(answers: pd.DataFrame) -> pd.DataFrame:
        return answers.dropna(subset=list(items)) if asked.missing == "listwise" else answers

    joined = pd.DataFrame(columns=list(JOINED_COLUMNS))
    if asked.collapse_empty_categories:
        frame, joined = join_empty_categories(frame, items, group, analysed(frame))
    require_categories(analysed(frame), items, group)
    return frame, joined


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
    return known, [
        f"{counted(left_out, 'respondent')} without a value of {group} left out"
    ] if left_out else []


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
