"""Power by drawing: from a population, through the tests that will be used, to the smallest sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.errors import InputError, NotAvailable
from coprod_measure.notebook import Shown
from coprod_measure.planning.chi_square import check_power
from coprod_measure.planning.curve import PowerCurve, SmallestN, power_curve, wilson
from coprod_measure.planning.draws import Condition, Drawn
from coprod_measure.planning.of_model import ModelWork
from coprod_measure.planning.of_study import StudyWork
from coprod_measure.planning.pieces import Pieces
from coprod_measure.planning.search import next_sample
from coprod_measure.workers import Workers

AnyWork = StudyWork | ModelWork
_UNIT = 1e6
_SMALLEST = ("n", "lower", "upper", "cost", "reason")
CELL = ("form", "reliability", "effects")
"""What cells of a grid differ in, beside samples."""
ALL = "all"
"""Name of the claim that every claim is found."""
TABLE_COLUMNS = (
    "n", "form", "reliability", "effects", "null", "claim", "draws", "failed", "inadmissible", "power",
    "mcse", "power_lower", "power_upper", "against", "estimate", "width", "n_used", "why_failed",
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class PowerResult(Shown):
    """What drawing found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a condition and claim (:data:`TABLE_COLUMNS`): ``power`` is the share of all draws in which it
        was found, a failed draw counting as not found; ``mcse`` its Monte Carlo error, ``power_lower`` and
        ``power_upper`` its 95 % interval; ``width`` the mean width of the claim's own interval. Rows with
        ``null`` hold false positives. The claim ``all`` is that every claim is found.
    smallest : mapping
        Claim to the smallest sample of the wanted power, or why there is none.
    curves : mapping
        Claim to the curve it was read from.
    price : float
        Of a respondent; 0 where nobody named one.
    without_effect : tuple of str
        Claims that the population holds no effect of: what is found of them is false.
    refused : mapping
        Hypotheses that were not drawn for, and why.
    expected : bool
        Whether each sample was drawn with other paths, as uncertain as the population says: power is expected
        power (assurance), which need not come near 1 in any sample.
    """

    table: pd.DataFrame
    smallest: Mapping[str, SmallestN | NotAvailable]
    curves: Mapping[str, PowerCurve]
    wanted: float
    seed: int
    price: float = 0.0
    without_effect: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    population: str = ""
    expected: bool = False

    def detectable(self) -> pd.DataFrame:
        """Read from a grid of effects which of them a sample finds with the wanted power.

        Returns
        -------
        pandas.DataFrame
            ``form reliability n claim effects``: what the population's effects are multiplied by; NaN where
            the grid does not reach it. Empty without several effects.

        Notes
        -----
        Power of a z test is ``Phi(effects * sqrt(n) * delta - z)``: the curve over n serves for the square of
        what effects are multiplied by.
        """
        own = self.table[~self.table["null"]]
        rows = []
        for key, cell in own.groupby(["form", "reliability", "n", "claim"], sort=False):
            if len(cell["effects"].unique()) < 2:
                continue
            hits = (cell["power"] * cell["draws"]).tolist()
            curve = power_curve((_UNIT * cell["effects"] ** 2).tolist(), hits, cell["draws"].tolist())
            found = curve.n_for(self.wanted)
            rows.append((*key, nan if isinstance(found, NotAvailable) else sqrt(found.n / _UNIT)))
        return pd.DataFrame(rows, columns=["form", "reliability", "n", "claim", "effects"])

    def smallest_table(self) -> pd.DataFrame:
        """One row a claim: ``claim n lower upper cost reason``; of the first cell of a grid."""
        rows = [(claim, *self._told(found)) for claim, found in self.smallest.items()]
        return pd.DataFrame(rows, columns=["claim", *_SMALLEST])

    def smallest_over_grid(self) -> pd.DataFrame:
        """One row a cell of the grid and claim, as :meth:`smallest_table`; before it what cells differ in."""
        own, rows = self.table[~self.table["null"]], []
        for cell, part in own.groupby(list(CELL), sort=False):
            if len(part["n"].unique()) > 1:
                found = curves_of(part)
                rows += [
                    (*cell, claim, *self._told(curve.n_for(self.wanted))) for claim, curve in found.items()
                ]
        return pd.DataFrame(rows, columns=[*CELL, "claim", *_SMALLEST])

    def _told(self, found: SmallestN | NotAvailable) -> tuple[float, float, float, float, str]:
        if isinstance(found, NotAvailable):
            return (nan, nan, nan, nan, found.reason)
        return (found.n, found.lower, found.upper, found.n * self.price or nan, _unseen(found))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be drawn.

    Attributes
    ----------
    n : tuple of int
        Samples; empty: they are searched between ``least`` and ``most``.
    draws : int
        Of each condition; where samples are searched, of all of them together.
    forms, reliability, effects : tuple
        The rest of the grid.
    null : bool
        Also count false positives, in the largest sample.
    tolerance : float
        Where samples are searched: width of the interval of n that is narrow enough, as a share of n.
    """

    n: tuple[int, ...] = ()
    draws: int = 500
    wanted: float = 0.80
    least: int = 100
    most: int = 2000
    forms: tuple[str, ...] = ("",)
    reliability: tuple[float, ...] = (0.0,)
    effects: tuple[float, ...] = (1.0,)
    null: bool = False
    tolerance: float = 0.10

    def conditions(self, n: int) -> list[Condition]:
        """Every cell of the grid at one number of respondents."""
        return [
            Condition(n, form, reliability, effects)
            for form in self.forms
            for reliability in self.reliability
            for effects in self.effects
        ]


