"""Direct, indirect and total effects as functions of the regression coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.model import Model


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a source to a target.

    Attributes
    ----------
    names : tuple of str
        Variables along the way, both ends included.
    rows : tuple of int
        Rows of the parameter table, one a step.
    """

    names: tuple[str, ...]
    rows: tuple[int, ...]


def find_paths(model: Model, source: str, target: str, group: int) -> list[Path]:
    """Find every directed path that visits no variable twice.

    Parameters
    ----------
    source, target : str
        Variables of the structural part.
    group : int
        From 1.

    Returns
    -------
    list of Path
        The direct one first, then by length.
    """
    steps: dict[str, list[tuple[str, int]]] = {}
    for k, row in enumerate(model.table.rows):
        if row.group == group and row.op in ("~", "<~"):
            steps.setdefault(row.rhs, []).append((row.lhs, k))
    found: list[Path] = []
    stack: list[tuple[tuple[str, ...], tuple[int, ...]]] = [((source,), ())]
    while stack:
        names, rows = stack.pop()
        for name, step in steps.get(names[-1], []):
            if name == target:
                found.append(Path((*names, name), (*rows, step)))
            elif name not in names:
                stack.append(((*names, name), (*rows, step)))
    return sorted(found, key=lambda path: (len(path.rows), path.names))


def effects_at(paths: list[Path], values: Floats) -> Floats:
    """Compute direct, every specific indirect, total indirect and total effect.

    Parameters
    ----------
    values : (n_rows,) float
        Raw or standardised values of the parameter table.

    Returns
    -------
    (len(paths) + 2,) float
        The effect of each path, then total indirect, then total.
    """
    single = np.array([np.prod(values[list(path.rows)]) for path in paths])
    indirect = sum(value for value, path in zip(single, paths, strict=True) if len(path.rows) > 1)
    return np.append(single, (indirect, single.sum()))


def effects_jacobian(paths: list[Path], values: Floats) -> Floats:
    """Differentiate :func:`effects_at` by the rows, shape (len(paths) + 2, n_rows)."""
    single = np.zeros((len(paths), len(values)))
    for k, path in enumerate(paths):
        for at, row in enumerate(path.rows):
            others = [other for place, other in enumerate(path.rows) if place != at]
            single[k, row] += np.prod(values[others])
    longer = np.array([len(path.rows) > 1 for path in paths], dtype=bool)
    return np.vstack([single, single[longer].sum(axis=0), single.sum(axis=0)])


def is_recursive(model: Model, group: int) -> bool:
    """Whether no variable reaches itself (only then the paths add up to the total effect)."""
    beta = np.zeros((len(model.groups[group - 1].latent),) * 2)
    place = model.groups[group - 1].places["beta"]
    beta[place.i, place.j] = 1.0
    power = beta.copy()
    for _ in range(len(beta)):
        if np.trace(power) > 0:
            return False
        power = np.minimum(power @ beta, 1.0)
    return True
