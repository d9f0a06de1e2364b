"""Wording that respondents stumble over: two questions in one, long words, negations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coprod_measure.instrument.references import Placed
from coprod_measure.instrument.wording import PLACEHOLDER
from coprod_measure.yaml_files import Finding, YamlFile

HARDEST_GRADE = 12.0
MOST_WORDS = 30
_JOINED = {
    "en": re.compile(r"\band/or\b|\b(?:and|or)\b", re.IGNORECASE),
    "de": re.compile(r"\bund/oder\b|\b(?:und|oder)\b", re.IGNORECASE),
}
_NEGATED = {
    "en": re.compile(r"\b(?:not|never|no|none|nothing|nobody|cannot|\w+n['\u2019]t)\b", re.IGNORECASE),
    "de": re.compile(r"\b(?:nicht|nie|niemals|nichts|niemand|kein\w*)\b", re.IGNORECASE),
}
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_SPSS_LABEL_BYTES = 256


def wording_findings(file: YamlFile, item: Placed, source: str) -> Iterator[Finding]:
    """Look at the source wording of an item that measures a construct.

    ``source``: the language that it is written in; double-barrelled and negated wording is known in English
    and German, the reading level in English.
    """
    text, at = item.entry.text, [*item.at, "text"]
    language = source.split("-")[0]
    if len(text.encode()) > _SPSS_LABEL_BYTES and item.role != "text":
        cause = f"the text of '{item.id}' is longer than the {_SPSS_LABEL_BYTES} bytes that SPSS keeps"
        yield file.finding("note", at, cause, "Give it a short 'label'", "long-text")
    if item.role not in {"construct", "marker"} or item.kind not in {"scale", "slider"}:
        return
    words = _WORD.findall(PLACEHOLDER.sub("thing", text))
    if (joined := _JOINED.get(language)) and (found := joined.search(text)):
        cause = f"'{item.id}' may ask two things at once ('{found[0]}')"
        cure = "Ask one thing an item, or list 'double-barrelled' under 'accepts'"
        yield file.finding("warning", at, cause, cure, "double-barrelled")
    if (negated := _NEGATED.get(language)) and (found := negated.search(text)):
        cause = f"'{item.id}' is worded as a negation ('{found[0]}')"
        yield file.finding("note", at, cause, "Say it without the negation", "negated-wording")
    if len(words) > MOST_WORDS:
        cause = f"'{item.id}' has {len(words)} words"
        yield file.finding("warning", at, cause, f"Stay below {MOST_WORDS}", "long-item")
    grade = reading_grade(PLACEHOLDER.sub("thing", text))
    if language == "en" and grade > HARDEST_GRADE:
        cause = f"'{item.id}' reads at grade {grade:.0f}"
        yield file.finding("warning", at, cause, "Use shorter words and sentences (grade 8)", "reading-level")


def reading_grade(text: str) -> float:
    """US school grade needed to read an English text.

    Returns 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid, Fishburne, Rogers and Chissom
    1975). Syllables are counted by groups of vowels, which errs by about one word in ten.
    """
    words = _WORD.findall(text)
    if not words:
        return 0.0
    sentences = max(1, len(re.findall(r"[.!?]+(?:\s|$)", text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    bare = word.lower()
    count = len(_VOWELS.findall(bare))
    silent = bare.endswith("e") and not bare.endswith(("le", "ee", "ie", "oe", "ye"))
    silent = silent or (bare.endswith("ed") and not bare.endswith(("ted", "ded")))
    return max(1, count - silent)
