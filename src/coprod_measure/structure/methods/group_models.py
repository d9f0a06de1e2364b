"""Latent means and paths that differ between groups, in models that hold measurement equal over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.estimation.specification.writing import formula, free_covariances
from coprod_measure.fitting.models import refit, sem
from coprod_measure.fitting.settled import settled
from coprod_measure.fitting.two_step.sam import sam
from coprod_measure.structure.methods.people_in_groups import covariance_over_groups, in_several
from coprod_measure.structure.methods.weighed_estimates import weighed_estimates

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit
    from coprod_measure.fitting.two_step.sam_fit import SamFit

CONTRAST_COLUMNS = ("first", "second", "estimate", "se", "z", "pvalue", "pvalue_adjusted", "d")
PLANNED_COLUMNS = (
    "contrast", "estimate", "se", "z", "pvalue", "pvalue_adjusted", "ci_lower", "ci_upper", "d",
)  # fmt: skip
PATH_COLUMNS = ("source", "target", "lr", "df", "lr_pvalue", "wald", "wald_pvalue")
DIFFERENCE_COLUMNS = ("source", "target", *CONTRAST_COLUMNS[:-1])
_ESTIMATE = ("est", "se", "ci_lower", "ci_upper")


@dataclass(frozen=True, slots=True)
class LatentMeans:
    """Means of a factor by group; those of the first group are zero.

    Attributes
    ----------
    contrasts : pandas.DataFrame
        One row a pair of groups, second less first (:data:`CONTRAST_COLUMNS`); ``d`` in standard deviations
        of the factor in the first group.
    planned : pandas.DataFrame
        One row a planned contrast (:data:`PLANNED_COLUMNS`); p adjusted by Holm over them.
    wald, df, pvalue : float
        Joint test that all are equal.
    """

    contrasts: pd.DataFrame
    planned: pd.DataFrame
    wald: float
    df: int
    pvalue: float
    n: int


@dataclass(frozen=True, slots=True)
class EqualPaths:
    """Whether paths are the same in all groups.

    Attributes
    ----------
    estimates : pandas.DataFrame
        ``source target group est se ci_lower ci_upper``.
    paths : pandas.DataFrame
        One row a path and a last one, ``source`` empty, for all together (:data:`PATH_COLUMNS`).
    differences : pandas.DataFrame
        One row a path and pair of groups (:data:`DIFFERENCE_COLUMNS`); p adjusted by Holm within a path.
    covariance : numpy.ndarray
        Of ``estimates["est"]``, in their order.
    """

    estimates: pd.DataFrame
    paths: pd.DataFrame
    differences: pd.DataFrame
    covariance: np.ndarray
    n: int


def latent_means(
    data: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    factor: str,
    group: str,
    unequal: Sequence[str] = (),
    *,
    planned: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
    **options: Any,
) -> LatentMeans:
    """Compare the means of a factor after scalar invariance, all pairs and jointly.

    Parameters
    ----------
    factors : mapping
        Factor to its items.
    factor : str
        Whose means are compared.
    unequal : sequence of str
        Loadings and intercepts that differ, ``"f=~x"`` and ``"x~1"``: partial invariance.
    planned : mapping
        Name of a contrast to weights of groups.
    **options
        Of :func:`coprod_measure.sem`: estimator, missing answers, clusters.

    Notes
    -----
    Contrasts ``L m`` have the covariance ``L V L'`` of the estimated means.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"g": np.repeat(["a", "b"], 200)})
    >>> f = rng.normal(size=400) + 0.5 * (people["g"] == "b")
    >>> for k in "xyz":
    ...     people[k] = f + rng.normal(0, 0.5, 400)
    >>> latent_means(people, {"f": ["x", "y", "z"]}, "f", "g").contrasts["d"].round(1).tolist()
    [0.5]
    """
    names = _groups(data, group)
    labels = [f"m_{k + 1}" for k in range(len(names))]
    free = ", ".join(["0", *["NA"] * (len(names) - 1)])
    text = "\n".join(
        [
            _measured(factors),
            f"{factor} ~ c({free})*1 + c({', '.join(labels)})*1",
            *_pairs("d", labels, zero=True),
        ]
    )
    fit = sem(
        text,
        data,
        group=group,
        group_equal=("loadings", "intercepts"),
        group_partial=tuple(unequal),
        **options,
    )
    own = fit.parameters
    variance = own[(own["lhs"] == factor) & (own["op"] == "~~") & (own["rhs"] == factor)]["est"].iloc[0]
    found = _differences(_defined(fit), "d", names)
    found["d"] = found["estimate"] / np.sqrt(variance)
    joint = fit.wald("; ".join(f"{label} == 0" for label in labels[1:]))
    means = np.array([est for _, est, *_ in _by_group(fit, labels, names)])
    V = np.pad(_covariance(fit, labels[1:]), (1, 0))  # that of the first group is fixed
    W = [[own.get(name, 0.0) for name in names] for own in planned.values()]
    beside = weighed_estimates(means, V, np.reshape(W, (len(planned), len(names))))
    beside = beside.assign(contrast=list(planned), d=beside["estimate"] / np.sqrt(variance))
    return LatentMeans(
        found[list(CONTRAST_COLUMNS)], beside[list(PLANNED_COLUMNS)], joint.statistic, joint.df,
        joint.pvalue, fit.n,
    )  # fmt: skip


def equal_paths(
    data: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    paths: Sequence[tuple[str, str]],
    group: str,
    unequal: Sequence[str] = (),
    *,
    controls: Mapping[str, Sequence[str]] = MappingProxyType({}),
    tests: bool = True,
    two_steps: bool = False,
    **options: Any,
) -> EqualPaths:
    """Test whether regressions are equal over groups, loadings held equal: each path, and all together.

    Parameters
    ----------
    factors : mapping
        Factor to its items; other names in paths are columns.
    paths : sequence of (str, str)
        Source and target.
    unequal : sequence of str
        Loadings that differ, ``"f=~x"``.
    controls : mapping
        Target to columns that are held constant, each with a slope of its own in every group.
    tests : bool
        Whether paths are tested; else ``paths`` holds no numbers.
    two_steps : bool
        Structural after measurement, for dozens of factors: by Wald alone, in standard deviations of
        the first group, taken as known.
    **options
        Of :func:`coprod_measure.sem`, or of :func:`coprod_measure.sam`: estimator, missing answers, clusters.

    Notes
    -----
    Unstandardised paths are compared: standardised ones mix in the groups' variances. LR is the difference to
    the model with the path equal (scaled where the estimator is robust), Wald needs the free model only.
    Where clusters have rows in several groups there is no LR, and errors are those of
    :func:`.people_in_groups.covariance_over_groups`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"g": np.repeat(["a", "b"], 300), "x": rng.normal(size=600)})
    >>> people["y"] = people["x"] * np.where(people["g"] == "a", 0.2, 0.8) + rng.normal(size=600)
    >>> found = equal_paths(people, {}, [("x", "y")], "g")
    >>> bool(found.paths["lr_pvalue"].iloc[0] < 0.001), found.differences["estimate"].round(1).tolist()
    (True, [0.7])
    """
    names = _groups(data, group)
    labels = {path: [f"p{k + 1}_{g + 1}" for g in range(len(names))] for k, path in enumerate(paths)}
    model = [_measured(factors)]
    for (source, target), own in labels.items():
        model.append(f"{target} ~ c({', '.join(own)})*{source}")
    model += _held_constant(controls, list(paths))
    defined = [line for k, own in enumerate(labels.values()) for line in _pairs(f"d{k + 1}", own)]

    held: dict[str, Any] = {
        "group": group, "group_equal": ("loadings",), "group_partial": tuple(unequal), **options
    }  # fmt: skip
    of_labels = [label for own in labels.values() for label in own]
    if two_steps:
        steps = sam("\n".join(model), data, **held)
        settled(steps)
        covariance, units = _covariance(steps, of_labels), _units(steps, paths)
        return _by_wald(steps, labels, names, covariance, tests=tests, units=units)
    free = sem("\n".join([*model, *defined]), data, **held)
    clusters = _reaching_over(data, group, names, options)
    if clusters is not None:
        return _by_wald(free, labels, names, _covariance(free, of_labels, clusters), tests=tests)
    rows, estimates, differences = [], [], []
    equal = {path: [f"{own[0]} == {other}" for other in own[1:]] for path, own in labels.items()}
    together = {("", ""): [one for own in equal.values() for one in own]} if len(paths) > 1 else {}
    for path, constraints in {**equal, **together}.items():
        numbers = _tested(free, model, constraints, unequal) if tests else [nan] * (len(PATH_COLUMNS) - 2)
        rows.append((*path, *numbers))
    contrasts = _defined(free)
    for k, ((source, target), own) in enumerate(labels.items()):
        estimates += [(source, target, *one) for one in _by_group(free, own, names)]
        differences.append(_differences(contrasts, f"d{k + 1}", names).assign(source=source, target=target))
    return EqualPaths(
        pd.DataFrame(estimates, columns=["source", "target", "group", *_ESTIMATE]),
        pd.DataFrame(rows, columns=list(PATH_COLUMNS)),
        pd.concat(differences, ignore_index=True)[list(DIFFERENCE_COLUMNS)],
        _covariance(free, of_labels),
        free.n,
    )


def _tested(
    free: Fit, model: Sequence[str], constraints: Sequence[str], unequal: Sequence[str]
) -> tuple[float | NotAvailable, ...]:
    held = "\n".join([*model, *constraints])
    ratio = free.compare(refit(free, group_equal=("loadings",), group_partial=tuple(unequal), model=held))
    wald = free.wald("; ".join(constraints))
    return ratio.statistic, ratio.df, ratio.pvalue, wald.statistic, wald.pvalue


def _reaching_over(
    data: pd.DataFrame, group: str, names: Sequence[str], options: Mapping[str, Any]
) -> np.ndarray | None:
    """Give the cluster of each row, group after group, where some have rows in several groups."""
    if "cluster" not in options:
        return None
    rows = pd.concat([data[data[group].astype(str) == name] for name in names])
    clusters = rows[options["cluster"]].to_numpy()
    return clusters if in_several(rows[group].to_numpy(), clusters) else None


def _by_wald(
    fit: Fit,
    labels: Mapping[tuple[str, str], Sequence[str]],
    names: Sequence[str],
    covariance: np.ndarray,
    *,
    tests: bool,
    units: np.ndarray | float = 1.0,
) -> EqualPaths:
    """Test and compare paths by estimates and errors alone; ``units``: what estimates are multiplied by."""
    k, pairs = len(names), list(combinations(range(len(names)), 2))
    gaps = np.array([np.eye(k)[j] - np.eye(k)[i] for i, j in pairs])
    est = np.array([[one for _, one, *_ in _by_group(fit, own, names)] for own in labels.values()])
    scale = np.broadcast_to(np.reshape(units, (-1, 1)), est.shape).ravel()
    est, covariance = est.ravel() * scale, covariance * np.outer(scale, scale)
    alone = weighed_estimates(est, covariance, np.eye(len(est)))
    numbers = alone[["estimate", "se", "ci_lower", "ci_upper"]].to_numpy()
    groups = [(*path, name) for path in labels for name in names]
    estimates = [(*group, *own) for group, own in zip(groups, numbers, strict=True)]
    ends = pd.DataFrame([(names[i], names[j]) for i, j in pairs], columns=["first", "second"])
    differences = []
    for p, path in enumerate(labels):
        own = slice(p * k, (p + 1) * k)
        found = ends.join(weighed_estimates(est[own], covariance[own, own], gaps))
        differences.append(found.assign(source=path[0], target=path[1]))
    each = {path: np.kron(np.eye(len(labels))[p], gaps[: k - 1]) for p, path in enumerate(labels)}
    if len(labels) > 1:
        each["", ""] = np.vstack(list(each.values()))
    rows = []
    for path, R in each.items():
        gap = R @ est
        wald = float(gap @ np.linalg.solve(R @ covariance @ R.T, gap)) if tests else nan
        df = len(R) if tests else nan
        rows.append((*path, nan, df, nan, wald, float(chi2.sf(wald, len(R)))))
    return EqualPaths(
        pd.DataFrame(estimates, columns=["source", "target", "group", *_ESTIMATE]),
        pd.DataFrame(rows, columns=list(PATH_COLUMNS)),
        pd.concat(differences, ignore_index=True)[list(DIFFERENCE_COLUMNS)],
        covariance,
        fit.n,
    )


def _units(fit: SamFit, paths: Sequence[tuple[str, str]]) -> np.ndarray:
    """Divide the standard deviation of each cause by that of its effect, in the first group."""
    first = fit.latent_covariance()
    sd = pd.Series(np.sqrt(np.diag(first)), index=first.index)
    return np.array([sd[source] / sd[target] for source, target in paths])


def _covariance(fit: Fit, labels: Sequence[str], clusters: np.ndarray | None = None) -> np.ndarray:
    """Give the covariance of parameters by their labels; ``clusters``: those that reach over groups."""
    model = fit.solution.model
    place = {
        row.label: free for row, free in zip(model.table.rows, model.free_of_row, strict=True) if free >= 0
    }
    own = [place[label] for label in labels]
    whole = fit.covariance if clusters is None else covariance_over_groups(fit, clusters)
    return np.asarray(whole[np.ix_(own, own)])


def _held_constant(controls: Mapping[str, Sequence[str]], paths: Sequence[tuple[str, str]]) -> list[str]:
    """Write the regressions on controls, which go along with all causes."""
    targets = {target for _, target in paths}
    causes = dict.fromkeys(source for source, _ in paths if source not in targets)
    every = dict.fromkeys(name for names in controls.values() for name in names)
    lines = [formula(target, "~", *names) for target, names in controls.items() if names]
    return [*lines, *free_covariances(list(every), list(causes))]


def _by_group(fit: Fit, labels: Sequence[str], names: Sequence[str]) -> list[tuple[Any, ...]]:
    found = fit.parameters.drop_duplicates("label").set_index("label").loc[list(labels)]
    return list(zip(names, *(found[name].astype(float) for name in _ESTIMATE), strict=True))


def _groups(data: pd.DataFrame, group: str) -> list[str]:
    """List groups in the order of a fit, that of appearance."""
    names = list(map(str, data[group].dropna().unique()))
    if len(names) < 2:
        raise DataError("there is one group only", place=f"column {group}", cure="A comparison needs two")
    return names


def _measured(factors: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(f"{factor} =~ {' + '.join(items)}" for factor, items in factors.items())


def _pairs(stem: str, labels: Sequence[str], *, zero: bool = False) -> list[str]:
    """Define second less first of every pair; where the first label is a fixed zero, without it."""
    return [
        f"{stem}_{i + 1}_{j + 1} := {labels[j]}{'' if zero and i == 0 else f' - {labels[i]}'}"
        for i, j in combinations(range(len(labels)), 2)
    ]


def _defined(fit: Fit) -> pd.DataFrame:
    rows = settled(fit).parameters
    return rows[rows["op"] == ":="].set_index("lhs")


def _differences(found: pd.DataFrame, stem: str, names: Sequence[str]) -> pd.DataFrame:
    pairs = list(combinations(range(len(names)), 2))
    own = found.loc[[f"{stem}_{i + 1}_{j + 1}" for i, j in pairs]]
    return pd.DataFrame(
        {
            "first": [names[i] for i, _ in pairs], "second": [names[j] for _, j in pairs],
            "estimate": own["est"].to_numpy(), "se": own["se"].to_numpy(), "z": own["z"].to_numpy(),
            "pvalue": own["pvalue"].to_numpy(), "pvalue_adjusted": holm(own["pvalue"].to_numpy()),
        }
    )  # fmt: skip
