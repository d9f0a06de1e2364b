"""The table of agreement with lavaan: every stored case, by kind of model and estimator.

``python -m benchmarks.agreement`` fits all cases under ``tests/reference/lavaan_*`` and writes the page.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import coprod_measure as cm

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "tests" / "reference"
PAGE = ROOT / "docs" / "reference" / "agreement-with-lavaan.md"
CASES = sorted(folder.parent for folder in REFERENCE.glob("lavaan_*/options.json"))

KINDS = (
    "two levels",
    "composites",
    "exploratory blocks",
    "correlations",
    "growth",
    "nothing automatic",
    "constraints and defined parameters",
    "equalities over groups",
    "groups",
    "factors of factors",
    "paths among observed variables",
    "structural models",
    "factor models",
)
_LARGEST = ("estimates", "errors", "chi_square")
INTRODUCTION = """# Where the numbers agree with lavaan

Made by `python -m benchmarks.agreement`: every model that lavaan fitted and whose numbers lie in
`tests/reference/`, fitted here. A case stands in the first row of its estimator that fits it. Differences are
the largest of all its estimates (also the standardised ones) and standard errors, divided by lavaan's number
where that is above 1; and of the chi-square. What a case leaves out, and why, is in its `options.json`
(column "set aside": cases with numbers that are not compared). Ordered variables: lavaan's polychoric
correlations end sooner, so that digits beyond the third are its noise.

| kind | estimator | cases | numbers | estimates | errors | chi-square | set aside |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One stored case beside our fit: how many numbers, and the largest differences."""

    kind: str
    estimator: str
    lavaan: str
    numbers: int
    estimates: float
    errors: float
    chi_square: float
    set_aside: bool


def read_case(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Fit the model of a case with our engine."""
    case = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    model = (folder / "model.txt").read_text(encoding="utf-8")
    if "moments" in case:
        moments = dict(case["moments"])
        data: Any = cm.Moments(pd.read_csv(folder / moments.pop("cov"), index_col=0), **moments)
    else:
        data = pd.read_csv(REFERENCE / "data" / case["data"])
    return getattr(cm, case["function"])(model, data, **case["options"]), case


def keyed(table: pd.DataFrame) -> dict[tuple[str, str, str, int], pd.Series]:
    """Rows by what they are; a covariance has no order, a defined parameter no group."""
    rows = {}
    for _, row in table.iterrows():
        lhs, rhs = sorted((row["lhs"], row["rhs"])) if row["op"] == "~~" else (row["lhs"], row["rhs"])
        group = 0 if row["op"] == ":=" else int(row.get("group", 1)) * 2 + int(row.get("level", 0))
        rows[lhs, row["op"], "" if pd.isna(rhs) or row["op"] == ":=" else rhs, group] = row
    return rows


def kind_of(fit: Any) -> str:
    """Find the first of :data:`KINDS` that describes a fit."""
    table, options = fit.solution.model.table, fit.options
    loadings = {(row.lhs, row.rhs) for row in table.rows if row.op == "=~"}
    latent = set(table.variables.latent)
    holds = (
        bool(table.levels),
        any(row.op == "<~" for row in table.rows),
        table.rotation is not None,
        options.correlation,
        fit.request.kind == "growth",
        fit.request.kind == "lavaan",
        bool(table.constraints),
        bool(options.group_equal),
        len(fit.group_labels) > 1,
        any(item in latent for _, item in loadings),
        not loadings,
        any(row.op == "~" for row in table.rows),
        True,
    )
    return next(kind for kind, true in zip(KINDS, holds, strict=True) if true)


def estimator_of(options: Any) -> str:
    """Name the estimator, with what makes it another one: incomplete answers, weights, clusters."""
    extra = [options.missing.replace("_", " ")] if options.missing != "listwise" else []
    extra += [word for word, there in (("weights", options.weights), ("clusters", options.cluster)) if there]
    return ", ".join([options.name, *extra])


def compared(folder: Path) -> Agreement:
    """Fit one case and compare all its numbers."""
    fit, case = read_case(folder)
    theirs = keyed(pd.read_csv(folder / "parameters.csv"))
    measures = pd.read_csv(folder / "fit_measures.csv").set_index("name")["value"]
    mine, aside = keyed(fit.parameters), case.get("not_compared", {})
    pairs: dict[str, list[tuple[float, float]]] = {"est": [], "se": []}
    for key in mine.keys() & theirs.keys():
        for column in ("est", "std_lv", "std_all"):
            pairs["est"].append((mine[key][column], theirs[key][column]))
        # lavaan prints 0 where an error is not computed; cases whose errors are set aside say why.
        if theirs[key]["se"] > 0 and not aside.get("errors"):
            pairs["se"].append((mine[key]["se"], theirs[key]["se"]))
    largest = {name: _largest(found) for name, found in pairs.items()}
    chi_square = _largest([(fit.test.value, measures.get("chisq", np.nan))])
    version = json.loads((folder / "session.json").read_text(encoding="utf-8"))["lavaan"]
    numbers = sum(map(len, pairs.values())) + 1
    return Agreement(
        kind_of(fit),
        estimator_of(fit.options),
        version,
        numbers,
        largest["est"],
        largest["se"],
        chi_square,
        bool(aside or "looser" in case),
    )


def _largest(pairs: list[tuple[float, float]]) -> float:
    ours, theirs = np.array(pairs, dtype=float).reshape(-1, 2).T
    apart = np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))
    return float(np.nanmax(apart, initial=0.0))


def page(found: list[Agreement]) -> str:
    """Write the page as Markdown."""
    lines = [
        f"| {kind} | {estimator} | {len(own)} | {sum(one.numbers for one in own):,} | "
        + " | ".join(
            f"{max(getattr(one, what) for one in own):.0e}" for what in ("estimates", "errors", "chi_square")
        )
        + f" | {sum(one.set_aside for one in own) or ''} |"
        for kind, estimator, own in _cells(found)
    ]
    versions = sorted({one.lavaan for one in found})
    total = f"{len(found)} cases, {sum(one.numbers for one in found):,} numbers"
    by = f"lavaan {' and '.join(versions)}; python {platform.python_version()}, numpy {np.__version__}"
    return INTRODUCTION + "\n".join(lines) + f"\n\n{total}. {by}.\n"


def _cells(found: list[Agreement]) -> Iterator[tuple[str, str, list[Agreement]]]:
    for kind in KINDS:
        for estimator in sorted({one.estimator for one in found if one.kind == kind}):
            yield kind, estimator, [one for one in found if (one.kind, one.estimator) == (kind, estimator)]


if __name__ == "__main__":
    agreements = []
    for case_folder in CASES:
        agreements.append(compared(case_folder))
        sys.stderr.write(f"{case_folder.name}: {agreements[-1].estimates:.1e}\n")
    PAGE.write_text(page(agreements), encoding="utf-8")
