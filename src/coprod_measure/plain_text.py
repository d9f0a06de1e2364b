"""What text may hold: nothing that a terminal obeys or that XML, Word and spreadsheets cannot hold."""

from __future__ import annotations

import codecs
import re

_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85"  # U+000B is what Word's soft line break pastes as
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_CLEANED = dict.fromkeys((*range(32), *range(127, 160), *range(55296, 57344), 65534, 65535))
_CLEANED |= dict.fromkeys(map(ord, _BREAKS), " ")
for _kept in "\t\n\r":
    del _CLEANED[ord(_kept)]
_TURNING = (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x2070))  # break or turn round a line
# Seen by nobody, so that two names look alike; those that join letters or words of a script stay.
_UNSEEN = (0x200B, *range(0x2060, 0x2065), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080))
_SHOWN = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*_CLEANED, 13, *_TURNING, *_UNSEEN)
}
_SHOWN |= {
    code: f"\\udb40\\u{code - 0xE0000 + 0xDC00:04x}" for code in _UNSEEN if code > 0xFFFF
}  # as in JSON


def cleaned(text: str) -> str:
    r"""Take out control characters; those that break a line become a blank.

    Examples
    --------
    >>> cleaned("one\x0btwo\x1b[2J")
    'one two[2J'
    """
    return text if text.isprintable() or not UNPRINTABLE.search(text) else text.translate(_CLEANED)


def visible(text: str) -> str:
    r"""Write control characters out, so that a terminal shows them and does not obey.

    Examples
    --------
    >>> visible("\x1b[2J")
    '\\x1b[2J'
    """
    return text if text.isprintable() else text.translate(_SHOWN)


def is_text_encoding(name: str) -> bool:
    """Whether bytes can be read as text by that name (not so ``rot13``, ``zlib``, ``hex``).

    Examples
    --------
    >>> is_text_encoding("cp1252"), is_text_encoding("rot13")
    (True, False)
    """
    try:
        codecs.getincrementaldecoder(name)
        return " ".encode(name).decode(name) == " "
    except (LookupError, ValueError):
        return False
