"""Blocks of a model text: the numbers are compared with lavaan's in tests/fitting (case mlr_hs_blocks)."""

from __future__ import annotations

import pytest

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.blocks import formulas_by_group
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

TWO = "group: {}\nf =~ a + b + c\ngroup: {}\nf =~ a + b + c\na ~~ b"


@pytest.mark.parametrize("names", [("1", "2"), ("old", "new"), ('"old"', "'new'"), ("old", "2")])
def test_a_number_counts_and_a_name_is_a_value_of_the_grouping_column(names: tuple[str, str]) -> None:
    first, second = formulas_by_group(parse_model(TWO.format(*names)).formulas, ("old", "new"))
    assert (len(first), len(second)) == (3, 4)


def test_blocks_in_another_order_than_the_groups() -> None:
    first, second = formulas_by_group(parse_model(TWO.format("new", "old")).formulas, ("old", "new"))
    assert (len(first), len(second)) == (4, 3)


def test_a_name_without_a_blank_after_the_colon() -> None:
    assert {f.block for f in parse_model(TWO.format("x", "y").replace(": ", ":")).formulas} == {"x", "y"}


def test_without_blocks_every_group_has_all_formulas() -> None:
    formulas = parse_model("f =~ a + b + c").formulas
    assert formulas_by_group(formulas, ("x", "y", "z")) == (formulas,) * 3


def test_defaults_follow_the_block() -> None:
    """Latent covariances are added only where no path stands between the factors."""
    text = "group: 1\nf =~ a + b\ng =~ c + d\ngroup: 2\nf =~ a + b\ng =~ c + d\ng ~ f"
    rows = parameter_table(parse_model(text), Defaults(), n_groups=2).rows
    between = [(row.op, row.group) for row in rows if {row.lhs, row.rhs} == {"f", "g"}]
    assert sorted(between) == [("~", 2), ("~~", 1)]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("f =~ a + b + c\ngroup: 1\nf =~ a", "line 1, column 6: f =~ a stands before"),
        (TWO.format(1, 3), "group 3 of 2"),
        (TWO.format("old", "newer"), "no group 'newer'"),
        ("group: 1\nf =~ a + b + c", "no block for group 'new'"),
        ("group: 1\nf =~ a + b\ngroup: 2\nf =~ a + b + c", r"differ in their observed variables \(c\)"),
        ("group: 1\nf =~ a + c(1, 2)*b\ngroup: 2\nf =~ a + b", "has 2 values for 1 group"),
    ],
)
def test_blocks_that_do_not_fit_the_groups(text: str, cause: str) -> None:
    with pytest.raises(ModelError, match=cause):
        parameter_table(parse_model(text), Defaults(), n_groups=2, group_labels=("old", "new"))


def test_blocks_without_groups() -> None:
    with pytest.raises(ModelError, match="without groups"):
        formulas_by_group(parse_model(TWO.format("old", "new")).formulas, ("",))
