"""Kinds of hypothesis test: ours beside lavaan and the R packages dominanceanalysis, NCA and RSA."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import coprod_measure as cm
from benchmarks.in_r import Job, beside_r
from benchmarks.timing import Work

PREDICTORS = [f"x{k}" for k in range(10)]


def works() -> Iterator[Work]:
    """All jobs; a package that is not installed is named in its row."""
    yield from beside_r(_jobs())


def _jobs() -> Iterator[Job]:
    rng = np.random.default_rng(3)
    shared = rng.normal(size=(500, 1))
    x = 0.6 * shared + 0.8 * rng.normal(size=(500, 10))
    ten = pd.DataFrame(x, columns=PREDICTORS).assign(y=x @ np.full(10, 0.15) + rng.normal(size=500))
    yield Job(
        "dominance, 10 predictors, 1,000 draws, n=500", "", ten, _dominance,
        "bootAverageDominanceAnalysis(fit, R = 10)", "2 s, 50x", 1, "dominanceanalysis",
        prepare="library(dominanceanalysis); people <- data; fit <- lm(y ~ ., people)", scale=100,
    )  # fmt: skip
    trust = rng.uniform(size=1000)
    willing = np.minimum(0.25 + trust, 1) * rng.uniform(size=1000)
    corner = pd.DataFrame({"trust": trust, "willing": willing})
    yield Job(
        "NCA, 2 ceilings, 10,000 permutations, n=1000", "", corner, _necessity,
        "nca_analysis(data, 'trust', 'willing', ceilings = c('ce_fdh', 'cr_fdh'), test.rep = 50)",
        "2 s, 20x", 1, "NCA", scale=200,
        prepare="Sys.setenv(NCA_PARALLEL_START = '0', NCA_SKIP_PURITY = 'TRUE'); library(NCA)",
    )  # fmt: skip
    product = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z + X:Z"
    yield Job(
        "latent interaction by SAM, 9 items, n=500", product, _interaction(rng), _sam,
        "summary(sam(model, data, sam.method = 'local', se = 'local'))", "10x", 5, "lavaan",
    )  # fmt: skip
    gap = pd.DataFrame(rng.normal(size=(800, 2)), columns=["x", "y"])
    gap["z"] = -0.2 * (gap["x"] - gap["y"]) ** 2 + 0.3 * gap["y"] + rng.normal(size=800)
    yield Job(
        "response surface, 16 models, n=800", "", gap, _surface,
        "RSA(z ~ x * y, data, models = kinds, out.rm = FALSE, verbose = FALSE)", "0.5 s, 10x", 3, "RSA",
        prepare="suppressMessages(library(RSA)); kinds <- c('null', 'additive', 'diff', 'mean', 'IA', 'SQD', "
        "'SSQD', 'RR', 'SRR', 'onlyx', 'onlyy', 'onlyx2', 'onlyy2', 'SRRR', 'SRSQD', 'full')",
    )  # fmt: skip


def _interaction(rng: np.random.Generator) -> pd.DataFrame:
    x, z = rng.normal(size=(2, 500))
    y = 0.4 * x + 0.3 * z + 0.2 * x * z + 0.8 * rng.normal(size=500)
    items = {
        f"{name}{k}": factor + 0.6 * rng.normal(size=500)
        for name, factor in (("x", x), ("z", z), ("y", y))
        for k in (1, 2, 3)
    }
    return pd.DataFrame(items)


def _sam(model: str, data: pd.DataFrame) -> object:
    return cm.sam(model, data).parameters


def _dominance(_: str, data: pd.DataFrame) -> object:
    return cm.dominance(data, "y", PREDICTORS).table()


def _necessity(_: str, data: pd.DataFrame) -> object:
    return cm.necessity(data, "willing", ["trust"]).table()


def _surface(_: str, data: pd.DataFrame) -> object:
    found = cm.response_surface(data, "z", "x", "y", bootstrap=0)
    return found.table(), found.models(), found.nested()
