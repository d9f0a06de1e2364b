"""Names written into model text are read back as they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.estimation.specification.syntax import parse_model
from coprod_measure.estimation.specification.writing import formula, label, unused, written

NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)


@given(NAMES, NAMES, NAMES)
def test_any_name_survives_the_round_trip(lhs: str, first: str, second: str) -> None:
    text = "\n".join(
        [
            formula(lhs, "=~", first, ("NA", second + "_")),
            formula(lhs, "~~", ("0.5", lhs)),
            formula(first, "~1", label("i", first)),
        ]
    )
    found = [(one.lhs, one.op, one.rhs) for one in parse_model(text).formulas]
    loaded = [(lhs, "=~", first), (lhs, "=~", second + "_")]
    assert found == [*dict.fromkeys(loaded), (lhs, "~~", lhs), (first, "~1", "")]


@given(NAMES, NAMES)
def test_labels_differ_where_names_differ(one: str, other: str) -> None:
    assert (label("i", one) == label("i", other)) == (one == other)


def test_quotes_of_either_kind_hold_a_name() -> None:
    for text in ("'my scale' =~ \"item 1\" + x2", "`my scale` =~ `item 1` + x2"):
        found = parse_model(text).formulas
        assert [(one.lhs, one.rhs) for one in found] == [("my scale", "item 1"), ("my scale", "x2")]


def test_an_unused_name_is_unused() -> None:
    assert unused("f", ["f", "f_"]) == "f__"
    assert written("x:z") == "x:z"
