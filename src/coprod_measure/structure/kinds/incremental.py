"""Whether predictors add to what others explain: the gain in R2 of a block after another, latent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.structure.claims import scope_of, take_apart
from coprod_measure.structure.effects import (
    StructuralEstimates,
    matrices_in_chunks,
    percentile_interval,
)
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindResult,
    Reason,
    by_weakest,
)
from coprod_measure.structure.regression import (
    SIGNS,
    latent_regression,
    one_by_one,
    paths_test,
    variables_of,
)
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis

DELTA_R2 = "delta_r2"
TABLE_COLUMNS = (
    "block", "before", "target", "respondents", "n", "r2_before", "r2", "delta_r2", "ci_lower", "ci_upper",
    "wald", "df", "pvalue",
)  # fmt: skip
WORDS = {
    "one_block": "it names one block only: what it adds to must be under 'versus', or be another source",
    "no_amount": "{construct} is a yes/no answer, of which no share of variance is explained",
    "model_failed": "its regression could not be estimated: {error}",
    "with_and_without": "model of {target} with and without the paths of {block}: {test} = {value:.2f}, "
    "df = {df:g}, {p:p}",
    "no_likelihood": "no likelihood-ratio test for {target}: {error}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a block of predictors adds to a regression.

    Attributes
    ----------
    r2_before, r2, delta : float
        Explained share without the block, with it, and the gain.
    ci_lower, ci_upper : float
        95 % percentile interval of the gain over Monte Carlo draws; it cannot leave the range from 0 to 1, so
        whether there is a gain is for the test to say.
    wald, df, pvalue : float
        Test that all slopes of the block are zero.
    direction : int
        Sign of the mean standardised slope of the block, each slope turned as it is claimed.
    """

    r2_before: float
    r2: float
    delta: float
    ci_lower: float
    ci_upper: float
    wald: float
    df: int
    pvalue: float
    direction: int


def gain_in_r2(
    estimates: StructuralEstimates,
    target: str,
    block: Sequence[str],
    draws: int,
    seed: int,
    signs: Mapping[str, int] | None = None,
) -> Gain:
    """Compute what a block adds to the other predictors of a target.

    Parameters
    ----------
    estimates : StructuralEstimates
        Of a regression of the target on all other variables, which covary freely.
    block : sequence of str
        Predictors that come last; the others come first.
    draws, seed : int
        Monte Carlo draws, and their seed.
    signs : mapping, optional
        Predictor to the sign that is claimed, 1 where none is named.

    Notes
    -----
    R2 of predictors ``x`` is ``s' S^-1 s / v`` with their covariances ``S``, their covariances ``s`` with the
    target and its variance ``v``, all implied by the model (Cohen, Cohen, West and Aiken 2003, Applied
    multiple regression, ch. 5). The test is Wald's of the slopes of the block.
    """
    from scipy.stats import chi2

    names = estimates.names
    y, last = names.index(target), [names.index(name) for name in block]
    every = [k for k in range(len(names)) if k != y]
    first = [k for k in every if k not in last]
    spread = np.sqrt(np.diagonal(estimates.psi))
    shares = []
    for beta, psi in matrices_in_chunks(estimates, draws, seed):
        slopes, S = beta[:, y, every], psi[:, every][:, :, every]
        across = np.einsum("dij,dj->di", S, slopes)
        explained = np.einsum("di,di->d", across, slopes)
        of_first = _explained(S, across, [every.index(k) for k in first])
        shares.append(np.array([explained, of_first]) / (explained + psi[:, y, y]))
    full, before = np.hstack(shares)
    lower, upper = percentile_interval((full - before)[1:])
    slopes = estimates.beta[y, last]
    turned = np.array([(signs or {}).get(name, 1) or 1 for name in block])
    free = estimates.beta_parameter[y, last]
    wald = float(slopes @ np.linalg.solve(estimates.covariance[np.ix_(free, free)], slopes))
    return Gain(
        r2_before=float(before[0]),
        r2=float(full[0]),
        delta=float(full[0] - before[0]),
        ci_lower=lower,
        ci_upper=upper,
        wald=wald,
        df=len(last),
        pvalue=float(chi2.sf(wald, len(last))),
        direction=1 if float(np.mean(slopes * spread[last] * turned)) >= 0 else -1,
    )


def _explained(S: np.ndarray, s: np.ndarray, chosen: Sequence[int]) -> np.ndarray:
    """Variance of a target that some predictors explain in each of many draws, shape (draws,)."""
    across = s[:, chosen]
    solved = np.linalg.solve(S[:, chosen][:, :, chosen], across[:, :, None])[:, :, 0]
    return np.asarray(np.einsum("di,di->d", across, solved))


