"""The command line parses, calls one function, and turns errors into one line and an exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from coprod_measure.cli import app as cli
from coprod_measure.cli.app import run_app
from coprod_measure.errors import AnalysisError, CoprodError, InputError
from study.small_study import THEORY

COMMANDS = {
    "demo", "new", "check", "export", "codebook", "run", "clean", "measure", "test", "report",
    "translations", "content-validity", "sem", "cfa", "efa", "pls", "reliability", "invariance", "simulate",
}  # fmt: skip


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["--help"]) == 0
    printed = capsys.readouterr().out
    assert {name for name in COMMANDS if f"  {name}" in printed} == COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["--version"]) == 0
    assert capsys.readouterr().out.startswith("coprod-measure ")


def test_wrong_usage_is_exit_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["run"]) == 2
    assert run_app(["rnu"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (InputError("x", place="a", cure="b"), 1),
        (AnalysisError("x"), 3),
        (MemoryError(), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: BaseException, code: int
) -> None:
    broken = typer.Typer()

    @broken.command()
    def fail() -> None:
        raise raised

    monkeypatch.setattr(cli, "app", broken)
    assert run_app([]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("coprod: ")
    assert len(printed.err.strip().splitlines()) == 1
    if isinstance(raised, CoprodError):
        assert str(raised) in printed.err


def test_interrupting_leaves_nothing_half_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "coprod_measure.cli.app", "demo", "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        # Tests that run in the background have interrupts ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.readline()  # the first step has begun
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not list(out.rglob("*.unfinished"))
    assert not list(out.glob("*.html"))


@pytest.mark.parametrize("moment", [0.06, 0.12, 0.2])
def test_an_interrupt_while_loading_is_one_line(moment: float) -> None:
    """The program says when Python itself has started, which no program can speak for."""
    code = (
        "import sys; from coprod_measure.__main__ import main; print('up', flush=True); "
        "sys.argv = ['coprod', 'check', 'bfi25', 'etgar2007']; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(moment)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "coprod: interrupted; nothing was left half-written\n")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, coprod_measure; print([m for m in ('numpy', 'pandas', 'scipy', 'typer') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_nothing_loads_before_an_interrupt_is_one_line() -> None:
    """``signal`` loads ``enum`` first, which takes most of the time in which an interrupt was a traceback."""
    code = "import sys; before = {*sys.modules}; import coprod_measure.__main__; print(sorted({*sys.modules} - before))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(eval(found)) == {"__future__", "coprod_measure", "coprod_measure.__main__"}


def test_naming_the_tests_of_claims_loads_no_engine() -> None:
    code = (
        "import sys, coprod_measure.report.hypotheses; "
        "print([m for m in sys.modules if m in ('coprod_measure.fitting.models', 'matplotlib')])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_help_loads_no_numbers() -> None:
    code = (
        "import sys; from coprod_measure.cli.app import run_app; run_app(['--help']); "
        "print([m for m in ('numpy', 'pandas', 'scipy', 'pydantic') if m in sys.modules], file=sys.stderr)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    assert printed.strip() == "[]"


def test_a_file_that_is_read_twice_is_spoken_of_once(tmp_path: Path) -> None:
    (tmp_path / "theory.yaml").write_text(THEORY.replace("Pleasure.", '"a\\x0bb"'), encoding="utf-8")
    command = [sys.executable, "-m", "coprod_measure", "check", str(tmp_path / "theory.yaml")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert said.count("control characters were taken out") == 1
