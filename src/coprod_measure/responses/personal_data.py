"""Names, addresses and places are recognised at the door and go no further."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

_DIGITS = 16
_PERSONAL_NAME = re.compile(
    r"""^(
    ip([ _-]?addr(ess)?)?|(user[ _-]?)?(ip[ _-]?address|agent)|
    recipient[ _-]?(last|first)[ _-]?name|recipient[ _-]?e?-?mail|externalreference|
    external[ _]?data[ _]?reference|
    (participant[ _-]?)?(e-?mail|mail)([ _-]?(address|adresse))?|
    ((first|last|full|sur|family|given|user|nick)[ _-]?)?name|vorname|nachname|familienname|
    (tele)?(phone|fon)([ _-]?(number|no))?|phonenumber|mobile([ _-]?(number|phone))?|handy(nummer)?|
    (street|postal|home)?[ _-]?address|adresse|anschrift|stra(ss|ß)e|
    location[ _-]?(latitude|longitude)|latitude|longitude|_?geolocation|gps|
    _?(latitude|longitude|altitude|precision)|
    (date[ _-]?of[ _-]?birth|birth[ _-]?date|dob|geburtsdatum)|
    device[ _-]?id|deviceid|subscriber[ _-]?id|simserial|username|refurl|token|redcap_survey_identifier|
    _submitted_by|submitter(id|name)|network[ _-]?id|来自ip|姓名|手机(号码?)?|电话|邮箱|地址
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_PANEL_NAME = re.compile(
    r"""^(
    prolific([ _-]?(academic))?[ _-]?(pid|id|participant([ _-]?id)?)?|
    ((amazon|m[ _-]?turk|mturk)[ _-]?)?worker[ _-]?id|(amazon[ _-]?)?(m[ _-]?turk|mturk)[ _-]?(id|code)|
    (amazon|sona|cloud[ _-]?research|connect|toluna|dynata|respondi|bilendi|cint|lucid|clickworker|
       pollfish|qualtrics[ _-]?panel|panel(ist)?|panel[ _-]?member)[ _-]?(id|code|pid)|
    psid|participant[ _-]?id|assignment[ _-]?id|survey[ _-]?code
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_MAIL_NAME = re.compile(r"e-?mail", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s]@[^@\s]+\.[^@\s]")
_NOBODY = (
    r"(?:anonym(ous|e|o|i?sed?|ized)?([ _-]?(user|respondent|response|participant))?|guest|gast|"
    r"n\.?/?a\.?|none|null|nan|nil|unknown|unbekannt|not (available|provided|applicable)|"
    r"keine?( angabe)?|deleted|removed|redacted|hidden|masked|[-–—.*#?_/ ]+|x{2,})"
)
_NAME_OR_NUMBER = re.compile(
    r"(?=.*[^\W\d_])(?:[^\d_]{4,}|[^\x00-\x7f\d_][^\d_]+)|0\d[\d /()-]{6,}|"
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|@\w+|[0-9a-f]{24}"
)
_OWN_NUMBER = re.compile(r"0\d[\d /()-]{6,}|@\w+|[0-9a-f]{24}")
_MOST_GROUPS = 10
_LEAST_OWN_NUMBER = 10_000
_FEWEST_TO_COMPARE = 3
_NEARLY_ALL = 0.8
_MOST_ROWS_OF_ONE = 20, 0.2
_PERSONAL_CELL = re.compile(
    r"""[^@\s]@[^@\s]+\.[^@\s]|\w\s*[\[({]\s*(?:at|ät|@)\s*[\])}]\s*\w|
    \w\s+at\s+[\w-]{1,63}\s+(?:dot|punkt)\s+\w|
    (?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|^\s*(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![0-9a-f:])|
    ^\s*(?:\+\d|00[1-9])[\d\ /()-]{7,}$|^\s*\(\d{2,4}\)\s?\d[\d\ -]{5,}$|
    \d\s?°\s?\d|^\s*(?:geo:)?-?\d{1,3}\.\d{4,}\s?[,;\ ]\s?-?\d{1,3}\.\d{4,}|
    ://[^\s?]+\?\S*=\S""",
    re.IGNORECASE | re.VERBOSE,
)
_PERHAPS_PERSONAL = (
    r"@|[\[({]|[^a-zA-Z][aA][tT][^a-zA-Z]|\.[^.]{1,3}\.[^.]{1,3}\.|\+|:[^:]{0,4}:|00[1-9]|°|\.\d{4}|\?"
)
"""What every cell has that the pattern above finds, in words that Arrow's quick patterns know."""
_LONE_NUMBER = re.compile(
    r"""(?:[^\W\d]{0,5}|(?i:whatsapp|telefon|telephone|mobile))[.:]?\s?\(?\d[\d\ /().:-]{5,}[^\W\d]?|
    (?:IBAN:?\s?)?[A-Z]{2}\d\d[A-Z0-9]{11,30}|[A-Z]{6}[A-Z0-9]{10}|
    [A-Z0-9]{1,4}(?:[\ .-][A-Z0-9]{1,6}){2,9}""",
    re.VERBOSE,
)
_LONE_CELL = re.compile(
    r"""(?:[^\W\d]{1,9}[.:]?\s)?(?=.{0,6}\d\d)\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|
    \d{1,2}[-.\ ]{1,2}[^\W\d]{3,9}[-.,\ ]{1,2}\d{2,4}|[^\W\d]{3,9}\ \d{1,2},\ ?\d{4}|
    \D{0,2}\d{1,4}年\d{1,2}月\d{1,2}日|
    [NS]\s?\d{1,2}\.\d{3,}\D{1,4}\d{1,3}\.\d{3,}|
    [2-9CFGHJMPQRVWX]{4,8}0{0,4}\+(?:[2-9CFGHJMPQRVWX]{2,3}(?:\s\D+)?)?|[\w.]+\#\d{4}|
    (?i:ig|insta(?:gram)?|discord|telegram|skype|wechat|tiktok|snap(?:chat)?|signal|twitter)\s?:\s?\S+|
    .*@\w.*|(?:https?://|www\.)[^\s/]+/.*|(?:[\w-]+\.)+[a-z]{2,}/.*|u/\w+""",
    re.VERBOSE,
)
_FEWEST_DIGITS, _LONGEST = 6, 80
_PARTICLE = re.compile(
    r"v[ao]n|vom|d(?:er|en|em|e|el|ella|i|a|o|os|as|u)|l(?:a|e|os|as)|bin|ibn|ben|bint|al|el|z(?:u|um|ur)|und|y|e|"
    r"te[nr]?|af|av"
)
_OF_NAMES = re.compile(
    r"\S+(?: \S+)? (?:v[ao]n|bin(?:ti)?|ibn|bint|da|dos|della|de la)(?: [^\d\s]+){1,3}|"
    r"(?:.* )?(?:o'|[ae]l-)[^\W\d]{3,}.*"
)
"""A name whose writer left out the capitals: its particle stands in few other texts."""
_WORDS = re.compile(r"[^\W\d_][^\d_]*[\s,]+[^\d_]*[^\W\d_]\.?")
_SHARED = 3
"""Rows from which on a value is one of a group."""
DEVICE_NAMES = (
    "IPAddress",
    "IP Address",
    "ipaddr",
    "ip",
    "ip_address",
    "deviceid",
    "device_id",
    "Network ID",
    "来自IP",
)
PERSON_NAMES = ("ExternalReference", "ExternalDataReference", "RecipientEmail", "token", "email", "e-mail")


def is_personal_name(column: str) -> bool:
    """Whether a column's name says that it identifies people."""
    last = re.split(r"[/.]", column.strip())[-1]
    return any(_PERSONAL_NAME.match(name) or is_panel_id(name) for name in (column.strip(), last))


def is_panel_id(column: str) -> bool:
    """Whether a column's name says that it holds the numbers by which a panel knows its members."""
    return bool(_PANEL_NAME.match(column.strip()))


def without_nobody(cells: pd.Series) -> pd.Series:
    """Blank the words that name nobody; the rest stays, as stripped text."""
    texts = cells.astype("str").str.strip().mask(cells.isna(), "")
    return texts.mask(texts.str.fullmatch(_NOBODY, case=False).fillna(False).astype(bool), "")


def only_persons(cells: pd.Series, name: str = "") -> pd.Series:
    """Blank what names nobody: "anonymous", "-", "n/a", masks, and what nearly every row holds.

    ``cells``: one cell a row. ``name``: of the column; under a name of e-mail only addresses stay. Returns
    text; empty where there is no person.

    Examples
    --------
    >>> only_persons(pd.Series(["anonymous", "a@example.org", "-"])).tolist()
    ['', 'a@example.org', '']
    """
    texts = without_nobody(cells)
    if _MAIL_NAME.search(name):
        texts = texts.where(texts.str.contains(_MAIL.pattern).fillna(False).astype(bool), "")
    counts = texts[texts != ""].value_counts()
    n = int(counts.sum())
    many, share = _MOST_ROWS_OF_ONE
    shared = counts[(counts >= max(_FEWEST_TO_COMPARE, _NEARLY_ALL * n)) | (counts > max(many, share * n))]
    return texts.mask(texts.isin(shared.index), "")


def holds_personal_cells(cells: pd.Series) -> bool:
    """Whether any cell reads like an e-mail, IP address or telephone number."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return False
    texts = cells.astype("str")
    suspects = texts[texts.str.contains(_PERHAPS_PERSONAL).fillna(False).astype(bool)]
    return any(map(_PERSONAL_CELL.search, suspects.unique()))


def tell_people_apart(cells: pd.Series) -> bool:
    """Whether cells that should sort people identify them.

    So they do where one reads like a telephone number, a handle or a panel id, or where every second one
    stands nowhere else (names, dates of birth, large numbers).
    """
    if pd.api.types.is_numeric_dtype(cells.dtype) and not cells.max() >= _LEAST_OWN_NUMBER:
        return False
    texts = without_nobody(cells)
    texts = texts[texts != ""]
    own = texts.unique()
    return _MOST_GROUPS < len(own) >= len(texts) / 2 or any(map(_OWN_NUMBER.fullmatch, own))


def lone_persons(cells: pd.Series) -> pd.Series:
    """Mark cells of one or two rows that read like a person's name, number, date of birth or address.

    What is built as a shared value is (waves that are called by their day, groups of income) is none.

    Examples
    --------
    >>> cells = pd.Series([*["bikes", "home care"] * 3, "Ada van der Berg", "12.3.1987"])
    >>> cells[lone_persons(cells)].tolist()
    ['Ada van der Berg', '12.3.1987']
    """
    if pd.api.types.is_numeric_dtype(cells.dtype) and not cells.max() >= _LEAST_OWN_NUMBER:
        return pd.Series(data=False, index=cells.index)
    texts = without_nobody(cells)
    counts = texts[texts != ""].value_counts()
    return texts.isin(_persons_among(counts.index[counts < _SHARED], counts.index[counts >= _SHARED]))


def any_person_among(ids: pd.Series) -> bool:
    """Whether an id reads as :func:`lone_persons` says or has several words, and few others are built so."""
    own = pd.Series(ids.astype("str").str.strip().unique())
    own = own[own != ""]
    alike = own.map(_shape).map(own.map(_shape).value_counts())
    alone = own[alike < _SHARED]
    return any(map(_WORDS.fullmatch, alone)) or bool(_persons_among(alone, own[alike >= _SHARED]))


def _persons_among(texts: Iterable[str], shared: Iterable[str]) -> list[str]:
    groups = list(shared)
    shapes = set(map(_shape, groups))
    cased = not any(map(_without_capitals, "".join(groups)))
    return [
        text
        for text in texts
        if len(text) <= _LONGEST
        and (
            _reads_like_a_name(text, cased=cased)
            or (_reads_like_a_number(text) and _shape(text) not in shapes)
        )
    ]


def _shape(text: str) -> str:
    """Say how a cell is built: words, short numbers, long numbers, and what stands between them."""
    return re.sub(r"\d+", "9", re.sub(r"\d{7,}", "\0", re.sub(r"[^\W\d_]+", "a", text)))


def _reads_like_a_number(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return bool(_LONE_CELL.fullmatch(text) or (digits >= _FEWEST_DIGITS and _LONE_NUMBER.fullmatch(text)))


def _reads_like_a_name(text: str, *, cased: bool) -> bool:
    """Whether a cell is written as a name is; ``cased``: the others are in scripts with capitals."""
    words = re.split(r"[\s,\u3000\u30fb\u00b7]+", text.strip(" ,"))
    if not all(re.fullmatch(r"[^\W\d_][^\d_]*", word) for word in words):
        return False
    if all(map(_without_capitals, "".join(words))):
        return len(text) > 1 and (cased or len(words) > 1)
    if _OF_NAMES.fullmatch(text):
        return True
    capital = [any(map(str.isupper, word)) for word in words]
    return sum(capital) > 1 and all(
        up or _PARTICLE.fullmatch(word.rstrip("'’")) for up, word in zip(capital, words, strict=True)
    )


def _without_capitals(letter: str) -> bool:
    return letter.isalpha() and letter.lower() == letter.upper()


def read_like_names(ids: pd.Series) -> bool:
    """Whether half of the ids or more read like names, telephone numbers, dates, handles or panel ids.

    Or one of them does that is not built as the others are.
    """
    texts = ids.astype("str").str.strip()
    texts = texts[texts != ""]
    half = 2 * sum(map(bool, map(_NAME_OR_NUMBER.fullmatch, texts.tolist()))) >= len(texts)
    return len(texts) > 0 and (half or any_person_among(texts))


def without_personal_text(cell: str) -> str:
    """Cut a cell for a message: short, and nothing that identifies a person."""
    shown = "(personal)" if _PERSONAL_CELL.search(cell) else cell
    return shown if len(shown) <= 40 else shown[:37] + "..."


def pseudonym_key(path: Path) -> bytes:
    """Derive the key of a file's pseudonyms from its bytes.

    The key differs from the file's published hash and cannot be computed without the file, and the same file
    gives the same pseudonyms again.
    """
    digest = hashlib.sha256(b"coprod-measure pseudonyms\0")
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.digest()


def pseudonyms(cells: pd.Series, key: bytes) -> pd.Series:
    """Replace each text by a keyed hash (HMAC-SHA-256, 16 digits); empty stays empty."""
    codes, uniques = pd.factorize(cells.astype("str"))
    hashes = np.array(
        [
            hmac.digest(key, text.strip().encode(), "sha256").hex()[:_DIGITS] if text.strip() else ""
            for text in uniques
        ]
        + [""],
        dtype=object,
    )
    return pd.Series(hashes[codes], index=cells.index, dtype="str")
