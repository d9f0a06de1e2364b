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
    return summed_parts(two, step, _scores(two.model, two.sample, two.x))


def summed_parts(
    two: TwoStep, step: SecondStep, structural: tuple[Floats, ...]
) -> tuple[Floats, Floats, Floats]:
    """Sum influences of both steps.

    ``structural``: score of each respondent for all parameters, a (n_g, q) array a group.
    """
    place = np.full(two.model.n_free, -1)
    place[step.first] = np.arange(len(step.first))
    first = [np.zeros((len(_answers(group)), len(step.first))) for group in two.sample.groups]
    position = {name: k for k, name in enumerate(two.model.table.variables.observed)}
    for block in two.blocks:
        inverse = block_inverse(block, observed=isinstance(block.sample, IncompleteMoments))
        numbers = block_numbers(two, block)
        kept = numbers >= 0
        items = [position[name] for name in block.model.table.variables.observed]
        weight = two.sample.n / block.sample.n
        for g, scores in enumerate(_scores(block.model, block.sample, block.minimum.x)):
            seen = ~np.isnan(_answers(two.sample.groups[g])[:, items]).all(axis=1)
            first[g][np.ix_(seen, place[numbers[kept]])] += weight * scores @ inverse[:, kept]
    total: Floats = np.zeros((len(place[place >= 0]) + len(step.second),) * 2)
    for g, scores in enumerate(structural):
        second = (scores[:, step.second] - first[g] @ step.cross.T) @ step.inverse
        both = np.hstack([first[g], second - second.mean(axis=0)])
        summed = _summed(two.sample.groups[g], both)
        total += summed.T @ summed
    total /= two.sample.n**2
    q1 = len(step.first)
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


def _summed(group: GroupMoments, rows: Floats) -> Floats:
    """Sum within clusters, times the root of C / (C - 1) for C clusters."""
    if group.clusters is None:
        return rows
    _, number = np.unique(group.clusters, return_inverse=True)
    count = int(number.max()) + 1
    total = np.zeros((count, rows.shape[1]))
    np.add.at(total, number, rows)
    return np.asarray(total * np.sqrt(count / (count - 1)), dtype=np.float64)
