"""People of one kind who differ by degree: common traits instead of classes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from coprod_measure.fitting.models import cfa
from coprod_measure.structure.methods.categorical_mixture import CategoricalKernel
from coprod_measure.structure.methods.gaussian_mixture import GaussianKernel
from coprod_measure.structure.methods.mixed_mixture import MixedKernel

Array = np.ndarray
NODES = {1: 31, 2: 11}
"""Points of the quadrature of each trait, by the number of traits."""
CLOSE, MOST = 1e-3, 1000


@dataclass(frozen=True, slots=True)
class Degree:
    """A model of traits."""

    traits: int
    loglik: float
    n_parameters: int
    converged: bool


def by_degree(kernel: CategoricalKernel | GaussianKernel | MixedKernel, traits: int) -> Degree:
    """Fit normal traits by which all items go together; items are independent given the traits.

    Parameters
    ----------
    kernel : CategoricalKernel, GaussianKernel or MixedKernel
        Of the data; variances of normal items do not depend on the traits.
    traits : {1, 2}

    Notes
    -----
    Categorical items follow a multinomial logit in the traits (Bock 1972, *Psychometrika* 37, 29-51), normal
    ones a factor model. Where items are categorical, marginal maximum likelihood by EM over fixed points
    (Bock and Aitkin 1981, *Psychometrika* 46, 443-459). Two classes fit any answers that go together better
    than one class without traits does: whether people differ by kind is a comparison with this model (Lubke
    and Neale 2006, *Multivariate Behavioral Research* 41, 499-532).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> trait = rng.normal(size=(500, 1))
    >>> found = by_degree(GaussianKernel(trait + rng.normal(size=(500, 4)), "EEI"), 1)
    >>> found.n_parameters, found.converged
    (12, True)
    """
    if isinstance(kernel, GaussianKernel):
        return _factors(kernel, traits)
    t, log_weight = _grid(traits)
    design = np.column_stack([np.ones(len(t)), t])
    normal = kernel.normal if isinstance(kernel, MixedKernel) else None
    items = (kernel.categorical if isinstance(kernel, MixedKernel) else kernel).patterns.item
    z = _traits_at_start(kernel.Y, items, normal, kernel.weight, traits)
    parts: list[_Answers | _Normal] = [_Answers(kernel.Y, items, design, kernel.weight, z)]
    parts += [] if normal is None else [_Normal(normal, design, z)]
    loglik, converged = -np.inf, False
    for _ in range(MOST):
        joint = sum(part.log_density() for part in parts) + log_weight
        top = joint.max(axis=1, keepdims=True)
        resp = np.exp(joint - top)
        total = resp.sum(axis=1, keepdims=True)
        now = float((top + np.log(total))[:, 0] @ kernel.weight)
        converged = now - loglik < CLOSE
        loglik = max(now, loglik)
        if converged:
            break
        resp *= kernel.weight[:, None] / total
        for part in parts:
            part.update(resp)
    count = sum(part.n_parameters for part in parts) - traits * (traits - 1) // 2
    return Degree(traits, loglik, count, converged)


def _factors(kernel: GaussianKernel, traits: int) -> Degree:
    """Factor model of continuous items alone, whose likelihood needs no points; two of them just covary."""
    names = [f"v{k}" for k in range(kernel.x.shape[1])]
    frame = pd.DataFrame(np.where(kernel.known > 0, kernel.x, np.nan), columns=names)
    lines = ["v0 ~~ v1"]
    if len(names) > 2:
        lines = [f"f =~ NA*{' + '.join(names)}", "f ~~ 1*f"]
        if traits == 2:
            lines += [f"g =~ NA*{' + '.join(names[1:])}", "g ~~ 1*g", "f ~~ 0*g"]
    else:
        lines += [f"{name} ~~ {name}" for name in names]
    missing = "fiml" if frame.isna().any(axis=None) else "listwise"
    fit = cfa("\n".join(lines), frame, missing=missing, mean_structure=True)
    return Degree(traits, float(fit.fit_measures["logl"]), fit.n_parameters, fit.converged)


def _grid(traits: int) -> tuple[Array, Array]:
    """Points, shape (G, traits), and their log weights under the normal distribution."""
    points, weights = np.polynomial.hermite_e.hermegauss(NODES[traits])
    t = np.array(list(product(points, repeat=traits)))
    w = np.array([np.prod(one) for one in product(weights / weights.sum(), repeat=traits)])
    return t, np.log(w)


def _traits_at_start(
    Y: Array, items: Array, normal: GaussianKernel | None, weight: Array, traits: int
) -> Array:
    """Find what items have in common, standardised; shape (n_rows, traits).

    Homogeneity analysis (Gifi 1990): components of all columns once those of an item are uncorrelated. The
    categories of an item go against each other, which would lead: EM that begins with traits of one item
    alone stays where no item depends on them.
    """
    root = np.sqrt(weight / weight.sum())[:, None]
    columns = [Y[:, items == k] for k in np.unique(items)]
    if normal is not None:
        columns += list(np.where(normal.known > 0, normal.x, normal.center).T[:, :, None])
    blocks = [_orthonormal(root * (own - (root**2 * own).sum(axis=0))) for own in columns]
    U, _, _ = np.linalg.svd(np.hstack(blocks), full_matrices=False)
    return np.asarray(U[:, :traits] / root)


def _orthonormal(X: Array) -> Array:
    U, d, _ = np.linalg.svd(X, full_matrices=False)
    return np.asarray(U[:, d > 1e-9 * max(d[0], 1e-300)])


class _Answers:
    """Multinomial logits of categorical items in the traits; the first category is the base."""

    def __init__(self, Y: Array, item: Array, design: Array, weight: Array, z: Array) -> None:
        self.Y, self.design = Y, design
        self.at = [np.flatnonzero(item == k) for k in np.unique(item)]
        self.n_parameters = sum((len(own) - 1) * design.shape[1] for own in self.at)
        self.B = []
        for own in self.at:
            share = (weight @ Y[:, own] + 0.5) / (weight @ Y[:, own] + 0.5).sum()
            slopes = (weight[:, None] * Y[:, own]).T @ z / weight.sum() / share[:, None]
            table = np.column_stack([np.log(share), slopes])
            self.B.append((table - table[0])[1:])

    def log_density(self) -> Array:
        logs = np.empty((self.Y.shape[1], len(self.design)))
        for own, B in zip(self.at, self.B, strict=True):
            logs[own] = self._logs(B)
        return np.asarray(self.Y @ logs)

    def _logs(self, B: Array) -> Array:
        eta = np.vstack([np.zeros(len(self.design)), B @ self.design.T])
        eta -= eta.max(axis=0)
        return np.asarray(eta - np.log(np.exp(eta).sum(axis=0)))

    def update(self, resp: Array) -> None:
        """One step of Newton's for each item: the expected log likelihood is concave."""
        counts = self.Y.T @ resp
        X = self.design
        squares = (X[:, :, None] * X[:, None, :]).reshape(len(X), -1)
        for k, own in enumerate(self.at):
            N, B = counts[own], self.B[k]
            P = np.exp(self._logs(B))
            total = N.sum(axis=0)
            gradient = (N[1:] - total * P[1:]) @ X
            c = len(own) - 1
            inner = total * (np.eye(c)[:, :, None] * P[1:] - P[1:, None] * P[None, 1:])
            of_pairs = (inner @ squares).reshape(c, c, X.shape[1], X.shape[1])
            H = of_pairs.swapaxes(1, 2).reshape(2 * [c * X.shape[1]])
            H += 1e-6 * np.trace(H) / len(H) * np.eye(len(H))
            step = np.linalg.solve(H, gradient.ravel()).reshape(B.shape)
            before = float((N * self._logs(B)).sum())
            while float((N * self._logs(B + step)).sum()) < before - 1e-9 and np.abs(step).max() > 1e-8:
                step = step / 2
            self.B[k] = B + step


