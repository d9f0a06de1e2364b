"""How often 95 % intervals cover and 5 % tests reject, where the truth is known.

``python -m benchmarks.estimation_coverage`` rewrites ``docs/reference/estimation-coverage.md``;
``--replications 100`` looks at a few, and prints instead.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.fitting.models import sem
from coprod_measure.fitting.result import Fit
from coprod_measure.provenance import versions
from coprod_measure.workers import Workers

Array = NDArray[np.float64]
Generator = np.random.Generator

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "estimation-coverage.md"
SEED, PROCESSES = 20260311, 2
MODEL = "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6\nf3 =~ x7 + x8 + x9\nf3 ~ f1 + f2"
ITEMS = tuple(f"x{i}" for i in range(1, 10))
LOADINGS = np.tile([0.8, 0.75, 0.7], 3)
PATHS, CORRELATION = np.array([0.4, 0.3]), 0.3
DISTURBANCE = 1.0 - float(PATHS @ PATHS) - 2.0 * PATHS.prod() * CORRELATION
CUTS = np.array([-1.3, -0.6, 0.1, 0.9])
COVER, REJECT = (0.935, 0.965), (0.035, 0.07)


@dataclass(frozen=True, slots=True)
class Condition:
    """A way to draw data and a way to fit them.

    Attributes
    ----------
    promised : bool
        Whether theory promises the nominal rates at this sample size.
    """

    name: str
    data: str
    n: int
    replications: int
    draw: Callable[[Generator, int], pd.DataFrame]
    options: dict[str, Any] = field(default_factory=dict)
    test: str = ""
    promised: bool = True


def linear(factors: Array, errors: Array) -> Array:
    """Items with variance 1 from standardised ``f1``, ``f2``'s own part, the disturbance, and errors."""
    f1, own, disturbance = factors.T
    f2 = CORRELATION * f1 + np.sqrt(1.0 - CORRELATION**2) * own
    f3 = PATHS[0] * f1 + PATHS[1] * f2 + np.sqrt(DISTURBANCE) * disturbance
    scores = np.repeat(np.column_stack([f1, f2, f3]), 3, axis=1)
    return np.asarray(LOADINGS * scores + np.sqrt(1.0 - LOADINGS**2) * errors)


def normal(rng: Generator, n: int) -> pd.DataFrame:
    """Multivariate normal."""
    return pd.DataFrame(linear(rng.standard_normal((n, 3)), rng.standard_normal((n, 9))), columns=list(ITEMS))


def heavy_tails(rng: Generator, n: int) -> pd.DataFrame:
    """Normal, each respondent with a spread of their own: excess kurtosis 1.2 in every direction."""
    spread = np.sqrt(rng.chisquare(5, (n, 1)) / 5)
    return normal(rng, n) * spread


def skewed(rng: Generator, n: int) -> pd.DataFrame:
    """Factors, disturbance and errors from a chi-square with 4 degrees of freedom: skew 1.4, kurtosis 3."""
    parts = (rng.chisquare(4, (n, 12)) - 4) / np.sqrt(8)
    return pd.DataFrame(linear(parts[:, :3], parts[:, 3:]), columns=list(ITEMS))


def missing_completely_at_random(rng: Generator, n: int) -> pd.DataFrame:
    """A tenth of all answers gone, whoever gave them."""
    return normal(rng, n).mask(rng.random((n, 9)) < 0.1)


def missing_at_random(rng: Generator, n: int) -> pd.DataFrame:
    """Low answers to ``x1`` make the third item of each factor and ``x8`` go missing: three in ten."""
    data = normal(rng, n)
    gone = rng.random((n, 4)) < 1.0 / (1.0 + np.exp(1.0 + 1.5 * data[["x1"]].to_numpy()))
    data[["x3", "x6", "x8", "x9"]] = data[["x3", "x6", "x8", "x9"]].mask(gone)
    return data


def five_points(rng: Generator, n: int) -> pd.DataFrame:
    """Five ordered categories with 10, 18, 27, 28 and 18 % of the answers."""
    data = normal(rng, n)
    return pd.DataFrame(np.digitize(data.to_numpy(), CUTS) + 1, columns=data.columns)


