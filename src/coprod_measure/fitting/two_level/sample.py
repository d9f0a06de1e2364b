"""From rows with their clusters to the two-level sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coprod_measure.errors import DataError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.estimation.two_level.clusters import Clusters, CompleteClusters, Layout
from coprod_measure.estimation.two_level.incomplete import IncompleteClusters
from coprod_measure.fitting.data import Dataset

FEWEST = 2


def clusters_of(data: Dataset, table: ParameterTable) -> Clusters:
    """Sort rows into clusters.

    Raises
    ------
    DataError
        If a variable of the second level alone varies within a cluster, one of both levels does not vary
        within any, or no cluster has two rows.
    """
    (group,) = data.groups
    assert group.clusters is not None
    order = np.argsort(group.clusters, kind="stable")
    _, sizes = np.unique(group.clusters[order], return_counts=True)
    names, within = table.variables.observed, set(table.levels[0].observed)
    inner = np.array([k for k, name in enumerate(names) if name in within], dtype=np.int64)
    outer = np.array([k for k, name in enumerate(names) if name not in within], dtype=np.int64)
    layout = Layout(inner, outer, sizes)
    if layout.sizes.max() < FEWEST:
        cause, cure = "every cluster has one row", "Name the column that several rows share in cluster="
        raise DataError(cause, place="clusters", cure=cure, code="too-few")
    values = group.answers[order]
    spans = _spans(values, layout)
    varying = [names[k] for k in outer if (spans[:, k] > 0).any()]
    if varying:
        cause = "it differs between rows of one cluster, but the model has it at level 2 only"
        cure = "Give it a place at level 1 too, or take its mean over each cluster"
        raise DataError(cause, place=f"variable {varying[0]}", cure=cure, code="varies-within")
    still = [names[k] for k in inner if not (spans[:, k] > 0).any()]
    if still:
        cause = "it is the same for all rows of each cluster, but the model has it at level 1"
        raise DataError(
            cause, place=f"variable {still[0]}", cure="Move it to level 2", code="constant-within"
        )
    return IncompleteClusters(layout, values) if np.isnan(values).any() else CompleteClusters(layout, values)


def without_empty_rows(data: Dataset, within: tuple[str, ...]) -> Dataset:
    """Leave out rows that say nothing of the first level, as lavaan does."""
    (group,) = data.groups
    columns = [data.names.index(name) for name in within]
    kept = ~np.isnan(group.answers[:, columns]).all(axis=1)
    lost = int((~kept).sum())
    if not lost:
        return data
    assert group.clusters is not None and group.index is not None
    found = replace(
        group,
        answers=group.answers[kept],
        n=int(kept.sum()),
        clusters=group.clusters[kept],
        index=group.index[kept],
    )
    said = f"{lost} rows were left out because they have no answers of level 1"
    return replace(data, groups=(found,), messages=(*data.messages, said))


def _spans(values: Floats, layout: Layout) -> Floats:
    """Largest less smallest answer within each cluster, shape (J, r)."""
    low, high = np.where(np.isnan(values), np.inf, values), np.where(np.isnan(values), -np.inf, values)
    lowest = np.minimum.reduceat(low, layout.starts, axis=0)
    return np.asarray(np.maximum.reduceat(high, layout.starts, axis=0) - lowest)
