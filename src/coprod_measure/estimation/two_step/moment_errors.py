"""Errors and tests of the second step from the covariance of the items' sample moments.

Estimates of both steps are smooth functions of means and vech(S). With J the Jacobian of the latent moments
by those of the items (through the mapping, and through the measurement estimates in it) and Gamma the
asymptotic covariance of the latter, J Gamma J' is that of the latent moments. It gives "local" errors and
the corrected test of the structure (Satorra & Bentler 1994; Rosseel & Loh 2024, section 4).
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats, inverse_and_logdet
from coprod_measure.estimation.inference.information import invert
from coprod_measure.estimation.model.implied import implied_moments, jacobian_of, moment_jacobian
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.two_step.errors import SecondStep, block_inverse, block_numbers
from coprod_measure.estimation.two_step.estimate import TwoStep, keys_of, measured_by
from coprod_measure.estimation.two_step.mapping import (
    LatentMoments,
    mapping_weight,
    moment_slopes,
    vech_products,
)

# Items up to which covariances of their moments are formed: with 60, that matrix has order 1,890.
MOST_ITEMS = 60


def moment_weight(sigma: Floats, *, means: bool) -> Floats:
    """Information of one observation about mean and vech(Sigma) of a normal distribution."""
    p = len(sigma)
    inverse, _ = inverse_and_logdet(sigma)
    b, a = np.triu_indices(p)
    own = inverse[a][:, a] * inverse[b][:, b] + inverse[a][:, b] * inverse[b][:, a]
    twice = np.where(a == b, 1.0, 2.0)
    found = np.zeros((p + len(a), p + len(a)))
    found[p:, p:] = own * np.outer(twice, twice) / 4.0
    if means:
        found[:p, :p] = inverse
    return found


def measurement_influence(two: TwoStep, *, observed: bool) -> list[Floats]:
    """Move of the measurement estimates with the moments of the items: a (q1, p + p(p+1)/2) array a group.

    Parameters
    ----------
    two : TwoStep
        On complete data.
    observed : bool
        Whether the observed information is inverted, or the expected one.
    """
    first = np.flatnonzero(two.first)
    place = np.full(two.model.n_free, -1)
    place[first] = np.arange(len(first))
    p = len(two.model.table.variables.observed)
    found = [np.zeros((len(first), p + p * (p + 1) // 2)) for _ in two.model.groups]
    position = {name: k for k, name in enumerate(two.model.table.variables.observed)}
    for block in two.blocks:
        inverse = block_inverse(block, observed=observed)
        numbers = block_numbers(two, block)
        kept = numbers >= 0
        items = [position[name] for name in block.model.table.variables.observed]
        columns = moment_positions(p, items)
        for g, (share, implied, rules) in enumerate(
            zip(block.sample.shares, block.model.implied(block.minimum.x), block.model.rules, strict=True)
        ):
            slopes = moment_jacobian(rules, implied, block.model.n_free)
            own = share * inverse @ slopes.T @ moment_weight(implied.sigma, means=block.model.means)
            found[g][np.ix_(place[numbers[kept]], columns)] += own[kept]
    return found


def moment_positions(p: int, chosen: list[int]) -> np.ndarray:
    """Where mean and vech of some of p variables stand among those of all."""
    index = np.zeros((p, p), dtype=np.int64)
    b, a = np.triu_indices(p)
    index[a, b] = index[b, a] = np.arange(len(a))
    k, j = np.triu_indices(len(chosen))
    some = np.array(chosen)
    return np.concatenate([some, p + index[some[j], some[k]]])


Touch = tuple[np.ndarray, Floats, Floats, Floats]


def measurement_slopes(two: TwoStep) -> list[list[Touch]]:
    """How each measurement parameter moves Lambda, Theta and nu of each group (see `moment_slopes`)."""
    higher = any(
        row.op == "=~" and row.rhs in two.model.table.variables.latent for row in two.model.table.rows
    )
    return _numeric_slopes(two) if higher else _direct_slopes(two)


def _direct_slopes(two: TwoStep) -> list[list[Touch]]:
    """Each parameter is cells of these matrices."""
    first = np.flatnonzero(two.first)
    place = {int(number): k for k, number in enumerate(first)}
    names = [name for name in two.parts.targets if name not in two.parts.products]
    column = {name: k for k, name in enumerate(names)}
    found = []
    for group in two.model.groups:
        cells: list[list[tuple[str, int, int]]] = [[] for _ in first]
        for matrix in ("lambda", "theta", "nu"):
            where = group.places[matrix]
            for row, i, j in zip(where.row, where.i, where.j, strict=True):
                k = place.get(int(two.model.free_of_row[row]))
                if k is not None:
                    cells[k].append((matrix, int(i), int(j)))
        found.append([_touch(own, group.latent, column) for own in cells])
    return found


def _touch(cells: list[tuple[str, int, int]], latent: tuple[str, ...], column: dict[str, int]) -> Touch:
    touched = sorted({i for _, i, _ in cells} | {j for matrix, _, j in cells if matrix == "theta"})
    at = {item: k for k, item in enumerate(touched)}
    d_lam, d_nu = np.zeros((len(touched), len(column))), np.zeros(len(touched))
    d_theta = np.zeros((len(touched), len(touched)))
    for matrix, i, j in cells:
        if matrix == "lambda":
            d_lam[at[i], column[latent[j]]] = 1.0
        elif matrix == "theta":
            d_theta[at[i], at[j]] = d_theta[at[j], at[i]] = 1.0
        else:
            d_nu[at[i]] = 1.0
    return np.array(touched, dtype=np.int64), d_lam, d_theta, d_nu


def _numeric_slopes(two: TwoStep) -> list[list[Touch]]:
    """Differentiate through factors of factors."""
    first = np.flatnonzero(two.first)
    found: list[list[Touch]] = [[] for _ in two.model.groups]
    for number, step in zip(first, 1e-6 * two.model.units[first], strict=True):
        pair = []
        for sign in (1.0, -1.0):
            moved = two.x.copy()
            moved[number] += sign * step
            pair.append(measured_by(two.parts, two.model, moved))
        for g, (up, down) in enumerate(zip(*pair, strict=True)):
            d_lam, d_theta, d_nu = (
                (getattr(up, name) - getattr(down, name)) / (2.0 * step) for name in ("lam", "theta", "nu")
            )
            # What does not depend on a parameter does not change in the last digit.
            touched = np.flatnonzero(d_lam.any(axis=1) | d_theta.any(axis=1) | (d_nu != 0.0))
            found[g].append((touched, d_lam[touched], d_theta[np.ix_(touched, touched)], d_nu[touched]))
    return found


def latent_jacobian(two: TwoStep) -> list[list[Floats]]:
    """J by pairs of groups: row g, column h holds how moments of items in h move latent moments in g."""
    influence = measurement_influence(two, observed=True)
    slopes = measurement_slopes(two)
    found = []
    for g, (part, latent, own) in enumerate(zip(two.measurement, two.latent, two.sample.groups, strict=True)):
        weight = mapping_weight(part, own.cov, own.n, two.mapping)
        by_first = moment_slopes(part, latent, own.cov, own.mean, weight, two.mapping, slopes[g])
        row = [by_first @ one for one in influence]
        direct = vech_products(latent.mapping)
        if (latent.scale != 1.0).any():
            direct = rescaled(direct, latent)
        row[g] = row[g] + direct
        found.append(row)
    return found


def rescaled(direct: Floats, latent: LatentMoments) -> Floats:
    """Slopes of moments of variables that are brought to unit variance."""
    m = len(latent.mean)
    b, a = np.triu_indices(m)
    variance = np.where((latent.scale != 1.0)[:, None], direct[m:][np.flatnonzero(a == b)], 0.0) / 2.0
    found = direct.copy()
    found[:m] -= variance * latent.mean[:, None]
    found[m:] -= (variance[a] + variance[b]) * latent.cov[a, b][:, None]
    return found


def answers_beyond_covariates(two: TwoStep, g: int) -> tuple[Floats, Floats | None]:
    """Give centred answers of a group (n, p), and what fixed covariates explain of them."""
    moments = two.sample.groups[g]
    assert moments.data is not None
    weights = np.ones(len(moments.data)) if moments.weights is None else moments.weights
    z = moments.data - weights @ moments.data / weights.sum()
    names = {row.lhs for row in two.model.table.rows if row.exogenous and row.group == g + 1}
    fixed = [k for k, name in enumerate(two.model.table.variables.observed) if name in names]
    if not fixed:
        return z, None
    cov = z.T @ (weights[:, None] * z) / weights.sum()
    return z, z[:, fixed] @ np.linalg.solve(cov[np.ix_(fixed, fixed)], cov[fixed])


def moments_of_people(two: TwoStep, g: int) -> tuple[Floats, Floats, Floats | None]:
    """Give centred answers, their deviations from vech(S), and what fixed covariates explain of them."""
    z, explained = answers_beyond_covariates(two, g)
    b, a = np.triu_indices(z.shape[1])
    products = z[:, a] * z[:, b]
    if explained is None:
        return z, products - products.mean(axis=0), None
    products = products - explained[:, a] * explained[:, b]
    return z - explained, products - products.mean(axis=0), explained


def sandwiched(two: TwoStep, g: int, slopes: Floats) -> Floats:
    """G Gamma G' for the moments of one group, Gamma unbiased (Browne 1982) unless covariates are fixed.

    Parameters
    ----------
    g : int
        Which group, from 0.
    slopes : (k, p + p(p+1)/2) float
        G.
    """
    z, products, explained = moments_of_people(two, g)
    n, p = z.shape
    by_mean, by_cov = z @ slopes[:, :p].T, products @ slopes[:, p:].T
    if explained is not None or n < 5:
        both = by_mean + by_cov
        return np.asarray(both.T @ both / n, dtype=np.float64)
    cov = z.T @ z / n
    b, a = np.triu_indices(p)
    form = np.zeros((len(slopes), p, p))
    form[:, a, b] = form[:, b, a] = np.where(a == b, 1.0, 0.5) * slopes[:, p:]
    turned = cov @ form @ cov
    normal = 2.0 * form.reshape(len(slopes), -1) @ turned.reshape(len(slopes), -1).T
    level = slopes[:, p:] @ cov[a, b]
    c1, c2 = n * (n - 1.0) / ((n - 2.0) * (n - 3.0)), n / ((n - 2.0) * (n - 3.0))
    mixed = by_mean.T @ by_cov / (n - 2.0)
    own = c1 * by_cov.T @ by_cov / n - c2 * (normal - 2.0 / (n - 1.0) * np.outer(level, level))
    return np.asarray(by_mean.T @ by_mean / n + own + mixed + mixed.T, dtype=np.float64)


def latent_covariance(two: TwoStep) -> Floats:
    """Compute the sampling covariance of the latent moments of all groups, stacked: J (Gamma / n) J'."""
    jacobian = latent_jacobian(two)
    total: Floats = np.zeros(1)
    for h, moments in enumerate(two.sample.groups):
        stacked = np.vstack([row[h] for row in jacobian])
        total = total + sandwiched(two, h, stacked) / moments.n
    return np.asarray(total, dtype=np.float64)


