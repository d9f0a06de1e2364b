"""From claims to a structural model in lavaan syntax."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from coprod_measure.estimation.specification.writing import formula, free_covariances
from coprod_measure.structure.claims import Claim
from coprod_measure.structure.evidence import Reason
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Theory

if TYPE_CHECKING:
    import pandas as pd

    from coprod_measure.structure.controls import Controls


@dataclass(frozen=True, slots=True)
class PathModel:
    """A structural model that carries some claims.

    Attributes
    ----------
    gate : str
        Condition that chooses the respondents; empty for all.
    paths : tuple of (str, str)
        Cause and effect of every regression.
    covariances : tuple of (str, str)
        Residual covariances between effects of one stage, which share causes that the theory does not name.
    controls : tuple of (str, str)
        Control and effect of every further regression. Controls covary with all causes that have none.
    """

    gate: str
    variables: tuple[Variable, ...]
    paths: tuple[tuple[str, str], ...]
    covariances: tuple[tuple[str, str], ...]
    claims: tuple[Claim, ...]
    controls: tuple[tuple[str, str], ...] = ()

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """Ids of those whose claims it carries."""
        return tuple(dict.fromkeys(claim.hypothesis for claim in self.claims))

    @property
    def syntax(self) -> str:
        """The model in lavaan syntax."""
        lines = self._measurement()
        effects = dict.fromkeys(effect for _, effect in self.paths)
        for effect in effects:
            causes = [cause for cause, other in (*self.paths, *self.controls) if other == effect]
            lines.append(formula(effect, "~", *causes))
        lines += [formula(a, "~~", b) for a, b in self.covariances]
        lines += free_covariances(self.held, [one.id for one in self.variables if one.id not in effects])
        return "\n".join(lines)

    @property
    def held(self) -> tuple[str, ...]:
        """The controls, each once."""
        return tuple(dict.fromkeys(control for control, _ in self.controls))

    @property
    def names(self) -> tuple[str, ...]:
        """Variables of the structure, controls last."""
        return (*(variable.id for variable in self.variables), *self.held)

    def with_controls(self, controls: Controls, rows: pd.Index) -> PathModel:
        """Hold constant what the study asks for, for every effect of the model and these respondents."""
        effects = dict.fromkeys(effect for _, effect in self.paths)
        items = [item for variable in self.variables for item in variable.items]
        pairs = tuple((name, effect) for effect in effects for name in controls.of(effect, rows, items))
        return replace(self, controls=pairs)

    @property
    def unrestricted_syntax(self) -> str:
        """The same measurement, with covariances of all variables instead of paths."""
        pairs = combinations(self.names, 2)
        return "\n".join([*self._measurement(), *(formula(a, "~~", b) for a, b in pairs)])

    def _measurement(self) -> list[str]:
        return [formula(v.id, "=~", *v.items) for v in self.variables if v.latent]


def build_models(
    claims: Iterable[Claim], variables: Mapping[str, Variable], theory: Theory
) -> tuple[PathModel, ...]:
    """Put claims about the same respondents into one model.

    Parameters
    ----------
    claims : iterable of Claim
        Claims whose targets are not yes/no.
    variables : mapping
        Variables by id.
    theory : Theory
        Gives the stages, within which residuals may covary.

    Returns
    -------
    tuple of PathModel
        One for each group of respondents who saw all questions of a claim.

    """
    by_gate: dict[str, list[Claim]] = {}
    for claim in claims:
        by_gate.setdefault(_gate(claim, variables), []).append(claim)
    return tuple(_model(gate, found, variables, theory) for gate, found in sorted(by_gate.items()))


def why_not_together(
    claims: Sequence[Claim], more: Sequence[Claim], variables: Mapping[str, Variable]
) -> Reason | None:
    """Say why claims cannot join others in one cross-sectional model; None when they can.

    Parameters
    ----------
    claims, more : sequence of Claim
        Claims that are in, and those that want to join; each group of respondents has a model of its own.
    variables : mapping
        Variables by id.
    """
    for gate in dict.fromkeys(_gate(claim, variables) for claim in more):
        own = [claim for claim in (*claims, *more) if _gate(claim, variables) == gate]
        paths = dict.fromkeys(path for claim in own for path in _paths_of(claim))
        try:
            TopologicalSorter(_causes(paths)).prepare()
        except CycleError as error:
            return Reason("circle", {"path": " -> ".join(error.args[1])})
        owner: dict[str, str] = {}
        for name in dict.fromkeys(name for path in paths for name in path):
            for item in variables[name].items:
                if owner.setdefault(item, name) != name:
                    return Reason("shared_items", {"one": name, "other": owner[item]})
    return None


def _paths_of(claim: Claim) -> Iterator[tuple[str, str]]:
    steps = ((claim.source,), *claim.via, (claim.target,))
    for before, after in pairwise(steps):
        yield from ((a, b) for a in before for b in after if a != b)
    # The theory never says that conditions act only through the mediators: the direct path is fitted too.
    yield claim.source, claim.target


def _causes(paths: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    # Tuples and not sets: the order of a set changes from one run of Python to the next, and results with it.
    causes: dict[str, tuple[str, ...]] = {}
    for cause, effect in paths:
        if cause not in causes.get(effect, ()):
            causes[effect] = (*causes.get(effect, ()), cause)
    return causes


def _gate(claim: Claim, variables: Mapping[str, Variable]) -> str:
    names = [claim.source, claim.target, *(name for step in claim.via for name in step)]
    return joined([claim.among, *(variables[name].gate for name in names)])


def joined(gates: Iterable[str]) -> str:
    """Put conditions into one that holds for those who saw everything."""
    return " and ".join(dict.fromkeys(gate for gate in gates if gate))


def _model(gate: str, claims: list[Claim], variables: Mapping[str, Variable], theory: Theory) -> PathModel:
    paths = dict.fromkeys(path for claim in claims for path in _paths_of(claim))
    causes = _causes(paths)
    order = tuple(TopologicalSorter(causes).static_order())
    covariances = [
        (a, b)
        for a, b in combinations([name for name in order if name in causes], 2)
        if theory.stage_of(a) == theory.stage_of(b)
        and not _leads_to(causes, a, b)
        and not _leads_to(causes, b, a)
    ]
    return PathModel(
        gate, tuple(variables[name] for name in order), tuple(paths), tuple(covariances), tuple(claims)
    )


def _leads_to(causes: Mapping[str, tuple[str, ...]], start: str, end: str) -> bool:
    return any(cause == start or _leads_to(causes, start, cause) for cause in causes.get(end, ()))
