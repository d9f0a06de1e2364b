"""Write model text from names: any name of a column or construct can stand in a model."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import combinations, product

PLAIN = re.compile(r"(?:[^\W\d]|\.(?!\d))[\w.]*(?::(?:[^\W\d]|\.(?!\d))[\w.]*)?")
"""Names that need no quoting; ``x:z`` is a product."""

Term = str | tuple[str, str]
"""A name, or a modifier (``"0"``, ``"NA"``, a label, ``"c(1, NA)"``) and a name."""


def written(name: str) -> str:
    """Write a name as model text takes it.

    Examples
    --------
    >>> written("A1"), written("item 1"), written("2b")
    ('A1', '`item 1`', '`2b`')
    """
    return name if PLAIN.fullmatch(name) else f"`{name.replace('`', '``')}`"


def formula(lhs: str, op: str, *terms: Term) -> str:
    """Write one formula; with ``op`` ``"~1"`` the terms are modifiers of the intercept, or none.

    Examples
    --------
    >>> formula("my scale", "=~", "x1", ("NA", "item 2"))
    '`my scale` =~ x1 + NA*`item 2`'
    >>> formula("f", "~1"), formula("f", "~1", "c(0, NA)")
    ('f ~ 1', 'f ~ c(0, NA)*1')
    """
    if op == "~1":
        return f"{written(lhs)} ~ {''.join(f'{modifier}*' for modifier in terms)}1"
    return f"{written(lhs)} {op} {' + '.join(_term(term) for term in terms)}"


def free_covariances(controls: Sequence[str], causes: Sequence[str]) -> list[str]:
    """Write covariances without which controls and latent causes would be taken to be unrelated.

    Examples
    --------
    >>> free_covariances(["age", "gender"], ["f"])
    ['f ~~ age', 'f ~~ gender', 'age ~~ gender']
    """
    return [formula(a, "~~", b) for a, b in (*product(causes, controls), *combinations(controls, 2))]


def _term(term: Term) -> str:
    if isinstance(term, str):
        return written(term)
    modifier, name = term
    return f"{modifier}*{written(name)}" if modifier else written(name)


def label(*parts: str) -> str:
    """Make a label of names: the same for the same names, another for others.

    Examples
    --------
    >>> label("i", "A1"), label("i", "item 1")
    ('i_A1', 'i_item_x20_1')
    """
    return re.sub(r"[^\w.]", lambda found: f"_x{ord(found[0]):x}_", "_".join(parts))


def unused(name: str, taken: Collection[str]) -> str:
    """Give a name that nothing else has.

    Examples
    --------
    >>> unused("method", ["trust"]), unused("method", ["method", "method_"])
    ('method', 'method__')
    """
    while name in taken:
        name += "_"
    return name
