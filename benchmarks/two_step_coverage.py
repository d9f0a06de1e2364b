"""Do the intervals of a fit in two steps cover? ``python -m benchmarks.two_step_coverage`` rewrites its page.

Samples come from streams of their own, so that rows can be repeated one by one: ``... sam 300``.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

import coprod_measure as cm

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "two-step-coverage.md"
SEED = 20260612
LOADINGS = np.array([0.80, 0.75, 0.70])
BAND = (0.935, 0.965)
MEASURED = "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6\nf3 =~ x7 + x8 + x9\n"

Draw = Callable[[np.random.Generator, int], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Condition:
    """A model, how its data are drawn, and the truth (in the metric of the marker items)."""

    name: str
    model: str
    draw: Draw
    truth: dict[str, float]
    options: dict[str, object]


def _items(rng: np.random.Generator, factors: np.ndarray) -> pd.DataFrame:
    errors = rng.standard_normal((len(factors), 9)) * np.tile(np.sqrt(1.0 - LOADINGS**2), 3)
    answers = np.repeat(factors, 3, axis=1) * np.tile(LOADINGS, 3) + errors
    return pd.DataFrame(answers, columns=[f"x{k}" for k in range(1, 10)])


def _causes(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    first = rng.standard_normal(n)
    return first, 0.3 * first + np.sqrt(1.0 - 0.09) * rng.standard_normal(n)


def linear(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw the third factor from 0.4 and 0.3 times the others."""
    a, b = _causes(rng, n)
    residual = np.sqrt(1.0 - 0.16 - 0.09 - 2.0 * 0.4 * 0.3 * 0.3)
    return _items(rng, np.column_stack([a, b, 0.4 * a + 0.3 * b + residual * rng.standard_normal(n)]))


def planned(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw as `linear`, one item of each factor left out for a third of the people (three forms)."""
    data = linear(rng, n).to_numpy(copy=True)
    form = rng.integers(0, 3, n)
    for k in range(3):
        data[np.ix_(form == k, [k, 3 + k, 6 + k])] = np.nan
    return pd.DataFrame(data, columns=[f"x{k}" for k in range(1, 10)])


def interaction(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw the third factor from 0.4, 0.3 and 0.2 times the others and their product."""
    a, b = _causes(rng, n)
    f = 0.4 * a + 0.3 * b + 0.2 * (a * b - 0.3) + 0.75 * rng.standard_normal(n)
    return _items(rng, np.column_stack([a, b, f]))


def quadratic(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw the third factor from 0.4 and -0.2 times the first and its square, and 0.3 times the second."""
    a, b = _causes(rng, n)
    f = 0.4 * a + 0.3 * b - 0.2 * (a**2 - 1.0) + 0.75 * rng.standard_normal(n)
    return _items(rng, np.column_stack([a, b, f]))


def heavy(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw as `linear`, each person's answers times a spread of their own (excess kurtosis 1.2)."""
    spread = np.sqrt(rng.gamma(2.5, 1.0 / 2.5, n))
    return linear(rng, n) * spread[:, None]


PATHS = {"f1": 0.4, "f2": 0.3}
CONDITIONS = (
    Condition("two-step", MEASURED + "f3 ~ f1 + f2", linear, PATHS, {}),
    Condition("two-step, robust", MEASURED + "f3 ~ f1 + f2", linear, PATHS, {"se": "twostep_robust"}),
    Condition(
        "two-step, robust, heavy tails", MEASURED + "f3 ~ f1 + f2", heavy, PATHS, {"se": "twostep_robust"}
    ),
    Condition("local", MEASURED + "f3 ~ f1 + f2", linear, PATHS, {"se": "local"}),
    Condition("FIML, three forms", MEASURED + "f3 ~ f1 + f2", planned, PATHS, {"missing": "fiml"}),
    Condition(
        "FIML of the factors, three forms",
        MEASURED + "f3 ~ f1 + f2",
        planned,
        PATHS,
        {"missing": "fiml", "moments": "factors"},
    ),
    Condition(
        "interaction",
        MEASURED + "f3 ~ f1 + f2 + f1:f2",
        interaction,
        {**PATHS, "f1:f2": 0.2 / LOADINGS[0]},
        {},
    ),
    Condition(
        "quadratic",
        MEASURED + "f3 ~ f1 + f2 + f1:f1",
        quadratic,
        {**PATHS, "f1:f1": -0.2 / LOADINGS[0]},
        {},
    ),
)


def coverage(condition: Condition, n: int, samples: int) -> dict[str, float]:
    """Share of samples whose 95 % interval holds the truth, by path; ``failed``: fits without errors."""
    held = dict.fromkeys(condition.truth, 0)
    number, failed = CONDITIONS.index(condition), 0
    for sample in range(samples):
        data = condition.draw(np.random.default_rng([SEED, number, n, sample]), n)
        table = cm.sam(condition.model, data, **condition.options).parameters
        rows = table[(table["op"] == "~") & (table["lhs"] == "f3")].set_index("rhs")
        if rows["se"].isna().any():
            failed += 1
            continue
        for name, value in condition.truth.items():
            held[name] += bool(rows.loc[name, "ci_lower"] <= value <= rows.loc[name, "ci_upper"])
    kept = max(samples - failed, 1)
    return {**{name: count / kept for name, count in held.items()}, "failed": failed}


def page(samples: int, sizes: tuple[int, ...] = (300, 1000)) -> str:
    """Write the page as Markdown."""
    lines = [
        "# Do the intervals of two steps cover?",
        "",
        "Made by `python -m benchmarks.two_step_coverage`. Nine items of three factors, standardised",
        "loadings .80, .75 and .70, the first two correlated .3; the third regressed on them (0.4, 0.3), in",
        "some rows on their product (0.2) or a square (-0.2) too. Each sample comes from a stream of its own",
        "(`[20260612, condition, n, sample]`). A cell is the share of samples whose 95 % interval of",
        "`cm.sam` holds the true path; two standard errors of simulation are",
        f"{200 * np.sqrt(0.0475 / samples):.1f} points at {samples:,} samples.",
        "Three forms: a third of the people is not asked one item of each factor. Heavy tails: excess",
        "kurtosis 1.2.",
        "",
        "| errors, data | n | samples | f1 | f2 | product | mean | within 93.5 to 96.5 % | without errors |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for condition in CONDITIONS:
        for n in sizes:
            found = coverage(condition, n, samples)
            cells = [found[name] for name in condition.truth]
            mean = float(np.mean(cells))
            shown = [f"{100 * value:.1f}%" for value in cells] + [""] * (3 - len(cells))
            inside = "yes" if BAND[0] <= mean <= BAND[1] else "no"
            row = [condition.name, f"{n:,}", f"{samples:,}", *shown, f"{100 * mean:.1f}%", inside]
            lines.append("| " + " | ".join([*row, f"{found['failed']:.0f}"]) + " |")
            sys.stderr.write(lines[-1] + "\n")
    versions = f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    return "\n".join([*lines, "", f"Seed {SEED}; {versions}."]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(int(sys.argv[1]) if len(sys.argv) > 1 else 1000), encoding="utf-8")
