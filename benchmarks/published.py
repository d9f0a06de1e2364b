"""Published tables beside ours: data that are open, and the numbers that papers and manuals print of them.

``python -m benchmarks.published`` writes ``docs/reference/published-tables.md``. What is printed elsewhere
lies in ``tests/reference/published/``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import coprod_measure as cm
from coprod_measure.measurement.scores.scale_scores import scale_scores

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "tests" / "reference"
PAGE = ROOT / "docs" / "reference" / "published-tables.md"
ABILITIES = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"""
BIG_FIVE = {letter: [f"{letter}{k}" for k in range(1, 6)] for letter in "ACENO"}
AGAINST = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")

Numbers = Mapping[tuple[str, str, str], float]
"""By table, row and column of a stored file."""


@dataclass(frozen=True, slots=True)
class Work:
    """A published analysis: where it is printed, which file holds its numbers, what we compute."""

    title: str
    said: str
    file: str
    ours: Callable[[], Numbers]


def abilities() -> Numbers:
    """Fit and parameters of the three-factor model, by the function that a study uses."""
    model = cm.confirmatory(_data("holzinger_swineford"), ABILITIES)
    return _of_fit(model.fit_measures) | _of_parameters(model.parameters)


def further_abilities() -> Numbers:
    """Invariance over schools, and modification indices."""
    data = _data("holzinger_swineford")
    ladder = cm.invariance(ABILITIES, data, group="school", levels=("configural", "metric", "scalar")).table()
    found = {
        ("invariance", str(row["level"]), name): float(row[name])
        for row in ladder.to_dict("records")
        for name in ("chisq", "df", "delta_chisq", "delta_df", "delta_pvalue")
    }
    for level, equal in (
        ("configural", ()),
        ("metric", ("loadings",)),
        ("scalar", ("loadings", "intercepts")),
    ):
        measures = cm.cfa(_syntax(ABILITIES), data, group="school", group_equal=equal).measures
        found |= {("invariance", level, name): measures[name] for name in ("aic", "bic")}
    indices = cm.cfa(_syntax(ABILITIES), data).modification_indices()
    for row in indices.to_dict("records"):
        name = f"{row['lhs']} {row['op']} {row['rhs']}"
        found |= {("modification", name, key): row[key] for key in ("mi", "epc", "sepc_lv", "sepc_all")}
    return found


def measures_of_abilities() -> Numbers:
    """The measurement table and the matrix, from the records that the paper's tables are made of."""
    data = _data("holzinger_swineford")
    model = cm.confirmatory(data, ABILITIES)
    found = {
        ("measures", str(row["item"]), name): float(row[name])
        for row in model.table().to_dict("records")
        for name in ("std", "std_se")
    }
    of_model, ratios = cm.validity(model), cm.htmt(ABILITIES, data).ratios
    for row in of_model.table().itertuples():
        found |= {("measures", row.construct, name): getattr(row, name) for name in ("cr", "ave")}
    for row in cm.reliability(data, ABILITIES).table().itertuples():
        found["measures", row.construct, "alpha"] = row.alpha
    names = list(ABILITIES)
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            source = of_model.matrix if j <= i else ratios
            found["matrix", one, other] = source.loc[one, other]
    return found


def democracy() -> Numbers:
    """Fit, loadings and paths of the structural model."""
    fit = cm.sem(DEMOCRACY, _data("political_democracy"))
    return _of_fit(fit.fit_measures) | _of_parameters(fit.parameters)


def big_five() -> Numbers:
    """Reliability and correlations of five scores; missing answers are the item's median, as printed."""
    items = _data("bfi")[[item for own in BIG_FIVE.values() for item in own]]
    items = items.fillna(items.median())
    items[list(AGAINST)] = 7 - items[list(AGAINST)]
    alphas = cm.reliability(items, BIG_FIVE).table().set_index("construct")["alpha"]
    r = scale_scores(items, BIG_FIVE).matrix()
    found: dict[tuple[str, str, str], float] = {}
    for i, one in enumerate(BIG_FIVE):
        found |= {
            ("reliability", one, "alpha"): alphas[one],
            ("reliability", one, "average_r"): alphas[one] / (5 - 4 * alphas[one]),
        }
        for j, other in enumerate(BIG_FIVE):
            corrected = r.loc[one, other] / np.sqrt(alphas[one] * alphas[other])
            found["matrix", one, other] = alphas[one] if i == j else r.loc[one, other] if j < i else corrected
    return found


