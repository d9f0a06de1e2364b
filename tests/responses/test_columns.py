"""Only what the fielded form asked for is missed in a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Block, Form, Instrument, Item
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder


def test_items_outside_the_form_are_not_missed(written: Callable[..., Path], instrument: Instrument) -> None:
    asked = ("welcome", "trust_1", "trust_2", "tools")
    fielded = replace(
        instrument,
        items={**instrument.items, "welcome": Item("welcome", "Welcome.", kind="display", role="display")},
        forms={"short": Form("short", "Short", (Block("only", asked),))},
    )
    whole = written("trust_1,trust_2,tools_1,tools_2,tools_3\n1,2,1,0,1\n", "whole.csv")
    assert not read_responses(whole, fielded, form="short").warnings
    part = read_responses(written("trust_1,tools_1\n1,1\n", "part.csv"), fielded, form="short")
    assert part.warnings == ("part.csv: lacks 1 item of the form 'short': trust_2",)


@pytest.mark.parametrize(
    "names",
    [
        "trust_1_w1,trust_1_w2",
        "trust_1.T1,trust_1.T2",
        "trust_1_wave1,trust_1_wave2",
        "t1_trust_1,t2_trust_1",
    ],
)
def test_waves_side_by_side_that_nobody_named_are_refused_with_the_way_out(
    written: Callable[..., Path], instrument: Instrument, names: str
) -> None:
    with pytest.raises(ResponsesError) as error:
        read_responses(written(f"id,{names},skill_1\na,1,2,3\n"), instrument)
    (problem,) = error.value.problems
    assert problem.code == "waves-side-by-side"
    assert "2 in all" in problem.cause
    patterns = dict(re.findall(r'(\w+): "(\S+)"', problem.cure))
    got = read_responses(written(f"id,{names},skill_1\na,1,2,3\n"), instrument, wave=patterns)
    assert got.frame["trust_1"].tolist() == [1, 2]


def test_a_wave_that_the_study_does_not_name_is_added_to_those_that_it_names(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    """The way out named the others alone: who took it lost the first wave."""
    answers = written("id,trust_1_w1,trust_1_w2,skill_1\na,1,2,3\n")
    with pytest.raises(ResponsesError) as error:
        read_responses(answers, instrument, wave={"1": "*_w1"})
    (problem,) = error.value.problems
    assert "beside the 1 that the study names" in problem.cause
    patterns = dict(re.findall(r'(\w+): "(\S+)"', problem.cure))
    assert read_responses(answers, instrument, wave=patterns).frame["trust_1"].tolist() == [1, 2]


def test_the_sample_tells_hidden_questions_from_skipped_ones() -> None:
    path = shipped_folder("data/sample") / "coproduction" / "responses.csv"
    got = read_responses(path, read_instrument("etgar2007"), form="demo", id_column="ExternalReference")
    assert not [warning for warning in got.warnings if "lacks" in warning]
    took_part = got.frame["decision_engage_1"] == 1
    blank = got.frame["eva_worthwhile_1"].isna()
    kinds = got.missing["eva_worthwhile_1"].astype("str")
    assert set(kinds[blank & took_part]) == {"unanswered"}
    assert set(kinds[blank & ~took_part]) == {"not_shown"}


def test_a_name_map_that_is_missing_is_one_problem(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    items = {
        f"{stem}_{k}": instrument.items["trust_1"]
        for stem in ("trust", "skill", "worth")
        for k in range(1, 7)
    }
    bank = replace(instrument, items={id_: replace(item, id=id_) for id_, item in items.items()})
    header = ",".join(id_.replace("_", "") for id_ in bank.items)
    with pytest.raises(ResponsesError) as error:
        read_responses(written(f"trust_1,{header}\n" + ",".join("1" * 19) + "\n"), bank)
    (problem,) = error.value.problems
    assert problem.code == "name-map-missing"
    assert "names.json" in problem.cure


def test_items_that_the_form_does_not_ask_are_named_with_the_form_that_does(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    short = Form("short", "Short", (Block("b", ("trust_1", "trust_2")),))
    two = replace(instrument, forms={"short": short, **instrument.forms})
    got = read_responses(written("trust_1,skill_1\n1,2\n"), two, form="short")
    assert got.warnings == (
        "export.csv: holds 1 item that the form 'short' does not ask: skill_1; was the form 'main' fielded, "
        "which asks all of them?",
        "export.csv: lacks 1 item of the form 'short': trust_2",
    )


def test_columns_that_the_study_names_are_not_reported(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    text = "person,round,skill_1,trust_1\np1,1,2,3\np1,2,4,5\n"
    got = read_responses(written(text), instrument, id_column="person", anonymous_ids=True, wave="round")
    assert list(got.frame.index) == ["p1/1", "p1/2"]
    hashed = read_responses(written(text), instrument, id_column="person", wave="round")
    assert not any("p1" in id_ for id_ in hashed.frame.index)
    assert any("anonymous_ids: true" in said for said in hashed.warnings)
    assert got.unmapped == ()


def test_the_one_item_that_a_series_lacks_is_what_a_stranger_in_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    names = [f"{scale}{k}" for scale in "ACENO" for k in range(1, 6)]
    header = ",".join("A22" if name == "A2" else name for name in names)
    path.write_text(f"{header}\n{','.join('3' for _ in names)}\n", encoding="utf-8")
    with pytest.raises(
        ResponsesError, match="column A22: 'A22' is not an item of 'bfi25'. Did you mean 'A2'"
    ):
        read_responses(path, read_instrument("bfi25"))
