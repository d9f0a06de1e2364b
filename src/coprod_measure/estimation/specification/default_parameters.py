"""Parameters that a model has although nobody wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from coprod_measure.estimation.specification.variables import Variables

# lavaan's switches (auto.var, int.ov.free, ...) without the first word; those sem() and growth() have on.
AUTOMATIC = (
    "fix_first",
    "fix_single",
    "var",
    "cov_lv_x",
    "cov_y",
    "th",
    "delta",
    "int_ov_free",
    "int_lv_free",
)
OF_SEM = frozenset(AUTOMATIC) - {"int_lv_free"}
OF_GROWTH = frozenset(AUTOMATIC) - {"int_ov_free"}


def default_rows(
    variables: Variables,
    mean_structure: bool,
    n_thresholds: Mapping[str, int],
    automatic: frozenset[str] = OF_SEM,
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
    automatic : frozenset of str
        Switches of :data:`AUTOMATIC` that are on; without ``var`` the variances are to be fixed at zero.

    Returns
    -------
    list of (lhs, op, rhs)
        Thresholds; variances; covariances of exogenous latent variables; covariances of residuals of final
        outcomes; moments of exogenous covariates; scales of ordered variables; intercepts.
    """
    ordered, exogenous = variables.ordered, variables.exogenous
    rows: list[tuple[str, str, str]] = []
    if "th" in automatic:
        rows += [(name, "|", f"t{k + 1}") for name in ordered for k in range(n_thresholds.get(name, 0))]
    rows += [(name, "~~", name) for name in (*variables.endogenous, *variables.latent)]
    if "cov_lv_x" in automatic:
        rows += [(a, "~~", b) for a, b in combinations(variables.latent_exogenous, 2)]
    if "cov_y" in automatic:
        rows += [(a, "~~", b) for a, b in combinations(variables.final, 2)]
    rows += [(a, "~~", b) for k, a in enumerate(exogenous) for b in exogenous[k:]]
    if "delta" in automatic:
        rows += [(name, "~*~", name) for name in ordered]
    if mean_structure:
        rows += [(name, "~1", "") for name in (*variables.observed, *variables.latent)]
    return rows
