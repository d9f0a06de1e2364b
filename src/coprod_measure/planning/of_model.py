"""Parameters of a model in samples drawn from a multivariate normal population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.errors import InputError
from coprod_measure.fitting.models import fit_model
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.request import Kind
from coprod_measure.planning.draws import Condition, Drawn, Outcome
from coprod_measure.planning.population_moments import population_moments
from coprod_measure.yaml_files import did_you_mean


@dataclass(frozen=True, slots=True)
class ModelWork:
    """What is drawn and fitted for a model text.

    Attributes
    ----------
    population, model : str
        Model texts: with a value for every parameter, and as it is fitted.
    claims : tuple of str
        Labels of parameters or defined effects; ``"a & b"`` for several that must all be found.
    level : float
    kind : {"sem", "cfa", "growth", "lavaan"}
    options : mapping
        Of the fit.
    """

    population: str
    model: str
    claims: tuple[str, ...]
    level: float = 0.05
    kind: Kind = "sem"
    options: Mapping[str, Any] = field(default_factory=dict)

    def draw(self, condition: Condition, seed: int) -> Drawn:
        """Draw once, fit, and look at every claim."""
        names, covariances, means = population_moments(self.population)
        rng = np.random.default_rng(seed)
        values, vectors = np.linalg.eigh(covariances[0])
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        data = pd.DataFrame(
            rng.standard_normal((condition.n, len(names))) @ root.T + means[0], columns=list(names)
        )
        fit = fit_model(self.kind, self.model, data, fit_options(dict(self.options)))
        if not fit.converged:
            return Drawn(0, failure="the model did not converge", n=condition.n, admissible=False)
        table = fit.parameters.drop_duplicates("label").set_index("label")
        single = {label: self._outcome(table, label) for claim in self.claims for label in _parts(claim)}
        outcomes = {
            claim: single[claim]
            if claim in single
            else Outcome(all(single[label].found for label in _parts(claim)))
            for claim in self.claims
        }
        return Drawn(0, outcomes, condition.n, fit.admissible)

    def _outcome(self, table: pd.DataFrame, label: str) -> Outcome:
        row = table.loc[label]
        return Outcome(
            bool(row["pvalue"] < self.level),
            estimate=float(row["est"]),
            lower=float(row["ci_lower"]),
            upper=float(row["ci_upper"]),
        )

    def check(self, condition: Condition) -> None:
        """Refuse samples that the model cannot be fitted to, and labels that it does not have."""
        names, _, _ = population_moments(self.population)
        if condition.form or condition.reliability or condition.effects != 1.0:
            raise InputError(
                "forms, reliability and effects are those of studies",
                place="power",
                cure="Write them into the population's text",
            )
        if condition.n <= len(names):
            raise InputError(
                f"{condition.n} respondents for {len(names)} variables",
                place="n",
                cure="Give more respondents than variables",
                code="n-too-small",
            )
        from coprod_measure.estimation.specification.syntax import parse_model

        text = parse_model(self.model)
        known = {label for formula in text.formulas for label in formula.label if label}
        known |= {one.lhs for one in text.constraints if one.op == ":="}
        for label in (one for claim in self.claims for one in _parts(claim)):
            if label not in known:
                raise InputError(
                    f"the model has no parameter {label!r}",
                    place="claims",
                    cure=did_you_mean(label, known),
                    code="unknown-label",
                )


def _parts(claim: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in claim.split("&"))
