"""Our fits against lavaan's on data that neither has seen: drawn anew at each run, the seed printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

pytestmark = pytest.mark.platform

MEASURES = (
    "chisq",
    "df",
    "pvalue",
    "cfi",
    "tli",
    "rmsea",
    "rmsea_ci_lower",
    "rmsea_ci_upper",
    "srmr",
    "logl",
    "aic",
    "bic",
)
SCALED = ("chisq_scaled", "cfi_scaled", "rmsea_scaled", "cfi_robust", "rmsea_robust")
COLUMNS = ("est", "se", "ci_lower", "ci_upper", "std_lv", "std_all")


class Case(NamedTuple):
    """A model, how it is fitted, and how its data are drawn."""

    function: str
    model: str
    options: dict[str, Any]
    draw: Callable[[np.random.Generator], pd.DataFrame]
    # Both programs stop an iteration somewhere, lavaan's default rule earlier; relative above one.
    tolerance: float = 1e-3


def chain(rng: np.random.Generator, n: int = 420) -> pd.DataFrame:
    """Three constructs in a chain, four items each, tails heavier than the normal."""
    tails = np.sqrt(8 / rng.chisquare(8, n))
    first = rng.standard_normal(n)
    second = 0.5 * first + 0.8 * rng.standard_normal(n)
    third = 0.3 * first + 0.4 * second + 0.8 * rng.standard_normal(n)
    loadings = np.array([1.0, 0.8, 0.9, 1.1])
    answers = np.hstack([np.outer(one, loadings) for one in (first, second, third)])
    answers = (answers + 0.8 * rng.standard_normal(answers.shape)) * tails[:, None]
    return pd.DataFrame(answers, columns=[f"y{k}" for k in range(1, 13)])


def chain_with_gaps(rng: np.random.Generator) -> pd.DataFrame:
    complete = chain(rng)
    return complete.mask(rng.random(complete.shape) < 0.08)


def chain_in_groups(rng: np.random.Generator) -> pd.DataFrame:
    return pd.concat(
        [chain(rng, 260).assign(g="a"), (chain(rng, 340) + 0.2).assign(g="b")], ignore_index=True
    )


def ordered_chain(rng: np.random.Generator) -> pd.DataFrame:
    latent = chain(rng, 700)
    cuts = latent.quantile([0.12, 0.35, 0.6, 0.86])
    return pd.DataFrame({name: np.searchsorted(cuts[name], latent[name]) + 1 for name in latent})


THREE = "f1 =~ y1 + y2 + y3 + y4\nf2 =~ y5 + y6 + y7 + y8\nf3 =~ y9 + y10 + y11 + y12"
PATHS = f"{THREE}\nf2 ~ a*f1\nf3 ~ b*f2 + c*f1\nindirect := a*b"
ITEMS = [f"y{k}" for k in range(1, 13)]
CASES = {
    "three factors, ML": Case("cfa", THREE, {}, chain, tolerance=1e-4),
    "paths and an indirect effect, MLR, gaps": Case(
        "sem", PATHS, {"estimator": "MLR", "missing": "fiml"}, chain_with_gaps
    ),
    "equal loadings and intercepts in two groups, ML": Case(
        "cfa", THREE, {"group": "g", "group_equal": ["loadings", "intercepts"]}, chain_in_groups
    ),
    "paths between ordered answers, WLSMV": Case(
        "sem", PATHS, {"estimator": "WLSMV", "ordered": ITEMS}, ordered_chain
    ),
}


def lavaan(case: Case, data: pd.DataFrame, folder: Path, rscript: Callable[..., Any]) -> dict[str, Any]:
    data.to_csv(folder / "data.csv", index=False)
    options = {name.replace("_", "."): value for name, value in case.options.items()}
    asked = {
        "function": case.function,
        "model": case.model,
        "data": str(folder / "data.csv"),
        "options": options,
    }
    (folder / "case.json").write_text(json.dumps(asked), encoding="utf-8")
    found: dict[str, Any] = rscript("fit_with_lavaan.R", folder / "case.json")
    return found


def by_name(rows: pd.DataFrame) -> dict[tuple[str, ...], pd.Series]:
    """Rows by what they are: a covariance has no order, a defined parameter neither formula nor group."""
    found = {}
    for _, row in rows.iterrows():
        ends = sorted((row["lhs"], row["rhs"])) if row["op"] == "~~" else [row["lhs"], row["rhs"]]
        key = (row["lhs"], ":=", "", "") if row["op"] == ":=" else (*ends, row["op"], str(int(row["group"])))
        found[key] = row
    return found


def apart(ours: float, theirs: float, tolerance: float) -> bool:
    return not abs(ours - theirs) <= tolerance * max(1.0, abs(theirs))


@pytest.mark.parametrize("name", CASES)
def test_fresh_data_give_what_lavaan_gives(
    name: str, seed: int, tmp_path: Path, rscript: Callable[..., Any], rules: str
) -> None:
    case = CASES[name]
    data = case.draw(np.random.default_rng(seed))
    theirs = lavaan(case, data, tmp_path, rscript)
    answers = pd.read_csv(tmp_path / "data.csv")
    fit = getattr(cm, case.function)(case.model, answers, **case.options, lavaan=rules)
    assert fit.converged
    assert theirs["converged"]

    ours, reference = by_name(fit.parameters), by_name(pd.DataFrame(theirs["parameters"]))
    assert len(reference) > 20
    lines = [f"{key} is not in our table" for key in reference.keys() - ours.keys()]
    lines += [
        f"{' '.join(key)} {column}: {ours[key][column]:.7g}, lavaan {row[column]:.7g}"
        for key, row in reference.items()
        if key in ours
        for column in COLUMNS
        if apart(float(ours[key][column]), float(row[column]), case.tolerance)
    ]
    measures = [one for one in (*MEASURES, *SCALED) if theirs["measures"].get(one) is not None]
    assert len(measures) >= 9
    lines += [
        f"{one}: {fit.fit_measures.get(one)}, lavaan {theirs['measures'][one]}"
        for one in measures
        if apart(float(fit.fit_measures.get(one, np.nan)), theirs["measures"][one], case.tolerance)
    ]
    assert lines == []
