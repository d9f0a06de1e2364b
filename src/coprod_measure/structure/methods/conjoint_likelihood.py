"""Likelihoods of choices among offers: conditional logit, and mixed logit by simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm, qmc

from coprod_measure.errors import EstimationError

PEOPLE_AT_ONCE = 50
"""People whose draws are held together: so many stay near the processor."""


@dataclass(frozen=True, slots=True)
class ChoiceData:
    """Alternatives in order of person and task.

    Attributes
    ----------
    X : ndarray, shape (n_rows, p)
    chosen : ndarray of bool, shape (n_rows,)
    task : ndarray of int, shape (n_tasks,)
        First row of each task.
    person : ndarray of int, shape (n_people,)
        First task of each person.
    """

    X: np.ndarray
    chosen: np.ndarray
    task: np.ndarray
    person: np.ndarray

    def sizes(self) -> np.ndarray:
        """Alternatives a task; shape (n_tasks,)."""
        return np.diff(np.append(self.task, len(self.X)))


@dataclass(frozen=True, slots=True)
class ChoiceFit:
    """Estimates: coefficients, or means followed by standard deviations between people.

    Attributes
    ----------
    estimates : ndarray, shape (q,)
    cov : ndarray, shape (q, q)
        Conditional logit: robust to people answering several tasks. Mixed: from the observed information.
    loglik, null : float
        At the estimates, and with all alternatives equal.
    """

    estimates: np.ndarray
    cov: np.ndarray
    loglik: float
    null: float


def log_probabilities(data: ChoiceData, utility: np.ndarray) -> np.ndarray:
    """Give log choice probabilities within tasks, of utilities of shape (n_rows, ...)."""
    group = np.repeat(np.arange(len(data.task)), data.sizes())
    top = np.maximum.reduceat(utility, data.task, axis=0)[group]
    total = np.add.reduceat(np.exp(utility - top), data.task, axis=0)[group]
    return np.asarray(utility - top - np.log(total))


def conditional_logit(data: ChoiceData) -> ChoiceFit:
    """Fit McFadden's conditional logit by Newton's method.

    Raises
    ------
    EstimationError
        If an attribute decides every choice, so that no finite estimate exists.
    """
    beta = np.zeros(data.X.shape[1])
    group = np.repeat(np.arange(len(data.task)), data.sizes())
    for _ in range(60):
        P = np.exp(log_probabilities(data, data.X @ beta))
        mean = np.add.reduceat(data.X * P[:, None], data.task, axis=0)
        centred = data.X - mean[group]
        H = (centred * P[:, None]).T @ centred
        score = centred[data.chosen].sum(axis=0)
        step = np.linalg.solve(H, score)
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    if np.abs(beta).max() > 30 or not np.isfinite(beta).all():
        cause = "an attribute decides every choice: no finite part-worth exists"
        raise EstimationError(cause, place="conjoint", cure="Leave it out")
    bread = np.linalg.inv(H)
    by_person = np.add.reduceat(centred[data.chosen], data.person, axis=0)
    loglik = float(log_probabilities(data, data.X @ beta)[data.chosen].sum())
    return ChoiceFit(
        beta, bread @ (by_person.T @ by_person) @ bread, loglik, -float(np.log(data.sizes()).sum())
    )


def _gaps(data: ChoiceData) -> tuple[np.ndarray, np.ndarray]:
    """Say what others have over the alternative that was chosen, as long for everybody; and where one is.

    Returns
    -------
    gaps : ndarray, shape (n_people, most tasks * most others, p)
    there : ndarray, shape (n_people, most tasks, most others)
        1, or 0 where somebody had fewer tasks, or a task fewer alternatives.
    """
    sizes, tasks = data.sizes(), np.diff(np.append(data.person, len(data.task)))
    task = np.repeat(np.arange(len(sizes)), sizes)
    gap = (data.X - data.X[data.chosen][task])[~data.chosen]
    task = task[~data.chosen]
    person = np.repeat(np.arange(len(tasks)), tasks)[task]
    first = np.cumsum(sizes - 1) - (sizes - 1)
    at = person, task - data.person[person], np.arange(len(gap)) - first[task]
    there = np.zeros((len(tasks), int(tasks.max()), int(sizes.max()) - 1))
    gaps = np.zeros((*there.shape, data.X.shape[1]))
    there[at], gaps[at] = 1.0, gap
    return gaps.reshape(len(tasks), -1, gaps.shape[-1]), there


def mixed_logit(data: ChoiceData, *, draws: int, seed: int) -> ChoiceFit:
    """Fit part-worths that vary between people, independent and normal, by simulated likelihood.

    Parameters
    ----------
    draws : int
        Scrambled Halton points a person.

    Notes
    -----
    Train, K. E. (2009). *Discrete choice methods with simulation* (2nd ed.), chapter 6: the product over a
    person's tasks is inside the integral. The sign of a standard deviation has no meaning; it is
    given as positive. Errors are those of the observed information: the outer product of scores of single
    tasks, which mlogit 2.0 prints, takes the tasks of one person as independent.
    """
    p, n = data.X.shape[1], len(data.person)
    z = norm.ppf(qmc.Halton(p, rng=np.random.default_rng(seed)).random(n * draws)).reshape(n, draws, p)
    z = np.ascontiguousarray(z.transpose(0, 2, 1))
    gaps, there = _gaps(data)

    def parts(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, slopes = 0.0, np.zeros((2, p))
        for first in range(0, n, PEOPLE_AT_ONCE):
            own = slice(first, first + PEOPLE_AT_ONCE)
            X, drawn = gaps[own], z[own]
            odds = X @ (theta[:p, None] + theta[p:, None] * drawn)
            odds = np.exp(np.minimum(odds, 700.0, out=odds), out=odds).reshape(*there[own].shape, draws)
            odds *= there[own][..., None]
            total = 1.0 + odds.sum(axis=2)
            log_p = -np.log(total).sum(axis=1)
            top = log_p.max(axis=1, keepdims=True)
            weight = np.exp(log_p - top)
            mean = weight.mean(axis=1, keepdims=True)
            value += float((top + np.log(mean)).sum())
            odds *= (weight / (mean * draws))[:, None, None, :] / total[:, :, None, :]
            by_draw = np.swapaxes(X, 1, 2) @ odds.reshape(*X.shape[:2], draws)
            slopes -= by_draw.sum(axis=(0, 2)), (by_draw * drawn).sum(axis=(0, 2))
        return -value, -slopes.ravel()

    start = np.concatenate([conditional_logit(data).estimates, np.full(p, 0.3)])
    found = minimize(parts, start, jac=True, method="BFGS", options={"gtol": 1e-4 * n, "maxiter": 200})
    h = 1e-4
    J = np.array([(parts(found.x + s)[1] - parts(found.x - s)[1]) / (2 * h) for s in np.eye(2 * p) * h])
    information = (J + J.T) / 2
    if np.linalg.eigvalsh(information)[0] <= 0:
        cause = "the choices do not tell how much people differ"
        raise EstimationError(cause, place="mixed logit", cure='Use model="conditional", or ask more tasks')
    sign = np.concatenate([np.ones(p), np.where(found.x[p:] < 0, -1.0, 1.0)])
    cov = np.linalg.inv(information) * np.outer(sign, sign)
    return ChoiceFit(sign * found.x, cov, -float(found.fun), -float(np.log(data.sizes()).sum()))
