"""Constructs without items of their own are computed from others by the theory's rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import TheoryError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.testability import why_not_testable
from coprod_measure.structure.variables import find_variables, score_frame
from coprod_measure.theory.read import read_theory
from structure.by_hand import answers_of

BANK = read_instrument("etgar2007")
PHASES = [item.id for item in BANK.items.values() if (item.construct_id or "").startswith("phase_")]


def answers(items: list[str], rows: list[list[float]]) -> Responses:
    frame = pd.DataFrame(rows, columns=items, dtype=float)
    about = pd.DataFrame(index=frame.index)
    return answers_of(BANK, frame, about)


def score(id_: str, responses: Responses) -> list[float]:
    (variable,) = find_variables(BANK.theory, responses, id_)
    assert variable.id == id_
    assert not variable.latent
    return list(score_frame([variable], responses)[id_])


def test_breadth_counts_phases_and_coproduction_is_their_share() -> None:
    one = dict.fromkeys(PHASES, 0.0) | {"phase_design_1": 1.0, "phase_design_3": 1.0, "phase_assembly_2": 1.0}
    unknown = one | dict.fromkeys([item for item in PHASES if "assembly" in item], np.nan)
    got = answers(PHASES, [list(one.values()), list(unknown.values())])
    assert score("act_breadth", got) == [2.0, pytest.approx(np.nan, nan_ok=True)]
    assert score("coproduction", got) == [pytest.approx(3 / 24), pytest.approx(2 / 21)]


def items_of(*terms: str) -> list[str]:
    parts = dict.fromkeys(part for term in terms for part in BANK.theory.first_order(term))
    return [item.id for part in parts for item in BANK.items_of(part)]


def test_the_benefit_index_weighs_drives_by_their_importance() -> None:
    domains = ["drv_economic", "drv_psychological", "drv_social", "drv_control"]
    weights = [item.id for item in BANK.items_of("drv_goal_importance")]
    values = dict(zip(domains, (2.0, 3.0, 4.0, 6.0), strict=True))
    row = [values[domain] for domain in domains for _ in items_of(domain)]
    got = answers(
        [*items_of(*domains), *weights], [[*row, 40, 30, 20, 10], [*row, 25, 25, 25, 25], [*row, 0, 0, 0, 0]]
    )
    # By hand: (2 * 40 + 3 * 30 + 4 * 20 + 6 * 10) / 100 * 4 parts; with equal weights the plain sum.
    found = score("cb_benefit_index", got)
    assert found[:2] == [pytest.approx(12.4), pytest.approx(15.0)]
    assert np.isnan(found[2])
    assert find_variables(BANK.theory, answers(items_of(*domains), [row]), "cb_benefit_index") == ()


def test_the_cost_index_counts_shared_items_once() -> None:
    ids = items_of("cst_economic", "cst_non_economic", "rc_risk_created")
    got = answers(ids, [[2.0] * len(ids)])
    (variable,) = find_variables(BANK.theory, got, "cb_cost_index")
    assert len(variable.items) == len(set(variable.items)) == len(ids)
    assert score("cb_cost_index", got) == [pytest.approx(6.0)]


def test_another_name_is_the_same_variables() -> None:
    got = answers(items_of("drv_social"), [[3.0] * len(items_of("drv_social"))])
    same = find_variables(BANK.theory, got, "need_social")
    assert same == find_variables(BANK.theory, got, "drv_social") != ()
    assert BANK.theory.first_order("rc_opportunism") == ("sit_opportunism_expected",)


def test_hypotheses_about_computed_constructs_can_be_tested() -> None:
    everything = [id_ for id_, item in BANK.items.items() if item.construct_id]
    whole = answers(everything, [[1.0] * len(everything)])
    refused = why_not_testable(BANK.theory, whole, ["H8a", "H9d", "H13d", "H13e", "H13i"])
    assert not [id_ for id_, reason in refused.items() if reason.code == "not_measured"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{how: sum, of: [jou]}", "there is no construct 'jou'"),
        ("{how: mean, of: [joy], weights: joy}", "'weights' goes with 'how: sum'"),
        ("{how: same, of: [both]}", "the structure contains itself"),
        ("{how: formula, of: [joy]}", "'how: formula' goes with 'formula'"),
        ("{how: mean, of: [joy], formula: joy * 2}", "'formula' goes with 'how: formula'"),
        ("{how: formula, of: [joy], formula: joy * jou}", "name different things: jou"),
        ("{how: formula, of: [joy], formula: 'joy **'}", "it is no arithmetic"),
    ],
)
def test_a_rule_that_leads_nowhere_is_refused(tmp_path: Path, rule: str, said: str) -> None:
    text = (
        "id: t\ntitle: T\nversion: '1'\nstages: {only: {name: Only}}\nconstructs:\n"
        "  joy: {name: Joy, definition: Pleasure., stage: only}\n"
        f"  both: {{name: Both, definition: All., stage: only, measurement: computed, computed: {rule}}}\n"
    )
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TheoryError, match=said):
        read_theory(path)
    path.write_text(
        text.replace("measurement: computed, ", "").replace(rule, "{how: mean, of: [joy]}"), encoding="utf-8"
    )
    with pytest.raises(TheoryError, match="its measurement is 'reflective'"):
        read_theory(path)


def test_a_part_whose_items_were_all_counted_before_takes_nothing_away() -> None:
    """The form `wide` asks of the created risks only two, and both are costs already."""
    wide = [id_ for id_ in BANK.forms["wide"].item_ids if BANK.items[id_].construct_id]
    found = answers(wide, [[2.0] * len(wide)])
    (variable,) = find_variables(BANK.theory, found, "cb_cost_index")
    assert [len(part) for part in variable.parts] == [4, 15]
    assert score("cb_cost_index", found) == [pytest.approx(4.0)]
    fewer = [item for item in wide if not item.startswith(("rc_", "sit_opportunism"))]
    assert find_variables(BANK.theory, answers(fewer, [[2.0] * len(fewer)]), "cb_cost_index") == ()
