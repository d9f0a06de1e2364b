"""A small instrument, and files written by hand for the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coprod_measure.instrument.definition import Block, Form, Instrument, Item, Scale, Translation
from coprod_measure.theory.definition import Construct, Stage, Theory

AGREE_EN = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
AGREE_DE = ("Stimme gar nicht zu", "Stimme nicht zu", "Weder noch", "Stimme zu", "Stimme völlig zu")


def _item(id_: str, text: str, german: str = "", **options: object) -> Item:
    translations = {"de": Translation(german)} if german else {}
    options = {"scale_id": "agree5", **options}
    return Item(id_, text, translations=translations, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def instrument() -> Instrument:
    constructs = {
        "trust": Construct("trust", "Trust", "", stage="first"),
        "skill": Construct("skill", "Skill", "", stage="first"),
    }
    theory = Theory(
        id="toy", title="Toy", version="1", source="", stages={"first": Stage("first", "First", "")},
        constructs=constructs, higher_order={}, hypotheses={},
    )  # fmt: skip
    items = [
        _item("trust_1", "I rely on {partner}.", "Ich verlasse mich auf {partner}.", construct_id="trust"),
        _item("trust_2", "I doubt {partner}.", "Ich zweifle.", construct_id="trust", reverse=True),
        _item("trust_3", "They keep their word.", "Sie halten Wort.", construct_id="trust"),
        _item("skill_1", "I know how to do it.", "Ich weiß, wie es geht.", construct_id="skill"),
        _item("skill_2", "I have done it before.", "Ich habe es schon getan.", construct_id="skill"),
        _item("skill_3", "I can teach it.", "Ich kann es lehren.", construct_id="skill"),
        _item("attention_1", "Please tick agree.", role="attention", expected=(4,)),
        _item("consent", "Do you take part?", role="consent", scale_id="yes_no", expected=(1,)),
        _item("age", "Your age?", role="demographic", kind="number", scale_id=None, minimum=16, maximum=110),
        _item("tools", "Which tools?", role="demographic", kind="multiple_choice", scale_id="tools"),
        _item("remarks", "Anything else?", role="demographic", kind="text", scale_id=None),
    ]
    scales = {
        "agree5": Scale("agree5", (1, 2, 3, 4, 5), {"en": AGREE_EN, "de": AGREE_DE}, not_applicable=9),
        "yes_no": Scale("yes_no", (0, 1), {"en": ("No", "Yes"), "de": ("Nein", "Ja")}, bipolar=False),
        "tools": Scale("tools", (1, 2, 3), {"en": ("Saw", "Drill", "Glue")}, bipolar=False, ordered=False),
    }
    blocks = (Block("only", tuple(item.id for item in items)),)
    return Instrument(
        id="toy", title="Toy", version="1", license="CC0-1.0", theory=theory, languages=("en", "de"), scales=scales,
        items={item.id: item for item in items}, forms={"main": Form("main", "Main", blocks)}, constructs=constructs,
        placeholders={"partner": "the provider"},
    )  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write text (or bytes) to a file and return its path."""

    def write(content: str | bytes, name: str = "export.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write