def check_asked(asked: Asked, work: AnyWork) -> None:
    """Refuse what cannot be drawn, before anything is.

    Raises
    ------
    InputError, SimulationError
    """
    check_power(asked.wanted, 0.0)
    if asked.draws < 1:
        raise InputError(f"{asked.draws} draws", place="draws", cure="Give at least one")
    if not asked.n and len(asked.conditions(1)) > 1:
        raise InputError(
            "one sample is searched at a time", place="n", cure="Name the samples of the grid: n=[200, 400]"
        )
    if not 1 <= asked.least < asked.most:
        raise InputError(
            f"samples from {asked.least} to {asked.most}", place="n", cure="Let the first be the smaller"
        )
    for n in asked.n or (asked.least, asked.most):
        for condition in asked.conditions(n):
            work.check(condition)


def draw_power(
    work: AnyWork,
    asked: Asked,
    *,
    seed: int,
    folder: Path | None = None,
    workers: Workers | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[pd.DataFrame, dict[str, SmallestN | NotAvailable], dict[str, PowerCurve]]:
    """Draw a grid, or search the smallest samples.

    Returns
    -------
    table : pandas.DataFrame
        See :class:`PowerResult`.
    smallest, curves : dict
        Of the first cell of the grid.
    """
    check_asked(asked, work)
    pieces = Pieces.open(folder, seed, workers or Workers(), progress or (lambda _, __: None), resume=resume)
    sizes = sorted(set(asked.n))
    if sizes:
        pieces.draw(work, {one: asked.draws for n in sizes for one in asked.conditions(n)})
    else:
        sizes = _search(work, asked, pieces)
    conditions = [one for n in sizes for one in asked.conditions(n)]
    if asked.null:
        null = replace(asked.conditions(sizes[-1])[0], null=True)
        pieces.draw(work, {null: asked.draws})
        conditions.append(null)
    table = pd.DataFrame(
        [row for one in conditions for row in _rows(one, pieces.of(one), work.claims)],
        columns=list(TABLE_COLUMNS),
    )
    first = asked.conditions(1)[0]
    curves = curves_of(table[_same_cell(table, first)])
    smallest = {claim: _smallest(claim, curves, asked) for claim in (*work.claims, ALL)}
    return table, smallest, curves


def _same_cell(table: pd.DataFrame, cell: Condition) -> pd.Series:
    return (
        (table["form"] == cell.form)
        & (table["reliability"] == cell.reliability)
        & (table["effects"] == cell.effects)
        & ~table["null"]
    )


def _search(work: AnyWork, asked: Asked, pieces: Pieces) -> list[int]:
    """Spend draws where they tell most about the smallest samples."""
    each = max(asked.draws // 12, 10)
    wanted = {asked.conditions(n)[0]: each for n in (asked.least, _first_guess(work, asked), asked.most)}
    while True:
        pieces.draw(work, wanted)
        table = pd.DataFrame(
            [row for one in wanted for row in _rows(one, pieces.of(one), work.claims)],
            columns=list(TABLE_COLUMNS),
        )
        left = asked.draws - sum(wanted.values())
        curves = curves_of(table)
        found = {claim: curve.n_for(asked.wanted) for claim, curve in curves.items()}
        n = next_sample(found, asked.least, asked.most, asked.tolerance)
        if n is None or left <= 0:
            return sorted(one.n for one in wanted)
        condition = asked.conditions(n)[0]
        wanted[condition] = wanted.get(condition, 0) + min(each, left)


def _first_guess(work: AnyWork, asked: Asked) -> int:
    """Take the middle of what theory gives for the claims, or of the range where it gives nothing."""
    guesses = sorted(n for n in work.guesses(asked.wanted) if asked.least < n < asked.most)
    return guesses[len(guesses) // 2] if guesses else round(sqrt(asked.least * asked.most))


def curves_of(table: pd.DataFrame) -> dict[str, PowerCurve]:
    """Fit the curve of every claim to the rows of one cell."""
    found = {}
    for claim, own in table.groupby("claim", sort=False):
        hits = own["power"] * own["draws"]
        found[str(claim)] = power_curve(own["n"].tolist(), hits.tolist(), own["draws"].tolist())
    return found


def _unseen(found: SmallestN) -> str:
    drawn = found.beyond or found.least
    return f"by the curve alone: {drawn:,} were drawn" if drawn else ""


def _smallest(claim: str, curves: Mapping[str, PowerCurve], asked: Asked) -> SmallestN | NotAvailable:
    if len(set(asked.n)) == 1:
        return NotAvailable("one sample alone draws no curve: name several, or none to have it searched")
    return curves[claim].n_for(asked.wanted) if claim in curves else NotAvailable("it was never tested")


def _rows(condition: Condition, drawn: Sequence[Drawn], claims: Sequence[str]) -> list[tuple[Any, ...]]:
    lost = Counter(one.failure for one in drawn if one.failure)
    inadmissible = float(np.mean([not one.admissible for one in drawn])) if drawn else nan
    used = float(np.mean([float(one.n) for one in drawn if not one.failure] or [nan]))
    rows = []
    for claim in (*claims, ALL):
        estimates: list[float] = []
        widths: list[float] = []
        if claim == ALL:
            hits = sum(all(_found(one, own) for own in claims) for one in drawn)
            own = [one for one in drawn if set(claims) <= set(one.outcomes)]
            against, reasons = 0, lost
        else:
            own = [one for one in drawn if claim in one.outcomes]
            reasons = lost + Counter(one.untested[claim] for one in drawn if claim in one.untested)
            outcomes = [one.outcomes[claim] for one in own]
            hits = sum(one.found for one in outcomes)
            against = sum(one.against for one in outcomes)
            estimates = [one.estimate for one in outcomes if one.estimate == one.estimate]
            widths = [one.upper - one.lower for one in outcomes if one.upper == one.upper]
        total = len(drawn)
        share = hits / total
        cell = (condition.n, condition.form, condition.reliability, condition.effects, condition.null, claim)
        power = (share, sqrt(share * (1.0 - share) / total), *wilson(hits, total), against / total)
        means = (float(np.mean(estimates or [nan])), float(np.mean(widths or [nan])))
        why = reasons.most_common(1)[0][0] if reasons else ""
        rows.append((*cell, total, 1.0 - len(own) / total, inadmissible, *power, *means, used, why))
    return rows


def _found(one: Drawn, claim: str) -> bool:
    return claim in one.outcomes and one.outcomes[claim].found