WLSMV: dict[str, Any] = {"estimator": "WLSMV", "ordered": ITEMS}
FIML: dict[str, Any] = {"missing": "fiml"}
MLR: dict[str, Any] = {"estimator": "MLR"}
CONDITIONS = (
    Condition("ML", "normal", 200, 2000, normal, test="likelihood ratio"),
    Condition("ML", "normal", 500, 2000, normal, test="likelihood ratio"),
    Condition("ML", "heavy tails", 500, 500, heavy_tails, test="likelihood ratio", promised=False),
    Condition("MLR", "heavy tails", 500, 2000, heavy_tails, MLR, "Yuan-Bentler"),
    Condition("MLR", "heavy tails", 1000, 2000, heavy_tails, MLR, "Yuan-Bentler"),
    Condition("MLR", "skewed", 1000, 1000, skewed, MLR, "Yuan-Bentler"),
    Condition("MLM", "heavy tails", 1000, 500, heavy_tails, {"estimator": "MLM"}, "Satorra-Bentler"),
    Condition("FIML", "normal, MCAR", 500, 1000, missing_completely_at_random, FIML, "likelihood ratio"),
    Condition("FIML", "normal, MAR", 500, 1000, missing_at_random, FIML, "likelihood ratio"),
    Condition("listwise ML", "normal, MAR", 500, 500, missing_at_random, {"mean_structure": True},
              "likelihood ratio", promised=False),
    Condition("WLSMV", "five points", 500, 1000, five_points, WLSMV, "scaled-shifted"),
    Condition("WLSMV", "five points", 1000, 1000, five_points, WLSMV, "scaled-shifted"),
)  # fmt: skip


def truth() -> dict[tuple[str, str, str], float]:
    """True values of every parameter that a fit may estimate, in its own scaling."""
    scale = LOADINGS[0] ** 2
    values = {("f3", "~", f"f{k + 1}"): float(path) for k, path in enumerate(PATHS)}
    values |= {("f1", "~~", "f1"): scale, ("f2", "~~", "f2"): scale, ("f3", "~~", "f3"): scale * DISTURBANCE}
    values["f1", "~~", "f2"] = scale * CORRELATION
    for k, (item, loading) in enumerate(zip(ITEMS, LOADINGS, strict=True)):
        values[f"f{k // 3 + 1}", "=~", item] = loading / LOADINGS[0]
        values[item, "~~", item] = 1.0 - loading**2
        values[item, "~1", ""] = 0.0
        values |= {(item, "|", f"t{j + 1}"): cut for j, cut in enumerate(CUTS)}
    return values


def replicate(number: int, replication: int) -> tuple[dict[tuple[str, str, str], bool], bool, bool] | None:
    """Draw and fit once: which intervals cover, whether the test rejects, whether the fit is admissible."""
    condition = CONDITIONS[number]
    data = condition.draw(np.random.default_rng([SEED, number, replication]), condition.n)
    try:
        fit = sem(MODEL, data, **condition.options)
        if not fit.converged:
            return None
        return covered(fit), rejects(fit), fit.admissible
    except CoprodError:
        return None


def covered(fit: Fit) -> dict[tuple[str, str, str], bool]:
    """Free parameter to whether its 95 % interval holds the true value."""
    known, rows = truth(), fit.parameters
    rows = rows[rows["se"] > 0]
    return {
        (lhs, op, rhs): lower <= known[lhs, op, rhs] <= upper
        for lhs, op, rhs, lower, upper in rows[["lhs", "op", "rhs", "ci_lower", "ci_upper"]].itertuples(
            index=False
        )
    }


def rejects(fit: Fit) -> bool:
    """Whether the estimator's own test of the (true) model rejects at 5 %."""
    scaled = fit.scaled_test
    test = fit.test if isinstance(scaled, NotAvailable) else scaled
    return test.pvalue < 0.05


