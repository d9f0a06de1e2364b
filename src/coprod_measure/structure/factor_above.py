"""Facets of one higher factor: their loadings on it, and what it leaves of their correlations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from coprod_measure.errors import CoprodError, EstimationError
from coprod_measure.structure.evidence import (
    CORRELATION,
    Context,
    Evidence,
    Finding,
    Reason,
    agreement,
    by_weakest,
)

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit

_KIND = "measurement"
LOADING, TARGET = "higher_order_loading", "target_coefficient"
ENOUGH = 0.9
"""Target coefficient from which a higher factor explains the correlations of its facets."""


def factor_above(
    hypothesis: str,
    above: str,
    facets: Mapping[str, tuple[str, ...]],
    fitting: Mapping[str, Any],
    context: Context,
) -> Evidence:
    """Test that every facet loads on one higher factor, and how much of their correlations it explains.

    Parameters
    ----------
    facets : mapping
        Facet to its items.
    fitting : mapping
        Estimator and missing answers.
    """
    from coprod_measure.fitting.models import cfa
    from coprod_measure.fitting.settled import settled
    from coprod_measure.measurement.factors.higher_order import MODEL_COLUMNS, higher_order
    from coprod_measure.measurement.factors.rivals import rivals

    frame = context.clean.frame[[item for own in facets.values() for item in own]]
    try:
        model = higher_order(frame, {above: tuple(facets)}, facets, **fitting)
        # Factors with variance 1 leave every loading free, so that each has its test.
        fit = settled(cfa(model.text, frame, std_lv=True, **fitting))
        findings = _loadings(hypothesis, above, fit)
    except CoprodError as error:
        return _by_correlations(hypothesis, above, frame, facets, fitting, context, error)
    compared = [model.models.assign(target=[model.target, 1.0])]
    if not context.verdicts_only:
        others = rivals(frame, facets, **fitting).models.set_index("model").loc[["one factor", "bifactor"]]
        compared.append(others.reset_index())
    beside = (
        Finding(
            hypothesis=hypothesis,
            source=above,
            measure=TARGET,
            n=fit.n,
            estimate=model.target,
            direction=1 if model.target >= ENOUGH else -1,
        ),
    )
    testable = model.delta_df > 0
    return by_weakest(
        _KIND,
        findings,
        context.level,
        beside=beside if testable else (),
        reasons=() if testable else (Reason("equivalent"),),
        tables={"models": pd.concat(compared, ignore_index=True)[[*MODEL_COLUMNS, "target"]]},
    )


def _loadings(hypothesis: str, above: str, fit: Fit) -> list[Finding]:
    """Test each facet's loading on the factor above."""
    table = fit.parameters
    rows = table[(table["op"] == "=~") & (table["lhs"] == above)]
    if rows["pvalue"].isna().any():
        raise EstimationError(
            "a loading on the factor above has no standard error",
            cure="Collect more answers: a variance at or below zero leaves none",
            code="no-error",
        )
    return [
        Finding(
            hypothesis=hypothesis,
            source=above,
            target=str(row.rhs),
            expected=1,
            measure=LOADING,
            n=fit.n,
            estimate=float(row.std_all),
            pvalue=float(row.pvalue),
            direction=1 if row.std_all > 0 else -1,
        )
        for row in rows.itertuples()
    ]


def _by_correlations(
    hypothesis: str,
    above: str,
    frame: pd.DataFrame,
    facets: Mapping[str, tuple[str, ...]],
    fitting: Mapping[str, Any],
    context: Context,
    failed: CoprodError,
) -> Evidence:
    """Judge by the facets' own correlations where the factor above has no estimates.

    A facet that correlates with no other leaves a factor above three of them unidentified (Bollen 1989,
    Structural equations with latent variables, p. 247): no fault of the answers, but the answer.

    Raises
    ------
    CoprodError
        ``failed``, where every facet correlates with the others.
    """
    from coprod_measure.fitting.models import cfa
    from coprod_measure.fitting.settled import settled

    names = list(facets)
    pairs = {pair: f"r{k}" for k, pair in enumerate(combinations(names, 2))}
    lines = [f"{name} =~ {' + '.join(own)}" for name, own in facets.items()]
    lines += [f"{first} ~~ {label}*{second}" for (first, second), label in pairs.items()]
    for k, name in enumerate(names):
        own = [label for pair, label in pairs.items() if name in pair]
        lines.append(f"mean{k} := ({' + '.join(own)}) / {len(own)}")
    fit = settled(cfa("\n".join(lines), frame, std_lv=True, **fitting))
    rows = fit.parameters.set_index("lhs").loc[[f"mean{k}" for k in range(len(names))]]
    findings = [
        Finding(
            hypothesis=hypothesis,
            source=name,
            target=above,
            expected=1,
            measure=CORRELATION,
            n=fit.n,
            estimate=float(row.est),
            se=float(row.se),
            ci_lower=float(row.ci_lower),
            ci_upper=float(row.ci_upper),
            pvalue=float(row.pvalue),
            direction=1 if row.est > 0 else -1,
        )
        for name, row in zip(names, rows.itertuples(), strict=True)
    ]
    found = by_weakest(_KIND, findings, context.level, reasons=(Reason("no_factor_above"),))
    if isnan(found.pvalue) or agreement(found.direction, found.pvalue, context.level) == "agrees":
        raise failed
    return found
