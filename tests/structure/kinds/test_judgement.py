"""Whether people judge by the rules that they state, in the words of a theory of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.populations import population
from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.document import Table
from coprod_measure.report.hypotheses.judgement import PAGE
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import NOT_TESTABLE, HypothesisTests
from structure.by_hand import answers_of

CLAIMS = {
    "rules": "tested_by: [judgement_rules, mixture_regression], judged_by: [got], rules: {sum: additive, first: lexical}",
    "classes": "tested_by: [mixture_regression], judged_by: [price, fun]",
    "one": "tested_by: [mixture_regression], judged_by: [price]",
    "unasked": "tested_by: [mixture_regression], judged_by: [silent]",
    "words": "tested_by: [judgement_rules], judged_by: [got], rules: {sum: additive, never: lexical}",
}
N = 500


def written(folder: Path, claims: dict[str, str]) -> Path:
    about = "definition: d, stage: now, unit: [respondent]"
    names = {"worth": "reflective", "got": "composite", "price": "observed", "fun": "observed"}
    names |= {"silent": "observed", "way": "observed"}
    theory = [
        'id: own\ntitle: Own\nversion: "1.0"\nsource: own\nstages: {now: {name: Now, definition: d}}\nconstructs:',
        *(f"  {name}: {{name: {name}, {about}, measurement: {what}}}" for name, what in names.items()),
        "hypotheses:",
        *(
            f"  {id_}: {{statement: It., level: group_difference, sources: [way], targets: [worth], {words}}}"
            for id_, words in claims.items()
        ),
    ]
    (folder / "theory.yaml").write_text("\n".join(theory), encoding="utf-8")
    items = {"worth": 3, "got": 4, "price": 1, "fun": 1, "way": 1}
    asked = [
        f"  - {{construct: {name}, scale: {'ways' if name == 'way' else 'agree'}, items: {{"
        + ", ".join(f"{name}_{j}: {{text: t}}" for j in range(1, k + 1))
        + "}}"
        for name, k in items.items()
    ]
    instrument = [
        'id: own\ntitle: Own\nversion: "1.0"\nlicense: CC0-1.0\ntheory: theory.yaml\nlanguages: [en]\nscales:',
        "  agree: {codes: [1, 2, 3, 4, 5, 6, 7], labels: {en: [a, b, c, d, e, f, g]}}",
        "  ways: {codes: [1, 2], ordered: false, labels: {en: [By the SUM of all, What comes first]}}",
        "questions:", *asked,
    ]  # fmt: skip
    path = folder / "own.yaml"
    path.write_text("\n".join(instrument), encoding="utf-8")
    return path


def drawn(rng: np.random.Generator) -> pd.DataFrame:
    """The second half judges by the first thing alone; of price and fun a third likes what others dislike."""
    likes = rng.standard_normal((N, 6))
    x = np.clip(np.round(4 + 1.5 * likes), 1, 7)
    first = np.arange(N) >= N // 2
    got = np.where(first, 2.2 * (x[:, 0] - 4), x[:, :4].sum(axis=1) - 16)
    turn = np.where(rng.random(N) < 1 / 3, -1.0, 1.0)
    worth = 4 + 0.25 * got + 0.5 * turn * (x[:, 4] - 4)
    columns = {f"got_{k + 1}": x[:, k] for k in range(4)} | {"price_1": x[:, 4], "fun_1": x[:, 5]}
    columns |= {
        f"worth_{k}": np.clip(np.round(worth + 0.5 * rng.standard_normal(N)), 1, 7) for k in (1, 2, 3)
    }
    return pd.DataFrame(columns | {"way_1": np.where(first, 2.0, 1.0)})


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    path = written(tmp_path_factory.mktemp("rules"), CLAIMS)
    about = pd.DataFrame({"respondent": [f"p{k}" for k in range(N)]})
    return answers_of(read_instrument(path), drawn(np.random.default_rng(1)), about)


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    return judge(answers.instrument.theory, answers, draws=50, adjust="none")


def test_those_who_state_a_rule_are_predicted_by_it(tests: HypothesisTests) -> None:
    row = tests.table().set_index("id").loc["rules"]
    assert (row["kind"], row["measure"], row["verdict"]) == ("judgement", "rule_gain", "supported")
    own = tests.claims[tests.claims["hypothesis"] == "rules"].set_index("model")
    assert set(own.index) == {"additive", "lexical"}
    assert own["n"].tolist() == [N // 2, N // 2]
    assert (own["ci_lower"] > 0).all()
    assert own.loc["lexical", "respondents"] == "way_1 == 2"
    assert row["pvalue"] == own["pvalue"].max()  # the less certain of the two
    codes = [one.code for one in tests.reasons["rules"]]
    assert codes.count("rule_told") == 2
    assert "learned_order" in codes  # nobody gave points


def test_classes_alone_are_a_verdict_too(tests: HypothesisTests) -> None:
    row = tests.table().set_index("id").loc["classes"]
    assert (row["measure"], row["estimate"], row["verdict"]) == ("classes", 2, "supported")
    table = tests.tables["classes"]["rule_classes"].set_index(["class", "name"])
    assert table.loc[(1, "price"), "share"] == pytest.approx(2 / 3, abs=0.1)
    assert table.loc[(1, "price"), "est"] > 0.3
    assert table.loc[(2, "price"), "est"] < -0.3
    assert abs(table.loc[(1, "fun"), "est"]) < 0.15


def test_what_cannot_be_judged_is_named(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    for id_, said in {
        "one": "was asked by fewer than two questions",
        "unasked": "not measured in these data: silent",
        "words": "two of these words stand: sum, never",
    }.items():
        assert table.loc[id_, "verdict"] == NOT_TESTABLE
        assert said in table.loc[id_, "reason"]


def test_whoever_judges_additively_contradicts_who_says_otherwise(answers: Responses) -> None:
    frame = answers.frame.copy()
    added = frame.filter(like="got_").sum(axis=1) / 4
    noise = np.random.default_rng(3).standard_normal((N, 3))
    for k in (1, 2, 3):
        frame[f"worth_{k}"] = np.clip(np.round(added + 0.5 * noise[:, k - 1]), 1, 7)
    found = judge(
        answers.instrument.theory, replace(answers, frame=frame, shown=frame), ["rules"], draws=50,
        verdicts_only=True,
    )  # fmt: skip
    assert found.table().loc[0, "verdict"] == "contradicted"
    assert "rule_classes" not in found.tables["rules"]  # the mixture stands beside


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda d: d.assign(way_1=np.where(np.arange(N) < 12, 2.0, 1.0)), r"state a rule: lexical \(12\)"),
        (lambda d: d.assign(way_1=1.0), r"state a rule: lexical \(0\)"),
        (lambda d: d.assign(got_2=3.0), "got_2 did not vary"),
        (lambda d: d.assign(**{f"worth_{k}": 5.0 for k in (1, 2, 3)}), "worth did not vary"),
    ],
)
def test_bad_answers_are_named_and_others_still_judged(answers: Responses, damage, said: str) -> None:  # type: ignore[no-untyped-def]
    frame = damage(answers.frame)
    found = judge(
        answers.instrument.theory, replace(answers, frame=frame, shown=frame), ["rules", "one"], draws=50
    )
    assert found.table().loc[0, "verdict"] == NOT_TESTABLE
    assert pd.Series([found.table().loc[0, "reason"]]).str.contains(said).all()
    assert found.failures == {}


def test_the_page_has_a_picture_and_every_table(tests: HypothesisTests, answers: Responses) -> None:
    names = [block.id for block in PAGE.blocks(tests, Labels(answers.instrument))]  # type: ignore[union-attr]
    assert names[:3] == ["rules-rules-1", "rule-fit-rules", "rule-gains-rules"]
    assert {"rule-classes-classes", "rule-class-numbers-classes", "rule-agreement-classes"} <= set(names)


def test_slopes_tell_the_items_of_a_composite_apart(tests: HypothesisTests, answers: Responses) -> None:
    blocks = PAGE.blocks(tests, Labels(answers.instrument))  # type: ignore[union-attr]
    (table,) = (one for one in blocks if isinstance(one, Table) and one.id == "rule-classes-rules")
    named = [row.values[0] for row in table.rows]
    assert {"got_1 t", "got_2 t", "got_3 t", "got_4 t"} < set(named)


def test_each_effect_names_its_rule(tests: HypothesisTests, answers: Responses) -> None:
    blocks = about_hypotheses(tests, Labels(answers.instrument)).blocks
    (table,) = (one for one in blocks if isinstance(one, Table) and one.id == "effects-table")
    named = [row.values[0] for row in table.rows]
    assert {"way (additive) → worth", "way (lexical) → worth"} <= set(named)


def test_the_theory_file_says_what_is_missing(tmp_path: Path) -> None:
    claims = {
        "a": "tested_by: [judgement_rules], rules: {sum: additive, first: lexical}",
        "b": "tested_by: [judgement_rules], judged_by: [got], rules: {sum: additive}",
        "c": "tested_by: [mixture_regression], judged_by: [gott]",
    }
    with pytest.raises(InstrumentError) as caught:
        read_instrument(written(tmp_path, claims))
    said = str(caught.value)
    assert "'judgement_rules' needs to know what the targets are judged by" in said
    assert "two different rules or more" in said
    assert "there is no construct 'gott'" in said


def test_points_weigh_what_they_stand_for() -> None:
    """In the bank the points of each domain weigh the mean of its values."""
    found = population(read_instrument("etgar2007"), "H11g")
    assert found is not None
    tests = judge(
        found.instrument.theory, found.draw(np.random.default_rng(0), 900, True), ["H11g"], draws=50,
        verdicts_only=True,
    )  # fmt: skip
    assert tests.table().loc[0, "verdict"] == "supported"
    assert "learned_order" not in [one.code for one in tests.reasons["H11g"]]
