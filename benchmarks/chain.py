"""Chain models: factors in five stages, each later factor regressed on up to three earlier ones."""

from __future__ import annotations

import numpy as np
import pandas as pd


def chain_model(n_factors: int, items: int = 4) -> str:
    """Write the model in lavaan syntax."""
    lines = [
        f"f{k} =~ " + " + ".join(f"x{k}_{i}" for i in range(1, items + 1)) for k in range(1, n_factors + 1)
    ]
    stage = max(n_factors // 5, 1)
    for k in range(stage + 1, n_factors + 1):
        first = ((k - 1) // stage - 1) * stage + 1
        causes = [f"f{j}" for j in range(first, min(first + 3, k))]
        lines.append(f"f{k} ~ " + " + ".join(causes))
    return "\n".join(lines)


def chain_data(n_factors: int, n: int, items: int = 4, seed: int = 1) -> pd.DataFrame:
    """Draw continuous answers that the model describes."""
    rng = np.random.default_rng(seed)
    scores = np.zeros((n, n_factors))
    stage = max(n_factors // 5, 1)
    general = rng.standard_normal(n)
    for k in range(n_factors):
        if k < stage:
            scores[:, k] = 0.5 * general + np.sqrt(0.75) * rng.standard_normal(n)
            continue
        first = (k // stage - 1) * stage
        causes = range(first, min(first + 3, k))
        scores[:, k] = 0.3 * scores[:, list(causes)].sum(axis=1) + 0.8 * rng.standard_normal(n)
    columns = {
        f"x{k + 1}_{i + 1}": 0.75 * scores[:, k] + 0.66 * rng.standard_normal(n)
        for k in range(n_factors)
        for i in range(items)
    }
    return pd.DataFrame(columns)


def with_gaps(data: pd.DataFrame, share: float, seed: int = 2) -> pd.DataFrame:
    """Delete answers completely at random."""
    gaps = np.random.default_rng(seed).random(data.shape) < share
    return data.mask(gaps)


def five_points(data: pd.DataFrame) -> pd.DataFrame:
    """Cut continuous answers into five ordered categories."""
    standard = (data - data.mean()) / data.std()
    cuts = [-1.2, -0.4, 0.4, 1.2]
    return pd.DataFrame({name: np.digitize(standard[name], cuts) + 1 for name in data})
