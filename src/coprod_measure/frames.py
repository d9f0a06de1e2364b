"""Any data frame becomes one of pandas; what is none is refused in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.answer_codes import warn_of_codes
from coprod_measure.errors import DataError, Problem

P = ParamSpec("P")
T = TypeVar("T")
Floats = NDArray[np.float64]
_LARGEST = 1e60
_NESTED = (list, dict, tuple, set)
_FRAMES = ("data", "frame", "covariates")


def data_frame(data: Any, also: str = "") -> pd.DataFrame:
    """Take a frame of pandas as it is, and one of polars or Arrow through the interchange protocols.

    ``also``: what the caller takes besides, for the message.

    Raises
    ------
    DataError
        For an array, a list, a mapping: their columns have no names.

    Examples
    --------
    >>> import pyarrow
    >>> data_frame(pyarrow.table({"a": [1, 2]})).columns.tolist()
    ['a']
    """
    if isinstance(data, pd.DataFrame):
        return data
    if not isinstance(data, pd.Series | type):
        import pyarrow
        from pyarrow.interchange import from_dataframe

        if hasattr(data, "__arrow_c_stream__"):
            return pyarrow.table(data).to_pandas()
        if hasattr(data, "__dataframe__"):
            return from_dataframe(data).to_pandas()
    raise DataError(
        f"data are a {type(data).__name__}",
        place="data",
        cure=f"Hand over a data frame of pandas or polars{also}, with the variables as its columns",
        code="no-frame",
    )


def nearest_column(name: str, data: pd.DataFrame) -> str:
    """Say what may be meant by a column that is not there.

    Examples
    --------
    >>> nearest_column("trust1", pd.DataFrame(columns=["trust_1", "age"]))
    "Did you mean 'trust_1'?"
    """
    columns = [str(column) for column in data.columns]
    if name in columns and name not in data:
        return f"The name of column {name} is no text: data.columns = data.columns.astype(str)"
    near = get_close_matches(str(name), columns, 1)
    some = ", ".join(columns[:12]) + (", ..." if len(columns) > 12 else "")
    return f"Did you mean {near[0]!r}?" if near else f"The data have {some or 'no columns'}"


def refuse_magnitudes(values: Floats, names: Sequence[str], *, infinite: bool = False) -> None:
    """Refuse numbers whose fourth powers, which errors and tests rest on, a computer does not hold.

    ``infinite``: refuse infinite values too. ``values``: shape (n, p), one column a name; gaps are NaN.

    Raises
    ------
    DataError
        With one problem a column.

    Examples
    --------
    >>> try:
    ...     refuse_magnitudes(np.array([[1e200, 1.0]]), ["income", "age"])
    ... except DataError as error:
    ...     print(error)
    column income: it holds numbers of the size of 1e+200. Divide it by a power of ten
    """
    sizes = np.abs(values).max(axis=0, initial=0.0)
    if not np.isfinite(sizes).all():
        sizes = np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=0, initial=0.0)
    wrong = np.flatnonzero((sizes > _LARGEST) | ((sizes > 0.0) & (sizes < 1.0 / _LARGEST))).tolist()
    cure = "Divide it by a power of ten"
    problems = [
        Problem(f"column {names[k]}", f"it holds numbers of the size of {sizes[k]:.0e}", cure) for k in wrong
    ]
    if infinite:
        problems += [
            Problem(f"column {names[k]}", "it holds infinite values", "Make them missing", "infinite")
            for k in np.flatnonzero(np.isinf(values).any(axis=0)).tolist()
        ]
    if problems:
        raise DataError.from_problems(problems)


def refuse(data: pd.DataFrame, names: Sequence[str], numbers: Sequence[str] | None = None) -> None:
    """Refuse columns that are not there, stand there twice, or hold no numbers where numbers are meant.

    ``numbers``: those of ``names`` that must hold numbers; left out: all.

    Raises
    ------
    DataError
        With one problem a column.
    """
    problems = []
    for name in dict.fromkeys(names):
        if isinstance(name, float) and np.isnan(name):
            cure = 'Give it one: data = data.rename(columns={float("nan"): "name"})'
            problems.append(Problem("data", "a column has no name", cure, "no-name"))
        elif name not in data:
            cause, cure = f"there is no column {name!r}", nearest_column(name, data)
            problems.append(Problem("data", cause, cure, "unknown-column"))
        elif isinstance(data[name], pd.DataFrame):
            cause = f"there are several columns {name!r}"
            problems.append(Problem("data", cause, "Keep one of them", "duplicate-column"))
        elif (numbers is None or name in numbers) and not _holds_numbers(data[name]):
            cause, cure = f"column {name!r} holds text, not numbers", "Code its answers as numbers first"
            problems.append(Problem("data", cause, cure, "not-numeric"))
        elif data[name].dtype == object and data[name].map(lambda cell: isinstance(cell, _NESTED)).any():
            cause, cure = f"column {name!r} holds lists", "Give each of their entries a column"
            problems.append(Problem("data", cause, cure, "nested"))
    if problems:
        raise DataError.from_problems(problems)


def _holds_numbers(column: pd.Series) -> bool:
    if column.dtype.kind in "mMc" or isinstance(column.dtype, pd.PeriodDtype):
        return False
    try:
        numbers = pd.to_numeric(column, errors="coerce")
        return bool(numbers.dtype.kind != "c" and numbers.notna().sum() == column.notna().sum())
    except (TypeError, ValueError, OverflowError):  # lists; integers that no float holds
        return False


def complete(data: pd.DataFrame, names: Sequence[str], numbers: Sequence[str] = ()) -> pd.DataFrame:
    """Take columns, leave out rows with gaps; refuse what cannot be computed with.

    ``numbers``: those of ``names`` that must hold numbers; they come as such (see :func:`refuse` and
    :func:`refuse_magnitudes`).

    Raises
    ------
    DataError
        Also where no row is left.

    Examples
    --------
    >>> len(complete(pd.DataFrame({"a": [1.0, None], "b": ["x", "y"]}), ["a", "b"], ["a"]))
    1
    """
    refuse(data, names, numbers)
    frame = data[list(dict.fromkeys(names))]
    frame = frame.assign(
        **{name: pd.to_numeric(frame[name], errors="coerce").astype(float) for name in numbers}
    )
    floats = frame.select_dtypes("float")
    values = floats.to_numpy(float, na_value=np.nan)
    refuse_magnitudes(values, list(floats.columns), infinite=True)
    warn_of_codes(values, list(floats.columns))
    kept = frame.dropna()
    if kept.empty:
        cause = f"no row holds all of {', '.join(map(str, frame.columns))}"
        cure = "Look whether the file is complete, or a filter left nothing; fill gaps before"
        raise DataError(cause, place="data", cure=cure, code="no-rows")
    return kept


def takes_frame(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function whose first argument of the name is a frame take any frame (see :func:`data_frame`).

    The argument is called ``data``, ``frame`` or ``covariates``. Records of this package pass as they are.

    Examples
    --------
    >>> import pyarrow
    >>> takes_frame(lambda data: len(data.columns))(pyarrow.table({"a": [1], "b": [2]}))
    2
    """
    names = list(signature(function).parameters)
    place, name = next((i, name) for i, name in enumerate(names) if name in _FRAMES)

    @wraps(function)
    def taking(*args: P.args, **kwargs: P.kwargs) -> T:
        given: list[Any] = list(args)
        named: dict[str, Any] = dict(kwargs)
        if place < len(given):
            given[place] = _frame_or_record(given[place])
        elif name in named:
            named[name] = _frame_or_record(named[name])
        return function(*given, **named)

    return taking


def _frame_or_record(data: Any) -> Any:
    return data if type(data).__module__.startswith("coprod_measure.") else data_frame(data)
