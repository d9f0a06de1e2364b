"""Mapped scores of people, whatever each of them answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.two_step.mapping import Mapping, Measurement, mapping_matrix, mapping_weight


@dataclass(frozen=True, slots=True)
class Scores:
    """Mapped scores of the people who can be scored, a constant first.

    Attributes
    ----------
    errors : (k, 1 + m, 1 + m) float
        Error covariance of each pattern of answers.
    pattern : (n,) int
        Which of them a person has.
    """

    values: Floats
    errors: Floats
    pattern: np.ndarray

    @property
    def shares(self) -> Floats:
        """Share of the people in each pattern."""
        return np.asarray(np.bincount(self.pattern, minlength=len(self.errors)) / len(self.pattern))

    @property
    def mean_error(self) -> Floats:
        """Error covariance, averaged over people."""
        return self.errors[0] if len(self.errors) == 1 else np.tensordot(self.shares, self.errors, 1)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Who answered what: the items seen in each pattern, and the answers of its people."""

    seen: tuple[np.ndarray, ...]
    answers: tuple[Floats, ...]
    n: int


def answer_patterns(answers: Floats) -> Patterns:
    """Group people by what they answered, (n, p) with NaN where missing."""
    seen = ~np.isnan(answers)
    if seen.all():
        return Patterns((np.ones(answers.shape[1], dtype=bool),), (answers,), len(answers))
    kinds, member = np.unique(seen, axis=0, return_inverse=True)
    parts = tuple(answers[member.ravel() == k][:, some] for k, some in enumerate(kinds))
    return Patterns(tuple(kinds), parts, len(answers))


def mapped_scores(
    part: Measurement, patterns: Patterns, cov: Floats, mapping: Mapping, scale: Floats
) -> Scores:
    """Score everyone who answered an item of each latent variable.

    Parameters
    ----------
    cov : (p, p) float
        Of the items, for the GLS mapping.
    scale : (m,) float
        Divides scores.

    Raises
    ------
    EstimationError
        If nobody can be scored.
    """
    values, errors, pattern = [], [], []
    for some, people in zip(patterns.seen, patterns.answers, strict=True):
        lam = part.lam[some]
        if len(patterns.seen) > 1 and np.linalg.matrix_rank(lam) < lam.shape[1]:
            continue
        theta, nu = part.theta[np.ix_(some, some)], part.nu[some]
        own = Measurement(lam, theta, nu, part.latent)
        m_matrix = score_mapping(own, cov[np.ix_(some, some)], patterns.n, mapping) / scale[:, None]
        values.append((people - nu) @ m_matrix.T)
        errors.append(m_matrix @ theta @ m_matrix.T)
        pattern.append(np.full(len(people), len(errors) - 1))
    if not values:
        raise EstimationError(
            "nobody answered items of all latent variables",
            place="products of latent variables",
            cure="Fit the model without products",
            code="no-scores",
        )
    m = part.lam.shape[1]
    padded = np.zeros((len(errors), 1 + m, 1 + m))
    padded[:, 1:, 1:] = errors
    scores = np.vstack(values)
    return Scores(np.hstack([np.ones((len(scores), 1)), scores]), padded, np.concatenate(pattern))


def score_mapping(part: Measurement, cov: Floats, n: float, kind: Mapping) -> Floats:
    """Give the matrix that maps answers to scores, (m, p), its weight balanced."""
    return mapping_matrix(part, mapping_weight(part, cov, n, kind, balanced=True))
