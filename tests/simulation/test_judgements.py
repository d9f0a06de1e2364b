"""Verdicts that people reach by rules of their own: what is drawn is what the file states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.simulation.answers import simulate
from coprod_measure.simulation.as_responses import as_responses
from coprod_measure.simulation.claims import has_effect, scaled
from coprod_measure.simulation.draft import draft_population
from coprod_measure.simulation.draft_file import population_text
from coprod_measure.simulation.population import Population
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.switched_off import without
from coprod_measure.structure.hypotheses import test_hypotheses as judge

STATED = """
id: stated
title: Stated
instrument: etgar2007
form: FORM
seed: 1
constructs: {eva_values_received: {}, eva_worthwhile: {}, propensity: {}}
paths: {eva_worthwhile: {eva_values_received: 0.3}, propensity: {eva_worthwhile: 0.4}}
judgements:
  eva_worthwhile: {by: eva_values_received, stated: eva_decision_calculus_1, rules: {1: additive, 3: lexical}, size: 0.8}
"""


def stated(folder: Path, form: str = "wide", old: str = "", new: str = "") -> Population:
    path = folder / "population.yaml"
    path.write_text(STATED.replace("FORM", form).replace(old, new), encoding="utf-8")
    return read_population(path)


def test_rules_leave_paths_and_variances_as_the_file_says(tmp_path: Path) -> None:
    sample = simulate(stated(tmp_path), n=20_000, seed=2)
    scores = sample.latent[["eva_values_received", "eva_worthwhile", "propensity"]]
    r = scores.corr().to_numpy()
    assert scores.std().to_numpy() == pytest.approx(np.ones(3), abs=0.03)
    assert (r[0, 1], r[1, 2], r[0, 2]) == pytest.approx((0.3, 0.4, 0.12), abs=0.025)


def test_the_first_thing_decides_for_those_who_say_so(tmp_path: Path) -> None:
    sample = simulate(stated(tmp_path), n=20_000, seed=3)
    says, verdict = sample.answers["eva_decision_calculus_1"], sample.latent["eva_worthwhile"]
    values = sample.answers.filter(like="eva_values_received_")
    assert values.shape[1] == 4
    slopes = {}
    for code in (1, 2, 3):
        who = (says == code).to_numpy() & values.notna().all(axis=1).to_numpy()
        x = values[who].to_numpy(float)
        slopes[code] = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), verdict[who], rcond=None)[0][1:]
    assert slopes[3][0] > 4 * np.abs(slopes[3][1:]).max()
    assert slopes[1].max() < 1.3 * slopes[1].min()
    assert slopes[2].max() < 0.1  # who states no rule has the path alone


def test_the_draft_carries_the_claim_and_its_file_says_so(tmp_path: Path) -> None:
    instrument = read_instrument("etgar2007")
    draft = draft_population(instrument, "wide")
    path = tmp_path / "population.yaml"
    path.write_text(population_text(draft), encoding="utf-8")
    again = read_population(path)
    claim = instrument.theory.hypotheses["H11g"]
    assert again.judgements == draft.population.judgements
    assert set(again.judgements["eva_worthwhile"].rules.values()) == {"additive", "conjunctive", "lexical"}
    assert has_effect(again, claim)
    off = without(again, ["H11g"])
    assert not has_effect(off, claim)
    assert set(off.judgements["eva_worthwhile"].rules.values()) == {"additive"}
    assert scaled(again, 0.5).judgements["eva_worthwhile"].size == pytest.approx(0.35)
    verdicts = [
        judge(
            instrument.theory,
            as_responses(simulate(one, n=3000, seed=2)),
            ["H11g"],
            draws=20,
            verdicts_only=True,
        )
        for one in (again, off)
    ]
    assert [one.table().loc[0, "verdict"] for one in verdicts] == ["supported", "contradicted"]


def test_points_are_shared_out_where_the_form_asks_for_them(tmp_path: Path) -> None:
    points = (
        simulate(stated(tmp_path, "full"), n=300, seed=1)
        .answers.filter(like="eva_importance_weight_")
        .dropna()
    )
    assert len(points) > 50
    assert (points.sum(axis=1) == 100).all()
    assert points.to_numpy().std() > 5


@pytest.mark.parametrize(
    ("form", "old", "new", "said"),
    [
        ("core", "", "", "the form asks 1 question on 'eva_values_received'"),
        ("wide", "3: lexical", "4: lexical", "'eva_decision_calculus_1' has no such code"),
        ("wide", "by: eva_values_received", "by: sit_trust", "'sit_trust' is not among the constructs"),
        ("wide", "eva_decision_calculus_1", "eva_rule", "there is no item 'eva_rule'"),
        ("wide", "size: 0.8", "size: 1.5", "must be below 1"),
        ("wide", "3: lexical", "3: lexicographic", "lexical"),
    ],
)
def test_what_cannot_be_judged_is_named(form: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=said):
        stated(tmp_path, form, old, new)
