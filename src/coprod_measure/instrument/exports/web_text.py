"""Text for platforms that show HTML and run braces: it arrives as written, and nothing in it is run."""

from __future__ import annotations

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "{": "&#123;", "}": "&#125;"}
# Tables of texts get opened in spreadsheets, which would run a cell that begins so.
_FORMULA_STARTS = "=+-@"


def web_text(text: str) -> str:
    """Write text as HTML without markup.

    Examples
    --------
    >>> web_text("=1 < 2")
    '&#61;1 &lt; 2'
    """
    safe = "".join(_ENTITIES.get(character, character) for character in text)
    return f"&#{ord(safe[0])};{safe[1:]}" if safe[:1] and safe[0] in _FORMULA_STARTS else safe
