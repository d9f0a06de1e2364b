"""Everything that predicts one outcome in one model, latent or by scale means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.measurement.reliability.formulas import cronbach_alpha
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.effects import StructuralEstimates
from coprod_measure.structure.evidence import Context, Evidence, KindResult, Reason
from coprod_measure.structure.path_models import PathModel, joined
from coprod_measure.structure.variables import Variable, find_variables, scale_mean
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.fitting.comparison import Comparison

_FEWEST = 10
"""Complete answers that a reliability needs."""
LOG_ODDS = "log_odds"
"""Measure of a slope or contrast on the log odds of a yes."""
SIGNS = {"positive": 1, "negative": -1, "unsigned": 0}


@dataclass(frozen=True, slots=True)
class Scores:
    """Scale means of those who saw all their questions.

    Attributes
    ----------
    frame : pandas.DataFrame
        One column a construct or structure.
    respondents : str
        The condition that chose the rows; ``"all"`` for everybody.
    """

    frame: pd.DataFrame
    respondents: str


def one_by_one(
    hypotheses: Sequence[Hypothesis],
    context: Context,
    test: Callable[[Hypothesis, Context], Evidence],
    title: str,
    failed: str,
) -> KindResult:
    """Test each hypothesis by itself; what fails is named and does not stop the others.

    Parameters
    ----------
    test : callable
    title : str
        For the progress.
    failed : str
        Code of the reason of a failure, which has a field ``error``.
    """
    evidence, lost = [], {}
    for hypothesis in hypotheses:
        context.progress(f"{title}: {hypothesis.id}")
        try:
            evidence.append(test(hypothesis, context))
        except CoprodError as error:
            lost[hypothesis.id] = Reason(failed, {"error": error.in_one_line})
    return KindResult(evidence=tuple(evidence), failed=lost)


def variables_of(ids: Sequence[str], context: Context) -> tuple[Variable, ...]:
    """Find the variables of constructs and structures, each once."""
    found = [one for id_ in ids for one in find_variables(context.theory, context.clean, id_)]
    return tuple({one.id: one for one in found}.values())


def latent_regression(
    target: Variable, predictors: Sequence[Variable], context: Context
) -> tuple[StructuralEstimates, str, int]:
    """Regress a target on all predictors and controls, which covary freely, among those who saw all of it."""
    from coprod_measure.structure.estimate import fit_paths, structural_estimates

    model = _regression(target, predictors)
    names = [one.id for one in model.variables if one.id != target.id]
    found = fit_paths(model, context)
    estimates = structural_estimates(found.fit, (*names, *found.model.held, target.id))
    return estimates, model.gate or "all", found.fit.n


def _regression(target: Variable, predictors: Sequence[Variable], without: Sequence[str] = ()) -> PathModel:
    """Regress a target on all predictors but those named, which stay in the model and covary."""
    others = [one for one in predictors if one.id != target.id]
    names = [one.id for one in others]
    variables = (*others, target)
    paths = tuple((name, target.id) for name in names if name not in without)
    return PathModel(
        joined(one.gate for one in variables), variables, paths, tuple(combinations(names, 2)), ()
    )


def paths_test(
    target: Variable, predictors: Sequence[Variable], block: Sequence[str], context: Context
) -> Comparison:
    """Compare the regression with and without the paths of a block: the likelihood-ratio test.

    Raises
    ------
    DataError
        If the models are fitted in two steps, which have no likelihood.
    """
    from coprod_measure.structure.estimate import fit_paths
    from coprod_measure.structure.fit_structure import in_two_steps

    if in_two_steps(len(predictors) + 1, context):
        raise DataError("models fitted structural after measurement have no likelihood")
    kept = [name for name in (one.id for one in predictors) if name not in block]
    if not kept:
        raise DataError("nothing is left to predict it without these paths")
    full, restricted = (
        fit_paths(_regression(target, predictors, without), context).fit for without in ((), block)
    )
    return full.compare(restricted)


def scores(ids: Sequence[str], context: Context) -> Scores:
    """Take scale means; a structure is the mean of those of its constructs, each turned as it says.

    Raises
    ------
    DataError
        If nothing measures one of them.
    """
    from coprod_measure.structure.estimate import respondents_of

    parts = {id_: find_variables(context.theory, context.clean, id_) for id_ in ids}
    dark = [id_ for id_, found in parts.items() if not found]
    if dark:
        raise DataError(f"{', '.join(dark)} was not asked", code="not-measured")
    gate = joined(one.gate for found in parts.values() for one in found)
    people = respondents_of(gate, context.clean)
    columns = {id_: score(id_, people, context) for id_ in parts}
    return Scores(pd.DataFrame(columns, index=people.frame.index), gate or "all")


def score(id_: str, people: Responses, context: Context) -> pd.Series:
    """Give the scale mean of a construct; of a structure the mean of those of its constructs, each turned."""
    found = find_variables(context.theory, context.clean, id_)
    means = [_turned(id_, one, context) * scale_mean(one, people) for one in found]
    return means[0] if len(means) == 1 else pd.concat(means, axis=1).mean(axis=1)


def reliability(id_: str, context: Context) -> float | None:
    """Reliability of the scale mean of a construct, or of the mean of several; None where it is unknown.

    Alpha of each factor's items; what they leave is error of the mean. Scores of composites have none.
    Stratified alpha: Cronbach, Schoenemann and McKie (1965), Educational and Psychological Measurement 25,
    291-312.
    """
    found = tuple((one, _turned(id_, one, context)) for one in variables_of((id_,), context))
    return context.clean.once(("reliability", found), lambda: _reliability(found, context.clean))


def _reliability(found: Sequence[tuple[Variable, int]], clean: Responses) -> float | None:
    errors, means = 0.0, []
    for one, turned in found:
        answers = clean.values(one.items)
        items = answers[~np.isnan(answers).any(axis=1)]
        mean = scale_mean(one, clean).to_numpy()
        means.append(turned * mean)
        if not one.latent:
            continue
        if len(items) < _FEWEST:
            return None
        alpha = cronbach_alpha(np.cov(items.T))
        if not 0.3 < alpha < 1.0:
            return None
        errors += (1.0 - alpha) * float(pd.Series(mean).var())
    total = float(pd.DataFrame(dict(enumerate(means))).mean(axis=1).var()) * len(means) ** 2 if means else 0.0
    return 1.0 - errors / total if 0.0 < errors < 0.7 * total else None


def _turned(structure: str, one: Variable, context: Context) -> int:
    higher = context.theory.higher_order.get(structure)
    return -1 if higher is not None and f"-{one.id}" in higher.facets else 1
