"""`miiv`: a model equation by equation, by instruments that the model itself implies."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.special import ndtr

from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.instrumental import Equation, TwoStage, equations, two_stage
from coprod_measure.estimation.specification.syntax import parse_model
from coprod_measure.estimation.specification.variables import classify
from coprod_measure.fitting.data import Moments, read_data
from coprod_measure.fitting.models import build_table
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.sample import sample_moments
from coprod_measure.notebook import Shown

PARAMETER_COLUMNS = ("lhs", "op", "rhs", "est", "se", "z", "pvalue", "ci_lower", "ci_upper")
TEST_COLUMNS = ("outcome", "regressors", "instruments", "sargan", "df", "pvalue", "first_stage_f")
WEAK_F = 10.0
"""F of the first stage below which instruments are called weak (Staiger & Stock 1997)."""


@dataclass(frozen=True, slots=True, repr=False)
class Miiv(Shown):
    """Loadings and regressions of a model.

    Attributes
    ----------
    parameters : pandas.DataFrame
        Columns :data:`PARAMETER_COLUMNS`; markers have no error. Estimates of an equation without enough
        instruments are NaN, and a message names it.
    tests : pandas.DataFrame
        One row an equation (:data:`TEST_COLUMNS`): the observed variables in it, Sargan's test of the
        instruments that are more than needed (NaN where there are none), the smallest F of the first stage.
    n : int
    messages : tuple of str
    """

    parameters: pd.DataFrame
    tests: pd.DataFrame
    n: int
    messages: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """Give the parameters."""
        return self.parameters


def miiv(model: str, data: pd.DataFrame | Moments) -> Miiv:
    """Estimate loadings and regressions by two-stage least squares with model-implied instruments.

    A mistake in one equation spreads to few others, and each equation's instruments are tested. Variances and
    covariances are not estimated.

    Parameters
    ----------
    model : str
        In lavaan's syntax, one group; every latent variable needs a marker item.
    data : pandas.DataFrame or Moments
        Rows with a missing answer are left out.

    Raises
    ------
    ModelError
        If a variable is ordered, a latent variable has no marker, or a coefficient is fixed or shared.
    DataError
        If the data cannot be analysed.
    EstimationError
        If no equation has enough instruments.

    References
    ----------
    Bollen, K. A. (1996). An alternative two stage least squares (2SLS) estimator for latent variable
    equations. Psychometrika, 61(1), 109-121. Sargan, J. D. (1958). The estimation of economic relationships
    using instrumental variables. Econometrica, 26(3), 393-415.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> draw = np.random.default_rng(1).standard_normal((2000, 5))
    >>> f = draw[:, 0]
    >>> data = pd.DataFrame({name: f + draw[:, k] for k, name in enumerate("abcd", start=1)})
    >>> miiv("f =~ a + b + c + d", data).parameters["est"].round(1).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    text = parse_model(model)
    variables = classify(text.formulas)
    if variables.ordered:
        cause = f"{', '.join(variables.ordered)} have thresholds, and instruments take numbers"
        raise ModelError(cause, place="model", cure='Use cm.sem with estimator="WLSMV"')
    options = fit_options({"mean_structure": False, "fixed_x": False})
    dataset = read_data(data, variables.observed, options, (), ())
    table = build_table("sem", text, dataset, options)
    sample = sample_moments(dataset, options, table).groups[0]
    found = [(one, two_stage(sample.cov, dataset.names, one, int(sample.n))) for one in equations(table)]
    if not any(result for _, result in found):
        cure = "Add items, or use cm.sem"
        raise EstimationError("no equation has enough instruments", place="model", cure=cure)
    lacking = [
        f"{one.outcome}: {len(one.instruments)} instruments for {len(one.regressors)} regressors are too few"
        for one, result in found
        if result is None
    ]
    lacking += [
        f"{one.outcome}: weak instruments (first-stage F = {result.weakest:.1f}, below {WEAK_F:g})"
        for one, result in found
        if result is not None and result.weakest < WEAK_F
    ]
    rows = [(row.lhs, row.op, row.rhs, row.value, *[np.nan] * 5) for row in table.rows if _is_marker(row)]
    for one, result in found:
        rows += _rows(one, result)
    order: dict[object, int] = {(row.lhs, row.op, row.rhs): k for k, row in enumerate(table.rows)}
    rows.sort(key=lambda row: order[row[:3]])
    tests = [(one.outcome, one.regressors, one.instruments, *_tested(r)) for one, r in found]
    return Miiv(
        pd.DataFrame(rows, columns=list(PARAMETER_COLUMNS)),
        pd.DataFrame(tests, columns=list(TEST_COLUMNS)),
        int(sample.n),
        (*dataset.messages, *lacking),
    )


def _tested(result: TwoStage | None) -> tuple[float, ...]:
    if result is None:
        return (np.nan,) * 4
    return result.sargan, result.df, result.pvalue, result.weakest


def _is_marker(row: object) -> bool:
    return getattr(row, "op", "") == "=~" and not getattr(row, "free", True)


def _rows(one: Equation, result: TwoStage | None) -> list[tuple[object, ...]]:
    if result is None:
        return [(row.lhs, row.op, row.rhs, *[np.nan] * 6) for row in one.rows]
    width = NormalDist().inv_cdf(0.975)
    return [
        (row.lhs, row.op, row.rhs, b, se, b / se, 2.0 * ndtr(-abs(b / se)), b - width * se, b + width * se)
        for row, b, se in zip(one.rows, result.coefficients, result.se, strict=True)
    ]
