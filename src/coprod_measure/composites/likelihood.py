"""Composites by likelihood: the text with which a structural equation model estimates them."""

from __future__ import annotations

from itertools import combinations

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.syntax import Formula, ModelText, parse_model
from coprod_measure.estimation.specification.writing import formula, unused


def henseler_ogasawara(model: str) -> str:
    r"""Write every ``<~`` as an emergent variable, so that :func:`coprod_measure.sem` estimates composites.

    A composite of k items is a latent variable of all of them beside k - 1 excrescent ones, which take up
    what the items share outside of it and correlate with nothing else; the items keep no errors (Henseler
    2021; Schuberth 2023). The weight of item j + 1, relative to that of the first, is the negative of the
    loading of excrescent variable j on the first item.

    Parameters
    ----------
    model : str
        lavaan's syntax with ``<~``, of one group.

    Returns
    -------
    str
        The same model without ``<~``.

    Raises
    ------
    ModelError
        If a composite has one item, shares an item, has constructs for parts, or its weights have modifiers.

    Examples
    --------
    >>> print(henseler_ogasawara("c <~ x1 + x2\ny ~ c"))
    c =~ 1*x1 + x2
    c_1 =~ NA*x1 + 1*x2
    c_1 =~ start(-1)*x1
    x1 ~~ 0*x1
    x2 ~~ 0*x2
    c_1 ~~ 0*c
    y ~ c
    """
    text = parse_model(model)
    composites = _composites(text)
    names = {name for one in text.formulas for name in (one.lhs, one.rhs)}
    measured = dict.fromkeys(one.lhs for one in text.formulas if one.op in ("=~", "<~"))
    caused = {one.lhs for one in text.formulas if one.op == "~"}
    exogenous = [name for name in measured if name not in caused]
    excrescent = {
        name: [unused(f"{name}_{k}", names) for k in range(1, len(items))]
        for name, items in composites.items()
    }
    lines: list[str] = []
    for name, items in composites.items():
        lines.append(formula(name, "=~", ("1", items[0]), *items[1:]))
        for one, item in zip(excrescent[name], items[1:], strict=True):
            lines.append(formula(one, "=~", ("NA", items[0]), ("1", item)))
            lines.append(formula(one, "=~", ("start(-1)", items[0])))
        lines += [formula(item, "~~", ("0", item)) for item in items]
    for place, own in enumerate(excrescent.values()):
        later = [one for other in list(excrescent)[place + 1 :] for one in excrescent[other]]
        lines += [formula(one, "~~", ("0", other)) for one in own for other in (*exogenous, *later)]
        lines += [formula(a, "~~", b) for a, b in combinations(own, 2)]
    lines += [line for one in text.formulas if one.op != "<~" for line in _lines(one)]
    return "\n".join([*lines, *(f"{one.lhs} {one.op} {one.rhs}" for one in text.constraints)])


def _composites(text: ModelText) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    cure = "Estimate it with cm.pls(), or write it with =~"
    for one in text.formulas:
        if one.block:
            raise ModelError("blocks of groups are not rewritten", place=one.place, cure=cure)
        if one.op == "<~":
            if one.fixed or one.start or any(one.label):
                raise ModelError("a weight has no modifier here", place=one.place, cure="Name the item alone")
            found.setdefault(one.lhs, []).append(one.rhs)
    measured = {one.lhs for one in text.formulas if one.op in ("=~", "<~")}
    for name, items in found.items():
        others = {one.rhs for one in text.formulas if one.op in ("=~", "<~") and one.lhs != name}
        others |= {one.lhs for one in text.formulas if one.op == "~"}
        cause = ""
        if len(items) < 2:
            cause = "one item is its own composite"
        elif measured & set(items):
            cause = "its parts are constructs"
        elif others & set(items):
            cause = f"{', '.join(sorted(others & set(items)))} stand elsewhere in the model too"
        if cause:
            raise ModelError(cause, place=f"composite {name}", cure=cure)
    return found


def _lines(one: Formula) -> list[str]:
    """Write a formula back; one with several modifiers takes a line for each."""
    modifiers = [f"{one.fixed[0]:.17g}"] if one.fixed and one.fixed[0] == one.fixed[0] else []
    modifiers += ["NA"] if one.fixed and not modifiers else []
    modifiers += [f"start({one.start[0]:.17g})"] if one.start else []
    modifiers += list(one.label[:1]) if any(one.label) else []
    if one.op == "~1":
        return [formula(one.lhs, "~1", modifier) for modifier in modifiers] or [formula(one.lhs, "~1")]
    return [formula(one.lhs, one.op, (modifier, one.rhs)) for modifier in modifiers or [""]]
