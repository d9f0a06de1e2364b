"""Sliders and three-point scales are amounts: they take part in keying, careless indices and Little's test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.definition import Instrument, Item, Scale
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.indices import INDICES
from coprod_measure.responses.keying import keying_audit
from coprod_measure.responses.missing import missing_answers
from coprod_measure.responses.read import read_responses


@pytest.fixture
def answers(written: Callable[..., Path], instrument: Instrument) -> Responses:
    """Five sliders and five items of three points; the last of each runs against the others unmarked."""
    rng = np.random.default_rng(7)
    true = rng.standard_normal((90, 2))
    sliders = np.clip(50 + 15 * true[:, [0]] + 8 * rng.standard_normal((90, 5)), 0, 100).round()
    points = np.digitize(true[:, [1]] + 0.5 * rng.standard_normal((90, 5)), [-0.6, 0.6]) + 1
    sliders[:, 4], points[:, 4] = 100 - sliders[:, 4], 4 - points[:, 4]
    sliders[0], points[0] = 50, 2  # the middle of both
    items = [
        Item(f"s_{k}", f"S{k}", kind="slider", construct_id="trust", minimum=0, maximum=100) for k in range(5)
    ]
    items += [Item(f"p_{k}", f"P{k}", construct_id="skill", scale_id="three") for k in range(5)]
    items += [Item("yes_1", "Y", construct_id="skill", scale_id="yes_no")]
    three = Scale("three", (1, 2, 3), {"en": ("Not", "Partly", "Fully")})
    asked = replace(
        instrument,
        items={item.id: item for item in items},
        scales={**instrument.scales, "three": three},
        forms={},
    )
    cells = np.column_stack([sliders, points, rng.integers(0, 2, 90)]).astype(int).astype(str).astype(object)
    cells[1:12, 1], cells[20:30, 7] = "", ""
    lines = [",".join(asked.items), *(",".join(row) for row in cells)]
    return read_responses(written("\n".join(lines) + "\n"), asked)


def test_items_that_run_against_their_construct_are_named(answers: Responses) -> None:
    audit = keying_audit(answers)
    against = audit.items.loc[audit.items["verdict"] == "against", "item"]
    assert sorted(against) == ["p_4", "s_4"]
    assert audit.not_judged == {"on a scale of two options": ("yes_1",)}


def test_who_chooses_the_middle_of_every_scale_does_not_vary(answers: Responses) -> None:
    irv = INDICES["irv"].compute(answers, ())
    assert isinstance(irv, np.ndarray)
    assert irv[0] == 0
    assert (irv[1:] > 0).all()


def test_distance_and_littles_test_need_numbers_only(answers: Responses) -> None:
    distance = INDICES["mahalanobis"].compute(answers, ())
    assert isinstance(distance, np.ndarray)
    complete = answers.shown.drop(columns="yes_1").dropna()
    centred = (complete - complete.mean()).to_numpy()
    there = np.flatnonzero(answers.shown.drop(columns="yes_1").notna().all(axis=1))
    assert np.isfinite(distance[there]).all()
    assert len(centred) == len(there)
    little = missing_answers(answers).little
    assert not isinstance(little, NotAvailable)
    assert little.n_patterns == 3


def test_a_slider_has_no_categories_for_person_fit(answers: Responses) -> None:
    assert isinstance(INDICES["guttman"].compute(answers, ("p_0", "p_1", "p_2", "p_3")), np.ndarray)
    assert isinstance(INDICES["guttman"].compute(answers, ("trust",)), NotAvailable)


def test_what_is_not_judged_says_how_many_and_why(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    asked = replace(
        instrument,
        items={f"n_{k}": Item(f"n_{k}", "N", kind="number", construct_id="trust") for k in range(3)},
        forms={},
    )
    got = read_responses(written("n_0,n_1,n_2\n1,2,3\n4,5,6\n"), asked)
    assert keying_audit(got).items.empty
    found = INDICES["irv"].compute(got, ())
    assert isinstance(found, NotAvailable)
    assert found.reason.endswith("(not judged: 3 answered with a number)")
