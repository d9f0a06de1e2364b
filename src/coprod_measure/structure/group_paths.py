"""The paths of a claim over groups: whether they differ, or are shown to be the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import DataError
from coprod_measure.estimation.inference.multiple_tests import adjusted
from coprod_measure.measurement.sampling import SurveyAnswers
from coprod_measure.responses.dataset import CLUSTER, WEIGHT
from coprod_measure.structure.claims import Claim, Claims, take_apart
from coprod_measure.structure.design import FEWEST_OF_A_PATH
from coprod_measure.structure.evidence import Context, Evidence, Finding, Reason
from coprod_measure.structure.methods.people_in_groups import in_several
from coprod_measure.structure.variables import Variable, score_frame
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.measurement.invariance.result import Invariance
    from coprod_measure.structure.methods.group_models import EqualPaths

_REACHABLE = 100_000
KIND, PATH_GAP = "group_difference", "path_difference"
_DIFFER = 0.05
_IDENTIFIED = 3
"""Items from which a factor is a model by itself."""
MOST_PATHS = 12
"""Paths that are compared beside a verdict at once: each is a model of all groups to fit."""


def sorted_rows(items: Sequence[str], group: pd.Series, context: Context) -> pd.DataFrame:
    """Give complete answers to some items with the label of the group, group after group."""
    frame = context.clean.frame[list(items)].assign(group=group).dropna()
    return frame.assign(group=frame["group"].map(code_as_text)).sort_values("group", kind="stable")


def as_partial(freed: pd.DataFrame) -> list[str]:
    """Write freed loadings and intercepts as partial equality, ``"f=~x"`` and ``"x~1"``."""
    return [
        f"{row.construct}=~{row.item}" if "loading" in str(row.parameter) else f"{row.item}~1"
        for row in freed.itertuples()
    ]


def paths_of(claims: Sequence[Claim], *, direct: bool = False) -> dict[tuple[str, str], None]:
    """Give the paths of each step of claims, and those that go past the steps."""
    steps = [((claim.source,), *claim.via, (claim.target,)) for claim in claims]
    pairs = [pair for own in steps for pair in pairwise(own)]
    past = [((one.source,), (one.target,)) for one in claims if direct]
    return {
        (cause, effect): None for before, after in (*pairs, *past) for cause in before for effect in after
    }


@dataclass(frozen=True, slots=True)
class Compared:
    """Paths over groups: what was found, the people of each group, and what a reader must know of it."""

    equal: EqualPaths
    sizes: Mapping[str, int]
    reasons: tuple[Reason, ...]


def compare_paths(
    taken: Claims,
    group: pd.Series,
    sorting: str,
    context: Context,
    *,
    tests: bool = True,
    beside: bool = False,
) -> Compared:
    """Compare the paths of claims over groups that are large enough, loadings equal as far as they are.

    ``group``: of each respondent. ``sorting``: what tells them. ``tests``: whether equal paths are tested.
    ``beside``: whether no verdict rests on it, so that groups in which an answer never varies are left out.
    """
    from coprod_measure.structure.fit_structure import in_two_steps
    from coprod_measure.structure.methods.group_models import equal_paths

    paths = paths_of(taken.claims, direct=beside)
    if beside and len(paths) > MOST_PATHS:
        cause = f"{len(paths)} paths are more than the {MOST_PATHS} that are compared at once"
        raise DataError(cause, cure="Claim fewer at once")
    names = dict.fromkeys(name for path in paths for name in path)
    variables = [taken.variables[name] for name in names]
    items = [item for one in variables for item in one.items]
    held_for = {target: context.controls.of(target, group.index, items) for _, target in paths}
    every = {name for own in held_for.values() for name in own}
    rows, small, sampling, full = _grouped(variables, paths, every, group, sorting, context)
    same: tuple[str, ...] = ()
    if beside:
        rows, same = _that_vary(rows, sorting)
    controls = {target: context.controls.varying(own, rows["group"]) for target, own in held_for.items()}
    factors = {one.id: list(one.items) for one in variables if one.latent}
    two_steps = in_two_steps(len(variables), context) and not _reach_over(rows)
    missing = "fiml" if full else "listwise"
    held, unequal = _equal_loadings(factors, SurveyAnswers(rows, **sampling), missing, each=two_steps)
    yes_no = any(taken.variables[target].binary for _, target in paths)  # shares of yes vary by their size
    robust = yes_no or (context.fit is not None and context.fit.name == "MLR")
    options = {**sampling, **_how(full=full, two_steps=two_steps, robust=robust)}
    found = equal_paths(
        rows, factors, list(paths), "group", unequal, controls=controls, tests=tests, two_steps=two_steps,
        **options,
    )  # fmt: skip
    joint = found.paths.iloc[-1]
    told = {"groups": sorting, "held": held, "wald": float(joint["wald"]), "p": p_of(joint)}
    by_ratio = not isnan(joint["lr_pvalue"])
    if by_ratio:
        told["lr"] = float(joint["lr"])
    code = "paths_over_groups" if by_ratio else "paths_in_two_steps" if two_steps else "paths_of_people"
    reasons = [Reason(code, told)] if tests else []
    reasons += [Reason("left_out_groups", {"fewest": FEWEST_OF_A_PATH, "groups": small})] if small else []
    reasons += [Reason("groups_without_spread", {"groups": same})] if same else []
    sizes = {str(name): int(n) for name, n in rows["group"].value_counts().items()}
    return Compared(found, sizes, tuple(reasons))


def _how(*, full: bool, two_steps: bool, robust: bool) -> dict[str, Any]:
    """Write options of the fits; ``full``: by full information."""
    own: dict[str, Any] = {"missing": "fiml", "fixed_x": False} if full else {}
    if not two_steps:
        return own | {"std_lv": True} | ({"estimator": "MLR"} if robust else {})
    return own | ({"moments": "factors"} if full else {}) | ({"se": "twostep_robust"} if robust else {})


def p_of(row: Any) -> float:
    """Give the p value of equal paths: by the likelihood ratio where there is one, else by Wald."""
    return float(row["wald_pvalue"] if isnan(row["lr_pvalue"]) else row["lr_pvalue"])


def paths_over_groups(
    hypothesis: Hypothesis, group: pd.Series, same_within: float, context: Context
) -> Evidence:
    """Test the paths of a claim over the groups of its moderator, loadings equal.

    ``group``: of each respondent. ``same_within``: differences below it are none.
    """
    sorting = hypothesis.moderators[0]
    taken = take_apart(replace(hypothesis, moderators=()), context.theory, context.clean)
    # A claim of no difference is judged by the differences; the tests stand beside it.
    tests = not (hypothesis.no_difference and context.verdicts_only)
    compared = compare_paths(taken, group, sorting, context, tests=tests)
    found, reasons = compared.equal, list(compared.reasons)
    reasons += [Reason("claims_sameness", {"bound": same_within})] if hypothesis.no_difference else []
    sizes_of = _sizes(found.differences, same_within)
    findings = tuple(
        _path_finding(hypothesis, row, sizes_of, found.n, sorting, context.level)
        for row in found.paths.to_dict("records")
        if row["source"]
    )
    if hypothesis.no_difference:
        weakest = min(findings, key=lambda one: one.direction)
        pvalue = weakest.pvalue
        reasons += _too_wide(sizes_of, same_within, found.n)
    else:
        weakest = min(findings, key=lambda one: one.pvalue)
        pvalue = p_of(found.paths.iloc[-1])
    return Evidence(
        hypothesis=hypothesis.id, kind=KIND, measure=PATH_GAP, estimate=weakest.estimate,
        ci_lower=weakest.ci_lower, ci_upper=weakest.ci_upper, pvalue=pvalue, direction=weakest.direction,
        findings=findings, reasons=tuple(reasons),
        tables={
            "group_paths": found.paths, "path_estimates": found.estimates, "path_pairs": found.differences
        },
    )  # fmt: skip


def _grouped(
    variables: Sequence[Variable],
    paths: Collection[tuple[str, str]],
    controls: Collection[str],
    group: pd.Series,
    sorting: str,
    context: Context,
) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, str], bool]:
    """Give rows of groups that are large enough, the groups that are not, the design, and if gaps are left.

    Rows with gaps are kept where the study takes missing answers by full information; the size of a group is
    then that of its path of which fewest answered both sides.
    """
    design, sampling = context.clean.sampling()
    frame = score_frame(variables, context.clean).join(design)
    frame = frame.join(context.controls.columns(controls, frame.index))
    rows = sorted_rows([], group, context).join(frame).dropna(subset=["group", *design])
    full = context.fit is not None and context.fit.missing == "fiml" and not _reach_over(rows)
    asked = [name for name in frame if name not in design]
    rows = rows.dropna(how="all", subset=asked) if full else rows.dropna()
    full = full and bool(rows[asked].isna().to_numpy().any())
    present = group.dropna().map(code_as_text).unique()
    sizes = _smallest_pairs(rows, variables, paths).reindex(present, fill_value=0)
    rows = rows[rows["group"].map(sizes) >= FEWEST_OF_A_PATH]
    if rows["group"].nunique() < 2:
        asked_of = "both sides of a path" if full else "all of it"
        raise DataError(
            f"{sorting} sorts those who answered {asked_of} into fewer than two groups of {FEWEST_OF_A_PATH} "
            "or more"
        )
    first = rows[rows["group"] == rows["group"].iloc[0]]
    for one in variables:
        if not one.latent:  # as factors, in standard deviations of the first group
            rows[one.id] /= first[one.id].std() or 1.0
    return rows, tuple(sorted(map(str, sizes[sizes < FEWEST_OF_A_PATH].index))), sampling, full


def _smallest_pairs(
    rows: pd.DataFrame, variables: Sequence[Variable], paths: Collection[tuple[str, str]]
) -> pd.Series:
    """Count for each group who answered something of both sides of a path, for the path that fewest did."""
    columns = {one.id: list(one.items) if one.latent else [one.id] for one in variables}
    answered = pd.DataFrame({name: rows[own].notna().any(axis=1) for name, own in columns.items()})
    both = pd.DataFrame({path: answered[path[0]] & answered[path[1]] for path in paths})
    return both.groupby(rows["group"]).sum().min(axis=1)


def _reach_over(rows: pd.DataFrame) -> bool:
    """Whether clusters have rows in several groups."""
    return CLUSTER in rows and in_several(rows["group"].to_numpy(), rows[CLUSTER].to_numpy())


def _that_vary(rows: pd.DataFrame, sorting: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out groups in which everybody gave the same answer to something that is compared."""
    names = [name for name in rows.columns if name not in ("group", CLUSTER, WEIGHT)]
    spread = rows.groupby("group")[names].nunique().min(axis=1)
    same = tuple(sorted(map(str, spread.index[spread < 2])))
    kept = rows[~rows["group"].isin(same)]
    if same and kept["group"].nunique() < 2:
        raise DataError(f"everybody gave the same answer in {', '.join(same)} of {sorting}")
    return kept, same


