"""The R script that fits the same model with lavaan."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from coprod_measure.estimation.specification.syntax import Formula
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.options import FitOptions

_MISSING = {
    "listwise": "listwise",
    "fiml": "ml",
    "pairwise": "pairwise",
    "two_stage": "two.stage",
    "robust_two_stage": "robust.two.stage",
}
_OF_ONE_STEP = ("estimator", "likelihood", "se", "test", "bootstrap", "information")
# What a name may look like in lavaan, which knows no quotes around names: no word of R's own.
_WORD = (
    r"(?!(?:if|else|repeat|while|function|for|next|break|in|TRUE|FALSE|NULL|Inf|NaN|NA)(?![A-Za-z0-9._]))"
    r"(?:[A-Za-z]|\.(?=[A-Za-z_]))[A-Za-z0-9._]*"
)
_PLAIN = re.compile(rf"{_WORD}(?::{_WORD})?")


def lavaan_script(
    fit: Fitted, data: str = "data.csv", two_steps: Mapping[str, str | None] | None = None
) -> str:
    """Write a script that reads the data, fits the model with the same options, and prints the results.

    Parameters
    ----------
    fit : Fitted
        By :func:`.models.sem`, :func:`.models.cfa`, :func:`.models.growth` or :func:`.models.lavaan`.
    data : str
        Path of a CSV file with the data, as R is to read it; moments are written into the script.
    two_steps : mapping, optional
        Of a fit in two steps: arguments of ``sam()`` in place of those of an estimator.

    Raises
    ------
    ModelError
        If lavaan has no such analysis.

    Notes
    -----
    Names that lavaan's syntax cannot spell become ``v1``, ``v2`` ...; the script renames the columns, and
    says in a comment what a latent variable was called. :func:`.lavaan_call.from_lavaan` reads both.
    """
    short = _short_names(fit)
    lines = ["library(lavaan)", f"# Rules of lavaan {fit.options.lavaan}", *_data(fit, data, short)]
    latent = fit.solution.model.table.variables.latent
    lines += [f"# {short[name]} is {_quoted(name)}" for name in latent if short[name] != name]
    model = "\n".join(_model(fit, short)).replace("\\", "\\\\").replace("'", "\\'")
    lines += ["model <- '", model, "'"]
    arguments = ",\n  ".join(["model", *_arguments(fit, short, two_steps)])
    lines += [
        f"fit <- {fit.request.kind}({arguments})",
        "summary(fit, fit.measures = TRUE, standardized = TRUE)",
    ]
    return "\n".join(lines) + "\n"


def _short_names(fit: Fitted) -> dict[str, str]:
    variables, options = fit.solution.model.table.variables, fit.options
    columns = [name for name in (options.group, options.cluster, options.weights) if name]
    names = list(dict.fromkeys((*variables.observed, *variables.latent, *columns)))
    taken = {name for name in names if _PLAIN.fullmatch(name)}
    found: dict[str, str] = {}
    for name in names:
        short = name
        if name not in taken:
            short = next(v for k in range(1, len(names) + 2) if (v := f"v{k}") not in taken)
            taken.add(short)
        found[name] = short
    return found


def _data(fit: Fitted, path: str, short: dict[str, str]) -> list[str]:
    group = fit.request.data.groups[0]
    if group.cov is not None:
        names = vector(short[name] for name in fit.request.data.names)
        cells = ", ".join(f"{value:.17g}" for value in group.cov.ravel())
        p = len(group.cov)
        found = [f"cov <- matrix(c({cells}), {p}, {p}, dimnames = list({names}, {names}))"]
        if group.mean is not None:
            found.append(f"means <- c({', '.join(f'{value:.17g}' for value in group.mean)})")
        return found
    found = [f"data <- read.csv({_quoted(path)}, check.names = FALSE)"]
    renamed = {name: new for name, new in short.items() if name != new and name in fit.request.data.names}
    columns = {name for name in (fit.options.group, fit.options.cluster, fit.options.weights) if name}
    renamed |= {name: short[name] for name in columns if short[name] != name}
    for name in renamed:
        first, colon, second = name.partition(":")
        if colon:
            made = f"data[[{_quoted(first)}]] * data[[{_quoted(second)}]]"
            found.append(f"if (!{_quoted(name)} %in% names(data)) data[[{_quoted(name)}]] <- {made}")
    found += [
        f"names(data)[names(data) == {_quoted(name)}] <- {_quoted(new)}" for name, new in renamed.items()
    ]
    return found


def _model(fit: Fitted, short: dict[str, str]) -> list[str]:
    text, found, block, level = fit.request.text, [], "", 0
    labels = fit.request.data.labels
    for formula in text.formulas:
        if formula.rv == formula.lhs and not (formula.fixed or formula.label or formula.start):
            # lavaan adds the moments of random slopes itself.
            continue
        if formula.block != block:
            block = formula.block
            number = block if block.isdigit() else str(labels.index(block.strip("\"'")) + 1)
            found.append(f"group: {number}")
        if formula.level != level:
            level = formula.level
            found.append(f"level: {level}")
        found.append(_formula(formula, short))
    return found + [f"{one.lhs} {one.op} {one.rhs}" for one in text.constraints]


def _formula(formula: Formula, short: dict[str, str]) -> str:
    op, target = ("~", "1") if formula.op == "~1" else (formula.op, short.get(formula.rhs, formula.rhs))
    if op == "=~" and formula.lhs == formula.rhs:
        return f"{short.get(formula.lhs, formula.lhs)} =~ 0"
    if formula.rv and op == "~" and target != "1":
        return f"{short.get(formula.lhs, formula.lhs)} ~ rv({_quoted(formula.rv)})*{target}"
    modifiers = [("", formula.fixed)]
    modifiers += [("start", formula.start), ("lower", formula.lower), ("upper", formula.upper)]
    terms = [_modifier(name, [_number(value) for value in values]) for name, values in modifiers if values]
    if formula.label:
        terms.append(_modifier("label", [_quoted(one) for one in formula.label]))
    lhs = short.get(formula.lhs, formula.lhs)
    if formula.efa:
        lhs = f"efa({_quoted(formula.efa)})*{lhs}"
    # A term may have several modifiers if it is written several times.
    return "\n".join(f"{lhs} {op} {term}{target}" for term in terms or [""])


def _modifier(name: str, values: Sequence[str]) -> str:
    inner = values[0] if len(values) == 1 else f"c({', '.join(values)})"
    return f"{name}({inner})*" if name else f"{inner}*"


def _number(value: float) -> str:
    return "NA" if math.isnan(value) else f"{value:.17g}"


def _arguments(
    fit: Fitted, short: dict[str, str], two_steps: Mapping[str, str | None] | None = None
) -> list[str]:
    options, moments = fit.options, fit.request.data.groups[0]
    ordered = fit.solution.model.table.variables.ordered
    random = options.discrepancy != "ML" and not ordered
    given: dict[str, str | None] = {
        "data": "data" if moments.cov is None else None,
        "sample.cov": None if moments.cov is None else "cov",
        "sample.nobs": None if moments.cov is None else str(moments.n),
        "sample.mean": None if moments.cov is None or moments.mean is None else "means",
        "estimator": _quoted("IV" if options.name == "MIIV" else options.name),
        "ordered": vector(short[name] for name in ordered) if ordered else None,
        "meanstructure": _yes(fit.solution.model.means),
        "fixed.x": _yes(options.fixed_x and not random),
        "std.lv": _yes(options.std_lv),
        "orthogonal": _yes(options.orthogonal),
        **_rotation(fit),
        "correlation": _yes(True) if options.correlation else None,
        "effect.coding": vector(options.effect_coding) if options.effect_coding else None,
        "bounds": None if options.bounds == "none" else _quoted(options.bounds.replace("_", ".")),
        "missing": _quoted(_MISSING[options.missing]),
        "information": options.information and _quoted(options.information.replace("_", ".")),
        "likelihood": None if options.likelihood == "normal" else _quoted(options.likelihood),
        "parameterization": _quoted(options.parameterization) if ordered else None,
        "se": options.se and _quoted(options.se.replace("_", ".")),
        "test": options.test and _quoted(options.test.replace("_", ".")),
        "bootstrap": str(options.bootstrap) if _drawn(options) else None,
        **_columns(fit, short),
    }
    if two_steps is not None:
        given = {name: given[name] for name in given if name not in _OF_ONE_STEP} | dict(two_steps)
    if options.discrepancy == "DWLS" and not ordered:
        given["ordered"] = "FALSE"
    if fit.request.kind == "lavaan":
        given |= {_switch(one): "TRUE" for one in options.auto}
    return [f"{name} = {value}" for name, value in given.items() if value is not None]


def _columns(fit: Fitted, short: dict[str, str]) -> dict[str, str]:
    """Arguments that name columns, and what is equal over groups."""
    options = fit.options
    columns = {"cluster": options.cluster, "sampling.weights": options.weights, "group": options.group}
    found = {name: _quoted(short[column]) for name, column in columns.items() if column}
    if options.group:
        found["group.label"] = vector(fit.request.data.labels)
    if options.group_equal:
        found["group.equal"] = vector(one.replace("_", ".") for one in options.group_equal)
    if options.group_partial:
        found["group.partial"] = vector(renamed_parameter(one, short) for one in options.group_partial)
    return found


def _rotation(fit: Fitted) -> dict[str, str]:
    """Arguments about exploratory blocks."""
    if fit.solution.model.table.rotation is None:
        return {}
    name, orthogonal, _ = fit.options.rotation.partition("_orthogonal")
    if name.startswith("bifactor"):
        name, orthogonal = "biquartimin", "" if name.endswith("oblique") else "orthogonal"
    name = name.replace("_", "-")
    given = [
        f"{one} = {_number(value)}"
        for one, value in fit.options.rotation_args
        if isinstance(value, float) and not (one == "orthogonal" and orthogonal)
    ]
    for what in ("target", "target_mask"):
        blocks = {
            one.partition(":")[2]: value
            for one, value in fit.options.rotation_args
            if one.partition(":")[0] == what and not isinstance(value, float)
        }
        told = [f"{_quoted(name)} = {_matrix(rows)}" for name, rows in blocks.items()]
        if blocks:
            given.append(f"{what} = " + (_matrix(blocks[""]) if "" in blocks else f"list({', '.join(told)})"))
    given += ["orthogonal = TRUE"] if orthogonal else []
    return {"rotation": _quoted(name), **({"rotation.args": f"list({', '.join(given)})"} if given else {})}


def _matrix(rows: tuple[tuple[float, ...], ...]) -> str:
    cells = ", ".join(_number(cell) for row in rows for cell in row)
    return f"matrix(c({cells}), {len(rows)}, byrow = TRUE)"


def renamed_parameter(parameter: str, short: Mapping[str, str]) -> str:
    """Write the name of a parameter (``f=~x1``) with other names of its variables."""
    for op in ("=~", "~~", "~*~", "~", "|", "<~"):
        lhs, found, rhs = parameter.partition(op)
        if found:
            target = rhs if op == "~" and rhs.strip() == "1" else short.get(rhs.strip(), rhs)
            return f"{short.get(lhs.strip(), lhs)}{op}{target}"
    return parameter


def _switch(name: str) -> str:
    dotted = name.replace("_", ".")
    return dotted if dotted.startswith("int.") else f"auto.{dotted}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def vector(names: Iterable[str]) -> str:
    """Write a vector of texts in R."""
    return f"c({', '.join(_quoted(str(name)) for name in names)})"


def _yes(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _drawn(options: FitOptions) -> bool:
    return options.se == "bootstrap" or options.test == "bollen_stine"
