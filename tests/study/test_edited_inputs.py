"""Any edit of any input between two commands is seen and said, or cannot change anything."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coprod_measure.errors import StudyError
from coprod_measure.instrument.exports.write import write_export
from coprod_measure.instrument.read import read_instrument
from coprod_measure.study import made_from
from coprod_measure.study.definition import read_study
from coprod_measure.study.outputs import with_out
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.records import FORMAT
from study.small_study import ITEMS, small_answers, write_small_study

ROOMS = ("clean", "quality", "measure", "test", "exclusions")
Edit = Callable[[Path], None]


def in_file(name: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / name
        path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")

    return edit


def other_answers(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / "answers.csv"
        change(pd.read_csv(path)).to_csv(path, index=False)

    return edit


def swapped_names(folder: Path) -> None:
    """A name map that takes two items for each other."""
    write_export(read_instrument(folder / "instrument.yaml"), "redcap", folder / "export")
    names = json.loads((folder / "export" / "names.json").read_text("utf-8"))
    shutil.rmtree(folder / "export")
    first, second = names["items"]["joy_1"], names["items"]["ease_1"]
    names["items"]["joy_1"], names["items"]["ease_1"] = second, first
    (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")


SEEN: dict[str, tuple[Edit, str]] = {
    "a cell": (other_answers(lambda a: a.assign(joy_1=[6 - a["joy_1"][0], *a["joy_1"][1:]])), "answers"),
    "fewer rows": (other_answers(lambda a: a.iloc[:-10]), "answers"),
    "other people": (other_answers(lambda _: small_answers(90, seed=8)), "answers"),
    "name map": (swapped_names, "names.json"),
    "origin": (lambda folder: (folder / "ORIGIN.md").write_text("Synthetic: yes\n") and None, "ORIGIN.md"),
    "an item turned round": (in_file("instrument.yaml", "{text: I enjoy it.}", "{text: I enjoy it., reverse: true}"), "instrument"),
    "a wording": (in_file("instrument.yaml", "It is fun", "It is great fun"), "instrument"),
    "the sign of H1": (in_file("theory.yaml", "sign: positive", "sign: negative"), "theory"),
    "a limit of a rule": (in_file("cleaning.yaml", "value: 5", "value: 9"), "cleaning rules"),
    "the seed": (in_file("study.yaml", "seed: 4", "seed: 77"), "seed"),
    "the groups": (in_file("study.yaml", "groups: [city]", "groups: []"), "groups"),
    "the estimator": (in_file("study.yaml", "estimator: ML", "estimator: MLR"), "measurement: estimator"),
    "missing answers": (in_file("study.yaml", "missing: listwise", "missing: fiml"), "measurement: missing"),
    "an extra": (in_file("study.yaml", "htmt_draws: 0,", "htmt_draws: 0, extras: [scores],"), "measurement: extras"),
    "the draws": (in_file("study.yaml", "draws: 500", "draws: 700"), "structure: draws"),
    "no hypotheses": (in_file("study.yaml", "structure: {hypotheses: [H1], draws: 500}\n", ""), "structure"),
    "no comparison": (in_file("study.yaml", "compare_exclusions: true\n", ""), "compare_exclusions"),
    "no kept column": (in_file("study.yaml", ", keep: [city]}", ", keep: [city, joy_1]}"), "responses: keep"),
    "missing codes": (in_file("study.yaml", ", keep:", ', missing_codes: {"5": unanswered}, keep:'), "responses: missing_codes"),
    "default rules": (in_file("study.yaml", "cleaning: cleaning.yaml\n", ""), "cleaning"),
}  # fmt: skip
UNIMPORTANT: dict[str, Edit] = {
    "a comment in the study": in_file("study.yaml", "id: small", "# a comment\nid: small"),
    "another title": in_file("study.yaml", "title: Small", "title: Tiny"),
    "another format": in_file("study.yaml", "[html, json]", "[html]"),
    "nothing": lambda _: None,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edited") / "study"
    with Rooms(read_study(write_small_study(folder))) as rooms:
        for room in ROOMS:
            rooms.make(room)
    return folder


@pytest.mark.parametrize("name", SEEN)
def test_an_edit_is_seen_and_named(name: str, made: Path, tmp_path: Path) -> None:
    edit, what = SEEN[name]
    folder = shutil.copytree(made, tmp_path / "study")
    edit(folder)
    study = read_study(folder / "study.yaml")
    with pytest.raises(StudyError, match="changed since") as refused, Rooms(study, frozen=True) as rooms:
        rooms.results()
    assert refused.value.problems[0].code == "record-outdated"
    assert what in str(refused.value)
    told = report_again(folder)
    assert any(what in words for words in told)
    assert not report_again(folder)


@pytest.mark.parametrize("name", UNIMPORTANT)
def test_what_cannot_change_a_number_is_not_computed_again(name: str, made: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made, tmp_path / "study")
    UNIMPORTANT[name](folder)
    assert report_again(folder) == []


def test_another_version_of_a_library_is_seen(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(made, tmp_path / "study")
    now = made_from.versions()
    monkeypatch.setattr(made_from, "versions", lambda: {**now, "numpy": "1.0.0", "coprod-measure": "9.9.9"})
    with pytest.raises(StudyError, match=r"version of coprod-measure, the version of numpy"):
        Rooms(read_study(folder / "study.yaml"), frozen=True).results()


@settings(max_examples=3)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*(edit for edit, _ in SEEN.values()), *UNIMPORTANT.values()]),
            st.sampled_from(ROOMS),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda step: step[0],  # the same line twice is no study file
    )
)
def test_edits_and_commands_in_any_order_end_as_a_fresh_run(
    made: Path, steps: list[tuple[Edit, str]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = shutil.copytree(made, Path(place) / "study")
        for edit, room in steps:
            edit(folder)
            with Rooms(read_study(folder / "study.yaml"), tell=lambda _: None) as rooms:
                rooms.make(room)
        report_again(folder)
        fresh = with_out(read_study(folder / "study.yaml"), folder / "fresh")
        with Rooms(fresh) as rooms:
            for room in ROOMS:
                rooms.make(room)
        for room in ROOMS:
            assert content(folder / "out", room) == content(folder / "fresh", room)


def report_again(folder: Path) -> list[str]:
    told: list[str] = []
    with Rooms(read_study(folder / "study.yaml"), tell=told.append) as rooms:
        results = rooms.results()
    assert list(results.responses.frame.columns) == list(ITEMS)
    return told


def content(out: Path, room: str) -> object:
    """What a record holds, without what it was made from and the seal on that."""
    with zipfile.ZipFile(out / "records" / f"small-{room}.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != "seal"}
    text = json.loads(members.pop("record.json"))
    return text[FORMAT], members
