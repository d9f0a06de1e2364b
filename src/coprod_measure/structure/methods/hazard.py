"""When something happens: discrete-time hazards, with exits, censoring and a mediator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, NotAvailable, Problem, counted
from coprod_measure.frames import complete, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.binary_regression import (
    BinaryRegression,
    ChiSquareTest,
    Link,
    binary_regression,
    likelihood_ratio,
)


@dataclass(frozen=True, slots=True)
class MediatedEffect:
    """An effect through a mediator on the scale of the link.

    Attributes
    ----------
    a, b, estimate : float
        Source on mediator, mediator on hazard, and their product.
    se, ci_lower, ci_upper : float
        Of the Monte Carlo distribution of the product.
    """

    source: str
    mediator: str
    a: float
    b: float
    estimate: float
    se: float
    ci_lower: float
    ci_upper: float


@dataclass(frozen=True, slots=True, repr=False)
class Hazard(Shown):
    """A discrete-time hazard model.

    Attributes
    ----------
    life_table : pandas.DataFrame
        ``period at_risk events censored hazard survival survival_se``.
    regression : BinaryRegression
        Baseline by period (``period 1``, ...), then predictors.
    tests : mapping of str to ChiSquareTest
        Predictor to its likelihood-ratio test.
    proportional : mapping of str to ChiSquareTest
        Predictor to the test that its effect changes over time.
    """

    life_table: pd.DataFrame
    regression: BinaryRegression
    tests: dict[str, ChiSquareTest]
    proportional: dict[str, ChiSquareTest | NotAvailable]
    mediated: tuple[MediatedEffect, ...]
    messages: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row a coefficient, as :meth:`BinaryRegression.table`."""
        return self.regression.table()


