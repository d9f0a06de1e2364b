"""People, rows, waves and categories are counted apart, and the design of the sample reaches the record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import CLUSTER, WEIGHT
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
LONG = (
    "id,round,product,class,w,trust_1,skill_1\n"
    "a,1,shelf,k1,0.5,1,2\na,2,shelf,k1,0.5,2,2\na,2,tour,k1,0.5,3,1\n"
    "b,1,shelf,k1,1.5,4,3\nb,2,tour,k1,1.5,5,3\nc,2,tour,k2,1,5,5\n"
)


def test_counts_of_a_panel(written: Written, instrument: Instrument) -> None:
    got = read_responses(written(LONG), instrument, wave="round", category="product")
    assert (got.people, got.rows, got.waves, got.categories) == (3, 6, 2, 2)
    design, options = got.sampling()
    assert options == {"cluster": CLUSTER}
    assert design[CLUSTER].tolist() == ["a", "a", "a", "b", "b", "c"]


def test_side_by_side_waves_are_rows_of_the_same_people(written: Written, instrument: Instrument) -> None:
    text = "id,trust_1_t1,trust_1_t2\n" + "".join(f"p{k},{1 + k % 5},{1 + k % 3}\n" for k in range(8))
    got = read_responses(written(text), instrument, wave={"first": "*_t1", "second": "*_t2"})
    assert (got.people, got.rows, got.waves, got.categories) == (8, 16, 2, 1)


def test_people_of_one_row_are_independent(written: Written, instrument: Instrument) -> None:
    got = read_responses(written("id,trust_1\na,1\nb,2\n"), instrument)
    assert (got.people, got.rows, got.waves, got.categories) == (2, 2, 1, 1)
    design, options = got.sampling()
    assert options == {}
    assert design.empty
    assert got.one_row_a_person() == (got, None)


def test_one_row_a_person_is_of_the_first_wave_and_the_most_frequent_category(
    written: Written, instrument: Instrument
) -> None:
    got = read_responses(written(LONG), instrument, wave="round", category="product")
    one, occasion = got.one_row_a_person()
    assert occasion is not None
    assert (occasion.wave, occasion.category, occasion.people, occasion.rows) == ("1", "shelf", 3, 6)
    assert list(one.frame.index) == ["a/1/shelf", "b/1/shelf"]
    later, _ = got.one_row_a_person(wave="2")
    assert list(later.frame.index) == ["a/2/tour", "b/2/tour", "c/2/tour"]
    with pytest.raises(ResponsesError, match="there is no wave '3'. Choose from 1, 2"):
        got.one_row_a_person(wave="3")


def test_named_clusters_and_weights(written: Written, instrument: Instrument) -> None:
    got = read_responses(
        written(LONG), instrument, wave="round", category="product", weight="w", cluster="class"
    )
    design, options = got.sampling()
    assert options == {"cluster": CLUSTER, "weights": WEIGHT}
    assert design[CLUSTER].tolist() == ["k1"] * 5 + ["k2"]
    assert design[WEIGHT].tolist() == [0.5, 0.5, 0.5, 1.5, 1.5, 1.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((",1.5,4", ",-1,4"), "1 row has no sampling weight above 0"),
        (("k1,0.5,1", ",0.5,1"), "1 row belongs to no cluster"),
        (("k1,0.5,1", "k2,0.5,1"), "a person belongs to several clusters"),
    ],
)
def test_a_design_that_cannot_be_is_refused(
    written: Written, instrument: Instrument, change: tuple[str, str], said: str
) -> None:
    path = written(LONG.replace(*change))
    with pytest.raises(ResponsesError, match=said):
        read_responses(path, instrument, wave="round", category="product", weight="w", cluster="class")


def test_the_order_of_waves_is_that_of_numbers(written: Written, instrument: Instrument) -> None:
    rows = pd.DataFrame({"id": list("aaab"), "wave": [10, 9, 11, 9], "trust_1": [1, 2, 3, 4]})
    one, occasion = read_responses(written(rows.to_csv(index=False)), instrument).one_row_a_person()
    assert occasion is not None
    assert occasion.wave == "9"
    assert list(one.frame["trust_1"]) == [2, 4]
