"""Finite mixtures by EM, many starts at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from coprod_measure.errors import EstimationError

Parameters = dict[str, np.ndarray]
# Steps after which starts are compared; the better half goes on.
SHORT = 40
# Log likelihoods this near are the same maximum.
SAME = 1e-3
# Longest step beyond two of EM, in such steps.
_LONGEST = 256.0
_SHARE = "share of people"


class Kernel(Protocol):
    """What the classes of a mixture look like; every array of parameters has the starts in front.

    Attributes
    ----------
    weight : ndarray, shape (n_rows,)
        People a row.
    """

    weight: np.ndarray

    def start(self, k: int, starts: int, rng: np.random.Generator) -> Parameters:
        """Draw starting values."""

    def log_density(self, theta: Parameters) -> np.ndarray:
        """Log density of every row in every class; shape (starts, n_rows, k)."""

    def update(self, resp: np.ndarray) -> Parameters:
        """Maximise given weighted posteriors of shape (starts, n_rows, k)."""

    def degenerate(self, theta: Parameters) -> np.ndarray:
        """Whether a start runs into a class without spread; bool, shape (starts,)."""

    def n_parameters(self, k: int) -> int:
        """Count free parameters within classes."""

    def simulate(self, theta: Parameters, classes: np.ndarray, rng: np.random.Generator) -> Kernel:
        """Draw a sample of people with known classes, from parameters of one start."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A fitted mixture.

    Attributes
    ----------
    share : ndarray, shape (k,)
    theta : dict of str to ndarray
        Parameters of the classes, without the axis of starts.
    posterior : ndarray, shape (n_rows, k)
    replicated, finished, starts : int
        Starts that reached this maximum, of those followed to the end, of all.
    """

    k: int
    share: np.ndarray
    theta: Parameters
    loglik: float
    n_parameters: int
    posterior: np.ndarray
    replicated: int
    finished: int
    starts: int
    converged: bool


def in_classes(coefficients: np.ndarray, statistics: np.ndarray) -> np.ndarray:
    """Multiply statistics, (n_rows, p), by coefficients, (starts, p, k).

    Rows of a class lie side by side in memory: numpy runs along the contiguous axis.
    """
    return np.swapaxes(np.swapaxes(coefficients, 1, 2) @ statistics.T, 1, 2)


def expectation(kernel: Kernel, theta: Parameters, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give log likelihoods, shape (starts,), and posteriors, shape (starts, n_rows, k)."""
    joint = kernel.log_density(theta)
    joint += np.log(np.maximum(share, 1e-300))[:, None, :]
    # Class by class: numpy reduces a short last axis slowly.
    top = joint[..., 0].copy()
    for c in range(1, joint.shape[2]):
        np.maximum(top, joint[..., c], out=top)
    joint -= top[..., None]
    posterior = np.exp(joint, out=joint)
    total = posterior @ np.ones(joint.shape[2])
    posterior /= total[..., None]
    return (top + np.log(total)) @ kernel.weight, posterior


def climb(
    kernel: Kernel, theta: Parameters, share: np.ndarray, *, tolerance: float, most: int
) -> tuple[Parameters, np.ndarray, np.ndarray, np.ndarray]:
    """Iterate every start until a step of EM raises its log likelihood by less than ``tolerance``.

    Two steps of EM are lengthened by SQUAREM, scheme 3 of Varadhan and Roland (2008), *Scandinavian Journal
    of Statistics* 35, 335-353; where that leads to a lower likelihood, the second step counts.

    Returns
    -------
    theta, share, loglik, converged
        A degenerate start ends with a log likelihood of minus infinity.
    """
    starts = len(share)
    loglik, converged, active = np.full(starts, -np.inf), np.zeros(starts, bool), np.arange(starts)
    found = {name: value.copy() for name, value in (theta | {_SHARE: share}).items()}
    point = second = {name: value.copy() for name, value in found.items()}
    reached = loglik
    for _ in range(0, most, 2):
        now, posterior = expectation(kernel, point, point[_SHARE])
        if (short := ~(now >= reached)).any():
            point = _chosen(short, second, point)
            again = _those(short, point)
            now[short], posterior[short] = expectation(kernel, again, again[_SHARE])
        first = _maximised(kernel, posterior)
        inside = ~kernel.degenerate(first)
        loglik[active[~inside]] = -np.inf
        active, now, point, first = active[inside], now[inside], _those(inside, point), _those(inside, first)
        if not len(active):
            break
        reached, posterior = expectation(kernel, first, first[_SHARE])
        for name, value in first.items():
            found[name][active] = value
        loglik[active] = reached
        second = _maximised(kernel, posterior)
        done = reached - now < tolerance
        converged[active[done]] = True
        inside = ~kernel.degenerate(second)
        loglik[active[~inside & ~done]] = -np.inf
        left = inside & ~done
        active, reached = active[left], reached[left]
        if not len(active):
            break
        point, first, second = (_those(left, one) for one in (point, first, second))
        point = _lengthened(kernel, point, first, second)
    share = found.pop(_SHARE)
    return found, share, loglik, converged


