"""Bounds that keep parameters where they can mean something, from the variances of the sample."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable

# A marker is taken to have a reliability of at least this, so that its factor has a variance.
LEAST_RELIABILITY = 0.1


@dataclass(frozen=True, slots=True)
class _Widths:
    """How far bounds reach: shares of the span between the lowest and the highest sensible value."""

    below: float = 1.0
    residual: float = 1.005
    factor: float = 1.0
    loading: float = 1.0
    covariance: float = 0.998


_WIDTHS = {"standard": _Widths(), "wide": _Widths(1.05, 1.2, 1.3, 1.2, 1.0)}


def bounded(table: ParameterTable, sample: SampleMoments, kind: str) -> ParameterTable:
    """Bound parameters without bounds of the user's own, as lavaan does (De Jonckere & Rosseel 2022).

    Parameters
    ----------
    kind : str
        ``"standard"``, ``"wide"``; ``"pos_var"`` or ``"pos_ov_var"`` bound (residual) variances, or those of
        observed variables, by zero only.
    """
    rows = list(table.rows)
    for group, moments in enumerate(sample.groups, start=1):
        variance = dict(zip(table.variables.observed, np.diagonal(moments.cov), strict=True))
        own = [k for k, row in enumerate(rows) if row.group == group]
        limits = _limits([rows[k] for k in own], variance, table, kind)
        for k, (lower, upper) in zip(own, limits, strict=True):
            row = rows[k]
            rows[k] = replace(
                row,
                lower=lower if math.isinf(row.lower) else row.lower,
                upper=upper if math.isinf(row.upper) else row.upper,
            )
    return replace(table, rows=tuple(rows))


def _limits(
    rows: list[Parameter], variance: dict[str, float], table: ParameterTable, kind: str
) -> list[tuple[float, float]]:
    latent = set(table.variables.latent)
    if kind in ("pos_var", "pos_ov_var"):
        return [
            (0.0 if own and (kind == "pos_var" or row.lhs not in latent) else -math.inf, math.inf)
            for row in rows
            for own in [row.op == "~~" and row.lhs == row.rhs]
        ]
    widths = _WIDTHS[kind]
    factors, least, markers = _factor_variances(rows, variance, widths)
    of_variances: dict[str, tuple[float, float]] = {}
    for name, total in variance.items():
        span = total * (1.0 - LEAST_RELIABILITY * (name in markers))
        of_variances[name] = (span - widths.below * span, widths.residual * span)
    of_variances |= factors

    def limit(row: Parameter) -> tuple[float, float]:
        if row.op == "=~" and row.rhs in variance and row.lhs in least:
            reach = widths.loading * math.sqrt(variance[row.rhs] / least[row.lhs])
            return -reach, reach
        if row.op != "~~":
            return -math.inf, math.inf
        first, second = (of_variances.get(name, (-math.inf, math.inf)) for name in (row.lhs, row.rhs))
        if row.lhs == row.rhs:
            return first
        reach = widths.covariance * math.sqrt(first[1] * second[1])
        return -reach, reach

    return [limit(row) for row in rows]


def _factor_variances(
    rows: list[Parameter], variance: dict[str, float], widths: _Widths
) -> tuple[dict[str, tuple[float, float]], dict[str, float], set[str]]:
    """Bounds of the (residual) variances of factors, the least that they vary, and their markers."""
    factors = {row.lhs: (0.0, math.inf) for row in rows if row.op == "=~"}
    least = {
        row.lhs: row.value
        for row in rows
        if row.op == "~~" and row.lhs == row.rhs and row.lhs in factors and not row.free and row.value > 0
    }
    factors |= {name: (value, value) for name, value in least.items()}
    explained = {row.lhs for row in rows if row.op == "~"}
    markers = set()
    for row in rows:
        if row.op == "=~" and row.rhs in variance and not row.free and row.value and row.lhs not in least:
            total = variance[row.rhs] / row.value**2
            low = least[row.lhs] = LEAST_RELIABILITY * total
            floor = 0.0 if row.lhs in explained else low
            factors[row.lhs] = (floor, low + widths.factor * (total - low))
            markers.add(row.rhs)
    return factors, least, markers
