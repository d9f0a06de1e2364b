"""The Mplus input that fits the same model: every parameter written out, nothing left to defaults."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from textwrap import wrap

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.parameter_table import Parameter
from coprod_measure.estimation.specification.syntax import Constraint
from coprod_measure.fitting.fitted import Fitted

MISSING_CODE = -9999
_LONGEST_NAME, _LONGEST_LINE = 8, 80
_ESTIMATORS = ("ML", "MLR", "MLM", "MLMV", "GLS", "ULS", "WLS", "WLSM", "WLSMV", "ULSMV")
_PLAIN = re.compile(r"[A-Za-z]\w{0,7}")
_RESERVED = {"by", "on", "with", "at", "pon", "pwith", "new", "model", "data", "variable", "group", "all"}


def mplus_input(fit: Fitted, data: str = "data.dat") -> str:
    """Write an Mplus input for the model, the estimator and the missing rule of a fit.

    Parameters
    ----------
    fit : Fitted
        By :func:`.models.sem`, :func:`.models.cfa`, :func:`.models.growth` or :func:`.models.lavaan`.
    data : str
        Path of the data as Mplus is to read them: a text file without a header, columns in the order of
        ``NAMES``, missing answers as :data:`MISSING_CODE`.

    Raises
    ------
    ModelError
        If Mplus has no such analysis, or the model holds composites or products.

    Notes
    -----
    Names longer than eight letters become ``v1``, ``v2`` ...; comments say which is which.
    """
    _refuse(fit)
    names, labels = _names(fit), _labels(fit)
    parts = [
        ["TITLE:", "  The model of a fit by coprod_measure", *_told(names)],
        ["DATA:", f'  FILE = "{_safe(data)}";', *_data(fit)],
        ["VARIABLE:", *_variables(fit, names)],
        ["ANALYSIS:", *_analysis(fit)],
        *_models(fit, names, labels),
        _constraints(fit, labels),
        ["OUTPUT:", "  STDYX;"],
    ]
    lines = [line for part in parts for line in part]
    return "\n".join(cut for line in lines for cut in _cut(line)) + "\n"


def _refuse(fit: Fitted) -> None:
    options, table = fit.options, fit.solution.model.table
    cause = ""
    if fit.request.kind == "sam":
        cause = "fits in two steps have no input"
    elif options.name not in _ESTIMATORS:
        cause = f"there is no estimator {options.name}"
    elif options.two_stage or options.effect_coding or options.bounds != "none":
        cause = "two stages, effect coding and bounds are not written"
    elif any(row.op == "<~" for row in table.rows):
        cause = "composites have no like"
    elif table.levels and set(table.levels[0].latent) & set(table.levels[1].latent):
        cause = "latent variables of both levels need names of their own"
    elif table.levels and table.n_groups > 2:
        cause = "groups of two-level models are not written"
    elif table.rotation is not None or table.correlation:
        cause = "exploratory blocks and correlation structures are not written"
    elif fit.request.data.products:
        cause = "products of columns are not written"
    if cause:
        raise ModelError(cause, place="to_mplus", cure="Use to_lavaan()", code="not-in-mplus")


def _names(fit: Fitted) -> dict[str, str]:
    variables, options = fit.solution.model.table.variables, fit.options
    columns = [name for name in (options.group, options.cluster, options.weights) if name]
    names = list(dict.fromkeys((*variables.observed, *variables.latent, *columns)))
    return _short(names, "v")


def _short(names: Iterable[str], stem: str) -> dict[str, str]:
    """Give each name a spelling that Mplus knows, which tells no capitals from small letters."""
    found: dict[str, str] = {}
    taken = {name.lower() for name in names if _PLAIN.fullmatch(name)}
    used: set[str] = set()
    for name in names:
        plain = _PLAIN.fullmatch(name) and name.lower() not in _RESERVED and name.lower() not in used
        number = 0
        short = name
        while not plain:
            number += 1
            short = f"{stem}{number}"
            plain = short not in taken and short not in used
        used.add(short.lower())
        found[name] = short
    return found


def _told(names: Mapping[str, str]) -> list[str]:
    return [f"  ! {short} is {_safe(name)}" for name, short in names.items() if short != name]


def _safe(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]|\"", "?", text)


def _data(fit: Fitted) -> list[str]:
    group = fit.request.data.groups[0]
    if group.cov is not None:
        kind = "COVARIANCE" if group.mean is None else "MEANS COVARIANCE"
        return [f"  TYPE = {kind};", f"  NOBSERVATIONS = {group.n};"]
    return ["  LISTWISE = ON;"] if fit.options.missing == "listwise" and not _ordered(fit) else []


def _ordered(fit: Fitted) -> tuple[str, ...]:
    return fit.solution.model.table.variables.ordered


def _variables(fit: Fitted, names: Mapping[str, str]) -> list[str]:
    options, columns = fit.options, fit.request.data.names
    extra = [name for name in (options.group, options.cluster, options.weights) if name]
    observed = [names[name] for name in fit.solution.model.table.variables.measured]
    lines = [
        f"  NAMES = {' '.join(names[name] for name in dict.fromkeys((*columns, *extra)))};",
        f"  USEVARIABLES = {' '.join(observed)};",
    ]
    if fit.request.data.groups[0].cov is None:
        lines.append(f"  MISSING = ALL ({MISSING_CODE});")
    if _ordered(fit):
        lines.append(f"  CATEGORICAL = {' '.join(names[name] for name in _ordered(fit))};")
    if options.group:
        groups = " ".join(f"{k} = g{k}" for k in range(1, len(fit.request.data.labels) + 1))
        lines.append(f"  GROUPING = {names[options.group]} ({groups});")
        told = enumerate(fit.request.data.labels, start=1)
        lines += [f"  ! g{k} is {_safe(str(label))}: code it {k} in the file" for k, label in told]
    if options.cluster:
        lines.append(f"  CLUSTER = {names[options.cluster]};")
    for number, level in enumerate(fit.solution.model.table.levels):
        other = fit.solution.model.table.levels[1 - number].observed
        known = fit.solution.model.table.variables.measured
        only = [names[name] for name in level.observed if name not in other and name in known]
        if only:
            lines.append(f"  {('WITHIN', 'BETWEEN')[number]} = {' '.join(only)};")
    if options.weights:
        lines.append(f"  WEIGHT = {names[options.weights]};")
    return lines


def _analysis(fit: Fitted) -> list[str]:
    options, ordered = fit.options, _ordered(fit)
    levels = bool(fit.solution.model.table.levels)
    complex_ = not levels and bool(options.cluster or options.weights) and options.name == "MLR"
    means = "" if fit.solution.model.means or ordered else " NOMEANSTRUCTURE"
    lines = (
        ["  TYPE = COMPLEX;"]
        if complex_ and options.cluster
        else [f"  TYPE = TWOLEVEL{' RANDOM' * bool(fit.solution.model.table.slopes)};"] * levels
    )
    lines += [f"  ESTIMATOR = {options.name};", f"  MODEL = NOCOVARIANCES{means};"]
    if ordered:
        lines.append(f"  PARAMETERIZATION = {options.parameterization.upper()};")
    elif options.information:
        lines.append(f"  INFORMATION = {options.information.upper()};")
    if options.se == "bootstrap":
        lines.append(f"  BOOTSTRAP = {options.bootstrap};")
    return lines


def _labels(fit: Fitted) -> dict[str, str]:
    """Give a label to every parameter that has a name of its own, or shares its value with others."""
    rows = [row for row in fit.solution.model.table.rows if row.free]
    shared = Counter(row.key for row in rows)
    keys = [row.key for row in rows if shared[row.key] > 1 or row.label]
    made = _short(dict.fromkeys(row.label for row in rows if row.label), "q")
    named = {row.key: made[row.label] for row in rows if row.label}
    numbered = (key for key in dict.fromkeys(keys) if key not in named)
    return named | {key: f"eq{k}" for k, key in enumerate(numbered, start=1)}


def _models(fit: Fitted, names: Mapping[str, str], labels: Mapping[str, str]) -> list[list[str]]:
    table, groups = fit.solution.model.table, fit.solution.model.table.n_groups
    # Mplus names a latent variable without indicators by a loading of zero on an observed one.
    names = {**names, "": names[table.variables.observed[0]]}
    found: list[list[str]] = []
    for number in range(1, groups + 1):
        rows = [row for row in table.rows if row.group == number and _written(row, fit)]
        head = ["MODEL:" if number == 1 else f"MODEL g{number}:"]
        if table.levels:
            head = ["MODEL:", "  %WITHIN%"] if number == 1 else ["  %BETWEEN%"]
        # The first item of a factor would be fixed without a star.
        first = {row.lhs: row for row in reversed(rows) if row.op == "=~"}.values()
        slopes = {(one.outcome, one.predictor): one.name for one in table.level_of(number).slopes}
        told = [
            _random(row, names, slopes[row.lhs, row.rhs])
            if row.op == "~" and (row.lhs, row.rhs) in slopes
            else _statement(row, names, labels, row in first)
            for row in rows
        ]
        found.append([*head, *(f"  {one}" for one in told)])
        if number == 1 and groups > 1 and not table.levels:
            found.append(["MODEL g1:", *found[0][1:]])
    return found


def _written(row: Parameter, fit: Fitted) -> bool:
    """Whether Mplus takes the parameter: exogenous moments and what ordered answers fix are its own."""
    ordered, theta = _ordered(fit), fit.options.parameterization == "theta"
    several = fit.solution.model.table.n_groups > 1
    levels = fit.solution.model.table.levels
    if row.exogenous:
        return False
    if levels and row.op == "~1" and row.group == 1:
        # The mean of what varies at both levels belongs to the second.
        return row.lhs in levels[0].observed and row.lhs not in levels[1].observed
    if row.op == "~*~":
        return several and not theta
    if row.lhs in ordered and row.op == "~~" and row.lhs == row.rhs:
        return several and theta
    return not (row.lhs in ordered and row.op == "~1")


def _random(row: Parameter, names: Mapping[str, str], slope: str) -> str:
    return f"{names[slope]} | {names.get(row.lhs, row.lhs)} ON {names[row.rhs]};"


def _statement(row: Parameter, names: Mapping[str, str], labels: Mapping[str, str], starred: bool) -> str:
    alone = row.op == "=~" and row.lhs == row.rhs
    lhs, rhs = names.get(row.lhs, row.lhs), names[""] if alone else names.get(row.rhs, row.rhs)
    value = ("*" if starred else "") if row.free else f"@{row.value:.15g}"
    if row.free and row.start == row.start:  # not NaN
        value = f"*{row.start:.15g}"
    label = f" ({labels[row.key]})" if row.free and row.key in labels else ""
    match row.op:
        case "=~":
            text = f"{lhs} BY {rhs}{value}"
        case "~":
            text = f"{lhs} ON {rhs}{value}"
        case "~~":
            text = f"{lhs}{value}" if lhs == rhs else f"{lhs} WITH {rhs}{value}"
        case "~1":
            text = f"[{lhs}{value}]"
        case "|":
            text = f"[{lhs}${row.rhs.removeprefix('t')}{value}]"
        case _:
            text = f"{{{lhs}{value}}}"
    return f"{text}{label};"


def _constraints(fit: Fitted, labels: Mapping[str, str]) -> list[str]:
    table = fit.solution.model.table
    if not table.constraints:
        return []
    own = {row.label: labels[row.key] for row in table.rows if row.label and row.key in labels}
    new = _short([one.lhs for one in table.definitions], "d")
    known = own | new
    lines = [f"  NEW({' '.join(new.values())});"] if new else []
    return ["MODEL CONSTRAINT:", *lines, *(f"  {_constraint(one, known)};" for one in table.constraints)]


def _constraint(one: Constraint, known: Mapping[str, str]) -> str:
    left, right = (
        re.sub(r"[^\W\d][\w.]*", lambda name: known.get(name[0], name[0]), side).replace("^", "**")
        for side in (one.lhs, one.rhs)
    )
    if one.op in ("<", ">"):
        return f"0 {one.op} ({right}) - ({left})"
    return f"{left} = {right}"


def _cut(line: str) -> list[str]:
    """Break a line that is longer than Mplus reads."""
    if len(line) <= _LONGEST_LINE:
        return [line]
    if line.lstrip().startswith("!"):
        return [line[:_LONGEST_LINE]]
    return wrap(line, _LONGEST_LINE, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
