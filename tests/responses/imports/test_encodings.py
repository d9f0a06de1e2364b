"""Letters of every script, in the encodings that platforms, Excel, SPSS and old Stata write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument, Scale
from coprod_measure.responses.read import read_responses
from coprod_measure.study.definition import read_study
from coprod_measure.study.new_study import create_study_from

WORDS = {
    "cp1252": ("Ich fühle mich größer – „gut“", "Völlig"),
    "cp1251": ("Я чувствую себя хорошо", "Согласен"),
    "gbk": ("我今天很高兴", "同意"),
    "shift_jis": ("私は満足しています", "同意する"),
    "utf-16": ("שלום 我今天 größer", "同意"),
    "utf-8-sig": ("שלום 我今天 größer", "同意"),
}
UNNAMED = {"utf-16", "utf-8-sig", "cp1252"}  # found out without a word


def asking(toy: Instrument, wording: str, label: str) -> Instrument:
    """The toy questionnaire with one foreign item: its wording and its highest label."""
    item = replace(toy.items["skill_1"], text=wording, scale_id="own")
    scale = Scale("own", (1, 2), {"en": ("no", label)})
    return replace(toy, items={**toy.items, "skill_1": item}, scales={**toy.scales, "own": scale})


@pytest.mark.parametrize("encoding", WORDS)
def test_text(tmp_path: Path, instrument: Instrument, encoding: str) -> None:
    wording, label = WORDS[encoding]
    path = tmp_path / "a.csv"
    # Each label twice: what everybody words in a way of his own is nobody's option.
    path.write_text(f"id,{wording}\na,{label}\nb,no\nc,{label}\nd,no\n", encoding=encoding)
    asked = asking(instrument, wording, label)
    named = None if encoding in UNNAMED else encoding
    assert read_responses(path, asked, encoding=named).shown["skill_1"].tolist() == [2, 1, 2, 1]
    draft = draft_instrument(path, named)
    assert [one.text for one in draft.instrument.items.values()] == [wording]
    if named:
        with pytest.raises(ResponsesError, match="encoding"):
            read_responses(path, asked)


def patched(path: Path, words: tuple[str, str], encoding: str, version: int) -> None:
    """What pyreadstat writes, with letters put in as an older program wrote them."""
    raw = [word.encode(encoding) for word in words]
    wording, label = ("X" * len(raw[0]), "Y" * len(raw[1]))
    frame = pd.DataFrame({"v1": [2.0, 1.0]})
    labels = {"column_labels": {"v1": wording}, "variable_value_labels": {"v1": {1: "no", 2: label}}}
    if version:
        pyreadstat.write_dta(frame, str(path), version=version, **labels)
    else:
        pyreadstat.write_sav(frame, str(path), **labels)
    content = path.read_bytes()
    for placeholder, word in zip((wording, label), raw, strict=True):
        content = content.replace(placeholder.encode(), word)
    path.write_bytes(content)


@pytest.mark.parametrize("version", [0, 8, 10, 12, 13])
@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "gbk", "shift_jis"])
def test_spss_and_stata_before_unicode(
    tmp_path: Path, instrument: Instrument, encoding: str, version: int
) -> None:
    path = tmp_path / ("old.dta" if version else "old.sav")
    patched(path, WORDS[encoding], encoding, version)
    asked = asking(instrument, *WORDS[encoding])
    got = read_responses(path, asked, encoding=encoding)
    assert got.shown["skill_1"].tolist() == [2, 1]
    assert got.warnings == ()
    if (version, encoding) not in {(8, "cp1252"), (10, "cp1252"), (12, "cp1252"), (13, "cp1252")}:
        with pytest.raises(ResponsesError, match=r"encoding.*cp125"):
            read_responses(path, asked)


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_what_pandas_writes_for_stata(tmp_path: Path, instrument: Instrument, version: int) -> None:
    path = tmp_path / "p.dta"
    words = WORDS["utf-8-sig"] if version > 117 else ("fine", "yes")
    pd.DataFrame({"v1": [2, 1]}).to_stata(
        path,
        version=version,
        write_index=False,
        variable_labels={"v1": words[0]},
        value_labels={"v1": {2: words[1]}},
    )
    assert read_responses(path, asking(instrument, *words)).shown["skill_1"].tolist() == [2, 1]


def test_a_drafted_study_names_the_encoding(tmp_path: Path) -> None:
    wording, label = WORDS["gbk"]
    path = tmp_path / "a.csv"
    path.write_text(f"id,{wording}\n" + f"a,{label}\nb,no\n" * 3, encoding="gbk")
    create_study_from(tmp_path / "s", path, "gbk")
    study = read_study(tmp_path / "s" / "study.yaml")
    assert study.responses.encoding == "gbk"
    assert wording in (tmp_path / "s" / f"{study.instrument.id}.yaml").read_text(encoding="utf-8")
