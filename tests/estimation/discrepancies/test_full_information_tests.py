from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.discrepancies.discrepancy import IndexTest
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.inference.information import free_directions
from coprod_measure.estimation.missing.incomplete_moments import incomplete_moments
from coprod_measure.estimation.missing.saturated_information import SaturatedInformation
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.solution.minimize import Minimum, minimize
from coprod_measure.estimation.solution.starting_values import starting_values
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.default_parameters import OF_GROWTH
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

REFERENCE = Path(__file__).parents[2] / "reference"
GROWTH = Defaults(mean_structure=True, automatic=OF_GROWTH)

# lavaan stops its EM at changes of 1e-5, which moves what depends on saturated moments in the sixth digit.
TOLERANCE = 2e-6


def fitted(name: str, file: str, defaults: Defaults) -> tuple[FullInformation, Model, Minimum, pd.Series]:
    """Estimates of a stored case and lavaan's fit measures."""
    folder = REFERENCE / f"lavaan_{name}"
    table = parameter_table(parse_model((folder / "model.txt").read_text(encoding="utf-8")), defaults)
    columns = list(table.variables.observed)
    fixed = tuple(columns.index(name) for name in table.variables.exogenous)
    y = pd.read_csv(REFERENCE / "data" / file)[columns].to_numpy(float)
    known = ~np.isnan(y[:, list(fixed)]).any(axis=1)
    full = FullInformation(incomplete_moments((y[known],), fixed=fixed))
    model = compile_model(table, full.sample)
    minimum = minimize(full, model, starting_values(model, full.sample))
    return full, model, minimum, pd.read_csv(folder / "fit_measures.csv", index_col="name")["value"]


def saturated_trace(groups: tuple[SaturatedInformation, ...]) -> float:
    return sum(group.score_trace for group in groups)


def index_test(full: FullInformation, model: Model, minimum: Minimum, *, robust: bool) -> IndexTest:
    found = full.index_test(model, minimum.x, free_directions(model, minimum), robust=robust)
    assert isinstance(found, IndexTest)
    return found


@pytest.mark.parametrize(
    ("name", "file", "defaults"),
    [
        ("fiml_chain", "chain_missing.csv", Defaults(mean_structure=True)),
        ("fiml_chain_covariates", "chain_missing.csv", Defaults(mean_structure=True)),
        ("fiml_growth", "growth_missing.csv", GROWTH),
        ("fiml_growth_mlr", "growth_missing.csv", GROWTH),
    ],
)
def test_corrected_rmsea_is_that_of_lavaan(name: str, file: str, defaults: Defaults) -> None:
    full, model, minimum, measures = fitted(name, file, defaults)
    corrected = index_test(full, model, minimum, robust=name.endswith("mlr"))
    df, n = measures["df"], full.sample.n
    rmsea = np.sqrt(corrected.chi_square / n / df - corrected.trace / df / n)
    assert rmsea == pytest.approx(measures["rmsea_robust"], abs=TOLERANCE)


@pytest.mark.parametrize(
    ("name", "file", "defaults"),
    [
        ("fiml_chain_mlr", "chain_missing.csv", Defaults(mean_structure=True)),
        ("fiml_growth_mlr", "growth_missing.csv", GROWTH),
    ],
)
def test_scaling_factors_are_those_of_lavaan(name: str, file: str, defaults: Defaults) -> None:
    full, model, minimum, measures = fitted(name, file, defaults)
    groups = full.sample.information
    above = saturated_trace(groups)
    assert above / groups[0].kept.sum() == pytest.approx(measures["scaling_factor_h1"], abs=TOLERANCE)
    inverse = np.linalg.inv(full.hessian(model, minimum.x) / 2)
    trace = full.traces(model, minimum.x, inverse, "yuan_bentler_mplus").first
    assert trace / measures["df"] == pytest.approx(measures["chisq_scaling_factor"], abs=TOLERANCE)


def test_complete_data_need_no_correction() -> None:
    full, model, minimum, measures = fitted(
        "fiml_hs_complete", "holzinger_swineford.csv", Defaults(mean_structure=True)
    )
    corrected = index_test(full, model, minimum, robust=False)
    assert corrected.chi_square == pytest.approx(measures["chisq"], abs=1e-6)
    assert corrected.trace == pytest.approx(measures["df"], abs=1e-8)


def test_clusters_of_one_person_change_only_the_divisor() -> None:
    full, _, _, _ = fitted("fiml_chain", "chain_missing.csv", Defaults(mean_structure=True))
    groups = full.sample.information
    n = len(groups[0].scores)
    alone = replace(full.sample.groups[0], clusters=np.arange(n))
    again = saturated_trace(replace(full.sample, groups=(alone,)).information)
    assert again == pytest.approx(saturated_trace(groups) * n / (n - 1))


def test_moments_that_nobody_informs_are_reported() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=(200, 3))
    y[:100, 0] = np.nan
    y[100:, 1] = np.nan
    with pytest.raises(EstimationError, match="not identified"):
        saturated_trace(incomplete_moments((y,)).information)
