import time
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from coprod_measure.errors import InputError
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.file_model import StudyModel
from coprod_measure.theory.definition import TheoryFile
from coprod_measure.yaml_files import FileModel, did_you_mean, open_yaml, parse_yaml, read_yaml, what_holds
from coprod_measure.yaml_nodes import _composed


class Leaf(FileModel):
    size: int
    colour: str = "green"


class Tree(FileModel):
    id: str
    leaves: dict[str, Leaf] = Field(default_factory=dict)
    rings: tuple[float, ...] = ()


class Grove(FileModel):
    """Lists of choices, numbers with bounds, and a value of two shapes."""

    kinds: tuple[Literal["oak", "pine"], ...] = Field(("oak",), min_length=2)
    age: int = Field(1, ge=1)
    owner: str | dict[str, str] | None = None
    weights: dict[str, dict[int, float]] = Field(default_factory=dict)


def grove_says(path: Path) -> list[str]:
    return [
        str(problem).split(": ", 1)[1] for problem in what_holds(open_yaml(path, error=InputError), Grove)[1]
    ]


@pytest.fixture
def write(tmp_path):
    def write_text(text: str | bytes) -> Path:
        path = tmp_path / "tree.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_text


def problems_of(path: Path) -> list:
    with pytest.raises(InputError) as caught:
        parse_yaml(open_yaml(path, error=InputError), Tree, error=InputError)
    return list(caught.value.problems)


def test_names_where_codes_are_meant_are_told_by_what_they_stand_under(write):
    cause = "keys of 'shade' are codes, whole numbers, not text (dark). Write a number such as 1"
    assert grove_says(write("weights: {shade: {dark: 0.5}}")) == [cause]


def test_a_wrong_entry_does_not_make_a_list_short(write):
    assert grove_says(write("kinds: [oak, pime]")) == ["'kinds' cannot be 'pime'. Did you mean 'pine'?"]
    assert grove_says(write("kinds: [pime]")) == [
        "'kinds' needs 2 or more entries. Add what is missing",
        "'kinds' cannot be 'pime'. Did you mean 'pine'?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("owner: 3", ["'owner' must be text, not a number (3). Put it in quotes: \"3\""]),
        ("owner: [oak]", ["'owner' must be text, not a list (['oak']). Write one text, without brackets"]),
        ("owner: {name: 3}", ["'name' must be text, not a number (3). Put it in quotes: \"3\""]),
        ("age: 0", ["'age' must be 1 or more, not 0. Write another number"]),
    ],
)
def test_one_mistake_is_one_problem(write, text, said):
    assert grove_says(write(text)) == said


def test_yaml_1_2_words_and_numbers(write):
    path = write("country: no\nlight: on\noctal: 010\ntime: 1:30\nyes: 0x1F\nnothing: ~\nday: 2026-01-05\n")
    data = read_yaml(path, error=InputError).data
    assert data == {
        "country": "no",
        "light": "on",
        "octal": 10,
        "time": "1:30",
        "yes": 31,
        "nothing": None,
        "day": "2026-01-05",
    }


@pytest.mark.parametrize(
    ("text", "value"), [("1e3", 1000.0), (".5", 0.5), ("-.inf", float("-inf")), ("1_0", "1_0")]
)
def test_numbers(write, text, value):
    assert read_yaml(write(f"a: {text}\n"), error=InputError).data["a"] in (value, 10)


def test_keys_are_text_whatever_they_look_like(write):
    assert read_yaml(write("1: a\ntrue: b\n"), error=InputError).data == {"1": "a", "true": "b"}


def test_places_count_lines_and_columns_from_one(write):
    file = read_yaml(write("id: oak\nleaves:\n  big: {size: 3}\nrings: [1,\n  2]\n"), error=InputError)
    ending = [
        file.place(loc).rpartition("tree.yaml")[2]
        for loc in (["id"], ["leaves", "big", "size"], ["rings", 1])
    ]
    assert ending == [":1:1", ":3:9", ":5:3"]
    assert file.place(["leaves", "small", "size"]).endswith("tree.yaml:2:1")


