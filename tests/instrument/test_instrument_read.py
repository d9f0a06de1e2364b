import time

import pytest

import coprod_measure as cm
from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.checks import check_instrument
from coprod_measure.instrument.read import read_instrument


def test_group_keys_are_defaults(example):
    instrument = example("control_items")
    assert instrument.items["joy_3"].construct_id == "joy"
    assert instrument.items["joy_3"].scale_id == "agree5"
    assert instrument.items["joy_3"].reverse
    assert instrument.items["check_1"].construct_id is None
    assert instrument.items["check_1"].expected == (4,)
    assert instrument.items["check_2"].failing == (4, 5)
    assert instrument.items["thanks"].kind == "display"
    assert instrument.items["done_1"].kind == "single_choice"


def test_a_construct_in_a_block_stands_for_its_items(example):
    form = example("control_items").forms["core"]
    assert form.item_ids[:5] == ("consent", "joy_1", "joy_2", "joy_3", "check_1")


def test_constructs_come_in_the_order_of_the_theory(example):
    assert list(example("small").constructs) == ["joy", "ease", "done"]


def test_translations_and_labels(example):
    instrument = example("two_languages")
    assert instrument.items["joy_1"].translations["de"].text == "Ich mag {task}."
    assert instrument.scale_of("done_1").labels["de"] == ("Nein", "Ja")


def test_reversed_codes_mirror(example):
    assert [example("small").scales["agree5"].reverse(code) for code in (1, 2, 5)] == [5, 4, 1]


@pytest.mark.parametrize("name", ["bfi25", "etgar2007"])
def test_shipped_instruments_are_sound(name):
    assert cm.read_instrument(name).id == name
    assert [str(f) for f in check_instrument(name) if f.severity == "error"] == []


def test_unknown_name_gets_a_suggestion():
    with pytest.raises(InstrumentError, match="Did you mean 'bfi25'"):
        read_instrument("bfi52")


def test_ten_thousand_items_and_as_many_mistakes_end_soon(tmp_path):
    items = "\n".join(
        f'      joy_{n}: {{text: "I like thing number {n}.", scale: agree{n}}}' for n in range(5000)
    )
    path = tmp_path / "large.yaml"
    path.write_text(
        "id: large\ntitle: Large\nversion: '1'\ntheory: big_five\nlanguages: [en]\n"
        "scales:\n  agree: {codes: [1, 2], labels: {en: [a, b]}}\n"
        f"questions:\n  - construct: openness\n    items:\n{items}\n"
    )
    begin = time.process_time()
    with pytest.raises(InstrumentError) as caught:
        read_instrument(path)
    assert len(caught.value.problems) == 5000
    assert time.process_time() - begin < 30
