"""Measurement invariance: whether items mean the same in every group, one level at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from coprod_measure.errors import CoprodError, DataError, NotAvailable
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.confirmatory import measurement_model
from coprod_measure.measurement.htmt import factors_of
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.partial_invariance import (
    EFFECT_COLUMNS,
    Freed,
    OwnModels,
    Step,
    item_effects,
    worst_parameter,
)
from coprod_measure.responses.dataset import Responses

INVARIANCE_COLUMNS = (
    "level",
    "chisq",
    "df",
    "pvalue",
    "cfi",
    "rmsea",
    "srmr",
    "delta_chisq",
    "delta_df",
    "delta_pvalue",
    "delta_cfi",
    "delta_rmsea",
)
FREED_COLUMNS = ("level", "construct", "item", "parameter", "delta_chisq")
LEVELS: dict[str, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("intercepts",),
    "strict": ("residuals",),
    "means": ("means",),
}
WORST_CFI = -0.010
"""Change in CFI beyond which a level is given up (Cheung and Rensvold 2002; Chen 2007)."""
WORST_RMSEA = 0.015
"""Change in RMSEA beyond which a level is given up (Chen 2007)."""


@dataclass(frozen=True, slots=True)
class Invariance:
    """The ladder of levels over one grouping.

    Attributes
    ----------
    steps : pandas.DataFrame
        One row a level (:data:`INVARIANCE_COLUMNS`), each compared with the row before it; a row ``partial
        metric`` or ``partial scalar`` follows a level that failed and takes its place: it is compared with
        what the failed one was compared with.
    freed : pandas.DataFrame
        Parameters that differ between groups (:data:`FREED_COLUMNS`).
    sizes : pandas.DataFrame
        ``group label n``.
    effects : pandas.DataFrame
        Size of every item's difference, from the model of its construct alone; see
        :func:`~coprod_measure.measurement.partial_invariance.item_effects`.
    means : pandas.DataFrame
        Latent means against the first group, ``construct group label est se pvalue``, from the last level
        that holds at least scalar (partial counts); empty otherwise.
    highest : str
        Last level that holds by :data:`WORST_CFI` and :data:`WORST_RMSEA`; ``"none"`` when nothing converged.
    group : str
    estimator, missing : str
    unavailable : dict
        Level to the reason why it could not be fitted.
    messages : tuple of str
    """

    steps: pd.DataFrame
    freed: pd.DataFrame
    sizes: pd.DataFrame
    effects: pd.DataFrame
    means: pd.DataFrame
    highest: str
    group: str
    estimator: str
    missing: str
    unavailable: dict[str, NotAvailable]
    messages: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a level; columns :data:`INVARIANCE_COLUMNS`."""
        return self.steps.copy()


def invariance(
    model: str | Constructs | None,
    data: Responses | pd.DataFrame,
    *,
    group: str,
    levels: Sequence[str] = ("configural", "metric", "scalar", "strict"),
    estimator: str = "ML",
    missing: str = "listwise",
    partial: bool = False,
    effects: bool = True,
) -> Invariance:
    """Climb the ladder of measurement invariance.

    Parameters
    ----------
    model : str, mapping or None
        Model syntax, construct to items, or None for the instrument's own reflective constructs.
    data : Responses or pandas.DataFrame
    group : str
        Column whose values are the groups; of the answers, or of what the study keeps about respondents.
    levels : sequence of str
        From ``configural metric scalar strict means``, in this order; each adds its equality to those before.
    estimator, missing : str
        See :class:`coprod_measure.fitting.options.FitOptions`.
    partial : bool
        Whether to free loadings or intercepts, one at a time, where the metric or scalar level fails.
    effects : bool
        Whether to compute the effect size of every item.

    Returns
    -------
    Invariance

    Raises
    ------
    DataError
        If the column is unknown or has fewer than two values.
    """
    wanted = [level for level in LEVELS if level in levels]
    unknown = [level for level in levels if level not in LEVELS]
    if unknown:
        raise DataError(f"there is no level called {unknown[0]}", cure=f"Choose from {', '.join(LEVELS)}")
    text, constructs = _model_of(model, data)
    frame, messages = _with_groups(data, group)
    options = {"estimator": estimator, "missing": missing, "std_lv": partial}

    def fit(equal: tuple[str, ...], freed: Sequence[Freed]) -> Fit:
        spared = sorted({parameter for one in freed for parameter in _spared(one, equal)})
        return cfa(text, frame, group=group, group_equal=equal, group_partial=tuple(spared), **options)  # type: ignore[arg-type]

    own = OwnModels(frame, group, constructs, missing)
    rungs, freed, unavailable = _climb(fit, wanted, own if partial else None)
    held = _held(rungs)
    return Invariance(
        steps=pd.DataFrame([_row(rung) for rung in rungs], columns=list(INVARIANCE_COLUMNS)),
        freed=pd.DataFrame(
            [(level, one.construct, one.item, one.parameter, one.delta_chisq) for level, one in freed],
            columns=list(FREED_COLUMNS),
        ),
        sizes=_sizes(rungs, frame, group),
        effects=item_effects(own) if effects else pd.DataFrame(columns=list(EFFECT_COLUMNS)),
        means=_latent_means(held),
        highest=held[-1].level if held else "none",
        group=group,
        estimator=estimator,
        missing=missing,
        unavailable=unavailable,
        messages=(*messages, *_said(rungs)),
    )


