"""Standardised effects of products of latent variables.

The effect of x z is multiplied by the standard deviations of x and z, not by that of their product, so that
it says how much the standardised slope of x changes with a standard deviation of z (Wen, Marsh & Hau 2010).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.standardize import standardized_values
from coprod_measure.estimation.two_step.estimate import TwoStep
from coprod_measure.fitting.parameter_frame import delta_errors, test_columns

_STEP = 1e-6


def standardized_rows(two: TwoStep, x: Floats, *, observed: bool) -> Floats:
    """Standardise all rows of the joint model; products are scaled by their factors, shape (n_rows,)."""
    values = standardized_values(two.model, x)[observed]
    implied = two.model.implied(x)
    for k, row in enumerate(two.model.table.rows):
        if row.op != "~" or row.rhs not in two.parts.products:
            continue
        group = two.model.groups[row.group - 1]
        spread = np.diagonal(implied[row.group - 1].v)
        known = {name: j for j, name in enumerate(group.latent)}
        spreads = [
            np.sqrt(spread[known[part]]) if observed or part in two.model.table.variables.latent else 1.0
            for part in row.rhs.split(":")
        ]
        values[k] *= float(np.prod(spreads) / np.sqrt(spread[known[row.rhs]]))
    return values


def product_scaled(two: TwoStep, frame: pd.DataFrame) -> pd.DataFrame:
    """Replace the standardised columns of a table of estimates."""
    rows, defined = len(two.model.table.rows), two.model.constraints.definitions
    first = two.model.first_rows()
    found = {}
    for column, observed in (("std_lv", False), ("std_all", True)):
        values = standardized_rows(two, two.x, observed=observed)
        found[column] = np.concatenate([values[:rows], defined.values(values[first])])
    return frame.assign(**found)


def product_standardized(two: TwoStep, covariance: Floats | NotAvailable, *, observed: bool) -> pd.DataFrame:
    """Table of standardised estimates with delta-method errors (columns as of ``fit.standardized()``)."""
    defined, first = two.model.constraints.definitions, two.model.first_rows()

    def at(x: Floats) -> Floats:
        values = standardized_rows(two, x, observed=observed)
        return np.concatenate([values, defined.values(values[first])])

    est = at(two.x)
    slopes = np.zeros((len(est), len(two.x)))
    for k, size in enumerate(_STEP * two.model.units):
        step = np.zeros(len(two.x))
        step[k] = size
        slopes[:, k] = (at(two.x + step) - at(two.x - step)) / (2.0 * size)
    se = delta_errors(slopes, covariance)
    se[se < 1e-8] = 0.0
    rows = two.model.table.rows
    names = {
        "lhs": [row.lhs for row in rows] + list(defined.names),
        "op": [row.op for row in rows] + [":="] * len(defined),
        "rhs": [row.rhs for row in rows] + [c.rhs for c in two.model.table.definitions],
        "group": [row.group for row in rows] + [0] * len(defined),
        "label": [row.label for row in rows] + list(defined.names),
    }
    return pd.DataFrame({**names, "est": est, "se": se, **test_columns(est, se, 0.95)})
