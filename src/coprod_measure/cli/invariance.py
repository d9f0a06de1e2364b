"""`coprod invariance`: whether a scale measures the same in every group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.model import read_model, table_of
from coprod_measure.cli.options import Design, Estimator, Json, Missing, Model, Table, names_in, unfolded
from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    import pandas as pd

    from coprod_measure.measurement.invariance.groups import InvarianceKeywords
    from coprod_measure.measurement.invariance.result import Invariance


@dataclass(frozen=True, slots=True)
class Climbing:
    """How the ladder is climbed."""

    reference: Annotated[
        str,
        typer.Option(
            help="Group that the others are compared with; by default the largest that is an answer, "
            "not 'prefer not to say'."
        ),
    ] = ""
    estimator: Estimator = "ML"
    missing: Missing = "listwise"
    level: Annotated[
        list[str] | None,
        typer.Option(
            help="configural,metric,scalar,strict (or thresholds); may be repeated. All by default."
        ),
    ] = None
    ordered: Annotated[
        bool, typer.Option("--ordered", help="Answers are ordered categories: thresholds first, by WLSMV.")
    ] = False
    partial: Annotated[
        bool,
        typer.Option("--partial", help="Free parameters one at a time where a level fails, and name them."),
    ] = False
    collapse: Annotated[
        bool,
        typer.Option(
            "--collapse-empty-categories",
            help="With --ordered: join a category that a group never used with its neighbour, in all groups.",
        ),
    ] = False

    def keywords(self) -> InvarianceKeywords:
        """Give what the library takes."""
        every = () if self.ordered else ("configural", "metric", "scalar", "strict")
        return {
            "reference": self.reference,
            "levels": names_in(self.level) or every,
            "estimator": "" if self.ordered else self.estimator,
            "missing": self.missing,
            "ordered": self.ordered,
            "partial": self.partial,
            "collapse_empty_categories": self.collapse,
        }


@unfolded
def invariance(
    model: Model,
    table: Table,
    group: Annotated[str, typer.Option(help="Column whose values are the groups.")],
    how: Climbing,
    instrument: Annotated[
        str | None,
        typer.Option(help="Shipped instrument or its file: groups go by its labels instead of codes."),
    ] = None,
    *,
    people: Design,
    as_json: Json = False,
) -> None:
    """Test measurement invariance step by step."""
    from coprod_measure.cli.printing import print_json
    from coprod_measure.measurement.invariance.groups import invariance as test_levels
    from coprod_measure.measurement.sampling import with_design

    steps = test_levels(
        read_model(model),
        with_design(read_groups(table, group, instrument), people.weights, people.cluster),
        group=group,
        **how.keywords(),
    )
    _require_levels(steps, group)
    if as_json:
        parts = ("highest", "sizes", "freed", "effects", "means", "left_out", "joined", "messages")
        print_json({"levels": steps.table(), **{name: getattr(steps, name) for name in parts}})
        return
    _print(steps, group, how.partial)


def read_groups(asked: Table, group: str, instrument: str | None) -> pd.DataFrame:
    """Read a table of numbers, its groups called by their labels where an instrument knows them."""
    from coprod_measure.instrument.read import read_instrument
    from coprod_measure.measurement.invariance.group_names import named_groups

    frame = table_of(asked)
    if instrument is None or group not in frame:
        return frame
    return frame.assign(**{group: named_groups(frame[group], read_instrument(instrument))})


def _require_levels(steps: Invariance, group: str) -> None:
    from coprod_measure.errors import AnalysisError

    if steps.table().empty:
        reasons = "; ".join(
            dict.fromkeys([*(why.reason for why in steps.unavailable.values()), *steps.messages])
        )
        raise AnalysisError(
            f"no level could be fitted: {reasons}",
            place=f"groups of {group}",
            cure="Name a column with a few large groups, or a smaller model",
            code="no-invariance",
        )


def _print(steps: Invariance, group: str, partial: bool) -> None:
    from coprod_measure.cli.printing import print_table
    from coprod_measure.measurement.guides import KEPT_CFI, KEPT_RMSEA

    print_table(steps.table(), title=f"Measurement invariance over {group}")
    if steps.estimator not in ("ML", "GLS", "ULS"):
        say("chisq is scaled; cfi, rmsea and the differences take the robust or scaled forms.")
    sizes = ", ".join(f"{row.label} (n = {row.n})" for row in steps.sizes.itertuples())
    say(f"\nGroups, compared with {steps.reference}: {sizes}")
    say(
        f"Highest level that holds: {steps.highest} (CFI falls by at most {-KEPT_CFI.limit:.3f}, RMSEA "
        f"rises by at most {KEPT_RMSEA.limit:.3f}; Chen 2007)"
    )
    if not partial and steps.highest != steps.table()["level"].iloc[-1]:
        say("--partial frees what differs, one parameter at a time, and names it.")
    further = {
        "Groups left out": steps.left_out,
        "Categories joined": steps.joined,
        "Freed parameters": steps.freed,
        "Effect sizes": steps.effects,
        "Latent means": steps.means,
    }
    for title, table in further.items():
        if len(table):
            print_table(table, title=title)
    for level, why in steps.unavailable.items():
        say(f"note: {level}: {why.reason}", err=True)
    for message in steps.messages:
        say(f"note: {message}", err=True)
