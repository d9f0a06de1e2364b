"""Orders of stages: the claimed structure beside its rivals."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_NAMES = {
    "claimed": "As claimed",
    "without": "Without",
    "swapped": "In reverse order",
    "direct": "Causes act on everything directly",
}


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "rival_structures" not in own:
            continue
        table = own["rival_structures"]
        moved = [", ".join(map(labels.construct, names)) for names in table["moved"]]
        shown = table.assign(
            label=[
                f"{_NAMES[name]} {what}".strip() for name, what in zip(table["structure"], moved, strict=True)
            ]
        )
        fields = (
            Field("label", Column("Structure")),
            Field("npar", Column("Parameters", "count")),
            Field("bic", Column("BIC", "decimal")),
            Field("delta_bic", Column("ΔBIC", "decimal")),
            Field("vuong_z", Column("Vuong z", "decimal")),
            Field("vuong_p", Column("p", "p", italic=True)),
            Field("r2_new", Column("R² of new respondents", "bounded")),
        )
        notes = (
            "All structures hold the same variables, as scale means standardised; unreliability is taken off "
            "where alpha tells it. ΔBIC and Vuong's z (1989; penalised by BIC): positive where the claimed "
            "structure is better. R²: outcome of people left out, predicted from the rest in five folds.",
        )
        title, why = f"{id_}: rival structures", "the others are compared with it"
        blocks.append(frame_table(f"rivals-{id_}", title, shown, fields, notes=notes, reason=why))
    return blocks


def _method(claim: Mapping[Hashable, Any], _: Collection[str], __: TestingOptions) -> str:
    return (
        "models of the claimed order and of rival orders of the same variables, scale means whose "
        "unreliability is taken off where it is known; the nearest rival by BIC decides, by Vuong's test"
    )


PAGE = Page(
    kind="rivals",
    planned="rival structures compared by BIC, Vuong's test and prediction",
    method=_method,
    blocks=_blocks,
    measures={"delta_bic": ("ΔBIC", "how much the BIC of the nearest rival is higher")},
)