WORKS = (
    Work(
        "Abilities of 301 pupils: the measurement model",
        "Data of Holzinger and Swineford (1939); printed in Rosseel (2012) and the lavaan tutorial.",
        "printed/holzinger_swineford",
        abilities,
    ),
    Work(
        "Abilities of 301 pupils: schools, and what the model leaves out",
        "Printed in the lavaan tutorial: invariance over two schools, the five largest modification indices.",
        "printed/holzinger_swineford_more",
        further_abilities,
    ),
    Work(
        "Abilities of 301 pupils: the tables for a paper",
        "Not printed there: psych and semTools in R (`tests/reference/published/case.R`) beside our "
        "measurement table and matrix: correlations of the factors below, √AVE on, HTMT above the diagonal.",
        "holzinger_swineford_in_r",
        measures_of_abilities,
    ),
    Work(
        "Industrialisation and democracy in 75 countries: the structural model",
        "Data and model of Bollen (1989), all loadings free; printed in Rosseel (2012) and the "
        "lavaan tutorial.",
        "printed/political_democracy",
        democracy,
    ),
    Work(
        "25 personality items of 2,800 people: reliability and correlations of the scores",
        "Printed by Revelle (2025, psychTools). The average correlation is the one that alpha implies. "
        "Matrix: correlations below, alpha on, correlations corrected for attenuation above the diagonal.",
        "printed/bfi",
        big_five,
    ),
)


@cache
def _data(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / f"{name}.csv")


def _syntax(constructs: Mapping[str, list[str]]) -> str:
    return "\n".join(f"{name} =~ {' + '.join(items)}" for name, items in constructs.items())


def _of_fit(measures: pd.Series) -> dict[tuple[str, str, str], float]:
    return {("fit", str(name), "value"): float(value) for name, value in measures.items()}


def _of_parameters(parameters: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    return {
        ("parameters", f"{row['lhs']} {row['op']} {row['rhs']}", name): float(row[name])
        for row in parameters.to_dict("records")
        for name in ("est", "se", "z", "pvalue", "std_lv", "std_all")
    }


def compared(work: Work) -> pd.DataFrame:
    """Put what is printed beside ours.

    Returns
    -------
    pandas.DataFrame
        ``table row column printed ours same``; ``ours`` with the digits that are printed, ``same`` where the
        printed number lies within half a unit of its last digit from ours (and the noise of two optimisers).
    """
    frame = pd.read_csv(REFERENCE / "published" / f"{work.file}.csv", dtype=str)
    found = work.ours()
    rows: list[dict[str, Any]] = []
    for one in frame.to_dict("records"):
        value, digits = found[one["table"], one["row"], one["column"]], len(one["printed"].partition(".")[2])
        shown = f"{value:.{digits}f}"
        same = abs(float(one["printed"]) - value) <= 0.5 * 10.0**-digits * (1 + 0.02) + 2e-6
        rows.append({**one, "ours": shown, "value": value, "same": same})
    return pd.DataFrame(rows)


_TITLES = {
    "fit": "Fit",
    "parameters": "Loadings, paths, covariances and variances",
    "measures": "Measurement table",
    "matrix": "Matrix",
    "reliability": "Reliability",
    "invariance": "Invariance",
    "modification": "Modification indices",
}
_HEADS = {
    "est": "b", "se": "SE", "z": "z", "pvalue": "p", "std_lv": "std (latent)", "std_all": "β",
    "std": "loading",
    "std_se": "SE",
    "alpha": "α", "cr": "CR", "ave": "AVE", "average_r": "average r", "chisq": "χ²",
    "delta_chisq": "Δχ²", "delta_df": "Δdf", "delta_pvalue": "p", "aic": "AIC", "bic": "BIC", "mi": "MI",
    "epc": "EPC", "sepc_lv": "std (latent)", "sepc_all": "std",
}  # fmt: skip


def page() -> str:
    """Write the page: each table with a line of printed and a line of our numbers."""
    tables = {work.title: compared(work) for work in WORKS}
    every = pd.concat(tables.values())
    parts = [
        "# Published tables, remade\n\n"
        "Made by `python -m benchmarks.published`: analyses of open data that papers, books and manuals "
        "print, computed here, value for value; a test compares each. Of "
        f"{len(every):,} numbers {int(every['same'].sum()):,} are the same in all printed digits.\n"
    ]
    for work in WORKS:
        parts.append(f"## {work.title}\n\n{work.said}\n")
        for name, own in tables[work.title].groupby("table", sort=False):
            parts.append(f"### {_TITLES[str(name)]}\n\n{_table(own)}\n")
    return "\n".join(parts)


def _table(own: pd.DataFrame) -> str:
    if list(own["column"].unique()) == ["value"]:
        lines = ["| | printed | ours |", "|---|---:|---:|"]
        return "\n".join(lines + [f"| {one.row} | {one.printed} | {one.ours} |" for one in own.itertuples()])
    columns = list(dict.fromkeys(own["column"]))
    heads = " | ".join(_HEADS.get(name, name) for name in columns)
    lines = [f"| | | {heads} |", "|---|---|" + "---:|" * len(columns)]
    for row, cells in own.groupby("row", sort=False):
        by_column = cells.set_index("column")
        for source in ("printed", "ours"):
            values = [str(by_column[source].get(name, "")) for name in columns]
            lines.append(f"| {row if source == 'printed' else ''} | {source} | {' | '.join(values)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
