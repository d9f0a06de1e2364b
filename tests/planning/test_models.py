"""Analytic power against semPower, lavaan and published tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coprod_measure as cm
from coprod_measure.errors import InputError, ModelError, NotAvailable, SimulationError
from coprod_measure.planning.population_moments import population_moments
from coprod_measure.structure.methods.panel_text import cross_lagged_text

STORED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "reference" / "power_analytic" / "values.json").read_text()
)


def measured(names: str, indicators: int, loading: float) -> tuple[str, str]:
    """Measurement part of a population and of a model."""
    values, free = [], []
    for name in names:
        items = [f"{name}{k}" for k in range(1, indicators + 1)]
        values.append(f"{name.upper()} =~ " + " + ".join(f"{loading}*{item}" for item in items))
        free.append(f"{name.upper()} =~ " + " + ".join(items))
    return "\n".join(values) + "\n", "\n".join(free) + "\n"


def test_a_correlation_of_two_factors() -> None:
    values, free = measured("fg", 3, 0.7)
    found = cm.model_power(values + "F ~~ 0.2*G", free + "F ~~ r*G", null="r == 0", n=300)
    assert found.discrepancy == pytest.approx(STORED["correlation"]["fmin"], abs=1e-6)
    assert found.n_for(0.80) == STORED["correlation"]["requiredN"]
    assert found.at(354).power == pytest.approx(STORED["correlation"]["impliedPower"], abs=1e-4)
    whole = cm.model_power(values + "F ~~ 0.2*G", free + "F ~~ 0*G", n=300)
    assert (whole.df, whole.power) == (9, pytest.approx(STORED["correlation_saturated"]["power"], abs=1e-4))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_of_two_paths(number: int) -> None:
    stored = STORED["regression"][number]
    values, free = measured("xzy", 4, 0.75)
    population = values + f"X ~~ 0.3*Z\nY ~ {stored['beta']}*X + 0.3*Z"
    found = cm.model_power(population, free + "Y ~ b*X + Z", null="b == 0", n=500)
    assert found.discrepancy == pytest.approx(stored["fmin"], abs=1e-6)
    assert found.at(stored["requiredN"]).power == pytest.approx(stored["impliedPower"], abs=1e-4)
    # semPower rounds, and stops one too far for .15; the smallest number is the one before which power is less.
    needed = found.n_for(0.80)
    assert stored["requiredN"] - needed in (0, 1)
    assert found.at(needed).power >= 0.80 > found.at(needed - 1).power


def test_two_slopes_are_equal() -> None:
    values, free = measured("xzy", 4, 0.75)
    population = values + "X ~~ 0.3*Z\nY ~ 0.15*X + 0.3*Z"
    for marker in ("x1", "z1", "y1"):
        free = free.replace(f"=~ {marker} ", f"=~ 0.75*{marker} ")
    found = cm.model_power(population, free + "Y ~ b*X + c*Z", null="b == c", n=500)
    assert found.power == pytest.approx(STORED["equal_slopes"]["power"], abs=1e-4)


def test_a_path_of_four_factors() -> None:
    values, free = measured("abcd", 3, 0.75)
    population = values + "B ~ 0.25*A\nC ~ 0.3*B\nD ~ 0.1*A + 0.4*C"
    found = cm.model_power(population, free + "B ~ A\nC ~ B\nD ~ d*A + C", null="d == 0", n=400)
    assert found.power == pytest.approx(STORED["path"]["power"], abs=1e-4)


def test_a_path_that_differs_between_groups() -> None:
    values, free = measured("xzy", 3, 0.75)
    population = values + "X ~~ 0.3*Z\nY ~ c(0.40, 0.15)*X + 0.2*Z"
    found = cm.model_power(
        population,
        free + "Y ~ c(b1, b2)*X + Z",
        null="b1 == b2",
        n=822,
        shares=(0.5, 0.5),
        group_equal=("loadings",),
    )
    assert found.discrepancy == pytest.approx(STORED["two_groups"]["fmin"], rel=2e-4)
    assert found.power == pytest.approx(STORED["two_groups"]["impliedPower"], abs=1e-4)
    needed = found.n_for(0.80)
    assert found.at(needed).power >= 0.80 > found.at(needed - 1).power


def test_a_loading_that_differs_between_groups() -> None:
    population = "F =~ 0.7*a + 0.7*b + 0.7*c + c(0.7, 0.5)*d"
    model = "F =~ NA*a + c(a1, a2)*a + c(b1, b2)*b + c(c1, c2)*c + c(d1, d2)*d\nF ~~ 1*F"
    found = cm.model_power(
        population, model, null="a1 == a2; b1 == b2; c1 == c2; d1 == d2", n=1212, shares=(1, 1)
    )
    assert found.df == 4
    assert found.discrepancy == pytest.approx(STORED["loadings"]["fmin"], abs=1e-6)
    assert found.power == pytest.approx(STORED["loadings"]["impliedPower"], abs=1e-4)


def test_a_random_intercept_cross_lagged_effect() -> None:
    within = [
        "within_x_{0} ~ 0.3*within_x_{1} + 0.10*within_y_{1}",
        "within_y_{0} ~ 0.3*within_y_{1} + 0.15*within_x_{1}",
    ]
    lines = [
        "stable_x =~ 1*x_1 + 1*x_2 + 1*x_3",
        "stable_y =~ 1*y_1 + 1*y_2 + 1*y_3",
        "stable_x ~~ 0.3*stable_y",
    ]
    for wave in (1, 2, 3):
        lines += [f"within_{v}_{wave} =~ 1*{v}_{wave}\n{v}_{wave} ~~ 0*{v}_{wave}" for v in "xy"]
        lines += [line.format(wave, wave - 1) for line in within if wave > 1]
    names, sigma, _ = population_moments("\n".join(lines))
    order = [names.index(name) for name in ("x_1", "y_1", "x_2", "y_2", "x_3", "y_3")]
    assert np.allclose(sigma[0][np.ix_(order, order)], STORED["panel"]["sigma"], atol=1e-10)
    model = cross_lagged_text(("x", "y"), 3, stable=True, equal=False)
    line = "within_y_2 ~ within_x_1 + within_y_1"
    assert line in model
    found = cm.model_power(
        "\n".join(lines),
        model.replace(line, "within_y_2 ~ cross*within_x_1 + within_y_1"),
        null="cross == 0",
        n=1329,
        kind="lavaan",
    )
    assert found.discrepancy == pytest.approx(STORED["panel"]["fmin"], abs=2e-6)
    assert found.power == pytest.approx(STORED["panel"]["impliedPower"], abs=1e-4)
    # semPower's 1,329 gives a power of .7996.
    assert found.at(found.n_for(0.80)).power >= 0.80 > found.at(1329).power


@pytest.mark.parametrize("label", ["a", "b", "cp"])
def test_satorra_and_saris_by_lavaan(label: str) -> None:
    values, free = measured("xmy", 3, 0.75)
    found = cm.model_power(
        values + "M ~ 0.25*X\nY ~ 0.3*M + 0.1*X\nX ~~ 1*X\nM ~~ 0.9375*M\nY ~~ 0.885*Y",
        free + "M ~ a*X\nY ~ b*M + cp*X",
        null=f"{label} == 0",
        n=300,
        likelihood="normal",
    )
    assert found.power == pytest.approx(STORED["satorra_saris"][label]["power"], abs=1e-4)


def test_standard_errors_by_the_expected_information() -> None:
    values, free = measured("xmy", 3, 0.75)
    population = values + "M ~ 0.25*X\nY ~ 0.3*M + 0.1*X\nX ~~ 1*X\nM ~~ 0.9375*M\nY ~~ 0.885*Y"
    found = cm.parameter_power(population, free + "M ~ a*X\nY ~ b*M + cp*X\nab := a*b", n=300)
    table = found.table(0.80).set_index("label")
    for label, se in STORED["errors"].items():
        assert table.loc[label, "se"] == pytest.approx(se, abs=1e-6)
        assert table.loc[label, "value"] == pytest.approx(STORED["values"][label], abs=1e-6)
    # The Wald and the likelihood ratio test agree as far as asymptotics go.
    assert table.loc["a", "power"] == pytest.approx(STORED["satorra_saris"]["a"]["power"], abs=0.02)


def test_the_example_of_muthen_and_muthen() -> None:
    """Two factors of five indicators (.8), correlated .25: 150 respondents give a power of .81 (2002).

    The population as reproduced by Chalmers (SimDesign: loadings .8, residuals .36, variances 1, about .81). It is
    the z test of drawn samples with factors of variance one: 10,000 draws give .813 (.004), with a marker instead
    .781. The noncentral chi-square is another approximation: .796 by lavaan 0.6-14.
    """
    values, free = measured("fg", 5, 0.8)
    population, model = values + "F ~~ 0.25*G", free + "F ~~ r*G"
    drawn = cm.power(
        population=population, model=model, claims=["r"], n=[150], draws=400, seed=1, options={"std_lv": True}
    ).table.iloc[0]
    assert abs(drawn["power"] - 0.81) < 3 * drawn["mcse"]
    table = cm.parameter_power(population, model, n=150, std_lv=True).parameters.set_index("label")
    assert table.loc["r", "power"] == pytest.approx(0.81, abs=0.03)  # asymptotics of a small sample
    ratio = cm.model_power(population, model, null="r == 0", n=150, std_lv=True, likelihood="normal")
    assert ratio.power == pytest.approx(0.7961663, abs=1e-5)


def test_a_population_that_cannot_be_names_the_equation() -> None:
    with pytest.raises(SimulationError, match="equation of 'y' explains 145%.*Lower the effects of x, z"):
        population_moments("y ~ 0.9*x + 0.8*z")
    with pytest.raises(SimulationError, match="circle"):
        population_moments("y ~ 1*x\nx ~ 1*y")
    with pytest.raises(ModelError, match="no value to y ~ z"):
        population_moments("y ~ 0.9*x + z")
    with pytest.raises(SimulationError, match="contradict"):
        population_moments("x ~~ 0.9*y\ny ~~ 0.9*z\nx ~~ -0.9*z")


def test_bad_input() -> None:
    with pytest.raises(InputError, match="3 respondents for 3 variables"):
        cm.model_power("y ~ .3*x + .2*z", "y ~ b*x + z", null="b == 0", n=3)
    with pytest.raises(InputError, match="wanted power is 1"):
        cm.rmsea_power(0.05, 100, 200).n_for(1.0)
    none = cm.model_power("y ~ 0*x", "y ~ b*x", null="b == 0", n=100)
    assert none.power == pytest.approx(0.05, abs=1e-6)
    assert isinstance(none.n_for(0.80), NotAvailable)


def test_the_example_of_muthen_and_muthen_with_missing_answers() -> None:
    """Half of the answers to the second factor's items missing: 175 respondents give a power near .80 (2002).

    Mplus 8.3, 10,000 draws of the same input: power .812, mean error .0855, mean estimate .2504
    (github.com/garberadamc/project-site, sim-power-size/mplus_files/cfa2_demo_sim.out).
    """
    values, free = measured("fg", 5, 0.8)
    drawn = cm.power(
        population=values + "F ~~ 0.25*G",
        model=free + "F ~~ r*G",
        claims=["r"],
        n=[175],
        draws=100,
        seed=3,
        lacking={f"g{k}": 0.5 for k in range(1, 6)},
        options={"std_lv": True, "missing": "fiml"},
    ).table.iloc[0]
    assert drawn["n_used"] == 175
    assert abs(drawn["power"] - 0.812) < 3 * drawn["mcse"]
    assert drawn["estimate"] == pytest.approx(0.2504, abs=3 * 0.0876 / 100**0.5)
    assert drawn["width"] / (2 * 1.959964) == pytest.approx(0.0855, rel=0.03)


@pytest.mark.parametrize(
    ("lacking", "words"), [({"z": 0.5}, "no variable 'z'"), ({"y": 1.0}, "Give a share from 0")]
)
def test_impossible_gaps(lacking: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        cm.power(population="y ~ .3*x", model="y ~ b*x", claims=["b"], n=[50], draws=2, lacking=lacking)


def test_listwise_loses_whoever_lacks_anything() -> None:
    """Power of 200 people of whom a fourth lack x is that of 150."""
    asked = {"population": "y ~ .25*x", "model": "y ~ b*x", "claims": ["b"], "seed": 1}
    some = cm.power(n=[200], draws=400, lacking={"x": 0.25}, **asked).table.iloc[0]  # type: ignore[arg-type]
    assert some["n_used"] == pytest.approx(150, abs=1)
    expected = cm.model_power("y ~ .25*x", "y ~ b*x", null="b == 0", n=150).power
    assert some["power"] == pytest.approx(expected, abs=3 * some["mcse"] + 0.01)
