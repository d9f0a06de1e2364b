"""Power of a test of a model and of single parameters, from a population without drawing from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from coprod_measure.arguments import spelled
from coprod_measure.errors import EstimationError, InputError, counted
from coprod_measure.estimation.specification.syntax import parse_model
from coprod_measure.fitting.data import Dataset, GroupData
from coprod_measure.fitting.models import fit_request
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.options import FitKeywords, FitOptions
from coprod_measure.fitting.request import FitRequest, Kind
from coprod_measure.fitting.result import Fit
from coprod_measure.notebook import Shown
from coprod_measure.planning.chi_square import Likelihood, TestPower, check_level, check_power
from coprod_measure.planning.population_moments import population_moments

_MANY = 100_000
"""Respondents of the population's stand-in; only ratios to it are used."""


@spelled(FitKeywords, FitOptions)
def model_power(
    population: str,
    model: str,
    *,
    n: int,
    null: str = "",
    shares: Sequence[float] = (1.0,),
    level: float = 0.05,
    likelihood: Likelihood = "wishart",
    kind: Kind = "sem",
    **options: Any,
) -> TestPower:
    r"""Power of the chi-square test of a model, or of constraints on it.

    Parameters
    ----------
    population : str
        Model text with a value for every parameter; variances that are not written make the variable's own
        variance one (:func:`.population_moments.population_moments`).
    model : str
        What will be fitted.
    n : int
        Respondents in all groups.
    null : str
        Constraints among labels of the model (``"a == 0"``, several with ``;`` between them) that the null
        hypothesis adds. Empty: the model as a whole is tested against the saturated one.
    shares : sequence of float
        Of respondents in each group.
    likelihood : {"wishart", "normal"}
        Whether discrepancies are multiplied by ``n - groups``, or by ``n`` as lavaan's chi-square.
    kind : {"sem", "cfa", "growth", "lavaan"}
        The function that will fit it.
    **options
        Of that function (``group_equal``, ``std_lv`` ...); the estimator is maximum likelihood.

    Raises
    ------
    ModelError, SimulationError, InputError
        If a text is wrong, the population impossible, or n too small.

    Notes
    -----
    The noncentrality is the discrepancy of the restricted model, fitted to the moments of the population:
    Satorra and Saris (1985), *Psychometrika* 50, 83-90.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> population = "f =~ .7*a + .7*b + .7*c\ng =~ .7*d + .7*e + .7*h\nf ~~ .2*g"
    >>> found = cm.model_power(population, "f =~ a + b + c\ng =~ d + e + h\nf ~~ r*g", null="r == 0", n=300)
    >>> round(found.power, 4), found.n_for(0.80)
    (0.733, 354)
    """
    restricted = "\n".join([model, *(part.strip() for part in null.split(";"))])
    tested = _fitted(population, restricted, n, shares, kind, options)
    discrepancy, df = tested.test.value / tested.n, tested.df
    if null:
        free = _fitted(population, model, n, shares, kind, options)
        discrepancy, df = discrepancy - free.test.value / free.n, df - free.df
    return TestPower.of(
        max(discrepancy, 0.0), df=df, n=n, groups=len(shares), level=level, likelihood=likelihood
    )


