"""Foreign parsers work in a process of their own: their death is one line, their tables come over whole."""

from __future__ import annotations

import datetime
import fcntl
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyreadstat
import pytest
from pyarrow import feather, parquet

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports import apart
from coprod_measure.responses.imports.apart import read_apart, table_apart
from coprod_measure.responses.imports.raw_table import RawTable
from coprod_measure.responses.imports.table import load_table

COLUMNS = {
    0: [1.0, np.nan, 3.0],
    1: pd.array(["a", None, "\u00fc"], dtype="str"),
    2: pd.Series([1, "x", None], dtype=object),
    3: pd.to_datetime(["2026-01-01 00:00", None, "2026-03-29 02:30"]),
    4: pd.Series([datetime.date(2026, 1, 1), None, True], dtype=object),
    5: pd.array([1, None, 3], dtype="Int64"),
    6: [True, False, True],
}
TABLE = RawTable(
    "f",
    tuple("abcdefg"),
    pd.DataFrame(COLUMNS, index=pd.RangeIndex(2, 5)),
    form="workbook",
    labels={0: "one"},
    value_labels={0: {1.0: "yes"}},
    missing_values={0: frozenset({9.0})},
    warnings=("w",),
)


def test_a_table_comes_over_as_it_was() -> None:
    taken = table_apart(lambda: TABLE, Path("f"))
    pd.testing.assert_frame_equal(taken.cells, TABLE.cells)
    for name in ("name", "header", "form", "labels", "value_labels", "missing_values", "warnings"):
        assert getattr(taken, name) == getattr(TABLE, name)


def test_rows_that_are_left_out_stay_so() -> None:
    cells = TABLE.cells.loc[[2, 4]]
    taken = table_apart(lambda: RawTable("f", TABLE.header, cells), Path("f"))
    assert taken.cells.index.tolist() == [2, 4]


@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_the_death_of_a_reader_is_one_line(death: signal.Signals) -> None:
    with pytest.raises(ResponsesError, match="f.sav: is damaged so that") as caught:
        table_apart(lambda: os.kill(os.getpid(), death), Path("f.sav"))  # type: ignore[arg-type, return-value]
    assert "\n" not in str(caught.value)


def test_a_reader_that_takes_all_memory_is_one_line() -> None:
    with pytest.raises(ResponsesError, match="needs too much memory"):
        table_apart(lambda: np.ones(1 << 33), Path("f"))  # type: ignore[arg-type, return-value]


def test_a_reader_that_waits_for_ever_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_MOST_WAIT", 0.2)
    with pytest.raises(ResponsesError, match="takes more than"):
        table_apart(lambda: time.sleep(60), Path("f"))  # type: ignore[arg-type, return-value]


def test_a_reader_that_fails_of_its_own_is_one_line() -> None:
    with pytest.raises(ResponsesError, match="is damaged so that"):
        table_apart(lambda: 1 // 0, Path("f"))  # type: ignore[arg-type, return-value]


def test_lists_and_bytes_of_parquet_files_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    table = pyarrow.table({"a": [[1, 2], None], "b": [b"x\xff", None], "b2": [1, None]})
    parquet.write_table(table.rename_columns(["a", "b", "b"]), path)
    read = load_table(path)
    assert read.header == ("a", "b", "b")
    assert read.cells[0].tolist() == ["[1 2]", "None"]
    assert read.cells[1].tolist()[0] == "x\ufffd"
    assert read.cells[1].isna().tolist() == read.cells[2].isna().tolist() == [False, True]


def test_a_changed_width_of_a_variable_kills_nobody(tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    pyreadstat.write_sav(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}), str(path))
    whole = path.read_bytes()
    ends = []
    for place in range(176, len(whole), 4):
        path.write_bytes(whole[:place] + b"\xc8" + whole[place + 1 :])
        try:
            ends.append(load_table(path).form)
        except ResponsesError as error:
            ends.append(error.problems[0].code)
    assert set(ends) <= {"sav", "unreadable", "no-answers", "reader-died", "too-many-cells"}


def test_many_cells_are_refused_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps([{f"k{i}": 1} for i in range(20_001)]), encoding="utf-8")
    with pytest.raises(ResponsesError, match="large: true"):
        load_table(path)
    pd.DataFrame({"a": np.zeros(51_000_000, dtype="int8")}).to_parquet(tmp_path / "long.parquet")
    with pytest.raises(ResponsesError, match="51,000,000 rows"):
        load_table(tmp_path / "long.parquet")


def _in_a_dictionary(text: str, rows: int) -> pyarrow.Array:
    return pyarrow.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), [text])


@pytest.mark.parametrize("kind", [pyarrow.string_view(), pyarrow.binary_view()])
def test_cells_that_point_at_one_long_text_are_refused_unread(tmp_path: Path, kind: pyarrow.DataType) -> None:
    views = np.zeros((200_000, 4), dtype=np.int32)
    views[:, 0], views[:, 1] = 1_000_000, int.from_bytes(b"aaaa", "little")
    buffers = [None, pyarrow.py_buffer(views.tobytes()), pyarrow.py_buffer(b"a" * 1_000_000)]
    column = pyarrow.Array.from_buffers(kind, len(views), buffers)
    feather.write_feather(pyarrow.table({"t": column}), tmp_path / "f.feather", compression="zstd")
    with pytest.raises(ResponsesError, match="holds 200,000 MB of text"):
        load_table(tmp_path / "f.feather")


