"""Random models fitted by us and by lavaan: nobody chose them, so they meet what no stored case thought of."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

pytestmark = pytest.mark.platform

ROOT = Path(__file__).parents[2]
SEEDS = range(1, 31)
MEASURES = ("chisq", "df", "cfi", "tli", "rmsea", "srmr", "chisq.scaled", "cfi.robust", "rmsea.robust", "aic")
# lavaan stops where the chi-square no longer moves; the fifth digit of an estimate may.
CLOSE = 2e-4

ESTIMATORS = ("ML", "ML", "MLR", "MLR", "MLM", "MLMV", "GLS", "ULS")
ORDINAL = ("WLSMV", "WLSM", "DWLS", "ULSMV")
N = 400


@dataclass(frozen=True)
class Case:
    """A model, its answers and the options of the fit, by our names."""

    model: str
    data: pd.DataFrame
    options: dict[str, Any] = field(default_factory=dict)

    def lavaan(self) -> dict[str, Any]:
        """The same options by lavaan's names."""
        return {name.replace("_", "."): value for name, value in self.options.items()}


def draw(seed: int) -> Case:
    """Draw a case; equal seeds give equal cases."""
    random = np.random.default_rng(seed)
    x = random.standard_normal(N)
    factors, data, lines = [f"f{k}" for k in range(1, int(random.integers(2, 4)) + 1)], {}, []
    values: list[np.ndarray] = []
    for k, name in enumerate(factors):
        own = 0.8 * random.standard_normal(N) + 0.3 * x + sum(0.3 * before for before in values)
        values.append(own)
        items = [f"{name}{letter}" for letter in "abcd"[: int(random.integers(3, 5))]]
        for item in items:
            data[item] = random.uniform(0.7, 1.1) * own + random.uniform(0.5, 0.8) * random.standard_normal(N)
        labels = ["", "same*", "same*", ""] if k == 0 and random.random() < 0.3 else [""] * 4
        lines.append(f"{name} =~ " + " + ".join(a + b for a, b in zip(labels, items, strict=False)))
    if random.random() < 0.6:
        lines += [f"f2 ~ p*{factors[0]} + x", "f1 ~ q*x", "indirect := p*q"]
    frame = pd.DataFrame(data)
    return Case("\n".join(lines), *_observed(frame, x, random))


def _observed(
    frame: pd.DataFrame, x: np.ndarray, random: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Give answers their categories, gaps and groups, and the options that go with them."""
    items, options = list(frame), {}
    ordinal = random.random() < 0.35
    if ordinal:
        cuts = np.sort(random.uniform(0.1, 0.9, int(random.integers(1, 5))))
        frame = frame.apply(lambda item: np.digitize(item, np.quantile(item, cuts)) + 1.0)
        options = {"ordered": items, "estimator": str(random.choice(ORDINAL))}
        options |= {"parameterization": "theta"} if random.random() < 0.3 else {}
    else:
        options = {"estimator": str(random.choice(ESTIMATORS))}
        options |= {"std_lv": True} if random.random() < 0.25 else {}
        if options["estimator"] in ("ML", "MLR") and random.random() < 0.5:
            options["missing"] = "fiml"
            frame = frame.mask(random.random(frame.shape) < 0.07)
    frame = frame.assign(x=x)
    if random.random() < 0.35:
        frame["group"] = np.where(random.random(N) < 0.4, "a", "b")
        equal = ["thresholds", "loadings"] if ordinal else ["loadings", "intercepts"]
        options |= {"group": "group", "group_equal": equal if ordinal or random.random() < 0.5 else equal[:1]}
    return frame, options


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all cases and what lavaan says of them."""
    folder = tmp_path_factory.mktemp("models")
    for seed in SEEDS:
        case = draw(seed)
        case.data.to_csv(folder / f"{seed}.csv", index=False)
        (folder / f"{seed}.txt").write_text(case.model + "\n", encoding="utf-8")
        (folder / f"{seed}.json").write_text(json.dumps(case.lavaan()), encoding="utf-8")
    script = ROOT / "platforms" / "fit_models.R"
    subprocess.run(["Rscript", str(script), str(folder)], check=True, capture_output=True)
    return folder


def test_lavaan_and_we_agree(fitted: Path, rules: str) -> None:
    lines, compared = [], 0
    for seed in SEEDS:
        theirs = json.loads((fitted / f"{seed}-lavaan.json").read_text(encoding="utf-8"))
        if not theirs["converged"]:
            continue
        compared += 1
        case = draw(seed)
        lines += [f"seed {seed} {case.options}: {line}" for line in _differences(case, theirs, rules)]
    assert compared >= 0.9 * len(SEEDS)
    assert not lines, f"{len(lines)} differences\n" + "\n".join(lines[:30])


def _differences(case: Case, theirs: dict[str, object], rules: str) -> list[str]:
    fit = cm.sem(case.model, case.data, **case.options, lavaan=rules)
    assert fit.converged
    rows = pd.DataFrame(theirs["parameters"])
    rows = rows.assign(group=rows["group"].where(rows["op"] != ":=", 0) if "group" in rows else 1)
    rows.loc[rows["op"] == ":=", "group"] = 0
    both = rows.merge(fit.parameters, on=["lhs", "op", "rhs", "group"], suffixes=("_lavaan", ""))
    assert len(both) >= (rows["op"] != "==").sum()
    found = [
        f"{row['lhs']} {row['op']} {row['rhs']} {name}: {row[name]}, lavaan {row[f'{name}_lavaan']}"
        for _, row in both.iterrows()
        for name in ("est", "se")
        if _apart(row[name], row[f"{name}_lavaan"])
    ]
    measures, named = theirs["measures"], fit.measures
    assert isinstance(measures, dict)
    if "thresholds are constrained" in fit.why_missing.get("cfi_robust", ""):
        # lavaan says so under delta too; under theta its robust CFI of 1 stands beside a robust RMSEA above 0.
        measures = {name: value for name, value in measures.items() if not name.endswith(".robust")}
    return found + [
        f"{name}: {named[name.replace('.', '_')]}, lavaan {measures[name]}"
        for name in MEASURES
        if measures.get(name) is not None and _apart(named[name.replace(".", "_")], measures[name])
    ]


def _apart(ours: float, theirs: float) -> bool:
    return not abs(ours - theirs) <= CLOSE * max(1.0, abs(theirs))
