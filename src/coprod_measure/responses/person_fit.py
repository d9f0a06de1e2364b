"""How well a person's pattern fits the scale: Guttman errors and the likelihood of graded answers.

Cut-offs come from simulated people who follow the model and not from fixed numbers: both indices depend on
the items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from coprod_measure.errors import CoprodError
from coprod_measure.estimation.sample.bivariate_normal import INFINITE
from coprod_measure.estimation.sample.polychoric import contingency_tables, polychoric_correlations
from coprod_measure.estimation.sample.thresholds import padded_thresholds, thresholds_from_counts
from coprod_measure.estimation.solution.extraction import extract

_GRID = np.linspace(-4.0, 4.0, 33)
_WEIGHTS = np.exp(-0.5 * _GRID**2) / np.exp(-0.5 * _GRID**2).sum()
_LARGEST_LOADING = 0.98
_BLOCK = 20_000
_FEWEST_PEOPLE = 30


@dataclass(frozen=True, slots=True)
class GradedItems:
    """Items of one scale under Samejima's (1969) normal-ogive model.

    Attributes
    ----------
    slopes : numpy.ndarray
        Shape (p,).
    locations : numpy.ndarray
        Shape (p, k - 1): the ability at which half reach category j or a higher one.
    """

    slopes: np.ndarray
    locations: np.ndarray


def fit_graded_items(
    answers: np.ndarray, n_categories: int, people: np.ndarray | None = None
) -> GradedItems | None:
    """Estimate a one-factor graded model from polychoric correlations (two steps, unweighted least squares).

    Parameters
    ----------
    answers : numpy.ndarray of int
        Shape (n, p), keyed categories from 0, -1 where missing.
    n_categories : int
        Length of the scale.
    people : numpy.ndarray, optional
        Shape (n,), how many people each row stands for.

    Returns
    -------
    GradedItems or None
        None when the data do not allow it: an item without variation, fewer than thirty people with both
        answers of a pair, a negative loading.
    """
    p = answers.shape[1]
    if p < 3:
        return None
    people = np.ones(len(answers)) if people is None else people.astype(float)
    counts = np.stack(
        [np.bincount(x[x >= 0], weights=people[x >= 0], minlength=n_categories) for x in answers.T]
    )
    if (counts > 0).sum(axis=1).min() < 2:
        return None
    cuts = _cuts(counts)
    tables = contingency_tables(answers, n_categories, people)
    rows, columns = np.tril_indices(p, -1)
    pairs = tables[rows, columns]
    used = [(pairs.sum(axis=axis) > 0).sum(axis=1).min() for axis in (1, 2)]
    if pairs.sum(axis=(1, 2)).min() < _FEWEST_PEOPLE or min(used) < 2:
        return None
    try:
        rho = polychoric_correlations(pairs, cuts[rows], cuts[columns]).rho
        correlation = np.eye(p)
        correlation[rows, columns] = correlation[columns, rows] = rho
        loadings = extract(correlation, 1).loadings[:, 0]
    except (CoprodError, np.linalg.LinAlgError):
        return None
    if loadings.min() <= 0.05:
        return None
    loadings = np.minimum(loadings, _LARGEST_LOADING)
    return GradedItems(loadings / np.sqrt(1 - loadings**2), cuts[:, 1:-1] / loadings[:, None])


def _cuts(counts: np.ndarray) -> np.ndarray:
    """Thresholds with the infinite ends, shape (p, k + 1)."""
    cuts = tuple(thresholds_from_counts(row) for row in counts)
    clipped: np.ndarray = np.clip(padded_thresholds(cuts, counts.shape[1]), -INFINITE, INFINITE)
    return clipped


def category_probabilities(items: GradedItems, ability: np.ndarray) -> np.ndarray:
    """Probability of each category.

    Parameters
    ----------
    ability : numpy.ndarray
        Shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n, p, k).
    """
    at_least = ndtr(items.slopes[:, None] * (ability[:, None, None] - items.locations))
    ends = (len(ability), len(items.slopes), 1)
    steps = np.concatenate([np.ones(ends), at_least, np.zeros(ends)], axis=2)
    probabilities: np.ndarray = steps[:, :, :-1] - steps[:, :, 1:]
    return probabilities


def expected_ability(items: GradedItems, answers: np.ndarray) -> np.ndarray:
    """Posterior mean of each person's ability under a standard normal prior.

    Parameters
    ----------
    answers : numpy.ndarray of int
        Shape (n, p), -1 where missing.
    """
    log_p = np.log(np.maximum(category_probabilities(items, _GRID), 1e-300))
    ability = np.empty(len(answers))
    for start in range(0, len(answers), _BLOCK):
        block = answers[start : start + _BLOCK]
        likelihood = np.zeros((len(block), len(_GRID)))
        for j in range(answers.shape[1]):
            there = block[:, j] >= 0
            likelihood[there] += log_p[:, j, :].T[block[there, j]]
        posterior = np.exp(likelihood - likelihood.max(axis=1, keepdims=True)) * _WEIGHTS
        ability[start : start + _BLOCK] = posterior @ _GRID / posterior.sum(axis=1)
    return ability


def likelihood_parts(
    probabilities: np.ndarray, answers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-likelihood of the given answers, its expectation and variance (Drasgow, Levine & Williams, 1985).

    Parameters
    ----------
    probabilities : numpy.ndarray
        Shape (n, p, k).
    answers : numpy.ndarray of int
        Shape (n, p), -1 where missing: such an item adds nothing.

    Returns
    -------
    tuple of numpy.ndarray
        Three arrays of shape (n,). ``lz`` is (first - second) / sqrt(third); sums over scales may be formed
        before.
    """
    log_p = np.log(np.where(probabilities > 0, probabilities, 1.0))
    there = answers >= 0
    given = np.take_along_axis(log_p, np.maximum(answers, 0)[:, :, None], axis=2)[:, :, 0]
    mean = (probabilities * log_p).sum(axis=2)
    variance = (probabilities * log_p**2).sum(axis=2) - mean**2
    log_likelihood, expectation, spread = (
        np.where(there, x, 0.0).sum(axis=1) for x in (given, mean, variance)
    )
    return log_likelihood, expectation, spread


