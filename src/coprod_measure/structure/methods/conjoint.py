"""Choice-based conjoint: what attributes of an offer are worth, and which offer would be chosen."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.arguments import whole_number
from coprod_measure.errors import DataError, EstimationError, Message, NotAvailable, Problem
from coprod_measure.frames import refuse, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.conjoint_likelihood import (
    ChoiceData,
    ChoiceFit,
    conditional_logit,
    mixed_logit,
)
from coprod_measure.structure.methods.hierarchical_choice import SETTLED, Posterior, hierarchical_choice

Model = Literal["conditional", "mixed", "bayes"]
DRAWS = {"conditional": 1, "mixed": 300, "bayes": 4000}
FEWEST, MORE = 20, 3
"""People from whom differences between people are told, at least and for each part-worth."""


@dataclass(frozen=True, slots=True, repr=False)
class Conjoint(Shown):
    """Part-worths of attributes.

    Attributes
    ----------
    columns : tuple of (str, str)
        Attribute and level of each coefficient; the level is empty for a number.
    spans : mapping of str to tuple of float
        Least and largest value of numeric attributes.
    messages : tuple of str
        Levels that were shown much less often than others; draws that have not settled.
    posterior : Posterior or NotAvailable
        Of hierarchical Bayes.
    people : tuple
        Ids, in the order of the posterior.
    """

    model: Model
    columns: tuple[tuple[str, str], ...]
    spans: Mapping[str, tuple[float, float]]
    fit: ChoiceFit
    n_people: int
    n_tasks: int
    messages: tuple[Message, ...]
    posterior: Posterior | NotAvailable
    people: tuple[Hashable, ...]

    def table(self) -> pd.DataFrame:
        """One row a part-worth: ``attribute level est se z pvalue ci_lower ci_upper sd`` (between people).

        By hierarchical Bayes: mean, SD and quantiles of the posterior; ``pvalue`` is twice the share of draws
        on the other side of zero.
        """
        p = len(self.columns)
        est, se = self.fit.estimates[:p], np.sqrt(np.diagonal(self.fit.cov))[:p]
        half = norm.ppf(0.975) * se
        pvalue, lower, upper = 2 * norm.sf(np.abs(est / se)), est - half, est + half
        if isinstance(self.posterior, Posterior):
            drawn = self.posterior.mean
            lower, upper = np.quantile(drawn, [0.025, 0.975], axis=0)
            below = (drawn < 0).mean(axis=0)
            pvalue = np.maximum(2 * np.minimum(below, 1 - below), 1 / len(drawn))
        return pd.DataFrame(
            {
                "attribute": [name for name, _ in self.columns],
                "level": [level for _, level in self.columns],
                "est": est,
                "se": se,
                "z": est / se,
                "pvalue": pvalue,
                "ci_lower": lower,
                "ci_upper": upper,
                "sd": self.fit.estimates[p:] if self.model != "conditional" else np.nan,
            }
        )

    def individual(self) -> pd.DataFrame | NotAvailable:
        """One row a person: posterior means of own part-worths, a column each; of hierarchical Bayes only."""
        if isinstance(self.posterior, NotAvailable):
            return self.posterior
        names = [f"{name}: {level}" if level else name for name, level in self.columns]
        return pd.DataFrame(self.posterior.people, index=pd.Index(self.people, name="person"), columns=names)

    @property
    def pseudo_r2(self) -> float:
        """McFadden's share of the log likelihood."""
        return 1 - self.fit.loglik / self.fit.null

    def importance(self) -> pd.DataFrame:
        """One row an attribute: ``attribute range importance``; shares of the ranges of part-worths.

        By hierarchical Bayes shares of each person's own part-worths, averaged.
        """
        worth = self.fit.estimates[None, : len(self.columns)]
        if isinstance(self.posterior, Posterior):
            worth = self.posterior.people
        ranges: dict[str, np.ndarray] = {}
        for name in dict.fromkeys(name for name, _ in self.columns):
            own = worth[:, [k for k, (other, _) in enumerate(self.columns) if other == name]]
            if name in self.spans:
                ranges[name] = np.abs(own[:, 0]) * (self.spans[name][1] - self.spans[name][0])
            else:
                ranges[name] = np.maximum(0.0, own.max(axis=1)) - np.minimum(0.0, own.min(axis=1))
        total = sum(ranges.values())
        rows = [
            {"attribute": n, "range": float(r.mean()), "importance": float((r / total).mean())}
            for n, r in ranges.items()
        ]
        return pd.DataFrame(rows)

    def willingness_to_pay(self, price: str) -> pd.DataFrame | NotAvailable:
        """One row a part-worth: ``attribute level wtp se ci_lower ci_upper``, in units of the price."""
        if (price, "") not in self.columns:
            raise DataError(f"{price} is no numeric attribute", place="option price", cure="Name the price")
        k = self.columns.index((price, ""))
        b = self.fit.estimates[k]
        if b >= 0:
            return NotAvailable(
                f"dearer offers were not chosen less often ({price} has the part-worth {b:.3f})"
            )
        rows = []
        for j, (name, level) in enumerate(self.columns):
            if j != k:
                gradient = np.zeros(len(self.fit.estimates))
                gradient[j], gradient[k] = -1 / b, self.fit.estimates[j] / b**2
                value, se = -self.fit.estimates[j] / b, float(np.sqrt(gradient @ self.fit.cov @ gradient))
                interval = {"ci_lower": value - 1.96 * se, "ci_upper": value + 1.96 * se}
                rows.append({"attribute": name, "level": level, "wtp": value, "se": se, **interval})
        return pd.DataFrame(rows)

    def shares(self, offers: pd.DataFrame, *, draws: int = 2000, seed: int = 1) -> pd.Series:
        """Predict the share of choices of each offer (a row) when all are on sale together.

        By hierarchical Bayes the mean over the people who were asked.
        """
        whole_number("draws", draws, 1)
        p = len(self.columns)
        X = np.column_stack(
            [
                offers[name].to_numpy(float)
                if not level
                else (offers[name].astype(str) == level).to_numpy(float)
                for name, level in self.columns
            ]
        )
        beta = self.fit.estimates[:p][:, None]
        if self.model == "mixed":
            z = np.random.default_rng(seed).standard_normal((p, draws))
            beta = beta + self.fit.estimates[p:, None] * z
        elif isinstance(self.posterior, Posterior):
            beta = self.posterior.people.T
        utility = X @ beta
        e = np.exp(utility - utility.max(axis=0))
        return pd.Series((e / e.sum(axis=0)).mean(axis=1), index=offers.index, name="share")


