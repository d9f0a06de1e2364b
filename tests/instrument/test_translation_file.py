from dataclasses import replace
from pathlib import Path

import pytest

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.instrument.translation import translation_rows
from coprod_measure.instrument.translation_file import write_translated
from coprod_measure.shipped import shipped_folder

VALID = Path(__file__).parent / "examples" / "valid"


@pytest.fixture(params=["small", "does_not_apply"])
def source(tmp_path, request):
    text = (VALID / f"{request.param}.yaml").read_text(encoding="utf-8").replace("../theory/", "")
    (tmp_path / "small.yaml").write_text("# A remark at the top.\n" + text, encoding="utf-8")
    theory = (VALID / "theory_small.yaml").read_text(encoding="utf-8")
    (tmp_path / "theory.yaml").write_text(theory, encoding="utf-8")
    path = tmp_path / "small.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("theory: small.yaml", "theory: ./theory.yaml"))
    return path


def french(instrument):
    return [
        replace(row, translation=f"{row.source} : « oui » # non", status="reviewed", translators="Ana; Luc")
        for row in translation_rows(instrument, "fr")
    ]


def test_the_new_file_reads_as_the_translated_record(source):
    instrument = read_instrument(source)
    rows = french(instrument)
    out = source.with_name("french.yaml")
    write_translated(source, out, "fr", rows)
    found = read_instrument(out)
    assert found.languages == (*instrument.languages, "fr")
    back = list(translation_rows(found, "fr"))
    assert [row for row in back if row.key.startswith("item:")] == [
        r for r in rows if r.key.startswith("item:")
    ]
    assert [(row.key, row.source_hash, row.translation) for row in back] == [
        (row.key, row.source_hash, row.translation) for row in rows
    ]
    assert found.items["joy_1"].translations["fr"].translators == ("Ana", "Luc")
    assert found.title_translations["fr"] == f"{instrument.title} : « oui » # non"
    assert out.read_text(encoding="utf-8").startswith("# A remark at the top.\n")


def test_what_is_not_translated_stays_as_it_was(source):
    before = source.read_bytes()
    rows = translation_rows(read_instrument(source), "en")
    out = source.with_name("same.yaml")
    write_translated(source, out, "en", [replace(row, translation="") for row in rows])
    assert replace(read_instrument(out), sha256="") == replace(read_instrument(source), sha256="")
    assert source.read_bytes() == before


@pytest.mark.parametrize("digits", ["123456789012", "12e456789012", "0x1234567890"])
def test_a_hash_that_looks_like_a_number_stays_text(source, digits):
    rows = [replace(row, source_hash=digits) for row in french(read_instrument(source))]
    out = source.with_name("french.yaml")
    write_translated(source, out, "fr", rows)
    assert read_instrument(out).items["joy_1"].translations["fr"].source_hash == digits


def test_the_shipped_bank_survives(tmp_path):
    path = shipped_folder("instruments") / "bfi25.yaml"
    instrument = read_instrument(path)
    write_translated(path, tmp_path / "bfi25.yaml", "fr", french(instrument))
    assert len(read_instrument(tmp_path / "bfi25.yaml").items["A1"].translations) == 1


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(InstrumentError, match="no such file"):
        write_translated(tmp_path / "none.yaml", tmp_path / "out.yaml", "fr", [])
    assert list(tmp_path.iterdir()) == []


def test_lines_without_a_translation_stay_as_they_were(source):
    rows = [row for row in french(read_instrument(source)) if row.key == "item:joy_1"]
    out = source.with_name("one.yaml")
    write_translated(source, out, "fr", rows)
    before, after = (path.read_text(encoding="utf-8").splitlines() for path in (source, out))
    changed = [one for one, two in zip(before, after, strict=True) if one != two]
    assert [line.partition(":")[0].strip() for line in changed] == ["languages", "joy_1"]


@pytest.mark.slow
def test_a_sheet_that_changes_nothing_leaves_the_bank_as_it_was(tmp_path):
    # Translators' work is reviewed as a diff, which has to show what they changed and nothing else.
    bank = shipped_folder("instruments") / "etgar2007.yaml"
    out = tmp_path / "same.yaml"
    write_translated(bank, out, "de", translation_rows(read_instrument(bank), "de"))
    before, after = (path.read_text(encoding="utf-8").splitlines() for path in (bank, out))
    assert len(before) == len(after)
    changed = [(one, two) for one, two in zip(before, after, strict=True) if one != two]
    assert changed == []
