"""Group means of designed studies: planned contrasts between and within persons, pairs, omnibus tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import studentized_range, t

from coprod_measure.arguments import one_of, options_of, share, spelled
from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import DataError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.frames import refuse, refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.ordered_groups import OrderedGroups, ordered_groups
from coprod_measure.structure.methods.type_three import type_three

Cell = tuple[object, ...]
TABLE_COLUMNS = (
    "contrast", "estimate", "se", "t", "df", "pvalue", "pvalue_adjusted", "ci_lower", "ci_upper", "d",
    "d_lower", "d_upper", "g",
)  # fmt: skip
PAIR_COLUMNS = ("first", "second", "difference", "se", "t", "df", "pvalue", "d", "g")
OMNIBUS_COLUMNS = ("test", "f", "df1", "df2", "pvalue")
ERRORS = ("welch", "pooled", "hc3")
THIN = 20
"""Persons a cell below which its mean is called unsafe."""


class ContrastKeywords(TypedDict, total=False):
    """See :func:`contrasts`."""

    errors: str
    adjust: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ContrastOptions:
    """See :func:`contrasts`."""

    errors: str = "welch"
    adjust: str = "holm"
    confidence: float = 0.95

    def __post_init__(self) -> None:
        one_of("errors", self.errors, ERRORS)
        one_of("adjust", self.adjust, ("holm", "none"))
        share("confidence", self.confidence)


@dataclass(frozen=True, slots=True)
class Group:
    """Persons of one combination of the factors between persons.

    Attributes
    ----------
    between : tuple
        Its levels.
    answers : ndarray, shape (n, w)
        One column a combination of the factors within persons; one where there are none.
    """

    between: Cell
    answers: Floats


@dataclass(frozen=True, slots=True, repr=False)
class Contrasts(Shown):
    """Means of cells and what was asked of them.

    Attributes
    ----------
    between, within : tuple of str
        Factors.
    occasions : tuple of tuple
        Combinations of the factors within persons, as the columns of each group's answers.
    planned : mapping
        Name to weights by cell: levels between, then levels within.
    dropped : int
        Rows, or persons with a gap in a cell, left out.
    """

    outcome: str
    between: tuple[str, ...]
    within: tuple[str, ...]
    groups: tuple[Group, ...]
    occasions: tuple[Cell, ...]
    planned: Mapping[str, Mapping[Cell, float]]
    dropped: int
    options: ContrastOptions

    def cells(self) -> pd.DataFrame:
        """One row a cell: its levels, ``n mean sd se ci_lower ci_upper thin``; intervals by t with n - 1."""
        rows = []
        for group in self.groups:
            n = len(group.answers)
            for k, occasion in enumerate(self.occasions):
                y = group.answers[:, k]
                sd = float(y.std(ddof=1)) if n > 1 else np.nan
                rows.append((*group.between, *occasion, n, float(y.mean()), sd, sd / np.sqrt(n), n < THIN))
        cells = pd.DataFrame(rows, columns=[*self.between, *self.within, "n", "mean", "sd", "se", "thin"])
        half = t.ppf(0.5 + 0.5 * self.options.confidence, cells["n"] - 1) * cells["se"]
        cells.insert(len(cells.columns) - 1, "ci_lower", cells["mean"] - half)
        cells.insert(len(cells.columns) - 1, "ci_upper", cells["mean"] + half)
        return cells

    def table(self) -> pd.DataFrame:
        """One row a planned contrast; columns :data:`TABLE_COLUMNS`.

        Means are not pooled over unequal groups: every cell counts by its weight. Errors ``"welch"``: the
        variance of each group's own scores and Satterthwaite's degrees of freedom; ``"pooled"``: one variance
        for all cells; ``"hc3"``. d is in units of the pooled standard deviation within cells; its interval is
        that of the contrast in these units; g is d with Hedges' correction.
        """
        with np.errstate(divide="ignore", invalid="ignore"):  # nobody differs in the cells of a contrast
            rows = [self._contrast(name, weights) for name, weights in self.planned.items()]
        found = pd.DataFrame(rows, columns=[c for c in TABLE_COLUMNS if c != "pvalue_adjusted"])
        p = found["pvalue"].to_numpy()
        found["pvalue_adjusted"] = holm(p) if self.options.adjust == "holm" and len(p) else p
        return found[list(TABLE_COLUMNS)]

    def _contrast(self, name: str, weights: Mapping[Cell, float]) -> tuple[object, ...]:
        estimate, parts = 0.0, []
        for group in self.groups:
            w = np.array([weights.get((*group.between, *occasion), 0.0) for occasion in self.occasions])
            if not w.any():
                continue
            score = group.answers @ w
            estimate += float(score.mean())
            parts.append((float(score.var(ddof=1)), float(w @ w), len(score)))
        sd, df = self.spread()
        if self.options.errors == "pooled":
            se = np.sqrt(sum(sd**2 * ww / n for _, ww, n in parts))
        elif self.options.errors == "hc3":
            se = np.sqrt(sum(v / (n - 1) for v, _, n in parts))
        else:
            shares = np.array([v / n for v, _, n in parts])
            se = np.sqrt(shares.sum())
            df = float(shares.sum() ** 2 / np.sum(shares**2 / np.array([n - 1 for *_, n in parts])))
        width = t.ppf(0.5 + 0.5 * self.options.confidence, df) * se
        d = estimate / sd
        return (
            name, estimate, se, estimate / se, df, 2 * t.sf(abs(estimate / se), df), estimate - width,
            estimate + width, d, (estimate - width) / sd, (estimate + width) / sd,
            d * hedges(self.spread()[1]),
        )  # fmt: skip

    def spread(self) -> tuple[float, float]:
        """Pooled standard deviation within cells, and its degrees of freedom."""
        squares = sum(float(((g.answers - g.answers.mean(axis=0)) ** 2).sum()) for g in self.groups)
        df = sum((len(g.answers) - 1) * g.answers.shape[1] for g in self.groups)
        return float(np.sqrt(squares / df)), float(df)

    def pairs(self) -> pd.DataFrame:
        """Compare all groups by Games and Howell (1976), between persons; columns :data:`PAIR_COLUMNS`."""
        _need_between(self)
        rows = []
        for i, first in enumerate(self.groups):
            for second in self.groups[i + 1 :]:
                a, b = first.answers[:, 0], second.answers[:, 0]
                va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
                difference, se = float(b.mean() - a.mean()), float(np.sqrt(va + vb))
                if va + vb == 0:  # nobody differs within either group
                    names = (_label(first.between), _label(second.between))
                    rows.append((*names, difference, 0.0, *[np.nan] * 5))
                    continue
                df = float((va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1)))
                p = float(studentized_range.sf(abs(difference) / se * np.sqrt(2), len(self.groups), df))
                within = len(a) + len(b) - 2
                sd = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / within)
                d = difference / sd
                names = (_label(first.between), _label(second.between))
                rows.append((*names, difference, se, difference / se, df, p, d, d * hedges(within)))
        return pd.DataFrame(rows, columns=list(PAIR_COLUMNS))

    def omnibus(self) -> pd.DataFrame:
        """Test all means of groups at once: Welch (1951) and classical; columns :data:`OMNIBUS_COLUMNS`."""
        _need_between(self)
        n = np.array([len(g.answers) for g in self.groups], dtype=float)
        mean = np.array([g.answers.mean() for g in self.groups])
        variance = np.array([g.answers.var(ddof=1) for g in self.groups])
        if not variance.all():
            same = ", ".join(_label(g.between) for g, v in zip(self.groups, variance, strict=True) if v == 0)
            raise DataError(
                f"everybody in {same} has the same {self.outcome}",
                cure="Join groups, or leave out those whose answers do not differ",
                code="constant-group",
            )
        k, w = len(n), n / variance
        grand = w @ mean / w.sum()
        lack = float(np.sum((1 - w / w.sum()) ** 2 / (n - 1)))
        f = float(w @ (mean - grand) ** 2 / (k - 1) / (1 + 2 * (k - 2) * lack / (k**2 - 1)))
        df2 = (k**2 - 1) / (3 * lack)
        pooled = float((n - 1) @ variance / (n.sum() - k))
        classical = float(n @ (mean - n @ mean / n.sum()) ** 2 / (k - 1) / pooled)
        rows = [("welch", f, k - 1, df2), ("classical", classical, k - 1, n.sum() - k)]
        return pd.DataFrame(
            [(*row, float(f_distribution.sf(row[1], row[2], row[3]))) for row in rows],
            columns=list(OMNIBUS_COLUMNS),
        )

    def anova(self) -> pd.DataFrame:
        """Split sums of squares (type III, effects coded to sum to zero), between persons only.

        Each row: ``effect ss df f pvalue partial_eta_squared factors``, the last those of the effect.
        """
        _need_between(self)
        cells = [group.between for group in self.groups for _ in group.answers]
        return type_three(np.concatenate([g.answers[:, 0] for g in self.groups]), cells, self.between)

    def ordered(self, alternative: str = "increasing") -> OrderedGroups:
        """Jonckheere's test of groups in the order of :attr:`groups`; between persons only."""
        _need_between(self)
        return ordered_groups([g.answers[:, 0] for g in self.groups], alternative)


