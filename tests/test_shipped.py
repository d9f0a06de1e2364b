"""The questionnaires, theories and samples that travel with the package hold what they promise."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter

import pytest

from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.forms import minutes, pair_coverage, version_items
from coprod_measure.instrument.read import read_instrument
from coprod_measure.instrument.wording import source_hash
from coprod_measure.shipped import shipped_folder
from coprod_measure.structure.claims import sides_of
from coprod_measure.structure.variables import find_variables
from coprod_measure.study.checks import answers_of_nobody
from coprod_measure.theory.definition import Theory
from coprod_measure.theory.read import read_theory

TWO_IDEAS = re.compile(r"\b(and|or|und|oder|sowie)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def etgar() -> Theory:
    return read_theory("etgar2007")


@pytest.fixture(scope="module")
def bank() -> Instrument:
    return read_instrument("etgar2007")


def test_the_theory_holds_the_whole_paper(etgar: Theory) -> None:
    assert len(etgar.constructs) == 157
    assert len(etgar.higher_order) == 15
    assert len(etgar.hypotheses) == 121
    assert len(etgar.readings) == 9
    assert list(etgar.stages)[:5] == ["antecedents", "drives", "cost_benefit", "activation", "evaluation"]


def test_every_construct_says_where_it_comes_from(etgar: Theory) -> None:
    silent = [id_ for id_, construct in etgar.constructs.items() if not construct.place]
    assert silent == []
    outside = {id_ for id_, c in etgar.constructs.items() if c.place.startswith("Practitioner note")}
    assert all(
        "Not in the paper" in etgar.constructs[id_].note for id_ in outside - {"firm_strategic_choice"}
    )


def test_every_cited_work_is_in_the_list_of_references(etgar: Theory) -> None:
    listed = (shipped_folder("instruments") / "theory" / "etgar2007_references.md").read_text(
        encoding="utf-8"
    )
    short_forms = {line.split("|")[1].strip() for line in listed.splitlines() if line.startswith("| ")}
    cited = {source for construct in etgar.constructs.values() for source in construct.sources}
    assert sorted(cited - short_forms) == []


def test_every_stage_is_claimed_to_follow_the_one_before(etgar: Theory) -> None:
    chain = [etgar.hypotheses[id_] for id_ in ("H1a", "H1d", "H1e", "H1f")]
    assert [hypothesis.level for hypothesis in chain] == ["stage_transition"] * 4
    assert etgar.hypotheses["H1a"].source_signs["pro_brand_power"] == "negative"
    assert etgar.hypotheses["H1c"].sign == "negative"


def test_constructs_that_respondents_can_answer_for_are_asked(etgar: Theory, bank: Instrument) -> None:
    design = {"pro_category", "partner_type"}
    askable = {
        id_
        for id_, construct in etgar.constructs.items()
        if construct.measurement in {"reflective", "composite", "observed"} and "respondent" in construct.unit
    }
    assert sorted(askable - design - set(bank.constructs)) == []
    assert {bank.items[f"{id_}_1"].role for id_ in design} == {"design"}


def test_reflective_constructs_have_as_many_items_as_the_theory_suggests(
    etgar: Theory, bank: Instrument
) -> None:
    asked = Counter(item.construct_id for item in bank.items.values() if item.construct_id)
    reflective = [c for c in bank.constructs.values() if c.measurement == "reflective"]
    assert min(asked[construct.id] for construct in reflective) >= 3
    assert [c.id for c in reflective if asked[c.id] < int(c.suggested_items)] == []


def test_items_carry_one_idea_and_few_are_reversed(bank: Instrument) -> None:
    asked = [item for item in bank.items.values() if item.role == "construct"]
    wordings = [text for item in asked for text in (item.text, item.translations["de"].text)]
    assert [text for text in wordings if TWO_IDEAS.search(text)] == []
    reversed_items = Counter(item.construct_id for item in asked if item.reverse)
    assert max(reversed_items.values()) == 1
    assert [item.id for item in asked if item.reverse and not bank.scales[str(item.scale_id)].bipolar] == []


def test_german_is_complete_and_made_from_the_wording_of_today(bank: Instrument) -> None:
    assert [item.id for item in bank.items.values() if "de" not in item.translations] == []
    stale = [
        item.id
        for item in bank.items.values()
        if item.translations["de"].source_hash != source_hash(item.text)
    ]
    assert stale == []
    assert [scale.id for scale in bank.scales.values() if set(scale.labels) != {"en", "de"}] == []


def test_placeholders_are_the_same_in_both_languages(bank: Instrument) -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    assert [i.id for i in bank.items.values() if names(i.text) != names(i.translations["de"].text)] == []


def test_values_received_mirror_the_drives_of_the_same_facet(bank: Instrument) -> None:
    facets = [item.source.removeprefix("parallel to ") for item in bank.items_of("eva_values_received")]
    assert len(facets) == len(set(facets)) == 32
    assert [facet for facet in facets if bank.items[facet].construct_id == "eva_values_received"] == []
    assert {bank.items[facet].scale_id for facet in facets} == {"agree7"}


def test_core_covers_every_stage_within_twenty_minutes(bank: Instrument) -> None:
    core = [bank.items[id_] for id_ in bank.forms["core"].item_ids]
    assert sum(item.kind != "display" for item in core) <= 110
    stages = {bank.constructs[str(item.construct_id)].stage for item in core if item.role == "construct"}
    assert stages == set(bank.theory.stages)
    assert max(minutes(bank, "core", language)["all"] for language in bank.languages) < 20


def test_core_asks_about_every_domain_that_a_respondent_can_answer_for(bank: Instrument) -> None:
    # The item of a design factor measures no construct but bears its name: partner_type_1.
    asked = {item_id.rpartition("_")[0] for item_id in bank.forms["core"].item_ids}
    answerable = {
        construct.domain
        for construct in bank.theory.constructs.values()
        if "respondent" in construct.unit and f"{construct.id}_1" in bank.items
    }
    covered = {construct.domain for id_, construct in bank.theory.constructs.items() if id_ in asked}
    assert len(answerable) >= 35
    assert sorted(answerable - covered) == []


def test_core_asks_a_reflective_construct_with_three_items(bank: Instrument) -> None:
    core = [bank.items[id_] for id_ in bank.forms["core"].item_ids]
    counts = Counter(item.construct_id for item in core if item.role == "construct")
    thin = [
        id_ for id_, n in counts.items() if bank.constructs[str(id_)].measurement == "reflective" and n < 3
    ]
    assert thin == []


def test_consent_stands_alone_before_all_questions(bank: Instrument) -> None:
    for id_ in ("core", "full", "wave1", "wave2", "wave3"):
        assert bank.forms[id_].blocks[0].items == ("welcome", "consent")


def test_any_two_constructs_of_the_full_form_meet_in_a_third_of_the_answers(bank: Instrument) -> None:
    assert set(bank.forms["full"].item_ids) == set(bank.items)
    assert pair_coverage(bank, "full").lowest.min() >= 1 / 3 - 1e-9


@pytest.mark.parametrize("id_", ["H4g", "H7e", "H7f", "H9f"])
def test_a_version_of_the_full_form_asks_all_that_a_test_needs_of_the_same_people(
    bank: Instrument, id_: str
) -> None:
    nobody = answers_of_nobody(bank, bank.forms["full"])
    named = sides_of(bank.theory.hypotheses[id_])
    asked = {
        item
        for ids in named.values()
        for part in ids
        for one in find_variables(bank.theory, nobody, part)
        for item in one.items
    }
    assert any(asked <= set(items) for items in version_items(bank.forms["full"]).values())


def test_waves_repeat_what_a_panel_model_needs(bank: Instrument) -> None:
    waves = [bank.forms[f"wave{number}"] for number in (1, 2, 3)]
    assert [form.wave for form in waves] == [1, 2, 3]
    everywhere = set.intersection(*(set(form.item_ids) for form in waves))
    assert {f"con_task_expertise_{n}" for n in range(1, 5)} <= everywhere
    assert {f"propensity_{n}" for n in range(1, 5)} | {"decision_engage_1", "act_intensity_1"} <= everywhere


def test_the_personality_sample_is_the_one_its_origin_names() -> None:
    folder = shipped_folder("data/sample") / "bfi"
    raw = (folder / "bfi.csv").read_bytes()
    assert hashlib.sha256(raw).hexdigest() in (folder / "ORIGIN.md").read_text(encoding="utf-8")
    header, *rows = csv.reader(raw.decode("utf-8").splitlines())
    assert len(rows) == 2800
    assert set(header) == set(read_instrument("bfi25").items)


def test_the_personality_items_are_keyed_as_documented() -> None:
    instrument = read_instrument("bfi25")
    reversed_items = {item.id for item in instrument.items.values() if item.reverse}
    assert reversed_items == {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}
    assert instrument.theory.stages == {}
