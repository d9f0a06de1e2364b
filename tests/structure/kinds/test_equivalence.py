"""Nothing there, and shown to be negligible: told apart from not shown by every kind with a standardised effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.populations import population
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.structure.hypotheses import test_hypotheses as judge


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return read_instrument("etgar2007")


@pytest.mark.parametrize(
    ("id_", "kind"), [("H2f", "paths"), ("H3j", "paths"), ("H4c", "moderated"), ("RQ6", "nomological")]
)
def test_what_is_too_small_to_matter_is_said_to_be(instrument: Instrument, id_: str, kind: str) -> None:
    found = population(instrument, id_)
    assert found is not None
    answers = found.draw(np.random.default_rng(11), 2500, False)
    how = {"missing": "listwise", "draws": 500, "kinds": {"moderated": {"second_opinion": False}}}
    verdicts = {}
    for smallest in (None, 0.15, 0.001):
        tests = judge(instrument.theory, answers, [id_], smallest_effect=smallest, **how)
        row = tests.table().iloc[0]
        assert row["kind"] == kind
        verdicts[smallest] = row["verdict"]
        assert {"pvalue", "pvalue_adjusted"} <= set(row.index)
    assert verdicts == {None: "not supported", 0.15: "shown to be negligible", 0.001: "not supported"}


def test_raw_and_adjusted_p_stand_side_by_side_over_kinds(instrument: Instrument) -> None:
    """Holm over a family of two kinds; the other hypothesis is a family of its own."""
    ids = ["H2f", "H4c", "H3j"]
    found = [population(instrument, id_) for id_ in ids]
    frames = [one.draw(np.random.default_rng(k), 800, False) for k, one in enumerate(found) if one]
    joined = frames[0].frame
    for one in frames[1:]:
        joined = joined.join(one.frame[[name for name in one.frame if name not in joined]])
    answers = replace(frames[0], frame=joined, shown=joined)
    tests = judge(
        instrument.theory, answers, ids, missing="listwise", draws=300, families={"two": ["H2f", "H4c"]},
        kinds={"moderated": {"second_opinion": False}},
    )  # fmt: skip
    table = tests.table().set_index("id")
    small, large = sorted(table.loc[["H2f", "H4c"], "pvalue"])
    assert sorted(table.loc[["H2f", "H4c"], "pvalue_adjusted"]) == pytest.approx(
        sorted([min(1.0, 2 * small), min(1.0, max(2 * small, large))])
    )
    assert table.loc["H3j", "pvalue_adjusted"] == table.loc["H3j", "pvalue"]


def test_what_only_adjusting_took_away_is_said(instrument: Instrument) -> None:
    found = population(instrument, "H2f")
    assert found is not None
    answers = found.draw(np.random.default_rng(5), 260, True)
    alone = judge(instrument.theory, answers, ["H2f"], missing="listwise")
    assert alone.verdicts["verdict"].iloc[0] == "supported"
    many = {f"X{k}": replace(instrument.theory.hypotheses["H2f"], id=f"X{k}") for k in range(40)}
    theory = replace(instrument.theory, hypotheses=many)
    tests = judge(theory, answers, missing="listwise")
    assert tests.verdicts["verdict"].iloc[0] == "not supported"
    told = {one.code: one.fields for one in tests.reasons["X0"]}["lost_by_adjusting"]
    assert told["p"] == pytest.approx(alone.verdicts["pvalue"].iloc[0])
    assert "by itself p = " in tests.table()["reason"].iloc[0]