@spelled(ContrastKeywords, ContrastOptions)
@takes_frame
def contrasts(
    data: pd.DataFrame,
    outcome: str,
    between: Sequence[str] = (),
    within: Sequence[str] = (),
    *,
    planned: Mapping[str, Mapping[object, float]] | None = None,
    person: str | None = None,
    **options: Unpack[ContrastKeywords],
) -> Contrasts:
    """Compare means of cells, by contrasts that were named beforehand.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person, or with ``within`` one row a person and occasion.
    between, within : sequence of str
        Factors; ``within`` needs ``person``.
    planned : mapping, optional
        Name of a contrast to weights by cell: a level, or a tuple of levels, between before within.
    **options
        ``errors`` (``"welch"``, ``"pooled"``, ``"hc3"``), ``adjust`` (``"holm"``, ``"none"``),
        ``confidence``.

    Raises
    ------
    DataError
        If there is one group only, a cell holds one person, answers differ within no group, or a contrast
        names a cell that is not there.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"arm": np.repeat(["alone", "joint", "buy"], 50)})
    >>> people["satisfied"] = rng.normal(size=150) + (people["arm"] == "joint")
    >>> plan = {"joint against the others": {"joint": 1, "alone": -0.5, "buy": -0.5}}
    >>> found = cm.contrasts(people, "satisfied", ["arm"], planned=plan)
    >>> found.table()[["estimate", "d"]].round(1).to_numpy().tolist()
    [[1.0, 1.1]]
    """
    chosen = options_of(ContrastOptions, options)
    factors = (*between, *within)
    refuse(data, [outcome])
    refuse(data, [*factors, *([person] if person else [])], ())
    if not factors or (within and person is None):
        raise DataError(
            "no groups to compare", cure="Name a factor; within persons needs person=", code="no-factor"
        )
    if within and chosen.errors == "pooled":
        raise DataError(
            "repeated answers have no pooled error", cure="Use errors='welch'", code="pooled-within"
        )
    used = data.dropna(subset=[outcome, *factors, *([person] if person else [])])
    occasions = (
        [()] if not within else sorted({tuple(row) for row in used[list(within)].itertuples(index=False)})
    )
    groups, people = _groups(used, outcome, tuple(between), tuple(within), person, occasions)
    if len(groups) * len(occasions) < 2:
        only = ", ".join(_label(group.between) for group in groups)
        raise DataError(
            f"there is one group only, {only}" if only else "nobody answered all of them",
            cure="A comparison needs two",
            code="one-group",
        )
    thin = [_label(group.between) for group in groups if len(group.answers) < 2]
    if thin:
        raise DataError(
            f"{', '.join(thin)} holds one person", cure="Join groups or leave it out", code="thin-group"
        )
    if all(np.ptp(group.answers) == 0 for group in groups):
        raise DataError(
            f"{outcome} does not vary within any group",
            cure="A comparison needs answers that differ",
            code="constant",
        )
    plan = _plan(planned or {}, {(*group.between, *occasion) for group in groups for occasion in occasions})
    whole = len(data) if not within else data[person].nunique()
    return Contrasts(
        outcome, tuple(between), tuple(within), tuple(groups), tuple(occasions), plan, whole - people, chosen
    )


