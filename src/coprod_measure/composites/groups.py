"""Two groups: are the composites the same (MICOM), and do the paths differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import options_of, spelled, whole_number
from coprod_measure.composites.estimates import Estimates, estimate
from coprod_measure.composites.model import Design, Plan, plan_of
from coprod_measure.composites.pls import PlsKeywords, PlsOptions, pls
from coprod_measure.composites.result import Pls
from coprod_measure.errors import DataError, ModelError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.frames import nearest_column, takes_frame
from coprod_measure.notebook import Shown

REFUSED = ("interactions", "missing", "ordered")
COLUMNS = ("construct", "c", "c_05", "c_p", "mean_difference", "mean_p", "log_variance_ratio", "variance_p")


@dataclass(frozen=True, slots=True, repr=False)
class Micom(Shown):
    """Two groups against random groups of the same sizes.

    Attributes
    ----------
    groups : (str, str)
        Differences are the first less the second.
    composites : tuple of str
        The C composites of items that are compared: products and higher constructs are made of their scores.
    c, means, log_variances : (B + 1, C) float
        Correlation of the composites of both groups' weights; difference of means; log of the variance ratio.
        The groups themselves come first, random ones after them.
    paths : (B + 1, J, J) float
        Differences of the paths.
    first, second : (J, J) float
        Paths of each group.
    unusable : int
        Random groups without admissible solution, left out.
    """

    groups: tuple[str, str]
    design: Design
    composites: tuple[str, ...]
    c: Floats
    means: Floats
    log_variances: Floats
    paths: Floats
    first: Floats
    second: Floats
    unusable: int
    seed: int

    def table(self) -> pd.DataFrame:
        """Give steps 2 and 3 of MICOM; columns :data:`COLUMNS`.

        ``c`` below ``c_05`` says that the composites are not the same; equal means and variances on top of it
        allow the groups to be pooled.
        """
        rows = []
        for j, name in enumerate(self.composites):
            c, chance = self.c[0, j], self.c[1:, j]
            # A composite of one item is the same in all groups but for rounding.
            lower = (1 + (chance <= c + 1e-12).sum()) / (1 + len(chance))
            mean_p, variance_p = _two_sided(self.means[:, j]), _two_sided(self.log_variances[:, j])
            rows.append(
                (name, c, np.quantile(chance, 0.05), lower, self.means[0, j], mean_p,
                 self.log_variances[0, j], variance_p)
            )  # fmt: skip
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def differences(self) -> pd.DataFrame:
        """Paths of both groups and the permutation test (Chin & Dibbern 2010) of their difference."""
        rows = [
            (self.design.names[i], self.design.names[j], self.first[i, j], self.second[i, j],
             self.paths[0, i, j], _two_sided(self.paths[:, i, j]))
            for i, j in zip(*np.nonzero(self.design.acts), strict=True)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["from", "to", *self.groups, "difference", "pvalue"])


def _two_sided(values: Floats) -> float:
    """Share of random values at least as far from 0 as the first, itself counted."""
    return float((np.abs(values) >= np.abs(values[0]) - 1e-12).mean())


@spelled(PlsKeywords, PlsOptions)
@on_one_thread
@takes_frame
def micom(
    model: str,
    data: pd.DataFrame,
    group: str,
    between: tuple[object, object] | None = None,
    draws: int = 1000,
    seed: int = 1,
    **options: Unpack[PlsKeywords],
) -> Micom:
    r"""Compare the composites and paths of two groups by permutation (Henseler, Ringle & Sarstedt 2016).

    Parameters
    ----------
    model, options
        See :func:`coprod_measure.composites.pls.pls`, but :data:`REFUSED`. The same model and treatment in
        both groups is step 1.
        Composites are compared as they are, paths disattenuated if ``consistent``. Of a model with products
        or higher constructs the composites of its first stage are compared, and the paths of its last.
    data : pandas.DataFrame
        Rows with a missing answer are left out.
    group : str
        Column with two values.
    between : tuple, optional
        Two of its values, where it has more.
    draws, seed : int
        Random divisions into groups of the same sizes.

    Raises
    ------
    DataError
        If there are not two groups, or one has no more people than there are items or cannot be estimated.
    ModelError
        If the model or an option is wrong.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> model = "extraversion =~ E3 + E4 + E5\nneuroticism =~ N1 + N2 + N3\nneuroticism ~ extraversion"
    >>> found = cm.micom(model, bfi, "gender", draws=100).table()
    >>> found[["construct", "c", "mean_difference"]].round(2).head(1).to_numpy().tolist()
    [['extraversion', 0.53, -0.33]]
    """
    asked = options_of(PlsOptions, options)
    labels = _two_of(groups_of(data, group), group, between)
    data = data[data[group].isin(labels)]
    for name in set(REFUSED) & options.keys():
        cure = "Leave it out, or use pls_groups()"
        raise ModelError("MICOM compares scores of complete rows", place=f"argument {name}", cure=cure)
    plan = plan_of(model, asked.modes, higher=asked.higher)
    known = [name for name in plan.items if name in data.columns]
    rows = data.dropna(subset=[*known, group])
    _refuse_few(rows[group], labels, plan)
    fit = pls(model, rows, **options)
    own = (rows[group] == labels[0]).to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    random = rng.permuted(np.tile(own, (whole_number("draws", draws, 100), 1)), axis=1)
    counts = np.concatenate([own[None], random])
    one, other = estimate(fit.x, counts, fit.recipe), estimate(fit.x, 1.0 - counts, fit.recipe)
    pooled, first, second = (
        (fit.estimates, one, other) if plan.first is None else _first_stage(fit, counts, plan)
    )
    usable = one.usable & other.usable & first.usable & second.usable
    if not usable[0]:
        cure = "Look at the groups one by one with cm.pls()"
        raise DataError("a group has no admissible solution", place=f"group {group}", cure=cure)
    z = (fit.x - fit.x.mean(axis=0)) / fit.x.std(axis=0)
    scores = z @ pooled.weights.outer[0]
    means, variances = _by_group(scores, counts)
    other_means, other_variances = _by_group(scores, 1.0 - counts)
    return Micom(
        (str(labels[0]), str(labels[1])),
        fit.design,
        (plan.first or fit.design).names,
        _same(pooled, first, second)[usable],
        (means - other_means)[usable],
        np.log(variances / other_variances)[usable],
        (one.paths - other.paths)[usable],
        one.paths[0],
        other.paths[0],
        int((~usable).sum()),
        seed,
    )


def _two_of(labels: list[Any], group: str, between: tuple[object, object] | None) -> list[Any]:
    chosen = labels if between is None else [label for label in labels if label in between]
    if len(chosen) == 2:
        return chosen
    cause = f"{len(labels)} groups ({', '.join(map(str, labels[:8]))})"
    cure = f"Name two of them, between=({labels[0]!r}, {labels[1]!r}), or use pls_groups() for all pairs"
    raise DataError(cause, place=f"group {group}", cure=cure)


def _refuse_few(groups: pd.Series, labels: list[Any], plan: Plan) -> None:
    for label in labels:
        size = int((groups == label).sum())
        if size <= len(plan.items):
            cause = f"{counted(size, 'usable row')} for {counted(len(plan.items), 'item')}"
            cure = "Take fewer items, or join groups"
            raise DataError(cause, place=f"group {label}", cure=cure, code="too-few-rows")


def _first_stage(fit: Pls, counts: Floats, plan: Plan) -> tuple[Estimates, Estimates, Estimates]:
    """Composites of items alone, of all rows and of each group."""
    assert plan.first is not None
    recipe = replace(fit.recipe, plan=Plan(plan.items, None, plan.first, (), plan.items))
    every = (np.ones((1, fit.n)), counts, 1.0 - counts)
    pooled, first, second = (estimate(fit.x, own, recipe) for own in every)
    return pooled, first, second


def groups_of(data: pd.DataFrame, group: str) -> list[Any]:
    """Give the groups that a column divides the rows into, in order.

    Raises
    ------
    DataError
        If there is no such column, or fewer than two groups.
    """
    if group not in data.columns:
        cause, cure = "the data have no such column", nearest_column(group, data)
        raise DataError(cause, place=f"group {group}", cure=cure, code="unknown-variable")
    labels = sorted(data[group].dropna().unique().tolist(), key=lambda label: (str(type(label)), label))
    if len(labels) < 2:
        cause = f"all rows are of group {labels[0]}" if labels else "no row has a group"
        raise DataError(cause, place=f"group {group}", cure="Give a column with two groups or more")
    return labels


def _by_group(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    size = counts.sum(axis=1, keepdims=True)
    mean: Floats = counts @ scores / size
    return mean, (counts @ scores**2 - size * mean**2) / (size - 1.0)


def _same(pooled: Estimates, one: Estimates, other: Estimates) -> Floats:
    """Correlations, in all rows, of composites with the weights of one group and of the other."""
    v, w, r = one.weights.outer, other.weights.outer, pooled.r[0]
    both = np.einsum("bij,bij->bj", v, r @ w)
    own = np.einsum("bij,bij->bj", v, r @ v) * np.einsum("bij,bij->bj", w, r @ w)
    c: Floats = both / np.sqrt(own)
    return c
