"""Blocks of two-level models."""

from __future__ import annotations

import pytest

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.levels import exogenous_names
from coprod_measure.estimation.specification.parameter_table import Defaults, ParameterTable
from coprod_measure.estimation.specification.syntax import parse_model

MODEL = "level: 1\nf =~ y1 + y2 + y3\nf ~ x\nlevel: 2\ng =~ y1 + y2 + y3\ng ~ w + x"


def table(text: str) -> ParameterTable:
    return parameter_table(parse_model(text, levels=True), Defaults(mean_structure=True))


@pytest.mark.parametrize("words", [("1", "2"), ("within", "between"), ('"within"', "cluster")])
def test_levels_have_numbers_or_names(words: tuple[str, str]) -> None:
    text = MODEL.replace("level: 1", f"level: {words[0]}").replace("level: 2", f"level: {words[1]}")
    assert table(text) == table(MODEL)


def test_means_of_what_varies_at_both_levels_belong_to_the_second() -> None:
    rows = {(row.lhs, row.group): row for row in table(MODEL).rows if row.op == "~1"}
    assert not rows["y1", 1].free
    assert rows["y1", 1].value == 0.0
    assert rows["y1", 2].free
    assert not rows["x", 1].exogenous
    assert rows["x", 2].exogenous
    assert ("w", 1) not in rows


def test_labels_hold_equal_over_levels() -> None:
    rows = table(MODEL.replace("y2", "l*y2")).rows
    shared = {row.key for row in rows if row.op == "=~" and row.rhs == "y2"}
    assert len(shared) == 1


def test_covariates_are_those_of_either_level() -> None:
    assert set(exogenous_names(parse_model(MODEL, levels=True).formulas)) == {"x", "w"}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("y ~ x\n" + MODEL, "stands before the first level"),
        ("level: 1\nf =~ y1 + y2", "no block for level 2"),
        ("level: 3\nf =~ y1 + y2", "there is no level 3"),
        ("group: 1\nf =~ y1\nlevel: 1\nf =~ y1\ngroup: 2\nf =~ y1", "group 2 of 1"),
        (MODEL.replace("g ", "y9 ").replace("f ~ x", "f ~ x + y9"), "latent at one level"),
        ("block: 1\nf =~ y1 + y2", "block: blocks are not supported"),
        (MODEL + "\ny1 | t1", "thresholds"),
        (MODEL + "\nf ~ w", "f is latent at one level"),
        ("level: 1\ny =~ 0*y\nlevel: 2\ny2 ~ w", "level 1 has no observed variable"),
    ],
)
def test_other_blocks_are_refused(text: str, cause: str) -> None:
    with pytest.raises(ModelError, match=cause):
        table(text)


def test_who_cannot_do_with_levels_refuses_them() -> None:
    with pytest.raises(ModelError, match="line 2, column 1: level: blocks have no meaning here"):
        parse_model(MODEL)