def structural_slopes(structure: Solution) -> tuple[Floats, Floats]:
    """Delta and W of the structural part, groups stacked and W weighed by their shares."""
    model = structure.model
    slopes, weights = [], []
    for share, implied, rules in zip(
        structure.sample.shares, model.implied(structure.minimum.x), model.rules, strict=True
    ):
        slopes.append(moment_jacobian(rules, implied, model.n_free))
        weights.append(share * moment_weight(implied.sigma, means=model.means))
    size = sum(len(weight) for weight in weights)
    weight = np.zeros((size, size))
    start = 0
    for own in weights:
        weight[start : start + len(own), start : start + len(own)] = own
        start += len(own)
    return np.vstack(slopes), weight


def structural_inverse(structure: Solution) -> Floats | None:
    """Inverse information of one observation of the structural part; None when it is singular."""
    information = structure.discrepancy.information(structure.model, structure.minimum.x)
    return invert(structure.model, structure.minimum, information).inverse


def local_covariance(structure: Solution, latent: Floats) -> Floats | None:
    """Sandwich of the structural estimates (all of its own parameters); None when not identified.

    ``latent``: sampling covariance of the latent moments.
    """
    inverse = structural_inverse(structure)
    if inverse is None:
        return None
    slopes, weight = structural_slopes(structure)
    bread = inverse @ slopes.T @ weight
    return np.asarray(bread @ latent @ bread.T, dtype=np.float64)


