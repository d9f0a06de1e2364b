"""`coprod sam` prints what `cm.sam` finds."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from coprod_measure.cli.app import app

REFERENCE = Path(__file__).parents[1] / "reference"


def test_a_model_is_fitted_in_two_steps(tmp_path: Path) -> None:
    model, data = REFERENCE / "sam_interaction" / "model.txt", REFERENCE / "data" / "latent_interaction.csv"
    out = tmp_path / "fit.json"
    found = CliRunner().invoke(app, ["sam", "--model", str(model), "--data", str(data), "--json", str(out)])
    assert found.exit_code == 0, found.output
    assert "3 measurement blocks" in found.output
    assert "Y ~ X:Z" in found.output
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["function"] == "sam"
    assert len(record["blocks"]) == 3


def test_what_two_steps_cannot_do_is_one_line(tmp_path: Path) -> None:
    model = tmp_path / "model.txt"
    model.write_text("X <~ x1 + x2\ny1 ~ X", encoding="utf-8")
    data = REFERENCE / "data" / "latent_interaction.csv"
    found = CliRunner().invoke(app, ["sam", "--model", str(model), "--data", str(data)])
    assert found.exit_code != 0


def test_a_model_may_be_the_text_itself_or_standard_input() -> None:
    text = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nZ ~ X"
    data = ["--data", str(REFERENCE / "data" / "latent_interaction.csv")]
    as_text = CliRunner().invoke(app, ["sem", "--model", text.replace("\n", "; "), *data])
    piped = CliRunner().invoke(app, ["sem", "--model", "-", *data], input=text)
    assert as_text.exit_code == piped.exit_code == 0, as_text.output
    assert "Z ~ X" in as_text.output
    assert as_text.output == piped.output
    wrong = CliRunner().invoke(app, ["sem", "--model", "models/none.txt", *data])
    assert "there is no such file" in str(wrong.exception)
