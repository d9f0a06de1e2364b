"""Parameters of a model in samples drawn from a multivariate normal population."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.errors import InputError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.syntax import parse_model
from coprod_measure.estimation.specification.variables import classify
from coprod_measure.fitting.data import Dataset, GroupData
from coprod_measure.fitting.models import fit_model, fit_near, fit_request
from coprod_measure.fitting.option_rules import fit_options
from coprod_measure.fitting.parameter_frame import delta_errors, row_errors, test_columns
from coprod_measure.fitting.request import FitRequest, Kind
from coprod_measure.fitting.result import Fit
from coprod_measure.planning.draws import Condition, Drawn, Outcome
from coprod_measure.planning.models import parameter_power
from coprod_measure.planning.population_moments import population_moments
from coprod_measure.yaml_files import did_you_mean

_MANY = 100_000


@dataclass(frozen=True, slots=True)
class ModelWork:
    """What is drawn and fitted for a model text.

    Attributes
    ----------
    population, model : str
        Model texts: with a value for every parameter, and as it is fitted.
    claims : tuple of str
        Labels of parameters or defined effects; ``"a & b"`` for several that must all be found.
    kind : {"sem", "cfa", "growth", "lavaan"}
    options : mapping
        Of the fit.
    lacking : mapping
        Variable to the share of respondents who lack it, completely at random.
    """

    population: str
    model: str
    claims: tuple[str, ...]
    level: float = 0.05
    kind: Kind = "sem"
    options: Mapping[str, Any] = field(default_factory=dict)
    lacking: Mapping[str, float] = field(default_factory=dict)

    def draw(self, condition: Condition, seed: int) -> Drawn:
        """Draw once, fit, and look at every claim."""
        ready = _prepared(self.population, self.model, self.kind, tuple(sorted(self.options.items())))
        rng = np.random.default_rng(seed)
        answers = rng.standard_normal((condition.n, len(ready.mean))) @ ready.root.T + ready.mean
        if self.lacking:
            shares = np.array([self.lacking.get(name, 0.0) for name in ready.names])
            answers[rng.random(answers.shape) < shares] = np.nan
        fit = ready.fitted(answers)
        if not fit.converged:
            return Drawn(0, failure="the model did not converge", n=fit.n, admissible=False)
        single = self._outcomes(fit, {label for claim in self.claims for label in _parts(claim)})
        outcomes = {
            claim: single[claim]
            if claim in single
            else Outcome(all(single[label].found for label in _parts(claim)))
            for claim in self.claims
        }
        return Drawn(0, outcomes, fit.n, fit.admissible)

    def _outcomes(self, fit: Fit, labels: Collection[str]) -> dict[str, Outcome]:
        """Read estimates and errors of labels alone: the whole table would take longer than the fit."""
        model, x, covariance = fit.solution.model, fit.solution.minimum.x, fit.covariance_or_reason
        defined = model.constraints.definitions
        names = [*(row.label for row in model.table.rows), *defined.names]
        est = np.concatenate([model.values(x), defined.values(x)])
        se = np.concatenate([row_errors(model, covariance), delta_errors(defined.jacobian(x), covariance)])
        tests = test_columns(est, se, 0.95)
        return {
            label: Outcome(
                bool(tests["pvalue"][at] < self.level),
                estimate=float(est[at]),
                lower=float(tests["ci_lower"][at]),
                upper=float(tests["ci_upper"][at]),
            )
            for label in labels
            for at in [names.index(label)]
        }

    def guesses(self, wanted: float) -> list[int]:
        """Say what the expected information gives for the claims; nothing where it cannot say."""
        if self.lacking or self.options.keys() & {"missing", "ordered", "group", "cluster", "weights"}:
            return []
        names, _, _ = population_moments(self.population)
        options = {name: value for name, value in self.options.items() if name != "estimator"}
        found = parameter_power(
            self.population, self.model, n=len(names) + 2, level=self.level, kind=self.kind, **options
        )
        needed = found.table(wanted).dropna().set_index("label")["n_for"]
        labels = {label for claim in self.claims for label in _parts(claim)} & set(needed.index)
        return [int(needed[label]) for label in sorted(labels)]

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
                f"{counted(condition.n, 'respondent')} for {counted(len(names), 'variable')}",
                place="n",
                cure="Give more respondents than variables",
                code="n-too-small",
            )
        for name, share in self.lacking.items():
            if name not in names:
                cause, cure = f"the population has no variable {name!r}", did_you_mean(name, names)
                raise InputError(cause, place="lacking", cure=cure, code="unknown-variable")
            if not 0.0 <= share < 1.0:
                cause, cure = f"{share:g} of the respondents lack {name!r}", "Give a share from 0 to below 1"
                raise InputError(cause, place="lacking", cure=cure, code="no-share")
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


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is the same in every draw: the population's moments, and the fit near which each one is."""

    root: Floats
    mean: Floats
    names: tuple[str, ...]
    near: Fit | None
    request: FitRequest

    def fitted(self, answers: Floats) -> Fit:
        """Fit the model to answers, from where the population's own estimates are."""
        if self.near is None:
            frame = pd.DataFrame(answers, columns=list(self.names))
            return fit_model(self.request.kind, self.request.model, frame, self.request.options)
        if self.request.options.missing == "listwise":
            answers = answers[~np.isnan(answers).any(axis=1)]
        own = GroupData("", answers, None, None, len(answers), index=np.arange(len(answers)))
        request = replace(self.request, data=replace(self.request.data, groups=(own,)))
        return fit_near(request, self.near)


@lru_cache(maxsize=4)
def _prepared(population: str, model: str, kind: Kind, options: tuple[tuple[str, Any], ...]) -> _Ready:
    names, (cov, *_), (mean, *_) = population_moments(population)
    asked = fit_options(dict(options))
    text = parse_model(model)
    observed = classify(text.formulas).observed
    at = [names.index(name) for name in observed if name in names]
    plain = len(at) == len(observed) and asked.missing in ("listwise", "fiml") and not asked.ordered
    at = at if plain else list(range(len(names)))
    cov, mean = cov[np.ix_(at, at)], mean[at]
    values, vectors = np.linalg.eigh(cov)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    group = GroupData("", np.empty((0, len(at))), cov, mean, _MANY)
    data = Dataset(tuple(names[k] for k in at), (group,), {}, "", ())
    # Errors that need answers are computed in each draw; here the minimum alone is wanted.
    means = {"mean_structure": True} if asked.missing == "fiml" else {}
    complete = {**dict(options), "estimator": "ML", "missing": "listwise", **means}
    start = fit_options(complete) if plain else asked
    near = fit_request(FitRequest(kind, model, start, text, data)) if plain else None
    return _Ready(root, mean, data.names, near, FitRequest(kind, model, asked, text, data))


def _parts(claim: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in claim.split("&"))
