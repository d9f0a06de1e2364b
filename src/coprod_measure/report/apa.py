"""The table of one result in APA style, for Word, LaTeX, Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from coprod_measure.errors import InputError
from coprod_measure.output_files import write_text, write_whole
from coprod_measure.report.document import Column, Kind, Row, Table, Value
from coprod_measure.report.from_frames import cell, span
from coprod_measure.report.labels import sentence_case

FORMATS = {"markdown": "md", "latex": "tex", "html": "html", "word": "docx"}
_ENDINGS = {".md": "markdown", ".tex": "latex", ".html": "html", ".docx": "word"}
_SYMBOLS: dict[str, tuple[str, Kind, int]] = {
    "est": ("b", "decimal", 2), "estimate": ("b", "decimal", 2), "slope": ("b", "decimal", 2),
    "se": ("SE", "decimal", 2), "z": ("z", "decimal", 2), "t": ("t", "decimal", 2), "df": ("df", "df", 2),
    "pvalue": ("p", "p", 3), "pvalue_adjusted": ("p adjusted", "p", 3), "delta_pvalue": ("p", "p", 3),
    "std": ("β", "bounded", 2), "std_all": ("β", "bounded", 2), "std_lv": ("β (latent)", "bounded", 2),
    "n": ("n", "count", 0), "mean": ("M", "decimal", 2), "sd": ("SD", "decimal", 2),
    "alpha": ("α", "bounded", 2), "omega": ("ω", "bounded", 2), "cr": ("CR", "bounded", 2),
    "ave": ("AVE", "bounded", 2), "r_squared": ("R²", "bounded", 2), "r2": ("R²", "bounded", 2),
    "chisq": ("χ²", "decimal", 2), "delta_chisq": ("Δχ²", "decimal", 2), "delta_df": ("Δdf", "df", 2),
    "cfi": ("CFI", "bounded", 3), "tli": ("TLI", "bounded", 3), "rmsea": ("RMSEA", "bounded", 3),
    "srmr": ("SRMR", "bounded", 3), "delta_cfi": ("ΔCFI", "bounded", 3),
    "delta_rmsea": ("ΔRMSEA", "bounded", 3),
    "htmt": ("HTMT", "bounded", 2), "ratio": ("HTMT", "bounded", 2), "communality": ("h²", "bounded", 2),
    "share": ("%", "percent", 1), "f2": ("f²", "decimal", 3), "vif": ("VIF", "decimal", 2),
}  # fmt: skip
_PLAIN = (
    "n",
    "count",
    "percent",
    "%",
    "p adjusted",
    "CFI",
    "TLI",
    "RMSEA",
    "SRMR",
    "AVE",
    "CR",
    "VIF",
    "HTMT",
)
_ENDS = re.compile(r"^(?:(?P<of>.+)_)?ci_lower$")


def to_apa(result: Any, form: str = "markdown", *, title: str = "", path: str | Path | None = None) -> str:
    r"""Write the table of a result as a journal prints it.

    Parameters
    ----------
    result : object
        With ``table()`` or ``parameters``, or a data frame.
    form : {"markdown", "latex", "html", "word"}
        Of a path, its ending decides.
    path : str or pathlib.Path, optional
        A file to write; Word needs one.

    Returns
    -------
    str
        The table as text, or the path of the file.

    Raises
    ------
    InputError
        If the result has no table, the form is unknown, or Word was asked for without a path.

    Examples
    --------
    >>> frame = pd.DataFrame({"construct": ["Trust"], "alpha": [0.834], "n": [1200]})
    >>> to_apa(frame, title="Reliability").splitlines()[-1]
    '| Trust | .83 | 1,200 |'
    """
    if path is not None:
        form = _ENDINGS.get(Path(path).suffix.lower(), form)
    if form not in FORMATS:
        raise InputError(
            f"there is no form {form!r}", place="to_apa", cure=f"Use one of {', '.join(FORMATS)}"
        )
    if form == "word" and path is None:
        raise InputError("Word needs a file", place="to_apa", cure="Give path='table.docx'")
    table = table_of(frame_of(result), title or type(result).__name__)
    writer = import_module(f"coprod_measure.report.formats.{FORMATS[form]}")
    if form == "word":
        write_whole(Path(str(path)), partial(writer.write_table, table))
        return str(path)
    text: str = writer.table_text(table)
    if path is None:
        return text
    write_text(Path(path), text)
    return str(path)


def frame_of(result: Any) -> pd.DataFrame:
    """Give the table of a result.

    Raises
    ------
    InputError
        If it has none.
    """
    if isinstance(result, pd.DataFrame):
        return result
    for name in ("table", "parameters"):
        found = getattr(result, name, None)
        found = found() if callable(found) else found
        if isinstance(found, pd.DataFrame):
            return found
    raise InputError(f"{type(result).__name__} has no table", place="to_apa", cure="Give it a data frame")


def table_of(frame: pd.DataFrame, title: str) -> Table:
    """Make a table of a frame: symbols for the names of columns, ends of an interval in one cell."""
    whole = _with_terms(frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index())
    columns: list[Column] = []
    cells: list[list[Value]] = []
    names = [str(name) for name in whole.columns]
    for name in names:
        ends = _ENDS.match(name)
        upper = f"{name.removesuffix('lower')}upper"
        if ends and upper in names:
            _, kind, digits = _SYMBOLS.get(ends["of"] or "", ("", _of_estimate(names), 2))
            label = "95% CI" + (f" of {_SYMBOLS.get(ends['of'], (ends['of'],))[0]}" if ends["of"] else "")
            columns.append(Column(label, kind, digits))
            cells.append([span(low, high) for low, high in zip(whole[name], whole[upper], strict=True)])
        elif not (name.endswith("ci_upper") and f"{name.removesuffix('upper')}lower" in names):
            columns.append(_column(name, whole[name]))
            cells.append([_value(one) for one in whole[name]])
    rows = tuple(Row(tuple(values)) for values in zip(*cells, strict=True))
    return Table("table", title, tuple(columns), rows, number=1)


def _with_terms(frame: pd.DataFrame) -> pd.DataFrame:
    """Put ``lhs op rhs`` of a parameter into one column, and leave out what is empty."""
    if {"lhs", "op", "rhs"} <= set(frame.columns):
        terms = [
            f"{a} {op} {b}".strip() for a, op, b in zip(frame["lhs"], frame["op"], frame["rhs"], strict=True)
        ]
        frame = frame.drop(columns=["lhs", "op", "rhs"])
        frame.insert(0, "parameter", terms)
        if "group" in frame and frame["group"].nunique() < 2:
            frame = frame.drop(columns="group")
        if "label" in frame and not frame["label"].astype("str").str.strip().any():
            frame = frame.drop(columns="label")
    return frame


def _of_estimate(names: Sequence[str]) -> Kind:
    told = [name for name in names if name in _SYMBOLS and _SYMBOLS[name][0] in ("b", "β")]
    return _SYMBOLS[told[0]][1] if told else "decimal"


def _column(name: str, values: pd.Series) -> Column:
    if name in _SYMBOLS:
        label, kind, digits = _SYMBOLS[name]
        return Column(label, kind, digits, italic=label not in _PLAIN or label == "n")
    words = name.replace("_", " ").strip()
    label = sentence_case(words)
    if pd.api.types.is_bool_dtype(values.dtype) or not pd.api.types.is_numeric_dtype(values.dtype):
        return Column(label)
    if pd.api.types.is_integer_dtype(values.dtype):
        return Column(label, "count", 0)
    return Column(label, "bounded" if values.abs().max() <= 1 else "decimal")


def _value(one: Any) -> Value:
    if isinstance(one, tuple | list):
        return " → ".join(map(str, one))
    return str(one) if isinstance(one, str) else cell(one)
