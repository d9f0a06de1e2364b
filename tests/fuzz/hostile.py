"""What strangers' files may hold, and how sound ones become damaged."""

from __future__ import annotations

import contextlib
from random import Random

import numpy as np
import pandas as pd

TEXTS = (
    "", " ", "a", "5", "-99", "1e400", "1e160", "-1e308", "nan", "inf", "9" * 400, "0x" + "f" * 4000, "1_000", "4,5",
    "\x0b", "\x00", "\x1b[2J\x1b]0;own\x07", "\x7f", "\x85", "\ufffe", "\ufeff", "\u202eevil", "\ud800", "e\u0301" * 50,
    "=1+1", "+1", "@SUM(A1)", ";=1+1", "\t=cmd|'/c calc'!A1", "a\n=1+1", "＝1+1", "-", "'=1", '"', '""', "'", "\\", "|",
    "<script>alert(1)</script>", "<b>", "&amp;&lt;", "]]>", "<!--", "${x}", "{{7*7}}", "%s%n", "../../x", "/etc/passwd",
    "2026-03-29T02:30:00+01:00", "2026-03-29T02:30:00Z", "2026-13-45", "30.02.2026", "0000-00-00", "99999-01-01",
    "Agree", "Ja", "true", "null", "{", "}", "[", "[1, 2]", '{"a": 1}', "é", "田中一", "😀", "a" * 5000, "(" * 2000, "-" * 2000,
    "x_w1", "joy_1", "trust_1", "id", "a b", "a.b", "a[1]", "f =~ x", "Q1. Why?", "Other (specify)", "1;2;3", "a|b|c",
)  # fmt: skip
YAML = (
    "null", "~", "[]", "{}", "[[]]", "- ", "? ", "<<: *a", "&a", "*a", "!!python/object/apply:os.system [id]", "!x", "|", ">",
    "'", '"', "0x" + "f" * 5000, "0o777", "1e999", ".nan", ".inf", "-.inf", "9" * 5000, "2026-01-01", "yes", "1:2:3",
    "[" * 300, "{a: " * 60, "- " * 60, "'\\0'", '"\\0"', '"\\x1b[2J"', '"\\u000b"', "\t", "#", "---", "...", "%YAML 9",
    "{joy_1: {}}", "joy_1", "a" * 300, "../" * 30, "../../../etc/passwd", "/dev/stdin", "%", "@x", "`x`", "=1+1",
    '"' + "a" * 5000 + '"', "show_if: 'joy_1 ==='", "show_if: '" + "(" * 300 + "'", "rot13", "zlib", "utf-7", "10**9",
)  # fmt: skip
MAGNITUDES = (0.0, 1e-320, 1e-160, 1e8, 99999999.0, 1e155, 1e160, 1e200, 1e308, np.inf, -np.inf, np.nan)


def damaged_bytes(rng: Random, content: bytes) -> bytes:
    """Flip, cut out, double or put in a few places."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 20))):
        at = rng.randrange(len(found) or 1)
        match rng.randrange(6):
            case 0 | 1 | 2 if found:
                found[at] = rng.choice((0, 255, 127, 128, rng.randrange(256)))
            case 3:
                del found[at : at + rng.randrange(1, 60)]
            case 4:
                found[at:at] = found[at : at + rng.randrange(1, 60)]
            case _:
                found[at:at] = rng.randbytes(rng.randrange(1, 9))
    return bytes(found[: rng.randrange(len(found) + 1)] if rng.random() < 0.1 else found)


def damaged_text(rng: Random, text: str, pieces: tuple[str, ...] = TEXTS) -> str:
    """Change lines and places within them; put in what is hostile."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        lines = text.split("\n")
        number = rng.randrange(len(lines))
        line, piece = lines[number], rng.choice(pieces)
        at = rng.randrange(len(line) + 1)
        head = line.partition(":")[0]
        options = (
            [], [line, line], [line[:at]], [line[:at] + piece + line[at:]], [f"{head}: {piece}"], [f"{piece}: {line}"],
            [line[:at] + piece + line[at + rng.randrange(12) :]], [" " * rng.randrange(9) + line.lstrip()],
            [line, rng.choice(lines)],
        )  # fmt: skip
        lines[number : number + 1] = rng.choice(options)
        text = "\n".join(lines)
    return text


def encoded(rng: Random, text: str) -> bytes:
    """Write text in an encoding, most often UTF-8."""
    encoding = rng.choice(("utf-8",) * 8 + ("utf-8-sig", "utf-16", "cp1252", "utf-32", "utf-7", "shift_jis"))
    errors = "surrogatepass" if encoding in {"utf-8", "utf-8-sig", "utf-16", "utf-32"} else "replace"
    return text.encode(encoding, errors=errors)


def table(rng: Random, names: tuple[str, ...]) -> str:
    """Delimited text with sound and hostile names and cells."""
    width, sound = rng.randrange(1, 9), rng.random() < 0.5
    header = [rng.choice(names if sound or rng.random() < 0.7 else TEXTS) for _ in range(width)]
    cells = ("1", "2", "3", "4", "5", "", "-99") if sound else TEXTS
    rows = [
        [rng.choice(cells) if rng.random() < 0.97 else rng.choice(TEXTS) for _ in header]
        for _ in range(rng.choice((0, 1, 3, 8, 40)))
    ]
    delimiter, quote = rng.choice(",,,;\t|"), rng.random() < 0.8
    wrap = (lambda cell: '"' + cell.replace('"', '""') + '"') if quote else str
    return "\n".join(delimiter.join(map(wrap, row)) for row in [header, *rows])


def frame(rng: Random, names: tuple[str, ...]) -> pd.DataFrame:
    """Numbers of one factor, of which some are spoiled."""
    random = np.random.default_rng(rng.randrange(2**32))
    n = rng.choice((0, 1, 2, 5, 25, 60, 200))
    factor = random.standard_normal((n, 1))
    made = pd.DataFrame(
        np.clip(np.round(3 + factor + random.standard_normal((n, len(names)))), 1, 5), columns=names
    )
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        with contextlib.suppress(
            TypeError, ValueError, OverflowError, KeyError
        ):  # what pandas itself does not take
            made = _spoilt(rng, made, rng.choice(names))
    return made


def _spoilt(rng: Random, made: pd.DataFrame, name: str) -> pd.DataFrame:
    n, size = len(made), rng.choice(MAGNITUDES)
    match rng.randrange(10):
        case 0:
            made[name] = size
        case 1 if n:
            made.loc[rng.randrange(n), name] = size
        case 2:
            made[name] = made[name].astype("float64") * size
        case 3:
            made[name] = made[rng.choice(list(made.columns))].to_numpy()
        case 4:
            made[name] = made[name].mask(np.arange(n) % 3 > 0).to_numpy()
        case 5:
            made[name] = pd.array([rng.choice(TEXTS).replace("\ud800", "") for _ in range(n)], dtype="str")
        case 6:
            made = made * size
        case 7:
            new = rng.choice((0, 1.5, None, "", "a b", ("x", 1), rng.choice(list(made.columns))))
            made = made.rename(columns={name: new})
        case 8:
            made[name] = pd.Categorical(made[name].astype(str), ordered=rng.random() < 0.5)
        case _:
            made.index = pd.Index([rng.choice((0, "a", None)) for _ in range(n)])
    return made