class _Normal:
    """Factor model of normal items: a mean in the traits, one variance."""

    def __init__(self, kernel: GaussianKernel, design: Array, z: Array) -> None:
        self.kernel, self.design = kernel, design
        p = kernel.x.shape[1]
        self.n_parameters = p * (design.shape[1] + 1)
        slopes = ((kernel.x - kernel.center) * kernel.known).T @ z / kernel.known.sum(axis=0)[:, None]
        self.B = np.column_stack([kernel.center, slopes])
        self.var = np.maximum(kernel.overall - (slopes**2).sum(axis=1), 0.2 * kernel.overall)

    def log_density(self) -> Array:
        mean = self.B @ self.design.T
        var = np.broadcast_to(self.var[:, None], mean.shape)
        return np.asarray(self.kernel.log_density({"mean": mean[None], "var": var[None]})[0])

    def update(self, resp: Array) -> None:
        """Regress each item on the traits, as far as they are known."""
        x, known, X = self.kernel.x, self.kernel.known, self.design
        seen, first = known.T @ resp, (x * known).T @ resp
        for j in range(x.shape[1]):
            A = (X * seen[j][:, None]).T @ X
            b = np.linalg.solve(A, X.T @ first[j])
            squares = float((x[:, j] ** 2 * known[:, j]) @ resp.sum(axis=1))
            rest = squares - 2 * b @ (X.T @ first[j]) + b @ A @ b
            self.B[j] = b
            self.var[j] = max(rest / seen[j].sum(), 1e-3 * self.kernel.overall[j])