@takes_frame
def conjoint(
    data: pd.DataFrame,
    attributes: Sequence[str],
    *,
    person: str,
    task: str,
    chosen: str,
    model: Model = "conditional",
    draws: int | None = None,
    seed: int = 1,
) -> Conjoint:
    """Estimate what attributes of offers are worth from choices among them.

    Parameters
    ----------
    data : pandas.DataFrame
        One row an alternative of a task.
    attributes : sequence of str
        Numbers count as such; words become levels against the first one in order.
    person, task : str
        Columns; a task's number may repeat between people, and of people with one task it is their own.
    chosen : str
        1 for the chosen alternative, 0 for the others.
    model : str
        ``"conditional"`` (McFadden 1974); ``"mixed"``, in which people differ, independently for each
        part-worth; or ``"bayes"``, in which each person has part-worths of his own (hierarchical Bayes).
    draws : int, optional
        Of the simulated likelihood (300 a person), or of the posterior (4,000 of each of two chains).

    Raises
    ------
    DataError
        If a task has no or several choices or one alternative, or an attribute never differs within a task.
    EstimationError
        If people are too few to tell how they differ: fewer than 20, or than three a part-worth.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> n = 1200
    >>> person, task = np.repeat(np.arange(100), 12), np.tile(np.repeat(range(4), 3), 100)
    >>> rows = pd.DataFrame({"person": person, "task": task})
    >>> rows["price"], rows["help"] = rng.integers(1, 4, n), rng.choice(["none", "some"], n)
    >>> utility = -rows["price"] + (rows["help"] == "some") + rng.gumbel(size=n)
    >>> best = utility.groupby([rows["person"], rows["task"]]).transform("max")
    >>> rows["chosen"] = (utility == best) * 1
    >>> found = conjoint(rows, ["price", "help"], person="person", task="task", chosen="chosen")
    >>> found.table()["est"].round().tolist()
    [-1.0, 1.0]
    """
    if model not in DRAWS:
        cure = "Use conditional, mixed or bayes"
        raise DataError(f"{model!r} is not known", place="option model", cure=cure)
    draws = whole_number("draws", DRAWS[model] if draws is None else draws, 1)
    columns = list(dict.fromkeys([person, task, chosen, *attributes]))
    refuse(data, columns, ())
    if not len(data):
        raise DataError("there are no rows", place="conjoint", cure="Give a row an alternative", code="empty")
    rows = data[columns].sort_values(columns[: 1 + (task != person)], kind="stable").reset_index(drop=True)
    if rows.isna().any(axis=None):
        count = int(rows.isna().any(axis=1).sum())
        raise DataError(f"{count} alternatives lack a value", place="conjoint", cure="Drop their whole tasks")
    names, X = _coded(rows, attributes)
    first = ~rows.duplicated([person, task])
    starts = np.flatnonzero(first)
    people = np.flatnonzero(~rows.loc[first, person].duplicated())
    choices = ChoiceData(X, rows[chosen].to_numpy() == 1, starts, people)
    _check(rows, choices, names, (person, task, chosen))
    posterior: Posterior | NotAvailable = NotAvailable(
        "people have part-worths of their own by model='bayes'"
    )
    messages = _unbalanced(rows, attributes)
    needed = max(FEWEST, MORE * X.shape[1])
    if model != "conditional" and len(people) < needed:
        cause = f"{len(people)} people are too few to tell how {X.shape[1]} part-worths differ between people"
        cure = f"Ask {needed} or more, or use model='conditional'"
        raise EstimationError(cause, place="conjoint", cure=cure, code="too-few-people")
    if model == "bayes":
        fit, posterior = hierarchical_choice(choices, draws=draws, seed=seed)
        if posterior.rhat.max() > SETTLED:
            worst = f"draws have not settled (R-hat up to {posterior.rhat.max():.2f})"
            messages = (*messages, Message(f"{worst}: ask for more than {draws}", "not-settled"))
    elif model == "mixed":
        fit = mixed_logit(choices, draws=draws, seed=seed)
    else:
        fit = conditional_logit(choices)
    spans = {n: (float(rows[n].min()), float(rows[n].max())) for n, level in names if not level}
    ids = tuple(rows.loc[first, person].drop_duplicates())
    return Conjoint(model, names, spans, fit, len(people), len(starts), messages, posterior, ids)