def test_trace(structure: Solution, latent: Floats) -> float | None:
    """tr(U Gamma) of the structure's test, U = W - W D (D'WD)^-1 D'W; None when not identified."""
    inverse = structural_inverse(structure)
    if inverse is None:
        return None
    slopes, weight = structural_slopes(structure)
    gamma = structure.sample.n * latent
    weighed = weight @ slopes
    explained = weighed @ inverse @ weighed.T
    return float(np.einsum("ij,ji->", weight - explained, gamma))


def robust_parts(two: TwoStep, step: SecondStep) -> tuple[Floats, Floats, Floats]:
    """Covariances V11, V21, V22 of both steps without normality, on complete data.

    ``step``: from the expected information.
    """
    influence = measurement_influence(two, observed=False)
    q1 = len(step.first)
    total: Floats = np.zeros(1)
    for g, (share, rules, group, moments) in enumerate(
        zip(two.sample.shares, two.model.rules, two.model.groups, two.sample.groups, strict=True)
    ):
        implied = implied_moments(group, two.model.values(two.x))
        d_sigma, d_mu = jacobian_of(rules, implied)
        slopes = np.zeros((len(d_mu) + len(d_sigma), two.model.n_free))
        np.add.at(slopes.T, rules.free, np.vstack([d_mu, d_sigma]).T)
        score = share * slopes[:, step.second].T @ moment_weight(implied.sigma, means=two.model.means)
        second = step.inverse @ (score - step.cross @ influence[g])
        total = total + sandwiched(two, g, np.vstack([influence[g], second])) / moments.n
    covariance = np.asarray(total, dtype=np.float64)
    return covariance[:q1, :q1], covariance[q1:, :q1], covariance[q1:, q1:]


def spread_structure(two: TwoStep, covariance: Floats) -> Floats:
    """Covariance of the structure's own parameters in the order of the joint model's, (q2, q2)."""
    order = structural_order(two)
    return covariance[np.ix_(order, order)]


def structural_order(two: TwoStep) -> list[int]:
    """Find where the joint model's structural parameters stand among the structure's own."""
    own = {number: key for key, number in keys_of(two.structure.model).items()}
    joint = keys_of(two.model)
    place = {joint[key]: number for number, key in own.items() if key in joint}
    return [place[int(number)] for number in np.flatnonzero(two.second)]


def fits_in_moments(model: Model) -> bool:
    """Whether the items are few enough for covariances of their moments."""
    return len(model.table.variables.observed) <= MOST_ITEMS
