"""Files damaged at random: each is read or refused with a place and a cure, never with a traceback."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coprod_measure.cli.check import check_file

VALID = Path(__file__).parent / "examples" / "valid"
SOURCES = {
    name: (VALID / f"{name}.yaml").read_text(encoding="utf-8")
    for name in ("control_items", "theory_small", "kinds_of_question")
}
MARKS = (
    "",
    "\t",
    "\n",
    "  ",
    ":",
    "- ",
    "[",
    "]",
    "{}",
    "[[]]",
    "? ",
    "<<:",
    "&a",
    "*a",
    "!x",
    '"',
    "'",
    "|",
)
VALUES = ("null", "1e999", "0x", "true", "joy_1", "-1", "9" * 20, ".nan", "{joy_1: {}}", "\u202e", "\u0000")
BITS = st.sampled_from([*MARKS, *VALUES, "show_if: 'joy_1 ==='"])


@st.composite
def damaged(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(sorted(SOURCES)))
    text = SOURCES[text].replace("../theory/small.yaml", "theory.yaml")
    for _ in range(draw(st.integers(1, 4))):
        lines = text.split("\n")
        number = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["drop", "double", "cut", "insert", "value"]))
        line = lines[number]
        at = draw(st.integers(0, len(line)))
        lines[number : number + 1] = {
            "drop": [],
            "double": [line, line],
            "cut": [line[:at]],
            "insert": [line[:at] + draw(BITS) + line[at:]],
            "value": [line.partition(":")[0] + ": " + draw(BITS)],
        }[how]
        text = "\n".join(lines)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "theory.yaml").write_text(SOURCES["theory_small"], encoding="utf-8")
    return folder


@settings(max_examples=80)
@given(text=damaged())
def test_no_damage_brings_down_the_check(folder, text):
    path = folder / "damaged.yaml"
    path.write_text(text, encoding="utf-8")
    _, findings = check_file(path)
    assert all(f.problem.place and f.problem.cause and f.problem.cure and f.problem.code for f in findings)
