"""Wordings as platforms spell them: markup, matrix stems, numbers before and cut ends undone."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping

from coprod_measure.instrument.definition import Instrument

_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_INLINE = re.compile(r"</?(b|i|u|em|strong|span|font|a|small|big|sub|sup)(\s[^<>]*)?>", re.IGNORECASE)
_TYPED = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-"})
_NUMBERED = re.compile(r"^\s*[a-z]{0,3}\d{1,3}([._-]\d{1,3})?\s*[.:)、．]\s*(?=\S)", re.IGNORECASE)
_CODED = re.compile(r"^[A-Za-z]\w*(\[\w+\])*\. (?=\S)")
_CUT_AT = {80, 120, 252, 253, 254, 255, 256}  # lengths that Stata, SPSS and platforms cut labels to


def same_words(text: str) -> str:
    """Bring a wording or label to the form in which two count as equal.

    Entities and tags undone, NFKC, typographic quotes and dashes plain, case-folded, single spaces.

    Examples
    --------
    >>> same_words("<b>I&nbsp;don’t</b>  know") == same_words("I don't know")
    True
    """
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub(" ", _INLINE.sub("", html.unescape(text))))
    return " ".join(unicodedata.normalize("NFKC", text).translate(_TYPED).casefold().split())


def items_by_wording(instrument: Instrument) -> dict[str, str]:
    """Index the wordings, in every language and with placeholders filled, that belong to one item only."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for item in instrument.items.values():
        if item.kind == "display":
            continue
        for text in {item.text, *(translation.text for translation in item.translations.values())}:
            for wording in {text, _filled(text, instrument.placeholders)}:
                key = same_words(wording)
                if found.setdefault(key, item.id) != item.id:
                    shared.add(key)
    return {key: id_ for key, id_ in found.items() if key not in shared}


def item_of_wording(heading: str, items: Mapping[str, str]) -> str | None:
    """Find the item that a heading asks for: the whole of it, or what is left without a stem or number."""
    for wording in _spellings(heading):
        if id_ := items.get(wording):
            return id_
    if "." in heading and " " not in heading.strip():  # R writes a point for whatever is no letter or digit
        letters = _letters(heading)
        alike = {id_ for wording, id_ in items.items() if _letters(wording) == letters}
        return alike.pop() if len(alike) == 1 else None
    if len(heading) in _CUT_AT:
        cut = same_words(heading)
        begun = {id_ for wording, id_ in items.items() if wording.startswith(cut)}
        return begun.pop() if len(begun) == 1 else None
    return None


def _spellings(heading: str) -> Iterator[str]:
    """Yield the whole, then the statement of a matrix row, before or after its stem."""
    if heading.isascii() and " " not in heading and "[" not in heading:
        yield same_words(heading)
        return
    bare = _NUMBERED.sub("", _CODED.sub("", heading, count=1), count=1)
    for text in dict.fromkeys((heading, bare)):
        yield same_words(text)
        if end := re.search(r"\[([^\[\]]+)\]\s*$", text):
            yield same_words(end[1])
        if start := re.match(r"\s*\[([^\[\]]+)\]", text):
            yield same_words(start[1])
        for divider in (" - ", " – ", ": ", "—", "|", "."):
            before, there, after = text.partition(divider)
            if there and before and after.strip():
                yield same_words(after)
                yield same_words(text.rpartition(divider)[2])
        if marked := re.sub(r"\s*\*\s*$", "", text):  # a star marks what must be answered
            yield same_words(marked)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _filled(text: str, placeholders: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: placeholders.get(match[1], match[0]), text)
