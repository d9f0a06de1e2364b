"""Equations between observed variables, and the instruments that the model itself implies (Bollen 1996).

A latent variable is its marker less the marker's error. What is then left of an equation is a composite
error, and every observed variable that the model leaves uncorrelated with it, and correlated with one of the
regressors, is an instrument.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.parameter_table import Parameter

Errors = dict[str, float]
# Covariances below this are zero whatever the parameters, up to rounding.
ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation to be estimated by two-stage least squares.

    Attributes
    ----------
    name : str
        Variable that it explains.
    outcome : str
        The observed variable in its place.
    free, regressors : tuple of str
        Names of the parameters, and the observed variables that they multiply.
    fixed : tuple of (str, float)
        Observed variables with known coefficients.
    """

    name: str
    outcome: str
    free: tuple[str, ...]
    regressors: tuple[str, ...]
    fixed: tuple[tuple[str, float], ...]
    instruments: tuple[str, ...]


def equations(rows: list[Parameter], observed: tuple[str, ...]) -> list[Equation]:
    """List the equations of one group, in the order of their outcomes.

    Parameters
    ----------
    rows : list of Parameter
        Of the group.
    observed : tuple of str
        Observed variables.

    Raises
    ------
    ModelError
        If a latent variable has no marker, or an equation too few instruments.
    """
    terms: dict[str, list[tuple[Parameter, str]]] = {}
    for row in rows:
        if row.op in ("=~", "~"):
            outcome, cause = (row.rhs, row.lhs) if row.op == "=~" else (row.lhs, row.rhs)
            terms.setdefault(outcome, []).append((row, cause))
    markers = _markers(rows, terms)
    covariance, total, names = _covariances(rows, terms, observed)
    found = []
    for outcome, own in terms.items():
        free = [(row, cause) for row, cause in own if row.free]
        if not free:
            continue
        place, error = _observed_form(outcome, markers, observed)
        error[outcome] = error.get(outcome, 0.0) + 1.0
        fixed: list[tuple[str, float]] = []
        regressors = []
        for k, (row, cause) in enumerate(own):
            name, of_cause = _observed_form(cause, markers, observed)
            value = 0.37 + 0.11 * k if row.free else row.value
            for each, size in of_cause.items():
                error[each] = error.get(each, 0.0) - value * size
            if row.free:
                regressors.append(name)
            else:
                fixed.append((name, row.value))
        composite = np.array([error.get(name, 0.0) for name in names])
        related = covariance @ composite
        about = np.abs(total[:, [names.index(name) for name in regressors]]).max(axis=1)
        instruments = [
            name
            for name in observed
            if abs(related[names.index(name)]) < ZERO and about[names.index(name)] > ZERO
        ]
        if len(instruments) < len(free):
            cause_text = f"{len(instruments)} instruments for {len(free)} coefficients of {outcome}"
            cure = "Free fewer residual covariances, or add indicators"
            raise ModelError(cause_text, place="model", cure=cure, code="too-few-instruments")
        keys = tuple(row.name for row, _ in free)
        found.append(Equation(outcome, place, keys, tuple(regressors), tuple(fixed), tuple(instruments)))
    return found


def _markers(rows: list[Parameter], terms: dict[str, list[tuple[Parameter, str]]]) -> dict[str, str]:
    """First indicator of each latent variable with a loading of one and nothing else behind it."""
    found: dict[str, str] = {}
    for row in rows:
        pure = row.op == "=~" and not row.free and row.value == 1.0 and len(terms[row.rhs]) == 1
        if pure:
            found.setdefault(row.lhs, row.rhs)
    return found


def _observed_form(name: str, markers: dict[str, str], observed: tuple[str, ...]) -> tuple[str, Errors]:
    """Observed variable that stands for another, and the errors that it has more."""
    errors: Errors = {}
    while name not in observed:
        if name not in markers:
            cure = "Leave one loading of each factor fixed at 1, and std_lv out"
            raise ModelError(f"{name} has no marker", place="model", cure=cure, code="no-marker")
        name = markers[name]
        errors[name] = 1.0
    return name, errors


def _covariances(
    rows: list[Parameter], terms: dict[str, list[tuple[Parameter, str]]], observed: tuple[str, ...]
) -> tuple[Floats, Floats, list[str]]:
    """Covariances of all variables with errors, and with each other, at drawn values; (v, v) and names."""
    names = list(dict.fromkeys([*observed, *terms, *(cause for own in terms.values() for _, cause in own)]))
    place = {name: k for k, name in enumerate(names)}
    rng = np.random.default_rng(1)
    slopes, psi = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for outcome, own in terms.items():
        for row, cause in own:
            slopes[place[outcome], place[cause]] = rng.uniform(0.2, 0.6) if row.free else row.value
    for row in rows:
        if row.op == "~~" and (row.free or math.isnan(row.value) or row.value):
            a, b = place[row.lhs], place[row.rhs]
            psi[a, b] = psi[b, a] = rng.uniform(0.8, 1.2) if a == b else rng.uniform(0.05, 0.15)
    effects = np.linalg.inv(np.eye(len(names)) - slopes)
    return effects @ psi, effects @ psi @ effects.T, names
