"""A study's hypotheses in answers drawn from a population, by its own cleaning, tests and adjustment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor
from statistics import NormalDist

import numpy as np
import pandas as pd

from coprod_measure.errors import InputError, NotAvailable, SimulationError, counted
from coprod_measure.fitting.threads import one_thread
from coprod_measure.planning.draws import Condition, Drawn, Outcome
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.as_responses import as_responses
from coprod_measure.simulation.claims import scaled, terms_of, varied, with_reliability, without_effects
from coprod_measure.simulation.population import Population
from coprod_measure.simulation.population_matrices import latent_covariance
from coprod_measure.structure.results import NOT_TESTABLE, HypothesisTests
from coprod_measure.structure.verdicts import SUPPORTED
from coprod_measure.structure.wording import sentence
from coprod_measure.study.as_asked import FEWEST_RESPONDENTS, tested
from coprod_measure.study.checks import untestable_with
from coprod_measure.study.definition import Study
from coprod_measure.yaml_reading import did_you_mean

_ROLES = ("wave", "category", "country", "weight", "cluster")
_FEW = 20
"""Respondents that show which columns a population's answers have."""


@dataclass(frozen=True)
class StudyWork:
    """What is drawn and tested for a study.

    Attributes
    ----------
    study : Study
        With the hypotheses that are tested under ``structure``.
    """

    study: Study
    population: Population
    rules: CleaningRules

    @property
    def claims(self) -> tuple[str, ...]:
        """Ids of the hypotheses."""
        return self.study.structure.hypotheses if self.study.structure else ()

    def draw(self, condition: Condition, seed: int) -> Drawn:
        """Draw respondents, clean their answers and test the hypotheses."""
        # Hundreds of short lists of names become indices: with Arrow's strings a draw costs an eighth more.
        with one_thread(), pd.option_context("mode.string_storage", "python"):
            sample = simulate(self.population_of(condition, seed), condition.n, seed)
            several = self.population.waves is not None or self.population.categories is not None
            known = self.study.responses.id_column is not None or several
            answers = as_responses(sample, known=known, roles=roles_of(self.study))
            kept = clean(answers, self.rules)
            found = tested(self.study, kept, verdicts_only=True)
        if isinstance(found, NotAvailable):
            return Drawn(0, failure=found.reason)
        outcomes = _outcomes(found)
        untested = {
            id_: " ".join(map(sentence, why)) for id_, why in found.reasons.items() if id_ not in outcomes
        }
        return Drawn(0, outcomes, kept.people, _admissible(found), untested=untested)

    def guesses(self, wanted: float) -> list[int]:
        """Say what regression of error-free scores would need for each claimed path, unreliability added.

        The standard error of a standardised slope is ``sqrt((1 - R2_y) / (n (1 - R2_x)))`` (Cohen, Cohen,
        West and Aiken, 2003); it grows by the reliabilities of both. Only a place to start from.
        """
        level = self.study.structure.level if self.study.structure else 0.05
        z = NormalDist().inv_cdf(1.0 - level / 2.0) + NormalDist().inv_cdf(wanted)
        beta, psi, phi = latent_covariance(self.population)
        place = {name: k for k, name in enumerate(self.population.order)}
        theory = self.study.instrument.theory
        found = []
        for id_ in self.claims:
            for term in terms_of(theory.hypotheses[id_], theory):
                b = self.population.paths.get(term.target, {}).get(term.source, 0.0)
                if term.moderator or not b:
                    continue
                y, x = place[term.target], place[term.source]
                others = [k for k in np.flatnonzero(beta[y]) if k != x]
                cross = phi[np.ix_(others, others)]
                left = 1.0 - float(phi[x, others] @ np.linalg.solve(cross, phi[x, others])) if others else 1.0
                true = self._reliability(term.source) * self._reliability(term.target)
                found.append(round(z**2 * psi[y, y] / (b**2 * left * true)))
        return found

    def _reliability(self, construct: str) -> float:
        asked = self.study.instrument.forms[self.population.form].item_ids
        k = max(sum(item.id in asked for item in self.study.instrument.items_of(construct)), 1)
        r = self.population.constructs[construct].loading ** 2
        return k * r / (1.0 + (k - 1) * r)

    def population_of(self, condition: Condition, seed: int | None = None) -> Population:
        """Give the population that a condition draws from; of a draw, with paths as uncertain as they are."""
        found = self.population if seed is None else varied(self.population, seed)
        if condition.form:
            found = replace(found, form=condition.form)
        if condition.null:
            found = without_effects(found, self.claims)
        if condition.effects != 1.0:
            found = scaled(found, condition.effects)
        if condition.reliability:
            found = with_reliability(found, condition.reliability)
        return found

    def _most_effects(self, condition: Condition) -> float:
        """Find, to a hundredth from below, what effects can be multiplied by; below 1 where nothing can."""
        possible, too_large = 0.0, condition.effects
        while too_large - possible > 0.005:
            middle = (possible + too_large) / 2.0
            try:
                latent_covariance(self.population_of(replace(condition, effects=middle)))
            except SimulationError:
                too_large = middle
            else:
                possible = middle
        return floor(100.0 * possible) / 100.0

    def check(self, condition: Condition) -> None:
        """Refuse a condition that cannot be drawn, before anything is.

        Raises
        ------
        InputError, SimulationError
            If there are too few respondents, no such form, or no such population.
        """
        if condition.n < FEWEST_RESPONDENTS:
            raise InputError(
                f"{counted(condition.n, 'respondent is', 'respondents are')} fewer than the "
                f"{FEWEST_RESPONDENTS} that a study needs",
                place="n",
                cure="Give more",
                code="n-too-small",
            )
        if condition.form and condition.form not in self.study.instrument.forms:
            raise InputError(
                f"{self.study.instrument.id!r} has no form {condition.form!r}",
                place="forms",
                cure=f"Its forms are {', '.join(self.study.instrument.forms)}",
                code="unknown-form",
            )
        try:
            latent_covariance(self.population_of(condition))
        except SimulationError as error:
            if condition.effects <= 1.0 or (most := self._most_effects(condition)) < 1.0:
                raise
            cause = f"{condition.effects:g} times as large, {error.problems[0].cause}"
            cure = f"Take effects up to {most:.2f}"
            raise SimulationError(cause, place="effects", cure=cure, code="effects-too-large") from None


