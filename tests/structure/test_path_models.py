"""The same hypotheses give the same model text in every run of Python."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import coprod_measure as cm
from coprod_measure.structure.claims import take_apart
from coprod_measure.structure.path_models import build_models
instrument = cm.read_instrument("etgar2007")
sample = cm.shipped_folder("data/sample") / "coproduction" / "responses.csv"
answers = cm.read_responses(sample, instrument, form="demo")
found = [take_apart(instrument.theory.hypotheses[i], instrument.theory, answers) for i in ("H1a", "H1b", "H1f", "H1g")]
claims = [claim for one in found for claim in one.claims]
variables = {name: variable for one in found for name, variable in one.variables.items()}
for model in build_models(claims, variables, instrument.theory):
    print(model.syntax)
"""


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("0", "1")
    ]  # fmt: skip


def test_the_order_does_not_depend_on_the_hash_seed(texts: list[str]) -> None:
    assert texts[0] == texts[1]


def test_the_model_holds_what_the_hypotheses_say(texts: list[str]) -> None:
    lines = texts[0].splitlines()
    assert any(line.startswith("cb_net_judgement ~ ") for line in lines)
    assert "drv_play_fun ~~ drv_enjoyment" in lines or "drv_enjoyment ~~ drv_play_fun" in lines
    assert not [line for line in lines if "decision_engage" in line]
