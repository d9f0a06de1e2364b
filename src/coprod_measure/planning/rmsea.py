"""Power of tests of overall fit that are stated as RMSEA."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from coprod_measure.arguments import whole_number
from coprod_measure.errors import InputError, NotAvailable
from coprod_measure.planning.chi_square import Likelihood, TestPower


def rmsea_power(
    rmsea: float,
    df: float,
    n: int,
    *,
    null: float = 0.0,
    level: float = 0.05,
    groups: int = 1,
    likelihood: Likelihood = "wishart",
) -> TestPower:
    """Power of a test of exact, close or not-close fit.

    Parameters
    ----------
    rmsea : float
        True of the population in which the power is asked for.
    df : float
        Degrees of freedom of the model.
    n : int
        Respondents in all groups.
    null : float
        RMSEA under the null hypothesis: 0 for exact fit; .05 beside an ``rmsea`` above it for close fit, and
        beside one below it for not-close fit.
    likelihood : {"wishart", "normal"}
        Whether F0 is multiplied by ``n - groups`` as in the published tables, or by ``n``.

    Raises
    ------
    InputError
        If a value is impossible.

    Notes
    -----
    F0 = df RMSEA^2 / groups: MacCallum, Browne and Sugawara (1996), *Psychological Methods* 1, 130-149;
    groups as in Steiger (1998), *Structural Equation Modeling* 5, 411-419.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> close = cm.rmsea_power(0.08, 100, 200, null=0.05)
    >>> round(close.power, 3), close.n_for(0.80)
    (0.955, 132)
    >>> not_close = cm.rmsea_power(0.01, 100, 200, null=0.05)
    >>> round(not_close.power, 3), not_close.n_for(0.80)
    (0.87, 178)
    """
    for name, value in {"rmsea": rmsea, "null": null}.items():
        if not 0.0 <= value < 10.0:
            raise InputError(f"{name} is {value:g}", place=name, cure="Give an RMSEA of 0 or more")
    whole_number("groups", groups, 1, 10_000)
    return TestPower.of(
        _discrepancy(rmsea, df, groups),
        df=df,
        n=n,
        null=_discrepancy(null, df, groups),
        groups=groups,
        level=level,
        likelihood=likelihood,
    )


def _discrepancy(rmsea: float, df: float, groups: int) -> float:
    return df * rmsea**2 / groups


@dataclass(frozen=True, slots=True)
class Compromise:
    """A critical value that makes both errors as likely as wanted, relative to each other.

    Attributes
    ----------
    critical : float
        Chi-square beyond which exact fit is rejected.
    alpha, beta : float
        Probabilities of rejecting exact fit where it holds, and of keeping it where it does not.
    """

    critical: float
    alpha: float
    beta: float


def compromise(rmsea: float, df: float, n: int, *, ratio: float = 1.0) -> Compromise | NotAvailable:
    """Choose the critical value of a test of exact fit by the ratio of its two errors.

    Parameters
    ----------
    rmsea : float
        Misfit that must not be overlooked.
    ratio : float
        Alpha to beta.

    Notes
    -----
    Moshagen and Erdfelder (2016), *Structural Equation Modeling* 23, 54-60.

    Examples
    --------
    >>> found = compromise(0.05, 100, 300)
    >>> round(found.critical, 2), round(found.alpha, 4), round(found.beta, 4)
    (131.42, 0.0192, 0.0192)
    """
    if ratio <= 0:
        raise InputError(f"ratio is {ratio:g}", place="ratio", cure="Give a ratio above 0")
    ncp = rmsea_power(rmsea, df, n).discrepancy * (n - 1)
    if ncp <= 0:
        return NotAvailable("without misfit there is no second error")

    def unequal(critical: float) -> float:
        return float(chi2.sf(critical, df) - ratio * ncx2.cdf(critical, df, ncp))

    critical = float(brentq(unequal, 1e-8, df + ncp + 40.0 * (df + 2.0 * ncp) ** 0.5))
    return Compromise(critical, float(chi2.sf(critical, df)), float(ncx2.cdf(critical, df, ncp)))
