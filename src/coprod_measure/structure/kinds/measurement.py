"""Claims about the measures themselves: constructs that can be told apart, facets of one higher factor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from coprod_measure.errors import CoprodError
from coprod_measure.structure.claims import counts_reversed, scope_of
from coprod_measure.structure.composite_correlations import composite_correlations
from coprod_measure.structure.evidence import (
    CORRELATION,
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    by_weakest,
)
from coprod_measure.structure.factor_above import factor_above
from coprod_measure.structure.units import compare_units
from coprod_measure.structure.variables import find_variables, scale_mean
from coprod_measure.theory.definition import Hypothesis

_METHOD, _FEWEST_MARKERS = "of_method", 2
_ANYTHING = 1 / 1.959964
"""Standard error of a correlation whose 95 % interval is as wide as -1 to 1."""
WORDS = {
    "one_item": "fewer than two items ask for {constructs}, and a factor needs two",
    "few_facets": "a higher factor needs three facets that were asked, here are {n}",
    "no_factor_above": "no factor above can be estimated; the mean correlation of each facet with the others "
    "decides",
    "equivalent": "with three facets a higher factor fits as the correlated facets do, whatever the answers",
    "with_method_factor": "beside a factor of method that marker questions measure they correlate {r:.2f}, "
    "95% CI {lower:.2f} to {upper:.2f}",
    "no_method_factor": "no factor of method beside: {error}",
    "by_thresholds": "yes/no answers by their thresholds (WLSMV), the cutoff by Wald's test",
    "by_wald": "the cutoff by Wald's test for {pairs:pair}, where no model holds the correlation at it",
    "closest_pair": "the closest pair decides",
    "as_sums": "no factor stands behind its facets that were asked, so {constructs} is the sum of them",
    "units_compared": "of {numbers} units, the closest merged first, {best} fit best{lost}",
    "no_units": "numbers of units could not be compared: {error}",
    "measure_failed": "its model could not be estimated: {error}",
}


class MeasurementTestOptions(KindOptions):
    """Options of tests of claims about the measures."""

    cutoff: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Correlation from which two constructs count as one; 1: one factor against two",
    )
    missing: Literal["listwise", "fiml"] | None = Field(
        None, description="Missing answers; as in the structural models when left out"
    )


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which constructs have too few items to be factors."""
    found = scope_of(hypothesis, context.theory, context.clean)
    if not found.asked["source"]:
        return Reason("not_measured", {"constructs": found.not_asked["source"]})
    if _above(hypothesis, context):
        facets = _facets(hypothesis, context)
        return None if len(facets) > 2 else Reason("few_facets", {"n": len(facets)})
    thin = [id_ for id_ in hypothesis.sources if 0 < _n_indicators(id_, context) < 2]
    if thin:
        return Reason("one_item", {"constructs": tuple(thin)})
    factors = [id_ for id_ in hypothesis.sources if _n_indicators(id_, context) > 1]
    if len(factors) < 2:
        dark = tuple(id_ for id_ in hypothesis.sources if id_ not in factors)
        return Reason("not_measured", {"constructs": dark})
    return None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Test each claim by a confirmatory model of its own constructs."""
    evidence: list[Evidence] = []
    failed: dict[str, Reason] = {}
    for hypothesis in hypotheses:
        context.progress(f"Claims about the measures: {hypothesis.id}")
        try:
            above = _above(hypothesis, context)
            evidence.append(
                factor_above(hypothesis.id, above, _facets(hypothesis, context), _fitting(context), context)
                if above
                else _apart(hypothesis, context)
            )
        except CoprodError as error:
            failed[hypothesis.id] = Reason("measure_failed", {"error": error.in_one_line})
    return KindResult(evidence=tuple(evidence), failed=failed)


def _above(hypothesis: Hypothesis, context: Context) -> str:
    """Name the higher factor that is claimed: the target, or the only source where that is a structure."""
    if hypothesis.targets:
        return hypothesis.targets[0]
    (first, *others) = hypothesis.sources
    return first if not others and first in context.theory.higher_order else ""


def _facets(hypothesis: Hypothesis, context: Context) -> dict[str, tuple[str, ...]]:
    """Facets with two items or more, to their items."""
    found = [one for id_ in hypothesis.sources for one in find_variables(context.theory, context.clean, id_)]
    return {one.id: one.items for one in found if len(one.items) > 1}


def _n_indicators(id_: str, context: Context) -> int:
    found = find_variables(context.theory, context.clean, id_)
    return (
        len(found)
        if id_ in context.theory.higher_order and len(found) > 1
        else sum(len(v.items) for v in found)
    )


def _indicators(id_: str, context: Context) -> pd.DataFrame:
    """Columns that a factor of a construct stands behind: its items, or the scale means of its facets."""
    found = find_variables(context.theory, context.clean, id_)
    if id_ in context.theory.higher_order and len(found) > 1:
        return pd.DataFrame({one.id: scale_mean(one, context.clean) for one in found})
    return context.clean.frame[[item for one in found for item in one.items]]


def _fitting(context: Context) -> dict[str, Any]:
    """Estimator and missing answers as in the structural models, if the options say nothing else."""
    asked, fit = context.options[KIND.name], context.fit
    chosen = asked.missing if isinstance(asked, MeasurementTestOptions) else None
    return {
        "estimator": fit.estimator if fit else "ML",
        "missing": chosen or (fit.missing if fit else "listwise"),
    }


def _apart(hypothesis: Hypothesis, context: Context) -> Evidence:
    """Test that each pair of constructs correlates less than the cutoff."""
    asked = context.options[KIND.name]
    cutoff = asked.cutoff if isinstance(asked, MeasurementTestOptions) else 0.9
    parts = {id_: _indicators(id_, context) for id_ in hypothesis.sources if _n_indicators(id_, context)}
    frame = pd.concat(parts.values(), axis=1)
    constructs = {id_: tuple(map(str, part.columns)) for id_, part in parts.items()}
    fitting = _fitting(context)
    rows, n, reasons = _correlations(hypothesis, frame, constructs, cutoff, context)
    rows, by_wald = _by_wald(rows, cutoff)
    findings = tuple(
        Finding(
            hypothesis=hypothesis.id,
            source=str(row.construct_1),
            target=str(row.construct_2),
            measure=CORRELATION,
            n=n,
            estimate=float(row.correlation),
            ci_lower=float(row.ci_lower),
            ci_upper=float(row.ci_upper),
            pvalue=float(row.pvalue),
            direction=1 if abs(row.correlation) < cutoff else -1,
        )
        for row in rows.itertuples()
    )
    reasons = [*([Reason("closest_pair")] if len(findings) > 1 else []), *reasons]
    reasons += [Reason("by_wald", {"pairs": by_wald})] if by_wald else []
    if "method_factor" in hypothesis.tested_by and len(constructs) == 2 and not context.verdicts_only:
        reasons.append(_with_method_factor(frame, constructs, context))
    tables = {"pairs": rows.assign(cutoff=cutoff, n=n)}
    if hypothesis.units:
        more, reason = _units(frame, constructs, hypothesis.units, fitting, context)
        tables |= more
        reasons.append(reason)
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _correlations(
    hypothesis: Hypothesis,
    frame: pd.DataFrame,
    constructs: Mapping[str, tuple[str, ...]],
    cutoff: float,
    context: Context,
) -> tuple[pd.DataFrame, int, list[Reason]]:
    """Correlations of the factors by the model that can hold them, how many people, and by which."""
    from coprod_measure.measurement.validity.discriminant_tests import discriminant_tests

    fitting = _fitting(context)
    by_thresholds = _by_thresholds(frame, constructs, cutoff, context)
    if by_thresholds is not None:
        (rows, n), reasons = by_thresholds, [Reason("by_thresholds")]
    elif whole := _without_factor(frame, constructs, fitting, context):
        sums = {id_: _sum_of(id_, context) for id_ in constructs}
        against = [one for id_ in whole for one in sums[id_] if counts_reversed(context.theory, one, id_)]
        rows, n = composite_correlations(context.clean.frame, sums, against, **fitting)
        lost = dict.fromkeys(("delta_chisq", "pvalue", "htmt", "ave_1", "ave_2"), float("nan"))
        return rows.assign(**lost, delta_df=1), n, [Reason("as_sums", {"constructs": whole})]
    else:
        tests = discriminant_tests(frame, constructs, cutoff=cutoff, progress=context.progress, **fitting)
        rows, n, reasons = tests.table(), tests.n, []
    if not context.verdicts_only:
        rows = _with_further_criteria(rows, frame, constructs, fitting)
    return rows, n, reasons


def _without_factor(
    frame: pd.DataFrame,
    constructs: Mapping[str, tuple[str, ...]],
    fitting: Mapping[str, Any],
    context: Context,
) -> tuple[str, ...]:
    """Name the structures, where the answers show no factor behind the means of their facets.

    Facets that share nothing identify none: its correlations could be anything between -1 and 1.
    """
    from coprod_measure.measurement.factors.confirmatory import fit_constructs, latent_correlations

    whole = tuple(id_ for id_ in constructs if len(_sum_of(id_, context)) > 1)
    if not whole:
        return ()
    fit, _ = fit_constructs(frame, constructs, **fitting)
    errors = latent_correlations(fit)[1].loc[list(whole)].to_numpy() if fit.admissible else np.ones(1)
    return () if fit.converged and np.nanmax(errors) < _ANYTHING else whole


def _sum_of(id_: str, context: Context) -> dict[str, tuple[str, ...]]:
    """Facets of a structure to their items; a construct is its own only one."""
    found = find_variables(context.theory, context.clean, id_)
    if id_ in context.theory.higher_order and len(found) > 1 and all(one.latent for one in found):
        return {one.id: one.items for one in found}
    return {id_: tuple(item for one in found for item in one.items)}


def _units(
    frame: pd.DataFrame,
    constructs: Mapping[str, tuple[str, ...]],
    numbers: Sequence[int],
    fitting: Mapping[str, Any],
    context: Context,
) -> tuple[dict[str, pd.DataFrame], Reason]:
    """Compare the numbers of units that the theory names; the fewest that no merger made worse fit best."""
    try:
        found = compare_units(frame, constructs, min(numbers), _yes_no(frame, context), fitting)
    except CoprodError as error:
        return {}, Reason("no_units", {"error": error.in_one_line})
    named = found[found["units"].isin(numbers) | (found["delta_df"] == 0)]
    held = named[(named["delta_df"] == 0) | (named["pvalue"] >= context.level)]
    best = held.iloc[-1]
    worse = named[named["pvalue"] < context.level]
    lost = f" (merging {' and '.join(worse['merged'].iloc[0])} loses)" if len(worse) else ""
    told = {"numbers": ", ".join(map(str, named["units"])), "best": int(best["units"]), "lost": lost}
    return {"units": found}, Reason("units_compared", told)


def _yes_no(frame: pd.DataFrame, context: Context) -> list[str]:
    scales = {name: context.clean.instrument.scale_of(name) for name in frame if name in _items(context)}
    return [name for name, scale in scales.items() if scale is not None and len(scale.codes) == 2]


def _by_thresholds(
    frame: pd.DataFrame, constructs: Mapping[str, tuple[str, ...]], cutoff: float, context: Context
) -> tuple[pd.DataFrame, int] | None:
    """Correlations and Wald tests of the cutoff by thresholds of yes/no answers (WLSMV); None without such.

    A straight line through yes and no lets factors of such answers correlate less than they do (Muthén 1984,
    Psychometrika 49, 115-132): in samples of 1,200 half of the pairs at the cutoff of .9 were told apart.
    """
    from scipy.stats import norm

    from coprod_measure.fitting.models import cfa
    from coprod_measure.fitting.settled import settled

    yes_no = _yes_no(frame, context)
    if not yes_no:
        return None
    text = "\n".join(f"{id_} =~ {' + '.join(own)}" for id_, own in constructs.items())
    try:
        fit = settled(cfa(text, frame.dropna(), estimator="WLSMV", ordered=yes_no, std_lv=True))
    except CoprodError:
        return None
    table = fit.parameters
    both = table[(table["op"] == "~~") & table["lhs"].isin(constructs) & table["rhs"].isin(constructs)]
    known = {frozenset((row.lhs, row.rhs)): (row.est, row.se) for row in both.itertuples()}
    pairs = pd.DataFrame(list(combinations(constructs, 2)), columns=["construct_1", "construct_2"])
    both_ways = [known[frozenset(pair)] for pair in pairs.itertuples(index=False)]
    r, se = (pd.Series(own, dtype=float) for own in zip(*both_ways, strict=True))
    z = (cutoff - r.abs()) / se
    pvalue = 2.0 * norm.sf(z.abs())
    return pairs.assign(
        correlation=r, ci_lower=r - 1.959964 * se, ci_upper=r + 1.959964 * se, delta_chisq=z**2, df=1,
        pvalue=pvalue, distinct=(pvalue < 0.05) & (z > 0),
    ), fit.n  # fmt: skip


def _by_wald(rows: pd.DataFrame, cutoff: float) -> tuple[pd.DataFrame, int]:
    """Test the cutoff by Wald where no model holds the correlation there, and count those pairs."""
    from scipy.stats import norm

    lost = rows["pvalue"].isna()
    z = (cutoff - rows["correlation"].abs()) / ((rows["ci_upper"] - rows["ci_lower"]) / (2 * 1.959964))
    return rows.assign(
        delta_chisq=rows["delta_chisq"].where(~lost, z**2),
        pvalue=rows["pvalue"].where(~lost, 2.0 * norm.sf(z.abs())),
    ), int(lost.sum())


def _items(context: Context) -> Collection[str]:
    return context.clean.instrument.items.keys()


def _with_method_factor(
    frame: pd.DataFrame, constructs: Mapping[str, tuple[str, ...]], context: Context
) -> Reason:
    """Say how two constructs correlate beside a factor of method, which marker questions measure.

    Equal loadings of all other items on it (Williams, Hartman and Cavazotte 2010, Organizational Research
    Methods 13, 477-514); without markers such a factor cannot be told from the correlation itself.
    """
    from coprod_measure.fitting.models import cfa
    from coprod_measure.fitting.settled import settled

    known = context.clean.instrument.items.values()
    markers = [one.id for one in known if one.role == "marker" and one.id in context.clean.frame]
    if len(markers) < _FEWEST_MARKERS:
        cause = f"{_FEWEST_MARKERS} marker questions are needed, here are {len(markers)}"
        return Reason("no_method_factor", {"error": cause})
    lines = [f"{id_} =~ {' + '.join(own)}" for id_, own in constructs.items()]
    shared = [f"same*{item}" for own in constructs.values() for item in own]
    lines.append(f"{_METHOD} =~ {' + '.join([*markers, *shared])}")
    lines += [f"{_METHOD} ~~ 0*{id_}" for id_ in constructs]
    data = frame.join(context.clean.frame[markers])
    try:
        fit = settled(cfa("\n".join(lines), data, std_lv=True, **_fitting(context)))
    except CoprodError as error:
        return Reason("no_method_factor", {"error": error.in_one_line})
    table = fit.parameters
    row = table[(table["op"] == "~~") & table["lhs"].isin(constructs) & table["rhs"].isin(constructs)]
    row = row[row["lhs"] != row["rhs"]].iloc[0]
    r, half = float(row["est"]), 1.96 * float(row["se"])
    return Reason("with_method_factor", {"r": r, "lower": r - half, "upper": r + half})


def _with_further_criteria(
    pairs: pd.DataFrame,
    frame: pd.DataFrame,
    constructs: Mapping[str, tuple[str, ...]],
    fitting: Mapping[str, Any],
) -> pd.DataFrame:
    """Add the heterotrait-monotrait ratio, and what each construct shares with its items."""
    from coprod_measure.measurement.factors.confirmatory import confirmatory
    from coprod_measure.measurement.validity.constructs import validity
    from coprod_measure.measurement.validity.htmt import htmt

    keys = ["construct_1", "construct_2"]
    ratios = htmt(constructs, frame, missing="pairwise").pairs
    known = {frozenset(pair): ratio for *pair, ratio in ratios[[*keys, "htmt"]].itertuples(index=False)}
    shared = validity(confirmatory(frame, constructs, **fitting)).constructs.set_index("construct")["ave"]
    return pairs.assign(
        htmt=[known.get(frozenset(pair), float("nan")) for pair in pairs[keys].itertuples(index=False)],
        ave_1=pairs["construct_1"].map(shared),
        ave_2=pairs["construct_2"].map(shared),
    )


KIND = Kind(
    name="measurement",
    levels=("measurement",),
    run=run,
    why_not=why_not,
    words=WORDS,
    missing="study",
    options=MeasurementTestOptions,
)
