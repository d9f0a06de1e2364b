"""The table of estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.model.row_values import row_values
from coprod_measure.estimation.model.standardize import standardize, standardized_values
from coprod_measure.estimation.specification.composites import FOLLOWS

COLUMNS = (
    "lhs",
    "op",
    "rhs",
    "group",
    "label",
    "est",
    "se",
    "z",
    "pvalue",
    "ci_lower",
    "ci_upper",
    "std_lv",
    "std_all",
)


def row_jacobian(model: Model) -> Floats:
    """Differentiate all rows by the free parameters, shape (n_rows, q)."""
    jacobian = np.zeros((len(model.free_of_row), model.n_free))
    free = np.flatnonzero(model.free_of_row >= 0)
    jacobian[free, model.free_of_row[free]] = 1.0
    return jacobian


def row_errors(model: Model, covariance: Floats | NotAvailable) -> Floats:
    """Take the standard error of every row of the table: 0 where fixed, NaN where not available."""
    if isinstance(covariance, NotAvailable):
        return np.where(model.free_of_row >= 0, np.nan, 0.0)
    variances = np.diagonal(covariance)
    errors = np.sqrt(np.where(variances >= -1e-14, np.maximum(variances, 0.0), np.nan))
    return row_values(model.free_of_row, errors, 0.0)


def delta_errors(jacobian: Floats, covariance: Floats | NotAvailable) -> Floats:
    """Compute standard errors of functions of the parameters by the delta method."""
    if isinstance(covariance, NotAvailable):
        return np.where(np.abs(jacobian).sum(axis=1) > 0, np.nan, 0.0)
    variance = np.einsum("ij,jk,ik->i", jacobian, covariance, jacobian, optimize=True)
    return np.sqrt(np.where(variance >= -1e-14, np.maximum(variance, 0.0), np.nan))


def test_columns(est: Floats, se: Floats, level: float) -> dict[str, Floats]:
    """Compute z, two-sided p-value and normal interval; z and p are NaN for what is fixed."""
    z = np.divide(est, se, out=np.full(len(se), np.nan), where=se > 0)
    half = float(ndtri(0.5 + level / 2.0)) * se
    return {"z": z, "pvalue": 2.0 * ndtr(-np.abs(z)), "ci_lower": est - half, "ci_upper": est + half}


def parameter_frame(
    model: Model, x: Floats, covariance: Floats | NotAvailable, *, level: float = 0.95
) -> pd.DataFrame:
    """Build the table of estimates (columns :data:`COLUMNS`).

    Parameters
    ----------
    x : (q,) float
        Estimates.
    covariance : (q, q) float or NotAvailable
        Of the estimates.
    level : float
        Of the intervals.
    """
    defined = model.constraints.definitions
    std_lv, std_all = standardized_values(model, x)
    first = model.first_rows()
    est = np.concatenate([model.values(x), defined.values(x)])
    se = np.concatenate([row_errors(model, covariance), delta_errors(defined.jacobian(x), covariance)])
    return shown(
        {
            **row_names(model),
            "est": est,
            "se": se,
            **test_columns(est, se, level),
            "std_lv": np.concatenate([std_lv, defined.values(std_lv[first])]),
            "std_all": np.concatenate([std_all, defined.values(std_all[first])]),
        }
    )


def shown(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Make the frame, without what follows from the weights of composites."""
    frame, follows = pd.DataFrame(columns), np.array([op in FOLLOWS for op in columns["op"]], dtype=bool)
    return frame[~follows].reset_index(drop=True) if follows.any() else frame


def row_names(model: Model) -> dict[str, list[Any]]:
    """Name all rows and defined parameters: ``lhs op rhs group label``."""
    rows, defined = model.table.rows, model.constraints.definitions
    return {
        "lhs": [row.lhs for row in rows] + list(defined.names),
        "op": [row.op for row in rows] + [":="] * len(defined),
        "rhs": [row.rhs for row in rows] + [c.rhs for c in model.table.definitions],
        "group": [row.group for row in rows] + [0] * len(defined),
        "label": [row.label for row in rows] + list(defined.names),
    }


def standardized_frame(
    model: Model, x: Floats, covariance: Floats | NotAvailable, *, kind: str = "std_all", level: float = 0.95
) -> pd.DataFrame:
    """Build the table of standardised estimates with delta-method errors.

    Parameters
    ----------
    kind : str
        ``"std_all"`` or ``"std_lv"``.

    Returns
    -------
    pandas.DataFrame
        ``lhs op rhs group label est se z pvalue ci_lower ci_upper``.
    """
    solution = standardize(model, x, observed=kind == "std_all")
    first, defined = model.first_rows(), model.constraints.definitions
    at = solution.rows[first]
    est = np.concatenate([solution.rows, defined.values(at)])
    by_parameters = defined.jacobian(at) @ solution.jacobian[first]
    se = delta_errors(np.vstack([solution.jacobian, by_parameters]), covariance)
    # What is one by construction keeps a derivative of rounding size.
    se[se < 1e-12] = 0.0
    return shown({**row_names(model), "est": est, "se": se, **test_columns(est, se, level)})
