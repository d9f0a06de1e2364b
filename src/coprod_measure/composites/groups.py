"""Two groups: are the composites the same (MICOM), and do the paths differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Unpack, cast

import numpy as np
import pandas as pd

from coprod_measure.arguments import names_of, options_of, spelled, whole_number
from coprod_measure.composites.draws import Piece, in_pieces, stream
from coprod_measure.composites.estimates import Estimates, Recipe, estimate
from coprod_measure.composites.model import Design, Plan, plan_of
from coprod_measure.composites.pls import PlsKeywords, PlsOptions, pls
from coprod_measure.composites.result import Pls
from coprod_measure.errors import DataError, ModelError, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.threads import on_one_thread, one_thread
from coprod_measure.frames import nearest_column, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.workers import Where, Workers

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


class MicomKeywords(PlsKeywords, Where, total=False):
    """See :func:`micom`."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """Two groups of the rows, one division of them a row; see :class:`Micom`."""

    usable: np.ndarray
    c: Floats
    means: Floats
    log_variances: Floats
    first: Floats
    second: Floats


@spelled(MicomKeywords, PlsOptions, Workers)
@on_one_thread
@takes_frame
def micom(
    model: str,
    data: pd.DataFrame,
    group: str,
    between: tuple[object, object] | None = None,
    draws: int = 1000,
    seed: int = 1,
    **options: Unpack[MicomKeywords],
) -> Micom:
    r"""Compare the composites and paths of two groups by permutation (Henseler, Ringle & Sarstedt 2016).

    Parameters
    ----------
    model, options
        See :func:`coprod_measure.composites.pls.pls`, but :data:`REFUSED`. The same model and treatment in
        both groups is step 1. Where random groups are computed: see
        :class:`coprod_measure.workers.Workers`; they stay the same.
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
    where = {name: value for name, value in options.items() if name in names_of(Workers)}
    of_pls = {name: value for name, value in options.items() if name not in where}
    workers = options_of(Workers, where)
    asked = options_of(PlsOptions, of_pls)
    labels = _two_of(groups_of(data, group), group, between)
    data = data[data[group].isin(labels)]
    for name in set(REFUSED) & of_pls.keys():
        cure = "Leave it out, or use pls_groups()"
        raise ModelError("MICOM compares scores of complete rows", place=f"argument {name}", cure=cure)
    plan = plan_of(model, asked.modes, higher=asked.higher)
    known = [name for name in plan.items if name in data.columns]
    rows = data.dropna(subset=[*known, group])
    _refuse_few(rows[group], labels, plan)
    fit = pls(model, rows, **cast(PlsKeywords, of_pls))
    own = (rows[group] == labels[0]).to_numpy(dtype=float)
    every = _random(fit, own, whole_number("draws", draws, 100), seed, workers)
    if not every.usable[0]:
        cure = "Look at the groups one by one with cm.pls()"
        raise DataError("a group has no admissible solution", place=f"group {group}", cure=cure)
    usable = every.usable
    return Micom(
        (str(labels[0]), str(labels[1])),
        fit.design,
        (plan.first or fit.design).names,
        every.c[usable],
        every.means[usable],
        every.log_variances[usable],
        (every.first - every.second)[usable],
        every.first[0],
        every.second[0],
        int((~usable).sum()),
        seed,
    )


def _random(fit: Pls, own: Floats, draws: int, seed: int, workers: Workers) -> _Compared:
    """Compare the groups as they are, then random ones; ``own``: 1 for those of the first."""
    shuffled = partial(_shuffled, fit.x, fit.recipe, fit.estimates, own, seed)
    found = in_pieces(draws, workers, shuffled, _read, (fit.recipe, seed, fit.x, own))
    parts = (_compare(fit.x, fit.recipe, fit.estimates, own[None]), *found)
    return _Compared(*(np.concatenate([getattr(one, name) for one in parts]) for name in names_of(_Compared)))


def _compare(x: Floats, recipe: Recipe, sample: Estimates, counts: Floats) -> _Compared:
    """Compare those who are in each division (one a row, 1 or 0) with the others."""
    one, other = estimate(x, counts, recipe), estimate(x, 1.0 - counts, recipe)
    pooled, first, second = (sample, one, other)
    if (stage := recipe.plan.first) is not None:
        # Composites of items alone, of all rows and of each group.
        items = recipe.plan.items
        plain = replace(recipe, plan=Plan(items, None, stage, (), items))
        pooled, first, second = (
            estimate(x, own, plain) for own in (np.ones((1, len(x))), counts, 1.0 - counts)
        )
    scores = (x - x.mean(axis=0)) / x.std(axis=0) @ pooled.weights.outer[0]
    means, variances = _by_group(scores, counts)
    other_means, other_variances = _by_group(scores, 1.0 - counts)
    usable = one.usable & other.usable & first.usable & second.usable
    log_variances = np.log(variances / other_variances)
    return _Compared(
        usable, _same(pooled, first, second), means - other_means, log_variances, one.paths, other.paths
    )


def _shuffled(
    x: Floats, recipe: Recipe, sample: Estimates, own: Floats, seed: int, piece: Piece
) -> dict[str, Any]:
    """Compare some random groups of the same sizes."""
    with one_thread():
        random = stream(seed, piece).permuted(np.tile(own, (piece[1], 1)), axis=1)
        found = _compare(x, recipe, sample, random)
    return {name: getattr(found, name).tolist() for name in names_of(_Compared)}


def _read(content: Mapping[str, Any]) -> _Compared:
    return _Compared(*(np.array(content[name]) for name in names_of(_Compared)))


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
