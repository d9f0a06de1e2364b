"""By which rule people judge: additive, lexical, conjunctive, disjunctive, by cross-validated fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import DataError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import refuse, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.complete_rows import complete_rows
from coprod_measure.theory.definition import Rule

RULES: tuple[Rule, ...] = ("additive", "lexical", "conjunctive", "disjunctive")
FREE = "slopes"
"""Column of the regression on all attributes, a benchmark beside the rules."""
FOLDS = 10
FEWEST = 30
"""People who state a rule below which nothing is said of them."""


@dataclass(frozen=True, slots=True, repr=False)
class JudgementRules(Shown):
    """Errors of predictions by each rule, of people who were left out of its estimation.

    Attributes
    ----------
    rules : tuple of str
        Columns of ``errors``; :data:`FREE` last.
    groups : tuple of str
        Stated rules with :data:`FEWEST` people or more.
    group : ndarray of int, shape (n,)
        Place of each person's stated rule in ``groups``; -1 where it is none of these.
    errors, alone : ndarray, shapes (n, rules) and (n,)
        Squared errors, estimated among all, means over the repeats; of the mean of the others.
    own_errors, own_alone : ndarray
        The same, estimated among people who state the same rule.
    small : mapping of str to int
        Stated rules with fewer people.
    """

    rules: tuple[str, ...]
    groups: tuple[str, ...]
    group: np.ndarray
    errors: Floats
    alone: Floats
    own_errors: Floats
    own_alone: Floats
    small: dict[str, int]

    def table(self) -> pd.DataFrame:
        """One row a stated rule (``"all"`` first) and rule: ``group n rule rmse r2``."""
        rows = []
        for name, who, errors, alone in self._parts():
            for rule, mean in zip(self.rules, errors.mean(axis=0), strict=True):
                r2 = 1.0 - mean / alone.mean()
                rows.append((name, int(who.sum()), rule, float(np.sqrt(mean)), float(r2)))
        return pd.DataFrame(rows, columns=["group", "n", "rule", "rmse", "r2"])

    def gain(self, group: str, rule: str, rival: str) -> tuple[float, float]:
        r"""Gain in cross-validated R2 of a rule over its rival among those who state ``group``; its error.

        Notes
        -----
        :math:`\bar d / \bar e_0` with each person's difference of squared errors :math:`d_i` and the error of
        the mean, :math:`e_0`; :math:`\mathrm{sd}(d) / \sqrt n` is the error of the mean of held-out
        differences (Bayle, Bayle, Janson & Mackey 2020, *Advances in Neural Information Processing Systems*,
        33, 16339-16350): over people, whose number folds do not multiply.
        """
        _, _, errors, alone = next(part for part in self._parts() if part[0] == group)
        d = errors[:, self.rules.index(rival)] - errors[:, self.rules.index(rule)]
        return float(d.mean() / alone.mean()), float(d.std(ddof=1) / np.sqrt(len(d)) / alone.mean())

    def gains(self) -> pd.DataFrame:
        """One row a stated rule (``"all"`` first) and pair of rules.

        Columns ``group rule rival gain se ci_lower ci_upper pvalue``.
        """
        rows = [
            (name, rule, rival, *interval(*self.gain(name, rule, rival)))
            for name in ("all", *self.groups)
            for rule, rival in combinations(self.rules[:-1], 2)
        ]
        columns = ["group", "rule", "rival", "gain", "se", "ci_lower", "ci_upper", "pvalue"]
        return pd.DataFrame(rows, columns=columns)

    def _parts(self) -> list[tuple[str, np.ndarray, Floats, Floats]]:
        found = [("all", np.ones(len(self.group), bool), self.errors, self.alone)]
        for k, name in enumerate(self.groups):
            who = self.group == k
            found.append((name, who, self.own_errors[who], self.own_alone[who]))
        return found


def interval(gain: float, se: float) -> tuple[float, float, float, float, float]:
    """Give gain, error, 95 % interval and two-sided p value by the normal distribution."""
    half = float(norm.isf(0.025)) * se
    p = 2.0 * float(norm.sf(abs(gain) / se)) if se > 0 else float("nan")
    return gain, se, gain - half, gain + half, p


@takes_frame
def judgement_rules(
    data: pd.DataFrame,
    verdict: str,
    attributes: Sequence[str],
    *,
    stated: str,
    importance: Sequence[str] = (),
    rules: Sequence[Rule] = RULES,
    repeats: int = 10,
    seed: int = 1,
) -> JudgementRules:
    r"""Predict a verdict by several rules of judging, and compare how well on people left out.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person; incomplete rows are left out. ``attributes`` on one scale, more is better.
    stated : str
        Column with the rule that each person states: a name of ``rules``, or anything else for none.
    importance : sequence of str
        Points that each person gives to each attribute, in their order; without them additive is the plain
        sum and the lexical order is that of the correlations with the verdict among the others.
    repeats : int
        Of the cross-validation in :data:`FOLDS` folds.

    Returns
    -------
    JudgementRules

    Raises
    ------
    DataError
        If a column is missing, constant or named twice, there are fewer than two attributes, or too few
        people.

    Notes
    -----
    Every rule makes one number of the attributes, and the verdict is a line in it, so that no rule has more
    to fit than another. Additive: the sum by importance, :math:`\sum_j w_j x_j / \sum_j w_j` (equal weights
    predict as well as estimated ones: Dawes & Corrigan 1974, *Psychological Bulletin*, 81, 95-106).
    Conjunctive and disjunctive: the worst and the best attribute (Coombs 1964; Einhorn 1970, *Psychological
    Bulletin*, 73, 221-230). Lexical: the attributes in order of importance as digits,
    :math:`\sum_r x_{(r)} q^{1 - r}` with q the number of levels, so that a less important one only breaks
    ties (take-the-best: Gigerenzer & Goldstein 1996, *Psychological Review*, 103, 650-669); equally important
    ones count by their mean. The regression on all attributes stands beside as :data:`FREE`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = pd.DataFrame(rng.integers(1, 8, (400, 3)), columns=["price", "fit", "fun"])
    >>> says = np.where(rng.random(400) < 0.5, "additive", "conjunctive")
    >>> truth = np.where(says == "additive", x.mean(axis=1), x.min(axis=1))
    >>> data = x.assign(says=says, worth=truth + rng.normal(size=400))
    >>> found = judgement_rules(data, "worth", list(x), stated="says", rules=["additive", "conjunctive"])
    >>> [bool(found.gain(own, own, other)[0] > 0) for own, other in [found.rules[:2], found.rules[1::-1]]]
    [True, True]
    """
    if len(attributes) < 2:
        raise DataError("a verdict on one attribute has no rule", cure="Name two attributes or more")
    if importance and len(importance) != len(attributes):
        raise DataError("there are not as many points as attributes", cure="Name one for each attribute")
    named = [verdict, *attributes]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise DataError(f"{', '.join(twice)} is named in two places", cure="Name each once", code="twice")
    refuse(data, [stated], numbers=())
    rows = complete_rows(data, [verdict, *attributes, *importance], FEWEST, [verdict, *attributes])
    y = rows.column(verdict)
    x = np.column_stack([rows.column(name) for name in attributes])
    w = np.column_stack([rows.column(name) for name in importance]) if importance else None
    says = data[stated].to_numpy(object)[rows.places]
    counts = {name: int((says == name).sum()) for name in dict.fromkeys(rules)}
    groups = tuple(name for name, count in counts.items() if count >= FEWEST)
    if not groups:
        raise DataError(
            f"no rule is stated by {FEWEST} people or more, of {counted(len(y), 'complete answer')}",
            cure="Collect more answers",
        )
    group = np.full(len(y), -1)
    own_errors, own_alone = np.full((len(y), len(counts) + 1), np.nan), np.full(len(y), np.nan)
    names = tuple(counts)
    rng = np.random.default_rng(seed)
    errors, alone = _left_out(y, x, w, names, repeats, rng)
    for k, name in enumerate(groups):
        who = says == name
        group[who] = k
        own = None if w is None else w[who]
        own_errors[who], own_alone[who] = _left_out(y[who], x[who], own, names, repeats, rng)
    small: dict[str, int] = {name: count for name, count in counts.items() if count < FEWEST}
    return JudgementRules((*names, FREE), groups, group, errors, alone, own_errors, own_alone, small)


def _left_out(
    y: Floats, x: Floats, w: Floats | None, rules: Sequence[str], repeats: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Squared errors of each person by each rule and by slopes, and by the mean; means over the repeats."""
    errors, alone = np.zeros((len(y), len(rules) + 1)), np.zeros(len(y))
    known = None if w is None else scored(x, w, rules)
    for _ in range(repeats):
        fold = rng.permutation(len(y)) % FOLDS
        errors += held_out(y, x, known, rules, fold)
        for k in range(FOLDS):
            alone[fold == k] += (y[fold == k] - y[fold != k].mean()) ** 2
    return errors / repeats, alone / repeats


