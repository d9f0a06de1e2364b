"""`coprod sem` with clusters and weights gives what the library gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.fitting.models import sem

MODEL = "f =~ x1 + x2 + x3\ny ~ f"


@pytest.fixture
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(60), 3)
    f = rng.normal(size=60)[person] + 0.5 * rng.normal(size=180)
    items = {f"x{n}": f + rng.normal(size=180) for n in (1, 2, 3)}
    return pd.DataFrame(
        {**items, "y": 0.4 * f + rng.normal(size=180), "person": person, "w": rng.uniform(0.5, 2, 180)}
    )


@pytest.mark.parametrize(
    ("options", "keywords"),
    [(["--cluster", "person"], {"cluster": "person"}), (["--weight", "w"], {"weights": "w"})],
)
def test_the_design_reaches_the_errors(
    answers: pd.DataFrame, tmp_path: Path, options: list[str], keywords: dict[str, str]
) -> None:
    data, model, out = tmp_path / "d.csv", tmp_path / "m.txt", tmp_path / "fit.json"
    answers.to_csv(data, index=False)
    model.write_text(MODEL, encoding="utf-8")
    asked = ["sem", "--model", str(model), "--data", str(data), "--json", str(out), *options]
    assert run_app(asked) == 0
    found = {
        (row["lhs"], row["op"], row["rhs"]): row["se"]
        for row in json.loads(out.read_text(encoding="utf-8"))["parameters"]
    }
    fit, plain = sem(MODEL, answers, **keywords).parameters, sem(MODEL, answers).parameters
    for row in fit.itertuples():
        assert found[row.lhs, row.op, row.rhs] == pytest.approx(row.se, rel=1e-6, abs=1e-9)
    assert not np.allclose(fit["se"].iloc[: len(plain)], plain["se"], rtol=0.01)


def test_codes_for_no_answer_are_taken_out_or_refused(
    answers: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers.assign(x1=answers["x1"].where(answers.index > 4, -99)).to_csv(tmp_path / "table.csv", index=False)
    asked = ["sem", "--model", MODEL, "--data", str(tmp_path / "table.csv"), "--missing", "fiml"]
    assert run_app([*asked, "--missing-codes", "-99,999"]) == 0
    without = answers.assign(x1=answers["x1"].where(answers.index > 4))
    assert capsys.readouterr().out.strip() == sem(MODEL, without, missing="fiml").summary().strip()
    assert run_app([*asked, "--missing-codes", "none"]) == 1
    assert "option --missing-codes: none are not numbers" in capsys.readouterr().err
    assert run_app(["sem", "--model", MODEL, "--data", "study.yaml", "--missing-codes", "-99"]) == 1
    assert "coded by its instrument" in capsys.readouterr().err
