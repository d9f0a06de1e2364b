"""The picture of one result: path diagram, loadings, forest, HTMT, interaction, surface and others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coprod_measure.errors import InputError
from coprod_measure.measurement.guides import DISTINCT
from coprod_measure.report.about_multiverse import specification_curve
from coprod_measure.report.about_power import power_panels
from coprod_measure.report.figures.ceilings import draw_ceilings
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.figures.heat import draw_heat
from coprod_measure.report.figures.importance import draw_importance
from coprod_measure.report.figures.importance_map import draw_importance_map
from coprod_measure.report.figures.information import draw_information
from coprod_measure.report.figures.loadings import Loading, draw_loadings
from coprod_measure.report.figures.moderation import draw_moderation
from coprod_measure.report.figures.paths import Edge, Node, StageColumn, draw_paths
from coprod_measure.report.figures.power import draw_power
from coprod_measure.report.figures.profiles import draw_profiles
from coprod_measure.report.figures.scree import draw_scree
from coprod_measure.report.figures.stage_flow import draw_stage_flow
from coprod_measure.report.figures.surface import draw_surface
from coprod_measure.report.hypotheses.segmentation import apart_from_all, class_names
from coprod_measure.report.numbers import bounded, stars
from coprod_measure.structure.structural_paths import explained_shares

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVEL = 0.05
WEAK = 0.50
_STRONG = 0.30


def plot(result: Any, kind: str = "") -> Figure:
    """Draw a result.

    Parameters
    ----------
    result : object
        A public result; of a fit with regressions the path diagram, else its loadings.
    kind : str
        Where a result has several pictures: ``"paths"``, ``"loadings"``, ``"forest"``.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``savefig``; a notebook shows it.

    Raises
    ------
    InputError
        If the result has no picture, or not this one.
    """
    drawn: Mapping[str, Callable[[Any], Figure]] = next(
        (PICTURES[one.__name__] for one in type(result).__mro__ if one.__name__ in PICTURES), {}
    )
    if not drawn:
        raise InputError(
            f"{type(result).__name__} has no picture", place="plot", cure="Use to_apa() for its table"
        )
    if kind and kind not in drawn:
        raise InputError(f"there is no picture {kind!r}", place="plot", cure=f"Use one of {', '.join(drawn)}")
    return drawn[kind or _natural(result, drawn)](result)


def _natural(result: Any, drawn: Mapping[str, Callable[[Any], Figure]]) -> str:
    parameters = getattr(result, "parameters", None)
    if isinstance(parameters, pd.DataFrame) and "paths" in drawn and not (parameters["op"] == "~").any():
        return "loadings"
    return next(iter(drawn))


def path_diagram(parameters: pd.DataFrame) -> Figure:
    """Draw the regressions of a fit, causes to the left of what they cause.

    ``parameters``: as ``Fit.parameters``; of several groups, or levels, the first is drawn.
    """
    own = parameters[parameters["op"] != ":="]
    for part in {"group", "level"}.intersection(own):
        own = own[own[part] == own[part].min()]
    paths = own[own["op"] == "~"]
    if paths.empty:
        raise InputError("the model has no regressions", place="plot", cure="Use plot('loadings')")
    depth = _depths(paths)
    shares = explained_shares(own)
    columns = tuple(
        StageColumn(
            "", tuple(Node(name, name, _share(name, shares)) for name, at in depth.items() if at == level)
        )
        for level in sorted(set(depth.values()))
    )
    edges = [
        Edge(str(p.rhs), str(p.lhs), float(p.std_all), bool(p.pvalue < LEVEL), stars(float(p.pvalue)))
        for p in paths.itertuples()
    ]
    return draw_paths(columns, edges)


def _share(name: str, shares: pd.Series) -> str:
    return f"R² = {bounded(float(shares[name]))}" if name in shares and pd.notna(shares[name]) else ""


def _depths(paths: pd.DataFrame) -> dict[str, int]:
    """How many steps each variable is away from the first causes; in a circle no longer than the circle."""
    names = list(dict.fromkeys([*map(str, paths["rhs"]), *map(str, paths["lhs"])]))
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for cause, effect in zip(paths["rhs"], paths["lhs"], strict=True):
            depth[str(effect)] = min(max(depth[str(effect)], depth[str(cause)] + 1), len(names))
    levels = {level: k for k, level in enumerate(sorted(set(depth.values())))}
    return {name: levels[level] for name, level in depth.items()}


def loadings_plot(parameters: pd.DataFrame) -> Figure:
    """Draw the standardised loadings of a fit by factor."""
    rows = parameters[parameters["op"] == "=~"]
    if rows.empty:
        raise InputError("the model has no loadings", place="plot", cure="Use plot('paths')")
    groups = [
        (str(factor), [Loading(str(p.rhs), *[float(p.std_all)] * 3) for p in part.itertuples()])
        for factor, part in rows.groupby("lhs", sort=False)
    ]
    return draw_loadings(groups, WEAK, "Standardised loading")


def _forest(tests: Any) -> Figure:
    rows = tests.tested
    rows = rows[rows["std"].notna()]
    if rows.empty:
        raise InputError("no hypothesis has a standardised effect", place="plot", cure="Look at table()")
    estimates = [
        Estimate(f"{r.id}  {r.statement}", float(r.std), float(r.ci_lower), float(r.ci_upper), r.verdict)
        for r in rows.itertuples()
    ]
    return draw_forest(estimates, "Standardised effect with 95% interval")


def _paths_of_tests(tests: Any) -> Figure:
    if not tests.models:
        raise InputError("no structural model was fitted", place="plot", cure="Use plot('forest')")
    return path_diagram(tests.models[0].parameters)


def _htmt(found: Any) -> Figure:
    values = found.ratios.to_numpy(dtype=float)
    names = list(map(str, found.ratios.index))
    lower = np.where(np.tri(len(names), k=-1, dtype=bool), values, np.nan)
    return draw_heat(lower[1:, :-1], names[1:], names[:-1], strong=DISTINCT.limit)


def _efa(found: Any) -> Figure:
    loadings = found.loadings
    return draw_heat(
        loadings.to_numpy(dtype=float),
        list(map(str, loadings.index)),
        list(map(str, loadings.columns)),
        strong=_STRONG,
    )


def _scree(found: Any) -> Figure:
    table = found.table()
    label = f"Unrelated data, {found.percentile:g}th percentile"
    return draw_scree(
        table["eigenvalue"].to_list(), table["random_percentile"].to_list(), found.n_factors, label
    )


def _interaction(found: Any) -> Figure:
    low, high = found.bounds
    line = found.table(np.linspace(low, high, 61).tolist()).rename(columns={"moderator": "at"})
    return draw_moderation(line, f"Effect of {found.predictor} on {found.outcome}", found.moderator)


def _surface(found: Any) -> Figure:
    values = found.table().set_index("parameter")["estimate"]
    points, counts = np.unique(np.round(found.points, 1), axis=0, return_counts=True)
    seen = pd.DataFrame({"at_x": points[:, 0], "at_y": points[:, 1], "count": counts})
    return draw_surface([float(values[f"b{k}"]) for k in range(6)], seen, "x", "y", "z")


def _importance(found: Any) -> Figure:
    table = found.table()
    lows, highs = (table[name].fillna(table["general"]).to_list() for name in ("ci_lower", "ci_upper"))
    return draw_importance(
        table["predictor"].to_list(), table["general"].to_list(), lows, highs, "General dominance"
    )


def _map(found: Any) -> Figure:
    table = found.constructs
    names, values = table["construct"].tolist(), table["importance"].tolist()
    return draw_importance_map(names, values, table["performance"].tolist(), found.target)


def _combined_map(found: Any) -> Figure:
    table = found.table()
    names, values, performance, necessary, below = (
        table[one].tolist() for one in ("construct", "importance", "performance", "necessary", "below")
    )
    target = found.importance.target
    return draw_importance_map(names, values, performance, target, necessary, below, found.level)


def _pls_paths(fit: Any) -> Figure:
    paths = fit.paths()
    depth = _depths(paths.rename(columns={"from": "rhs", "to": "lhs"}))
    shares = fit.r2().set_index("construct")["r2"]
    columns = tuple(
        StageColumn(
            "", tuple(Node(name, name, _share(name, shares)) for name, at in depth.items() if at == level)
        )
        for level in sorted(set(depth.values()))
    )
    rows = paths[["from", "to", "est"]].itertuples(index=False)
    return draw_paths(columns, [Edge(a, b, float(est), True, "") for a, b, est in rows])


def _pls_loadings(fit: Any) -> Figure:
    groups = [
        (str(name), [Loading(str(p.item), *[float(p.loading)] * 3) for p in part.itertuples()])
        for name, part in fit.items().groupby("construct", sort=False)
    ]
    return draw_loadings(groups, WEAK, "Loading")


def _drawn_paths(found: Any) -> Figure:
    rows = found.table()[["from", "to", "est", "lower", "upper"]].itertuples(index=False)
    estimates = [
        Estimate(f"{a} → {b}", est, low, high, f"interval {'holds' if low <= 0.0 <= high else 'without'} 0")
        for a, b, est, low, high in rows
    ]
    return draw_forest(estimates, "Path with 95% interval of the draws")


def _necessity(found: Any) -> Figure:
    table = found.table()
    steps = table[table["ceiling"] == "ce_fdh"]
    if found.corner > 2 or steps.empty:
        cause = "only steps over an empty upper corner are drawn"
        raise InputError(cause, place="plot", cure="Look at table() and bottleneck()")
    name = str(steps.loc[steps["effect"].idxmax(), "condition"])
    lines = table[(table["ceiling"] == "cr_fdh") & (table["condition"] == name)]
    slope, intercept = (lines.iloc[0][["slope", "intercept"]]) if len(lines) else (np.nan, np.nan)
    return draw_ceilings(found.points(name), float(slope), float(intercept), name, found.outcome)


def _transitions(found: Any) -> Figure:
    moves = [{(a, b): int(n) for (a, b), n in np.ndenumerate(step) if n} for step in np.asarray(found.counts)]
    return draw_stage_flow([f"Wave {one}" for one in found.waves], list(map(str, found.stages)), moves)


def _class_profiles(found: Any) -> Figure:
    profiles = found.profile()
    apart = apart_from_all(profiles)
    return draw_profiles(apart.to_numpy(), list(map(str, apart.index)), class_names(profiles))


def _multiverse(found: Any) -> Figure:
    table = found.table[found.table["estimate"].notna()]
    if table.empty:
        raise InputError("no universe has an estimate", place="plot", cure="Look at summary()")
    return specification_curve(table[table["hypothesis"] == table["hypothesis"].iloc[0]])


def _matrix(found: Any) -> Figure:
    values = found.matrix() if callable(found.matrix) else found.correlations
    names = list(map(str, values.index))
    lower = np.where(np.tri(len(names), k=-1, dtype=bool), values.to_numpy(dtype=float), np.nan)
    return draw_heat(lower[1:, :-1], names[1:], names[:-1], strong=_STRONG)


def _reliability(found: Any) -> Figure:
    table = found.table()
    rows = table[["construct", "omega", "omega_ci_lower", "omega_ci_upper"]].dropna().itertuples(index=False)
    estimates = [Estimate(str(name), value, low, high, "ω with interval") for name, value, low, high in rows]
    if not estimates:
        raise InputError("no construct has an interval of omega", place="plot", cure="Look at table()")
    return draw_forest(estimates, "Coefficient omega")


def _of_parameters(draw: Callable[[pd.DataFrame], Figure]) -> Callable[[Any], Figure]:
    return lambda result: draw(result.parameters)


PICTURES: Mapping[str, Mapping[str, Callable[[Any], Figure]]] = {
    "Fit": {"paths": _of_parameters(path_diagram), "loadings": _of_parameters(loadings_plot)},
    "Confirmatory": {"loadings": _of_parameters(loadings_plot)},
    "HypothesisTests": {"forest": _forest, "paths": _paths_of_tests},
    "StudyResults": {
        "forest": lambda found: _forest(found.structure),
        "paths": lambda found: _paths_of_tests(found.structure),
        "loadings": lambda found: loadings_plot(found.measurement.confirmatory.parameters),
    },
    "MeasurementResults": {"loadings": lambda found: loadings_plot(found.confirmatory.parameters)},
    "Htmt": {"htmt": _htmt},
    "Efa": {"loadings": _efa},
    "ParallelAnalysis": {"scree": _scree},
    "Moderation": {"interaction": _interaction},
    "ResponseSurface": {"surface": _surface},
    "Necessity": {"ceilings": _necessity},
    "Transitions": {"flow": _transitions},
    "Classes": {"profiles": _class_profiles},
    "ItemInformation": {"information": lambda found: draw_information(dict(found.scales.items()))},
    "Reliability": {"omega": _reliability},
    "ScaleScores": {"correlations": _matrix},
    "PowerResult": {"power": lambda found: draw_power(power_panels(found), found.wanted)},
    "Multiverse": {"curve": _multiverse},
    "Dominance": {"importance": _importance},
    "Pls": {"paths": _pls_paths, "loadings": _pls_loadings},
    "Bootstrap": {"forest": _drawn_paths},
    "Importance": {"map": _map},
    "CombinedImportance": {"map": _combined_map},
}
"""Class of a result to its pictures, the natural one first."""
