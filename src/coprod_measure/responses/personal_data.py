"""Names, addresses and places are recognised at the door and go no further."""

from __future__ import annotations

import hashlib
import hmac
import re
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
    r"[^@\s]@[^@\s]+\.[^@\s]|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|^\s*\+\d[\d /()-]{7,}$|"
    r"^\s*(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![0-9a-f:])",
    re.IGNORECASE,
)
_PERHAPS_PERSONAL = r"@|\.[^.]{1,3}\.[^.]{1,3}\.|\+|:[^:]{0,4}:"
"""What every cell has that the pattern above finds, in words that Arrow's quick patterns know."""
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


def read_like_names(ids: pd.Series) -> bool:
    """Whether half of the ids or more read like names, telephone numbers, dates, handles or panel ids."""
    texts = ids.astype("str").str.strip()
    texts = texts[texts != ""]
    return len(texts) > 0 and 2 * sum(map(bool, map(_NAME_OR_NUMBER.fullmatch, texts.tolist()))) >= len(texts)


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
