"""What a model and its data make of each other without being asked: said, not done in silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.estimation.specification.syntax import ModelText
from coprod_measure.estimation.specification.variables import Variables
from coprod_measure.fitting.data import Moments
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.rotation_arguments import idle_arguments


def with_ordered_columns(
    data: object, variables: Variables, options: FitOptions
) -> tuple[FitOptions, tuple[str, ...]]:
    """Take ordered columns of the frame as ordered variables, as lavaan does, unless the options forbid it.

    Returns
    -------
    (FitOptions, tuple of str)
        With the names in ``ordered``; what there is to say.
    """
    if not isinstance(data, pd.DataFrame):
        return options, ()
    in_order = {
        name for name, kind in _categories(data) if kind.ordered and isinstance(data[name], pd.Series)
    }
    found = [name for name in variables.endogenous if name in in_order and name not in options.ordered]
    if not found:
        return options, ()
    names = ", ".join(found)
    if options.missing == "fiml" or (options.estimator is not None and options.discrepancy in ("ML", "GLS")):
        method = 'missing="fiml"' if options.missing == "fiml" else options.name
        return options, (f"{names}: ordered in the data, but {method} takes categories as numbers 1, 2, ...",)
    said = f"{names}: ordered in the data, so taken as ordered variables (make the columns numbers if not)"
    return replace(options, ordered=(*options.ordered, *found)), (said,)


def _categories(data: pd.DataFrame) -> list[tuple[str, pd.CategoricalDtype]]:
    """List columns of categories; in frames without any, as most are, the names need not be gone through."""
    kinds = data.dtypes.array
    if not any(isinstance(kind, pd.CategoricalDtype) for kind in kinds):
        return []
    columns = zip(data.columns, kinds, strict=True)
    return [(name, kind) for name, kind in columns if isinstance(kind, pd.CategoricalDtype)]


def about_names(data: object, variables: Variables, options: FitOptions) -> tuple[str, ...]:
    """Say which names mean something else than the data, or nothing in the model."""
    found = []
    if isinstance(data, pd.DataFrame):
        hidden = [name for name in variables.latent if name in data.columns]
        if hidden:
            names = ", ".join(hidden)
            found.append(f"{names}: latent here, though the data have such a column, which is not used")
        slopes = [name for name in dict.fromkeys(path.name for path in variables.slopes) if name in data]
        if slopes:
            names = ", ".join(slopes)
            found.append(f"{names}: a slope here, though the data have such a column, which is not used")
        unordered = [
            name for name, kind in _categories(data) if not kind.ordered and name in variables.observed
        ]
        if unordered:
            found.append(
                f"{', '.join(unordered)}: categories without an order, taken as the numbers they are"
            )
    elif isinstance(data, Moments) and not options.correlation and np.allclose(np.diagonal(data.cov), 1.0):
        found.append(
            "the moments are correlations: errors and tests take them as covariances unless correlation=True"
        )
    absent = [name for name in options.ordered if name not in variables.observed]
    if absent:
        found.append(f"ordered= names {', '.join(absent)}, which the model does not have")
    if options.parameterization == "theta" and not options.ordered:
        found.append('parameterization="theta" changes nothing: there are no ordered variables')
    return tuple(found)


def about_text(text: ModelText, options: FitOptions, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Say which parts of the text have no effect, or more than one may think."""
    found = []
    ignored = [
        f.lhs
        for f in text.formulas
        if f.op == "~~" and f.lhs == f.rhs and f.lhs in options.ordered and (f.fixed or f.start or f.label)
    ]
    if ignored and options.parameterization == "delta":
        names = ", ".join(ignored)
        found.append(
            f"the variance of {names} follows, and what is written of it is ignored: use "
            'parameterization="theta"'
        )
    if options.group_partial and not options.group_equal:
        found.append("group_partial= changes nothing: group_equal= holds nothing equal")
    if (options.rotation != "geomin" or options.rotation_args) and not any(f.efa for f in text.formulas):
        found.append("rotation= changes nothing: the model has no efa() block")
    elif idle := idle_arguments(options.rotation, options.rotation_args):
        found.append(f"rotation_args= {', '.join(idle)}: nothing that rotation={options.rotation!r} takes")
    weighted = ", ".join(dict.fromkeys(f.rhs for f in text.formulas if f.composite))
    if weighted and options.standard_errors not in ("none", "bootstrap"):
        found.append(f"errors take the variances and covariances of {weighted} (of composites) as known")
    alike = [f.label[0] for f in text.formulas if len(f.label) == 1 and f.label[0] and not f.block]
    if len(labels) > 1 and alike:
        names = ", ".join(dict.fromkeys(alike))
        found.append(f"one label holds a parameter equal in all groups: {names} (write c() for one a group)")
    return tuple(found)
