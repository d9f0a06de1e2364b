"""The claimed order of stages wins where it is true, and loses where another is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError, EstimationError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.kinds.rivals import structures, syntax
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.wording import in_words

NAMES = ("ground", "drive", "weigh", "will", "act")
THEORY = f"""
id: order
title: Order
version: "1.0"
source: made for this test
stages:
  one: {{name: One, definition: d}}
constructs:
{chr(10).join(f"  {name}: {{name: {name}, definition: d, stage: one, unit: [respondent]}}" for name in NAMES)}
hypotheses:
  R1: {{statement: Order., level: stage_transition, sources: [ground], via: [drive, weigh, will], targets: [act], sign: positive}}
  N1: {{statement: Net., level: nomological, sources: [drive], targets: [will], sign: positive}}
"""
INSTRUMENT = """
id: order
title: Order
version: "1.0"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree7: {codes: [1, 2, 3, 4, 5, 6, 7], labels: {en: [a, b, c, d, e, f, g]}}
questions:
""" + "\n".join(
    f"  - {{construct: {name}, scale: agree7, items: {{"
    + ", ".join(f"{name}_{k}: {{text: t}}" for k in range(1, 5))
    + "}}"
    for name in NAMES
)


def judged(
    folder: Path, order: tuple[str, ...], n: int = 800, noise: float = 0.4, *, gaps: bool = False
) -> HypothesisTests:
    """Each construct rests on the one before it by .6; ``gaps``: each person was asked about all but one."""
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(4)
    score, frame = rng.standard_normal(n), {}
    for name in order:
        for k in range(1, 5):
            place = np.round(4 + score + noise * rng.standard_normal(n))
            frame[f"{name}_{k}"] = np.clip(place, 1, 7).astype(int)
        score = 0.6 * score + 0.8 * rng.standard_normal(n)
    answered = pd.DataFrame(frame).astype(float)
    for k, name in enumerate(order if gaps else ()):
        answered.loc[np.arange(n) % len(order) == k, list(answered.filter(regex=f"^{name}_"))] = np.nan
    answered.to_csv(folder / "answers.csv", index=False)
    answers = read_responses(folder / "answers.csv", read_instrument(folder / "instrument.yaml"))
    return judge(answers.instrument.theory, answers, draws=500)


def test_the_true_order_wins(tmp_path: Path) -> None:
    tests = judged(tmp_path, NAMES)
    verdicts = tests.verdicts.set_index("id")
    assert verdicts.loc["R1", "verdict"] == "supported"
    table = tests.tables["R1"]["rival_structures"]
    assert table["structure"].tolist() == ["claimed", *["without"] * 3, *["swapped"] * 2, "direct"]
    assert (table["delta_bic"].iloc[1:] > 10).all()
    # Two steps apart, factors correlate by .36.
    assert verdicts.loc["N1", "estimate"] == pytest.approx(0.36, abs=0.09)
    assert verdicts.loc["N1", "verdict"] == "supported"


def test_unreliable_means_do_not_cost_the_true_order(tmp_path: Path) -> None:
    """What a step measured with error leaves would look like a path around it."""
    tests = judged(tmp_path, NAMES, n=1500, noise=1.5)
    assert tests.verdicts.set_index("id").loc["R1", "verdict"] == "supported"


def test_nobody_answered_all_of_it(tmp_path: Path) -> None:
    """Planned missing: any two constructs were answered together; what predicts is what each answered."""
    complete = judged(tmp_path, NAMES).tables["R1"]["rival_structures"]
    tests = judged(tmp_path, NAMES, gaps=True)
    assert tests.verdicts.set_index("id").loc["R1", "verdict"] == "supported"
    table = tests.tables["R1"]["rival_structures"]
    assert (table["delta_bic"].iloc[1:] > 10).all()
    # A fifth of the people lack the step before the outcome, for which another predicts less.
    assert table["r2_new"].iloc[0] == pytest.approx(complete["r2_new"].iloc[0], abs=0.12)
    assert table["r2_new"].iloc[0] < complete["r2_new"].iloc[0]


def test_too_few_pairs_are_named(tmp_path: Path) -> None:
    reason = judged(tmp_path, NAMES, n=36, gaps=True).table().set_index("id").loc["R1", "reason"]
    assert "respondents have scores of" in reason
    assert "Collect 25 or more" in reason


def test_another_order_is_found(tmp_path: Path) -> None:
    tests = judged(tmp_path, ("ground", "weigh", "drive", "will", "act"))
    assert tests.verdicts.set_index("id").loc["R1", "verdict"] == "contradicted"
    table = tests.tables["R1"]["rival_structures"].iloc[1:].sort_values("bic")
    assert table.iloc[0][["structure", "moved"]].tolist() == ["swapped", ("drive", "weigh")]


def test_rivals_differ_by_their_paths_alone() -> None:
    """By hand: without the second of four steps it is an outcome, apart from the last."""
    steps = [("a",), ("b", "c"), ("d",)]
    claimed, without, direct = (syntax(one, steps) for one in structures(steps))
    assert claimed == "b ~ a\nc ~ a\nd ~ b + c\nb ~~ c"
    assert without == "d ~ a\nb ~ a\nc ~ a\nb ~~ c\nb ~~ 0*d\nc ~~ 0*d"
    assert direct == "b ~ a\nc ~ a\nd ~ a\nb ~~ c\nb ~~ 0*d\nc ~~ 0*d"


def test_a_rival_that_cannot_be_estimated_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from coprod_measure.structure.kinds import rivals

    def refit(model: str, near: object) -> object:
        if model == "c":
            raise EstimationError("estimates grew without end")
        return near

    monkeypatch.setattr(rivals, "_fit", lambda model, frame: model)
    monkeypatch.setattr(rivals, "_refit", refit)
    found = list(rivals.structures([("a",), ("b",), ("c",), ("d",)]))[2:5]
    kept, models, fits, lost = rivals._fitted(found, ["a", "b", "c"], pd.DataFrame())
    assert (kept, models, len(fits)) == (found[:2], ["a", "b"], 2)
    assert (
        "not compared with a structure in which causes act on everything directly: estimates grew"
        in in_words(lost)
    )
    with pytest.raises(DataError, match="no rival"):
        rivals._fitted(found[1:], ["b", "c"], pd.DataFrame())
