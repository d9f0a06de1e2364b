"""How the report shows the parts of the measurement that have no section of their own: one line a part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.measurement.parts import BY_NAME
from coprod_measure.report.about_group_checks import show_alignment, show_effects, show_permutation
from coprod_measure.report.about_method import show_marker, show_method_bias
from coprod_measure.report.about_ordered import (
    empty_cells_once,
    show_information,
    show_ordered_ladders,
    show_ordinal_model,
    show_tests,
    show_variants,
)
from coprod_measure.report.about_scores import show_intervals, show_ordinal_reliability, show_scores
from coprod_measure.report.about_structures import show_blocks, show_composites, show_esem, show_structures
from coprod_measure.report.about_waves import show_retest, show_waves
from coprod_measure.report.document import Block, Callout, Section
from coprod_measure.report.from_frames import section_of, shown_or_why
from coprod_measure.report.labels import Labels
from coprod_measure.report.people_and_rows import not_taken_in_words

Show = Callable[[Any, Labels, MeasurementResults], Sequence[Block]]

SECTIONS: Mapping[str, tuple[str, Mapping[str, Show]]] = {
    "structures": ("Structures of constructs", {
        "composites": lambda part, labels, _: show_composites(part, labels),
        "blocks": lambda part, labels, _: show_blocks(part, labels),
        "higher_order": lambda part, labels, _: show_structures(part, labels),
        "esem": lambda part, labels, _: show_esem(part, labels),
    }),
    "distinct": ("Further tests of distinctness", {
        "htmt_variants": lambda part, labels, _: show_variants(part, labels),
        "discriminant_tests": lambda part, labels, _: show_tests(part, labels),
    }),
    "ordered": ("Ordered answers", {
        "ordinal_model": lambda part, labels, found: show_ordinal_model(part, found.confirmatory, labels),
        "ordinal_reliability": lambda part, labels, _: show_ordinal_reliability(part, labels),
        "item_information": lambda part, labels, _: show_information(part, labels),
        "ordinal_invariance": lambda part, labels, _: show_ordered_ladders(part, labels),
    }),
    "group-checks": ("Further looks at groups", {
        "groups": lambda part, labels, _: show_effects(part, labels),
        "permutation": lambda part, labels, _: show_permutation(part),
        "alignment": lambda part, labels, _: show_alignment(part, labels),
    }),
    "waves": ("Waves", {
        "waves": lambda part, labels, _: show_waves(part, labels),
        "retest": lambda part, labels, _: show_retest(part, labels),
    }),
    "method": ("Method variance", {
        "method_bias": lambda part, labels, _: show_method_bias(part, labels),
        "marker": lambda part, labels, _: show_marker(part, labels),
    }),
    "scores": ("Intervals and scores", {
        "reliability_intervals": lambda part, labels, _: show_intervals(part, labels),
        "scores": lambda part, labels, _: show_scores(part, labels),
    }),
}  # fmt: skip
"""Anchor of a section to its title and its parts, in their order."""


def about_parts(id_: str, found: MeasurementResults, labels: Labels) -> tuple[Section, ...]:
    """Show the parts of a section, or why they do not exist; no section where none was asked for.

    A section of one part that was asked for bears that part's title.
    """
    title, parts = SECTIONS[id_]
    own = [name for name in parts if found.parts.get(name) is not None]
    title = BY_NAME[own[0]].title if len(own) == 1 and BY_NAME[own[0]].on_request else title
    blocks: list[Block] = []
    for name, show in parts.items():
        part = found.parts.get(name)
        blocks += shown_or_why(part, BY_NAME[name].title, lambda part, show=show: show(part, labels, found))  # type: ignore[misc]
        if words := not_taken_in_words(name, found):
            blocks.append(Callout(words, f"{BY_NAME[name].title}.", "note"))
    return section_of(id_, title, empty_cells_once(blocks))
