"""Arithmetic over constructs, of ``computed: {how: formula}``; nothing is evaluated as program code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from coprod_measure.errors import TheoryError

if TYPE_CHECKING:
    import numpy as np

_LONGEST = 500
_LARGEST = 1e300
_SIGNS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read.

    Attributes
    ----------
    names : tuple of str
        Constructs that it names, in their order.
    """

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    def of(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compute it, row by row; NaN where a value is missing, or what is divided by is zero.

        ``values``: construct to an array of shape (n,).
        """
        # Files are checked without the engine's libraries, which take long to load.
        import numpy as np

        with np.errstate(all="ignore"):
            found = np.broadcast_arrays(_value(self._tree, values), next(iter(values.values())))[0]
        return np.where(np.isfinite(found), found, np.nan)

    def falls_with(self, name: str) -> bool:
        """Whether it falls where one construct rises, all of them at one."""
        import numpy as np

        values = {one: np.array([1.0, 1.0]) for one in self.names} | {name: np.array([1.0, 1.01])}
        at, more = self.of(values)
        return bool(more < at)

    def terms(self) -> tuple[tuple[int, Formula], ...]:
        """Give what it adds up, each with its sign."""
        parts = _terms(self._tree, 1)
        return tuple((sign, Formula(ast.unparse(one), _names(one), one)) for sign, one in parts)


@lru_cache(maxsize=256)
def read_formula(text: str) -> Formula:
    """Read a formula: constructs, numbers, ``+ - * /`` and parentheses.

    Raises
    ------
    TheoryError
        If it is anything else.

    Examples
    --------
    >>> import numpy as np
    >>> net = read_formula("price - hours * worth")
    >>> net.of({"price": np.array([50.0]), "hours": np.array([2.0]), "worth": np.array([15.0])}).tolist()
    [20.0]
    >>> [(sign, term.text) for sign, term in net.terms()]
    [(1, 'price'), (-1, 'hours * worth')]
    """
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    cure = "Write constructs, numbers, + - * / and parentheses, such as 'price - hours * worth'"
    try:
        tree = _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = "it is no arithmetic" if isinstance(error, SyntaxError) else str(error)
        raise TheoryError(f"the formula {shown!r} cannot be read: {why}", cure=cure, code="formula") from None
    if not (names := _names(tree)):
        raise TheoryError(f"the formula {shown!r} names no construct", cure=cure, code="formula")
    return Formula(text, names, tree)


def _parsed(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    tree = ast.parse(text.strip(), mode="eval").body
    _refuse(tree)
    return tree


def _refuse(one: ast.expr) -> None:
    match one:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            _refuse(left)
            _refuse(right)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=inner):
            _refuse(inner)
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if abs(number) > _LARGEST:
                raise ValueError("a number in it is too large")
        case ast.Name():
            pass
        case _:
            raise ValueError(f"{ast.unparse(one)[:40]!r} is no arithmetic")


def _names(tree: ast.expr) -> tuple[str, ...]:
    found = [one for one in ast.walk(tree) if isinstance(one, ast.Name)]
    return tuple(dict.fromkeys(one.id for one in sorted(found, key=lambda one: one.col_offset)))


def _terms(one: ast.expr, sign: int) -> Iterator[tuple[int, ast.expr]]:
    match one:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            yield from _terms(left, sign)
            yield from _terms(right, -sign if isinstance(op, ast.Sub) else sign)
        case ast.UnaryOp(op=op, operand=inner):
            yield from _terms(inner, -sign if isinstance(op, ast.USub) else sign)
        case _:
            yield sign, one


def _value(one: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    import numpy as np

    match one:
        case ast.BinOp(left=left, op=op, right=right):
            return np.asarray(_SIGNS[type(op)](_value(left, values), _value(right, values)))
        case ast.UnaryOp(op=op, operand=inner):
            return np.negative(_value(inner, values)) if isinstance(op, ast.USub) else _value(inner, values)
        case ast.Name(id=name):
            return np.asarray(values[name], dtype=float)
    assert isinstance(one, ast.Constant)
    return np.asarray(one.value, dtype=float)
