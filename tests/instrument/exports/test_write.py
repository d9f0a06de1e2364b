import json
import time
import zipfile

import pytest
import typer
from typer.testing import CliRunner

from coprod_measure.cli.export import export
from coprod_measure.errors import InputError, InstrumentError
from coprod_measure.instrument.exports.write import PLATFORMS, write_export
from coprod_measure.instrument.name_map import read_name_map, unique_names


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_writes_its_files_and_the_names(example, tmp_path, platform):
    instrument = example("kinds_of_question")
    written = write_export(instrument, platform, tmp_path / "out")
    assert {path.name for path in written.paths} == {path.name for path in (tmp_path / "out").iterdir()}
    names = read_name_map(tmp_path / "out" / "names.json")
    assert names.platform == platform
    assert names.instrument_sha256 == instrument.sha256
    assert set(names.items) == set(instrument.items)
    assert len({named.column for named in names.items.values()}) == len(names.items)


@pytest.mark.parametrize("year", [1975, 2110])
def test_every_platform_writes_under_a_wrong_clock(example, tmp_path, monkeypatch, year):
    """ZIP knows the years from 1980 to 2107; an empty battery puts a computer before them."""
    wrong = time.struct_time((year, 1, 2, 3, 4, 5, 0, 2, 0))
    monkeypatch.setattr(time, "localtime", lambda *_: wrong)
    for platform in PLATFORMS:
        for path in write_export(example("kinds_of_question"), platform, tmp_path / platform).paths:
            if path.suffix in {".zip", ".docx", ".xlsx"}:
                with zipfile.ZipFile(path) as archive:
                    assert {info.date_time[0] for info in archive.infolist()} == {1980}


def test_languages_that_are_incomplete_are_named(example, tmp_path):
    instrument = example("two_languages")
    assert write_export(instrument, "html", tmp_path).cannot_say == (
        "placeholders {task} in de: filled with the en default, give your own text",
    )
    instrument.items["joy_1"].translations.clear()
    remarks = write_export(instrument, "html", tmp_path).cannot_say
    assert remarks == ("language de: left out, 1 of 7 items not translated",)
    only = write_export(instrument, "html", tmp_path, language="de", fills={"task": "das Kochen"})
    assert only.cannot_say == ("language de: 1 of 7 items not translated, shown in en",)
    page = (tmp_path / "small_core_de.html").read_text(encoding="utf-8")
    assert "das Kochen macht mir Freude." in page
    assert "I like das Kochen." in page


def test_placeholders_have_a_default_in_each_language(example, tmp_path):
    instrument = example("placeholder_in_two_languages")
    assert write_export(instrument, "html", tmp_path).cannot_say == ()
    assert "Ich mag diese Aufgabe." in (tmp_path / "small_core_de.html").read_text(encoding="utf-8")
    assert "I like this task." in (tmp_path / "small_core_en.html").read_text(encoding="utf-8")


def test_unknown_names_get_suggestions(example, tmp_path):
    with pytest.raises(InputError, match="Did you mean 'qualtrics'"):
        write_export(example("small"), "qualtrix", tmp_path)
    with pytest.raises(InstrumentError, match="no form 'ful'"):
        write_export(example("small"), "html", tmp_path, form="ful")
    with pytest.raises(InstrumentError, match="no language 'de'"):
        write_export(example("small"), "html", tmp_path, language="de")


def test_a_folder_that_cannot_be_made_is_an_error(example, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_export(example("small"), "html", tmp_path / "file" / "out")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "other"}', '{"format": "coprod-names/1", "items": 3}']
)
def test_what_is_no_name_map_is_refused(tmp_path, content):
    path = tmp_path / "names.json"
    path.write_text(content)
    with pytest.raises(InstrumentError, match="no name map"):
        read_name_map(path)
    with pytest.raises(InstrumentError, match="cannot be read"):
        read_name_map(tmp_path / "none.json")


def test_names_that_would_collide_are_numbered():
    found = unique_names(["a_1", "a1", "A1", "time"], lambda name: name.replace("_", ""), 3, taken=["tim"])
    assert found == {"a_1": "a1", "a1": "a12", "A1": "A13", "time": "ti2"}


def test_the_command_says_aloud_what_is_left_out(tmp_path):
    app = typer.Typer()
    app.command()(export)
    arguments = ["bfi25", "--to", "redcap", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "Not in the export: random order of items in traits" in result.stdout
    listed = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert [path.rpartition("/")[2] for path in listed["files"]] == ["bfi25_full.zip", "names.json"]
    assert CliRunner().invoke(app, [*arguments, "--fill", "category"]).exit_code == 2


def test_names_of_another_export_are_never_replaced(example, tmp_path):
    write_export(example("small"), "redcap", tmp_path)
    before = (tmp_path / "names.json").read_bytes()
    write_export(example("small"), "redcap", tmp_path)
    with pytest.raises(InputError, match=r"belongs to another export \(redcap export of 'small'"):
        write_export(example("small"), "limesurvey", tmp_path)
    assert (tmp_path / "names.json").read_bytes() == before
