"""Structural equation models: ours beside lavaan and semopy, on the same files in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.chain import chain_data, chain_model, five_points, with_gaps
from benchmarks.in_r import Job, beside_r
from benchmarks.limit import limit_note
from benchmarks.timing import Row, Work, median_time
from benchmarks.two_level_coverage import CONDITIONS as TEAMS
from benchmarks.two_level_coverage import MODEL as TWO_LEVELS
from benchmarks.two_level_coverage import draw as draw_teams

NINE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
R_SUMMARY = "fit <- {call}; fitMeasures(fit); parameterEstimates(fit)"


def works() -> Iterator[Work]:
    """All jobs beside lavaan, and nine items beside semopy."""
    jobs = list(_jobs())
    yield Work(f"{jobs[0].name}, beside semopy", lambda: [_beside_semopy(jobs[0])])
    yield from beside_r(replace(job, limit=limit_note if job.ours is _fit else None) for job in jobs)


def _jobs() -> Iterator[Job]:
    from semopy.examples import holzinger39

    nine = holzinger39.get_data()
    nine = nine[[*(f"x{i}" for i in range(1, 10)), "school"]]
    yield Job("ML, 9 items, 3 factors", NINE, nine, _fit, _r("cfa(model, data)"), "under 10 ms", 9)
    small, model = chain_data(12, 1000), chain_model(12)
    yield Job("ML, 48 items, 12 factors, n=1000", model, small, _fit, _r("sem(model, data)"), "60 ms, 8x")
    yield Job(
        "MLR, the same",
        model,
        small,
        _with(estimator="MLR"),
        _r('sem(model, data, estimator="MLR")'),
        "0.3 s, 6x",
        3,
    )
    yield Job(
        "FIML, observed information, 5 % missing", model, with_gaps(small, 0.05), _with(missing="fiml"),
        _r('sem(model, data, missing="ml", test="standard")'), "6 s, 10x", 1,
    )  # fmt: skip
    points = five_points(small)
    yield Job(
        "WLSMV, 48 five-point items, n=1000", model, points, _with(estimator="WLSMV", ordered=list(points)),
        _r('sem(model, data, estimator="WLSMV", ordered=names(data))'), "0.8 s, 4x", 3,
    )  # fmt: skip
    large, long_model = chain_data(45, 1500, seed=3), chain_model(45)
    yield Job(
        "ML, 180 items, 45 factors, n=1500", long_model, large, _fit, _r("sem(model, data)"), "0.6 s, 10x", 3
    )
    yield Job(
        "SAM, the same", long_model, large, _sam, "fit <- sam(model, data); parameterEstimates(fit)",
        "0.5 s, 10x", 3,
    )  # fmt: skip
    yield Job(
        "two-level ML, 3 items, 200 clusters, n=1000", TWO_LEVELS, _teams(), _with(cluster="team"),
        _r('sem(model, data, cluster="team")'), "0.1 s, 10x", 5,
    )  # fmt: skip
    yield Job(
        "two-level MLR, the same", TWO_LEVELS, _teams(), _with(cluster="team", estimator="MLR"),
        _r('sem(model, data, cluster="team", estimator="MLR")'), "0.1 s, 10x", 5,
    )  # fmt: skip
    yield Job(
        "two-level FIML, the same with gaps", TWO_LEVELS, _teams(gaps=True),
        _with(cluster="team", missing="fiml"), _r('sem(model, data, cluster="team", missing="ml")'), "10x", 1,
    )  # fmt: skip
    yield Job(
        "bootstrap, 1,000 replicates, 48 items, 2 processes", model, small, _bootstrap,
        "bootstrapLavaan(fit, R = 50, parallel = 'multicore', ncpus = 2)", "8 s, 6x", 1,
        prepare="fit <- sem(model, data)", scale=20,
    )  # fmt: skip
    yield Job(
        "four-step invariance, 9 items, 2 groups", NINE, nine, _invariance, _R_INVARIANCE, "60 ms, 8x", 5
    )


_R_INVARIANCE = "; ".join(
    f"fit <- cfa(model, data, group='school'{equal}); fitMeasures(fit)"
    for equal in (
        "", ", group.equal='loadings'", ", group.equal=c('loadings','intercepts')",
        ", group.equal=c('loadings','intercepts','residuals')",
    )
)  # fmt: skip


def _teams(*, gaps: bool = False) -> pd.DataFrame:
    return draw_teams(TEAMS[3 if gaps else 0], 1000, np.random.default_rng(1))


def _r(call: str) -> str:
    return R_SUMMARY.format(call=call)


def _sam(model: str, data: pd.DataFrame) -> object:
    import coprod_measure as cm

    fit = cm.sam(model, data)
    return fit.parameters, fit.fit_measures


def _with(**options: Any) -> Callable[[str, pd.DataFrame], object]:
    def work(model: str, data: pd.DataFrame) -> object:
        from coprod_measure.estimation.specification import completion, syntax
        from coprod_measure.fitting.models import sem

        # Text and table of a model that was fitted before are known: each repetition makes them anew.
        syntax._parsed.cache_clear()
        completion._completed.cache_clear()
        fit = sem(model, data, **options)
        return fit.parameters, fit.fit_measures

    return work


_fit = _with()


def _invariance(model: str, data: pd.DataFrame) -> object:
    from coprod_measure.measurement.invariance.groups import invariance

    return invariance(model, data, group="school", effects=False).table()


def _bootstrap(model: str, data: pd.DataFrame) -> object:
    from coprod_measure.fitting.models import sem

    return sem(model, data).bootstrap(draws=1000, seed=1, processes=2)


def _beside_semopy(job: Job) -> Row:
    from semopy import Model, calc_stats

    ours = median_time(lambda: job.ours(job.model, job.data), 15)

    def work() -> object:
        model = Model(job.model)
        model.fit(job.data)
        return model.inspect(), calc_stats(model)

    return Row(f"{job.name}, beside semopy", ours, median_time(work, 5), "semopy", "never slower")
