"""Which format a file is in: the first that recognises it wins; one line a format."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from coprod_measure.drafting.question import Found
from coprod_measure.drafting.sources import (
    answers,
    google_forms,
    limesurvey,
    microsoft_forms,
    qualtrics_qsf,
    qualtrics_text,
    redcap,
    surveyjs,
    word_or_text,
    xlsform,
)
from coprod_measure.errors import CoprodError, InstrumentError
from coprod_measure.provenance import is_file

FORMATS: tuple[ModuleType, ...] = (
    qualtrics_text,
    limesurvey,
    qualtrics_qsf,
    redcap,
    xlsform,
    google_forms,
    microsoft_forms,
    surveyjs,
    word_or_text,
    answers,  # anything that holds answers; last, for it asks nothing of the file
)
_START = 4096
# What damage shows as in JSON, XML and archives.
_DAMAGED = (
    ValueError, LookupError, TypeError, AttributeError, OSError, SyntaxError, RecursionError, ArithmeticError,
    NotImplementedError, EOFError, zlib.error, zipfile.BadZipFile, struct.error,
)  # fmt: skip
_MOST_BYTES = 1 << 27
_PROSE = {".doc", ".odt", ".rtf", ".pdf"}


def find_questions(path: Path, encoding: str | None = None) -> Found:
    """Read the questions that a file holds.

    ``encoding``: of a file of answers that does not say it; questionnaires are UTF-8.

    Raises
    ------
    InstrumentError
        If there is no such file, it is too large, damaged, or holds no question.
    """
    if not is_file(path):
        raise InstrumentError("there is no such file", place=str(path), cure="Check the path", code="no-file")
    with path.open("rb") as file:
        start = file.read(_START)
    if path.suffix.lower() in _PROSE:
        raise InstrumentError(
            "is a text for people that is not read",
            place=path.name,
            cure="Save it as Word (.docx) or plain text (.txt), one item a line, or name the platform's file",
            code="prose",
        )
    format_ = next(one for one in FORMATS if one.recognise(path, start))
    if format_ is not answers and path.stat().st_size > _MOST_BYTES:
        raise InstrumentError(
            "is larger than any questionnaire", place=path.name, cure="Export it again", code="too-large"
        )
    try:
        found: Found = answers.read(path, encoding) if format_ is answers else format_.read(path)
    except CoprodError:
        raise
    except _DAMAGED as error:
        kind = format_.__name__.rsplit(".", 1)[-1].replace("_", " ")
        raise InstrumentError(
            f"looks like a questionnaire of the format {kind} and cannot be read",
            place=path.name,
            cure="Export it again; it may be cut off, or of a version that is not known",
            code="unreadable",
        ) from error
    lone = [one.name for one in found.questions if len(one.choices) == 1]
    found = replace(
        found,
        questions=tuple(one for one in found.questions if one.name not in lone),
        notes=(*found.notes, *(f"{name}: a single option, the same for all" for name in lone)),
    )
    if not found.questions:
        why = f" ({found.notes[0]})" if found.notes else ""
        raise InstrumentError(
            f"holds no question that can be taken over{why}",
            place=path.name,
            cure="Name the questionnaire's file, or a file of answers with one column a question",
            code="no-questions",
        )
    return found
