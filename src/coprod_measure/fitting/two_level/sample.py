"""From rows with their clusters to the two-level sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coprod_measure.errors import DataError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.estimation.two_level.clusters import Clusters, CompleteClusters, Layout
from coprod_measure.estimation.two_level.incomplete import IncompleteClusters
from coprod_measure.estimation.two_level.slopes import SlopeClusters
from coprod_measure.fitting.data import Dataset, GroupData

FEWEST = 2


def clusters_of(data: Dataset, table: ParameterTable) -> tuple[Clusters, ...]:
    """Sort the rows of each group into clusters.

    Raises
    ------
    DataError
        If a variable of the second level alone varies within a cluster, one of both levels does not vary
        within any, or no cluster has two rows.
    """
    return tuple(_of_group(group, table) for group in data.groups)


def _of_group(group: GroupData, table: ParameterTable) -> Clusters:
    assert group.clusters is not None
    order = np.argsort(group.clusters, kind="stable")
    _, sizes = np.unique(group.clusters[order], return_counts=True)
    names, within = table.variables.measured, set(table.levels[0].observed)
    inner = np.array([k for k, name in enumerate(names) if name in within], dtype=np.int64)
    outer = np.array([k for k, name in enumerate(names) if name not in within], dtype=np.int64)
    layout = Layout(inner, outer, sizes)
    if layout.sizes.max() < FEWEST:
        cause, cure = "every cluster has one row", "Name the column that several rows share in cluster="
        raise DataError(cause, place=f"clusters{_where(group)}", cure=cure, code="too-few")
    values = group.answers[order]
    spans = _spans(values, layout)
    varying = [names[k] for k in outer if (spans[:, k] > 0).any()]
    if varying:
        cause = "it differs between rows of one cluster, but the model has it at level 2 only"
        cure = "Give it a place at level 1 too, or take its mean over each cluster"
        raise DataError(cause, place=f"variable {varying[0]}{_where(group)}", cure=cure, code="varies-within")
    still = [names[k] for k in inner if not (spans[:, k] > 0).any()]
    if still:
        cause = "it is the same for all rows of each cluster, but the model has it at level 1"
        raise DataError(
            cause,
            place=f"variable {still[0]}{_where(group)}",
            cure="Move it to level 2",
            code="constant-within",
        )
    return IncompleteClusters(layout, values) if np.isnan(values).any() else CompleteClusters(layout, values)


def with_random_slopes(clusters: tuple[Clusters, ...], table: ParameterTable) -> tuple[Clusters, ...]:
    """Let the same rows have slopes that differ between clusters, where the model has some."""
    paths = table.levels[0].slopes
    if not paths:
        return clusters
    names = table.variables.observed
    first = len(table.variables.measured)
    covariate = np.array([names.index(path.predictor) for path in paths])
    of_slope = np.array([names.index(path.name) - first for path in paths])
    return tuple(SlopeClusters(own.layout, own.values, covariate, of_slope) for own in clusters)


def _where(group: GroupData) -> str:
    return f" in group {group.label}" if group.label else ""


def without_empty_rows(data: Dataset, within: tuple[str, ...]) -> Dataset:
    """Leave out rows that say nothing of the first level, as lavaan does."""
    columns = [data.names.index(name) for name in within]
    groups, lost = [], 0
    for group in data.groups:
        kept = ~np.isnan(group.answers[:, columns]).all(axis=1)
        lost += int((~kept).sum())
        assert group.clusters is not None and group.index is not None
        answers, clusters, index = group.answers[kept], group.clusters[kept], group.index[kept]
        groups.append(replace(group, answers=answers, n=int(kept.sum()), clusters=clusters, index=index))
    if not lost:
        return data
    said = (
        f"{counted(lost, 'row was left out because it has', 'rows were left out because they have')} "
        "no answers of level 1"
    )
    return replace(data, groups=tuple(groups), messages=(*data.messages, said))


def _spans(values: Floats, layout: Layout) -> Floats:
    """Largest less smallest answer within each cluster, shape (J, r)."""
    low, high = np.where(np.isnan(values), np.inf, values), np.where(np.isnan(values), -np.inf, values)
    lowest = np.minimum.reduceat(low, layout.starts, axis=0)
    return np.asarray(np.maximum.reduceat(high, layout.starts, axis=0) - lowest)
