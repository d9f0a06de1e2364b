"""Constructs over waves as panel models take them: by their items, or as scale means; and how they change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.errors import CoprodError, DataError, NotAvailable, counted
from coprod_measure.structure.evidence import FEWEST_PEOPLE, Context
from coprod_measure.structure.methods.attrition import Attrition, attrition
from coprod_measure.structure.methods.dual_change import dual_change
from coprod_measure.structure.methods.growth_curves import growth_curves
from coprod_measure.structure.methods.occasions import Occasions, occasions
from coprod_measure.structure.methods.panel import FEWEST_ITEMS, Panel, panel
from coprod_measure.structure.variables import Variable, scale_mean


@dataclass(frozen=True, slots=True)
class Followed:
    """Constructs over waves.

    Attributes
    ----------
    panel : Panel
        The model to read.
    means : Occasions
        Scale means of the same people.
    by_items : tuple of str
        Constructs that are measured by their items in it; others are scale means.
    why : str
        Why they are not, where they could be.
    """

    panel: Panel
    means: Occasions
    by_items: tuple[str, ...] = ()
    why: str = ""


def follow(
    variables: Sequence[Variable], context: Context, *, times: Sequence[float] | None, by_items: bool
) -> Followed:
    """Fit panel models to constructs, measured by their items where they can be.

    Parameters
    ----------
    variables : sequence of Variable
        Those that are no factor of three items or more in every wave stand as scale means.
    times : sequence of float, optional
        When the waves took place.
    by_items : bool
        Whether to try items.

    Raises
    ------
    DataError
        If hardly anybody of an earlier wave answered in a later one, though many did in the first.
    """
    scores = pd.DataFrame({one.id: scale_mean(one, context.clean) for one in variables})
    means, held = side_by_side(scores, context), _held(variables, context)
    _enough_stayed(means)
    why = ""
    if by_items:
        items = {one.id: asked for one in variables if (asked := _asked_throughout(one, context))}
        try:
            if items:
                found = _by_items(variables, items, context, times, held)
                why = found.unavailable[found.chosen].reason if found.chosen in found.unavailable else ""
                why = why or _no_stable_differences(found)
                if not why:
                    return Followed(found, means, tuple(items))
        except CoprodError as error:
            why = error.in_one_line
    plain = panel(side_by_side(scores, context, held), times=times, alpha=context.level)
    return Followed(plain, means, why=why)


def _enough_stayed(means: Occasions) -> None:
    seen = means.answered()
    for k in range(1, means.n_waves):
        stayed = int((seen[:, k] & seen[:, :k].any(axis=1)).sum())
        if stayed < FEWEST_PEOPLE:
            people = counted(stayed, "person", "people")
            cause = f"only {people} of earlier waves answered in wave {means.waves[k]}"
            raise DataError(cause, cure=f"It needs {FEWEST_PEOPLE}", code="too-few-stayed")


def _held(variables: Sequence[Variable], context: Context) -> pd.DataFrame:
    """Take the controls of all constructs of a panel: each holds in all its equations."""
    rows, items = context.clean.frame.index, [item for one in variables for item in one.items]
    names = {name for one in variables for name in context.controls.of(one.id, rows, items)}
    return context.controls.columns(names, rows)


def _no_stable_differences(found: Panel) -> str:
    """Say why stable differences cannot be told by items; scale means may still tell them."""
    if found.chosen.startswith("ri") or found.occasions.n_waves < 3:
        return ""
    return found.unavailable.get("riclpm", NotAvailable("stable differences were not estimated")).reason


def side_by_side(columns: pd.DataFrame, context: Context, held: pd.DataFrame | None = None) -> Occasions:
    """Put columns of all rows side by side, one row a person; several rows of a wave are averaged.

    ``held``: columns of which each person's first value is taken.
    """
    fixed = [] if held is None else list(held)
    about = context.clean.about
    order = pd.Categorical(about["wave"].astype("str"), categories=context.clean.wave_names, ordered=True)
    every = columns if held is None else columns.join(held)
    long = every.reset_index(drop=True).assign(respondent=about["respondent"].to_numpy(), wave=order)
    if context.clean.several_in_a_wave:
        long = long.groupby(["respondent", "wave"], sort=False, observed=True).mean().reset_index()
    return occasions(long, list(columns), fixed=fixed, person="respondent", wave="wave")


def _asked_throughout(variable: Variable, context: Context) -> list[str]:
    """Name the items of a factor that have answers in every wave; none where they are fewer than three."""
    if not variable.latent:
        return []
    answered = context.clean.frame[list(variable.items)].notna()
    waves = answered.groupby(context.clean.about["wave"].to_numpy()).any()
    asked = [item for item in variable.items if waves[item].all()]
    return asked if len(asked) >= FEWEST_ITEMS else []


def _by_items(
    variables: Sequence[Variable],
    items: dict[str, list[str]],
    context: Context,
    times: Sequence[float] | None,
    held: pd.DataFrame,
) -> Panel:
    names = [item for own in items.values() for item in own]
    columns = context.clean.frame[names].astype(float)
    rest = {one.id: scale_mean(one, context.clean) for one in variables if one.id not in items}
    seen = side_by_side(columns.assign(**rest), context, held)
    return panel(seen, times=times, alpha=context.level, items=items)


def change_tables(followed: Iterable[Occasions], times: Sequence[float] | None) -> dict[str, pd.DataFrame]:
    """Tabulate how each construct grows, and whether the state of one brings change in another.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``growth``, ``growth_fit`` and ``dual_change``, those that could be estimated.
    """
    parts: dict[str, list[pd.DataFrame]] = {"growth_fit": [], "growth": [], "dual_change": []}
    done: set[str] = set()
    for wide in followed:
        for name in wide.variables:
            if name not in done:
                done.add(name)
                own = wide.frame[[wide.column(name, k) for k in range(1, wide.n_waves + 1)]]
                alone = Occasions((name,), wide.waves, own)
                try:
                    curves = growth_curves(alone, times=times)
                except CoprodError:
                    continue
                parts["growth_fit"].append(curves.fit_table().assign(construct=name))
                if curves.chosen not in curves.unavailable:
                    parts["growth"].append(curves.table().assign(construct=name))
        if len(wide.variables) == 2:
            try:
                coupled = dual_change(wide, times=times, models=("coupled",))
            except CoprodError:
                continue
            if "coupled" not in coupled.unavailable:
                parts["dual_change"].append(of_variables(coupled.table(), wide.variables))
    return {name: pd.concat(own, ignore_index=True) for name, own in parts.items() if own}


def of_variables(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Say in every row which variables the model holds, as a tuple."""
    return table.assign(variables=[tuple(names)] * len(table))


