"""Claims judged by partial least squares: the numbers of the PLS door, and the verdicts of the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import coprod_measure as cm
from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.document import Table
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import HypothesisTests
from structure.small_answers import small_answers

ASKED = ("T1", "T2", "T3", "T4")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    return small_answers(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    theory = answers.instrument.theory
    return judge(theory, answers, ASKED, method="pls", missing="listwise", draws=500)


def test_the_verdicts_are_those_of_the_structural_equation_model(
    tests: HypothesisTests, answers: Responses
) -> None:
    by_sem = judge(answers.instrument.theory, answers, ASKED, missing="listwise", draws=500)
    assert tests.table()["verdict"].tolist() == by_sem.table()["verdict"].tolist()
    # Two consistent estimators of the same paths.
    assert tests.claims["std"].to_numpy() == pytest.approx(by_sem.claims["std"].to_numpy(), abs=0.05)


def test_the_numbers_are_those_of_the_pls_door(tests: HypothesisTests, answers: Responses) -> None:
    (model,) = tests.models
    assert (model.estimator, model.admissible) == ("PLSc", True)
    assert {name.partition("_lower")[0] for name in model.fit_measures.index if "upper" not in name} == {
        "srmr", "d_uls", "d_g",
    }  # fmt: skip
    assert model.fit_measures["srmr_lower"] <= model.fit_measures["srmr_upper"]
    fit = cm.pls(model.syntax, answers.frame, consistent=True)
    paths = fit.paths().set_index(["to", "from"])["est"]
    own = model.parameters[model.parameters["op"] == "~"].set_index(["lhs", "rhs"])["est"]
    assert own.to_dict() == pytest.approx(paths.to_dict())
    residual = model.parameters[model.parameters["op"] == "~~"].set_index("lhs")["est"]
    assert (1 - residual).to_dict() == pytest.approx(fit.r2().set_index("construct")["r2"].to_dict())
    assert isinstance(model.omitted, NotAvailable)


def test_the_report_shows_it(tests: HypothesisTests, answers: Responses) -> None:
    blocks = about_hypotheses(tests, Labels(answers.instrument)).blocks
    (fit,) = (one for one in blocks if isinstance(one, Table) and one.id == "structural-fit")
    assert [column.label for column in fit.columns[2:]] == [
        "SRMR",
        "95% CI",
        "d_ULS",
        "95% CI",
        "d_G",
        "95% CI",
    ]
    assert 0.0 < float(str(fit.rows[0].values[2])) < 0.1
    notes = " ".join(note for one in blocks if isinstance(one, Table) for note in one.notes)
    assert "bootstrap draws" in notes
    assert "Monte Carlo draws" not in notes
    (beside,) = (one for one in blocks if isinstance(one, Table) and one.id == "pls-beside-1")
    for row in beside.rows:
        # Reflective constructs: both estimate the same paths.
        assert float(str(row.values[2])) == pytest.approx(float(str(row.values[3])), abs=0.05)


def test_clusters_are_refused_and_missing_answers_enter_by_em(answers: Responses) -> None:
    theory = answers.instrument.theory
    rng = np.random.default_rng(1)
    people = answers.frame.index[:300]
    holed = answers.keep(people)
    holed = replace(holed, frame=holed.frame.mask(rng.random(holed.frame.shape) < 0.03))
    by_em = judge(theory, holed, ("T1",), method="pls", draws=100)
    assert by_em.models[0].n > holed.frame[["trust_1", "trust_2", "trust_3"]].dropna().shape[0]
    clustered = replace(holed, about=holed.about.assign(cluster=range(len(holed.about))))
    if clustered.sampling()[1]:
        refused = judge(theory, clustered, ("T1",), method="pls", draws=100)
        assert "PLS takes no cluster" in str(refused.reasons["T1"])
