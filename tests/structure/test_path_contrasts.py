"""Paths of one cause to several outcomes, compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coprod_measure.fitting.models import sem
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.theory.definition import HigherOrder
from structure.by_hand import a_claim
from structure.small_answers import small_answers


def test_a_path_above_those_to_other_parts_is_a_claim_of_its_own(tmp_path: Path) -> None:
    answers = small_answers(tmp_path)
    theory = answers.instrument.theory
    named = {id_: replace(theory.constructs[id_], parent="deeds") for id_ in ("drive", "will", "joined")}
    deeds = HigherOrder(
        id="deeds", name="Deeds", kind="composite", facets=("drive", "will", "joined"), stage="after"
    )
    claims = (
        a_claim("A1", "direct", ("trust",), ("drive",), "positive", tested_by=("above_others",)),
        a_claim("A2", "direct", ("trust",), ("will",), "positive", tested_by=("above_others",)),
        a_claim("A3", "direct", ("trust",), ("amount",), "positive", tested_by=("above_others",)),
        a_claim("A4", "direct", ("trust",), ("joined",), "positive", tested_by=("above_others",)),
    )
    theory = replace(
        theory, constructs={**theory.constructs, **named}, higher_order={**theory.higher_order, "deeds": deeds},
        hypotheses={one.id: one for one in claims},
    )  # fmt: skip
    tests = run_hypotheses(theory, answers, missing="listwise", draws=500)
    found = tests.claims[tests.claims["measure"] == "path_contrast"].set_index("hypothesis")
    model = "\n".join(f"{f} =~ {f}_1 + {f}_2 + {f}_3" for f in ("trust", "drive", "will"))
    fit = sem(f"{model}\ndrive ~ trust\nwill ~ trust\ndrive ~~ will", answers.frame)
    std = fit.parameters.query("op == '~'").set_index("lhs")["std_all"]
    assert found.loc["A1", "estimate"] == pytest.approx(std["drive"] - std["will"], abs=1e-5)
    assert found.loc["A1", "estimate"] == pytest.approx(0.2, abs=0.1)  # .5 on drive, .3 on will through it
    assert found.loc["A2", "estimate"] == pytest.approx(-found.loc["A1", "estimate"])
    verdicts = tests.verdicts.set_index("id")["verdict"]
    assert verdicts["A1"] == "supported"
    assert verdicts["A2"] == "supported in part"
    # A yes/no answer is no amount, whose paths could be compared.
    for id_ in ("A3", "A4"):
        assert "others_not_asked" in [one.code for one in tests.reasons[id_]]
    assert (
        "less the mean of those to 1 other part of deeds is 0.12"
        in tests.table().set_index("id").loc["A1", "reason"]
    )
