"""Model text of cross-lagged panel models, with and without random intercepts.

Hamaker, Kuiper and Grasman (2015), *Psychological Methods* 20, 102-116; covariates and several indicators as
in Mulder and Hamaker (2021), *Structural Equation Modeling* 28, 638-648.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, product
from types import MappingProxyType

from coprod_measure.estimation.specification.writing import formula, label

WITHIN, BETWEEN = "within_", "stable_"


def lag_label(outcome: str, predictor: str) -> str:
    """Label of a lagged effect that is equal over time."""
    return label("lag", outcome, predictor)


def cross_lagged_text(
    variables: Sequence[str],
    n_waves: int,
    *,
    stable: bool,
    equal: bool,
    controls: Sequence[str] = (),
    items: Mapping[str, Sequence[str]] = MappingProxyType({}),
    spread: Mapping[str, float] = MappingProxyType({}),
    lags: Collection[tuple[str, str]] | None = None,
) -> str:
    """Write a cross-lagged panel model.

    Parameters
    ----------
    variables : sequence of str
        Observed as ``variable_1`` to ``variable_<n_waves>``, or measured by ``items``.
    stable : bool
        Whether stable differences between persons are taken out (random intercepts).
    equal : bool
        Lagged effects, and innovations from the second wave on, are equal over time.
    controls : sequence of str
        Observed covariates that do not change; their effects may differ by wave.
    items : mapping of str to sequence of str
        Variable to what it is measured by at every wave, observed as ``item_1`` and so on: loadings are equal
        over waves, means of items free, and errors of the same item correlate between waves.
    spread : mapping of str to float
        Variance of a variable (or of its first item), from which the search starts.
    lags : collection of (str, str), optional
        Pairs of earlier and later variable with a lagged effect, beside those of each on itself; None: all.

    Returns
    -------
    str
        For :func:`coprod_measure.lavaan`.
    """
    part = WITHIN if stable else ""
    lines = [line for name, own in items.items() for line in _factor(name, own, n_waves)]
    if stable:
        lines += _stable(variables, n_waves)
    for wave in range(2, n_waves + 1):
        for outcome in variables:
            terms = [
                (lag_label(outcome, predictor) if equal else "", f"{part}{predictor}_{wave - 1}")
                for predictor in variables
                if lags is None or predictor == outcome or (predictor, outcome) in lags
            ]
            lines.append(formula(f"{part}{outcome}_{wave}", "~", *terms))
    for wave in range(1, n_waves + 1):
        lines += _innovations(variables, wave, part, shared=equal and wave > 1)
    for name, wave in product(variables, range(1, n_waves + 1)):
        lines += [formula(f"{item}_{wave}", "~1") for item in items.get(name, (name,))]
        lines += [formula(f"{name}_{wave}", "~", control) for control in controls]
    for name, variance in spread.items():
        parts = [f"{part}{name}_{wave}" for wave in range(1, n_waves + 1)]
        parts += [f"{BETWEEN}{name}"] if stable else []
        lines += [formula(one, "~~", (f"start({0.4 * variance:.6g})", one)) for one in parts]
    return "\n".join(lines)


def _factor(name: str, items: Sequence[str], n_waves: int) -> list[str]:
    waves, (marker, *others) = range(1, n_waves + 1), items
    lines = [
        formula(
            f"{name}_{k}", "=~", ("1", f"{marker}_{k}"), *((label("loading", i), f"{i}_{k}") for i in others)
        )
        for k in waves
    ]
    pairs = [(j, k) for j in waves for k in waves if j <= k]
    return lines + [formula(f"{item}_{j}", "~~", f"{item}_{k}") for item in items for j, k in pairs]


def _stable(variables: Sequence[str], n_waves: int) -> list[str]:
    waves = range(1, n_waves + 1)
    lines = [
        formula(f"{BETWEEN}{name}", "=~", *(("1", f"{name}_{wave}") for wave in waves)) for name in variables
    ]
    lines += [
        formula(f"{WITHIN}{name}_{wave}", "=~", ("1", f"{name}_{wave}"))
        for name, wave in product(variables, waves)
    ]
    lines += [formula(f"{BETWEEN}{name}", "~~", f"{BETWEEN}{name}") for name in variables]
    return lines + [formula(f"{BETWEEN}{a}", "~~", f"{BETWEEN}{b}") for a, b in combinations(variables, 2)]


def _innovations(variables: Sequence[str], wave: int, part: str, *, shared: bool) -> list[str]:
    def line(a: str, b: str) -> str:
        equal = label("innovation", a, b) if shared else ""
        return formula(f"{part}{a}_{wave}", "~~", (equal, f"{part}{b}_{wave}"))

    return [line(name, name) for name in variables] + [line(a, b) for a, b in combinations(variables, 2)]
