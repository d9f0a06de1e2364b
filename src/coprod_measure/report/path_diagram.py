"""A structural model as a figure: constructs by stage, paths with standardised coefficients."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from coprod_measure.report.document import Figure
from coprod_measure.report.figures.paths import Edge, Node, StageColumn, draw_paths
from coprod_measure.report.labels import Labels, sentence_case
from coprod_measure.report.numbers import STARS_IN_WORDS, bounded, count, stars
from coprod_measure.structure.structural_fit import StructuralFit
from coprod_measure.structure.structural_paths import explained_shares

MOST_PATHS = 48
_MARKS = {"agrees": "✓", "against": "✗", "not shown": "○"}


def path_figure(
    fit: StructuralFit,
    number: int,
    level: float,
    labels: Labels,
    name: str = "structural model",
    claims: pd.DataFrame | None = None,
) -> Figure | None:
    """Draw a fitted structural model.

    ``number``: its place among the models of the report, for the figure's id. ``level``: paths with a p value
    of at least this are dashed. ``name``: of the model, for the title. ``claims``: those that it carries,
    for the ids of hypotheses and their decisions. None when the model has no paths. A model of many paths is
    drawn with its significant and strongest.
    """
    paths = fit.parameters[(fit.parameters["op"] == "~") & fit.parameters["std_all"].notna()]
    stage_of = dict(fit.stage_of)
    paths = paths[paths["lhs"].isin(list(stage_of)) & paths["rhs"].isin(list(stage_of))]
    if paths.empty:
        return None
    drawn = _strongest(paths, level)
    decided = _decided(claims)
    edges = [
        Edge(
            str(p.rhs), str(p.lhs), float(p.std_all), bool(p.pvalue < level), stars(float(p.pvalue)),
            decided.get((str(p.rhs), str(p.lhs)), ""),
        )
        for p in drawn.itertuples()
    ]  # fmt: skip
    explained = {
        str(name): share for name, share in explained_shares(fit.parameters).items() if pd.notna(share)
    }
    columns = _columns(stage_of, {name for e in edges for name in (e.source, e.target)}, explained, labels)
    significant = sum(edge.significant for edge in edges)
    note = (
        "Standardised coefficients; a solid path is significant at "
        f"{bounded(level)} (unadjusted), a dashed one is not; width grows with size. "
        f"n = {count(fit.n)}. {STARS_IN_WORDS}."
    )
    if any(edge.claimed_by for edge in edges):
        note += " Ids of hypotheses stand at what they claim: ✓ shown (p adjusted), ✗ against, ○ not shown."
    if len(drawn) < len(paths):
        note += f" Of {len(paths)} paths the {len(drawn)} strongest are drawn."
    title = f"{sentence_case(name)}, constructs by stage"
    alt = (
        f"Path diagram of {sum(len(column.nodes) for column in columns)} constructs in {len(columns)} "
        f"columns; {significant} of {len(edges)} paths are significant. The coefficients "
        "are in the table of all structural paths."
    )
    return Figure(f"paths-{number}", title, draw_paths(columns, edges), alt, note)


def _decided(claims: pd.DataFrame | None) -> dict[tuple[str, str], str]:
    """Ids of the hypotheses that claim a path as it stands, each with the mark of its decision."""
    found: dict[tuple[str, str], list[str]] = {}
    if claims is not None:
        for row in claims[~claims["via"].astype(bool)].itertuples():
            told = f"{row.hypothesis}{_MARKS[str(row.agreement)]}"
            found.setdefault((str(row.source), str(row.target)), []).append(told)
    return {path: " ".join(dict.fromkeys(ids)) for path, ids in found.items()}


def _strongest(paths: pd.DataFrame, level: float) -> pd.DataFrame:
    if len(paths) <= MOST_PATHS:
        return paths
    order = paths.assign(weak=paths["pvalue"] >= level, size=paths["std_all"].abs())
    kept = order.sort_values(["weak", "size"], ascending=[True, False]).index[:MOST_PATHS]
    return paths.loc[paths.index.isin(kept)]


def _columns(
    stage_of: Mapping[str, str], used: set[str], explained: Mapping[str, float], labels: Labels
) -> list[StageColumn]:
    stages = list(labels.instrument.theory.stages)
    found = []
    for stage in [*stages, *sorted(set(stage_of.values()) - set(stages))]:
        nodes = tuple(
            Node(
                name, labels.construct(name), f"R² = {bounded(explained[name])}" if name in explained else ""
            )
            for name, own in stage_of.items()
            if own == stage and name in used
        )
        if nodes:
            found.append(StageColumn(labels.stage(stage), nodes))
    return found