def _equal_loadings(
    factors: Mapping[str, list[str]], rows: SurveyAnswers, missing: str, *, each: bool
) -> tuple[str, list[str]]:
    """Say whether loadings can be held equal, and which cannot; ``each``: every factor by itself."""
    if not factors:
        return "none", []
    unequal = []
    for part in _that_differ(factors, rows, missing) if each else [factors]:
        found = _climbed(part, rows, missing, partial=True)
        if "metric" not in found.highest:
            why = "; ".join(dict.fromkeys(one.reason for one in found.unavailable.values()))
            if found.highest == "none" and why:
                raise DataError(why)
            of = f" of {', '.join(part)}" if each else ""
            raise DataError(
                f"loadings{of} differ between groups beyond repair: {found.highest} invariance holds"
            )
        unequal += [f"{one.construct}=~{one.item}" for one in found.freed.itertuples()]
    return f"equal but {len(unequal)}" if unequal else "equal", unequal


def _that_differ(
    factors: Mapping[str, list[str]], rows: SurveyAnswers, missing: str
) -> list[dict[str, list[str]]]:
    """Choose the factors whose loadings differ by the likelihood ratio, adjusted over all (Holm).

    Among dozens of factors some fall by .01 in CFI by chance. A factor of two items, which is no model by
    itself, is looked at with the first of more.
    """
    small = {name: own for name, own in factors.items() if len(own) < _IDENTIFIED}
    large = [{name: own} for name, own in factors.items() if name not in small]
    parts = [{**large[0], **small}, *large[1:]] if large else [small]
    tables = [_climbed(one, rows, missing, partial=False).table().set_index("level") for one in parts]
    p = [float(one["delta_pvalue"].get("metric", nan)) for one in tables]
    known = [1.0 if isnan(one) else one for one in p]
    by_p = zip(parts, adjusted(known, "holm"), p, strict=True)
    return [part for part, one, raw in by_p if one < _DIFFER or isnan(raw)]


