"""The scripts beside a study's report run in R and give the numbers of the report."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from study.small_study import small_answers, write_small_study

pytestmark = pytest.mark.platform
TAIL = """
p <- parameterEstimates(fit)
write.csv(p[c("lhs", "op", "rhs", "est", "se")], "p.csv", row.names = FALSE)
"""


def test_scripts_of_a_study_give_its_numbers(tmp_path: Path) -> None:
    study = write_small_study(tmp_path)
    text = study.read_text().replace("keep: [city]", "keep: [city, age]")
    study.write_text(text.replace("hypotheses: [H1]", "hypotheses: [H1], controls: [age, city]"))
    age = np.random.default_rng(1).integers(18, 80, 120)
    small_answers().assign(age=age).to_csv(tmp_path / "answers.csv", index=False)
    found = cm.run_study(study)
    folder = tmp_path / "out" / "records" / "small-models"
    ours = {"measurement": found.measurement.confirmatory, "structure-1": found.structure.models[0]}
    assert sorted(path.stem for path in folder.glob("*.R")) == sorted(ours)
    for name, model in ours.items():
        (folder / "run.R").write_text((folder / f"{name}.R").read_text() + TAIL)
        done = subprocess.run(["Rscript", "run.R"], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        theirs = {
            (row.op, frozenset((row.lhs, row.rhs)) if row.op == "~~" else (row.lhs, row.rhs)): (
                row.est,
                row.se,
            )
            for row in pd.read_csv(folder / "p.csv").itertuples()
        }
        for row in model.parameters.itertuples():
            key = (row.op, frozenset((row.lhs, row.rhs)) if row.op == "~~" else (row.lhs, row.rhs))
            assert (row.est, row.se) == pytest.approx(theirs[key], rel=1e-3, abs=1e-3), (name, key)
        assert len(theirs) == len(model.parameters)