def recognises(hypothesis: Hypothesis, _: Context) -> bool:
    """Whether something is claimed to add to what else acts, or to act beyond it directly."""
    return hypothesis.level == "incremental" or (hypothesis.level == "direct" and bool(hypothesis.versus))


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which side is missing, or why there is no share to explain."""
    found = scope_of(hypothesis, context.theory, context.clean)
    if found.dark:
        return Reason("not_measured", {"constructs": found.dark})
    if len(_blocks(hypothesis, context)) == 0:
        return Reason("one_block")
    yes_no = [one.id for one in variables_of(hypothesis.targets, context) if one.binary]
    return Reason("no_amount", {"construct": yes_no[0]}) if yes_no else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Fit one regression a target with all predictors in it, and take out each block."""
    return one_by_one(hypotheses, context, _evidence, "Gain in explained variance", "model_failed")


def _blocks(hypothesis: Hypothesis, context: Context) -> list[tuple[tuple[str, ...], tuple[Variable, ...]]]:
    """Name what is taken out in turn: the sources as one block after ``versus``, or each after the others."""
    apart: list[tuple[tuple[str, ...], tuple[Variable, ...]]]
    if hypothesis.versus:
        return [(tuple(hypothesis.sources), variables_of(hypothesis.sources, context))]
    apart = [((id_,), own) for id_ in hypothesis.sources if (own := variables_of((id_,), context))]
    return apart if len(apart) > 1 else []


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    rows, findings, reasons = [], [], []
    expected = SIGNS[hypothesis.sign]
    blocks = _blocks(hypothesis, context)
    predictors = {one.id: one for one in variables_of((*hypothesis.versus, *hypothesis.sources), context)}
    claims = take_apart(hypothesis, context.theory, context.clean).claims
    signs = {claim.source: claim.sign for claim in claims}
    for target in variables_of(hypothesis.targets, context):
        estimates, respondents, n = latent_regression(target, [*predictors.values()], context)
        for names, block in blocks:
            name = " + ".join(names)
            own = [one.id for one in block if one.id != target.id]
            gain = gain_in_r2(estimates, target.id, own, context.draws.number, context.draws.seed, signs)
            before = [id_ for id_ in estimates.names if id_ not in (*own, target.id)]
            by_ratio = hypothesis.versus and "likelihood_ratio" in hypothesis.tested_by
            if by_ratio and not context.verdicts_only:
                reasons.append(_likelihood_ratio(target, [*predictors.values()], name, own, context))
            rows.append(
                (
                    names, tuple(before), target.id, respondents, n, gain.r2_before, gain.r2, gain.delta,
                    gain.ci_lower, gain.ci_upper, gain.wald, gain.df, gain.pvalue,
                )
            )  # fmt: skip
            findings.append(
                Finding(
                    hypothesis=hypothesis.id,
                    source=name,
                    sources=names,
                    target=target.id,
                    expected=expected,
                    measure=DELTA_R2,
                    respondents=respondents,
                    n=n,
                    estimate=gain.delta,
                    ci_lower=gain.ci_lower,
                    ci_upper=gain.ci_upper,
                    pvalue=gain.pvalue,
                    direction=gain.direction if expected else 1,
                )
            )
    gains = pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables={"gains": gains})


def _likelihood_ratio(
    target: Variable, predictors: Sequence[Variable], name: str, block: Sequence[str], context: Context
) -> Reason:
    """Say what the models with and without the paths of a block differ by."""
    try:
        found = paths_test(target, predictors, block, context)
    except CoprodError as error:
        return Reason("no_likelihood", {"target": target.id, "error": error.in_one_line})
    if isinstance(found.statistic, NotAvailable) or isinstance(found.pvalue, NotAvailable):
        return Reason("no_likelihood", {"target": target.id, "error": str(found.statistic)})
    told = {"target": target.id, "block": name, "test": "LR" if found.method == "standard" else "scaled LR"}
    numbers = {"value": float(found.statistic), "df": float(found.df), "p": float(found.pvalue)}
    return Reason("with_and_without", told | numbers)


KIND = Kind(
    name="incremental",
    levels=("incremental",),
    run=run,
    why_not=why_not,
    words=WORDS,
    missing="study",
    recognises=recognises,
    takes_clusters=True,
    takes_controls=True,
    design=("cluster", "weights"),
)
