"""Whether the stages come in the order as claimed: that structure against rivals of the same variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError, NotAvailable, counted
from coprod_measure.structure.evidence import Context, Evidence, Finding, Kind, KindResult, Reason, by_weakest
from coprod_measure.structure.order_claims import claims_an_order
from coprod_measure.structure.regression import one_by_one, reliability, scores, variables_of
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit

DELTA_BIC = "delta_bic"
_MEAN = "{}_mean"
FOLDS = 5
COLUMNS = ("structure", "moved", "npar", "logl", "bic", "delta_bic", "vuong_z", "vuong_p", "r2_new")
WORDS = {
    "rivals_failed": "its rival structures could not be compared: {error}",
    "step_not_asked": "a step of the order was not asked: {step}",
    "nearest_rival": "nearest rival: {structure}{moved}, BIC {delta:.1f} higher",
    "rival_wins": "{structure}{moved} has a BIC {delta:.1f} lower",
    "rivals_by_scores": "on scale means; unreliability taken off of {mended} of {of} by alpha",
    "rival_lost": "not compared with {structure}{moved}: {error}",
    "rival_predicts": "{structure}{moved} predicts new respondents better (R² {r2:.2f} against {own:.2f})",
}

Paths = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """An order of steps as regressions among scores.

    Attributes
    ----------
    name : str
        ``"claimed"``, ``"without"``, ``"swapped"`` or ``"direct"``.
    moved : tuple of str
        What was left out or moved.
    paths : tuple of (str, str)
        Cause and effect.
    """

    name: str
    moved: tuple[str, ...]
    paths: Paths


def structures(steps: Sequence[tuple[str, ...]]) -> Iterator[Structure]:
    """Write the claimed order, and its rivals of the same variables.

    Rivals leave out one step between (it stays an outcome of what comes before), swap two neighbouring steps,
    or let the first step act on all others directly.

    Examples
    --------
    >>> [one.name for one in structures([("a",), ("b",), ("c",), ("d",)])]
    ['claimed', 'without', 'without', 'swapped', 'direct']
    """
    yield Structure("claimed", (), _chain(steps))
    between = range(1, len(steps) - 1)
    for k in between:
        paths = _chain([*steps[:k], *steps[k + 1 :]])
        yield Structure("without", steps[k], (*paths, *_all(steps[k - 1], steps[k])))
    for k in between[:-1]:
        order = [*steps[:k], steps[k + 1], steps[k], *steps[k + 2 :]]
        yield Structure("swapped", (*steps[k], *steps[k + 1]), _chain(order))
    paths = tuple(path for later in steps[1:] for path in _all(steps[0], later))
    yield Structure("direct", (), paths)


def _chain(steps: Sequence[tuple[str, ...]]) -> Paths:
    return tuple(path for before, after in pairwise(steps) for path in _all(before, after))


def _all(before: Sequence[str], after: Sequence[str]) -> Paths:
    return tuple((cause, effect) for effect in after for cause in before)


def syntax(structure: Structure, steps: Sequence[tuple[str, ...]]) -> str:
    """Write a structure in lavaan syntax; what stands side by side in a step covaries."""
    lines = []
    for effect in dict.fromkeys(effect for _, effect in structure.paths):
        causes = [cause for cause, other in structure.paths if other == effect]
        lines.append(f"{effect} ~ {' + '.join(causes)}")
    lines += [f"{a} ~~ {b}" for step in steps[1:] for a, b in combinations(step, 2)]
    ends = [
        name for step in steps[1:] for name in step if name not in {cause for cause, _ in structure.paths}
    ]
    # Last outcomes covary by default in this syntax; rivals are to differ by their paths alone.
    apart = [(a, b) for a, b in combinations(ends, 2) if not any({a, b} <= set(step) for step in steps)]
    return "\n".join([*lines, *(f"{a} ~~ 0*{b}" for a, b in apart)])


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which step was not asked."""
    for step in (hypothesis.sources, *hypothesis.steps, hypothesis.targets):
        if not any(variables_of((id_,), context) for id_ in step):
            return Reason("step_not_asked", {"step": step})
    return None