def held_out(y: Floats, x: Floats, known: Floats | None, rules: Sequence[str], fold: np.ndarray) -> Floats:
    """Squared errors of people in each fold by lines that the others gave; shape (n, rules + 1).

    ``known``: scores by each rule where importance is stated; else the order is that of the others.
    """
    errors = np.empty((len(y), len(rules) + 1))
    for k in np.unique(fold):
        out, kept = fold == k, fold != k
        s = known
        if s is None:
            centred = x[kept] - x[kept].mean(axis=0)
            spread = np.sqrt((centred**2).sum(axis=0))
            r = np.abs(centred.T @ (y[kept] - y[kept].mean())) / np.where(spread > 0, spread, np.inf)
            s = scored(x, r, rules)
        for j, column in enumerate((*s.T[..., None], x)):
            design = np.column_stack([np.ones(len(y)), column])
            b = np.linalg.lstsq(design[kept], y[kept], rcond=None)[0]
            errors[out, j] = (y[out] - design[out] @ b) ** 2
    return errors


def scored(x: Floats, w: Floats, rules: Sequence[str]) -> Floats:
    """Give each person's attributes, shape (n, p), one number by each rule; shape (n, rules).

    ``w``: importance, of each person, shape (n, p), or in an order for all, shape (p,), which weighs no sum.

    Examples
    --------
    >>> x, w = np.array([[1.0, 3.0, 2.0]]), np.array([[20.0, 50.0, 30.0]])
    >>> scored(x, w, RULES).round(2).tolist()
    [[2.3, 3.78, 1.0, 3.0]]
    """
    found = []
    for rule in rules:
        if rule == "additive":
            weights = w if w.ndim == 2 else np.ones_like(x)
            total = weights.sum(axis=1)
            found.append((weights * x).sum(axis=1) / np.where(total > 0, total, 1.0))
        elif rule == "lexical":
            found.append(_lexical(x, w))
        else:
            found.append(x.min(axis=1) if rule == "conjunctive" else x.max(axis=1))
    return np.column_stack(found)


def _lexical(x: Floats, w: Floats) -> Floats:
    """Read attributes as digits, the most important first; equally important ones by their mean."""
    if w.ndim == 1:
        x = x[:, np.argsort(-w, kind="stable")]
        place = np.arange(x.shape[1])
    else:
        same = w[:, :, None] == w[:, None, :]
        x = (same * x[:, None, :]).sum(axis=2) / same.sum(axis=2)
        # Of those that share a place one stands for all.
        first = ~np.tril(same, -1).any(axis=2)
        place = (np.where(first, w, -np.inf)[:, None, :] > w[:, :, None]).sum(axis=2)
        place = np.where(first, place, np.inf)
    levels = np.unique(x.round(9))
    width = np.ptp(levels)
    base = 1.0 + min(width / np.diff(levels).min(), 1e3) if width > 0 else 2.0
    return np.asarray((x * base ** -place.astype(float)).sum(axis=1))
