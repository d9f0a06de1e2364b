from dataclasses import replace

import openpyxl
import pytest
from hypothesis import given, settings

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.translation import (
    read_translations,
    translation_rows,
    write_translations,
)
from coprod_measure.instrument.wording import source_hash
from instrument.exports.random_questionnaires import TEXTS, questionnaires


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@settings(max_examples=15)
@given(shown=questionnaires(), note=TEXTS)
def test_a_sheet_comes_back_as_it_went_out(tmp_path_factory, ending, shown, note):
    path = tmp_path_factory.mktemp("sheets") / f"de.{ending}"
    rows = [
        replace(row, translators=f"'{note}", translation="" if "{" in row.source else row.translation)
        for row in translation_rows(shown.instrument, "de")
    ]
    write_translations(rows, path)
    assert list(read_translations(path, shown.instrument)) == rows


def test_a_sheet_holds_the_translations_of_its_instrument(example, tmp_path):
    instrument = example("two_languages")
    path = tmp_path / "de.csv"
    write_translations(translation_rows(instrument, "de"), path)
    back = {row.key: row for row in read_translations(path, instrument)}
    assert {
        key.removeprefix("item:"): row.translation for key, row in back.items() if key.startswith("item:")
    } == {id_: item.translations["de"].text for id_, item in instrument.items.items()}
    assert back["item:joy_1"].source_hash == source_hash("I like {task}.")


def test_a_new_language_begins_empty(example):
    assert {row.translation for row in translation_rows(example("small"), "fr")} == {""}


def test_a_changed_source_makes_the_translation_stale(example, tmp_path):
    instrument = example("two_languages")
    path = tmp_path / "de.xlsx"
    write_translations(translation_rows(instrument, "de"), path)
    items = {**instrument.items, "joy_1": replace(instrument.items["joy_1"], text="I love {task}.")}
    changed = replace(instrument, items=items)
    rows = read_translations(path, changed)
    assert [row.key for row in rows if row.stale] == ["item:joy_1"]


def test_every_wrong_row_is_named(example, tmp_path):
    instrument = example("two_languages")
    path = tmp_path / "de.csv"
    write_translations(translation_rows(instrument, "de"), path)
    text = (
        path.read_text(encoding="utf-8")
        .replace("item:joy_2", "item:joy_9")
        .replace("item:ease_1", "item:joy_1")
    )
    text = (
        text.replace("Mein", "").replace("Ich mag {task}.", "Ich mag es.").replace(",draft,", ",drafted,", 1)
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InstrumentError) as caught:
        read_translations(path, instrument)
    codes = {problem.code for problem in caught.value.problems}
    assert codes == {"unknown-key", "duplicate-key", "unknown-status", "placeholder-lost"}
    assert all("de.csv, row" in problem.place for problem in caught.value.problems)


@pytest.mark.parametrize("content", [b"", b"key;source\n", b"\xff\xfe", b"not a workbook"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_no_sheet_is_refused(example, tmp_path, content, ending):
    path = tmp_path / f"sheet.{ending}"
    path.write_bytes(content)
    with pytest.raises(InstrumentError, match=r"cannot be read|are missing"):
        read_translations(path, example("small"))


def test_a_sheet_runs_nothing(example, tmp_path):
    instrument = example("formula_label")
    write_translations(translation_rows(instrument, "de"), tmp_path / "de.xlsx")
    write_translations(translation_rows(instrument, "de"), tmp_path / "de.csv")
    sheet = openpyxl.load_workbook(tmp_path / "de.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert "'=1+1" in (tmp_path / "de.csv").read_text(encoding="utf-8")
    with pytest.raises(InstrumentError, match="Use .csv or .xlsx"):
        write_translations((), tmp_path / "de.ods")
