"""More causes than all subsets can be compared of: blocks against R, relative weights, and where neither is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wishart

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.kinds.relative_importance import _first, _told
from coprod_measure.structure.methods.ranking import Ranking
from coprod_measure.structure.methods.relative_weights import weights_of_sets
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.wording import sentence
from structure.by_hand import a_claim, answers_of

REFERENCE = Path(__file__).parents[2] / "reference"
R: dict[str, Any] = json.loads((REFERENCE / "dominance_blocks" / "values.json").read_text())
TRAITS = {name: tuple(f"{name}{k}".lower() for k in range(1, 6)) for name in "ACENO"}
ITEMS = tuple(id_ for own in TRAITS.values() for id_ in own)


def bfi(folder: Path) -> Responses:
    """Every item of bfi is a cause by itself, its trait the domain; age is an amount, being a woman yes or no."""
    frame = pd.read_csv(REFERENCE / "data" / "bfi.csv").rename(columns=str.lower)
    frame = frame[[*ITEMS, "gender", "age"]].dropna().reset_index(drop=True)
    frame = frame.assign(woman=frame.pop("gender") - 1).rename(columns=lambda name: f"{name}_1")
    named = "stage: before, measurement: observed, unit: [respondent]"
    causes = [
        f"  {id_}: {{name: {id_.upper()}, definition: d, domain: {trait.lower()}/item, {named}}}"
        for trait, own in TRAITS.items()
        for id_ in own
    ]
    outcomes = [f"  {id_}: {{name: {id_}, definition: d, {named}}}" for id_ in ("woman", "age")]
    (folder / "theory.yaml").write_text(
        "\n".join(
            [
                "id: t\ntitle: T\nversion: '1'\nsource: Own\nstages: {before: {name: Before}}\nconstructs:",
                *causes, *outcomes,
                "hypotheses:\n  H: {statement: S., level: relative_importance, sources: [a1, a2], targets: [age]}",
            ]
        )
    )  # fmt: skip
    asked = "\n".join(
        f"  - {{construct: {id_}, scale: {scale}, kind: {kind}, items: {{{id_}_1: {{text: t}}}}}}"
        for ids, scale, kind in ((ITEMS, "six", "single_choice"), (("woman",), "yes_no", "single_choice"))
        for id_ in ids
    )
    (folder / "instrument.yaml").write_text(
        "id: t\ntitle: T\nversion: '1'\nlicense: CC0-1.0\ntheory: theory.yaml\nlanguages: [en]\n"
        "scales:\n  six: {codes: [1, 2, 3, 4, 5, 6], labels: {en: [a, b, c, d, e, f]}}\n"
        "  yes_no: {codes: [0, 1], bipolar: false, labels: {en: ['No', 'Yes']}}\n"
        f"questions:\n{asked}\n  - {{construct: age, kind: number, items: {{age_1: {{text: t}}}}}}\n"
    )
    return answers_of(read_instrument(folder / "instrument.yaml"), frame, pd.DataFrame(index=frame.index))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    return bfi(tmp_path_factory.mktemp("bfi"))


def judged(answers: Responses, *claims: Any, draws: int = 60, **changed: str) -> HypothesisTests:
    theory = answers.instrument.theory
    constructs = {id_: replace(one, **changed) for id_, one in theory.constructs.items()}  # type: ignore[arg-type]
    theory = replace(theory, hypotheses={one.id: one for one in claims}, constructs=constructs)
    return run_hypotheses(theory, answers, missing="listwise", draws=draws)


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    level = "relative_importance"
    return judged(
        answers,
        a_claim("M1", level, ITEMS, ("age",)),
        a_claim("M4", level, ITEMS[:6], ("age",), blocks={"pair": ITEMS[:2], "rest": ITEMS[2:5]}),
    )  # fmt: skip


def general(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["predictor"], table["general"], strict=True))


def test_blocks_and_what_is_in_each_are_those_of_r(tests: HypothesisTests) -> None:
    own = tests.tables["M1"]
    found = general(own["blocks"])
    peers = {name[0].lower(): value for name, value in R["blocks"]["general"].items()}
    assert {name.split("/")[1]: value for name, value in found.items()} == pytest.approx(peers, abs=1e-6)
    for trait, inside in R["inside"].items():
        rows = own["facets"][own["facets"]["block"] == f"before/{trait.lower()}/item"]
        peers = {name.lower(): value for name, value in inside["general"].items()}
        assert general(rows) == pytest.approx(peers, abs=1e-6)


def test_relative_weights_of_all_are_those_of_r(answers: Responses, tests: HypothesisTests) -> None:
    shown = tests.tables["M1"]["importance"].set_index("predictor")
    peers = {name.lower(): value for name, value in R["weights"].items()}
    assert shown["relative_weight"].to_dict() == pytest.approx(peers, abs=1e-6)
    assert shown["relative_weight"].sum() == pytest.approx(R["total"], abs=1e-6)
    assert (shown["ranked_by"] == "relative_weight").all()
    of_yes_no = judged(answers, a_claim("M3", "relative_importance", ITEMS, ("woman",)), draws=3)
    assert len(of_yes_no.tables["M3"]["blocks"]) == 5
    odds = of_yes_no.tables["M3"]["importance"].set_index("predictor")["relative_weight"]
    assert odds.to_dict() == pytest.approx({k.lower(): v for k, v in R["log_odds"].items()}, abs=1e-6)


def test_the_verdict_rests_on_the_weights_and_says_so(answers: Responses, tests: HypothesisTests) -> None:
    sources = ("n1", *(one for one in ITEMS if one != "n1"))
    claim = a_claim("M2", "relative_importance", sources, ("age",), "positive", tested_by=("first_rank",))
    table = pd.concat([tests.table(), judged(answers, claim, draws=600).table()]).set_index("id")
    assert "the 25 causes of age are ranked by relative weights" in table.loc["M1", "reason"]
    assert "dominance is that of 5 blocks, their domains, then within each" in table.loc["M1", "reason"]
    assert table.loc["M2", "verdict"] == "contradicted"
    first = tests.tables["M1"]["importance"]["predictor"].iloc[0]
    assert f"{first} explains more of age than n1" in table.loc["M2", "reason"]
    claimed = tests.claims[tests.claims["hypothesis"] == "M1"]
    assert set(claimed["measure"]) == {"relative_weight"}


def test_blocks_of_a_claim_are_obeyed_though_causes_are_few(tests: HypothesisTests) -> None:
    own = tests.tables["M4"]
    assert set(own["blocks"]["predictor"]) == {"pair", "rest", ITEMS[5]}
    assert own["blocks"]["general"].sum() == pytest.approx(own["importance"]["general"].sum())
    assert "3 blocks, as its claim names them" in tests.table().set_index("id").loc["M4", "reason"]


def test_probabilities_of_ranks_add_up(tests: HypothesisTests) -> None:
    for own in tests.tables.values():
        for _, rows in own["ranks"].groupby(["target", "of"]):
            shares = np.array(rows["probabilities"].tolist())
            assert shares.sum(axis=0) == pytest.approx(1.0)
            assert shares.sum(axis=1) == pytest.approx(1.0)
            places = np.arange(1, len(rows) + 1)
            assert rows["expected"].to_numpy() == pytest.approx(shares @ places)
            assert rows["expected"].sum() == pytest.approx(places.sum())


def test_where_the_theory_knows_no_blocks_weights_alone_are_told(answers: Responses) -> None:
    tests = judged(answers, a_claim("M", "relative_importance", ITEMS, ("age",)), stage="", domain="")
    own, row = tests.tables["M"], tests.table().iloc[0]
    assert "blocks" not in own
    assert "no dominance by blocks" in row["reason"]
    assert own["importance"]["p_first"].sum() == pytest.approx(1.0)


def test_the_page_shows_blocks_parts_and_ranks(answers: Responses, tests: HypothesisTests) -> None:
    blocks = list(PAGES["relative_importance"].blocks(tests, Labels(answers.instrument)))
    tables = {one.id: one for one in blocks if isinstance(one, Table)}
    assert {"importance-M1-1", "blocks-M1-1", "blocks-dominance-M1-1", "facets-M1-1", "ranks-M1"} <= set(
        tables
    )
    assert tables["blocks-M1-1"].rows[0].values[0] == "1 Before: a, item"
    heads = [one.label for one in tables["ranks-M1"].columns]
    assert heads[:3] == ["Cause", "Expected rank", "1"]
    assert heads[-1] == "15+"
    pictures = {one.id for one in blocks if isinstance(one, Figure)}
    assert {"importance-figure-M1-1", "ranks-figure-M1-1"} <= pictures


def test_plan_and_method_name_the_weights(answers: Responses, tests: HypothesisTests) -> None:
    page, claims = PAGES["relative_importance"], tests.claims.set_index("hypothesis")
    for id_, named in (("M1", True), ("M4", False)):
        codes = [one.code for one in tests.reasons[id_]]
        told = page.method(claims.loc[id_].to_dict(), codes, tests.options)
        assert ("relative weights" in told) == named
        assert ("of blocks of causes" in told) == named
        theory = answers.instrument.theory
        one = a_claim(id_, "relative_importance", ITEMS if named else ITEMS[:6], ("age",))
        assert bool(page.planned_of(one, Context(theory, answers))) == named


def damaged(answers: Responses, n: int, column: str, value: Any) -> Responses:
    frame = answers.frame.iloc[:n].assign(**{column: value})
    rest = {name: getattr(answers, name).iloc[:n] for name in ("missing", "about")}
    return replace(answers, frame=frame, shown=frame, **rest)


@pytest.mark.parametrize(
    ("target", "n", "column", "value", "named"),
    [
        ("age", 60, "a1_1", lambda frame: frame["a1_1"], "Collect 125 or more"),
        ("woman", 60, "a1_1", lambda frame: frame["a1_1"], "Collect 125 or more"),
        ("age", 300, "n1_1", 3, "n1: is constant"),
        ("woman", 300, "n1_1", 3, "n1 did not vary"),
        ("age", 300, "n1_1", lambda frame: frame["n2_1"], "n1, n2 are linearly dependent"),
        ("woman", 300, "n1_1", lambda frame: frame["n2_1"], "n1, n2 are collinear"),
        (
            "woman",
            300,
            "woman_1",
            lambda frame: frame["n1_1"].gt(3).astype(float),
            "the answers of 'woman' completely",
        ),
    ],
)
def test_bad_input_is_named_and_the_rest_comes(
    answers: Responses, target: str, n: int, column: str, value: Any, named: str
) -> None:
    claims = (
        a_claim("M", "relative_importance", ITEMS, (target,)),
        a_claim("B", "direct", ("o1",), ("age",), "positive"),
    )
    tests = judged(damaged(answers, n, column, value), *claims)
    table = tests.table().set_index("id")
    assert table.loc["M", "verdict"] == "not testable here"
    assert named in table.loc["M", "reason"]
    assert "\n" not in table.loc["M", "reason"]
    assert table.loc["B", "verdict"] != "not testable here"
    assert not tests.failures


def test_twenty_equal_causes_seldom_contradict_that_one_of_them_ranks_first() -> None:
    """And the intervals of their weights hold the weights of the population."""
    rng, k, n = np.random.default_rng(5), 20, 400
    truth = np.full((k + 1, k + 1), 0.25)
    truth[:k, k] = truth[k, :k] = 0.3
    np.fill_diagonal(truth, 1.0)
    sets = [[i] for i in range(k)]
    known, verdicts, inside = weights_of_sets(truth[None], sets)[:, 0], [], []
    for _ in range(40):
        sample = np.cov(rng.multivariate_normal(np.zeros(k + 1), truth, n).T)
        drawn = weights_of_sets(wishart(n - 1, sample / (n - 1)).rvs(300, random_state=rng), sets)
        found = Ranking([f"x{i}" for i in range(k)], weights_of_sets(sample[None], sets)[:, 0], drawn, 0.95)
        verdicts.append(_first(found, "x0", 0.05, k - 1))
        lower, upper = found.interval()
        inside.append((lower <= known) & (known <= upper))
    assert verdicts.count(-1) <= 40 * 0.05 + 2 * (40 * 0.05 * 0.95) ** 0.5
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_ranks_without_a_usable_draw_are_told_as_unknown() -> None:
    ranking = Ranking(("a", "b"), np.array([0.3, 0.1]), NotAvailable("the draws are singular"), 0.95)
    (reason,) = _told(ranking, "a", float("nan"), "y", beaten=False)
    assert sentence(reason) == "a comes first for y, how surely is unknown: the draws are singular"
