"""What a population implies before anybody is drawn: covariances of constructs, parts of residuals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.errors import SimulationError
from coprod_measure.simulation.population import Population

_ROUNDING, _STEP, _HALF = 1e-10, 0.8, 0.5
_SPARE = 1.02
"""By how much lags could be larger still, so that they hold as a file rounds them."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Shares of the residual variances, one entry a construct, and the correlations within each part."""

    correlations: np.ndarray
    cluster: np.ndarray
    stable: np.ndarray
    changing: np.ndarray


def latent_covariance(population: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Build the population matrices of the constructs, in ``population.order``.

    Returns
    -------
    beta : ndarray, shape (k, k)
        Standardised paths, ``beta[effect, cause]``.
    psi : ndarray, shape (k, k)
        Covariances of exogenous constructs and residual variances that make every variance one.
    phi : ndarray, shape (k, k)
        Model-implied correlations, ``(I - B)^-1 Psi (I - B)^-T``.

    Raises
    ------
    SimulationError
        If the causes of a construct explain more than all of its variance, or correlations contradict each
        other.

    Notes
    -----
    Products of normal scores are uncorrelated with the scores, and covary among themselves by Isserlis'
    theorem: ``cov(ab, cd) = r_ac r_bd + r_ad r_bc``. Below a construct with products scores are no longer
    normal, and products of those have this variance only nearly. Ceilings are not in these matrices.
    """
    return _matrices(population, 1.0)[:3]


def explained_at_most(population: Population, share: float) -> Population:
    """Shrink the effects on each outcome together, until its equation explains no more than a share of it."""
    *_, factors = _matrices(population, share)
    factor = dict(zip(population.order, factors, strict=True))
    return replace(
        population,
        paths={y: {x: float(factor[y] * b) for x, b in own.items()} for y, own in population.paths.items()},
        interactions={
            y: {pair: float(factor[y] * b) for pair, b in own.items()}
            for y, own in population.interactions.items()
        },
    )


def _matrices(population: Population, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Beta, Psi and Phi in the order of causes, and the factor of each equation that explains a share."""
    order = population.order
    k = len(order)
    residual = _residual_correlations(population)
    beta, phi, total = np.zeros((k, k)), np.eye(k), np.eye(k)
    spread, factors = np.ones(k), np.ones(k)
    for i, name in enumerate(order):
        for cause, value in population.paths.get(name, {}).items():
            beta[i, order.index(cause)] = value
        products = _variance_of_products(population, name, phi)
        explained = float(beta[i, :i] @ phi[:i, :i] @ beta[i, :i] + products)
        if share < 1.0 and explained > share:
            factors[i] = np.sqrt(share / explained)
            beta[i] *= factors[i]
            explained = share
        # Covariances of a residual of variance one with what came before: zero, unless residuals correlate.
        before = total[:i, :i] @ (spread[:i] * residual[i, :i])
        half = beta[i, :i] @ before
        if explained >= 1.0 + half**2 or (rest := np.sqrt(1.0 - explained + half**2) - half) <= 0.0:
            raise SimulationError(
                f"the causes of {name!r} explain {explained:.0%} of its variance",
                place=population.id,
                cure=f"Lower the paths to {name!r} so that less than 100% is explained",
                code="population-overexplained",
            )
        spread[i] = rest
        total[i, :i] = beta[i, :i] @ total[:i, :i]
        phi[i, :i] = phi[:i, i] = beta[i, :i] @ phi[:i, :i] + rest * before
    _check_correlations(population, residual)
    return beta, residual * np.outer(spread, spread), phi, factors


def parts_of(population: Population) -> Parts:
    """Split the residual variances into what clusters share, what is stable in a person, and what changes.

    Raises
    ------
    SimulationError
        If the parts of a construct are more than the whole.
    """
    order, exogenous = population.order, set(population.exogenous)
    outside = np.array([name in exogenous for name in order])
    found = np.where(np.outer(outside, outside), population.correlation, 0.0)
    place = {name: k for k, name in enumerate(order)}
    for (a, b), value in population.correlations.items():
        found[place[a], place[b]] = found[place[b], place[a]] = value
    np.fill_diagonal(found, 1.0)
    icc: Mapping[str, float] = population.dyads.shared if population.dyads else {}
    if population.clusters:
        icc = {**dict.fromkeys(population.facts, 1.0), **population.clusters.icc}
    stable: Mapping[str, float] = population.waves.stable if population.waves else {}
    if population.categories:
        icc, stable = population.categories.shared, population.categories.person
    cluster, person = (np.array([own.get(name, 0.0) for name in order]) for own in (icc, stable))
    if (over := cluster + person > 1.0).any():
        raise SimulationError(
            f"what clusters share of {order[int(np.argmax(over))]!r} and what is stable are more than all",
            place=population.id,
            cure="Lower one of the two",
            code="population-overexplained",
        )
    return Parts(found, cluster, person, 1.0 - cluster - person)


def carried_over(population: Population) -> tuple[np.ndarray, np.ndarray]:
    """Give what residuals of one wave bring to those of the next, and the covariance of what is new in it.

    Both are of residuals of variance one, in ``population.order``.

    Raises
    ------
    SimulationError
        If lagged effects explain more than what changes.

    Notes
    -----
    What changes of all constructs is w = (I - B)^-1 S u of residuals S u, and S u' = L w + e. With
    cov(e) = S G S - L cov(w) L' every wave has the same covariances, and paths hold within each: Hamilton
    (1994), Time series analysis, chapter 10. Products of constructs carry nothing over.
    """
    lags, reach, gamma = _over_time(population)
    worst = _overexplained(lags @ reach, gamma)
    if worst is not None:
        name = population.order[worst]
        raise SimulationError(
            f"the lagged effects on {name!r} explain more than what changes of it",
            place=population.id,
            cure=f"Lower the lags of {name!r}, or its stable share",
            code="population-overexplained",
        )
    carried: np.ndarray = lags @ reach
    return carried, gamma - carried @ gamma @ carried.T


def carried_at_most(population: Population) -> Population:
    """Shrink lags, an equation at a time, until what changes can hold them.

    What a construct brings of itself, which nobody claims, goes down to half before its causes lose anything.
    """
    if population.waves is None:
        return population
    lags, reach, gamma = _over_time(population)
    k = len(gamma)
    factors = np.ones((k, k))
    while (worst := _overexplained(_SPARE * factors * lags @ reach, gamma)) is not None:
        itself = np.arange(k) == worst
        alone = factors[worst, worst] * _STEP >= _HALF and bool(lags[worst, worst])
        factors[worst, itself if alone else slice(None)] *= _STEP
    place = population.order.index
    own = {
        y: {x: float(factors[place(y), place(x)] * b) for x, b in of.items()}
        for y, of in population.waves.lags.items()
    }
    return replace(population, waves=replace(population.waves, lags=own))


def pull_to_leave(population: Population) -> float:
    """Give the variance of what makes people leave, in a probit of variance one.

    Raises
    ------
    SimulationError
        If it is more than one.
    """
    waves = population.waves
    if waves is None or not waves.attrition_by:
        return 0.0
    *_, phi = latent_covariance(population)
    at = [population.order.index(name) for name in waves.attrition_by]
    b = np.array(list(waves.attrition_by.values()))
    found = float(b @ phi[np.ix_(at, at)] @ b)
    if found > 1.0:
        raise SimulationError(
            f"what makes people leave explains {found:.0%} of who does",
            place=population.id,
            cure="Lower the effects under waves: attrition_by",
            code="population-overexplained",
        )
    return found


def _over_time(population: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lags on residuals of variance one, what these make of the constructs, and how they covary in a wave."""
    beta, psi, _ = latent_covariance(population)
    parts, spread, place = parts_of(population), np.sqrt(np.diag(psi)), population.order.index
    lags = np.zeros(psi.shape)
    for target, own in (population.waves.lags if population.waves else {}).items():
        for source, value in own.items():
            lags[place(target), place(source)] = value
    gamma = parts.correlations * np.outer(np.sqrt(parts.changing), np.sqrt(parts.changing))
    return lags / spread[:, None], np.linalg.inv(np.eye(len(psi)) - beta) * spread, gamma


def _overexplained(carried: np.ndarray, gamma: np.ndarray) -> int | None:
    """Find the construct of which more is carried over than there is."""
    values, vectors = np.linalg.eigh(gamma - carried @ gamma @ carried.T)
    return None if values[0] >= -_ROUNDING else int(np.argmax(np.abs(vectors[:, 0])))


def _residual_correlations(population: Population) -> np.ndarray:
    """Correlations of exogenous constructs, and of what the causes of others leave.

    What is stated holds among stable and among changing parts; what clusters share is independent.
    """
    parts = parts_of(population)
    shared = np.sqrt(np.outer(parts.stable, parts.stable)) + np.sqrt(np.outer(parts.changing, parts.changing))
    found: np.ndarray = parts.correlations * shared
    np.fill_diagonal(found, 1.0)
    return found


def _check_correlations(population: Population, residual: np.ndarray) -> None:
    values, vectors = np.linalg.eigh(residual)
    if values[0] <= 0:
        worst = np.argsort(-np.abs(vectors[:, 0]))[:3]
        raise SimulationError(
            f"the correlations of {', '.join(population.order[k] for k in worst)} contradict each other",
            place=population.id,
            cure="Bring the correlations among them nearer to those with the others",
            code="population-contradictory",
        )


def _variance_of_products(population: Population, name: str, phi: np.ndarray) -> float:
    """Variance that the product terms of an equation explain."""
    if name not in population.interactions:
        return 0.0
    order = population.order
    terms = [
        (order.index(a), order.index(b), value)
        for (a, b), value in population.interactions.get(name, {}).items()
    ]
    return float(
        sum(
            one * other * (phi[a, c] * phi[b, d] + phi[a, d] * phi[b, c])
            for a, b, one in terms
            for c, d, other in terms
        )
    )
