"""What the model leaves unexplained: residual moments and explained variance."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import add_block, inverse_and_logdet
from coprod_measure.estimation.model.implied import Derivatives, Implied, information_of, jacobian_of
from coprod_measure.estimation.solution.estimate import Solution

Kind = Literal["raw", "correlation", "normalized", "standardized"]


def residual_frame(solution: Solution, kind: Kind, inverse: Floats | None) -> pd.DataFrame:
    """List the residuals of covariances and means.

    Parameters
    ----------
    solution : Solution
        The estimates.
    kind : str
        ``"raw"``: sample minus implied. ``"correlation"``: differences of correlations (Bollen 1989).
        ``"normalized"``: raw over the standard error of the sample moment. ``"standardized"``: raw over the
        standard error of the residual, the diagonal of Q Gamma Q', Q = I - Delta E^-1 Delta' V
        (Ogasawara 2001; Gamma of normal data at the sample moments).
    inverse : (q, q) float or None
        Inverse of the expected information of one observation, for standardised residuals.

    Returns
    -------
    pandas.DataFrame
        ``group lhs op rhs residual``; ``op`` is ``~~`` or ``~1``.
    """
    if kind not in ("raw", "correlation", "normalized", "standardized"):
        raise ModelError(
            f"there are no {kind!r} residuals",
            place="residuals",
            cure="Use raw, correlation, normalized or standardized",
        )
    model, names = solution.model, solution.model.table.variables.observed
    projections = None if inverse is None or kind != "standardized" else _explained(solution, inverse)
    frames = []
    j, i = np.triu_indices(len(names))
    for number, (moments, implied) in enumerate(
        zip(solution.sample.groups, model.implied(solution.minimum.x), strict=True), start=1
    ):
        sample, fitted = moments.cov, implied.sigma
        if kind == "correlation":
            sample, fitted = _correlation(sample), _correlation(fitted)
        values = (sample - fitted)[i, j]
        means = moments.mean - implied.mu if model.means and moments.mean is not None else None
        if kind == "correlation" and means is not None and moments.mean is not None:
            means = moments.mean / np.sqrt(np.diagonal(moments.cov)) - implied.mu / np.sqrt(
                np.diagonal(implied.sigma)
            )
        if kind in ("normalized", "standardized"):
            variance = moments.cov[i, i] * moments.cov[j, j] + moments.cov[i, j] ** 2
            mean_variance = np.diagonal(moments.cov)
            if kind == "standardized" and projections is not None:
                gone, mean_gone = projections[number - 1]
                variance, mean_variance = variance - gone, mean_variance - mean_gone
            values = _divided(values, variance / moments.n)
            means = None if means is None else _divided(means, mean_variance / moments.n)
        frames.append(
            pd.DataFrame(
                {"lhs": np.array(names)[i], "op": "~~", "rhs": np.array(names)[j], "residual": values}
            ).assign(group=number)
        )
        if means is not None:
            frames.append(
                pd.DataFrame({"lhs": names, "op": "~1", "rhs": "", "residual": means}).assign(group=number)
            )
    return pd.concat(frames, ignore_index=True)[["group", "lhs", "op", "rhs", "residual"]]


def _explained(solution: Solution, inverse: Floats) -> list[tuple[Floats, Floats]]:
    """Compute what estimation takes off the variances of covariances and means, for one observation.

    As in lavaan, sampling error that comes through equalities from other groups is not counted.
    """
    model, total = solution.model, len(inverse)
    found = []
    for moments, share, implied, rules in zip(
        solution.sample.groups,
        solution.sample.shares,
        model.implied(solution.minimum.x),
        model.rules,
        strict=True,
    ):
        weight, _ = inverse_and_logdet(implied.sigma)
        meat = np.zeros_like(inverse)
        both = weight @ moments.cov @ weight
        add_block(meat, rules.free, information_of(rules, implied, both, means=model.means))
        middle = share**2 * inverse @ meat @ inverse
        through = _through(rules, implied, moments.cov @ weight)
        taken = []
        for derivative, along in zip(jacobian_of(rules, implied), through, strict=True):
            d, b = _spread(derivative, rules.free, total), share * _spread(along, rules.free, total)
            once = 2.0 * np.einsum("ij,jk,ik->i", d, inverse, b, optimize=True)
            taken.append(once - np.einsum("ij,jk,ik->i", d, middle, d, optimize=True))
        found.append((taken[0], taken[1]))
    return found


def _through(rules: Derivatives, implied: Implied, turn: Floats) -> tuple[Floats, Floats]:
    """Gamma V Delta of covariances and means: derivatives with every column of the basis turned by S W."""
    basis = turn @ implied.basis
    j, i = np.triu_indices(len(implied.mu))
    a, b = basis[:, rules.left], basis[:, rules.right] * rules.scale
    return a[i] * b[j] + a[j] * b[i], a * rules.mean_factor(implied)


def _spread(jacobian: Floats, free: np.ndarray, total: int) -> Floats:
    wide = np.zeros((jacobian.shape[0], total))
    np.add.at(wide.T, free, jacobian.T)
    return wide


def _divided(values: Floats, variance: Floats) -> Floats:
    # A residual that is zero by construction has no standard error.
    usable = variance > 1e-10
    return np.where(usable, values / np.sqrt(np.where(usable, variance, 1.0)), np.nan)


def _correlation(cov: Floats) -> Floats:
    sd = np.sqrt(np.diagonal(cov))
    return np.asarray(cov / np.outer(sd, sd), dtype=np.float64)


def explained_variance(solution: Solution) -> pd.DataFrame:
    """Compute R-squared of every variable with an equation or with factors behind it.

    Returns
    -------
    pandas.DataFrame
        ``group variable r_squared``; NaN where the residual variance is negative.
    """
    model, x = solution.model, solution.minimum.x
    values = model.values(x)
    rows = []
    for number, (group, implied) in enumerate(zip(model.groups, model.implied(x), strict=True), start=1):
        total = dict(zip(group.observed, np.diagonal(implied.sigma), strict=True))
        total |= dict(zip(group.latent, np.diagonal(implied.v), strict=True))
        own = [(k, row) for k, row in enumerate(model.table.rows) if row.group == number]
        dependent = dict.fromkeys(
            row.rhs if row.op == "=~" else row.lhs for _, row in own if row.op in ("=~", "~", "<~")
        )
        residual = {row.lhs: values[k] for k, row in own if row.op == "~~" and row.lhs == row.rhs}
        for name in dependent:
            left = residual.get(name, 0.0)
            share = 1.0 - left / total[name] if left >= 0 and total[name] > 0 else np.nan
            rows.append((number, name, share))
    return pd.DataFrame(rows, columns=["group", "variable", "r_squared"])
