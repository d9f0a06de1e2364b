"""Examples of the Mplus user's guide: what Mplus printed, and what the same model gives here.

``python -m benchmarks.mplus_examples FOLDER`` reads a copy of https://github.com/lucdw/lavaan-mplus (data,
inputs, outputs of Mplus and each model in lavaan's syntax) and writes the page. Of it only numbers are kept.
"""

from __future__ import annotations

import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import coprod_measure as cm

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "mplus-examples.md"
INTRODUCTION = """# Examples of the Mplus user's guide

Made by `python -m benchmarks.mplus_examples FOLDER` from a copy of
[lucdw/lavaan-mplus](https://github.com/lucdw/lavaan-mplus), which holds data, outputs of Mplus 8 and each
model in lavaan's syntax: the numbers that Mplus printed, and ours for the same model. "Same": they round to
what Mplus printed, or differ by one unit of its last digit. Statistics of ordered variables (WLSMV) are
those of lavaan, which multiplies by n - 1 where Mplus takes n: with 500 people they differ by .2 %, which
counts as the same. 5.16 and 5.17 hold thresholds equal over groups: the rules of lavaan 0.7 leave more free;
with `lavaan="0.6"` it is the model of Mplus. 9.6 and 9.12: the same likelihood, another correction of the
statistic of two-level models.

| example | estimator | df | chi-square in Mplus | here | log-likelihood in Mplus | here | same |
|---|---|---|---|---|---|---|---|
"""
_ARGUMENT = re.compile(r"(\w[\w.]*)\s*<-\s*read\.table\(\s*\"([^\"]+)\"(.*?)\)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """One example: numbers of Mplus (text as printed) and ours, or why there are none."""

    name: str
    estimator: str
    df: str
    chi_square: str
    ours: float
    ours_df: float
    log_likelihood: str
    our_log_likelihood: float
    why: str = ""

    @property
    def same(self) -> bool:
        """Whether all that Mplus printed is what we get."""
        share = 0.003 if self.estimator == "WLSMV" else 0.0
        pairs = (
            (self.chi_square, self.ours),
            (self.log_likelihood, self.our_log_likelihood),
            (self.df, self.ours_df),
        )
        return all(
            not printed or abs(float(printed) - own) <= 1.01 * _unit(printed) + share * own
            for printed, own in pairs
        )


def _unit(printed: str) -> float:
    return 10.0 ** -len(printed.partition(".")[2])


def _printed(output: str, heading: str, label: str) -> str:
    found = re.search(rf"{heading}\s*\n(?:.*\n){{0,3}}?\s*{label}\s+(-?[\d.]+)\*?", output)
    return found[1] if found else ""


def _data(script: str, folder: Path) -> pd.DataFrame:
    found = _ARGUMENT.search(script)
    if found is None:
        raise ValueError("the script reads no table")
    names = re.findall(r"\"([^\"]+)\"", found[3].partition("col.names")[2])
    return pd.read_csv(
        folder / found[2], sep=r"\s+", header=None, names=names, na_values=["-999999", "*", "."]
    )


def example(path: Path) -> Example:
    """Fit the model of one script and read what Mplus printed."""
    # These arguments concern the baseline model, and a rotation that no statistic depends on.
    script = re.sub(
        r",\s*(?:baseline|rotation)\.[\w.]+\s*=\s*(?:list\([^)]*\)|\w+)", "", path.read_text("latin-1")
    )
    output = path.with_suffix(".out").read_text(encoding="latin-1")
    estimator = re.search(r"^Estimator\s+(\w+)", output, re.MULTILINE)
    kind = estimator[1] if estimator else ""
    df = _printed(output, "Chi-Square Test of Model Fit", "Degrees of Freedom")
    value = _printed(output, "Chi-Square Test of Model Fit", "Value")
    log_likelihood = _printed(output, "Loglikelihood", "H0 Value")
    nan = float("nan")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = cm.from_lavaan(script).fit(_data(script, path.parent))
    except (cm.CoprodError, ValueError) as error:
        return Example(path.stem, kind, df, value, nan, nan, log_likelihood, nan, str(error))
    measures = fit.fit_measures
    ours = float(measures.get("chisq_scaled", fit.test.value))
    our_df, our_log_likelihood = float(measures.get("df_scaled", fit.df)), float(measures.get("logl", nan))
    return Example(path.stem, kind, df, value, ours, our_df, log_likelihood, our_log_likelihood)


def page(found: list[Example]) -> str:
    """Write the page as Markdown."""
    lines = []
    for one in found:
        ours = (_shown(one.ours, one.chi_square), _shown(one.our_log_likelihood, one.log_likelihood))
        cells = (one.name, one.estimator, one.df, one.chi_square, ours[0], one.log_likelihood, ours[1])
        if not one.why:
            lines.append(f"| {' | '.join((*cells, 'yes' if one.same else 'no'))} |")
    refused = [f"- {one.name}: {one.why}" for one in found if one.why]
    total = f"{sum(one.same for one in found)} of {len(lines)} examples have all numbers of Mplus."
    return INTRODUCTION + "\n".join([*lines, "", total, "", "Not fitted:", "", *refused]) + "\n"


def _shown(value: float, printed: str) -> str:
    return f"{value:.3f}" if printed else ""


def _order(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", path.stem))


if __name__ == "__main__":
    scripts = sorted((Path(sys.argv[1]) / "MPLUS_ex").glob("ex*.R"), key=_order)
    examples = []
    for script_path in scripts:
        examples.append(example(script_path))
        sys.stderr.write(f"{examples[-1]}\n")
    PAGE.write_text(page(examples), encoding="utf-8")
