"""Errors of the second step from what each respondent adds, for clusters, weights and missing answers."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.discrepancies.influences import casewise_scores
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.two_step.errors import SecondStep, block_inverse, block_numbers
from coprod_measure.estimation.two_step.estimate import TwoStep


def casewise_parts(two: TwoStep, step: SecondStep) -> tuple[Floats, Floats, Floats]:
    """Covariances V11, V21, V22 of both steps as sums over respondents, or over clusters."""
    structural = _scores(two.model, two.sample, two.x)
    first = first_influences(two, step.first)
    second = [
        (scores[:, step.second] - influence @ step.cross.T) @ step.inverse
        for scores, influence in zip(structural, first, strict=True)
    ]
    return crossed(two, first, second)


def first_influences(two: TwoStep, chosen: np.ndarray, *, observed: bool = False) -> list[Floats]:
    """Influence of each respondent on the measurement estimates, a (n_g, q1) array a group.

    Parameters
    ----------
    chosen : (q1,) int
        Numbers of these estimates in the joint model.
    observed : bool
        Whether the observed information is inverted with complete answers, too.
    """
    place = np.full(two.model.n_free, -1)
    place[chosen] = np.arange(len(chosen))
    first = [np.zeros((len(_answers(group)), len(chosen))) for group in two.sample.groups]
    position = {name: k for k, name in enumerate(two.model.table.variables.observed)}
    for block in two.blocks:
        inverse = block_inverse(block, observed=observed or isinstance(block.sample, IncompleteMoments))
        numbers = block_numbers(two, block)
        kept = numbers >= 0
        items = [position[name] for name in block.model.table.variables.observed]
        weight = two.sample.n / block.sample.n
        for g, scores in enumerate(_scores(block.model, block.sample, block.minimum.x)):
            seen = ~np.isnan(_answers(two.sample.groups[g])[:, items]).all(axis=1)
            first[g][np.ix_(seen, place[numbers[kept]])] += weight * scores @ inverse[:, kept]
    return first


def crossed(two: TwoStep, first: list[Floats], second: list[Floats]) -> tuple[Floats, Floats, Floats]:
    """Covariances V11, V21, V22 from influences on both steps, summed over people or clusters."""
    q1 = first[0].shape[1]
    total: Floats = np.zeros((q1 + second[0].shape[1],) * 2)
    for group, one, two_ in zip(two.sample.groups, first, second, strict=True):
        rows = summed(group, np.hstack([one, two_ - two_.mean(axis=0)]))
        total += rows.T @ rows
    total /= two.sample.n**2
    return total[:q1, :q1], total[q1:, :q1], total[q1:, q1:]


def _answers(group: GroupMoments) -> Floats:
    assert group.data is not None
    return group.data


def _scores(model: Model, sample: SampleMoments, x: Floats) -> tuple[Floats, ...]:
    """Score of each respondent times the weight, a (n_g, q) array a group."""
    if isinstance(sample, IncompleteMoments):
        return tuple(FullInformation(sample).scores_by_group(model, x))
    found, people = casewise_scores(model, sample, x)
    return tuple(
        own if person.weights is None else own * person.weights[:, None]
        for own, person in zip(found, people, strict=True)
    )


def summed(group: GroupMoments, rows: Floats) -> Floats:
    """Sum within clusters, times the root of C / (C - 1) for C clusters."""
    if group.clusters is None:
        return rows
    _, number = np.unique(group.clusters, return_inverse=True)
    count = int(number.max()) + 1
    total = np.zeros((count, rows.shape[1]))
    np.add.at(total, number, rows)
    return np.asarray(total * np.sqrt(count / (count - 1)), dtype=np.float64)
