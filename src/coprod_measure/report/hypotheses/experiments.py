"""Experiments: cell means, the planned contrasts, whether the arms worked, and bent indirect effects."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, Record, frame_table
from coprod_measure.report.hypotheses.bent_effects import bent_effects
from coprod_measure.report.hypotheses.means import means_figure
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import count
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_T = Field("t", Column("t", "decimal", italic=True))
_DF = Field("df", Column("df", "decimal", italic=True))
_P = Field("pvalue", Column("p", "p", italic=True))


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "contrasts" in own and "cells" in own:
            for number, (target, part) in enumerate(own["cells"].groupby("target", sort=False), start=1):
                title = f"{id_}: {labels.construct(str(target))} by arm"
                if "adjusted" in part:
                    part, title = part.assign(mean=part["adjusted"]), f"{title}, at the means of controls"
                blocks.append(means_figure(f"arms-{id_}-{number}", title, part, "cell"))
            blocks.append(_contrasts(id_, own["contrasts"], labels))
        if "covariates" in own:
            blocks.append(_covariates(id_, own["covariates"], labels))
        if "anova" in own:
            blocks.append(_anova(id_, own["anova"], labels, adjusted="covariates" in own))
        if "indirect" in own:
            blocks.append(bent_effects(id_, own["indirect"], labels))
        if "manipulation" in own:
            blocks.append(_manipulation(id_, own["manipulation"], labels))
    return blocks


def _contrasts(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    adjusted = bool((frame["how"] != "").any())
    fields = (
        Field(_contrast, Column("Contrast")),
        Field("estimate", Column("Difference", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        _T,
        _DF,
        _P,
        Field("pvalue_adjusted", Column("Holm", "p")),
        Field("d", Column("d", "decimal", italic=True)),
        Field("g", Column("g", "decimal", italic=True)),
    )
    variance = (
        "Controls are held constant; every answer has its own variance (HC2, within persons CR2 over them)"
        if adjusted
        else "Every cell has its own variance (Welch)"
    )
    notes = (
        "The contrast as planned is judged by its own p; those beside it by Holm's. "
        f"{variance}; d in pooled standard deviations within cells{', not adjusted' if adjusted else ''}, g "
        "with Hedges' correction.",
    )
    return frame_table(
        f"contrasts-{id_}", f"{id_}: contrasts of arms", frame, fields, notes=notes, group="target",
        heading=labels.construct,
    )  # fmt: skip


def _contrast(row: Record) -> str:
    name = "as planned" if row["contrast"] == "planned" else f"at {row['contrast']}"
    beside = {"unadjusted": ", without controls", "own_slopes": ", each arm with slopes of its own"}
    return name + beside.get(str(row["how"]), "")


def _covariates(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field(
            "covariate",
            Column("Control"),
            lambda one: "all at once" if one == "all" else labels.construct(one),
        ),
        Field("std", Column("β", "decimal", italic=True), missing=""),
        Field("t", Column("t", "decimal", italic=True), missing=""),
        Field("pvalue", Column("p", "p", italic=True), missing=""),
        Field("slopes_f", Column("F of equal slopes", "decimal")),
        Field("slopes_df1", Column("df", "count", italic=True)),
        Field("slopes_df2", Column("df", "decimal", italic=True)),
        Field("slopes_pvalue", Column("p", "p", italic=True)),
        Field("arms_pvalue", Column("p of equal means", "p"), missing=""),
    )
    notes = (
        "β: slope within arms, the same in all, in standard deviations. Equal slopes: arm by control (Tipton "
        "& Pustejovsky, 2015). Equal means: of the control in all arms; in arms that were drawn they differ "
        "by chance only.",
    )
    return frame_table(
        f"covariates-{id_}", f"{id_}: what was held constant", frame, fields, notes=notes, group="target",
        heading=labels.construct,
    )  # fmt: skip


def _anova(id_: str, frame: pd.DataFrame, labels: Labels, *, adjusted: bool) -> Block:
    fields = (
        Field("factors", Column("Effect"), lambda names: " × ".join(map(labels.construct, names))),
        Field("f", Column("F", "decimal", italic=True)),
        Field("df", Column("df", "count", italic=True)),
        _P,
        Field("partial_eta_squared", Column("partial η²", "bounded")),
    )
    notes = (f"Type III sums of squares{', controls held constant' if adjusted else ''}.",)
    return frame_table(
        f"anova-{id_}", f"{id_}: all effects of the arms", frame, fields, notes=notes, group="target",
        heading=labels.construct,
    )  # fmt: skip


def _manipulation(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("factor", Column("Factor"), labels.construct),
        Field("estimate", Column("Difference of its measure", "decimal")),
        _T,
        _DF,
        _P,
        Field("d", Column("d", "decimal", italic=True)),
    )
    return frame_table(f"manipulation-{id_}", f"{id_}: did the arms do what they should?", frame, fields)


def _method(claim: Mapping[Hashable, Any], told: Collection[str], how: TestingOptions) -> str:
    if len(claim["via"]):
        return (
            "the index of moderated mediation (Hayes, 2015) from regressions on the arms, with percentiles "
            f"of {count(how.draws)} bootstrap draws"
        )
    if "arms_adjusted" in told:
        errors = (
            "within persons, errors robust to persons (CR2"
            if "within_persons" in told
            else "robust errors (HC2"
        )
        return (
            "analysis of covariance: the planned contrast of the means of arms at the means of the controls, "
            f"{errors} with Satterthwaite's degrees of freedom; Bell & McCaffrey, 2002)"
        )
    if "within_persons" in told:
        return "a planned contrast of arms within persons"
    return "a planned contrast of the means of arms, each cell with its own variance"


PAGE = Page(
    kind="experiments",
    planned="Welch's test or planned contrasts of the arms (beside the controls of the study by analysis of "
    "covariance), for an indirect effect the index of "
    "moderated mediation with bootstrap intervals",
    method=_method,
    blocks=_blocks,
    measures={
        "cohens_d": ("d", "the contrast of means in standard deviations within arms or groups"),
        "moderated_mediation_index": (
            "index",
            "the change of the indirect effect with one step of what bends it",
        ),
    },
)