def recognises(hypothesis: Hypothesis, _: Context) -> bool:
    """Whether it claims an order of stages: three steps or more between causes and outcomes."""
    return claims_an_order(hypothesis) and hypothesis.needs_waves == 1


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Fit the claimed order and its rivals.

    Each scale mean is the only indicator of its factor, its error variance fixed by its reliability (Bollen
    1989, Structural equations with latent variables, p. 168): else what a cause measured with error leaves
    looks like a path around it.
    """
    return one_by_one(hypotheses, context, _evidence, "Rival structures", "rivals_failed")


def _standardised(frame: pd.DataFrame) -> pd.DataFrame:
    spread = frame.std()
    if spread.eq(0).any():
        still = ", ".join(frame.columns[spread.eq(0)])
        raise DataError(f"{still} did not vary", cure="Leave it out: a constant explains nothing")
    answered = frame.notna().to_numpy(dtype=int)
    both = answered.T @ answered
    place, needed = np.unravel_index(both.argmin(), both.shape), 5 * frame.shape[1]
    if both[place] < needed:
        pair = " and ".join(dict.fromkeys(str(frame.columns[k]) for k in place))
        raise DataError(
            f"{counted(int(both[place]), 'respondent has', 'respondents have')} scores of {pair}",
            cure=f"Collect {needed} or more",
        )
    return (frame - frame.mean()) / spread


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    from coprod_measure.fitting.comparison import information_criteria

    named = [hypothesis.sources, *hypothesis.steps, hypothesis.targets]
    steps = [tuple(id_ for id_ in step if variables_of((id_,), context)) for step in named]
    names = [id_ for step in steps for id_ in step]
    seen = scores(names, context)
    frame = _standardised(seen.frame[names])
    found = list(structures(steps))
    frame = frame.rename(columns=_MEAN.format)
    measured, known = _single_indicators(names, context)
    found, models, fits, lost = _fitted(found, [syntax(one, steps) + measured for one in found], frame)
    own, only = fits[0], context.verdicts_only
    new = (nan,) * len(fits) if only else _predicted(models, frame, steps[-1][0], context.draws.seed)
    known_by = [information_criteria(fit) for fit in fits]
    gains = [one["bic"] - known_by[0]["bic"] for one in known_by]
    least, rows = min(gains[1:]), []
    for one, fit, measures, delta, r2 in zip(found, fits, known_by, gains, new, strict=True):
        vuong = None if fit is own or (only and delta > least) else own.vuong(fit)
        z, p = (nan, nan) if vuong is None else (_number(vuong.z_bic), _number(vuong.pvalue_bic))
        rows.append(
            (one.name, one.moved, fit.n_parameters, measures["logl"], measures["bic"], delta, z, p, r2)
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    nearest = table.iloc[1:].sort_values("delta_bic").iloc[0]
    finding = Finding(
        hypothesis=hypothesis.id,
        source=hypothesis.sources[0],
        target=steps[-1][0],
        expected=1,
        measure=DELTA_BIC,
        model=str(nearest["structure"]),
        respondents=seen.respondents,
        n=own.n,
        estimate=float(nearest["delta_bic"]),
        pvalue=float(nearest["vuong_p"]),
        direction=1 if nearest["delta_bic"] > 0 else -1,
    )
    reasons = (*_reasons(table, known, len(names)), *lost)
    return by_weakest(
        KIND.name, [finding], context.level, reasons=reasons, tables={"rival_structures": table}
    )


def _fitted(
    found: Sequence[Structure], models: Sequence[str], frame: pd.DataFrame
) -> tuple[list[Structure], list[str], list[Fit], list[Reason]]:
    """Fit the claimed order and its rivals; those that these answers cannot have are left out and named."""
    fits, lost = [_fit(models[0], frame)], []
    kept, written = [found[0]], [models[0]]
    for one, model in zip(found[1:], models[1:], strict=True):
        try:
            fits.append(_refit(model, fits[0]))
        except CoprodError as error:
            lost.append(Reason("rival_lost", {**_called(one.name, one.moved), "error": error.in_one_line}))
        else:
            kept.append(one)
            written.append(model)
    if len(kept) < 2:
        raise DataError("no rival structure could be estimated")
    return kept, written, fits, lost


def _single_indicators(names: Sequence[str], context: Context) -> tuple[str, int]:
    """Write factors of one scale mean each, variances one, and count those whose reliability is known."""
    known = {id_: value for id_ in names if (value := reliability(id_, context)) is not None}
    lines = [""]
    for id_ in names:
        mean = _MEAN.format(id_)
        lines += [f"{id_} =~ 1*{mean}", f"{mean} ~~ {1.0 - known.get(id_, 1.0):.6f}*{mean}"]
    return "\n".join(lines), len(known)


def _reasons(table: pd.DataFrame, mended: int, of: int) -> Iterator[Reason]:
    yield Reason("rivals_by_scores", {"mended": mended, "of": of})
    rivals = table.iloc[1:]
    nearest = rivals.sort_values("delta_bic").iloc[0]
    code = "nearest_rival" if nearest["delta_bic"] > 0 else "rival_wins"
    told = _called(str(nearest["structure"]), nearest["moved"])
    yield Reason(code, {**told, "delta": float(abs(nearest["delta_bic"]))})
    best, own = rivals.sort_values("r2_new").iloc[-1], float(table["r2_new"].iloc[0])
    if best["r2_new"] > own:
        told = _called(str(best["structure"]), best["moved"])
        yield Reason("rival_predicts", {**told, "r2": float(best["r2_new"]), "own": own})


_CALLED = {
    "without": "the order without",
    "swapped": "the order with reversed",
    "direct": "a structure in which causes act on everything directly",
}


def _called(name: str, moved: Sequence[str]) -> dict[str, str]:
    return {"structure": _CALLED[name], "moved": "".join(f" {one}" for one in [", ".join(moved)] if one)}


def _number(value: float | NotAvailable) -> float:
    return nan if isinstance(value, NotAvailable) else float(value)


def _fit(model: str, frame: pd.DataFrame) -> Fit:
    # Checks of a file ask `why_not` only, and the engine's libraries take long to load.
    from coprod_measure.fitting.models import fit_model
    from coprod_measure.fitting.option_rules import fit_options
    from coprod_measure.fitting.settled import settled

    return settled(fit_model("sem", model, frame, fit_options({"missing": "fiml", "fixed_x": False})))


def _refit(model: str, near: Fit) -> Fit:
    from coprod_measure.fitting.models import refit
    from coprod_measure.fitting.settled import settled

    return settled(refit(near, group_equal=(), model=model))


def _predicted(models: Sequence[str], frame: pd.DataFrame, outcome: str, seed: int) -> tuple[float, ...]:
    """Predict the outcome of new respondents from all they answered by each model's moments, in five folds.

    De Rooij, Karch, Fokkema, Bakk, Pratiwi and Kelderman (2023), Structural Equation Modeling 30, 132-148.
    """
    target = _MEAN.format(outcome)
    fold = np.random.default_rng(seed).permutation(len(frame)) % FOLDS
    errors = np.zeros(len(models))
    for k in range(FOLDS):
        train, test = frame[fold != k], frame[fold == k].dropna(subset=[target])
        for j, model in enumerate(models):
            try:
                fit = _fit(model, train)
            except CoprodError:
                errors[j] = nan
                continue
            names = list(fit.solution.model.groups[0].observed)
            sigma, mean = fit.implied[0].sigma, fit.implied[0].mu
            y = names.index(target)
            values = test[names].to_numpy()
            for seen, rows in _by_pattern(values):
                others = np.flatnonzero(seen & (np.arange(len(names)) != y))
                slope = np.linalg.solve(sigma[np.ix_(others, others)], sigma[others, y])
                guess = mean[y] + (rows[:, others] - mean[others]) @ slope
                errors[j] += float(((rows[:, y] - guess) ** 2).sum())
    total = float(((frame[target] - frame[target].mean()) ** 2).sum())
    return tuple((1.0 - errors / total).tolist())


def _by_pattern(values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the rows that lack the same values together, with what they have."""
    patterns, place = np.unique(~np.isnan(values), axis=0, return_inverse=True)
    for k, seen in enumerate(patterns):
        yield seen, values[place.ravel() == k]


KIND = Kind(
    name="rivals",
    levels=("stage_transition",),
    run=run,
    why_not=why_not,
    recognises=recognises,
    words=WORDS,
    missing="study",
)