def study(number: int, replications: int | None = None) -> dict[str, object]:
    """Run one condition; one row of the table."""
    condition = CONDITIONS[number]
    wanted = replications or condition.replications
    found = dict(Workers(PROCESSES).run(partial(replicate, number), range(wanted)))
    kept = [found[k] for k in range(wanted) if found[k] is not None]
    coverage = pd.DataFrame([one[0] for one in kept]).mean()
    lhs, op, rhs = coverage.index[int(np.argmax(np.abs(coverage.to_numpy() - 0.95)))]
    name = f"{lhs} {op} {rhs}".strip().replace("|", "\\|")
    rate, reject = float(coverage.mean()), float(np.mean([one[1] for one in kept]))
    held = COVER[0] <= rate <= COVER[1] and REJECT[0] <= reject <= REJECT[1]
    return {
        "estimator": condition.name,
        "data": condition.data,
        "n": f"{condition.n:,}",
        "samples": f"{wanted:,}",
        "coverage": f"{rate:.1%}",
        "farthest parameter": f"{coverage[lhs, op, rhs]:.1%} (`{name}`)",
        "test": condition.test,
        "rejects": f"{reject:.1%}",
        "within both bands": ("yes" if held else "no") + ("" if condition.promised else " (not promised)"),
        "not converged": wanted - len(kept),
        "inadmissible": sum(not one[2] for one in kept),
    }


def studies(replications: int | None = None) -> list[dict[str, object]]:
    """Run all conditions, printing each row when it is known."""
    rows = []
    for number in range(len(CONDITIONS)):
        rows.append(study(number, replications))
        print(*rows[-1].values(), sep=" | ", flush=True)
    return rows


def page(rows: list[dict[str, object]]) -> str:
    """Build the page."""
    lines = [f"| {' | '.join(rows[0])} |", "|---" * len(rows[0]) + "|"]
    lines += [f"| {' | '.join(map(str, row.values()))} |" for row in rows]
    made = "; ".join(f"{name} {version}" for name, version in versions().items())
    return f"{INTRODUCTION}{chr(10).join(lines)}\n\n{WHY}\nSeed {SEED}; {made}.\n"


INTRODUCTION = f"""# Do the intervals cover and the tests reject as often as they say?

Made by `python -m benchmarks.estimation_coverage`. Nine items of three factors, the third regressed on
the other two (paths {PATHS[0]} and {PATHS[1]}, correlation {CORRELATION}, standardised loadings .80, .75
and .70; 24 degrees of freedom), so that every parameter's true value is known. Each sample is drawn from
a stream of its own (`[{SEED}, condition, sample]`), fitted, and every free parameter's 95 % interval is
looked up: loadings, paths, variances, covariances, and intercepts or thresholds where the model has them.
The model is true, so that its test should reject one sample in twenty.

`coverage` is the mean over parameters; `farthest parameter` the one whose own coverage lies farthest from
95 %. The bands are {COVER[0]:.1%} to {COVER[1]:.1%} for mean coverage and {REJECT[0]:.1%} to
{REJECT[1]:.0%} for the test. Two standard errors of simulation are 1.0 points for a rate of either kind
at 2,000 samples and 1.4 points at 1,000; the mean over parameters is much surer than that, the farthest
of twenty to sixty much less: by chance alone it lies about 1.3 points away. Rows marked *not promised*
show what the right method protects from: there theory promises nothing, and the rates are not ours to
mend.

Heavy tails: each respondent's answers are multiplied by a spread of their own, which gives every
combination of items an excess kurtosis of 1.2. Skewed: factors and errors from a chi-square with 4
degrees of freedom. MCAR: a tenth of all answers missing. MAR: four items go missing for low answers to
`x1`, about three in ten. Five points: the normal items cut at {", ".join(f"{cut:g}" for cut in CUTS)}.

"""

WHY = """Why a promised row may lie outside: all of these promises are for large samples. The test of Yuan
and Bentler scales by fourth moments, which heavy tails make uncertain: it rejects somewhat too often with
500 respondents and comes down with 1,000, while the intervals of the same fits are right with both. The
likelihood-ratio test is a little liberal with 200 respondents too. Plain ML on heavy tails, and complete
answers only under MAR, show what happens otherwise: intervals that are too short, true models rejected,
and estimates that are biased.
"""


def main() -> None:
    """Write the page, or print a short study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int)
    asked = parser.parse_args().replications
    text = page(studies(asked))
    print(text) if asked else PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
