"""Damaged questionnaires: a draft that can be used, or one clear error; nothing else, and never much time."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.drafting.draft import Draft, draft_instrument
from coprod_measure.errors import CoprodError
from coprod_measure.instrument.exports.questionnaire import questionnaire
from coprod_measure.instrument.exports.write import exporter
from coprod_measure.instrument.read import read_instrument
from responses.fuzzing import FUZZED
from responses.test_exports_fuzzed import SOUND, damaged

EXAMPLES = Path(__file__).parent / "examples"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.iterdir() if path.suffix != ".md"}
OURS = {"qualtrics": "txt", "limesurvey": "txt", "surveyjs": "json", "redcap": "zip", "xlsform": "xlsx"}
PIECES = st.sampled_from(
    [
        "0",
        "-1",
        "null",
        "[]",
        "{}",
        "[[",
        '""',
        "1e999",
        "99999999",
        "\0",
        "true",
        "é",
        "{x}",
        "<a>",
        "]]>",
        "\\u0000",
    ]
)


@st.composite
def broken(draw: st.DrawFn, text: str) -> str:
    """Words of the text replaced, so that its shape holds and its values do not; or cut as exports are."""
    if draw(st.booleans()):
        return draw(damaged(text))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, max(len(text) - 1, 0)))
        marks = [at for at, sign in enumerate(text[start : start + 400]) if sign in '"<>[]{},:\t\n']
        if len(marks) > 1:
            text = text[: start + marks[0] + 1] + draw(PIECES) + text[start + marks[1] :]
    return text


def check(content: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        found = outcome(path)
        assert path.read_bytes() == content
    if isinstance(found, CoprodError):
        assert all(problem.cause and "\n" not in str(problem) for problem in found.problems)
    else:
        assert set(found.names.items) == set(found.instrument.items)
        assert all("\n" not in note for note in found.notes)


def outcome(path: Path) -> Draft | CoprodError:
    try:
        return draft_instrument(path)
    except CoprodError as error:
        return error


@pytest.mark.parametrize("name", sorted(TEXTS))
@FUZZED
@given(data=st.data())
def test_damaged_questionnaires(name: str, data: st.DataObject) -> None:
    check(data.draw(broken(TEXTS[name])).encode(errors="surrogatepass"), name)


@pytest.mark.parametrize("platform", sorted(OURS))
@FUZZED
@given(data=st.data())
def test_damaged_exports_of_ours(platform: str, data: st.DataObject) -> None:
    check(_damaged_export(platform, data), f"survey.{OURS[platform]}")


@pytest.mark.parametrize("platform", sorted(SOUND))
@FUZZED
@given(data=st.data())
def test_damaged_answers(platform: str, data: st.DataObject) -> None:
    check(data.draw(damaged(SOUND[platform])).encode(errors="surrogatepass"), "answers.csv")


def _export(platform: str) -> bytes:
    made = exporter(platform)(questionnaire(read_instrument("bfi25")))
    return next(content for name, content in made.files.items() if name.endswith(OURS[platform]))


CONTENTS = {platform: _export(platform) for platform in OURS}


def _damaged_export(platform: str, data: st.DataObject) -> bytes:
    """A text is broken as such; in an archive one of its members, or the bytes of the whole."""
    content = CONTENTS[platform]
    if OURS[platform] not in {"zip", "xlsx"}:
        return data.draw(broken(content.decode())).encode(errors="surrogatepass")
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(content) - 1))
        return content[:at] + data.draw(st.binary(max_size=3)) + content[at + 1 :]
    with zipfile.ZipFile(io.BytesIO(content)) as sound:
        members = {name: sound.read(name) for name in sound.namelist()}
    chosen = data.draw(st.sampled_from(sorted(members)))
    members[chosen] = data.draw(broken(members[chosen].decode())).encode(errors="surrogatepass")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return made.getvalue()