def test_all_problems_at_once_in_the_order_of_the_file(write):
    found = problems_of(
        write("id: 3\nleafs: {}\nleaves:\n  big: {size: huge}\n  small: {colour: red}\nid: oak\n")
    )
    assert [(problem.place.rpartition("tree.yaml:")[2], problem.code) for problem in found] == [
        ("1:1", "not-text"),
        ("2:1", "unknown-key"),
        ("4:9", "not-a-number"),
        ("5:3", "missing-key"),
        ("6:1", "duplicate-key"),
    ]
    assert "Did you mean 'leaves'?" in found[1].cure
    assert 'Put it in quotes: "3"' in found[0].cure


def test_sound_parts_survive_unsound_ones(write):
    file = open_yaml(write("leaves:\n  big: {size: 3, colr: red}\n  bad: {size: x}\n"), error=InputError)
    tree, problems = what_holds(file, Tree)
    assert {problem.code for problem in problems} == {"missing-key", "unknown-key", "not-a-number"}
    assert tree is not None
    assert list(tree.leaves) == ["big"]


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("id: s\ninstrument: i\ncontrols: [age]\n", "It belongs under 'structure'"),
        ("id: s\ninstrument: i\nestimator: MLR\n", "It belongs under 'measurement' or 'structure'"),
        ("id: s\ninstrument: i\nreport: {seed: 3}\n", "It belongs at the top of the file: 'seed: ...'"),
        ("id: s\ninstrument: i\nstructure: {id: x}\n", "Known are"),
        ("id: s\ninstrument: i\ninstrumnt: x\n", "Did you mean 'instrument'?"),
    ],
)
def test_a_key_at_the_wrong_level_is_told_its_own(write, text, cure):
    problems = what_holds(read_yaml(write(text), error=InputError), StudyModel)[1]
    (unknown,) = [one for one in problems if one.code == "unknown-key"]
    assert unknown.cure.startswith(cure)


def test_another_name_of_a_value_is_told_the_one_used_here(write):
    text = (
        "id: t\ntitle: T\nversion: '1'\nconstructs:\n  a: {name: A, definition: d, measurement: formative}\n"
    )
    (problem,) = what_holds(read_yaml(write(text), error=InputError), TheoryFile)[1]
    assert problem.cure == "Write 'composite'"


def test_missing_file_names_its_neighbour(write):
    path = write("id: oak\n")
    with pytest.raises(InputError, match="no such file") as caught:
        read_yaml(path.with_name("tre.yaml"), error=InputError)
    assert "Did you mean 'tree.yaml'?" in str(caught.value)


def test_every_tab_is_named(write):
    with pytest.raises(InputError) as caught:
        read_yaml(write("id: oak\nleaves:\n\tbig: {}\n\tsmall: {}\n"), error=InputError)
    assert [problem.place.rpartition(":")[0].rpartition(":")[2] for problem in caught.value.problems] == [
        "3",
        "4",
    ]


def test_a_shared_anchor_is_no_bomb(write):
    file = read_yaml(write("a: &a [1, 2]\nb: *a\n"), error=InputError)
    assert file.data["a"] is file.data["b"]


def test_an_anchor_may_be_used_twice(write):
    assert read_yaml(write("a: &x 1\nb: *x\nc: &x 2\nd: *x\n"), error=InputError).data["d"] == 2


def test_bombs_and_large_files_are_refused_in_bounded_time(write):
    doubling = "a0: &a0 [x, x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(60))
    begin = time.process_time()
    for text, code in (
        (doubling, "too-large"),
        ("a: [" + "x, " * 1_200_000, "too-large"),
        ("[" * 50_000, "too-deep"),
        ("x, " * 900_000, "too-large"),
    ):
        with pytest.raises(InputError) as caught:
            read_yaml(write(text), error=InputError)
        assert caught.value.problems[0].code == code
    assert time.process_time() - begin < 10


