"""Damaged and random files: either answers or one clear error, never a traceback; the file is left alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import Responses
from responses.fuzzing import FUZZED, outcome

HEADS = st.sampled_from(
    [
        "id", "trust_1", "trust_2", "skill_1", "age", "tools", "tools_1", "attention_1", "consent", "ResponseId",
        "StartDate", "Finished", "Duration (in seconds)", "submitdate", "lastpage", "record_id", "x___1", "_uuid",
        "_submission_time", "KEY", "SubmissionDate", "Timestamp", "I can teach it.", "T[trust_3]", "E-Mail", "",
        "wave", "version", "group/skill_2", "Status", "interviewtime", "groupTime1", "redcap_event_name",
    ]
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "5", "9", "-99", "NA", "Agree", "Ja", "4.0", "2026-01-13 10:00", "inf", "1e400", "'=1"]
    ),
    st.text(max_size=8),
    st.integers(-5, 12).map(str),
    st.just('{"ImportId":"QID1"}'),
)


@FUZZED
@given(
    content=st.binary(max_size=300),
    ending=st.sampled_from(["csv", "xlsx", "xls", "parquet", "feather", "json", "sav", "dta", "tsv"]),
)
def test_bytes(content: bytes, ending: str, instrument: Instrument) -> None:
    outcome(content, f"f.{ending}", instrument)


@FUZZED
@given(
    header=st.lists(HEADS, min_size=1, max_size=8),
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=6),
    delimiter=st.sampled_from([",", ";", "\t"]),
    quoted=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_tables(
    header: list[str],
    rows: list[list[str]],
    delimiter: str,
    quoted: bool,
    encoding: str,
    instrument: Instrument,
) -> None:
    lines = [header, *([*row, *[""] * len(header)][: len(header)] for row in rows)]
    mark = '"' if quoted else ""
    text = "\r\n".join(
        delimiter.join(f"{mark}{c.replace(mark, '') if mark else c}{mark}" for c in line) for line in lines
    )
    got = outcome(text.encode(encoding, errors="surrogatepass"), "f.csv", instrument)
    if isinstance(got, Responses):
        assert got.frame.index.is_unique
        assert ((got.missing == "") == got.frame.notna()).all(axis=None)


@FUZZED
@given(
    content=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HEADS, inner, max_size=4),
        max_leaves=20,
    )
)
def test_json(content: object, instrument: Instrument) -> None:
    outcome(json.dumps(content).encode(), "f.json", instrument)


@FUZZED
@given(
    cut=st.integers(0, 400), flip=st.integers(0, 10_000), ending=st.sampled_from(["xlsx", "parquet", "sav"])
)
def test_damaged_binary_files(
    cut: int, flip: int, ending: str, instrument: Instrument, sound: dict[str, bytes]
) -> None:
    content = bytearray(sound[ending])
    content[flip % len(content)] ^= 0xFF
    outcome(bytes(content[: max(1, len(content) - cut)]), f"f.{ending}", instrument)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    import pandas as pd
    import pyreadstat

    folder = tmp_path_factory.mktemp("sound")
    frame = pd.DataFrame({"trust_1": [1.0, 2.0], "skill_1": [3.0, 4.0]})
    frame.to_excel(folder / "f.xlsx", index=False)
    frame.to_parquet(folder / "f.parquet")
    pyreadstat.write_sav(frame, folder / "f.sav")
    return {ending: (folder / f"f.{ending}").read_bytes() for ending in ("xlsx", "parquet", "sav")}
