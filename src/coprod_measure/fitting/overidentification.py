"""The equations of a fit by instrumental variables, each with its test of overidentification."""

from __future__ import annotations

import pandas as pd

from coprod_measure.errors import ModelError
from coprod_measure.estimation.solution.instrumental import Instrumental
from coprod_measure.fitting.fitted import Fitted


def sargan_frame(fit: Fitted) -> pd.DataFrame:
    """List the equations with their instruments and Sargan's tests.

    Returns
    -------
    pandas.DataFrame
        ``group outcome in_place_of regressors instruments sargan df pvalue``; NaN where there are as many
        instruments as coefficients.

    Raises
    ------
    ModelError
        If the fit is by another estimator.
    """
    discrepancy = fit.solution.discrepancy
    if not isinstance(discrepancy, Instrumental):
        cure = 'Fit with estimator="MIIV"'
        raise ModelError("Sargan's test is of instrumental variables", place="sargan", cure=cure)
    return pd.DataFrame(
        [
            {
                "group": one.group,
                "outcome": one.equation.outcome,
                "in_place_of": one.equation.name,
                "regressors": ", ".join(one.equation.regressors),
                "instruments": ", ".join(one.equation.instruments),
                "sargan": one.sargan if one.df else float("nan"),
                "df": one.df,
                "pvalue": one.pvalue,
            }
            for one in discrepancy.estimated
        ]
    )
