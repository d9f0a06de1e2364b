"""Test the hypotheses of a theory: choose the kind of test of each, run it, adjust and judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import Any, Unpack

import pandas as pd

from coprod_measure.arguments import spelled
from coprod_measure.errors import InputError
from coprod_measure.estimation.inference.multiple_tests import adjusted
from coprod_measure.fitting.draws import Draws
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import Scope, scope_of
from coprod_measure.structure.controls import NO_CONTROLS, code_controls
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    KindResult,
    Reason,
    agreement,
)
from coprod_measure.structure.group_contrasts import untaken
from coprod_measure.structure.kinds import KINDS, kind_of, options_of_kinds
from coprod_measure.structure.options import TestingKeywords, TestingOptions, testing_options
from coprod_measure.structure.results import (
    CLAIM_COLUMNS,
    EXPECTED,
    NOT_ASKED_COLUMNS,
    NOT_TESTABLE,
    TABLE_COLUMNS,
    HypothesisTests,
)
from coprod_measure.structure.run_kinds import not_taken, numbered_paths, run_kinds, with_beside
from coprod_measure.structure.structural_fit import no_paths
from coprod_measure.structure.testability import Sorted, sort_by_kind
from coprod_measure.structure.verdicts import beyond_range, is_negligible, too_few, verdict
from coprod_measure.theory.definition import Hypothesis, Theory
from coprod_measure.yaml_files import did_you_mean

_STATED = {"positive": "positive", "negative": "negative", "unsigned": "any"}
_NUMBERS = ("estimate", "std", "ci_lower", "ci_upper", "pvalue", "pvalue_adjusted")


@spelled(TestingKeywords, TestingOptions)
@on_one_thread
def test_hypotheses(
    theory: Theory,
    clean: Responses,
    ids: Sequence[str] | None = None,
    *,
    measurement: MeasurementResults | None = None,
    progress: Callable[[str], None] | None = None,
    verdicts_only: bool = False,
    **how: Unpack[TestingKeywords],
) -> HypothesisTests:
    """Test hypotheses, each by its own kind of test (:mod:`.kinds`).

    Parameters
    ----------
    theory : Theory
        Holds the hypotheses.
    clean : Responses
        Clean answers, items keyed.
    ids : sequence of str, optional
        Hypotheses to test, in this order; all of the theory when left out.
    measurement : MeasurementResults, optional
        For kinds that build on it.
    progress : callable, optional
        Called with a few words before each kind.
    verdicts_only : bool
        Leave out what only stands beside the verdicts (omitted paths, results without controls): for
        thousands of samples.
    **how
        See :class:`.options.TestingOptions`.

    Returns
    -------
    HypothesisTests
        A hypothesis that cannot be tested with these data has a row that says why.

    Raises
    ------
    InputError
        If ``ids`` names a hypothesis that the theory does not have, or an option is wrong.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> file = cm.shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> answers = cm.read_responses(file, cm.read_instrument("bfi25"))
    >>> tests = cm.test_hypotheses(answers.instrument.theory, answers, ["B2"])
    >>> tests.table()[["id", "kind", "estimate", "verdict"]].round(2).to_numpy().tolist()
    [['B2', 'nomological', -0.21, 'supported']]
    """
    options = testing_options(how)
    chosen = _choose(theory, ids)
    say = progress or (lambda _: None)
    context = replace(
        _context(theory, clean, options), measurement=measurement, progress=say, verdicts_only=verdicts_only
    )
    order = sort_by_kind(chosen, context)
    results, failures = run_kinds(order.testable, context)
    results = with_beside(results, chosen, context)
    tests = _collected(chosen, order, results, failures, context, options)
    if verdicts_only or not context.controls.coded:
        return tests
    say("The same without control variables")
    bare = replace(context, controls=NO_CONTROLS)
    again, faults = run_kinds([one for one in order.testable if one[0].takes_controls], bare)
    alike = {one.id for kind, own in order.testable if not kind.takes_controls for one in own}
    others = [one for one in results if alike & {*one.failed, *(found.hypothesis for found in one.evidence)}]
    without = _collected(
        chosen, order, [*again, *others], {**failures, **faults}, bare, replace(options, controls={})
    )
    return replace(tests, without_controls=without)


# The name is part of the public interface; pytest would otherwise collect it as a test.
test_hypotheses.__test__ = False  # type: ignore[attr-defined]


def _collected(
    chosen: Sequence[Hypothesis],
    order: Sorted,
    results: Sequence[KindResult],
    failures: Mapping[str, str],
    context: Context,
    options: TestingOptions,
) -> HypothesisTests:
    """Adjust, judge and put into one record what the kinds found."""
    evidence = {one.hypothesis: one for result in results for one in result.evidence}
    reasons = {**order.refused, **{id_: why for result in results for id_, why in result.failed.items()}}
    reasons |= {id_: why for id_, one in evidence.items() if (why := too_few(one.findings))}
    evidence = {id_: one for id_, one in evidence.items() if id_ not in reasons}
    scopes = {one.id: scope_of(one, context.theory, context.clean) for one in chosen}
    rows = [_row(one, evidence.get(one.id), scopes[one.id], context) for one in chosen]
    paths = numbered_paths(results)
    verdicts = _judged(rows, evidence, options)
    row_of = {str(row.id): row for row in verdicts.itertuples()}
    told = {
        one.id: (
            *_reasons(
                evidence[one.id],
                scopes[one.id],
                options,
                negligible=row_of[one.id].verdict == "shown to be negligible",
            ),
            *beyond_range(evidence[one.id].findings),
            *_lost_by_adjusting(row_of[one.id], options.level),
            *(() if KINDS[evidence[one.id].kind].takes_controls else context.without_controls()),
            *untaken(one, evidence[one.id].kind, context),
        )
        if one.id in evidence
        else (reasons[one.id],)
        for one in chosen
    }
    return HypothesisTests(
        verdicts=verdicts,
        reasons=told,
        claims=_claims_frame([evidence[one.id] for one in chosen if one.id in evidence], options.level),
        not_asked=_not_asked(scopes),
        models=tuple(model for result in results for model in result.models),
        paths=pd.concat(paths, ignore_index=True) if paths else no_paths(),
        tables={id_: one.tables for id_, one in evidence.items() if one.tables},
        failures=failures,
        not_taken=not_taken(order.testable, context.clean),
        options=options,
        controls=context.controls.coded,
    )


def _lost_by_adjusting(row: Any, level: float) -> tuple[Reason, ...]:
    """Say that a hypothesis would be shown by itself, and is not among all that were tested."""
    if not row.pvalue < level <= row.pvalue_adjusted:
        return ()
    return (Reason("lost_by_adjusting", {"p": row.pvalue, "adjusted": row.pvalue_adjusted}),)


def _context(theory: Theory, clean: Responses, options: TestingOptions) -> Context:
    return Context(
        theory=theory,
        clean=clean,
        fit=fit_options({"estimator": options.estimator, "missing": options.missing, "fixed_x": False}),
        method=options.method,
        intervals=options.intervals,
        draws=Draws(options.draws, options.seed),
        level=options.level,
        options=options_of_kinds(options.kinds, theory),
        controls=code_controls(options.controls, clean) if options.controls else NO_CONTROLS,
    )


def _choose(theory: Theory, ids: Sequence[str] | None) -> list[Hypothesis]:
    if ids is None:
        return list(theory.hypotheses.values())
    unknown = [id_ for id_ in ids if id_ not in theory.hypotheses]
    if unknown:
        raise InputError(
            f"theory {theory.id!r} has no hypothesis {', '.join(map(repr, unknown))}",
            place="hypotheses",
            cure=did_you_mean(unknown[0], theory.hypotheses),
            code="unknown-hypothesis",
        )
    return [theory.hypotheses[id_] for id_ in ids]


def _row(hypothesis: Hypothesis, evidence: Evidence | None, scope: Scope, context: Context) -> dict[str, Any]:
    kind = kind_of(hypothesis, context)
    row: dict[str, Any] = {
        "id": hypothesis.id,
        "statement": hypothesis.statement,
        "expected": _expected(hypothesis, evidence),
        "kind": kind.name if kind else "",
        "measure": "",
        "asked": scope.n_asked,
        "of": scope.n,
        "verdict": NOT_TESTABLE,
    }
    if evidence is None:
        return row
    numbers = {name: getattr(evidence, name) for name in _NUMBERS if name != "pvalue_adjusted"}
    return {**row, **numbers, "measure": evidence.measure}


def _expected(hypothesis: Hypothesis, evidence: Evidence | None) -> str:
    """Name the sign that all claims expect; without claims, that of the hypothesis."""
    signs = {finding.expected for finding in evidence.findings} if evidence else set()
    if len(signs) > 1:
        return "both"
    return EXPECTED[signs.pop()] if signs else _STATED[hypothesis.sign]


def _reasons(
    evidence: Evidence, scope: Scope, options: TestingOptions, *, negligible: bool
) -> tuple[Reason, ...]:
    """Say what a verdict rests on: how much was asked, how many single claims agree, what else there is."""
    found: list[Reason] = []
    if scope.n_asked < scope.n:
        counts = {
            role: (len(scope.asked[role]), len(scope.asked[role]) + len(scope.not_asked[role]))
            for role in scope.asked
            if scope.not_asked[role] and scope.asked[role]  # offers stand for outcomes that nobody was asked
        }
        found += [Reason("asked_in_part", counts)] if counts else []
    agreements = [one for _, one in _agreements(evidence.findings, options.level)]
    shown = agreements.count("agrees")
    tested = not all(isnan(one.pvalue) for one in evidence.findings)
    by_average = not shown and evidence.direction > 0 and evidence.pvalue < options.level
    counted = {"shown": shown, "of": len(agreements), "tested": tested, "by_average": by_average}
    against = tuple(
        (finding.source, finding.target)
        for finding, one in zip(evidence.findings, agreements, strict=True)
        if one == "against"
    )
    found.append(Reason("claims_shown", counted))
    if against:
        found.append(Reason("against", {"claims": against}))
    if negligible:
        lower, upper = evidence.inner
        within = {"lower": lower, "upper": upper, "smallest_effect": options.smallest_effect}
        found.append(Reason("negligible", {"coverage": 1.0 - 2.0 * options.level, **within}))
    return (*found, *evidence.reasons)


def _agreements(findings: Sequence[Finding], level: float) -> list[tuple[float, str]]:
    """Holm-adjusted p value of each claim of one hypothesis, and whether it agrees."""
    pvalues = adjusted([finding.pvalue for finding in findings], "holm")
    return [
        (pvalue, agreement(finding.direction, pvalue, level))
        for finding, pvalue in zip(findings, pvalues, strict=True)
    ]


def _judged(
    rows: Sequence[dict[str, Any]], evidence: Mapping[str, Evidence], options: TestingOptions
) -> pd.DataFrame:
    """Adjust over each family, and name the verdicts."""
    family = {id_: name for name, own in options.families.items() for id_ in own}
    tested = [row for row in rows if row["id"] in evidence]
    for name in dict.fromkeys(family.get(row["id"]) for row in tested):
        own = [row for row in tested if family.get(row["id"]) == name]
        for row, pvalue in zip(own, adjusted([row["pvalue"] for row in own], options.adjust), strict=True):
            one = evidence[row["id"]]
            row["pvalue_adjusted"] = pvalue
            row["verdict"] = verdict(
                one.direction,
                pvalue,
                level=options.level,
                every_claim_holds=all(
                    agrees == "agrees" for _, agrees in _agreements(one.findings, options.level)
                ),
                negligible=is_negligible(one.inner, options.smallest_effect),
            )
    frame = pd.DataFrame(rows, columns=[name for name in TABLE_COLUMNS if name != "reason"])
    return frame.astype(dict.fromkeys(_NUMBERS, float))


def _claims_frame(evidence: Sequence[Evidence], level: float) -> pd.DataFrame:
    rows = []
    for one in evidence:
        for finding, (pvalue, agrees) in zip(one.findings, _agreements(one.findings, level), strict=True):
            own = {
                name: getattr(finding, name)
                for name in CLAIM_COLUMNS
                if name not in ("pvalue_adjusted", "agreement")
            }
            rows.append({**own, "pvalue_adjusted": pvalue, "agreement": agrees})
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


def _not_asked(scopes: Mapping[str, Scope]) -> pd.DataFrame:
    rows = [
        (hypothesis, role, construct)
        for hypothesis, scope in scopes.items()
        for role, constructs in scope.not_asked.items()
        for construct in constructs
    ]
    return pd.DataFrame(rows, columns=list(NOT_ASKED_COLUMNS))
