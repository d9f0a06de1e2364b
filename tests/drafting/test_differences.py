from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.drafting.differences import differences
from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.instrument.exports.write import write_export
from coprod_measure.instrument.read import read_instrument

EXAMPLES = Path(__file__).parent / "examples"


def test_what_was_changed_on_the_platform_is_named(tmp_path):
    bfi = read_instrument("bfi25")
    text = write_export(bfi, "qualtrics", tmp_path).paths[0]
    changed = (
        text.read_text()
        .replace("I love children.", "I like children.")
        .replace("[[ID:age]]", "[[ID:how_old]]")
    )
    text.write_text(changed.replace("How old", "What age") if "How old" in changed else changed)
    draft = draft_instrument(text)
    found = {(one.item, one.what) for one in differences(bfi, draft.instrument, draft.names)}
    assert ("A4", "wording") in found
    assert all(item in {"A4", "age", "how_old"} for item, _ in found)


def test_an_unchanged_export_differs_in_nothing(tmp_path):
    bfi = read_instrument("bfi25")
    for platform in ("qualtrics", "limesurvey", "redcap", "xlsform", "surveyjs"):
        path = write_export(bfi, platform, tmp_path / platform).paths[0]
        draft = draft_instrument(path)
        assert differences(bfi, draft.instrument, draft.names) == ()


@pytest.mark.parametrize("platform", ["qualtrics", "limesurvey", "redcap", "xlsform", "surveyjs", "spss"])
def test_each_format_shows_what_was_changed_and_left_out(platform, tmp_path):
    bfi = read_instrument("bfi25")
    scale = bfi.scale_of("A1")
    other = replace(scale, labels={"en": ("Wrong", *scale.labels["en"][1:])})
    items = {**bfi.items, "E2": replace(bfi.items["E2"], text="I find it easy to approach other people.")}
    form = bfi.forms[next(iter(bfi.forms))]
    blocks = tuple(replace(one, items=tuple(id_ for id_ in one.items if id_ != "N3")) for one in form.blocks)
    forms = {**bfi.forms, form.id: replace(form, blocks=blocks)}
    fielded = replace(bfi, items=items, scales={**bfi.scales, scale.id: other}, forms=forms)
    path = write_export(fielded, platform, tmp_path, form=form.id).paths[0]
    if platform == "spss":  # a template without rows is no file of answers
        frame, meta = pyreadstat.read_sav(str(path))
        asked = pd.DataFrame({name: [1.0, 2.0] for name in frame})
        pyreadstat.write_sav(
            asked,
            str(path),
            column_labels=meta.column_names_to_labels,
            variable_value_labels=meta.variable_value_labels,
        )
    draft = draft_instrument(path)
    found = differences(bfi, draft.instrument, draft.names, form.id)
    assert [one.there for one in found if (one.item, one.what) == ("E2", "wording")] == [items["E2"].text]
    assert [one.what for one in found if one.item == "N3"] == ["only here"]
    assert {one.item for one in found if one.what == "options"} >= {"A1", "E2"}


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [
        ("service.qsf", "They are honest.", "They are fair."),
        ("fairness.lss", "They are fair.", "They are honest."),
        ("fairness.lsq", "They listen.", "They look away."),
        ("forms_api.json", "They are honest.", "They are fair."),
        ("forms_script.json", "They are honest.", "They are fair."),
        ("forms_page.html", "They are honest.", "They are fair."),
        ("forms_microsoft.json", "They are honest.", "They are fair."),
    ],
)
def test_the_command_compares_a_file_of_each_platform(name, was, now, tmp_path, capsys):
    draft = draft_instrument(EXAMPLES / name)
    mine = tmp_path / "mine.yaml"
    mine.write_text(draft.text, encoding="utf-8")
    changed = tmp_path / name
    changed.write_text((EXAMPLES / name).read_text(encoding="utf-8").replace(was, now), encoding="utf-8")
    assert run_app(["check", str(mine), "--questionnaire", str(EXAMPLES / name)]) == 0
    assert f"{name} (questionnaire): no problems" in capsys.readouterr().out
    assert run_app(["check", str(mine), "--questionnaire", str(changed)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "[differs]" in line]
    assert len(told) == 1
    assert f"another wording: '{was}' in the instrument, '{now}' in the questionnaire" in told[0]
