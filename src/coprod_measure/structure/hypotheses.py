"""Test the hypotheses of a theory: one row each, with a verdict and the reason for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from coprod_measure.errors import CoprodError, InputError
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import Claims
from coprod_measure.structure.estimate import FittedModel, estimate_decisions, estimate_model
from coprod_measure.structure.paths import build_models
from coprod_measure.structure.results import (
    CLAIM_COLUMNS,
    EXPECTED,
    TABLE_COLUMNS,
    HypothesisTests,
    no_paths,
)
from coprod_measure.structure.testability import ONLY_YES_NO, names_binary, some_of, take_all_apart
from coprod_measure.structure.variables import Variable
from coprod_measure.structure.verdicts import (
    ClaimResult,
    PartResult,
    average_claims,
    verdict,
    weakest_part,
)
from coprod_measure.theory.definition import Hypothesis, Theory
from coprod_measure.yaml_files import did_you_mean

_STATED = {"positive": "positive", "negative": "negative", "unsigned": "any"}
_NOTES = (
    "A hypothesis that claims several paths is judged by their average, in the direction it expects; where "
    "it rests on several models, by the weakest of them.",
    "p values of paths are Wald tests; those of indirect effects, and all intervals, come from Monte Carlo "
    "draws. Adjusted p values follow Holm over all hypotheses of the table.",
)


@on_one_thread
def test_hypotheses(
    theory: Theory,
    clean: Responses,
    ids: Sequence[str] | None = None,
    *,
    estimator: str = "ML",
    missing: str = "fiml",
    draws: int = 5000,
    level: float = 0.05,
    seed: int = 1,
) -> HypothesisTests:
    """Test hypotheses by structural equation models of the clean answers.

    Parameters
    ----------
    theory : Theory
        Holds the hypotheses.
    clean : Responses
        Clean answers, items keyed.
    ids : sequence of str, optional
        Hypotheses to test, in this order; all of the theory when left out.
    estimator, missing : str
        As in :func:`coprod_measure.sem`.
    draws, seed : int
        Monte Carlo draws for the intervals, and their seed.
    level : float
        Significance level of the verdicts.

    Returns
    -------
    HypothesisTests
        A hypothesis that cannot be tested with these data has a row that says why.

    Raises
    ------
    InputError
        If ``ids`` names a hypothesis that the theory does not have.
    """
    chosen = _choose(theory, ids)
    taken, refused = take_all_apart(chosen, theory, clean)
    variables: dict[str, Variable] = {}
    for claims in taken.values():
        variables.update(claims.variables)
    fitted, failures = _fit_all(theory, clean, taken, variables, estimator, missing, draws, seed)
    results = [result for model in fitted for result in model.results]
    rows = [_row(h, taken.get(h.id), results, refused.get(h.id) or failures.get(h.id)) for h in chosen]
    return HypothesisTests(
        _adjust_and_judge(rows, chosen, level),
        _claims_frame(results, level),
        tuple(model.fit for model in fitted if model.fit is not None),
        draws,
        seed,
        level,
        _NOTES,
        pd.concat([model.paths for model in fitted], ignore_index=True) if fitted else no_paths(),
    )


def latent_regressions(theory: Theory, clean: Responses, ids: Sequence[str]) -> str:
    """Write the regressions among factors that the hypotheses claim of everybody.

    Parameters
    ----------
    theory : Theory
    clean : Responses
    ids : sequence of str
        Hypotheses; those that these data cannot test are left out.

    Returns
    -------
    str
        Model syntax without the measurement part; empty when no claim relates two factors.
    """
    taken, _ = take_all_apart(_choose(theory, ids), theory, clean)
    variables = {name: one for found in taken.values() for name, one in found.variables.items()}
    claims = [
        claim for found in taken.values() for claim in found.claims if not names_binary(claim, variables)
    ]
    causes: dict[str, list[str]] = {}
    for model in build_models(claims, variables, theory):
        for cause, effect in model.paths:
            both = variables[cause].latent and variables[effect].latent
            if not model.gate and both and cause not in causes.setdefault(effect, []):
                causes[effect].append(cause)
    return "\n".join(f"{effect} ~ {' + '.join(named)}" for effect, named in causes.items() if named)


# The name is part of the public interface; pytest would otherwise collect it as a test.
test_hypotheses.__test__ = False  # type: ignore[attr-defined]


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


def _fit_all(
    theory: Theory,
    clean: Responses,
    taken: dict[str, Claims],
    variables: dict[str, Variable],
    estimator: str,
    missing: str,
    draws: int,
    seed: int,
) -> tuple[list[FittedModel], dict[str, str]]:
    """Fit every model that the claims need; a model that fails takes only its own claims with it."""
    claims = [claim for found in taken.values() for claim in found.claims]
    decisions = [claim for claim in claims if variables[claim.target].binary and not claim.via]
    paths = [claim for claim in claims if not names_binary(claim, variables)]
    fitted: list[FittedModel] = []
    failures: dict[str, str] = {}
    for model in build_models(paths, variables, theory):
        try:
            fitted.append(estimate_model(model, theory, clean, estimator, missing, draws, seed))
        except CoprodError as error:
            failures.update(
                {claim.hypothesis: f"its model could not be estimated: {error}" for claim in model.claims}
            )
    if decisions:
        try:
            fitted.append(estimate_decisions(decisions, variables, clean, draws, seed))
        except CoprodError as error:
            failures.update({claim.hypothesis: str(error) for claim in decisions})
    return fitted, failures


def _row(
    hypothesis: Hypothesis, claims: Claims | None, results: list[ClaimResult], refusal: str | None
) -> dict[str, Any]:
    own = [result for result in results if result.hypothesis == hypothesis.id]
    expected = _expected(hypothesis, own)
    row: dict[str, Any] = {"id": hypothesis.id, "statement": hypothesis.statement, "expected": expected}
    if not own or refusal:
        reason = refusal or ONLY_YES_NO
        return {**row, "verdict": "not testable here", "reason": reason}
    parts = [
        average_claims([result for result in own if result.respondents == respondents])
        for respondents in dict.fromkeys(result.respondents for result in own)
    ]
    part = weakest_part(parts)
    reason, every_claim_holds = _in_words(own, parts, part.respondents)
    if claims is not None and claims.unmeasured:
        reason += f"; not measured here: {some_of(claims.unmeasured)}"
    return {
        **row,
        "estimate": part.estimate,
        "std": part.std,
        "ci_lower": part.ci_lower,
        "ci_upper": part.ci_upper,
        "pvalue": part.pvalue,
        "reason": reason,
        "every_claim_holds": every_claim_holds,
    }


def _expected(hypothesis: Hypothesis, own: list[ClaimResult]) -> str:
    """Name the sign that all claims expect; without claims, that of the hypothesis."""
    signs = {result.expected for result in own}
    if len(signs) > 1:
        return "both"
    return EXPECTED[signs.pop()] if signs else _STATED[hypothesis.sign]


def _in_words(own: list[ClaimResult], parts: list[PartResult], respondents: str) -> tuple[str, bool]:
    """Say how many claims hold by themselves, and whether all do."""
    adjusted = holm([result.pvalue for result in own])
    significant = [
        (result, result.std * (result.expected or 1) > 0 or not result.expected)
        for result, p in zip(own, adjusted, strict=True)
        if p < 0.05
    ]
    hold = sum(agrees for _, agrees in significant)
    words = [f"{hold} of {len(own)} {'effect' if len(own) == 1 else 'effects'} significant as expected"]
    against = [f"{r.source} -> {r.target}" for r, agrees in significant if not agrees]
    if against:
        words.append(f"significant against expectation: {', '.join(against)}")
    if len(parts) > 1:
        words.append(f"decided by the weaker of {len(parts)} models ({respondents})")
    return "; ".join(words), hold == len(own)


def _adjust_and_judge(
    rows: list[dict[str, Any]], hypotheses: Sequence[Hypothesis], level: float
) -> pd.DataFrame:
    tested = [row for row in rows if "pvalue" in row]
    signed = {hypothesis.id: hypothesis.sign != "unsigned" for hypothesis in hypotheses}
    for row, adjusted in zip(tested, holm([row["pvalue"] for row in tested]), strict=True):
        row["pvalue_adjusted"] = adjusted
        row["verdict"] = verdict(
            row["std"],
            adjusted,
            signed=signed[row["id"]],
            level=level,
            every_claim_holds=row.pop("every_claim_holds"),
        )
        if row["expected"] == "negative":
            row |= _as_estimated(row)
    numbers = ["estimate", "std", "ci_lower", "ci_upper", "pvalue", "pvalue_adjusted"]
    frame = pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
    return frame.astype(dict.fromkeys(numbers, float))


def _as_estimated(row: dict[str, Any]) -> dict[str, float]:
    """Turn an average back that was turned for the verdict, so that positive meant as expected."""
    ends = {"ci_lower": -row["ci_upper"], "ci_upper": -row["ci_lower"]}
    return {"estimate": -row["estimate"], "std": -row["std"], **ends}


def _claims_frame(results: list[ClaimResult], level: float) -> pd.DataFrame:
    adjusted: dict[int, float] = {}
    for hypothesis in dict.fromkeys(result.hypothesis for result in results):
        own = [i for i, result in enumerate(results) if result.hypothesis == hypothesis]
        adjusted.update(zip(own, holm([results[i].pvalue for i in own]), strict=True))
    rows = []
    for i, result in enumerate(results):
        lower, upper = result.interval
        agrees = result.std * (result.expected or 1) > 0
        rows.append(
            (
                result.hypothesis, result.respondents, result.n, result.source, result.via, result.target,
                result.expected, result.estimate, result.se, result.std, lower, upper, result.pvalue,
                adjusted[i], bool(agrees and adjusted[i] < level),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