@dataclass(frozen=True, slots=True)
class _Rung:
    level: str
    fit: Fit
    below: Fit | None


def _climb(
    fit: Callable[[tuple[str, ...], Sequence[Freed]], Fit], levels: Sequence[str], own: OwnModels | None
) -> tuple[list[_Rung], list[tuple[str, Freed]], dict[str, NotAvailable]]:
    rungs: list[_Rung] = []
    freed: list[tuple[str, Freed]] = []
    unavailable: dict[str, NotAvailable] = {}
    equal: tuple[str, ...] = ()
    below: Fit | None = None
    for level in levels:
        equal = (*equal, *LEVELS[level])
        try:
            found = fit(equal, [one for _, one in freed])
        except CoprodError as problem:
            unavailable[level] = NotAvailable(str(problem))
            continue
        rungs.append(_Rung(level, found, below))
        if own and below and level in ("metric", "scalar") and not holds(found, below):
            step: Step = "metric" if level == "metric" else "scalar"
            remedy = _free_until_it_holds(
                lambda more, equal=equal: fit(equal, more),  # type: ignore[misc]
                own,
                step,
                [one for _, one in freed],
                below,
            )
            if remedy is not None:
                found, more = remedy
                freed += [(level, one) for one in more]
                rungs.append(_Rung(f"partial {level}", found, below))
        below = found
    return rungs, freed, unavailable


def _free_until_it_holds(
    fit: Callable[[Sequence[Freed]], Fit], own: OwnModels, step: Step, freed: list[Freed], below: Fit
) -> tuple[Fit, list[Freed]] | None:
    """Free the worst parameter until the level holds; None when too few equal ones would be left."""
    more: list[Freed] = []
    while True:
        worst = worst_parameter(own, step, [*freed, *more])
        if worst is None:
            return None
        more.append(worst)
        try:
            found = fit([*freed, *more])
        except CoprodError:
            return None
        if holds(found, below):
            return found, more


def holds(fit: Fit, below: Fit) -> bool:
    """Whether a level fits about as well as the one below: CFI and RMSEA within their limits."""
    return bool(
        _measure(fit, "cfi") - _measure(below, "cfi") >= WORST_CFI
        and _measure(fit, "rmsea") - _measure(below, "rmsea") <= WORST_RMSEA
    )


def _held(rungs: Sequence[_Rung]) -> list[_Rung]:
    """Rungs up to the last level that holds; a partial one replaces the level that failed."""
    held: list[_Rung] = []
    for k, rung in enumerate(rungs):
        if rung.below is None or holds(rung.fit, rung.below):
            held.append(rung)
        elif k + 1 == len(rungs) or rungs[k + 1].level != f"partial {rung.level}":
            break
    return held


def _spared(one: Freed, equal: tuple[str, ...]) -> list[str]:
    """Parameters to leave unequal: an item whose loading differs is not comparable in what follows either."""
    spared = [one.parameter]
    if "intercepts" in equal:
        spared.append(f"{one.item}~1")
    if "residuals" in equal:
        spared.append(f"{one.item}~~{one.item}")
    return spared


