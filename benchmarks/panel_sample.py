"""The third sample study: three waves, two categories a person, drawn from parameters that stand beside.

``python -m benchmarks.panel_sample data/sample/panel`` reads ``truth.yaml`` there and writes one file a wave.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

WAVES = 3
SCALES = {
    "con_task_expertise": (1, 2, 3),
    "pro_attribute_differentiation": (1, 2, 4),
    "propensity": (1, 2, 4),
    "eva_worthwhile": (1, 2, 3),
}
REVERSED = {"pro_attribute_differentiation_4", "propensity_4"}
PHASES = {"design": "phase_design_1", "assembly": "phase_assembly_1", "distribution": "phase_distribution_1"}


def waves(truth: Mapping[str, Any]) -> list[pd.DataFrame]:
    """Draw the answers: one frame a wave, one row a person and category."""
    rng = np.random.default_rng(truth["seed"])
    n, each = truth["people"], truth["categories_each"]
    names = list(truth["categories"])
    who = np.repeat(np.arange(n), each)
    kind = np.concatenate([rng.choice(len(names), each, replace=False) for _ in range(n)])
    maker = rng.random(n) < truth["makers"]["share"]
    states = ("task_expertise", "engagement", "worthwhile", "propensity")
    stable = {name: truth["stable_sd"] * rng.standard_normal(n) for name in states}
    within = {name: rng.standard_normal(n) for name in states}
    level = np.array([truth["categories"][name]["differentiation"] for name in names])[kind]
    perceived = level + 0.8 * rng.standard_normal(len(who))
    here = np.ones(n, dtype=bool)
    found = []
    for wave in range(WAVES):
        if wave:
            within = {
                name: sum(b * within[cause] for cause, b in causes.items()) + 0.9 * rng.standard_normal(n)
                for name, causes in truth["lagged"].items()
            }
        person = {name: stable[name] + within[name] for name in states}
        person["propensity"] = person["propensity"] + truth["makers"]["propensity"] * (maker - 0.5)
        rows = {name: person[name][who] + 0.4 * rng.standard_normal(len(who)) for name in states}
        rows["propensity"] += truth["differentiation_on_propensity"] * perceived
        engaged = rng.random(len(who)) < 1 / (1 + np.exp(-0.6 - 0.8 * rows["engagement"]))
        frame = pd.DataFrame({"CODE": [f"s{k:04d}" for k in who], "kind": np.asarray(names)[kind]})
        frame["decision_engage_1"] = engaged.astype(int)
        latent = {
            "con_task_expertise": rows["task_expertise"],
            "pro_attribute_differentiation": perceived,
            "propensity": rows["propensity"],
            "eva_worthwhile": rows["worthwhile"],
        }
        for construct, numbers in SCALES.items():
            for k in numbers:
                answer = np.clip(
                    np.round(4 + 1.0 * latent[construct] + 0.7 * rng.standard_normal(len(who))), 1, 7
                )
                item = f"{construct}_{k}"
                frame[item] = (8 - answer if item in REVERSED else answer).astype(int)
        frame.loc[~engaged, [f"eva_worthwhile_{k}" for k in SCALES["eva_worthwhile"]]] = pd.NA
        for phase, item in PHASES.items():
            own = np.array([truth["categories"][name]["phases"][phase] for name in names])[kind]
            odds = -0.2 + own + 0.9 * rows["engagement"] + truth["makers"]["phases"] * (maker[who] - 0.5)
            frame[item] = (rng.random(len(who)) < 1 / (1 + np.exp(-odds))).astype(int)
        frame["started"] = f"2026-0{2 * wave + 1}-15 09:00:00"
        frame["synthetic"] = "simulated"
        found.append(frame[here[who]].convert_dtypes())
        leave = truth["leaving"]
        odds = leave["constant"] + leave["task_expertise"] * person["task_expertise"]
        here &= rng.random(n) >= 1 / (1 + np.exp(-odds))
    return found


def main(folder: Path) -> None:
    """Write one export a wave."""
    truth = YAML(typ="safe").load(folder / "truth.yaml")
    for number, frame in enumerate(waves(truth), start=1):
        frame.to_csv(folder / f"wave{number}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
