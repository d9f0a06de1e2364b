"""Waves, kinds of people and levels: ours beside lavaan, poLCA and lme4, where R has them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.in_r import Job, beside_r
from benchmarks.panel_recovery import EFFECTS, TRAITS, people
from benchmarks.timing import Work
from coprod_measure.structure.methods.panel_text import cross_lagged_text

ITEMS = [f"i{k}" for k in range(1, 9)]


def works() -> Iterator[Work]:
    """One row a method."""
    yield from beside_r(_jobs())


def _jobs() -> Iterator[Job]:
    rng = np.random.default_rng(1)
    yield Job(
        "RI-CLPM, 3 waves, n=500, FIML, 20 % leaving a wave",
        cross_lagged_text(("x", "y"), 3, stable=True, equal=True), people(rng, EFFECTS, 0.2, TRAITS), _panel,
        "fit <- lavaan(model, data, missing='ml'); fitMeasures(fit); parameterEstimates(fit)", "10x",
    )  # fmt: skip
    p = np.array([[0.1, 0.15, 0.1, 0.2, 0.6, 0.7, 0.5, 0.3], [0.2, 0.3, 0.75, 0.85, 0.8, 0.8, 0.6, 0.4]])
    answers = (rng.random((900, 8)) < p[rng.integers(0, 2, 900)]) * 1 + 1
    yield Job(
        "latent classes, 8 items, n=900, 3 classes, 20 starts", "", pd.DataFrame(answers, columns=ITEMS),
        _classes,
        f"poLCA(cbind({', '.join(ITEMS)}) ~ 1, data, nclass = 3, nrep = 20, maxiter = 5000, verbose = FALSE)",
        "never slower", 3, peer="poLCA", prepare="suppressMessages(library(poLCA))",
    )  # fmt: skip
    n = 2400
    rows = pd.DataFrame({"person": rng.integers(0, 800, n), "kind": rng.integers(0, 12, n)})
    rows["x"] = rng.normal(size=n)
    between = rng.normal(size=800)[rows["person"]] + rng.normal(size=12)[rows["kind"]]
    rows["y"] = 0.3 * rows["x"] + between + rng.normal(size=n)
    yield Job(
        "crossed random effects, 2,400 rows, 800 people, 12 kinds", "", rows, _crossed,
        "summary(lmer(y ~ x + (1 | person) + (1 | kind), data))", "under 5 s", 3, peer="lmerTest",
        prepare="suppressMessages(library(lmerTest))",
    )  # fmt: skip


def _panel(model: str, data: pd.DataFrame) -> object:
    from coprod_measure.fitting.models import lavaan

    fit = lavaan(model, data, missing="fiml", mean_structure=True)
    return fit.parameters, fit.fit_measures


def _classes(_: str, data: pd.DataFrame) -> object:
    from coprod_measure.structure.methods.classes import classes

    return classes(data, ITEMS, n_classes=[3], starts=20).table()


def _crossed(_: str, data: pd.DataFrame) -> object:
    from coprod_measure.structure.methods.mixed_model import mixed_model

    return mixed_model(data, "y", ["x"], ["person", "kind"]).table()