def _row(rung: _Rung) -> dict[str, object]:
    chisq, df, pvalue = (_measure(rung.fit, name) for name in ("chisq", "df", "pvalue"))
    row: dict[str, object] = {"level": rung.level, "chisq": chisq, "df": int(df), "pvalue": pvalue}
    row |= {name: _measure(rung.fit, name) for name in ("cfi", "rmsea", "srmr")}
    if rung.below is not None:
        delta, delta_df, delta_pvalue = _difference(rung.fit, rung.below)
        row |= {"delta_chisq": delta, "delta_df": delta_df, "delta_pvalue": delta_pvalue}
        row |= {f"delta_{name}": row[name] - _measure(rung.below, name) for name in ("cfi", "rmsea")}  # type: ignore[operator]
    return row


def _difference(fit: Fit, below: Fit) -> tuple[float, float, float]:
    """Test the difference, scaled where the estimator scales its test (Satorra and Bentler 2001, p. 511)."""
    delta, df = fit.test.value - below.test.value, fit.df - below.df
    scale, scale_below = (one.fit_measures.get("chisq_scaling_factor", 1.0) for one in (fit, below))
    factor = (fit.df * scale - below.df * scale_below) / df if df > 0 else float("nan")
    if factor <= 0:
        return float("nan"), df, float("nan")
    return delta / factor, df, float(stats.chi2.sf(delta / factor, df))


def _measure(fit: Fit, name: str) -> float:
    """Take the robust form of a measure where the estimator has one."""
    forms = [f"{name}_scaled"] if name in ("chisq", "df", "pvalue") else [f"{name}_robust", f"{name}_scaled"]
    for form in (*forms, name):
        value = fit.fit_measures.get(form)
        if value is not None and pd.notna(value):
            return float(value)
    return float("nan")


def _said(rungs: Sequence[_Rung]) -> list[str]:
    """Collect messages, each once: what all levels say needs no level."""
    found: dict[str, list[str]] = {}
    for rung in rungs:
        for words in rung.fit.messages:
            found.setdefault(words, []).append(rung.level)
    return [words if len(by) == len(rungs) else f"{', '.join(by)}: {words}" for words, by in found.items()]


def _latent_means(held: Sequence[_Rung]) -> pd.DataFrame:
    columns = ["construct", "group", "label", "est", "se", "pvalue"]
    comparable = [rung for rung in held if rung.level.removeprefix("partial ") in ("scalar", "strict")]
    if not comparable:
        return pd.DataFrame(columns=columns)
    fit = comparable[-1].fit
    latent = set(fit.solution.model.groups[0].latent[: fit.solution.model.groups[0].n_latent])
    rows = fit.parameters
    rows = rows[(rows["op"] == "~1") & rows["lhs"].isin(latent) & (rows["group"] > 1)]
    found = rows[["lhs", "group", "est", "se", "pvalue"]].rename(columns={"lhs": "construct"})
    found.insert(2, "label", [fit.group_labels[g - 1] for g in found["group"]])
    return found.reset_index(drop=True)


def _sizes(rungs: Sequence[_Rung], frame: pd.DataFrame, group: str) -> pd.DataFrame:
    if not rungs:
        counts = frame[group].value_counts(sort=False)
        labels, sizes = [str(label) for label in counts.index], [int(n) for n in counts]
    else:
        fit = rungs[0].fit
        labels, sizes = list(fit.group_labels), [part.n for part in fit.request.data.groups]
    return pd.DataFrame({"group": range(1, len(labels) + 1), "label": labels, "n": sizes})


def _model_of(
    model: str | Constructs | None, data: Responses | pd.DataFrame
) -> tuple[str, dict[str, list[str]]]:
    if isinstance(model, str):
        return model, factors_of(model)
    sets = item_sets(data, model)
    constructs = {one.construct: list(one.items) for one in sets if one.measurement == "reflective"}
    return measurement_model(constructs), constructs


def _with_groups(data: Responses | pd.DataFrame, group: str) -> tuple[pd.DataFrame, list[str]]:
    if isinstance(data, Responses):
        frame = (
            data.frame
            if group in data.frame
            else data.frame.join(data.about[[group]] if group in data.about else [])
        )
    else:
        frame = data
    if group not in frame:
        raise DataError(
            f"there is no column {group} to form groups by",
            cure="Name an item or a column that the study keeps",
            code="unknown-group",
        )
    known = frame[frame[group].notna()]
    if known[group].nunique() < 2:
        raise DataError(
            f"{group} has fewer than two values", cure="Invariance compares groups", code="one-group"
        )
    left_out = len(frame) - len(known)
    return known, [f"{left_out} respondents without a value of {group} left out"] if left_out else []