@dataclass(frozen=True, slots=True)
class GuttmanTable:
    """What Guttman errors of one scale are counted with.

    Attributes
    ----------
    cost : numpy.ndarray
        Shape (p, k): summed popularity ranks of the steps that lead to a category.
    largest : numpy.ndarray
        Shape (p (k - 1) + 1,): most errors that a sum score allows.
    """

    cost: np.ndarray
    largest: np.ndarray


def guttman_table(answers: np.ndarray, n_categories: int, people: np.ndarray | None = None) -> GuttmanTable:
    """Rank the steps of all items by how many people take them, and find the most errors for each sum score.

    Parameters
    ----------
    answers : numpy.ndarray of int
        Shape (n, p), keyed categories from 0, -1 where missing.
    n_categories : int
        Length of the scale, at least 2.
    people : numpy.ndarray, optional
        Shape (n,), how many people each row stands for.
    """
    people = np.ones(len(answers)) if people is None else people.astype(float)
    taken = np.stack([people @ (answers >= step) for step in range(1, n_categories)], axis=1)
    popularity = taken / np.maximum(people @ (answers >= 0), 1)[:, None]
    order = np.argsort(-popularity.ravel(), kind="stable")
    ranks = np.empty(order.size)
    ranks[order] = np.arange(1, order.size + 1)
    first = np.zeros((len(popularity), 1))
    cost = np.concatenate([first, np.cumsum(ranks.reshape(popularity.shape), axis=1)], axis=1)
    most = np.zeros(1)
    for row in cost:
        longer = np.full(len(most) + len(row) - 1, -np.inf)
        for category, added in enumerate(row):
            np.maximum(
                longer[category : category + len(most)],
                most + added,
                out=longer[category : category + len(most)],
            )
        most = longer
    scores = np.arange(len(most))
    return GuttmanTable(cost, most - scores * (scores + 1) / 2)


def guttman_errors(table: GuttmanTable, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count Guttman errors over item steps, and the most that the sum score allows (Molenaar, 1991).

    An error is a step taken while a more popular step of the scale was not. ``Gnormed`` is the first over the
    second (Emons, 2008); sums over scales may be formed before.

    Parameters
    ----------
    answers : numpy.ndarray of int
        Shape (n, p), -1 where missing: such a person gets NaN.
    """
    complete = (answers >= 0).all(axis=1)
    given = np.maximum(answers, 0)
    score = given.sum(axis=1)
    ranks = np.take_along_axis(table.cost.T, given, axis=0).sum(axis=1)
    errors = ranks - score * (score + 1) / 2
    return np.where(complete, errors, np.nan), np.where(complete, table.largest[score], np.nan)


def simulate_answers(items: GradedItems, ability: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the answers of people who follow the model.

    Parameters
    ----------
    ability : numpy.ndarray
        Shape (n,).

    Returns
    -------
    numpy.ndarray of int
        Shape (n, p), categories from 0.
    """
    response = items.slopes * ability[:, None] - ndtri(rng.random((len(ability), len(items.slopes))))
    drawn = np.zeros(response.shape, dtype=np.int64)
    for threshold in (items.slopes[:, None] * items.locations).T:
        drawn += threshold < response
    return drawn
