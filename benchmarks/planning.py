"""Power by drawing: ours beside simsem with lavaan, the same population and model in the same run."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from benchmarks.in_r import Job, beside_r
from benchmarks.timing import Work
from coprod_measure.planning.power import power

DRAWS = 500
POPULATION = "f1 =~ .7*y1 + .7*y2 + .7*y3\nf2 =~ .7*y4 + .7*y5 + .7*y6\nf2 ~ .3*f1"
MODEL = "f1 =~ y1 + y2 + y3\nf2 =~ y4 + y5 + y6\nf2 ~ b*f1"
# simsem takes the population with every variance written out.
_VARIANCES = ["f1 ~~ 1*f1", "f2 ~~ .91*f2", *(f"y{k} ~~ .51*y{k}" for k in range(1, 7))]


def works() -> Iterator[Work]:
    """All jobs; a package that is not installed is named in its row."""
    population = "; ".join([POPULATION.replace("\n", "; "), *_VARIANCES])
    yield from beside_r(
        [
            Job(
                f"power by drawing, 6 items, {DRAWS} draws, n=200", MODEL, pd.DataFrame({"none": [0]}), _ours,
                f"sim({DRAWS // 10}, model = model, n = 200, generate = population, lavaanfun = 'sem', "
                "seed = 123, silent = TRUE)",
                "30x", 1, "simsem", scale=10,
                prepare=f"suppressMessages(library(simsem)); population <- '{population}'",
            ),
        ]
    )  # fmt: skip


def _ours(model: str, _: pd.DataFrame) -> object:
    return power(population=POPULATION, model=model, claims=["b"], n=[200], draws=DRAWS, seed=3)
