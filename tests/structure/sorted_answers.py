"""Claims tested with a theory in which the design sorts people by category and country."""

from __future__ import annotations

from dataclasses import replace

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Construct, Hypothesis, Theory


def with_design(theory: Theory, *claims: Hypothesis) -> Theory:
    """Let a theory name what the design sorts people by, and these claims."""
    named = {
        id_: Construct(id=id_, name=name, definition="d", measurement="observed")
        for id_, name in (("pro_category", "Product category"), ("country", "Country"))
    }
    hypotheses = {one.id: one for one in claims}
    return replace(theory, constructs={**theory.constructs, **named}, hypotheses=hypotheses)


def judged(answers: Responses, *claims: Hypothesis, **how: object) -> HypothesisTests:
    """Test claims with few draws."""
    theory = with_design(answers.instrument.theory, *claims)
    own = replace(answers, instrument=replace(answers.instrument, theory=theory))
    return run_hypotheses(theory, own, missing="listwise", draws=100, **how)  # type: ignore[arg-type]
