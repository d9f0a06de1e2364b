"""Files and functions stay small enough to be read in one sitting."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "coprod_measure").rglob("*.py"))
LONG_FILE_LINES = 400  # from here on, think whether the file has one purpose
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 50
MAX_PARAMETERS = 8
MAX_SOLVER_LINES = 60  # a loop that iterates to convergence reads better whole
SOLVERS = {"minimize.py", "saturated.py", "polychoric.py", "extraction.py"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc"}


IGNORED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (
        node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def lines_with_code(source: str) -> set[int]:
    """Lines that hold more than a comment or nothing."""
    return {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in IGNORED
        for line in range(token.start[0], token.end[0] + 1)
    }


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, with_code: set[int]) -> int:
    """Count lines of a function that hold code: no docstring, no comment, no blank line."""
    first = function.body[0]
    inside = with_code.intersection(range(function.lineno, (function.end_lineno or function.lineno) + 1))
    if ast.get_docstring(function, clean=False) is not None:
        inside -= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return len(inside)


@pytest.mark.filterwarnings("default:.*lines, more than")
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_source_stays_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    lines = source.count("\n")
    assert lines <= MAX_FILE_LINES, f"{path.name} has {lines} lines: split it into files named by content"
    if lines > LONG_FILE_LINES:
        warnings.warn(f"{path.name} has {lines} lines, more than {LONG_FILE_LINES}", stacklevel=1)
    limit = MAX_SOLVER_LINES if path.name in SOLVERS else MAX_FUNCTION_LINES
    with_code = lines_with_code(source)
    for node in functions(path):
        n = code_lines(node, with_code)
        assert n <= limit, f"{path.name}:{node.lineno} {node.name} has {n} lines of code"


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Names of all parameters but the object itself."""
    given = function.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


def test_no_function_takes_more_than_eight_parameters() -> None:
    found = [
        f"{path.name}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in functions(path)
        if len(parameters(node)) > MAX_PARAMETERS
    ]
    assert found == [], "options of one kind belong in one record, as FitOptions and Draws"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert SOURCES
    vague = [path for path in SOURCES if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES]
    assert vague == []


def test_every_public_function_says_what_it_does() -> None:
    silent = []
    for path in SOURCES:
        for node in parsed(path).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                silent.append(f"{path.name}:{node.lineno} {node.name}")
    assert silent == []