@pytest.mark.parametrize(
    "text", ["", "- a\n", "just text\n", "a: 'open\n", "a: \x07\n", "%YAML 9.9\n---\na: 1\n", b"\xff"]
)
def test_no_text_brings_down_the_reader(write, text):
    with pytest.raises(InputError) as caught:
        read_yaml(write(text), error=InputError)
    assert all(problem.cure for problem in caught.value.problems)


def test_suggestions():
    assert did_you_mean("trsut", ["trust", "control"]) == "Did you mean 'trust'?"
    assert did_you_mean("zzz", [f"item_{n}" for n in range(20)]).endswith("and 8 more")
    assert did_you_mean("a", []) == "None is known here"
    assert did_you_mean("joy_99x", [f"joy_{n}" for n in range(5000)]).startswith("Did you mean 'joy_9")


@pytest.mark.parametrize(
    "deep",
    ["a: " + "[" * 2000, "[{a: " * 2000, "- " * 2000, "".join(f"{' ' * n}a:\n" for n in range(1000))],
)
def test_a_file_too_deep_to_compose_is_refused(write, deep):
    with pytest.raises(InputError) as caught:
        read_yaml(write(deep), error=InputError)
    assert caught.value.problems[0].code == "too-deep"


def test_both_parsers_read_a_shipped_file_alike():
    # The parser in C is there for speed alone: tags, places and values are those of the other.
    def leaves(node):
        place = (node.start_mark.line, node.start_mark.column, str(node.tag))
        if isinstance(node.value, str):
            return [(*place, node.value)]
        children = [
            part for child in node.value for part in (child if isinstance(child, tuple) else (child,))
        ]
        return [place, *(leaf for child in children for leaf in leaves(child))]

    text = (shipped_folder("instruments") / "theory/big_five.yaml").read_text(encoding="utf-8")
    assert leaves(_composed(text, pure=False)) == leaves(_composed(text, pure=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {b:1}\n", {"a": {"b:1": None}}),
        ("a: [http://x.org/y]\n", {"a": ["http://x.org/y"]}),
        ('a: "x\\/y"\n', {"a": "x/y"}),
        ("a: one\u2028two\n", {"a": "one\u2028two"}),
    ],
)
def test_what_only_yaml_1_2_allows_is_read(write, text, value):
    assert read_yaml(write(text), error=InputError).data == value


@pytest.mark.parametrize(
    ("word", "cure"),
    [
        ("mediators: [b]", "Write 'via: ...'"),
        ("dv: [b]", "Write 'targets: ...'"),
        ("sign: '+'", "Write 'positive'"),
        ("level: moderation", "Write 'moderated'"),
    ],
)
def test_words_of_other_programs_are_told_what_they_are_called_here(
    tmp_path: Path, word: str, cure: str
) -> None:
    level = "" if word.startswith("level") else ", level: direct"
    path = tmp_path / "theory.yaml"
    path.write_text(
        "id: t\ntitle: T\nversion: '1'\nsource: s\nstages: {}\n"
        f"constructs:\n  a: {{name: A, definition: d}}\nhypotheses:\n  A1: {{statement: s{level}, {word}}}\n"
    )
    problems = what_holds(read_yaml(path, error=InputError), TheoryFile)[1]
    assert cure in {problem.cure for problem in problems}


def test_an_entry_of_a_list_is_told_what_it_is_called_here(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "id: s\ntitle: T\ninstrument: i\nresponses: {file: f}\nseed: 1\nreport: {formats: [word]}\n"
    )
    with pytest.raises(InputError, match="'formats' cannot be 'word'. Write 'docx'"):
        parse_yaml(read_yaml(path, error=InputError), StudyModel, error=InputError)