def person_periods(time: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spread people over the periods in which they were at risk.

    Parameters
    ----------
    time : ndarray of int, shape (n,)
        Last period observed, from 1.
    event : ndarray of bool, shape (n,)
        Whether the event happened then; otherwise the person was lost.

    Examples
    --------
    >>> import numpy as np
    >>> [part.tolist() for part in person_periods(np.array([2, 1]), np.array([True, False]))]
    [[0, 0, 1], [1, 2, 1], [False, True, False]]
    """
    person = np.repeat(np.arange(len(time)), time)
    period = np.concatenate([np.arange(1, t + 1) for t in time]) if len(time) else np.zeros(0, int)
    return person, period, event[person] & (period == time[person])


def life_table(time: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    """Count who was at risk and to whom it happened; Greenwood's errors of survival."""
    rows = []
    survival, inner = 1.0, 0.0
    for period in range(1, int(time.max()) + 1):
        at_risk, events = int((time >= period).sum()), int(((time == period) & event).sum())
        hazard = events / at_risk
        survival *= 1 - hazard
        inner += events / (at_risk * (at_risk - events)) if at_risk > events else np.nan
        rows.append(
            {
                "period": period,
                "at_risk": at_risk,
                "events": events,
                "censored": int(((time == period) & ~event).sum()),
                "hazard": hazard,
                "survival": survival,
                "survival_se": survival * np.sqrt(inner),
            }
        )
    return pd.DataFrame(rows)


@takes_frame
def hazard(
    data: pd.DataFrame,
    time: str,
    event: str,
    predictors: Sequence[str],
    *,
    mediator: str | None = None,
    link: Link = "logit",
    draws: int = 200_000,
    seed: int = 1,
) -> Hazard:
    """Explain when something happens by logistic or complementary log-log regression on person-periods.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person.
    time : str
        Last period observed (1, 2, ...).
    event : str
        1 where it happened then, 0 where the person was lost or the study ended.
    predictors : sequence of str
        Numeric columns that do not change.
    mediator : str, optional
        One of them, through which the others may work: a product of coefficients with a Monte Carlo interval.
    link : str
        ``"logit"`` (odds) or ``"cloglog"`` (grouped proportional hazards).
    draws, seed : int
        Of the Monte Carlo interval.

    Notes
    -----
    Singer, J. D., & Willett, J. B. (1993). It's about time. *Journal of Educational Statistics*, 18, 155-195.
    The product of coefficients is on the scale of the link: it is not a difference of two logit coefficients.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=400)
    >>> late = rng.geometric(1 / (1 + np.exp(2 - x)))
    >>> data = pd.DataFrame({"x": x, "time": np.minimum(late, 5), "event": (late <= 5) * 1})
    >>> bool(abs(hazard(data, "time", "event", ["x"]).regression.element("x")[0] - 1) < 0.2)
    True
    """
    names = list(dict.fromkeys([*predictors, *([mediator] if mediator else [])]))
    rows = _complete(data, time, event, names)
    t, happened = rows[time].to_numpy(int), rows[event].to_numpy(bool)
    table = life_table(t, happened)
    person, period, y = person_periods(t, happened)
    baseline, labels, messages = _baseline(period, table)
    Z = rows[names].to_numpy(float)[person]
    X = np.column_stack([baseline, Z])
    fit = binary_regression(y, X, (*labels, *names), link=link, place="hazard")
    tests: dict[str, ChiSquareTest] = {}
    proportional: dict[str, ChiSquareTest | NotAvailable] = {}
    for k, name in enumerate(names):
        without = np.delete(X, len(labels) + k, axis=1)
        left = tuple(n for n in fit.names if n != name)
        tests[name] = likelihood_ratio(
            binary_regression(y, without, left, link=link, place="hazard").loglik, fit.loglik, 1
        )
        if len(labels) > 1:
            more = binary_regression(
                y,
                np.column_stack([X, Z[:, k] * period]),
                (*fit.names, "over time"),
                link=link,
                place="hazard",
            )
            proportional[name] = likelihood_ratio(fit.loglik, more.loglik, 1)
        else:
            proportional[name] = NotAvailable("there is one period")
    mediated = _mediated(rows, names, mediator, fit, draws, seed) if mediator else ()
    dropped = len(data) - len(rows)
    if dropped:
        messages = (
            *messages,
            f"{counted(dropped, 'person', 'people')} without a time or a predictor left out",
        )
    return Hazard(table, fit, tests, proportional, mediated, messages)


def _complete(data: pd.DataFrame, time: str, event: str, names: list[str]) -> pd.DataFrame:
    rows = complete(data, [time, event, *names], [time, event, *names])
    problems = []
    if not rows[event].isin([0, 1]).all():
        problems.append(
            Problem(f"column {event}", "holds values other than 0 and 1", "Code it so", "not-binary")
        )
    whole = (rows[time] >= 1) & (rows[time] == rows[time].round())
    if not whole.all():
        problems.append(
            Problem(f"column {time}", "holds values other than 1, 2, ...", "Count periods", "not-whole")
        )
    if problems:
        raise DataError.from_problems(problems)
    if rows.empty:
        raise DataError(
            "nobody has a time and all predictors", place="hazard", cure="Look at missing answers"
        )
    return rows


def _baseline(period: np.ndarray, table: pd.DataFrame) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """One indicator a period; a period without an event joins the one before it, or the next."""
    group, groups = 0, []
    seen = False
    for events in table["events"]:
        if events and seen:
            group += 1
        seen = seen or events > 0
        groups.append(group)
    of_period = np.array(groups)[period - 1]
    labels, joined = [], []
    for g in range(group + 1):
        members = [k + 1 for k, value in enumerate(groups) if value == g]
        labels.append(f"period {members[0]}" + (f" to {members[-1]}" if len(members) > 1 else ""))
        if len(members) > 1:
            joined.append(labels[-1])
    messages = tuple(f"{label} share one baseline: nothing happened in one of them" for label in joined)
    return np.eye(group + 1)[of_period], tuple(labels), messages


def _mediated(
    rows: pd.DataFrame, names: list[str], mediator: str, fit: BinaryRegression, draws: int, seed: int
) -> tuple[MediatedEffect, ...]:
    sources = [name for name in names if name != mediator]
    X = np.column_stack([np.ones(len(rows)), rows[sources].to_numpy(float)])
    m = rows[mediator].to_numpy(float)
    coef, *_ = np.linalg.lstsq(X, m, rcond=None)
    residual = m - X @ coef
    cov = np.linalg.inv(X.T @ X) * (residual @ residual) / (len(m) - X.shape[1])
    b, b_variance = fit.element(mediator)
    rng = np.random.default_rng(seed)
    found = []
    for k, source in enumerate(sources, start=1):
        a = float(coef[k])
        drawn = rng.normal(a, np.sqrt(cov[k, k]), draws) * rng.normal(b, np.sqrt(b_variance), draws)
        lower, upper = np.quantile(drawn, [0.025, 0.975])
        found.append(
            MediatedEffect(source, mediator, a, b, a * b, float(drawn.std()), float(lower), float(upper))
        )
    return tuple(found)
