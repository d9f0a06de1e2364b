"""Mediation from the level of countries: a cause of countries, mediators of people or of countries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import norm

from coprod_measure.errors import DataError, EstimationError
from coprod_measure.frames import complete, takes_frame
from coprod_measure.structure.methods.mixed_model import mixed_model

FEWEST_GROUPS = 10


@dataclass(frozen=True, slots=True)
class TwoLevelMediation:
    """An indirect effect between groups.

    Attributes
    ----------
    design : {"2-1-1", "2-2-1"}
    effects : pandas.DataFrame
        ``effect mediator est se pvalue ci_lower ci_upper``: ``a``, ``b`` (between groups), ``b_within``,
        ``direct``, ``indirect`` of each mediator and of all.
    loglik : float
        NaN for 2-2-1, which is two models.
    groups, n : int
    """

    design: str
    effects: pd.DataFrame
    loglik: float
    groups: int
    n: int

    def of(self, effect: str, mediator: str = "") -> pd.Series:
        """One row of :attr:`effects`."""
        rows = self.effects[(self.effects["effect"] == effect) & (self.effects["mediator"] == mediator)]
        return rows.iloc[0]


@takes_frame
def two_level_mediation(
    data: pd.DataFrame,
    source: str,
    mediators: Sequence[str],
    target: str,
    *,
    by: str,
    draws: int = 5000,
    seed: int = 1,
    confidence: float = 0.95,
) -> TwoLevelMediation:
    """Estimate what a cause at the level of groups does through mediators.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person.
    source : str
        The same for all people of a group.
    mediators : sequence of str
        Side by side; all vary within groups (2-1-1), or none (2-2-1).
    target : str
        Varies within groups.
    by : str
        Column of the group.

    Returns
    -------
    TwoLevelMediation
        p values of indirect effects are those of the weaker of both steps, intervals Monte Carlo.

    Notes
    -----
    2-1-1: only what differs between groups can carry the effect of a cause between groups (Preacher, Zyphur
    and Zhang 2010, *Psychological Methods* 15, 209-233). The model is saturated on both levels, so that its
    paths are functions of the covariance matrices within and between groups; these are estimated by maximum
    likelihood, the means of groups being latent (Muthen 1994, *Sociological Methods & Research* 22, 376-398).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> g = np.repeat(np.arange(100), 10)
    >>> x = rng.normal(size=100)
    >>> between = 0.5 * x + rng.normal(0, 0.5, 100)
    >>> frame = pd.DataFrame({"g": g, "x": x[g], "m": between[g] + rng.normal(size=1000)})
    >>> frame["y"] = 0.6 * between[g] + rng.normal(0, 0.3, 100)[g] + rng.normal(size=1000)
    >>> round(float(two_level_mediation(frame, "x", ["m"], "y", by="g").of("indirect")["est"]), 1)
    0.3
    """
    rows = complete(data[[source, *mediators, target, by]])
    code, _ = pd.factorize(rows[by], sort=True)
    number = int(code.max(initial=-1)) + 1
    if number < FEWEST_GROUPS:
        cause = f"{number} values of {by} are too few to mediate between them; it needs {FEWEST_GROUPS}"
        raise DataError(cause, place="two-level mediation", cure="Compare the groups themselves")
    spread = rows.groupby(by)[[source, *mediators]].agg(np.ptp).max()
    varies = {name: bool(spread[name] > 0) for name in (source, *mediators)}
    if varies[source]:
        raise DataError(f"{source} differs within {by}", place="two-level mediation", cure="Take its means")
    inner = [varies[name] for name in mediators]
    if any(inner) != all(inner):
        cause = f"some of {', '.join(mediators)} vary within {by} and some do not"
        raise DataError(cause, place="two-level mediation", cure="Test them one by one")
    y = rows[[*mediators, target]].to_numpy(float)
    z = rows.groupby(code)[source].first().to_numpy(float)
    if all(inner):
        names, point, cov, loglik = _latent_means(y, code, z, list(mediators))
    else:
        names, point, cov = _observed_means(rows, source, list(mediators), target, by)
        loglik = np.nan
    table = _effects(names, point, cov, list(mediators), (draws, seed, confidence))
    return TwoLevelMediation("2-1-1" if all(inner) else "2-2-1", table, loglik, number, len(rows))


def _effects(
    names: list[tuple[str, str]],
    point: np.ndarray,
    cov: np.ndarray,
    mediators: list[str],
    drawing: tuple[int, int, float],
) -> pd.DataFrame:
    draws, seed, confidence = drawing
    drawn = np.random.default_rng(seed).multivariate_normal(point, cov, size=draws)
    half = float(norm.ppf(0.5 + confidence / 2))
    rows = []
    for k, (effect, mediator) in enumerate(names):
        se = float(np.sqrt(cov[k, k]))
        p = 2 * float(norm.sf(abs(point[k]) / se))
        rows.append((effect, mediator, point[k], se, p, point[k] - half * se, point[k] + half * se))
    at = {name: k for k, name in enumerate(names)}
    pairs = [(at["a", m], at["b", m]) for m in mediators]
    for label, chosen in [*zip(mediators, [[pair] for pair in pairs], strict=True), ("", pairs)]:
        gradient = np.zeros(len(point))
        for i, j in chosen:
            gradient[i], gradient[j] = point[j], point[i]
        se = float(np.sqrt(gradient @ cov @ gradient))
        # Several mediators act if one of them does.
        p = min(1.0, len(chosen) * min(max(rows[i][4], rows[j][4]) for i, j in chosen))
        sums = sum(drawn[:, i] * drawn[:, j] for i, j in chosen)
        lower, upper = np.quantile(sums, [0.5 - confidence / 2, 0.5 + confidence / 2])
        rows.append(("indirect", label, sum(point[i] * point[j] for i, j in chosen), se, p, lower, upper))
    columns = ["effect", "mediator", "est", "se", "pvalue", "ci_lower", "ci_upper"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], float))


class _TwoLevels:
    """Minus twice the log likelihood of several outcomes, means of groups regressed on one cause."""

    def __init__(self, y: np.ndarray, code: np.ndarray, z: np.ndarray) -> None:
        self.n, self.p = y.shape
        count = np.bincount(code)
        means = np.stack([np.bincount(code, y[:, k]) for k in range(self.p)], axis=1) / count[:, None]
        rest = y - means[code]
        self.inner = rest.T @ rest
        self.Z = np.column_stack([np.ones(len(z)), z])
        self.sizes, which, self.repeats = np.unique(count, return_inverse=True, return_counts=True)
        self.groups = len(count)
        # Sums of products a size of group: all that the likelihood needs.
        self.zz, self.zy, self.yy = (
            np.stack([a[which == s].T @ b[which == s] for s in range(len(self.sizes))])
            for a, b in ((self.Z, self.Z), (self.Z, means), (means, means))
        )

    def value(self, W: np.ndarray, S: np.ndarray, B: np.ndarray | None = None) -> float:
        V = W / self.sizes[:, None, None] + S
        inverse = np.linalg.inv(V)
        if B is None:
            B = self.coefficients(inverse)
        gaps = self.yy - B @ self.zy - np.swapaxes(B @ self.zy, 1, 2) + B @ self.zz @ B.T
        between = float((self.repeats * np.linalg.slogdet(V)[1]).sum() + (inverse * gaps).sum())
        within = (self.n - self.groups) * np.linalg.slogdet(W)[1] + float(
            (np.linalg.inv(W) * self.inner).sum()
        )
        return float(
            between
            + within
            + self.p * (float(self.repeats @ np.log(self.sizes)) + self.n * np.log(2 * np.pi))
        )

    def coefficients(self, inverse: np.ndarray) -> np.ndarray:
        left = np.einsum("sij,skl->kilj", inverse, self.zz).reshape(2 * self.p, 2 * self.p)
        right = np.einsum("sij,skj->ki", inverse, self.zy).ravel()
        return np.asarray(np.linalg.solve(left, right).reshape(2, self.p).T)


def _latent_means(
    y: np.ndarray, code: np.ndarray, z: np.ndarray, mediators: list[str]
) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray, float]:
    model, p = _TwoLevels(y, code, z), y.shape[1]
    lower = np.tril_indices(p)
    half = len(lower[0])

    def square(v: np.ndarray) -> np.ndarray:
        L = np.zeros((p, p))
        L[lower] = v
        return np.asarray(L @ L.T)

    W0 = model.inner / (model.n - model.groups)
    start = np.r_[np.linalg.cholesky(W0)[lower], np.linalg.cholesky(0.3 * np.cov(y.T))[lower]]

    def objective(v: np.ndarray) -> float:
        return model.value(square(v[:half]), square(v[half:]))

    found = minimize(objective, start, method="BFGS", options={"gtol": 1e-7})
    W, S = square(found.x[:half]), square(found.x[half:])
    if np.linalg.eigvalsh(S)[0] < 1e-6 * np.trace(S):
        raise EstimationError(
            "what differs between groups has no variance of its own", place="two-level mediation",
            cure="Leave a mediator out, or ask in more groups",
        )  # fmt: skip
    B = model.coefficients(np.linalg.inv(W / model.sizes[:, None, None] + S))
    whole = np.r_[B.ravel(), W[lower], S[lower]]

    def parts(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        own = []
        for flat in (v[2 * p : 2 * p + half], v[2 * p + half :]):
            M = np.zeros((p, p))
            M[lower] = flat
            own.append(M + np.tril(M, -1).T)
        return own[0], own[1], v[: 2 * p].reshape(p, 2)

    def paths(v: np.ndarray) -> np.ndarray:
        W, S, B = parts(v)
        m = p - 1
        b = np.linalg.solve(S[:m, :m], S[:m, m])
        direct = B[m, 1] - B[:m, 1] @ b
        return np.asarray(np.r_[B[:m, 1], b, np.linalg.solve(W[:m, :m], W[:m, m]), direct])

    cov = 2 * np.linalg.inv(_curvature(lambda v: model.value(*parts(v)), whole))
    J = _slopes(paths, whole)
    names = [(effect, m) for effect in ("a", "b", "b_within") for m in mediators] + [("direct", "")]
    return names, paths(whole), J @ cov @ J.T, -0.5 * float(found.fun)


def _observed_means(
    rows: pd.DataFrame, source: str, mediators: list[str], target: str, by: str
) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray]:
    """2-2-1: mediators regressed over groups, the target by a mixed model; both steps are independent."""
    groups = rows.groupby(by)[[source, *mediators]].first().to_numpy(float)
    X = np.column_stack([np.ones(len(groups)), groups[:, 0]])
    M = groups[:, 1:]
    a = np.linalg.lstsq(X, M, rcond=None)[0]
    rest = M - X @ a
    spread = rest.T @ rest / (len(groups) - 2)
    model = mixed_model(rows, target, [*mediators, source], [by])
    inner = np.asarray(model.cov)[1:, 1:]
    k = len(mediators)
    cov = np.zeros((2 * k + 1, 2 * k + 1))
    cov[:k, :k] = spread * np.linalg.inv(X.T @ X)[1, 1]
    cov[k:, k:] = inner
    names = [(effect, m) for effect in ("a", "b") for m in mediators] + [("direct", "")]
    return names, np.r_[a[1], model.coef[1:]], cov


def _curvature(value: Callable[[np.ndarray], float], x: np.ndarray) -> np.ndarray:
    h = 1e-4 * np.maximum(np.abs(x), 0.1)
    E = np.diag(h)
    H = np.empty((len(x), len(x)))
    for i in range(len(x)):
        for j in range(i + 1):
            terms = [a * b * value(x + a * E[i] + b * E[j]) for a in (1, -1) for b in (1, -1)]
            H[i, j] = H[j, i] = sum(terms) / (4 * h[i] * h[j])
    return H


def _slopes(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    h = 1e-6 * np.maximum(np.abs(x), 0.1)
    return np.stack(
        [(function(x + e) - function(x - e)) / (2 * s) for e, s in zip(np.diag(h), h, strict=True)], axis=1
    )
