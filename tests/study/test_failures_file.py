"""A fault of the program in one part: the rest is computed and reported, the traceback kept, the exit code says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.measurement.reliability import consistency
from coprod_measure.structure.kinds import KINDS
from study.small_study import write_small_study


def test_a_fault_in_a_part_leaves_the_rest_standing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = str(write_small_study(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(consistency, "examine", lambda x: 1 / 0)
        assert run_app(["run", study]) == 4
    told = capsys.readouterr().err
    assert "A fault of coprod stopped consistency" in told
    traces = tmp_path / "out" / "small-failures-measure.txt"
    assert str(traces) in told.replace("\n", "")
    assert "Traceback" in (trace := traces.read_text(encoding="utf-8"))
    assert "ZeroDivisionError: division by zero" in trace
    report = json.loads((tmp_path / "out" / "small-report.json").read_text(encoding="utf-8"))
    assert "ZeroDivisionError: division by zero" in json.dumps(report)
    assert [one for one in report["sections"] if one["id"] == "reliability"]
    # Mended, the part is there and the file of the fault is gone.
    assert run_app(["run", study]) == 0
    assert not traces.exists()


def test_a_fault_in_a_kind_of_test_costs_its_hypotheses_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    study = str(write_small_study(tmp_path))
    with monkeypatch.context() as patched:
        patched.setitem(KINDS, "paths", replace(KINDS["paths"], run=broken))
        assert run_app(["run", study]) == 4
    assert "A fault of coprod stopped paths" in capsys.readouterr().err
    assert "Traceback" in (tmp_path / "out" / "small-failures-test.txt").read_text(encoding="utf-8")
    report = (tmp_path / "out" / "small-report.json").read_text(encoding="utf-8")
    assert "its test could not be computed: ZeroDivisionError: division by zero" in report
