"""`pls`: model text and data in, a PLS path model out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from coprod_measure.answer_codes import warn_of_codes
from coprod_measure.arguments import one_of, options_of, spelled, whole_number
from coprod_measure.composites.estimates import Recipe, estimate
from coprod_measure.composites.model import Design, Plan, plan_of
from coprod_measure.composites.result import Pls
from coprod_measure.composites.weights import MOST_COLLINEAR, SCHEMES, Rule
from coprod_measure.errors import DataError, EstimationError, ModelError, Problem, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.ordered_answers import ordered_answers
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.frames import nearest_column, refuse_magnitudes, takes_frame

MISSING = ("listwise", "mean", "em")


class PlsKeywords(TypedDict, total=False):
    """See :func:`pls`."""

    consistent: bool
    scheme: str
    missing: str
    modes: Mapping[str, str]
    interactions: str
    higher: str
    ordered: Sequence[str] | bool
    tolerance: float
    max_iterations: int


@dataclass(frozen=True, slots=True)
class PlsOptions:
    """See :func:`pls`."""

    consistent: bool = False
    scheme: str = "path"
    missing: str = "listwise"
    modes: Mapping[str, str] = field(default_factory=dict)
    interactions: str = "two_stage"
    higher: str = "two_stage"
    ordered: Sequence[str] | bool = False
    tolerance: float = 1e-9
    max_iterations: int = 300

    def __post_init__(self) -> None:
        whole_number("max_iterations", self.max_iterations, 1)
        if not 0.0 < self.tolerance < 0.1:
            cure = "Give a number such as 1e-7"
            raise ModelError(f"{self.tolerance!r} cannot be used", place="argument tolerance", cure=cure)


@spelled(PlsKeywords, PlsOptions)
@on_one_thread
@takes_frame
def pls(model: str, data: pd.DataFrame, **options: Unpack[PlsKeywords]) -> Pls:
    r"""Estimate a PLS path model.

    Parameters
    ----------
    model : str
        lavaan's syntax; see :func:`coprod_measure.composites.model.plan_of`.
    data : pandas.DataFrame
        One row a respondent.
    **options
        - ``consistent``: correct constructs written with ``=~`` for attenuation (PLSc; Dijkstra & Henseler
          2015): they are then common factors. Without it every construct is a composite.
        - ``scheme``: inner weights: ``"path"`` (default), ``"factor"`` or ``"centroid"``.
        - ``missing``: ``"listwise"`` (default), ``"mean"`` (of the item) or ``"em"`` (moments of the normal
          model).
        - ``modes``: construct to ``"A"``, ``"B"`` or ``"unit"``, where it differs from its operator.
        - ``interactions``: ``"two_stage"`` (default), ``"product"`` or ``"orthogonal"``; ``higher``:
          ``"two_stage"`` (default) or ``"repeated"``; see :func:`~coprod_measure.composites.model.plan_of`.
        - ``ordered``: items with ordered answers, or True for all: polychoric correlations stand in place of
          Pearson's (Cantaluppi & Boari 2016; Schuberth, Henseler & Dijkstra 2018).
        - ``tolerance`` (1e-9): largest change of a weight at which the iteration stops; ``max_iterations``
          (300).

    Raises
    ------
    ModelError
        If the model or an option is wrong.
    DataError
        If an item is missing, not a number, does not vary, or rows are too few.
    EstimationError
        If items of a Mode B construct are collinear, or the weights do not converge.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> f = rng.normal(size=300)
    >>> x = pd.DataFrame({f"x{i}": f + rng.normal(size=300) for i in (1, 2, 3)})
    >>> fit = cm.pls("f =~ x1 + x2 + x3\ny ~ f", x.assign(y=f + rng.normal(size=300)), consistent=True)
    >>> fit.paths().round(2)[["from", "to", "est"]].values.tolist()
    [['f', 'y', 0.62]]
    """
    return estimated(model, data, options)


def estimated(model: str, data: pd.DataFrame, options: Mapping[str, object], scheme: str = "") -> Pls:
    """See :func:`pls`; ``scheme`` is one that is no option."""
    chosen = options_of(PlsOptions, options)
    plan = plan_of(model, chosen.modes, chosen.interactions, chosen.higher)
    scheme = scheme or one_of("scheme", chosen.scheme, SCHEMES)
    if scheme in ("gsca", "gscam"):
        _refuse_shared(plan)
    if scheme == "gscam":
        _refuse_all_but_factors(plan)
    rule = Rule(scheme, float(chosen.tolerance), chosen.max_iterations)
    how = one_of("missing", chosen.missing, MISSING)
    if how == "em" and plan.multiplies:
        cure = "Use missing='mean' or 'listwise'"
        raise ModelError("EM moments have no scores to multiply", place="argument missing", cure=cure)
    x, dropped = _items(data, plan, how)
    ordered = _ordered(chosen.ordered, plan, how)
    if any(ordered):
        names = [name for name, is_ordered in zip(plan.items, ordered, strict=True) if is_ordered]
        x[:, ordered] = ordered_answers(pd.DataFrame(x, columns=list(plan.items)), names).codes
    recipe = Recipe(plan, rule, bool(chosen.consistent), how == "em", ordered)
    found = estimate(x, np.ones((1, len(x))), recipe)
    if not found.weights.converged[0]:
        for design in filter(None, (plan.first, plan.last)):
            _refuse_collinear(found.r[0], design, plan.columns)
        # Without weights constructs are told by equal ones.
        _refuse_collinear_causes(_of_equal_weights(found.r[0], plan.last), plan.last)
        cure = "Look for items that correlate with nothing, or raise max_iterations="
        raise EstimationError(
            f"the weights do not stand after {int(found.weights.iterations[0])} iterations",
            place="weights",
            cure=cure,
            code="no-convergence",
        )
    _refuse_collinear_causes(found.c[0], plan.last)
    return Pls(recipe, x, found, dropped)


def _refuse_shared(plan: Plan) -> None:
    for design in filter(None, (plan.first, plan.last)):
        columns = [column for block in design.blocks for column in block]
        twice = sorted({plan.columns[column] for column in columns if columns.count(column) > 1})
        if twice:
            cure = "Give each item one construct, or use cm.pls()"
            raise ModelError(f"{', '.join(twice)} belong to two constructs", place="model", cure=cure)


def _refuse_all_but_factors(plan: Plan) -> None:
    cure = "Use cm.pls(consistent=True), or leave consistent= out"
    if plan.derived:
        cause = "products and constructs of constructs have scores, and scores no unique parts"
        raise ModelError(cause, place="model", cure=cure)
    one = plan.last
    other = [n for n, b, m in zip(one.names, one.blocks, one.modes, strict=True) if m != "a" and len(b) > 1]
    if other:
        cause = "items with unique parts measure a common factor, which has no weights to be told"
        raise ModelError(cause, place=f"construct {', '.join(other)}", cure=cure)


def _ordered(asked: Sequence[str] | bool, plan: Plan, how: str) -> tuple[bool, ...]:
    if isinstance(asked, str):
        asked = [asked]
    names = (plan.items if asked else ()) if isinstance(asked, bool) else tuple(asked)
    unknown = [name for name in names if name not in plan.items]
    if unknown:
        cure = "Name items of the model"
        raise ModelError(f"the model has no {', '.join(unknown)}", place="argument ordered", cure=cure)
    if names and (plan.multiplies or how != "listwise"):
        what = "multiply" if plan.multiplies else "fill in"
        cause, cure = f"ordered answers have no scores to {what}", "Leave ordered= out, or missing='listwise'"
        raise ModelError(cause, place="argument ordered", cure=cure, code="ordered-needs-scores")
    return tuple(name in names for name in plan.items)


def _numbers(data: pd.DataFrame, plan: Plan) -> Floats:
    """Columns of the items as numbers."""
    place = {name: k for k, name in enumerate(data.columns.tolist())}
    problems = [
        Problem(
            f"item {name}", "the data have no such column", nearest_column(name, data), "unknown-variable"
        )
        for name in plan.items
        if name not in place
    ]
    at = [place[name] for name in plan.items if name in place]
    # A frame of numbers of one type hands over its values as they lie; pandas takes longer than the estimate.
    whole = data.to_numpy() if data.shape[1] <= 2 * len(at) else None
    plain = whole is not None and whole.dtype.kind in "iuf"
    kinds = [] if plain else data.dtypes.array
    problems += [
        Problem(f"item {data.columns[k]}", "its values are not numbers", "Code the answers", "not-numeric")
        for k in at
        if not plain and kinds[k].kind not in "biuf"
    ]
    if len(place) < data.shape[1]:
        twice = data.columns[data.columns.duplicated()]
        problems += [
            Problem(f"item {name}", "stands in the data twice", "Drop one", "duplicate-column")
            for name in plan.items
            if name in twice
        ]
    if problems:
        raise DataError.from_problems(problems)
    if whole is not None and plain:
        return np.asarray(whole[:, at], dtype=np.float64)
    return np.asarray(data.take(at, axis=1).to_numpy(dtype=float, na_value=np.nan))


def _items(data: pd.DataFrame, plan: Plan, how: str) -> tuple[Floats, int]:
    """Columns of the items as numbers, and how many rows were left out."""
    x = _numbers(data, plan)
    refuse_magnitudes(x, plan.items, infinite=True)
    warn_of_codes(x, plan.items)
    empty = np.isnan(x)
    kept = ~(empty.any(axis=1) if how == "listwise" else empty.all(axis=1))
    dropped = int((~kept).sum())
    x = x[kept]
    if len(x) <= len(plan.items):
        cause = f"{counted(len(x), 'usable row')} for {counted(len(plan.items), 'item')}"
        incomplete = dropped and how == "listwise"
        cause += f" ({dropped} left out for missing answers)" if dropped else ""
        cure = "Take fewer items, or missing='em'" if incomplete else "Take fewer items, or ask more people"
        raise DataError(cause, place="data", cure=cure, code="too-few-rows")
    answered = ~np.isnan(x)
    highest = np.where(answered, x, -np.inf).max(axis=0)
    varies = highest > np.where(answered, x, np.inf).min(axis=0)
    if not varies.all():
        same = np.where(answered.any(axis=0), "all answers are the same", "nobody answered it")
        raise DataError.from_problems(
            Problem(f"item {name}", str(cause), "Leave it out", "constant")
            for name, cause, known in zip(plan.items, same, varies, strict=True)
            if not known
        )
    return x, dropped


def _refuse_collinear(r: Floats, design: Design, columns: tuple[str, ...]) -> None:
    problems = []
    for j, block in enumerate(design.blocks):
        # Enough to keep weights from standing, though regressions on them still have a solution.
        if design.modes[j] == "b" and (at := _collinear(r[np.ix_(block, block)], np.sqrt(MOST_COLLINEAR))):
            names = ", ".join(columns[block[k]] for k in at)
            cure = "Leave one of them out, or weight the construct in Mode A"
            problems.append(
                Problem(f"construct {design.names[j]}", f"{names} are collinear", cure, "collinear-items")
            )
    if problems:
        raise EstimationError.from_problems(problems)


def _refuse_collinear_causes(c: Floats, design: Design) -> None:
    problems = []
    for j in design.outcomes:
        causes = design.causes(j)
        if at := _collinear(c[np.ix_(causes, causes)], MOST_COLLINEAR):
            names = ", ".join(design.names[causes[k]] for k in at)
            cure = "Leave one of them out: their paths cannot be told apart"
            problems.append(
                Problem(f"causes of {design.names[j]}", f"{names} are collinear", cure, "collinear-causes")
            )
    if problems:
        raise EstimationError.from_problems(problems)


def _collinear(r: Floats, most: float) -> list[int]:
    """Tell which variables with correlations ``r`` are linear combinations of others."""
    if not np.isfinite(r).all():
        return []
    values, vectors = np.linalg.eigh(r)
    if abs(values[0]) * most > values[-1]:
        return []
    found: list[int] = np.flatnonzero(np.abs(vectors[:, 0]) > 0.1).tolist()
    return found


@np.errstate(invalid="ignore")
def _of_equal_weights(r: Floats, design: Design) -> Floats:
    w = design.own(len(r)).astype(float)
    w /= np.sqrt((w * (r @ w)).sum(axis=0))
    return np.asarray(w.T @ r @ w)
