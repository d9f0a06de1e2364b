"""What PLS, GSCA, sum scores and SEM find where the truth is known: ``python -m benchmarks.composite_bias``.

Samples come from streams of their own, so that rows can be repeated one by one.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

import coprod_measure as cm
from coprod_measure.composites.result import Pls
from coprod_measure.errors import CoprodError

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "composite-bias.md"
SEED = 20261128
TRUTH = np.array([0.4, 0.3])
BETWEEN = np.array([[1.0, 0.3, 0.49], [0.3, 1.0, 0.42], [0.49, 0.42, 1.0]])
LOADINGS, WEIGHTS = np.array([0.8, 0.7, 0.6]), np.array([0.6, 0.4, 0.2])
ITEMS = [f"{block}{k}" for block in "abc" for k in (1, 2, 3)]
FACTORS = "f1 =~ a1 + a2 + a3\nf2 =~ b1 + b2 + b3\ny =~ c1 + c2 + c3\ny ~ f1 + f2"
COMPOSITES = FACTORS.replace("=~", "<~")
DRAWS, WITH_INTERVALS = 500, 300


def of_factors() -> np.ndarray:
    """Correlations of nine items of three common factors."""
    loadings = np.kron(np.eye(3), LOADINGS[:, None])
    sigma = loadings @ BETWEEN @ loadings.T
    np.fill_diagonal(sigma, 1.0)
    return np.asarray(sigma)


def of_composites() -> np.ndarray:
    """Correlations of nine items of three composites, through which alone the blocks correlate."""
    inner = np.full((3, 3), 0.4) + 0.6 * np.eye(3)
    loadings = np.kron(np.eye(3), (inner @ WEIGHTS / np.sqrt(WEIGHTS @ inner @ WEIGHTS))[:, None])
    sigma = loadings @ BETWEEN @ loadings.T
    for k in range(3):
        sigma[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = inner
    return np.asarray(sigma)


def by_pls(
    model: str, estimator: Callable[..., Pls] = cm.pls, **options: object
) -> Callable[[pd.DataFrame, bool], np.ndarray]:
    """Give a method: the paths, and their percentile intervals where asked for; (2,) or (2, 3)."""

    def estimate(data: pd.DataFrame, intervals: bool) -> np.ndarray:
        fit = estimator(model, data, **options)
        if not fit.admissible:
            raise CoprodError("not admissible")
        if not intervals:
            return fit.paths()["est"].to_numpy()[:, None]
        return fit.bootstrap(DRAWS, 1).table("paths")[["est", "lower", "upper"]].to_numpy()

    return estimate


def by_sem(data: pd.DataFrame, intervals: bool) -> np.ndarray:
    """Maximum likelihood: standardised paths with their intervals."""
    fit = cm.sem(FACTORS, data)
    if not (fit.converged and fit.admissible):
        raise CoprodError("not admissible")
    rows = fit.standardized()
    return rows.loc[rows["op"] == "~", ["est", "ci_lower", "ci_upper"]].to_numpy(dtype=float)


METHODS: dict[str, Callable[[pd.DataFrame, bool], np.ndarray]] = {
    "sum scores": by_pls(FACTORS, modes=dict.fromkeys(("f1", "f2", "y"), "unit")),
    "PLS, Mode A": by_pls(FACTORS),
    "PLS, Mode B": by_pls(COMPOSITES),
    "PLSc": by_pls(FACTORS, consistent=True),
    "GSCA": by_pls(FACTORS, cm.gsca),
    "SEM, maximum likelihood": by_sem,
}
POPULATIONS = {"common factors": of_factors(), "composites": of_composites()}


def found(population: str, method: str, n: int, samples: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Estimates (samples, 2), which intervals cover (samples, 2), and samples without a solution."""
    root = np.linalg.cholesky(POPULATIONS[population])
    estimates, covered, failed = [], [], 0
    for sample in range(samples):
        rng = np.random.default_rng([SEED, list(POPULATIONS).index(population), n, sample])
        data = pd.DataFrame(rng.standard_normal((n, 9)) @ root.T, columns=ITEMS)
        try:
            rows = METHODS[method](data, n == WITH_INTERVALS)
        except CoprodError:
            failed += 1
            continue
        estimates.append(rows[:, 0])
        if rows.shape[1] == 3:
            covered.append((rows[:, 1] <= TRUTH) & (rows[:, 2] >= TRUTH))
    return np.array(estimates), np.array(covered), failed


def page(samples: int, sizes: tuple[int, ...] = (100, 300, 1000)) -> str:
    """Write the page as Markdown."""
    lines = [
        "# What is biased, and when",
        "",
        f"Made by `python -m benchmarks.composite_bias {samples}`. Nine items in three blocks; the third",
        "depends on the first two by 0.4 and 0.3 (standardised). In one population the blocks are common",
        "factors with loadings .8, .7 and .6; in the other they are composites with weights in the ratio",
        "6 : 4 : 2 of items that correlate .4, and all correlations between blocks run through them. Bias:",
        "mean estimate less the truth. RMSE: root mean squared error. Coverage: share of 95 % intervals that",
        f"hold the truth at n = {WITH_INTERVALS} (percentile bootstrap of {DRAWS} draws; maximum likelihood:",
        f"by its standard errors, at every n). {samples:,} samples a row, each from a stream of its own.",
        "",
        "| truth | estimated by | n | bias 0.4 | bias 0.3 | RMSE 0.4 | RMSE 0.3 | coverage | no solution |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for population in POPULATIONS:
        for method in METHODS:
            for n in sizes:
                estimates, covered, failed = found(population, method, n, samples)
                bias = estimates.mean(axis=0) - TRUTH
                rmse = np.sqrt(((estimates - TRUTH) ** 2).mean(axis=0))
                share = f"{100 * covered.mean():.1f} %" if covered.size else ""
                cells = [f"{value:+.3f}" for value in bias] + [f"{value:.3f}" for value in rmse]
                lines.append(
                    "| " + " | ".join([population, method, f"{n:,}", *cells, share, str(failed)]) + " |"
                )
                sys.stderr.write(lines[-1] + "\n")
    versions = f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    return "\n".join([*lines, "", READING, "", f"Seed {SEED}; {versions}."]) + "\n"


READING = """Read it so: a composite of items that measure a common factor with error is not the factor. Sum
scores, PLS and GSCA then understate its effects, however large the sample; PLSc and maximum likelihood do
not. Where the blocks really are composites, PLS in Mode B is right and PLSc or a factor model is not. Which
of the two a construct is, the theory must say; `fit.fit_test()` tells whether the answers contradict it."""

if __name__ == "__main__":
    PAGE.write_text(page(int(sys.argv[1]) if len(sys.argv) > 1 else 1000), encoding="utf-8")
