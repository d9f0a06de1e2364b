"""Standardised solutions with their delta-method derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.implied import DIFFERENTIABLE, Derivatives, Implied
from coprod_measure.estimation.matrices import Floats, GroupMatrices, Ints
from coprod_measure.estimation.model import Model


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


def standardize(model: Model, x: Floats, *, observed: bool) -> Standardized:
    """Rescale parameters to unit variance of latent (``std_lv``) or of all variables (``std_all``).

    Parameters
    ----------
    model : Model
        The model.
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
    for number, (group, rules, implied) in enumerate(
        zip(model.groups, model.rules, model.implied(x), strict=True), start=1
    ):
        scales = _Scales(model, group, rules, implied, raw, unit, number)
        for k, row in enumerate(model.table.rows):
            if row.group != number:
                continue
            if row.op == "~*~" and observed:
                values[k], jacobian[k] = 1.0, 0.0
                continue
            for variance, slope, power in scales.factors(row.lhs, row.op, row.rhs, observed):
                if variance <= 0:
                    # What a variable without variance does is nothing; in its own units it has no meaning.
                    known = 0.0 if variance == 0 and power > 0 else np.nan
                    values[k], jacobian[k] = known, known
                    continue
                factor = variance**power
                jacobian[k] = jacobian[k] * factor + values[k] * power * factor / variance * slope
                values[k] *= factor
    return Standardized(values, jacobian)


class _Scales:
    """Variances of one group's variables, with their derivatives."""

    def __init__(
        self,
        model: Model,
        group: GroupMatrices,
        rules: Derivatives,
        implied: Implied,
        raw: Floats,
        unit: Floats,
        number: int,
    ) -> None:
        slopes = _variance_slopes(rules, implied, model.n_free)
        if model.table.variables.ordered:
            _add_following(slopes, group, implied, unit, model.free_of_row)
        self.latent = set(group.latent[: group.n_latent])
        self.variance = dict(zip(group.observed, np.diagonal(implied.sigma), strict=True))
        self.slope = dict(zip(group.observed, slopes[0], strict=True))
        for k, name in enumerate(group.latent[: group.n_latent]):
            self.variance[name], self.slope[name] = implied.v[k, k], slopes[1][k]
        self.residual = {
            row.lhs: (raw[k], unit[k])
            for k, row in enumerate(model.table.rows)
            if row.group == number and row.op == "~~" and row.lhs == row.rhs
        }

    def total(self, name: str, power: float, observed: bool) -> list[tuple[float, Floats, float]]:
        if not observed and name not in self.latent:
            return []
        return [(float(self.variance[name]), self.slope[name], power)]

    def factors(self, lhs: str, op: str, rhs: str, observed: bool) -> list[tuple[float, Floats, float]]:
        if op == "=~":
            return self.total(lhs, 0.5, observed) + self.total(rhs, -0.5, observed)
        if op in ("~", "<~"):
            return self.total(lhs, -0.5, observed) + self.total(rhs, 0.5, observed)
        if op == "~~" and lhs == rhs:
            return self.total(lhs, -1.0, observed)
        if op == "~~":
            return [
                (*self.residual[name], -0.5)
                for name in (lhs, rhs)
                if name in self.residual and (observed or name in self.latent)
            ]
        return self.total(lhs, -0.5, observed)


def _variance_slopes(rules: Derivatives, implied: Implied, n_free: int) -> tuple[Floats, Floats]:
    """Differentiate the implied variances of observed and latent variables."""
    basis = implied.basis
    observed = np.zeros((basis.shape[0], n_free))
    np.add.at(observed.T, rules.free, (2.0 * rules.scale * basis[:, rules.left] * basis[:, rules.right]).T)
    latent = np.zeros((len(implied.v), n_free))
    in_beta, in_psi = (rules.matrix == DIFFERENTIABLE.index(name) for name in ("beta", "psi"))
    a, v = implied.a, implied.v
    np.add.at(latent.T, rules.free[in_beta], 2.0 * (a[:, rules.i[in_beta]] * v[:, rules.j[in_beta]]).T)
    psi = 2.0 * rules.scale[in_psi] * a[:, rules.i[in_psi]] * a[:, rules.j[in_psi]]
    np.add.at(latent.T, rules.free[in_psi], psi.T)
    return observed, latent


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
