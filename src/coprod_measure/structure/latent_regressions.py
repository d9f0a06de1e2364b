"""The regressions among factors that hypotheses claim, for parts that look at what method does to paths."""

from __future__ import annotations

from collections.abc import Sequence

from coprod_measure.estimation.specification.writing import formula
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import take_apart
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.kinds import paths
from coprod_measure.structure.path_models import build_models
from coprod_measure.structure.testability import sort_by_kind
from coprod_measure.theory.definition import Theory


def latent_regressions(theory: Theory, clean: Responses, ids: Sequence[str]) -> str:
    """Write the regressions among factors that the hypotheses claim of everybody.

    ``ids``: hypotheses of the theory; those that these data cannot test by paths, or not together with those
    before them, are left out. Returns model syntax without the measurement part; empty when no claim relates
    two factors.
    """
    order = sort_by_kind([theory.hypotheses[id_] for id_ in ids], Context(theory, clean))
    own = next((found for kind, found in order.testable if kind.name == paths.KIND.name), ())
    taken = {one.id: take_apart(one, theory, clean) for one in own}
    variables = {name: one for found in taken.values() for name, one in found.variables.items()}
    claims = [
        claim
        for id_ in next(iter(paths.together(taken)), ())
        for claim in taken[id_].claims
        if not paths.names_binary(claim, variables)
    ]
    causes: dict[str, list[str]] = {}
    for model in build_models(claims, variables, theory):
        for cause, effect in model.paths:
            both = variables[cause].latent and variables[effect].latent
            if not model.gate and both and cause not in causes.setdefault(effect, []):
                causes[effect].append(cause)
    return "\n".join(formula(effect, "~", *named) for effect, named in causes.items() if named)
