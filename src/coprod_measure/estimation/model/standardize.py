"""Standardised solutions with their delta-method derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.model.implied import Implied, variance_slopes
from coprod_measure.estimation.model.matrices import GroupMatrices
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.specification.parameter_table import Parameter


@dataclass(frozen=True, slots=True)
class Standardized:
    """A standardised solution.

    Attributes
    ----------
    rows : (n_rows,) float
        One a row of the parameter table.
    jacobian : (n_rows, q) float
        Derivatives by the free parameters.
    """

    rows: Floats
    jacobian: Floats


def standardized_values(model: Model, x: Floats) -> tuple[Floats, Floats]:
    """Rescale parameters as :func:`standardize` does, without the derivatives.

    Returns
    -------
    std_lv, std_all : (n_rows,) float
    """
    raw = model.values(x)
    std_lv, std_all = (raw * factors for factors in standardizing_factors(model, x))
    for scaling in _scalings(model):
        std_all[scaling.unit_rows] = 1.0
    return std_lv, std_all


def standardizing_factors(model: Model, x: Floats) -> tuple[Floats, Floats]:
    """Give what each row is multiplied by for std_lv and for std_all, both of shape (n_rows,)."""
    raw = model.values(x)
    by_latent, by_all = np.ones(len(raw)), np.ones(len(raw))
    for scaling, implied in zip(_scalings(model), model.implied(x), strict=True):
        variances = scaling.variances(implied, raw)
        by_all[scaling.rows] = scaling.product(variances)
        by_latent[scaling.rows] = scaling.of_latent().product(variances)
    return by_latent, by_all


def standardize(model: Model, x: Floats, *, observed: bool) -> Standardized:
    """Rescale parameters to unit variance of latent (``std_lv``) or of all variables (``std_all``).

    Parameters
    ----------
    x : (q,) float
        Free parameters.
    observed : bool
        Whether observed variables are rescaled too.

    Returns
    -------
    Standardized
        A covariance of residuals becomes a correlation of residuals, as in lavaan.
    """
    raw, unit = model.values(x), model.row_slopes(x)
    values, jacobian = raw.copy(), unit.copy()
    for scaling, group, rules, implied in zip(
        _scalings(model), model.groups, model.rules, model.implied(x), strict=True
    ):
        if not observed:
            scaling = scaling.of_latent()
        slopes = variance_slopes(rules, implied, model.n_free)
        if model.table.correlation:
            # The variance of an observed variable is that of its standardised form, 1.
            slopes = (np.zeros_like(slopes[0]), slopes[1])
        if model.table.variables.ordered:
            _add_following(slopes, group, implied, unit, model.free_of_row)
        by_variance = np.vstack(
            [np.zeros((1, model.n_free)), slopes[0], slopes[1][: group.n_latent], unit[scaling.residuals]]
        )
        variances = scaling.variances(implied, raw)
        product = scaling.product(variances)
        rows = scaling.rows
        values[rows] *= product
        relative = sum(
            (power / np.where(variances[index] > 0, variances[index], 1.0))[:, None] * by_variance[index]
            for index, power in ((scaling.first, scaling.first_power), (scaling.second, scaling.second_power))
        )
        jacobian[rows] = unit[rows] * product[:, None] + values[rows][:, None] * relative
        vanished = (variances[scaling.first] <= 0) | (variances[scaling.second] <= 0)
        jacobian[rows[vanished]] = product[vanished][:, None]
        values[scaling.unit_rows], jacobian[scaling.unit_rows] = 1.0, 0.0
    return Standardized(values, jacobian)


@dataclass(frozen=True, slots=True)
class _Scaling:
    """By which variances the rows of one group are rescaled.

    A row is multiplied by two variances to a power each. They stand in one list: 1 (for no rescaling),
    those of observed variables, of latent variables, and the residual variances; ``of_observed`` says which
    belong to observed ones.
    """

    rows: Ints
    first: Ints
    second: Ints
    first_power: Floats
    second_power: Floats
    unit_rows: Ints
    residuals: Ints
    n_latent: int
    correlation: bool
    of_observed: np.ndarray

    def of_latent(self) -> _Scaling:
        """Leave observed variables as they are."""
        first, second = (np.where(self.of_observed[at], 0, at) for at in (self.first, self.second))
        return replace(self, first=first, second=second, unit_rows=self.unit_rows[:0])

    def variances(self, implied: Implied, raw: Floats) -> Floats:
        latent = np.diagonal(implied.v)[: self.n_latent]
        observed = np.ones(len(implied.sigma)) if self.correlation else np.diagonal(implied.sigma)
        return np.concatenate([[1.0], observed, latent, raw[self.residuals]])

    def product(self, variances: Floats) -> Floats:
        first = _power(variances[self.first], self.first_power)
        second = _power(variances[self.second], self.second_power)
        return np.where((first == 0) | (second == 0), 0.0, first * second)


def _scalings(model: Model) -> list[_Scaling]:
    found = []
    for number, group in enumerate(model.groups, start=1):
        rows = [(k, row) for k, row in enumerate(model.table.rows) if row.group == number]
        latent = group.latent[: group.n_latent]
        names = (*group.observed, *latent)
        unseen = {*latent, *model.table.slopes}
        residuals = [k for k, row in rows if row.op == "~~" and row.lhs == row.rhs]
        left = [model.table.rows[k].lhs for k in residuals]
        total = {name: k for k, name in enumerate(names, start=1)}
        residual = {name: k for k, name in enumerate(left, start=1 + len(names))}
        factors = [_factors(row, total, residual) for _, row in rows]
        found.append(
            _Scaling(
                np.array([k for k, _ in rows]),
                np.array([first for (first, _), _ in factors]),
                np.array([second for _, (second, _) in factors]),
                np.array([power for (_, power), _ in factors]),
                np.array([power for _, (_, power) in factors]),
                np.array([k for k, row in rows if row.op == "~*~"], dtype=np.int64),
                np.array(residuals, dtype=np.int64),
                group.n_latent,
                model.table.correlation,
                np.array([False, *(name not in unseen for name in (*names, *left))]),
            )
        )
    return found


def _factors(
    row: Parameter, total: dict[str, int], residual: dict[str, int]
) -> tuple[tuple[int, float], tuple[int, float]]:
    """Give places and powers of two variances; place 0 holds the one that changes nothing."""
    if row.op == "=~":
        return (total.get(row.lhs, 0), 0.5), (total.get(row.rhs, 0), -0.5)
    if row.op in ("~", "<~"):
        return (total.get(row.lhs, 0), -0.5), (total.get(row.rhs, 0), 0.5)
    if row.op == "~~" and row.lhs == row.rhs:
        return (total.get(row.lhs, 0), -1.0), (0, 0.0)
    if row.op == "~~":
        return (residual.get(row.lhs, 0), -0.5), (residual.get(row.rhs, 0), -0.5)
    return (total.get(row.lhs, 0), -0.5), (0, 0.0)


def _power(variance: Floats, power: Floats) -> Floats:
    """Raise variances; what has none does nothing, and measured in its own units it has no meaning."""
    known = np.where((variance == 0) & (power > 0), 0.0, np.nan)
    positive = variance > 0
    return np.where(positive, np.where(positive, variance, 1.0) ** power, known)


def _add_following(
    slopes: tuple[Floats, Floats], group: GroupMatrices, implied: Implied, unit: Floats, free_of_row: Ints
) -> None:
    """Add what residual variances of ordered variables do that follow from other parameters, in place."""
    observed, latent = slopes
    for name, by_observed, by_latent in (
        ("theta", np.eye(len(observed)), np.zeros((len(latent), len(observed)))),
        ("psi", implied.lam_a**2, implied.a**2),
    ):
        place = group.places[name]
        chosen = (place.i == place.j) & (free_of_row[place.row] < 0)
        rows, i = place.row[chosen], place.i[chosen]
        observed += by_observed[:, i] @ unit[rows]
        latent += by_latent[:, i] @ unit[rows]
