from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.fitting.models import sem
from coprod_measure.structure.omitted_paths import omitted_paths
from coprod_measure.structure.path_models import PathModel
from coprod_measure.structure.structural_fit import OmittedPaths
from coprod_measure.structure.variables import Variable

NAMES = ("worry", "trust", "intent")


def answers(direct: float) -> pd.DataFrame:
    """Worry lowers trust, trust raises intent; worry acts on intent directly by so much."""
    random = np.random.default_rng(17)
    worry = random.standard_normal(600)
    trust = -0.5 * worry + random.standard_normal(600)
    intent = 0.4 * trust + direct * worry + random.standard_normal(600)
    factors = dict(zip(NAMES, (worry, trust, intent), strict=True))
    return pd.DataFrame(
        {f"{name}{k}": 0.8 * factor + 0.6 * random.standard_normal(600)
         for name, factor in factors.items() for k in range(1, 4)}
    )  # fmt: skip


def model(*paths: tuple[str, str]) -> PathModel:
    variables = tuple(Variable(name, tuple(f"{name}{k}" for k in range(1, 4)), True) for name in NAMES)
    return PathModel("", variables, paths, (), ())


def found(direct: float, *paths: tuple[str, str]) -> OmittedPaths | NotAvailable:
    asked, data = model(*paths), answers(direct)
    return omitted_paths(asked, sem(asked.syntax, data, fixed_x=False), data)


def test_a_path_that_is_missing_is_found() -> None:
    left_out = found(-0.5, ("worry", "trust"), ("trust", "intent"))
    assert isinstance(left_out, OmittedPaths)
    assert left_out.delta_df == 1
    assert left_out.pvalue < 1e-6
    assert left_out.cfi < left_out.cfi_unrestricted
    (row,) = left_out.paths.itertuples()
    assert (row.source, row.target) == ("worry", "intent")
    # In standard deviations: -.5 over the root of 1 + .4^2 1.25 + 2 (.4)(.25) + .25
    assert row.std == pytest.approx(-0.5 / np.sqrt(1.65), abs=0.12)


def test_nothing_is_missing_where_the_model_holds() -> None:
    left_out = found(0.0, ("worry", "trust"), ("trust", "intent"))
    assert isinstance(left_out, OmittedPaths)
    assert left_out.pvalue > 0.05
    assert left_out.paths.empty


def test_a_model_that_relates_everything_leaves_nothing_out() -> None:
    left_out = found(0.3, ("worry", "trust"), ("trust", "intent"), ("worry", "intent"))
    assert isinstance(left_out, NotAvailable)
    assert "relates all" in left_out.reason
