"""Scores of both levels in tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.errors import ModelError
from coprod_measure.estimation.discrepancies.random_slopes import path_outcomes
from coprod_measure.estimation.discrepancies.two_level import TwoLevel, pairs_of
from coprod_measure.estimation.two_level.scores import cluster_scores, row_scores
from coprod_measure.fitting.fitted import Fitted


def level_scores(fit: Fitted, level: int) -> pd.DataFrame:
    """Gather the scores of a level; see :meth:`.fit.TwoLevelFit.factor_scores`."""
    model, found = fit.solution.model, []
    table, discrepancy = model.table, fit.solution.discrepancy
    kept = [*table.levels[level - 1].latent, *(table.slopes if level == 2 else ())]
    if not kept:
        cure = f"Use level={3 - level}, or write latent variables there"
        raise ModelError(f"level {level} has no latent variable", place="factor_scores", cure=cure)
    assert isinstance(discrepancy, TwoLevel)
    rows = discrepancy.rows(model, fit.implied)
    for number, (group, own, pair) in enumerate(
        zip(fit.request.data.groups, rows, pairs_of(fit.implied), strict=True)
    ):
        assert group.clusters is not None and group.index is not None
        n_latent = len(table.variables.latent)
        if level == 1:
            reach = pair[0].a[:n_latent][:, path_outcomes(model, number)]
            values = row_scores(own, pair, n_latent, reach)
            order = np.argsort(group.clusters, kind="stable")
            sorted_back = np.argsort(order)
            found.append(pd.DataFrame(values[sorted_back], group.index, table.variables.latent))
        else:
            values, slopes = cluster_scores(own, pair, n_latent)
            names = [fit.request.data.cluster_names[k] for k in np.unique(group.clusters)]
            columns = [*table.variables.latent, *table.slopes]
            found.append(
                pd.DataFrame(np.hstack([values, slopes]), pd.Index(names, name=fit.options.cluster), columns)
            )
    return pd.concat(found)[kept]
