"""A record read back is the record that was saved, and a foreign one is refused."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from coprod_measure.errors import Message, NotAvailable, Problem, StudyError
from coprod_measure.responses.dataset import Source
from coprod_measure.study.records import FORMAT, load_record, save_record

SOURCE = Source(name="a.csv", sha256="0" * 64, platform="table", recognised_by="header", n_rows=3)


def round_trip(value: object, tmp_path: Path) -> object:
    path = tmp_path / "record.zip"
    save_record(path, Problem(place=value, cause="", cure=""))  # type: ignore[arg-type]
    return load_record(path, made_by="coprod clean").place


def test_nested_records_come_back_equal(tmp_path: Path) -> None:
    save_record(tmp_path / "r.zip", SOURCE)
    assert load_record(tmp_path / "r.zip", made_by="coprod clean") == SOURCE
    reason = round_trip((NotAvailable("two items"), None, True, {3: ("a", 1.5)}), tmp_path)
    assert reason == (NotAvailable("two items"), None, True, {3: ("a", 1.5)})
    (said,) = round_trip((Message("two cells are empty", "empty-cells"),), tmp_path)
    assert (said, said.code) == ("two cells are empty", "empty-cells")


def test_frames_keep_types_names_and_gaps(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "x": [1.0, math.nan, math.inf],
            "n": [1, 2, 3],
            "flag": [True, False, True],
            "word": ["=a", None, "ü"],
            "kind": pd.Categorical(["b", None, "a"], categories=["c", "b", "a"]),
            "mixed": pd.Series([1.5, "b", None], dtype=object),
            "when": pd.to_datetime(["2026-01-01", None, "2026-01-03"]),
        }
    ).set_index(pd.Index(["p", "q", "r"], name="respondent"))
    assert_frame_equal(round_trip(frame, tmp_path), frame)
    assert_series_equal(round_trip(frame["x"], tmp_path), frame["x"])
    empty = frame.iloc[:0]
    assert_frame_equal(round_trip(empty, tmp_path), empty)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), lambda x: st.lists(x).map(tuple)
    )
)
def test_any_nesting_comes_back(value: object) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        assert round_trip(value, Path(folder)) == value


def test_equal_records_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        save_record(tmp_path / name, Problem(place=np.arange(3.0), cause="", cure=""))  # type: ignore[arg-type]
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_missing_record_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="coprod clean study.yaml"):
        load_record(tmp_path / "none.zip", made_by="coprod clean study.yaml")


@pytest.mark.parametrize(
    "kind", ["os:system", "coprod_measure.errors:CoprodError", "coprod_measure.nowhere:X"]
)
def test_a_foreign_class_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("record.json", json.dumps({FORMAT: {"$": kind, "cause": "x"}}))
    with pytest.raises(StudyError, match="another version or is damaged"):
        load_record(path, made_by="coprod clean")
