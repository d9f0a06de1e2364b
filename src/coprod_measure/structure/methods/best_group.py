"""Which category is best: predicted effects of groups, and how sure their order is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csc_matrix, diags, hstack
from scipy.sparse.linalg import splu
from scipy.stats import norm

from coprod_measure.errors import DataError
from coprod_measure.frames import complete, takes_frame
from coprod_measure.structure.methods.mixed_model import MixedModel, mixed_model


@takes_frame
def best_group(
    data: pd.DataFrame,
    outcome: str,
    groups: Sequence[str],
    factor: str,
    *,
    predictors: Sequence[str] = (),
    draws: int = 4000,
    seed: int = 1,
    confidence: float = 0.95,
) -> tuple[pd.DataFrame, MixedModel]:
    """Predict the effect of every group, and how often each would be the best.

    Parameters
    ----------
    data : pandas.DataFrame
        One row an answer.
    groups : sequence of str
        Random intercepts, crossed.
    factor : str
        The one of them whose groups are compared.
    predictors : sequence of str
        Held constant.

    Returns
    -------
    pandas.DataFrame, MixedModel
        One row a group, best first: ``group n mean effect sd ci_lower ci_upper best``. ``effect`` is the
        difference from the mean of all groups, drawn towards it as far as the group is little known; ``best``
        the probability that no other is higher.

    Notes
    -----
    Means and covariances of the random effects given the answers and the estimated variances (Henderson 1975,
    *Biometrics* 31, 423-447).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> person, kind = np.repeat(np.arange(60), 4), np.tile(np.arange(4), 60)
    >>> y = np.array([0, 0, 0.2, 1.0])[kind] + rng.normal(size=60)[person] + rng.normal(size=240)
    >>> frame = pd.DataFrame({"person": person, "kind": kind, "y": y})
    >>> table, _ = best_group(frame, "y", ["person", "kind"], "kind")
    >>> int(table["group"].iloc[0]), round(float(table["best"].iloc[0]), 2)
    (3, 1.0)
    """
    if factor not in groups:
        raise DataError(f"{factor} is not among the groups", place="best group", cure="Name it there as well")
    parts = [part for name in predictors for part in name.split(":")]
    rows = complete(data, [outcome, *parts, *groups], [outcome, *parts])
    model = mixed_model(rows, outcome, predictors, groups)
    if factor in model.singular:
        cause = f"the values of {factor} do not differ in {outcome} beyond chance"
        raise DataError(cause, place="best group", cure="There is no best one to name")
    X = np.column_stack(
        [np.ones(len(rows)), *(rows[name.split(":")].to_numpy(float).prod(axis=1) for name in predictors)]
    )
    used = [g for g in groups if g not in model.singular]
    sigma2 = model.residual
    blocks: list[csc_matrix] = []
    priors: list[np.ndarray] = []
    place, names = slice(0), np.array([])
    for g in used:
        code, values = pd.factorize(rows[g], sort=True)
        start = sum(len(one) for one in priors)
        if g == factor:
            place, names = slice(start, start + len(values)), np.asarray(values)
        blocks.append(csc_matrix((np.ones(len(rows)), (np.arange(len(rows)), code))))
        priors.append(np.full(len(values), 1 / model.random[g].covariance[0, 0]))
    Z = hstack(blocks, format="csc")
    solve = splu(csc_matrix(Z.T @ Z / sigma2 + diags(np.concatenate(priors)))).solve
    effects = solve(Z.T @ (rows[outcome].to_numpy(float) - X @ model.coef) / sigma2)[place]
    cov = solve(np.eye(Z.shape[1])[:, place])[place]
    drawn = np.random.default_rng(seed).multivariate_normal(effects, cov, size=draws)
    best = np.bincount(drawn.argmax(axis=1), minlength=len(names)) / draws
    sd, half = np.sqrt(np.diag(cov)), float(norm.ppf(0.5 + confidence / 2))
    own = rows.groupby(factor)[outcome].agg(["size", "mean"]).loc[names]
    table = pd.DataFrame(
        {
            "group": names, "n": own["size"].to_numpy(), "mean": own["mean"].to_numpy(), "effect": effects,
            "sd": sd, "ci_lower": effects - half * sd, "ci_upper": effects + half * sd, "best": best,
        }
    )  # fmt: skip
    return table.sort_values("effect", ascending=False, kind="stable", ignore_index=True), model
