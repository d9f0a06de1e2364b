"""Each kind takes weights, clusters and missing answers, or says that it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.populations import population
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.kinds import KINDS
from coprod_measure.structure.results import NOT_TESTABLE

HOW = {"moderated": {"second_opinion": False}, "necessity": {"permutations": 100}, "choice": {"draws": 0}}
OF_KIND = {
    "paths": "H2h",
    "incremental": "H11e",
    "moderated": "H4c",
    "relative_importance": "H6c",
    "discrepancy": "H11d",
    "necessity": "H1j",
    "choice": "H9d",
    "measurement": "H5h",
    "nomological": "RQ6",
    "group_difference": "H1l",
    "judgement": "H11g",
}
IN_PART = {"H4c": "moderated", "H11g by means": "group_difference"}
"""Hypotheses whose test takes no design though others of their kind do."""
SAMPLED = [
    (kind, OF_KIND[kind]) for kind, one in KINDS.items() if "cluster" in one.design and kind != "moderated"
]


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    """Hold one more claim: means of the verdict by stated rule."""
    shipped = read_instrument("etgar2007")
    means = replace(shipped.theory.hypotheses["H11g"], id="H11g by means", tested_by=(), judged_by=())
    theory = replace(shipped.theory, hypotheses={**shipped.theory.hypotheses, means.id: means})
    return replace(shipped, theory=theory)


def drawn(instrument: Instrument, id_: str, n: int = 400) -> Responses:
    found = population(instrument, id_)
    assert found is not None
    return found.draw(np.random.default_rng(3), n, True)


def picked(answers: Responses, places: np.ndarray) -> Responses:
    """Take rows, some of them more than once, each as a respondent of its own."""
    parts = {
        name: getattr(answers, name).iloc[places].reset_index(drop=True)
        for name in ("frame", "shown", "missing", "about")
    }
    parts["about"] = parts["about"].assign(respondent=np.arange(len(places)))
    return replace(answers, positions=None, **parts)


@pytest.mark.parametrize(("kind", "id_"), [*OF_KIND.items(), ("group_difference", "H11g by means")])
def test_what_is_not_taken_is_said(instrument: Instrument, kind: str, id_: str) -> None:
    n = 600 if id_ == "H1l" else 240  # of three groups
    answers = drawn(instrument, id_, n)
    people = answers.about.assign(weight=np.where(np.arange(n) % 2, 0.5, 1.5), cluster=np.arange(n) // 4)
    frame = answers.frame.mask(np.random.default_rng(1).uniform(size=answers.frame.shape) < 0.03)
    tests = judge(
        instrument.theory,
        replace(answers, frame=frame, shown=frame, about=people),
        [id_],
        draws=200,
        kinds=HOW,
    )
    row = tests.table().iloc[0]
    assert row["kind"] == kind
    assert row["verdict"] != NOT_TESTABLE, row["reason"]
    assert tests.failures == {}
    taken = set(KINDS[kind].design)
    assert set(tests.not_taken.get(kind, ())) == {"weights", "cluster"} - taken
    assert ("its test takes no weights and no clusters" in row["reason"]) == (id_ in IN_PART)


@pytest.mark.parametrize(("kind", "id_"), SAMPLED)
def test_answers_that_are_there_twice_are_no_more_people(instrument: Instrument, kind: str, id_: str) -> None:
    once, places = drawn(instrument, id_), np.tile(np.arange(400), 2)
    twice = picked(once, places)
    twice = replace(twice, about=twice.about.assign(cluster=places))
    widths = []
    for answers in (once, twice):
        tests = judge(
            instrument.theory, answers, [id_], draws=500, missing="listwise", estimator="MLR", kinds=HOW
        )
        claims = tests.claims.dropna(subset=["ci_lower", "ci_upper"])
        widths.append(float((claims["ci_upper"] - claims["ci_lower"]).mean()))
    assert widths[1] == pytest.approx(widths[0], rel=0.2)


@pytest.mark.parametrize(
    ("kind", "id_"), [(kind, id_) for kind, id_ in SAMPLED if "weights" in KINDS[kind].design]
)
def test_a_weight_of_two_is_the_person_twice(instrument: Instrument, kind: str, id_: str) -> None:
    once = drawn(instrument, id_)
    heavy = np.arange(len(once.frame)) % 2 == 0
    weighted = replace(once, about=once.about.assign(weight=np.where(heavy, 2.0, 1.0)))
    doubled = picked(once, np.concatenate([np.arange(400), np.flatnonzero(heavy)]))
    one, other = (
        judge(instrument.theory, answers, [id_], draws=500, missing="listwise", kinds=HOW).claims["estimate"]
        for answers in (weighted, doubled)
    )
    assert one.to_numpy() == pytest.approx(other.to_numpy(), abs=0.01)
