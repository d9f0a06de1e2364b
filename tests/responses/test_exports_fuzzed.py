"""Sound exports of every platform, damaged a little, and typed files with anything in them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.exceptions import IllegalCharacterError

from coprod_measure.errors import CoprodError, ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.clean import clean
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.imports.sniff import SOURCES
from coprod_measure.responses.quality import answer_quality
from responses.fuzzing import FUZZED, outcome
from responses.imports import test_further_platforms as further
from responses.imports import test_other_platforms as others
from responses.imports import test_qualtrics as qualtrics

SOUND = {
    "qualtrics": "\n".join([qualtrics.NAMES, qualtrics.TEXTS, qualtrics.IDS, *qualtrics.ROWS]),
    "limesurvey": others.LIMESURVEY,
    "limesurvey texts": others.LIMESURVEY_TEXTS,
    "redcap": others.REDCAP,
    "redcap labels": others.REDCAP_LABELS,
    "kobo": others.KOBO,
    "odk": others.ODK,
    "google": others.GOOGLE,
    "microsoft forms": further.MICROSOFT_FORMS,
    "sosci": further.SOSCI,
    "surveymonkey": further.SURVEYMONKEY,
    "typeform": further.TYPEFORM,
    "wenjuanxing": further.WENJUANXING,
    "formr": further.FORMR,
    "unipark": further.UNIPARK,
    "redcap events": "pid,redcap_event_name,age,base_complete,skill_1,f_complete\n1,b,30,2,,\n1,w,,,4,2\n",
    "waves": "id,trust_1_w1,skill_1_w1,trust_1_w2\na,1,2,3\nb,,,4\n",
}
SURVEYJS = '[{"id": 1, "trust": {"trust_1": 4, "trust_2": 1}, "skill_1": 2, "tools": [1, 3], "consent": 1}]'
PIECES = st.sampled_from(
    [
        "",
        '"',
        ",",
        ";",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "{",
        "}",
        "'",
        "=",
        "-99",
        "N/A",
        "\ufeff",
        "é",
        "9",
        "_w3",
        "e9",
    ]
)
WAVES = st.sampled_from([None, "wave", {"one": "*_w1", "two": "*_w2"}, {"one": "trust_*"}, {"x": "*"}])


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Up to four places overwritten, cut out or doubled."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(text) - 1, 0)))
        end = start + draw(st.integers(0, 30))
        match draw(st.sampled_from(["put", "cut", "double", "line"])):
            case "put":
                text = text[:start] + draw(PIECES) + text[end:]
            case "cut":
                text = text[:start] + text[end:]
            case "double":
                text = text[:end] + text[start:end] + text[end:]
            case _:
                lines = text.split("\n")
                at = draw(st.integers(0, len(lines) - 1))
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
                text = "\n".join(lines)
    return text


def cleaned(got: Responses | ResponsesError) -> Responses | CoprodError:
    """Clean and describe what was read; the error, where that cannot be."""
    if isinstance(got, ResponsesError):
        return got
    try:
        answer_quality(clean(got, exclude=False))
        return clean(got)
    except CoprodError as error:
        return error


def check_what_follows(got: Responses | ResponsesError) -> None:
    """Answers that add up, or an error whose every problem is one line that says what is wrong."""
    found = cleaned(got)
    if isinstance(found, CoprodError):
        assert all(problem.cause and "\n" not in str(problem) for problem in found.problems)
    else:
        assert isinstance(got, Responses)
        assert set(found.frame.index) <= set(got.frame.index)
        assert found.n == len(found.frame)


@pytest.mark.parametrize("platform", sorted(SOUND))
@FUZZED
@given(data=st.data())
def test_damaged_exports(platform: str, data: st.DataObject, instrument: Instrument) -> None:
    text = data.draw(damaged(SOUND[platform]))
    source = data.draw(st.sampled_from(["auto", *SOURCES]))
    wave = data.draw(WAVES)
    got = outcome(text.encode(errors="surrogatepass"), "f.csv", instrument, source=source, wave=wave)
    check_what_follows(got)


@FUZZED
@given(text=damaged(SURVEYJS), ending=st.sampled_from(["json", "jsonl"]), source=st.sampled_from(SOURCES))
def test_damaged_json(text: str, ending: str, source: str, instrument: Instrument) -> None:
    check_what_follows(outcome(text.encode(errors="surrogatepass"), f"f.{ending}", instrument, source=source))


@FUZZED
@given(changes=st.lists(st.tuples(st.integers(0, 5631), st.binary(max_size=2)), min_size=1, max_size=4))
def test_damaged_old_workbooks(changes: list[tuple[int, bytes]], instrument: Instrument) -> None:
    content = further.OLD_EXCEL.read_bytes()
    for at, put in changes:
        content = content[:at] + put + content[at + len(put) :]
    check_what_follows(outcome(content, "f.xls", instrument))


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 9),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["1", "Agree", "N/A", "2026-01-13", "=1+1"]),
    st.datetimes(datetime.datetime(1900, 2, 1), datetime.datetime(2200, 1, 1)),
    st.dates(datetime.date(1900, 2, 1), datetime.date(2200, 1, 1)),
    st.times(),
    st.timedeltas(datetime.timedelta(days=-9), datetime.timedelta(days=9)),
    st.decimals(-9, 9, places=2).map(Decimal),
    st.binary(max_size=3),
    st.lists(st.integers(0, 5), max_size=3),
)
# What the writers say of cells that their format cannot hold; Arrow's errors derive from the first four.
REFUSED = (
    ValueError,
    TypeError,
    OverflowError,
    NotImplementedError,
    AttributeError,
    IllegalCharacterError,
    pyreadstat.PyreadstatError,
    pyreadstat.ReadstatError,
)
NAMES = st.sampled_from(
    ["id", "trust_1", "trust_2", "skill_1", "age", "tools", "consent", "wave", "duration", "x"]
)
FRAMES = st.lists(
    st.tuples(NAMES, st.one_of(st.lists(CELLS, min_size=3, max_size=3), CELLS.map(lambda cell: [cell] * 3))),
    min_size=1,
    max_size=5,
    unique_by=lambda column: column[0],
)


@FUZZED
@given(
    columns=FRAMES,
    ending=st.sampled_from(["xlsx", "parquet", "feather", "sav", "dta"]),
    source=st.sampled_from(["auto", "auto", *SOURCES]),
)
def test_typed_files(
    columns: list[tuple[str, list[object]]], ending: str, source: str, instrument: Instrument
) -> None:
    content = _written(dict(columns), ending)
    if content is not None:
        check_what_follows(outcome(content, f"f.{ending}", instrument, source=source))


def _written(columns: dict[str, list[object]], ending: str) -> bytes | None:
    """Bytes of such a file; None where the writer itself does not take these cells."""
    frame = pd.DataFrame(columns)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"f.{ending}"
        writers = {
            "xlsx": lambda: frame.to_excel(path, index=False),
            "parquet": lambda: frame.to_parquet(path),
            "feather": lambda: frame.to_feather(path),
            "sav": lambda: pyreadstat.write_sav(frame, path),
            "dta": lambda: pyreadstat.write_dta(frame, path),
        }
        try:
            writers[ending]()
        except REFUSED:
            return None
        return path.read_bytes()
