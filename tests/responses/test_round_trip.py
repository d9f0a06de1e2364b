"""There and back: a questionnaire exported to a platform, answered in that platform's shape, read again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.exports.questionnaire import Questionnaire
from coprod_measure.instrument.exports.write import PLATFORMS, write_export
from coprod_measure.instrument.name_map import Named, NameMap, read_name_map
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.read import read_responses
from instrument.exports.random_questionnaires import questionnaires

PEOPLE = 40
Answers = Mapping[str, np.ndarray]


def _answers(instrument: Instrument, form: str, rng: np.random.Generator) -> tuple[Answers, Answers]:
    """Codes of every coded item of the form (NaN unanswered), and ticks of the multiple choices."""
    codes: dict[str, np.ndarray] = {}
    ticks: dict[str, np.ndarray] = {}
    for id_ in instrument.forms[form].item_ids:
        item, scale = instrument.items[id_], instrument.scale_of(id_)
        if item.kind == "multiple_choice" and scale is not None:
            ticks |= {f"{id_}:{code}": rng.integers(0, 2, PEOPLE).astype(float) for code in scale.codes}
        elif item.kind in {"scale", "single_choice"} and scale is not None:
            codes[id_] = rng.choice([*scale.codes, np.nan], PEOPLE)
        elif item.kind in {"number", "slider"}:
            low, high = item.minimum or 0, item.maximum or 100
            codes[id_] = rng.integers(int(low), int(high) + 1, PEOPLE).astype(float)
    return codes, ticks


def _cell(named: Named, code: float) -> str:
    if np.isnan(code):
        return ""
    stored = {ours: text for text, ours in named.values.items()}
    return stored.get(int(code), f"{code:g}")


def _columns(names: NameMap, codes: Answers, ticks: Answers, ticked: tuple[str, str]) -> dict[str, list[str]]:
    found = {
        names.items[id_].column: [_cell(names.items[id_], code) for code in x] for id_, x in codes.items()
    }
    for key, x in ticks.items():
        id_, _, code = key.partition(":")
        named = names.items[id_]
        if named.option_columns:
            found[named.option_columns[code]] = [ticked[int(tick)] for tick in x]
        else:
            listed = found.setdefault(named.column, [""] * len(x))
            found[named.column] = [
                f"{cell} {code}".strip() if tick else cell for cell, tick in zip(listed, x, strict=True)
            ]
    return found


def _csv(columns: Mapping[str, list[str]], delimiter: str = ",", extra: tuple[list[str], ...] = ()) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows(extra)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue()


def _qualtrics(folder: Path, names: NameMap, codes: Answers, ticks: Answers) -> Path:
    ids = [f"R_{i}" for i in range(PEOPLE)]
    columns = {"ResponseId": ids, **_columns(names, codes, ticks, ("", "1"))}
    imports = [json.dumps({"ImportId": "_recordId" if name == "ResponseId" else "QID"}) for name in columns]
    path = folder / "data.csv"
    path.write_text(_csv(columns, extra=([f"text of {name}" for name in columns], imports)), encoding="utf-8")
    return path


def _limesurvey(folder: Path, names: NameMap, codes: Answers, ticks: Answers) -> Path:
    ids = [str(i) for i in range(PEOPLE)]
    own = {
        "id": ids,
        "submitdate": ["2026-01-13 10:00:00"] * PEOPLE,
        "lastpage": ids,
        "startlanguage": ["en"] * PEOPLE,
    }
    path = folder / "data.csv"
    path.write_text(_csv({**own, **_columns(names, codes, ticks, ("", "Y"))}, ";"), encoding="utf-8-sig")
    return path


def _redcap(folder: Path, names: NameMap, codes: Answers, ticks: Answers) -> Path:
    own = {"record_id": [str(i) for i in range(PEOPLE)]}
    done = {"form_complete": ["2"] * PEOPLE}
    path = folder / "data.csv"
    path.write_text(_csv({**own, **_columns(names, codes, ticks, ("0", "1")), **done}), encoding="utf-8")
    return path


def _kobo(folder: Path, names: NameMap, codes: Answers, ticks: Answers) -> Path:
    columns = {f"start/{name}": x for name, x in _columns(names, codes, ticks, ("0", "1")).items()}
    own = {"_id": [str(i) for i in range(PEOPLE)], "_uuid": [f"u{i}" for i in range(PEOPLE)]}
    path = folder / "data.csv"
    path.write_text(_csv({**columns, **own}, ";"), encoding="utf-8")
    return path


def _surveyjs(folder: Path, names: NameMap, codes: Answers, ticks: Answers) -> Path:
    people: list[dict[str, object]] = [{"id": str(i)} for i in range(PEOPLE)]
    for id_, x in codes.items():
        *tables, last = names.items[id_].column.split(".")
        for person, code in zip(people, x, strict=True):
            inner: dict[str, object] = person
            for table in tables:
                inner = inner.setdefault(table, {})  # type: ignore[assignment]
            if not np.isnan(code):
                inner[last] = int(code)
    for key, x in ticks.items():
        id_, _, code_text = key.partition(":")
        for person, tick in zip(people, x, strict=True):
            chosen = person.setdefault(names.items[id_].column, [])
            if tick:
                chosen.append(int(code_text))  # type: ignore[attr-defined]
    path = folder / "data.json"
    path.write_text(json.dumps(people), encoding="utf-8")
    return path


def _spss(folder: Path, names: NameMap, codes: Answers, ticks: Answers) -> Path:
    columns = _columns(names, codes, ticks, ("0", "1"))
    frame = pd.DataFrame({name: pd.to_numeric(pd.Series(x), errors="coerce") for name, x in columns.items()})
    path = folder / "data.sav"
    pyreadstat.write_sav(frame, path)
    return path


def _table(folder: Path, names: NameMap, codes: Answers, ticks: Answers) -> Path:
    """What somebody types who has the printed questionnaire, or its codebook alone."""
    path = folder / "data.csv"
    columns = {"id": [str(i) for i in range(PEOPLE)], **_columns(names, codes, ticks, ("0", "1"))}
    path.write_text(_csv(columns), encoding="utf-8")
    return path


SHAPES: dict[str, tuple[str, Callable[[Path, NameMap, Answers, Answers], Path]]] = {
    "qualtrics": ("qualtrics", _qualtrics),
    "qsf": ("qualtrics", _qualtrics),
    "limesurvey": ("limesurvey", _limesurvey),
    "redcap": ("redcap", _redcap),
    "xlsform": ("kobo", _kobo),
    "surveyjs": ("surveyjs", _surveyjs),
    "spss": ("spss", _spss),
}
TYPED = dict.fromkeys(("word", "html", "ddi"), ("table", _table))


@pytest.mark.parametrize("platform", SHAPES)
@pytest.mark.parametrize("name", ["toy", "etgar2007"])
def test_answers_come_back_as_they_were(
    platform: str, name: str, instrument: Instrument, tmp_path: Path
) -> None:
    bank, form = (instrument, "main") if name == "toy" else (read_instrument(name), "demo")
    write_export(bank, platform, tmp_path, form=form)
    names = read_name_map(tmp_path / "names.json")
    codes, ticks = _answers(bank, form, np.random.default_rng(31))
    source, shape = SHAPES[platform]
    got = read_responses(shape(tmp_path, names, codes, ticks), bank, form=form)
    assert got.source.platform == source
    assert set(got.frame.columns) == set(codes)
    for id_, x in codes.items():
        np.testing.assert_array_equal(got.shown[id_].to_numpy(), x, err_msg=id_)
    for key, x in ticks.items():
        np.testing.assert_array_equal(got.about[key].fillna(0).to_numpy(), x, err_msg=key)


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=8)
@given(shown=questionnaires(), seed=st.integers(0, 99))
def test_what_another_platform_stores_does_not_touch_our_own_export(
    platform: str, tmp_path_factory: pytest.TempPathFactory, shown: Questionnaire, seed: int
) -> None:
    """Scales of these questionnaires have ``stored``; an export of ours lets its platform store the codes."""
    bank, folder = shown.instrument, tmp_path_factory.mktemp("there")
    codes, ticks = _answers(bank, "core", np.random.default_rng(seed))
    assume(codes)
    write_export(bank, platform, folder, form="core")
    names = read_name_map(folder / "names.json")
    source, shape = {**SHAPES, **TYPED}[platform]
    got = read_responses(shape(folder, names, codes, ticks), bank, source, form="core")
    for id_, x in codes.items():
        np.testing.assert_array_equal(got.shown[id_].to_numpy(), x, err_msg=id_)
    for key, x in ticks.items():
        np.testing.assert_array_equal(got.about[key].fillna(0).to_numpy(), x, err_msg=key)
