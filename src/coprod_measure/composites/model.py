"""Model text becomes the design of a PLS path model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from coprod_measure.arguments import one_of
from coprod_measure.errors import ModelError, Problem
from coprod_measure.estimation.specification.syntax import Formula, ModelText, parse_model

MODES = ("a", "b", "unit")
INTERACTIONS = ("two_stage", "product", "orthogonal")
HIGHER = ("two_stage", "repeated")


def padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows of unequal length as one array, filled with 0, and which of its values are given.

    Examples
    --------
    >>> [array.tolist() for array in padded([[3, 4], [5]])]
    [[[3, 4], [5, 0]], [[True, True], [True, False]]]
    """
    longest = max(map(len, rows))
    filled = np.array([[*row, *[0] * (longest - len(row))] for row in rows], dtype=np.intp)
    return filled, np.arange(longest) < np.array([len(row) for row in rows])[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Which columns make which composite, and which composite acts on which.

    Attributes
    ----------
    names : tuple of str
        The J constructs, causes before effects.
    blocks : tuple of tuple of int
        Columns of each construct.
    modes : tuple of str
        ``"a"`` correlation weights, ``"b"`` regression weights, ``"unit"`` equal weights.
    common : tuple of bool
        Whether the construct is written with ``=~``: a common factor when estimates are to be consistent.
    acts : (J, J) bool
        Row acts on column.
    """

    names: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    modes: tuple[str, ...]
    common: tuple[bool, ...]
    acts: NDArray[np.bool_]

    def causes(self, j: int) -> NDArray[np.intp]:
        """Give the constructs that act on construct ``j``."""
        return np.flatnonzero(self.acts[:, j])

    @property
    def outcomes(self) -> tuple[int, ...]:
        """Constructs that others act on."""
        return tuple(np.flatnonzero(self.acts.any(axis=0)).tolist())

    def own(self, p: int) -> NDArray[np.bool_]:
        """Tell which of p columns belong to which construct, (p, J)."""
        found = np.zeros((p, len(self.names)), dtype=bool)
        for j, block in enumerate(self.blocks):
            found[list(block), j] = True
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """One estimation, or two where products or higher constructs need scores first.

    Attributes
    ----------
    items : tuple of str
        Columns of the data.
    first : Design or None
        What gives the scores; None where one estimation is enough.
    last : Design
        The design whose estimates are the result: its columns are the items, then those of ``derived``.
    derived : tuple of tuple of int
        Constructs of the first design (items where there is none) to multiply; one alone is itself.
    columns : tuple of str
        Names of the columns of the last design.
    cleared_of : tuple of tuple of int
        Items whose share is taken out of each derived column by regression; empty for none.
    """

    items: tuple[str, ...]
    first: Design | None
    last: Design
    derived: tuple[tuple[int, ...], ...]
    columns: tuple[str, ...]
    cleared_of: tuple[tuple[int, ...], ...] = ()

    @property
    def multiplies(self) -> bool:
        """Whether products need the answers themselves, not only their moments."""
        return any(len(one) > 1 for one in self.derived)


@dataclass(frozen=True, slots=True)
class _Sketch:
    """Constructs with their parts by name, and paths by name."""

    parts: dict[str, tuple[str, ...]]
    modes: dict[str, str]
    common: frozenset[str]
    paths: tuple[tuple[str, str], ...]

    def is_construct(self, part: str) -> bool:
        """Tell a construct from an item, after which its own construct may be named."""
        return part in self.parts and self.parts[part] != (part,)


def plan_of(
    model: str,
    modes: Mapping[str, str] | None = None,
    interactions: str = "two_stage",
    higher: str = "two_stage",
) -> Plan:
    r"""Read a model.

    Parameters
    ----------
    model : str
        lavaan's syntax: ``=~`` for Mode A, ``<~`` for Mode B, ``~`` for paths. A variable in a path that is
        no construct becomes one of a single item; ``a:b`` is the product of two constructs, ``a:a`` a square;
        a construct of constructs is of higher order.
    modes : mapping, optional
        Construct to ``"A"``, ``"B"`` or ``"unit"``, where it differs from the operator.
    interactions : str
        A product is one of scores (``"two_stage"``; Chin, Marcolin & Newsted 2003; Henseler & Chin 2010), a
        composite of the products of all standardised items (``"product"``), or of what is left of them after
        regression on those items (``"orthogonal"``; Little, Bovaird & Widaman 2006).
    higher : str
        A higher construct is made of scores (``"two_stage"``) or of all items of its parts (``"repeated"``;
        Becker, Klein & Wetzels 2012), which then act on it (``<~``) or depend on it (``=~``).

    Raises
    ------
    ModelError
        With line and column.

    Examples
    --------
    >>> plan = plan_of("f =~ x1 + x2\ng <~ z1 + z2\ny ~ f + g")
    >>> plan.last.names, plan.last.modes
    (('f', 'g', 'y'), ('a', 'b', 'a'))
    >>> plan_of("f =~ x1 + x2\ny ~ f + z + f:z", interactions="product").columns
    ('x1', 'x2', 'y', 'z', 'x1:z', 'x2:z')
    """
    asked = tuple((name, str(mode)) for name, mode in (modes or {}).items())
    if not isinstance(model, str):
        parse_model(model)
    return _plan(model, asked, str(interactions), str(higher))


@lru_cache(maxsize=32)
def _plan(model: str, modes: tuple[tuple[str, str], ...], interactions: str, higher: str) -> Plan:
    """Read a model once, however often it is estimated."""
    sketch = _sketch(parse_model(model), dict(modes))
    above = tuple(n for n, parts in sketch.parts.items() if any(map(sketch.is_construct, parts)))
    if one_of("higher", higher, HIGHER) == "repeated":
        sketch, above = _with_repeated_items(sketch, above), ()
    products = tuple(dict.fromkeys(name for name, _ in sketch.paths if ":" in name))
    _refuse_paths_of_parts(sketch, above)
    items = tuple(dict.fromkeys(p for ps in sketch.parts.values() for p in ps if not sketch.is_construct(p)))
    if not products and not above:
        return Plan(items, None, _design(sketch, items), (), items)
    if one_of("interactions", interactions, INTERACTIONS) != "two_stage" and products:
        return _of_item_products(sketch, items, products, above, interactions == "orthogonal")
    first = _design(_without(sketch, products, above), items)
    lower = tuple(part for name in above for part in sketch.parts[name])
    derived = tuple(tuple(first.names.index(n) for n in name.split(":")) for name in (*lower, *products))
    columns = (*items, *(f"score of {name}" for name in lower), *products)
    score = {name: f"score of {name}" for name in lower}
    parts = {n: tuple(score.get(p, p) for p in ps) for n, ps in sketch.parts.items() if n not in lower}
    parts |= {name: (name,) for name in products}
    last = _design(replace(sketch, parts=parts, modes=dict.fromkeys(products, "a") | sketch.modes), columns)
    return Plan(items, first, last, derived, columns)


def _with_repeated_items(sketch: _Sketch, above: tuple[str, ...]) -> _Sketch:
    """Give each higher construct the items of its parts, and the paths that tie it to them."""
    parts, paths = dict(sketch.parts), list(sketch.paths)
    for name in above:
        own = _parts_of_higher(sketch, name)
        if any(part in above for part in own):
            cure = "Use higher='two_stage' for the upper of the two"
            raise ModelError("it stands above a higher construct", place=f"construct {name}", cure=cure)
        parts[name] = tuple(dict.fromkeys(item for part in own for item in sketch.parts[part]))
        paths += [(name, part) if name in sketch.common else (part, name) for part in own]
    return replace(sketch, parts=parts, paths=tuple(dict.fromkeys(paths)), common=sketch.common - {*above})


def _refuse_paths_of_parts(sketch: _Sketch, above: tuple[str, ...]) -> None:
    """Two stages leave scores of the parts alone, and have none of a higher construct to multiply."""
    taken = {one: set(one.split(":")) for path in sketch.paths for one in path}
    cure = "Use higher='repeated'"
    problems = [
        Problem(
            f"construct {part}", f"it is a part of {name} and has a path of its own", cure, "part-in-path"
        )
        for name in above
        for part in _parts_of_higher(sketch, name)
        if any(part in own for own in taken.values())
    ]
    problems += [
        Problem(f"product {one}", f"{name} is of higher order and has no score to multiply", cure)
        for one, own in taken.items()
        for name in above
        if name in own and len(one.split(":")) > 1
    ]
    if problems:
        raise ModelError.from_problems(problems)


def _parts_of_higher(sketch: _Sketch, name: str) -> tuple[str, ...]:
    parts = sketch.parts[name]
    if not all(map(sketch.is_construct, parts)):
        cure = "Give it constructs alone or items alone"
        raise ModelError("it holds constructs beside items", place=f"construct {name}", cure=cure)
    return parts


def _of_item_products(
    sketch: _Sketch, items: tuple[str, ...], products: tuple[str, ...], above: tuple[str, ...], cleared: bool
) -> Plan:
    """Make a composite of all products of the items of two constructs."""
    if above:
        cure = "Use interactions='two_stage', or higher='repeated'"
        place = f"construct {', '.join(above)}"
        raise ModelError("products of items need constructs of items alone", place=place, cure=cure)
    derived: dict[str, tuple[int, ...]] = {}
    owners: list[tuple[int, ...]] = []
    parts = dict(sketch.parts)
    for name in products:
        both = [[items.index(item) for item in sketch.parts[one]] for one in name.split(":")]
        # Of a square, x1:x2 and x2:x1 are one.
        pairs: dict[tuple[int, ...], tuple[int, ...]] = {}
        for chosen in product(*both):
            pairs.setdefault(tuple(sorted(chosen)), chosen)
        new = {":".join(items[i] for i in chosen): chosen for chosen in pairs.values()}
        parts[name] = tuple(new)
        owners += [tuple(dict.fromkeys(i for one in both for i in one))] * len(new.keys() - derived.keys())
        derived |= new
    every = (*items, *derived)
    last = _design(replace(sketch, parts=parts, modes=dict.fromkeys(products, "a") | sketch.modes), every)
    return Plan(items, None, last, tuple(derived.values()), every, tuple(owners) if cleared else ())


def _without(sketch: _Sketch, products: tuple[str, ...], higher: tuple[str, ...]) -> _Sketch:
    """Leave products out, and let the parts of a higher construct take its paths."""
    paths = [(a, b) for a, b in sketch.paths if a not in products]
    for name in higher:
        parts = _parts_of_higher(sketch, name)
        paths = [
            (x, y)
            for a, b in paths
            for x in (parts if a == name else (a,))
            for y in (parts if b == name else (b,))
        ]
    kept = {n: p for n, p in sketch.parts.items() if n not in higher}
    return replace(sketch, parts=kept, paths=tuple(dict.fromkeys(paths)))


def _sketch(text: ModelText, modes: dict[str, str]) -> _Sketch:
    problems = [
        _refused(f) for f in text.formulas if f.op not in ("=~", "<~", "~") or f.fixed or any(f.label)
    ]
    problems += [Problem(c.place, f"{c.op!r} has no meaning here", "Leave it out") for c in text.constraints]
    if problems:
        raise ModelError.from_problems(problems)
    measured = [f for f in text.formulas if f.op != "~"]
    paths = tuple((f.rhs, f.lhs) for f in text.formulas if f.op == "~")
    if not paths:
        raise ModelError("there is no path", place="model", cure="Write one, such as loyalty ~ trust")
    parts: dict[str, tuple[str, ...]] = {}
    chosen: dict[str, str] = {}
    for formula in measured:
        parts[formula.lhs] = (*parts.get(formula.lhs, ()), formula.rhs)
        chosen[formula.lhs] = "a" if formula.op == "=~" else "b"
    for name in dict.fromkeys(part for path in paths for one in path for part in one.split(":")):
        if name not in parts:
            parts[name], chosen[name] = (name,), "a"
    for name, mode in modes.items():
        if name not in parts:
            cure = f"Use {', '.join(parts)}"
            raise ModelError(f"{name} is no construct of the model", place="argument modes", cure=cure)
        chosen[name] = one_of(f"modes of {name}", mode, MODES)
    for name, mode in chosen.items():
        if mode == "b" and len(parts[name]) == 1:
            cure = f"Write {name} =~ {parts[name][0]}: a single item is its construct in every mode"
            raise ModelError("Mode B needs two items", place=f"construct {name}", cure=cure, code="one-item")
    common = frozenset(f.lhs for f in measured if f.op == "=~")
    return _Sketch(parts, chosen, common, paths)


def _refused(formula: Formula) -> Problem:
    if formula.op in ("=~", "<~", "~"):
        return Problem(formula.place, "PLS fixes and labels no parameter", "Write the name alone")
    cure = "Write =~, <~ and ~ alone, or use cm.sem()"
    return Problem(formula.place, f"{formula.op!r} has no meaning in a PLS path model", cure)


def _design(sketch: _Sketch, columns: tuple[str, ...]) -> Design:
    in_paths = {name for path in sketch.paths for name in path}
    alone = [name for name in sketch.parts if name not in in_paths]
    if alone:
        cure = "PLS weights a block by its neighbours: write a path, or leave the construct out"
        raise ModelError("has no path", place=f"construct {', '.join(alone)}", cure=cure, code="no-path")
    names = _causes_first(tuple(sketch.parts), sketch.paths)
    acts = np.zeros((len(names), len(names)), dtype=bool)
    for cause, outcome in sketch.paths:
        acts[names.index(cause), names.index(outcome)] = True
    acts.setflags(write=False)
    return Design(
        names,
        tuple(tuple(columns.index(part) for part in sketch.parts[name]) for name in names),
        tuple(sketch.modes[name] for name in names),
        tuple(name in sketch.common and len(sketch.parts[name]) > 1 for name in names),
        acts,
    )


def _causes_first(names: tuple[str, ...], paths: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    left, ordered = list(names), []
    while left:
        free = [n for n in left if not any(b == n and a in left for a, b in paths)]
        if not free:
            cure = "Paths are regressions: leave one of the circle out, or use cm.sem()"
            raise ModelError("paths run in a circle", place=f"constructs {', '.join(left)}", cure=cure)
        ordered.append(free[0])
        left.remove(free[0])
    return tuple(ordered)