def _plan(planned: Mapping[str, Mapping[object, float]], known: set[Cell]) -> dict[str, dict[Cell, float]]:
    """Weights by cell, refused where they name a cell without anybody."""
    plan: dict[str, dict[Cell, float]] = {}
    for name, weights in planned.items():
        plan[name] = {(cell if isinstance(cell, tuple) else (cell,)): float(w) for cell, w in weights.items()}
        absent = [_label(cell) for cell in plan[name] if cell not in known]
        if absent:
            raise DataError(
                f"contrast {name!r} names {', '.join(absent)}, where there is nobody",
                cure=f"The cells are {', '.join(_label(cell) for cell in sorted(known, key=str))}",
                code="empty-cell",
            )
    return plan


def _groups(
    used: pd.DataFrame,
    outcome: str,
    between: tuple[str, ...],
    within: tuple[str, ...],
    person: str | None,
    occasions: Sequence[Cell],
) -> tuple[list[Group], int]:
    """Answers by group, persons with every occasion only; and how many persons."""
    answers = pd.to_numeric(used[outcome], errors="coerce").astype(float)
    refuse_magnitudes(answers.to_numpy()[:, None], [outcome], infinite=True)
    if not within:
        split = used.assign(_answer=answers).groupby(list(between), sort=True, observed=True)["_answer"]
        groups = [Group(_cell(key), values.to_numpy(dtype=float)[:, None]) for key, values in split]
        return groups, len(used)
    wide = used.assign(_answer=answers).pivot_table(
        index=[*between, person], columns=list(within), values="_answer", aggfunc="mean", observed=True
    )
    # Not by [...]: occasions that are called True and False would choose among the columns.
    wide = wide.dropna().reindex(columns=[one if len(one) > 1 else one[0] for one in occasions])
    if not between:
        return [Group((), wide.to_numpy(dtype=float))], len(wide)
    split = wide.groupby(level=list(range(len(between))), sort=True)
    return [Group(_cell(key), part.to_numpy(dtype=float)) for key, part in split], len(wide)


def _cell(key: object) -> Cell:
    return key if isinstance(key, tuple) else (key,)


def _label(cell: Cell) -> str:
    return " / ".join(map(code_as_text, cell)) or "everybody"


def hedges(df: float) -> float:
    """Correct d for its bias (Hedges 1981, J. of Educational Statistics 6, 107-128)."""
    return 1.0 - 3.0 / (4.0 * df - 1.0)


def _need_between(found: Contrasts) -> None:
    if found.within:
        raise DataError(
            "this test compares persons", cure="Use planned contrasts within persons", code="within"
        )
