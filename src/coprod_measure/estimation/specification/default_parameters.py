"""Parameters that a model has although nobody wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from coprod_measure.estimation.specification.variables import Variables


def default_rows(
    variables: Variables, mean_structure: bool, n_thresholds: Mapping[str, int]
) -> list[tuple[str, str, str]]:
    """List what ``sem()`` adds, in lavaan's order.

    Parameters
    ----------
    variables : Variables
        The parts that variables play.
    mean_structure : bool
        Whether intercepts and latent means belong to the model.
    n_thresholds : mapping
        Ordered variable to number of thresholds.

    Returns
    -------
    list of (lhs, op, rhs)
        Thresholds; variances; covariances of exogenous latent variables; covariances of residuals of final
        outcomes; moments of exogenous covariates; scales of ordered variables; intercepts.
    """
    ordered, exogenous = variables.ordered, variables.exogenous
    rows = [(name, "|", f"t{k + 1}") for name in ordered for k in range(n_thresholds.get(name, 0))]
    rows += [(name, "~~", name) for name in (*variables.endogenous, *variables.latent)]
    rows += [(a, "~~", b) for a, b in combinations(variables.latent_exogenous, 2)]
    rows += [(a, "~~", b) for a, b in combinations(variables.final, 2)]
    rows += [(a, "~~", b) for k, a in enumerate(exogenous) for b in exogenous[k:]]
    rows += [(name, "~*~", name) for name in ordered]
    if mean_structure:
        rows += [(name, "~1", "") for name in (*variables.observed, *variables.latent)]
    return rows
