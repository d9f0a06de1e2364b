"""A record read back is the record that was saved, and a foreign one is refused."""

from __future__ import annotations

import io
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
from coprod_measure.study.records import FORMAT, _seal, load_record, save_record

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
    path = _holding(tmp_path / "evil.zip", json.dumps({FORMAT: {"$": kind, "cause": "x"}, "made from": {}}))
    with pytest.raises(StudyError, match="another version, was changed"):
        load_record(path, made_by="coprod clean")


@pytest.fixture
def saved(tmp_path: Path) -> bytes:
    save_record(tmp_path / "r.zip", Problem(place=(np.arange(40.0), "x" * 200), cause="", cure=""))  # type: ignore[arg-type]
    return (tmp_path / "r.zip").read_bytes()


def test_a_damaged_record_is_one_error(tmp_path: Path, saved: bytes) -> None:
    rng = np.random.default_rng(18)
    path, refused = tmp_path / "damaged.zip", 0
    for _ in range(300):
        damaged = bytearray(saved)
        for place in rng.integers(0, len(saved), rng.integers(1, 4)):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged[: rng.integers(1, len(saved))] if rng.random() < 0.2 else damaged)
        try:
            load_record(path, made_by="coprod clean")
        except StudyError:
            refused += 1
    assert refused > 100


def _holding(path: Path, content: str, array: bytes = b"") -> Path:
    """Write a file whose seal holds: anybody can make one."""
    parts = {"record.json": content.encode(), "0.npy": array}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | {"seal": _seal(parts)}).items():
            archive.writestr(name, data)
    return path


def _frame(dtype: str, values: object) -> object:
    index = {"$": "index", "name": None, "values": {"dtype": "int64", "values": [1]}}
    column = {"dtype": dtype, "values": values}
    return {"$": "frame", "columns": ["a"], "columns_name": None, "index": index, "data": [column]}


def test_what_swells_or_nests_without_end_is_refused(tmp_path: Path) -> None:
    def said(value: object) -> str:
        return json.dumps({FORMAT: value, "made from": {}})

    shape = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
    array, one = {"$": "array", "member": 0}, io.BytesIO()
    np.save(one, np.zeros(1, dtype=np.int8))
    bombs = [
        _holding(tmp_path / "deep.zip", "[" * 100_000),
        _holding(tmp_path / "shape.zip", said(array), shape.ljust(127) + b"\n" + b"\0" * 8),
        _holding(tmp_path / "swollen.zip", said(array), b"\0" * (300 << 20)),
        _holding(tmp_path / "crowded.zip", said([[]]).replace("[]", "[]" + ",[]" * 3_000_000)),
        _holding(tmp_path / "again.zip", said([array, array]), one.getvalue()),
        _holding(tmp_path / "wide.zip", said(_frame("S2000000000", ["a"]))),
        _holding(tmp_path / "other.zip", said(_frame("object", array)), one.getvalue()),
    ]
    for bomb in bombs:
        with pytest.raises(StudyError, match="another version, was changed"):
            load_record(bomb, made_by="coprod clean")
    for sound in (array, _frame("int8", array)):
        load_record(_holding(tmp_path / "sound.zip", said(sound), one.getvalue()), made_by="coprod clean")