def _climbed(
    factors: Mapping[str, list[str]], rows: SurveyAnswers, missing: str, *, partial: bool
) -> Invariance:
    """Climb to equal loadings, with who answered anything of these factors."""
    from coprod_measure.measurement.invariance.groups import invariance

    items = [item for own in factors.values() for item in own]
    design = [name for name in (rows.weights, rows.cluster) if name]
    frame = rows.frame[[*items, "group", *design]].dropna(how="all", subset=items)
    return invariance(
        factors, replace(rows, frame=frame), group="group", levels=("configural", "metric"), partial=partial,
        effects=False, missing=missing,
    )  # fmt: skip


def _sizes(differences: pd.DataFrame, bound: float) -> pd.DataFrame:
    """Add whether each difference is shown to be within the bound, and p that it is beyond it.

    The second is a test of a minimum effect (Murphy and Myors 1999, Journal of Applied Psychology 84,
    234-248), adjusted over all paths and pairs (Holm): one path beyond the bound contradicts them all, and
    a difference that is there and small none.
    """
    size, se = differences["estimate"].abs(), differences["se"]
    beyond = adjusted(norm.sf((size - bound) / se).tolist(), "holm")
    return differences.assign(within=size + norm.isf(0.05) * se < bound, beyond=beyond)


def _too_wide(sizes: pd.DataFrame, bound: float, n: int) -> list[Reason]:
    """Say how many respondents show that no path differs where none does, in four samples of five.

    Two one-sided tests (Schuirmann 1987) of every path and pair, an intersection-union test: errors fall with
    the root of n, and ``2 Phi(bound / se - z_.95) - 1`` of each difference is multiplied as if they were
    independent.
    """
    se = sizes["se"].to_numpy(dtype=float)

    def together(factor: float) -> float:
        return float(np.prod(2.0 * norm.cdf(np.maximum(bound * factor / se - norm.isf(0.05), 0.0)) - 1.0))

    if together(1.0) >= 0.8:
        return []
    factor = brentq(lambda one: together(one) - 0.8, 1.0, 10.0 * max(1.0, float(se.max()) / bound))
    needed = ceil(n * factor**2 / 100) * 100
    told = f"about {needed:,}" if needed <= _REACHABLE else "more people than any study reaches"
    return [Reason("wide_intervals", {"n": n, "needed": told, "bound": bound})]


def _path_finding(
    hypothesis: Hypothesis, row: Mapping[Any, Any], sizes: pd.DataFrame, n: int, sorting: str, level: float
) -> Finding:
    """Judge a path by its largest difference: it is there, or where none is claimed, it is small."""
    source, target = row["source"], row["target"]
    own = sizes[(sizes["source"] == source) & (sizes["target"] == target)]
    largest = own.loc[own["estimate"].abs().idxmax()]
    estimate, se = float(largest["estimate"]), float(largest["se"])
    direction, pvalue = 1, p_of(row)
    if hypothesis.no_difference:
        beyond = bool((own["beyond"] < level).any())
        direction, pvalue = (1 if own["within"].all() else -1 if beyond else 0), nan
    return Finding(
        hypothesis=hypothesis.id, source=f"{source} x {sorting}", target=target, measure=PATH_GAP,
        model="groups", n=n, estimate=estimate, se=se, ci_lower=estimate - 1.959964 * se,
        ci_upper=estimate + 1.959964 * se, pvalue=pvalue, direction=direction,
    )  # fmt: skip