def test_cells_that_point_at_one_long_list_are_refused_unread(tmp_path: Path) -> None:
    sizes = pyarrow.array(np.full(2_000, 100_000, dtype=np.int32))
    starts = pyarrow.array(np.zeros(2_000, dtype=np.int32))
    column = pyarrow.ListViewArray.from_arrays(starts, sizes, pyarrow.array(np.zeros(100_000)))
    feather.write_feather(pyarrow.table({"t": column}), tmp_path / "f.feather", compression="zstd")
    with pytest.raises(ResponsesError, match="200,000,000"):
        load_table(tmp_path / "f.feather")


def test_texts_that_are_views_are_read_as_texts(tmp_path: Path) -> None:
    texts = pyarrow.array(["ä", None, "a text of more than twelve letters"]).cast(pyarrow.string_view())
    feather.write_feather(pyarrow.table({"t": texts}), tmp_path / "f.feather")
    assert load_table(tmp_path / "f.feather").cells[0].tolist()[::2] == [
        "ä",
        "a text of more than twelve letters",
    ]


READ = """
import json, resource, sys
from pathlib import Path
from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports.table import load_table
try:
    load_table(Path(sys.argv[1]))
except ResponsesError as error:
    told = [str(one) for one in error.problems]
print(json.dumps([told, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


@pytest.mark.parametrize("ending", ["parquet", "feather"])
@pytest.mark.parametrize(
    ("column", "how", "said"),
    [
        (_in_a_dictionary("a" * 1_000_000, 5_000), {}, "holds 5,000 MB of text"),
        (_in_a_dictionary("a" * 10_000, 30_000), {"store_schema": False}, "holds 300 MB of text"),
        (_in_a_dictionary("a" * 100_000, 40_000), {"store_schema": False}, "needs too much memory"),
    ],
)
def test_long_texts_are_refused_before_every_cell_has_its_own(
    tmp_path: Path, ending: str, column: pyarrow.Array, how: dict[str, bool], said: str
) -> None:
    path, table = tmp_path / f"f.{ending}", pyarrow.table({"t": column})
    if ending == "parquet":
        parquet.write_table(table, path, compression="zstd", **how)
    else:
        feather.write_feather(table, path, compression="zstd")
        said = "MB of text"
    assert path.stat().st_size < 20_000
    # In a process of its own: a child begins with the pages of its parent, and pytest holds many.
    read = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    problems, kilobytes = json.loads(read.stdout)
    (told,) = problems
    assert said in told
    assert "large: true" in told
    assert kilobytes < 2_000_000


def test_decimals_are_numbers(tmp_path: Path) -> None:
    table = pyarrow.table({"d": pyarrow.array([1, None, 3]).cast(pyarrow.decimal128(38, 2))})
    parquet.write_table(table, tmp_path / "d.parquet")
    assert load_table(tmp_path / "d.parquet").cells[0].dtype == float


def _number_of_the_reader(_: Path) -> tuple[pyarrow.Table, bytes]:
    return pyarrow.table({"a": [os.getpid()]}), b""


def _refused_when_asked_again(_: Path) -> tuple[pyarrow.Table, bytes]:
    if _LIVES:
        raise ResponsesError("is refused", place="f")
    _LIVES.append(1)
    return _number_of_the_reader(Path())


_LIVES: list[int] = []


@pytest.fixture(autouse=True)
def _readers_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine too, and whatever address space Arrow reserved, which depends on the tests before."""
    apart._end_those_that_wait()
    monkeypatch.setattr(apart, "_PATIENCE", 60.0)
    monkeypatch.setattr(apart, "_LITTLE_MEMORY", 1 << 40)


def _ask(read: Callable[..., tuple[pyarrow.Table, bytes]] = _number_of_the_reader) -> int:
    table, _ = read_apart(partial(read, Path()), Path("f"))
    return int(table.column("a")[0].as_py())


def test_a_reader_that_waits_reads_the_next_file() -> None:
    first = _ask()
    assert first != os.getpid()
    assert _ask() == first


def test_what_a_reader_refuses_that_has_read_before_a_new_one_judges() -> None:
    assert _ask(_refused_when_asked_again) != 0
    first = _ask()
    assert _ask(_refused_when_asked_again) != first, "the state of the one before it was taken over"


def test_a_reader_that_was_ended_while_it_waited_is_replaced() -> None:
    first = _ask()
    os.kill(first, signal.SIGKILL)
    assert _ask() != first
    assert not Path(f"/proc/{first}").exists(), "nobody waited for it"


def test_a_reader_ends_where_no_file_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_PATIENCE", 0.05)
    first = _ask()
    until = time.monotonic() + 60
    while Path(f"/proc/{first}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert _ask() != first


def test_a_refused_file_and_much_memory_leave_no_reader(tmp_path: Path) -> None:
    _ask()
    (tmp_path / "bad.sav").write_bytes(b"nothing of SPSS")
    with pytest.raises(ResponsesError, match="is not a .sav file"):
        load_table(tmp_path / "bad.sav")
    assert apart._waiting == []


def test_a_process_made_by_fork_has_a_reader_of_its_own() -> None:
    first = _ask()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_ask) != first
    assert _ask() == first


def test_a_reader_holds_no_lock_of_its_parent(tmp_path: Path) -> None:
    apart._end_those_that_wait()
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _ask()
    with (tmp_path / "lock").open("w") as again:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_control_characters_are_taken_out_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("a\x1b[2J,b\none\x0btwo,1\n", encoding="utf-8")
    table = load_table(path)
    assert (table.header, table.cells[0].tolist()) == (("a[2J", "b"), ["one two"])
    assert [said for said in table.warnings if "control characters" in said] == [*table.warnings]
