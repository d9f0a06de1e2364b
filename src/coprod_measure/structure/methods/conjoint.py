"""Choice-based conjoint: what attributes of an offer are worth, and which offer would be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import DataError, NotAvailable, Problem
from coprod_measure.fitting.arguments import whole_number
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.conjoint_likelihood import (
    ChoiceData,
    ChoiceFit,
    conditional_logit,
    mixed_logit,
)

Model = Literal["conditional", "mixed"]


@dataclass(frozen=True, slots=True, repr=False)
class Conjoint(Shown):
    """Part-worths of attributes.

    Attributes
    ----------
    model : str
    columns : tuple of (str, str)
        Attribute and level of each coefficient; the level is empty for a number.
    spans : mapping of str to tuple of float
        Least and largest value of numeric attributes.
    fit : ChoiceFit
    n_people, n_tasks : int
    draws : int
    messages : tuple of str
        Levels that were shown much less often than others.
    """

    model: Model
    columns: tuple[tuple[str, str], ...]
    spans: Mapping[str, tuple[float, float]]
    fit: ChoiceFit
    n_people: int
    n_tasks: int
    messages: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row a part-worth: ``attribute level est se z pvalue ci_lower ci_upper sd`` (between people)."""
        p = len(self.columns)
        est, se = self.fit.estimates[:p], np.sqrt(np.diagonal(self.fit.cov))[:p]
        half = norm.ppf(0.975) * se
        return pd.DataFrame(
            {
                "attribute": [name for name, _ in self.columns],
                "level": [level for _, level in self.columns],
                "est": est,
                "se": se,
                "z": est / se,
                "pvalue": 2 * norm.sf(np.abs(est / se)),
                "ci_lower": est - half,
                "ci_upper": est + half,
                "sd": self.fit.estimates[p:] if self.model == "mixed" else np.nan,
            }
        )

    @property
    def pseudo_r2(self) -> float:
        """McFadden's share of the log likelihood."""
        return 1 - self.fit.loglik / self.fit.null

    def importance(self) -> pd.DataFrame:
        """One row an attribute: ``attribute range importance``; shares of the ranges of part-worths."""
        ranges: dict[str, float] = {}
        for name in dict.fromkeys(name for name, _ in self.columns):
            own = [self.fit.estimates[k] for k, (other, _) in enumerate(self.columns) if other == name]
            if name in self.spans:
                ranges[name] = abs(float(own[0])) * (self.spans[name][1] - self.spans[name][0])
            else:
                ranges[name] = float(max(0.0, *own) - min(0.0, *own))
        total = sum(ranges.values())
        rows = [{"attribute": n, "range": r, "importance": r / total} for n, r in ranges.items()]
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
        """Predict the share of choices of each offer (a row) when all are on sale together."""
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
    draws: int = 300,
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
        Columns; a task's number may repeat between people.
    chosen : str
        1 for the chosen alternative, 0 for the others.
    model : str
        ``"conditional"`` (McFadden 1974) or ``"mixed"``, in which people differ.
    draws, seed : int
        Of the simulated likelihood.

    Returns
    -------
    Conjoint

    Raises
    ------
    DataError
        If a task has no or several choices or one alternative, or an attribute never differs within a task.

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
    whole_number("draws", draws, 1)
    columns = [person, task, chosen, *attributes]
    absent = [name for name in columns if name not in data.columns]
    if absent:
        raise DataError(f"{', '.join(absent)} is not in the data", place="conjoint", cure="Correct the names")
    if model not in ("conditional", "mixed"):
        raise DataError(f"{model!r} is not known", place="option model", cure="Use conditional or mixed")
    rows = data[columns].sort_values([person, task], kind="stable").reset_index(drop=True)
    if rows.isna().any(axis=None):
        count = int(rows.isna().any(axis=1).sum())
        raise DataError(f"{count} alternatives lack a value", place="conjoint", cure="Drop their whole tasks")
    names, X = _coded(rows, attributes)
    first = ~rows.duplicated([person, task])
    starts = np.flatnonzero(first)
    people = np.flatnonzero(~rows.loc[first, person].duplicated())
    choices = ChoiceData(X, rows[chosen].to_numpy() == 1, starts, people)
    _check(rows, choices, names, (person, task, chosen))
    fit = (
        conditional_logit(choices) if model == "conditional" else mixed_logit(choices, draws=draws, seed=seed)
    )
    spans = {n: (float(rows[n].min()), float(rows[n].max())) for n, level in names if not level}
    return Conjoint(model, names, spans, fit, len(people), len(starts), _unbalanced(rows, attributes))


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
            else sorted(rows[name].unique())
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
            at = rows.loc[choices.task[bad][:3], [person, task]]
            shown = ", ".join(f"person {p} task {t}" for p, t in at.itertuples(index=False))
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


def _unbalanced(rows: pd.DataFrame, attributes: Sequence[str]) -> tuple[str, ...]:
    found = []
    for name in attributes:
        counts = rows[name].value_counts()
        if len(counts) <= 12 and counts.max() > 2 * counts.min():
            found.append(
                f"{name} is unbalanced: {counts.idxmin()} was shown {counts.min()} times, "
                f"{counts.idxmax()} {counts.max()} times"
            )
    return tuple(found)
