"""Every file in ``examples/``: dropping one in adds a test."""

from pathlib import Path

import pytest

from coprod_measure.cli.check import check_file
from coprod_measure.errors import InputError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.theory.read import read_theory

EXAMPLES = Path(__file__).parent / "examples"
INVALID = sorted(EXAMPLES.glob("invalid/*.yaml"))
VALID = sorted(EXAMPLES.glob("valid/*.yaml"))


def test_there_are_enough_examples():
    assert len(INVALID) >= 50
    assert len(VALID) >= 20


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_broken_file_is_found_out(path):
    expected = set(path.read_bytes().splitlines()[0].decode().removeprefix("# raises: ").split())
    _, findings = check_file(path)
    found = {finding.problem.code for finding in findings}
    assert expected <= found, f"{path.name}: found {found}"
    for finding in findings:
        assert finding.problem.cause
        assert finding.problem.cure
        assert path.name in finding.problem.place
    harmless = path.stem.startswith("warns_")
    assert harmless != any(finding.severity == "error" for finding in findings)


@pytest.mark.parametrize(
    "path", [p for p in INVALID if not p.stem.startswith("warns_")], ids=lambda p: p.stem
)
def test_broken_file_cannot_be_used_unless_only_a_check_sees_it(path):
    expected = set(path.read_bytes().splitlines()[0].decode().removeprefix("# raises: ").split())
    only_checked = {"skip-rule-impossible", "skip-rule-cyclic", "name-collision", "merge-with-itself"}
    read = (
        read_theory
        if path.stem.startswith("theory_") and "file_missing" not in path.stem
        else read_instrument
    )
    if expected <= only_checked:
        read(path)
    else:
        with pytest.raises(InputError):
            read(path)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_sound_file_passes_without_a_warning(path):
    kind, findings = check_file(path)
    assert [str(finding) for finding in findings if finding.severity != "note"] == []
    assert kind == ("theory" if path.stem.startswith("theory_") else "instrument")
