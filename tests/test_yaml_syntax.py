"""What is wrong with a file that is no YAML, in words that name what stands there and nothing else."""

import pytest

from coprod_measure.errors import InputError
from coprod_measure.yaml_reading import read_yaml


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("id: x\ntitle: Wave 1: before\n", "2:14", "the text holds a ':' of its own"),
        ("id: x\n  title: y\n", "2:8", "does not line up"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "does not line up"),
        ("id\ntitle: y\n", "2:6", "the line above has no ':'"),
        ("a: - b\n", "1:4", "a list cannot begin on the line of its key"),
        ("a: @home\n", "1:4", "a text cannot begin with '@'"),
        ("a: 'open\nb: c\n", "1:4", "the quotation mark that opens here is never closed"),
        ('a: "x" y\n', "1:8", "text follows the closing quotation mark"),
        ("a: [1, 2\nb: 3\n", "2:2", "a ',' or a ']' is missing after the '[' in line 1"),
        ("a: {b: 1\n", "2:1", "a ',' or a '}' is missing after the '{' in line 1"),
        ("a: *star\n", "1:4", "'*star' points to an anchor that is not there"),
        ('a: "C:\\q"\n', "1:8", "a backslash"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document begins"),
        ("a: 1\nb: \x07\n", "2:4", "the character U+0007"),
    ],
)
def test_what_stops_the_parser_is_said_in_plain_words(tmp_path, text, place, words):
    path = tmp_path / "tree.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_yaml(path, error=InputError)
    (problem,) = caught.value.problems
    assert problem.place.endswith(f"tree.yaml:{place}")
    assert words in problem.cause
    assert problem.code == "yaml-syntax"
    if not set("\"'") & set(text):
        assert "quotation mark" not in str(problem)
