"""PLS path models: ours beside the R package seminr."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import coprod_measure as cm
from benchmarks.in_r import Job, beside_r
from benchmarks.timing import Work

# A model of the size of the textbook's on corporate reputation: eight constructs, 31 items, 344 people.
FORMATIVE = {"qual": 8, "perf": 5, "csor": 5, "attr": 3}
REFLECTIVE = {"comp": 3, "like": 3, "cusl": 3}
PATHS = {
    "comp": [*FORMATIVE],
    "like": [*FORMATIVE],
    "cusa": ["comp", "like"],
    "cusl": ["comp", "like", "cusa"],
}


def works() -> Iterator[Work]:
    """All jobs; a package that is not installed is named in its row."""
    yield from beside_r(_jobs())


def _jobs() -> Iterator[Job]:
    data, model, prepare = _answers(), _model(), _in_seminr()
    yield Job(
        "PLS path model, 8 constructs, 31 items, n=344", model, data,
        lambda text, frame: cm.pls(text, frame, tolerance=1e-7),
        "estimate_pls(data, blocks, inner)", "20x", 25, "seminr", prepare=prepare,
    )  # fmt: skip
    yield Job(
        "the same with tables of paths, VIF, f2, reliability, HTMT", model, data, _with_tables,
        "summary(estimate_pls(data, blocks, inner))", "20x", 25, "seminr", prepare=prepare,
    )  # fmt: skip
    yield Job(
        "the same, bootstrap of 10,000 draws", model, data,
        lambda text, frame: cm.pls(text, frame).bootstrap(10_000).table(),
        "bootstrap_model(fit, nboot = 200, cores = 2)", "10 s, 20x", 1, "seminr",
        prepare=prepare + "; fit <- estimate_pls(data, blocks, inner)", scale=50,
    )  # fmt: skip


def _with_tables(model: str, data: pd.DataFrame) -> list[pd.DataFrame]:
    fit = cm.pls(model, data, tolerance=1e-7)
    return [fit.paths(), fit.items(), fit.r2(), fit.reliability(), fit.htmt(), fit.cross_loadings()]


def _answers() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    scores = {name: rng.normal(size=344) for name in FORMATIVE}
    for name, causes in PATHS.items():
        scores[name] = sum(0.3 * scores[cause] for cause in causes) + rng.normal(size=344)
    items = {"cusa": scores["cusa"]}
    for name, k in (FORMATIVE | REFLECTIVE).items():
        items |= {f"{name}_{i}": 0.7 * scores[name] + rng.normal(size=344) for i in range(1, k + 1)}
    return pd.DataFrame(items)


def _model() -> str:
    blocks = [
        f"{name} {'<~' if name in FORMATIVE else '=~'} " + " + ".join(f"{name}_{i}" for i in range(1, k + 1))
        for name, k in (FORMATIVE | REFLECTIVE).items()
    ]
    return "\n".join([*blocks, *(f"{name} ~ {' + '.join(causes)}" for name, causes in PATHS.items())])


def _in_seminr() -> str:
    def block(name: str, k: int) -> str:
        mode = "mode_B" if name in FORMATIVE else "mode_A"
        return f"composite('{name}', multi_items('{name}_', 1:{k}), weights = {mode})"

    blocks = [
        *(block(name, k) for name, k in (FORMATIVE | REFLECTIVE).items()),
        "composite('cusa', single_item('cusa'))",
    ]
    inner = [f"paths(c({', '.join(map(repr, causes))}), '{name}')" for name, causes in PATHS.items()]
    return (
        f"suppressMessages(library(seminr)); blocks <- constructs({', '.join(blocks)}); "
        f"inner <- relationships({', '.join(inner)})"
    )
