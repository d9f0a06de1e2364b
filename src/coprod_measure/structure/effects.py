"""Direct and indirect effects with Monte Carlo intervals, from structural estimates and their covariance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# Numbers of one matrix that are held at a time: 16 MB.
_CHUNK = 2_000_000


@dataclass(frozen=True, slots=True)
class StructuralEstimates:
    """Estimated relations among the variables of a fitted model.

    Attributes
    ----------
    names : tuple of str
        The k variables.
    beta, psi : ndarray, shape (k, k)
        Regressions ``beta[effect, cause]`` and (residual) covariances.
    beta_parameter, psi_parameter : ndarray of int, shape (k, k)
        Position of each free element among the model's free parameters, -1 where fixed.
    covariance : ndarray, shape (p, p)
        Sampling covariance of the free parameters.
    moved : ndarray, shape (r, p), optional
        Deviations of the free parameters in bootstrap draws, which are taken in place of normal ones.
    """

    names: tuple[str, ...]
    beta: np.ndarray
    psi: np.ndarray
    beta_parameter: np.ndarray
    psi_parameter: np.ndarray
    covariance: np.ndarray
    moved: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect.

    Attributes
    ----------
    estimate, se : float
        On the units of the variables; ``se`` is that of the path, or the standard deviation over the draws of
        an indirect effect.
    std, std_draws : float, ndarray of shape (draws,)
        Standardised effect and its Monte Carlo distribution.
    draws : ndarray, shape (draws,)
        Monte Carlo distribution of ``estimate``.
    """

    estimate: float
    se: float
    std: float
    draws: np.ndarray
    std_draws: np.ndarray


@dataclass(frozen=True, slots=True)
class StructuralDraws:
    """Regressions drawn from the sampling distribution of their estimates.

    Attributes
    ----------
    column : ndarray of int, shape (k, k)
        Column of ``beta`` that holds the regression ``[effect, cause]``; -1 where there is none.
    beta, std_beta : ndarray, shape (draws + 1, paths)
        Regressions and standardised regressions; the first row is the estimate itself.
    beta_se : ndarray, shape (k, k)
        Standard errors of the regressions; 0 where fixed.
    r_squared : ndarray, shape (draws + 1, k)
        Explained share of every variable.
    discarded : int
        Draws with a variance that is not positive, left out.
    """

    names: tuple[str, ...]
    column: np.ndarray
    beta: np.ndarray
    std_beta: np.ndarray
    beta_se: np.ndarray
    r_squared: np.ndarray
    discarded: int


def draw_structure(estimates: StructuralEstimates, draws: int, seed: int) -> StructuralDraws:
    """Draw regressions from the asymptotic normal distribution of all structural parameters.

    Parameters
    ----------
    estimates : StructuralEstimates
        Point estimates and sampling covariance.
    draws, seed : int
        How many, and from which stream.

    Returns
    -------
    StructuralDraws
        Of the paths alone: whole matrices live for some draws at a time only.

    Notes
    -----
    Monte Carlo method for indirect effects: MacKinnon, Lockwood and Williams (2004), Multivariate Behavioral
    Research 39, 99-128; Preacher and Selig (2012), Communication Methods and Measures 6, 77-98.
    """
    k = len(estimates.names)
    effects, causes = np.nonzero((estimates.beta != 0.0) | (estimates.beta_parameter >= 0))
    column = np.full((k, k), -1)
    column[effects, causes] = np.arange(len(effects))
    kept, kept_std, kept_share, discarded = [], [], [], 0
    for number, (paths, variances, residuals) in enumerate(_in_chunks(estimates, column, draws, seed)):
        proper = np.asarray((variances > 0).all(axis=1))
        proper[:1] |= number == 0
        with np.errstate(invalid="ignore"):
            sd = np.sqrt(np.where(variances > 0, variances, np.nan))[proper]
        kept.append(paths[proper])
        kept_std.append(paths[proper] * sd[:, causes] / sd[:, effects])
        kept_share.append(1.0 - residuals[proper] / sd**2)
        discarded += int((~proper).sum())
    errors = np.sqrt(np.clip(np.append(np.diagonal(estimates.covariance), 0.0), 0.0, None))
    return StructuralDraws(
        estimates.names,
        column,
        np.vstack(kept),
        np.vstack(kept_std),
        errors[estimates.beta_parameter],
        np.vstack(kept_share),
        discarded,
    )


