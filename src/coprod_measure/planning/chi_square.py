"""Power of a chi-square test whose noncentrality grows with the sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy.stats import chi2, ncx2

from coprod_measure.errors import InputError, NotAvailable, counted
from coprod_measure.notebook import Shown

Likelihood = Literal["wishart", "normal"]
MOST = 10_000_000
"""Respondents beyond which an effect counts as none."""

_MOST = 1e9


@dataclass(frozen=True, slots=True, repr=False)
class TestPower(Shown):
    """Power of a test of a model, or of what a model is restricted by.

    Attributes
    ----------
    discrepancy : float
        F0, the minimum of the maximum likelihood discrepancy in the population where the alternative is true.
    null_discrepancy : float
        The same where the null hypothesis is true: 0 but for tests of close and of not-close fit.
    n, groups : int
        Respondents in all groups, and how many groups.
    likelihood : {"wishart", "normal"}
        What F0 is multiplied by: ``n - groups``, or ``n`` as lavaan's chi-square is.

    Examples
    --------
    >>> found = TestPower.of(0.25, df=100, n=164)
    >>> round(found.power, 4), found.n_for(0.80)
    (0.8028, 164)
    """

    # The name is part of the interface; pytest would otherwise collect it.
    __test__ = False

    discrepancy: float
    null_discrepancy: float
    df: float
    n: int
    groups: int
    level: float
    power: float
    likelihood: Likelihood = "wishart"

    @classmethod
    def of(
        cls,
        discrepancy: float,
        *,
        df: float,
        n: int,
        null: float = 0.0,
        groups: int = 1,
        level: float = 0.05,
        likelihood: Likelihood = "wishart",
    ) -> TestPower:
        """Compute the power; a discrepancy below that of the null hypothesis belongs to the lower tail."""
        check_level(level)
        if not 0 < df < _MOST:
            raise InputError(f"a test with {df:g} degrees of freedom", place="df", cure="Give df above 0")
        if not n < _MOST:
            raise InputError(f"{n:g} respondents", place="n", cure="Give fewer", code="n-too-large")
        if n <= groups:
            raise InputError(
                f"{counted(n, 'respondent')} for {counted(groups, 'group')}",
                place="n",
                cure="Give more",
                code="n-too-small",
            )
        factor = n - groups if likelihood == "wishart" else n
        power = noncentral_power(factor * discrepancy, df, level, null=factor * null)
        return cls(discrepancy, null, df, n, groups, level, power, likelihood)

    def at(self, n: int) -> TestPower:
        """Give the same test with another number of respondents."""
        return TestPower.of(
            self.discrepancy,
            df=self.df,
            n=n,
            null=self.null_discrepancy,
            groups=self.groups,
            level=self.level,
            likelihood=self.likelihood,
        )

    def n_for(self, power: float = 0.80) -> int | NotAvailable:
        """Find the smallest number of respondents in all groups together that gives a wanted power."""
        check_power(power, self.level)
        if abs(self.discrepancy - self.null_discrepancy) < 1e-10:
            return NotAvailable(
                "there is no such effect in the population: no number of respondents finds it"
            )
        return smallest(lambda n: self.at(n).power, power, start=self.groups + 1)


def noncentral_power(ncp: float, df: float, level: float = 0.05, *, null: float = 0.0) -> float:
    """Probability that a noncentral chi-square variable lies beyond the critical value.

    Parameters
    ----------
    ncp, null : float
        Noncentralities where the alternative and where the null hypothesis is true; an alternative below the
        null is looked for in the lower tail (not-close fit).

    Notes
    -----
    Satorra and Saris (1985), *Psychometrika* 50, 83-90; MacCallum, Browne and Sugawara (1996),
    *Psychological Methods* 1, 130-149, for a null hypothesis that is itself noncentral.

    Examples
    --------
    >>> round(noncentral_power(7.849, 1), 3)
    0.8
    """
    lower = ncp < null
    critical = _quantile(level if lower else 1.0 - level, df, null)
    if ncp <= 0.0:
        return float(chi2.cdf(critical, df) if lower else chi2.sf(critical, df))
    return float(ncx2.cdf(critical, df, ncp) if lower else ncx2.sf(critical, df, ncp))


def _quantile(share: float, df: float, ncp: float) -> float:
    return float(ncx2.ppf(share, df, ncp) if ncp > 0.0 else chi2.ppf(share, df))


def smallest(power_at: Callable[[int], float], wanted: float, *, start: int = 2) -> int | NotAvailable:
    """Find the smallest whole number at which a rising power reaches what is wanted.

    Parameters
    ----------
    power_at : callable
        Number of respondents to power, rising.

    Examples
    --------
    >>> smallest(lambda n: n / 100, 0.8)
    80
    """
    low, high = start - 1, start
    while power_at(high) < wanted:
        low, high = high, 2 * high
        if high > MOST:
            return NotAvailable(f"more than {MOST:,} respondents would be needed")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle) >= wanted else (middle, high)
    return high


def check_level(level: float) -> None:
    """Refuse a significance level that is none."""
    if not 0.0 < level < 1.0:
        raise InputError(f"level is {level:g}", place="level", cure="Give one between 0 and 1, such as 0.05")


def check_power(power: float, level: float) -> None:
    """Refuse a power that no sample has, or that any has."""
    if not level < power < 1.0:
        raise InputError(
            f"the wanted power is {power:g}", place="power", cure=f"Give one between {level:g} and 1"
        )
