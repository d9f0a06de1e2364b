from dataclasses import replace

import numpy as np
import pytest

from coprod_measure.instrument.definition import Block, Form
from coprod_measure.instrument.forms import minutes, pair_coverage, version_items


def three_form(instrument):
    """Block x for all; a, b, c each in two of three versions (three-form design)."""
    blocks = (
        Block("x", ("joy_1",)),
        Block("a", ("joy_2", "joy_3")),
        Block("b", ("ease_1", "ease_2", "ease_3")),
        Block("c", ("done_1",)),
    )
    versions = {"one": ("x", "a", "b"), "two": ("x", "a", "c"), "three": ("x", "b", "c")}
    instrument.forms["full"] = Form(id="full", title="Full", blocks=blocks, versions=versions)
    return instrument


def test_three_form_design_leaves_a_third_of_the_pairs_across_blocks(example):
    coverage = pair_coverage(three_form(example("small")), "full")
    assert coverage.constructs == ("joy", "ease", "done")
    third = 1 / 3
    assert coverage.lowest == pytest.approx(np.array([[2, 1, 1], [1, 2, 1], [1, 1, 2]]) * third)
    # joy_1 is in block x (seen by all, so 2/3 with block b), joy_2 and joy_3 in a: (2 + 1 + 1) / 3 thirds
    assert coverage.mean[0, 1] == pytest.approx(4 / 9)
    table = coverage.table()
    assert list(table.columns) == ["construct_1", "construct_2", "lowest", "mean"]
    assert len(table) == 6


def test_without_versions_everything_is_covered(example):
    coverage = pair_coverage(example("small"), "core")
    assert np.array_equal(coverage.lowest, np.ones((3, 3)))


def test_versions_show_their_blocks(example):
    shown = version_items(three_form(example("small")).forms["full"])
    assert shown["two"] == ("joy_1", "joy_2", "joy_3", "done_1")


def test_minutes_add_reading_and_answering(example):
    instrument = example("small")
    instrument.forms["one"] = Form("one", "One", (Block("b", ("done_1",)),))
    # 5 words of the question and 2 of the labels at 238 a minute; one choice takes 4 seconds.
    assert minutes(instrument, "one") == {"all": pytest.approx(7 / 238 + 4 / 60)}


def test_a_form_without_constructs_has_no_pairs(example):
    instrument = example("control_items")
    block = Block("only", ("consent",))
    controls = replace(instrument, forms={"bare": Form("bare", "Bare", (block,))})
    assert pair_coverage(controls, "bare").table().empty