def _in_chunks(
    estimates: StructuralEstimates, column: np.ndarray, draws: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Draw regressions, variances and residual variances, some draws at a time.

    Each variable is a sum of residuals, those of its causes carried along: no matrix is made of a draw.
    """
    order = _causes_first(column >= 0)
    if order is None:
        for whole, rest in matrices_in_chunks(estimates, draws, seed):
            own_variances = np.diagonal(implied_covariances(whole, rest), axis1=1, axis2=2)
            yield whole[:, column >= 0], own_variances, np.diagonal(rest, axis1=1, axis2=2)
        return
    pairs = np.argwhere(np.triu((estimates.psi != 0.0) | (estimates.psi_parameter >= 0)))
    for deviations, position in _deviations_in_chunks(estimates, draws, seed):
        moved = np.ascontiguousarray(deviations.T)
        beta = _elements(estimates.beta, position[estimates.beta_parameter], moved, np.argwhere(column >= 0))
        psi = _elements(estimates.psi, position[estimates.psi_parameter], moved, pairs)
        zero = np.zeros(moved.shape[1])
        carried: dict[int, dict[int, np.ndarray]] = {}
        variances: list[np.ndarray] = []
        for i in order:
            own = {i: np.ones_like(zero)}
            for j in np.flatnonzero(column[i] >= 0):
                for residual, share in carried[int(j)].items():
                    own[residual] = own.get(residual, zero) + beta[i, int(j)] * share
            carried[i] = own
            terms = [
                ((1.0 if a == b else 2.0) * value) * own[a] * own[b]
                for (a, b), value in psi.items()
                if a in own and b in own
            ]
            variances.append(np.sum(terms, axis=0) if terms else zero)
        paths = np.column_stack(list(beta.values())) if beta else np.empty((len(zero), 0))
        residuals = np.column_stack([psi.get((i, i), zero) for i in range(len(order))])
        yield paths, np.column_stack(variances)[:, np.argsort(order)], residuals


def _elements(
    matrix: np.ndarray, parameter: np.ndarray, moved: np.ndarray, places: np.ndarray
) -> dict[tuple[int, int], np.ndarray]:
    """Draws of single elements of a matrix, in the order of ``places``."""
    fixed = np.zeros(moved.shape[1])
    return {
        (int(i), int(j)): matrix[i, j] + (moved[parameter[i, j]] if parameter[i, j] >= 0 else fixed)
        for i, j in places
    }


def _causes_first(acts: np.ndarray) -> list[int] | None:
    """Order variables so that causes come before effects; None where there is a circle."""
    left, order = list(range(len(acts))), []
    while left:
        ready = [i for i in left if not acts[i, left].any()]
        if not ready:
            return None
        order += ready
        left = [i for i in left if i not in ready]
    return order


def matrices_in_chunks(
    estimates: StructuralEstimates, draws: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Draw regressions and covariances, some at a time, each of shape (chunk, k, k).

    The first entry of the first chunk is the estimate. Memory grows neither with the number of draws nor with
    that times the variables squared.
    """
    for deviations, position in _deviations_in_chunks(estimates, draws, seed):
        yield (
            _perturb(estimates.beta, position[estimates.beta_parameter], deviations),
            _perturb(estimates.psi, position[estimates.psi_parameter], deviations),
        )


def _deviations_in_chunks(
    estimates: StructuralEstimates, draws: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Draw deviations of the structural parameters, and say where each parameter stands among them."""
    used = np.unique(np.concatenate([estimates.beta_parameter.ravel(), estimates.psi_parameter.ravel()]))
    used = used[used >= 0]
    position = np.full(len(estimates.covariance) + 1, -1)
    position[used] = np.arange(len(used))
    moved = estimates.moved
    root = _root(estimates.covariance[np.ix_(used, used)]) if moved is None else None
    rng = np.random.default_rng(seed)
    size = max(1, _CHUNK // max(len(estimates.names) ** 2, len(used), 1))
    draws = draws if moved is None else len(moved)
    for start in range(0, draws + 1, size):
        number = min(size, draws + 1 - start)
        fresh = number - 1 if start == 0 else number
        if root is not None:
            deviations = rng.standard_normal((fresh, len(used))) @ root.T
        elif moved is not None:
            first = max(start - 1, 0)
            deviations = moved[first : first + fresh, used]
        if start == 0:
            deviations = np.vstack([np.zeros(len(used)), deviations])
        yield deviations, position


def draw_matrices(estimates: StructuralEstimates, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw all of :func:`matrices_in_chunks` at once, each of shape (draws + 1, k, k): for few variables."""
    beta, psi = zip(*matrices_in_chunks(estimates, draws, seed), strict=True)
    return np.concatenate(beta), np.concatenate(psi)


def implied_covariances(beta: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Covariances of the variables in each draw, shape (draws, k, k)."""
    total = _total_effects(beta)
    return np.asarray(total @ psi @ total.transpose(0, 2, 1))


def _total_effects(beta: np.ndarray) -> np.ndarray:
    """Invert ``I - beta``: without a circle effect after effect, what acts on each being known before it."""
    draws, k = beta.shape[:2]
    acts = (beta != 0.0).any(axis=0)
    order = _causes_first(acts)
    if order is None:
        return np.asarray(np.linalg.inv(np.eye(k) - beta))
    total = np.zeros((draws, k, k))
    for i in order:
        for j in np.flatnonzero(acts[i]):
            total[:, i] += beta[:, i, j, None] * total[:, j]
        total[:, i, i] = 1.0
    return total


def effect_of(drawn: StructuralDraws, source: str, target: str, via: Sequence[Sequence[str]] = ()) -> Effect:
    """Compute an effect along given steps.

    Parameters
    ----------
    drawn : StructuralDraws
        From :func:`draw_structure`.
    source, target : str
        Names of variables.
    via : sequence of sequence of str
        Mediators in order; the products through the mediators of one step are summed. Empty: the direct path.
    """
    estimate, std = (_along(paths, drawn, source, target, via) for paths in (drawn.beta, drawn.std_beta))
    if via:
        se = np.std(estimate[1:], ddof=1)
    else:
        se = drawn.beta_se[drawn.names.index(target), drawn.names.index(source)]
    return Effect(float(estimate[0]), float(se), float(std[0]), estimate[1:], std[1:])


def percentile_interval(draws: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of a Monte Carlo distribution."""
    tail = (1.0 - level) / 2.0
    lower, upper = np.quantile(draws, [tail, 1.0 - tail])
    return float(lower), float(upper)


def two_sided_p(draws: np.ndarray) -> float:
    """Two-sided p: twice the smaller share of draws on one side of zero, never below one draw."""
    n = len(draws)
    beyond = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    return min(1.0, 2.0 * (beyond + 1) / (n + 1))


def _root(covariance: np.ndarray) -> np.ndarray:
    """Matrix R with R R' the covariance; from eigenvalues where Cholesky's does not exist."""
    try:
        return np.asarray(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


def _perturb(matrix: np.ndarray, parameter: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    drawn = np.repeat(matrix[None], len(deviations), axis=0)
    free = parameter >= 0
    drawn[:, free] += deviations[:, parameter[free]]
    return drawn


def _along(
    paths: np.ndarray, drawn: StructuralDraws, source: str, target: str, via: Sequence[Sequence[str]]
) -> np.ndarray:
    before = {source: np.ones(len(paths))}
    for step in (*via, (target,)):
        after = {}
        for name in step:
            total = np.zeros(len(paths))
            for earlier, carried in before.items():
                at = drawn.column[drawn.names.index(name), drawn.names.index(earlier)]
                if at >= 0:
                    total += paths[:, at] * carried
            after[name] = total
        before = after
    return before[target]