def roles_of(study: Study) -> dict[str, str]:
    """Name the columns that a study gives a role."""
    named = {role: getattr(study.responses, role) for role in _ROLES}
    return {role: column for role, column in named.items() if isinstance(column, str)}


def study_work(
    study: Study, population: Population, only: Sequence[str] = ()
) -> tuple[StudyWork, dict[str, str]]:
    """Prepare a study, and say of the hypotheses that its form cannot test why.

    Raises
    ------
    SimulationError
        If it tests none.
    """
    asked = study.structure
    if asked is None or not asked.hypotheses:
        raise SimulationError(
            "the study tests no hypothesis whose power could be asked for",
            place=study.path,
            cure="Name some under structure: hypotheses:",
            code="no-hypotheses",
        )
    if absent := [id_ for id_ in only if id_ not in asked.hypotheses]:
        cause, cure = (
            f"the study does not test {', '.join(absent)}",
            did_you_mean(absent[0], asked.hypotheses),
        )
        raise SimulationError(cause, place="only", cure=cure, code="unknown-hypothesis")
    chosen = [id_ for id_ in asked.hypotheses if not only or id_ in only]
    waves = population.waves
    forms = [
        study.instrument.forms[name] for name in (population.form, *(waves.forms.values() if waves else ()))
    ]
    form = replace(forms[0], blocks=tuple(block for one in forms for block in one.blocks))
    often = len(waves.names) if waves else 1
    few = as_responses(simulate(population, n=_FEW, seed=0), roles=roles_of(study))
    found = untestable_with(
        study.instrument, form, chosen, often, [one for one in few.about if one != "wave"]
    )
    refused = {id_: sentence(reason) for id_, reason in found.items()}
    left = tuple(id_ for id_ in chosen if id_ not in refused)
    if not left:
        first, why = next(iter(refused.items()))
        raise SimulationError(
            f"form {population.form!r} can test none of the hypotheses ({first}: {why})",
            place=study.path,
            cure="Choose another form",
            code="no-hypotheses",
        )
    families = {name: tuple(id_ for id_ in own if id_ in left) for name, own in asked.families.items()}
    own = asked.model_copy(update={"hypotheses": left, "families": families})
    rules = read_cleaning_rules(study.folder / study.cleaning if study.cleaning else default_rules_path())
    return StudyWork(replace(study, structure=own), population, rules), refused


def _outcomes(found: HypothesisTests) -> dict[str, Outcome]:
    outcomes = {}
    for row in found.verdicts.itertuples():
        if row.verdict == NOT_TESTABLE:
            continue
        estimate = row.estimate if row.std != row.std else row.std
        outcomes[str(row.id)] = Outcome(
            found=row.verdict in SUPPORTED,
            against=row.verdict == "contradicted",
            estimate=float(estimate),
            lower=float(row.ci_lower),
            upper=float(row.ci_upper),
        )
    return outcomes


def _admissible(found: HypothesisTests) -> bool:
    return all(model.converged and model.admissible for model in found.models)
