"""Reliability, validity and fit of composites and the factors they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.composites.estimates import Estimates
from coprod_measure.composites.model import Design
from coprod_measure.estimation.arrays import Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """Distance of the items' correlations from those of the model, (B,) each.

    Attributes
    ----------
    srmr, d_uls, d_g : (B,) float
        Root mean square residual; half the sum of squared residuals; geodesic distance (Dijkstra & Henseler
        2015, eqs. 21 to 23).
    """

    srmr: Floats
    d_uls: Floats
    d_g: Floats


def alpha(r: Floats) -> float:
    """Cronbach's alpha of standardised items with correlations ``r``, (k, k)."""
    k = len(r)
    return float(k / (k - 1) * (1.0 - k / r.sum()))


def composite_reliability(loadings: Floats) -> float:
    """Reliability of the sum of items with these loadings (Joereskog's rho), (k,)."""
    common = loadings.sum() ** 2
    return float(common / (common + (1.0 - loadings**2).sum()))


def vif(c: Floats) -> Floats:
    """Variance inflation of each of k variables with correlations ``c``: diagonal of the inverse."""
    try:
        inverse = np.linalg.inv(c)
    except np.linalg.LinAlgError:
        return np.full(len(c), np.inf)
    singular = np.abs(inverse).max(initial=0.0) > 1e12
    return np.full(len(c), np.inf) if singular else np.diag(inverse)


def htmt(r: Floats, design: Design, geometric: bool = False) -> Floats:
    """Heterotrait-monotrait ratios, (B, J, J).

    Means of absolute correlations (Henseler, Ringle & Sarstedt 2015; Ringle et al. 2023), or geometric means
    (HTMT2; Roemer, Schuberth & Henseler 2021), which do not ask for equal loadings. NaN where one of
    the two is no Mode A construct: it claims no common factor. A single item counts as perfectly reliable.
    """
    size = len(design.names)
    found = np.full((len(r), size, size), np.nan)
    absolute = np.abs(r)

    def mean(values: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            taken: Floats = np.exp(np.log(values).mean(axis=1)) if geometric else values.mean(axis=1)
        return taken

    within = {}
    for j, block in enumerate(design.blocks):
        if design.modes[j] == "a":
            a, b = np.triu_indices(len(block), 1)
            rows = np.array(block)
            within[j] = mean(absolute[:, rows[a], rows[b]]) if len(block) > 1 else np.ones(len(r))
    for i in within:
        for j in within:
            if i < j:
                cross = absolute[:, list(design.blocks[i])][:, :, list(design.blocks[j])]
                ratio = mean(cross.reshape(len(r), -1)) / np.sqrt(within[i] * within[j])
                found[:, i, j] = found[:, j, i] = ratio
    return found


def implied_constructs(c: Floats, paths: Floats, design: Design) -> Floats:
    """Correlations of the constructs that the paths imply, (B, J, J); exogenous ones are as observed."""
    implied = c.copy()
    caused = set(design.outcomes)
    for j in range(len(design.names)):
        if j not in caused:
            continue
        before = list(range(j))
        causes = design.causes(j)
        implied[:, before, j] = np.einsum("bk,bki->bi", paths[:, causes, j], implied[:, causes][:, :, before])
        implied[:, j, before] = implied[:, before, j]
    for j in range(len(design.names)):
        if j in caused:
            # A cause that comes later in the list and has no causes itself.
            later = [k for k in range(j + 1, len(design.names)) if k not in caused]
            if later:
                causes = design.causes(j)
                value = np.einsum("bk,bki->bi", paths[:, causes, j], implied[:, causes][:, :, later])
                implied[:, later, j] = implied[:, j, later] = value
    return implied


def implied_items(e: Estimates, design: Design, consistent: bool, saturated: bool) -> Floats:
    """Correlations of the items that the model implies, (B, p, p).

    Items of a composite correlate as observed; those of a common factor through it alone, when estimates are
    consistent. Between blocks everything goes through the constructs.
    """
    c = e.c if saturated else implied_constructs(e.c, e.paths, design)
    sigma: Floats = e.loadings @ c @ np.swapaxes(e.loadings, 1, 2)
    for j, block in enumerate(design.blocks):
        rows = np.array(block)
        if not (consistent and design.common[j] and design.modes[j] == "a"):
            sigma[:, rows[:, None], rows] = e.r[:, rows[:, None], rows]
    diagonal = np.arange(sigma.shape[1])
    sigma[:, diagonal, diagonal] = 1.0
    return sigma


def fit_of(r: Floats, sigma: Floats) -> Fit:
    """Distances of correlations from implied correlations, (B, p, p) both."""
    p = r.shape[1]
    squares = ((r - sigma) ** 2).sum(axis=(1, 2))
    sound = np.asarray(np.isfinite(r).all(axis=(1, 2)) & np.isfinite(sigma).all(axis=(1, 2)))
    values = np.linalg.eigvalsh(np.where(sound[:, None, None], r, np.eye(p)))
    sound &= values[:, 0] * 1e12 > values[:, -1]
    s, implied = (np.where(sound[:, None, None], matrix, np.eye(p)) for matrix in (r, sigma))
    inverse = np.linalg.inv(np.linalg.cholesky(s))
    roots = np.linalg.eigvalsh(inverse @ implied @ np.swapaxes(inverse, 1, 2))
    sound &= (roots > 0.0).all(axis=1)
    d_g = 0.5 * (np.log(np.where(sound[:, None], roots, 1.0)) ** 2).sum(axis=1)
    return Fit(np.sqrt(squares / (p * (p + 1))), 0.5 * squares, np.where(sound, d_g, np.nan))


def distances(e: Estimates, design: Design, consistent: bool, saturated: bool) -> Fit:
    """Distances of each sample from its own model.

    Of a higher construct its parts' scores stand for their items, as in the second stage.
    """
    # Items whose scores alone stand in the second stage are no part of it.
    columns = sorted(column for block in design.blocks for column in block)
    rows = np.ix_(range(len(e.r)), columns, columns)
    return fit_of(e.r[rows], implied_items(e, design, consistent, saturated)[rows])