@dataclass(frozen=True, slots=True, repr=False)
class ParameterPower(Shown):
    """Power of the Wald test of every parameter of a model.

    Attributes
    ----------
    parameters : pandas.DataFrame
        ``lhs op rhs group label value se power``: the value of the population in the metric of the model, and
        its standard error in a sample of ``n``.
    """

    parameters: pd.DataFrame
    n: int
    level: float

    def table(self, power: float = 0.80) -> pd.DataFrame:
        """Add ``n_for``, the respondents that each parameter needs; NaN where its value is zero."""
        check_power(power, self.level)
        frame = self.parameters
        wanted = brentq(lambda shift: _two_sided(shift, self.level) - power, 0.0, 40.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = np.ceil(self.n * (wanted * frame["se"] / frame["value"]) ** 2 - 1e-9)
        return frame.assign(n_for=needed.where(frame["value"].abs() > 1e-7))


@spelled(FitKeywords, FitOptions)
def parameter_power(
    population: str,
    model: str,
    *,
    n: int,
    shares: Sequence[float] = (1.0,),
    level: float = 0.05,
    kind: Kind = "sem",
    **options: Unpack[FitKeywords],
) -> ParameterPower:
    r"""Power of every parameter and defined effect of a model, from the expected information.

    Parameters are as for :func:`model_power`.

    Notes
    -----
    The model is fitted to the moments of the population. The inverse of the expected information at the
    minimum gives the standard errors in a sample of ``n``, and a two-sided Wald test rejects with the
    probability that a normal variable of mean value/se lies beyond its critical values. A misspecified model
    has the values that it converges to.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> found = cm.parameter_power("m ~ .3*x\ny ~ .3*m + .1*x", "m ~ a*x\ny ~ b*m + x\nab := a*b", n=100)
    >>> table = found.table(0.80).set_index("label").loc[["a", "b", "ab"]]
    >>> table[["value", "se", "power", "n_for"]].round(3).values.tolist()
    [[0.3, 0.095, 0.882, 80.0], [0.3, 0.098, 0.862, 85.0], [0.09, 0.041, 0.59, 164.0]]
    """
    check_level(level)
    fit = _fitted(population, model, n, shares, kind, options)
    frame = fit.parameters
    tested = frame[frame["se"] > 0]
    se = tested["se"] * np.sqrt(fit.n / n)
    found = tested[["lhs", "op", "rhs", "group", "label"]].assign(
        value=tested["est"], se=se, power=_two_sided(tested["est"] / se, level)
    )
    return ParameterPower(found.reset_index(drop=True), n, level)


def _two_sided(shift: float | pd.Series, level: float) -> float | pd.Series:
    critical = norm.ppf(1.0 - level / 2.0)
    return norm.sf(critical - shift) + norm.cdf(-critical - shift)


def _fitted(
    population: str, model: str, n: int, shares: Sequence[float], kind: Kind, keywords: Mapping[str, Any]
) -> Fit:
    """Fit a model to the moments of the population, as if they were those of many respondents."""
    if any(keywords.get(name) for name in ("group", "cluster", "weights", "ordered", "missing")):
        raise InputError(
            "analytic power knows complete continuous answers alone",
            place="options",
            cure="Give shares= for groups; use cm.power() for the rest",
            code="not-analytic",
        )
    if min(shares, default=0.0) <= 0.0:
        raise InputError("a group has no share of the respondents", place="shares", cure="Give each one")
    several = len(shares) > 1
    names, covariances, means = population_moments(population, len(shares))
    if n <= len(names) * len(shares):
        raise InputError(
            f"{counted(n, 'respondent')} for {counted(len(names), 'variable')} in "
            f"{counted(len(shares), 'group')}",
            place="n",
            cure="Give more respondents than variables",
            code="n-too-small",
        )
    options = fit_options(
        {"estimator": "ML", "fixed_x": False, **keywords, "group": "group" if several else None}
    )
    sizes = [round(_MANY * share / sum(shares)) for share in shares]
    # A sample's moments have divisor n - 1.
    groups = tuple(
        GroupData(str(k), np.empty((0, len(names))), cov * size / (size - 1), mean, size)
        for k, (cov, mean, size) in enumerate(zip(covariances, means, sizes, strict=True), start=1)
    )
    data = Dataset(names, groups, {}, "", ())
    fit = fit_request(FitRequest(kind, model, options, parse_model(model), data))
    if not fit.converged:
        raise EstimationError(
            f"the model could not be fitted to the population: {fit.solution.minimum.reason}",
            place="model",
            cure="Look at what the null hypothesis fixes",
            code="not-fitted",
        )
    return fit
