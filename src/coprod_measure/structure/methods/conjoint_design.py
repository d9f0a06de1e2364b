"""Which offers to show: designs for choice-based conjoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from coprod_measure.arguments import whole_number
from coprod_measure.errors import DataError, Problem
from coprod_measure.notebook import Shown

# What one level shown once too often or too seldom costs, in units of the log of the D error.
IMBALANCE = 0.02
# More tasks, offers of one or searches than these are no design that anybody could answer.
_MOST = 1000


@dataclass(frozen=True, slots=True, repr=False)
class ConjointDesign(Shown):
    """Tasks to show.

    Attributes
    ----------
    tasks : pandas.DataFrame
        ``task alternative`` and a column an attribute.
    d_error : float
        ``det(I)^(-1/p)`` of the information of one person's choices; smaller is better.
    random_d_error : float
        The same of random tasks, their median.
    """

    tasks: pd.DataFrame
    d_error: float
    random_d_error: float

    def counts(self) -> pd.DataFrame:
        """How often each level is shown: ``attribute level n``."""
        rows = [
            {"attribute": name, "level": level, "n": int(n)}
            for name in self.tasks.columns[2:]
            for level, n in self.tasks[name].value_counts().items()
        ]
        return pd.DataFrame(rows)


def conjoint_design(
    attributes: Mapping[str, Sequence[object]],
    *,
    tasks: int = 12,
    alternatives: int = 3,
    prohibited: Sequence[Mapping[str, object]] = (),
    priors: Mapping[str, Sequence[float]] | None = None,
    seed: int = 1,
    starts: int = 5,
) -> ConjointDesign:
    """Make choice tasks that tell most about part-worths, with levels shown about equally often.

    Parameters
    ----------
    attributes : mapping of str to sequence
        Levels of each attribute.
    prohibited : sequence of mapping
        Combinations that may not be shown: ``{"support": "none", "place": "at home"}``.
    priors : mapping of str to sequence of float, optional
        Expected part-worths of all levels but the first; zero by default.
    seed, starts : int
        Random beginnings of the exchange.

    Raises
    ------
    DataError
        If an attribute has one level, a prohibition names what does not exist or leaves too few offers, or
        there are fewer choices than part-worths.

    Notes
    -----
    Whole offers are exchanged as long as the D error of the conditional logit falls (modified Fedorov
    algorithm; Zwerina, Huber and Kuhfeld 1996).

    Examples
    --------
    >>> made = conjoint_design({"price": [1, 2, 3], "help": ["none", "some"]}, tasks=6, alternatives=2)
    >>> len(made.tasks), made.d_error < made.random_d_error
    (12, True)
    """
    whole_number("tasks", tasks, 1, _MOST)
    whole_number("alternatives", alternatives, 2, _MOST)
    whole_number("starts", starts, 1, _MOST)
    offers = _offers(attributes, prohibited, tasks, alternatives)
    levels = {name: list(values) for name, values in attributes.items()}
    coded = np.column_stack(
        [[float(offer[name] == level) for offer in offers] for name in levels for level in levels[name][1:]]
    )
    beta = np.concatenate(
        [np.asarray((priors or {}).get(n, np.zeros(len(v) - 1)), float) for n, v in levels.items()]
    )
    if len(beta) != coded.shape[1]:
        raise DataError(
            "priors need a number for every level but the first", place="option priors", cure="Add them"
        )
    onehot = np.column_stack([[float(o[n] == level) for o in offers] for n in levels for level in levels[n]])
    ideal = np.concatenate([np.full(len(v), tasks * alternatives / len(v)) for v in levels.values()])
    rng = np.random.default_rng(seed)

    def cost(choice: np.ndarray) -> float:
        shown = onehot[choice.ravel()].sum(axis=0)
        return _log_d_error(coded[choice], beta) + IMBALANCE * float(np.abs(shown - ideal).sum())

    best, best_cost, random = None, np.inf, []
    for _ in range(starts):
        choice = np.stack([rng.permutation(len(offers))[:alternatives] for _ in range(tasks)])
        random.append(_log_d_error(coded[choice], beta))
        choice, value = _exchange(choice, len(offers), cost)
        if value < best_cost:
            best, best_cost = choice, value
    if best is None or not np.isfinite(best_cost):
        raise DataError(
            "no design tells all part-worths apart", place="conjoint design", cure="Ask more tasks"
        )
    rows = [
        {"task": t + 1, "alternative": a + 1, **offers[best[t, a]]}
        for t in range(tasks)
        for a in range(alternatives)
    ]
    finite = [value for value in random if np.isfinite(value)]
    typical = float(np.exp(np.median(finite))) if finite else np.inf
    return ConjointDesign(pd.DataFrame(rows), float(np.exp(_log_d_error(coded[best], beta))), typical)


def _offers(
    attributes: Mapping[str, Sequence[object]],
    prohibited: Sequence[Mapping[str, object]],
    tasks: int,
    alternatives: int,
) -> list[dict[str, object]]:
    problems = [
        Problem(f"attribute {name}", "has one level or repeats one", "Give two or more", "one-level")
        for name, values in attributes.items()
        if len(set(values)) < max(2, len(values))
    ]
    for rule in prohibited:
        wrong = [f"{n} = {v}" for n, v in rule.items() if n not in attributes or v not in attributes[n]]
        if wrong:
            problems.append(
                Problem("option prohibited", f"{', '.join(wrong)} does not exist", "Correct it", "unknown")
            )
    if problems:
        raise DataError.from_problems(problems)
    everything = [dict(zip(attributes, values, strict=True)) for values in product(*attributes.values())]
    offers = [
        o for o in everything if not any(all(o[n] == v for n, v in rule.items()) for rule in prohibited)
    ]
    lost = [
        f"{name} = {level}"
        for name in attributes
        for level in attributes[name]
        if all(o[name] != level for o in offers)
    ]
    if lost or len(offers) < alternatives:
        cause = f"leaves no offer with {', '.join(lost)}" if lost else f"leaves {len(offers)} offers"
        raise DataError(cause, place="option prohibited", cure="Prohibit less")
    p = sum(len(values) - 1 for values in attributes.values())
    if tasks * (alternatives - 1) < p:
        cause = f"{tasks} tasks of {alternatives} cannot tell {p} part-worths"
        raise DataError(cause, place="conjoint design", cure="Ask more tasks, or show more alternatives")
    return offers


def _log_d_error(X: np.ndarray, beta: np.ndarray) -> float:
    """Give the log of the D error of tasks; X of shape (tasks, alternatives, p)."""
    utility = X @ beta
    P = np.exp(utility - utility.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    centred = X - np.einsum("ta,tap->tp", P, X)[:, None, :]
    sign, log_det = np.linalg.slogdet(np.einsum("ta,tap,taq->pq", P, centred, centred))
    return float(-log_det / X.shape[2]) if sign > 0 else np.inf


def _exchange(
    choice: np.ndarray, n_offers: int, cost: Callable[[np.ndarray], float]
) -> tuple[np.ndarray, float]:
    """Exchange one offer at a time while that lowers the cost; no task shows an offer twice."""
    value, better = cost(choice), True
    while better:
        better = False
        for t, a in np.ndindex(choice.shape):
            for offer in range(n_offers):
                if offer in choice[t]:
                    continue
                tried = choice.copy()
                tried[t, a] = offer
                new = cost(tried)
                if new < value - 1e-10:
                    choice, value, better = tried, new, True
    return choice, float(value)
