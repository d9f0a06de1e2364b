"""Exports, one a wave, joined by id; what does not match is told."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.about_design import about_design
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.figures.canvas import png_bytes
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.waves import panel_warnings, unmatched_ids
from structure.small_answers import INSTRUMENT, THEORY


def exports(
    folder: Path, people: dict[str, list[str]], days: dict[str, str] | None = None
) -> dict[str, Path]:
    """Write one export a wave: these people, skill asked in the first wave only."""
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    files = {}
    for number, (wave, who) in enumerate(people.items()):
        frame = pd.DataFrame({"code": who, "trust_1": 3, "trust_2": 4, "will_1": range(1, len(who) + 1)})
        frame["will_1"] = frame["will_1"] % 5 + 1
        if number == 0:
            frame["skill_1"] = 2
        if days:
            frame["started"] = f"2026-{days[wave]} 10:00:00"
        files[wave] = folder / f"{wave}.csv"
        frame.to_csv(files[wave], index=False)
    return files


def read(folder: Path, files: dict[str, Path], **options: object) -> Responses:
    instrument = read_instrument(folder / "instrument.yaml")
    return cm.read_waves(files, instrument, **({"id_column": "code"} | options))


def test_forms_are_named_by_waves_also_by_numbers(tmp_path: Path) -> None:
    files = exports(tmp_path, {"1": ["a1", "a2"], "2": ["a1", "a2"]})
    numbered = {int(name): path for name, path in files.items()}
    with pytest.raises(ResponsesError, match="forms are named for 3, and the waves are 1, 2"):
        read(tmp_path, numbered, forms={3: "all"})
    with pytest.raises(ResponsesError, match="nope"):
        read(tmp_path, numbered, forms={1: "nope"})


def test_people_are_joined_and_ids_that_do_not_match_are_listed(tmp_path: Path) -> None:
    files = exports(tmp_path, {"t1": ["a1", "a2", "a3"], "t2": ["a2", "b9", "a1"], "t3": ["a1", "a2"]})
    found = read(tmp_path, files, anonymous_ids=True)
    assert (found.people, found.rows, found.waves) == (4, 8, 3)
    assert found.wave_names == ("t1", "t2", "t3")
    assert "wave t2: 1 of 3 ids stand in no earlier wave: b9" in found.warnings
    assert "wave t3: 2 of 4 people of earlier waves did not answer" in found.warnings
    assert found.frame.loc["a2/t2", "will_1"] == 2
    # What a wave did not ask was not shown in it.
    assert found.missing.loc["a2/t2", "skill_1"] == "not_shown"
    assert found.source.name == "t1.csv + t2.csv + t3.csv"


def test_hashes_in_place_of_ids_join_too(tmp_path: Path) -> None:
    files = exports(tmp_path, {"1": ["a1", "a2", "a3"], "2": ["a3", "a1"]})
    found = read(tmp_path, files)
    assert (found.people, found.rows) == (3, 5)
    assert not set(found.about["respondent"]) & {"a1", "a2", "a3"}


@pytest.mark.parametrize("anonymous", [True, False])
def test_ids_that_differ_in_capitals_or_blanks_are_told(tmp_path: Path, anonymous: bool) -> None:
    files = exports(tmp_path, {"1": ["ab 1", "cd2", "ef3"], "2": ["AB1", "cd2", "x9"]})
    found = read(tmp_path, files, anonymous_ids=anonymous)
    assert (found.people, [name for name in found.about if ":" in name]) == (5, [])
    assert any("wave 2: 1 new id would match an earlier wave if capitals" in one for one in found.warnings)
    lone = exports(tmp_path, {"1": ["ab 1", "AB1", "x9"]})
    told = read(tmp_path, lone, anonymous_ids=anonymous).warnings
    assert any("code: 1 id differs from another in capitals or blanks alone" in one for one in told)


def test_waves_that_share_nobody_are_named_and_exports_without_ids_refused(tmp_path: Path) -> None:
    files = exports(tmp_path, {"1": ["a1", "a2"], "2": ["b1", "b2"]})
    told = " ".join(read(tmp_path, files).warnings)
    assert "wave 2: none of its 2 ids stands in an earlier wave" in told
    with pytest.raises(ResponsesError, match="nothing joins the people of several exports"):
        read(tmp_path, files, id_column=None)
    with pytest.raises(ResponsesError, match="there is no column 'codes'"):
        read(tmp_path, files, id_column="codes")


def test_people_twice_in_a_wave_and_waves_out_of_order_are_named(tmp_path: Path) -> None:
    days = {"1": "05-02", "2": "04-01"}
    files = exports(tmp_path, {"1": ["a1", "a2", "a3"], "2": ["a3", "a1", "a3"]}, days)
    found = read(tmp_path, files, anonymous_ids=True)
    twice, back = panel_warnings(found)
    assert twice.startswith("wave 2: 1 person stands there twice: a3")
    assert back.startswith("wave 2: 2 of 2 people answered it before wave 1")
    clean = cm.clean(found)
    assert clean.rows == 5


def test_the_report_draws_who_answered_when(tmp_path: Path) -> None:
    files = exports(tmp_path, {"1": ["a1", "a2", "a3"], "2": ["a3", "a1"], "3": ["a1"]})
    found = read(tmp_path, files, anonymous_ids=True)
    picture, asked = about_design(found, Labels(found.instrument))
    assert isinstance(picture, Figure)
    assert isinstance(asked, Table)
    for told in ("wave 1: 1", "waves 1 and 2: 1", "waves 1, 2 and 3: 1"):
        assert told in picture.alt
    assert png_bytes(picture.drawing, 40).startswith(b"\x89PNG")
    assert {row.values[0]: row.values[1:] for row in asked.rows}["Skill"] == (1, None, None)


def test_waves_of_one_file_say_who_does_not_match_and_which_rows_do_not_say_theirs(tmp_path: Path) -> None:
    exports(tmp_path, {"1": ["a"]})
    who, when = ["a1", "a2", "a3", "a1", "b2", "a1", "a3", ""], ["10", "10", "10", "2", "2", "1", "", ""]
    frame = pd.DataFrame(
        {"code": who, "round": when, "kind": ["x", "", *"xyxyxy"], "trust_1": 3, "will_1": 4}
    )
    frame.to_csv(tmp_path / "long.csv", index=False)
    instrument = read_instrument(tmp_path / "instrument.yaml")
    options = {"id_column": "code", "wave": "round", "category": "kind", "anonymous_ids": True}
    found = cm.read_responses(tmp_path / "long.csv", instrument, **options)
    # Gaps among whole numbers do not make fractions of them, and 10 comes after 2.
    assert found.wave_names == ("1", "2", "10")
    assert found.frame.index.is_unique
    assert unmatched_ids(found) == (
        "wave 2: 1 of 2 ids stand in no earlier wave: b2",
        "wave 10: 2 of 3 ids stand in no earlier wave: a2, a3",
        "wave 10: 1 of 2 people of earlier waves did not answer",
    )
    assert panel_warnings(found) == (
        "2 rows do not say their wave; tests that need it leave them out",
        "1 row does not say its category; tests that need it leave it out",
    )
    assert cm.clean(found).rows == 8


@pytest.mark.parametrize(
    ("names", "order"), [("T9 T10 T11", "T9 T10 T11"), ("before during after", "after during before")]
)
def test_waves_come_by_number_or_as_they_appear(tmp_path: Path, names: str, order: str) -> None:
    exports(tmp_path, {"1": ["a"]})
    waves = names.split()[::-1]
    frame = pd.DataFrame({"code": ["a1", "a1", "a1"], "round": waves, "trust_1": 3, "will_1": 4})
    frame.to_csv(tmp_path / "long.csv", index=False)
    instrument = read_instrument(tmp_path / "instrument.yaml")
    found = cm.read_responses(tmp_path / "long.csv", instrument, id_column="code", wave="round")
    assert " ".join(found.wave_names) == order
    assert any("order of their first rows" in one for one in unmatched_ids(found)) == ("T9" not in names)
