"""How fast a machine could be: the arithmetic of a fit by ML at the speed of its matrix products."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.timing import median_time

SIZE = 600


def limit_note(model: str, data: pd.DataFrame, ours: float) -> str:
    """Say how long the arithmetic takes at least, and how many times that we take."""
    from coprod_measure.fitting.models import sem

    fit = sem(model, data)
    steps = fit.solution.minimum.n_iterations
    flops, speed = steps * flops_of_step(fit.solution.model), products_per_second()
    least = flops / speed
    return (
        f"limit {1000 * least:.2g} ms ({steps} steps, {flops / 1e6:.3g} MFLOP at {speed / 1e9:.0f} GFLOP/s): "
        f"{ours / least:.1f}x"
    )


def flops_of_step(model: object) -> float:
    """Count what one step of scoring multiplies and adds.

    Four products: Sigma = L V L' + T (p x m, m x m), S^-1 (C - S) S^-1 (p x p, twice), and B'G B and B'S^-1 B
    of the derivatives' basis B (p x b); and what goes with them, the inverse of Sigma and the solution of q
    equations by Cholesky's factors.
    """
    from coprod_measure.estimation.model.model import Model

    assert isinstance(model, Model)
    q, total = model.n_free, 0.0
    for group in model.groups:
        p, m = len(group.observed), len(group.latent)
        b = p + 2 * m
        total += 2.0 * (p * m * m + p * p * m) + 4.0 * p**3 + 4.0 * (p * p * b + p * b * b) + p**3
    return total + q**3 / 3.0


def products_per_second() -> float:
    """Floating-point operations of a product of large matrices, in this process and with its threads."""
    a = np.random.default_rng(1).standard_normal((SIZE, SIZE))
    from coprod_measure.fitting.threads import one_thread

    with one_thread():
        return 2.0 * SIZE**3 / median_time(lambda: a @ a, 15)