def leaving_tables(followed: Iterable[Occasions]) -> tuple[dict[str, pd.DataFrame], list[Attrition]]:
    """Tabulate who left, by what was known before, and how leavers had changed before they left.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        ``leaving``, ``leaving_tests`` (``variables test statistic df pvalue reason``), ``pattern_mixture``.
    analyses : list of Attrition
    """
    parts: dict[str, list[pd.DataFrame]] = {"leaving": [], "leaving_tests": [], "pattern_mixture": []}
    found = []
    for one in followed:
        own = attrition(one)
        found.append(own)
        names = one.variables
        parts["leaving"].append(of_variables(own.table(), names))
        parts["leaving_tests"].append(of_variables(_leaving_tests(own), names))
        if not isinstance(own.mixture, NotAvailable):
            parts["pattern_mixture"].append(of_variables(own.mixture.effects, names))
    tables = {
        name: pd.concat(rows, ignore_index=True)
        for name, own_parts in parts.items()
        if (rows := [part for part in own_parts if len(part)])
    }
    return tables, found


def _leaving_tests(found: Attrition) -> pd.DataFrame:
    mixture = found.mixture if isinstance(found.mixture, NotAvailable) else found.mixture.test
    tests = {"known_before": found.test, "mcar": found.mcar, "mixture": mixture}
    rows = [
        {"test": name, "reason": test.reason}
        if isinstance(test, NotAvailable)
        else {"test": name, "statistic": test.statistic, "df": test.df, "pvalue": test.pvalue, "reason": ""}
        for name, test in tests.items()
    ]
    return pd.DataFrame(rows, columns=["test", "statistic", "df", "pvalue", "reason"])