def _maximised(kernel: Kernel, posterior: np.ndarray) -> Parameters:
    weighted = posterior * kernel.weight[:, None]
    return kernel.update(weighted) | {_SHARE: kernel.weight @ posterior / kernel.weight.sum()}


def _lengthened(kernel: Kernel, point: Parameters, first: Parameters, second: Parameters) -> Parameters:
    """Extrapolate from two steps of EM; the second one where that leaves the parameters' space."""
    step = {name: first[name] - value for name, value in point.items()}
    bend = {name: second[name] - first[name] - step[name] for name in point}
    length = -np.sqrt(_squared(step) / np.maximum(_squared(bend), 1e-300))
    length = np.clip(length, -_LONGEST, -1.0)
    far = {}
    for name, value in point.items():
        a = length.reshape(-1, *[1] * (value.ndim - 1))
        far[name] = value - 2.0 * a * step[name] + a * a * bend[name]
    outside = (far[_SHARE] < 0.1 * second[_SHARE]).any(axis=1) | kernel.degenerate(far)
    return _chosen(outside, second, far)


def _squared(theta: Parameters) -> np.ndarray:
    return np.asarray(sum((value * value).reshape(len(value), -1).sum(axis=1) for value in theta.values()))


def _those(chosen: np.ndarray, theta: Parameters) -> Parameters:
    return theta if chosen.all() else {name: value[chosen] for name, value in theta.items()}


def _chosen(which: np.ndarray, one: Parameters, other: Parameters) -> Parameters:
    return {
        name: np.where(which.reshape(-1, *[1] * (value.ndim - 1)), one[name], value)
        for name, value in other.items()
    }


@dataclass(frozen=True, slots=True)
class Begun:
    """The better half of the random starts after some steps, the best first.

    Attributes
    ----------
    loglik : ndarray
        Of each; it will rise further.
    starts : int
        Of all that were begun.
    """

    theta: Parameters
    share: np.ndarray
    loglik: np.ndarray
    starts: int


def fit_mixture(
    kernel: Kernel,
    k: int,
    *,
    starts: int,
    rng: np.random.Generator,
    tolerance: float = 1e-9,
    place: str = "classes",
) -> Mixture:
    """Fit a mixture of k classes by its best of many starts.

    Raises
    ------
    EstimationError
        If every start runs into a class without spread.
    """
    return finish(kernel, begin(kernel, k, starts=starts, rng=rng, place=place), tolerance, place)


def begin(kernel: Kernel, k: int, *, starts: int, rng: np.random.Generator, place: str = "classes") -> Begun:
    """Take the first steps of :func:`fit_mixture` from every start."""
    starts = starts if k > 1 else 1
    theta = kernel.start(k, starts, rng)
    share = np.full((starts, k), 1.0 / k)
    theta, share, loglik, _ = climb(kernel, theta, share, tolerance=1e-4, most=SHORT)
    best = np.argsort(-loglik)[: max(min(starts, 5), starts // 2)]
    best = best[np.isfinite(loglik[best])]
    if not len(best):
        raise _without_spread(k, place)
    return Begun({name: value[best] for name, value in theta.items()}, share[best], loglik[best], starts)


def finish(kernel: Kernel, begun: Begun, tolerance: float = 1e-9, place: str = "classes") -> Mixture:
    """Follow what was begun to the end."""
    k = begun.share.shape[1]
    theta, share, loglik, converged = climb(kernel, begun.theta, begun.share, tolerance=1e-6, most=5000)
    top = int(np.argmax(loglik))
    if not np.isfinite(loglik[top]):
        raise _without_spread(k, place)
    same = int((loglik > loglik[top] - SAME).sum())
    theta = {name: value[[top]] for name, value in theta.items()}
    theta, share, _, converged = climb(kernel, theta, share[[top]], tolerance=tolerance, most=20_000)
    final, posterior = expectation(kernel, theta, share)
    one = {name: value[0] for name, value in theta.items()}
    count = k - 1 + kernel.n_parameters(k)
    tried = len(begun.loglik), begun.starts
    return Mixture(k, share[0], one, float(final[0]), count, posterior[0], same, *tried, bool(converged[0]))


def _without_spread(k: int, place: str) -> EstimationError:
    return EstimationError(
        f"{k} classes: every start ends in a class without spread",
        place=place,
        cure="Ask for fewer classes, or for one spread in all classes",
    )


def by_size(found: Mixture) -> Mixture:
    """Put the classes in order of size, the largest first."""
    order = np.argsort(-found.share)
    theta = {name: value[..., order] for name, value in found.theta.items()}
    return replace(found, share=found.share[order], theta=theta, posterior=found.posterior[:, order])