def _coded(rows: pd.DataFrame, attributes: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], np.ndarray]:
    names: list[tuple[str, str]] = []
    parts = []
    for name in attributes:
        if pd.api.types.is_numeric_dtype(rows[name]):
            names.append((name, ""))
            parts.append(rows[name].to_numpy(float))
            continue
        categories = (
            rows[name].dtype.categories
            if hasattr(rows[name].dtype, "categories")
            else sorted(rows[name].unique(), key=lambda level: (isinstance(level, str), level))
        )
        for level in list(categories)[1:]:
            names.append((name, str(level)))
            parts.append((rows[name] == level).to_numpy(float))
    return tuple(names), np.column_stack(parts)


def _check(
    rows: pd.DataFrame, choices: ChoiceData, names: Sequence[tuple[str, str]], keys: tuple[str, str, str]
) -> None:
    person, task, chosen = keys
    problems = []
    if not rows[chosen].isin([0, 1]).all():
        problems.append(
            Problem(f"column {chosen}", "holds values other than 0 and 1", "Code it so", "not-binary")
        )
    picked = np.add.reduceat(choices.chosen.astype(int), choices.task)
    for bad, what in (
        (picked != 1, "do not have exactly one choice"),
        (choices.sizes() < 2, "show one alternative"),
    ):
        if bad.any():
            at = rows.loc[choices.task[bad][:3]]
            shown = ", ".join(f"person {p} task {t}" for p, t in zip(at[person], at[task], strict=True))
            problems.append(
                Problem("conjoint", f"{int(bad.sum())} tasks {what} ({shown})", "Drop them", "bad-task")
            )
    if not problems:
        group = np.repeat(np.arange(len(choices.task)), choices.sizes())
        mean = np.add.reduceat(choices.X, choices.task, axis=0) / choices.sizes()[:, None]
        within = choices.X - mean[group]
        problems = [
            Problem(
                f"attribute {' '.join(n).strip()}", "never differs within a task", "Leave it out", "constant"
            )
            for k, n in enumerate(names)
            if np.abs(within[:, k]).max() < 1e-12
        ]
        if not problems and np.linalg.matrix_rank(within) < within.shape[1]:
            cause = "attributes go together in all tasks, so that their part-worths cannot be told apart"
            problems.append(Problem("conjoint", cause, "Leave one out, or use another design", "dependent"))
    if problems:
        raise DataError.from_problems(problems)


def _unbalanced(rows: pd.DataFrame, attributes: Sequence[str]) -> tuple[Message, ...]:
    found = []
    for name in attributes:
        counts = rows[name].value_counts()
        if len(counts) <= 12 and counts.max() > 2 * counts.min():
            told = f"unbalanced, {counts.idxmin()} was shown {counts.min()} times, {counts.idxmax()} "
            found.append(Message(f"{told}{counts.max()} times", "unbalanced", name))
    return tuple(found)
