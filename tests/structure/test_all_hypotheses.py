"""All 121 hypotheses are accounted for by the whole bank with the full design: tested, or it says why not."""

from __future__ import annotations

from coprod_measure.instrument.read import read_instrument
from coprod_measure.structure.wording import sentence
from coprod_measure.study.checks import untestable_with

BANK = read_instrument("etgar2007")
FACTS = ("mac_market_maturity", "mac_income_per_capita", "mac_education")
DESIGN = ("category", "partner", "country", *FACTS)
WITHOUT = {"H13i", "RQ5"}
"""Claims that the bank alone cannot test: firms, and choice tasks, which are made to measure
(tests/study/test_offers.py)."""


def test_the_full_design_tests_all_but_a_few_that_say_why() -> None:
    ids = list(BANK.theory.hypotheses)
    assert len(ids) == 121
    refused = untestable_with(BANK, None, ids, 3, DESIGN)
    assert set(refused) <= WITHOUT
    told = {id_: sentence(reason) for id_, reason in refused.items()}
    assert told["H13i"] == "it is about a firm, these are answers of people"
    assert "`coprod offers` makes choice tasks" in told["RQ5"]
    assert all(told.values())


def test_without_a_design_claims_about_societies_say_what_is_missing() -> None:
    refused = untestable_with(BANK, None, ["H2a", "H2b"], 1)
    assert {reason.code for reason in refused.values()} <= {"not_measured", "no_groups"}
