"""Random questionnaires with hostile wording, and what of them a platform can carry."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from coprod_measure.instrument.definition import Block, Form, Instrument, Item, Scale, Translation
from coprod_measure.instrument.exports.questionnaire import Questionnaire, questionnaire
from coprod_measure.theory.definition import Construct, Theory

_NASTY = (
    "=1+1",
    "@x",
    "a|b",
    "[[Block:x]]",
    '"quoted"',
    "<b>bold</b>",
    "a, b; c\td",
    "${x} {y}",
    "שלום",
    "👍",
    "&amp;",
)
_WORDS = st.one_of(
    st.sampled_from(_NASTY),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")),
        min_size=1,
        max_size=12,
    ),
)
TEXTS = st.lists(_WORDS, min_size=1, max_size=4).map(lambda words: " ".join(" ".join(words).split()) or "x")
_RULES = ("{0} == 1", "{0} in [1, 2] and not {1} > 1", "{0} != 2 or ({1} <= 1 and {0} >= 1)")
_CONSTRUCTS = {id_: Construct(id_, id_.title(), f"What {id_} is") for id_ in ("joy", "ease")}
_THEORY = Theory(
    id="t", title="T", version="1", source="", stages={}, constructs=_CONSTRUCTS, higher_order={}, hypotheses={},
)  # fmt: skip


class Asked(NamedTuple):
    """What a respondent sees of an item."""

    text: str
    options: tuple[tuple[int, str], ...]


def asked(shown: Questionnaire, language: str | None = None) -> dict[str, Asked]:
    """Everything that is asked, by item id, as the definition has it."""
    return {
        item.id: Asked(shown.text(item, language), shown.options(item, language))
        for item in shown.items
        if item.kind != "display"
    }


@st.composite
def questionnaires(draw: st.DrawFn, languages: tuple[str, ...] = ("en", "de")) -> Questionnaire:
    """Draw a questionnaire with every kind of question."""
    scales = {}
    for id_ in ("agree", "often"):
        codes = tuple(sorted(draw(st.sets(st.integers(-3, 12), min_size=2, max_size=5))))
        labels = {
            lang: tuple(draw(st.lists(TEXTS, min_size=len(codes), max_size=len(codes)))) for lang in languages
        }
        gone = draw(st.sampled_from([None, -99, 99]))
        turned = [*codes[1:], codes[0]]
        stored = draw(
            st.sampled_from([(), tuple(map(str, turned)), {f"A{n}": code for n, code in enumerate(turned)}])
        )
        scales[id_] = Scale(id_, codes, labels, not_applicable=gone, stored=stored)
    kinds = st.sampled_from(
        ["scale", "scale", "scale", "single_choice", "multiple_choice", "number", "slider", "text", "display"]
    )
    items: dict[str, Item] = {}
    for number in range(draw(st.integers(2, 9))):
        kind = draw(kinds)
        id_ = (
            f"{draw(st.sampled_from(['joy', 'Ease_of', 'very_long_name_of_an_item_that_goes_on']))}_{number}"
        )
        choice = kind in {"scale", "single_choice", "multiple_choice"}
        construct = draw(st.sampled_from(["joy", "ease"])) if kind == "scale" else None
        low, high = draw(st.sampled_from([(None, None), (0.0, 10.0), (18.0, None)]))
        numeric = kind in {"number", "slider"}
        earlier = [i.id for i in items.values() if i.kind in {"scale", "single_choice", "number"}]
        rule = draw(st.sampled_from(("", "", *_RULES))) if len(earlier) >= 2 else ""
        scale_id = draw(st.sampled_from(["agree", "often"])) if choice else None
        gate = kind == "single_choice" and draw(st.booleans())
        role = "construct" if construct else "text" if kind == "display" else "demographic"
        items[id_] = Item(
            id=id_, text=draw(TEXTS), kind=kind, role="consent" if gate else role,
            expected=scales[scale_id].codes[-2:] if gate else (), construct_id=construct, scale_id=scale_id,
            reverse=bool(construct) and draw(st.booleans()), minimum=low if numeric else None,
            maximum=high if numeric else None, show_if=rule.format(*earlier),
            translations={lang: Translation(draw(TEXTS)) for lang in languages[1:]},
        )  # fmt: skip
    cut = draw(st.integers(1, len(items)))
    ids = list(items)
    parts = [part for part in (ids[:cut], ids[cut:]) if part]
    blocks = tuple(
        Block(
            ("start", "last")[n], tuple(part), {lang: draw(TEXTS) for lang in languages}, draw(st.booleans())
        )
        for n, part in enumerate(parts)
    )
    instrument = Instrument(
        id="random", title=draw(TEXTS), version="1", license="CC0-1.0", theory=_THEORY, languages=languages,
        scales=scales, items=items, forms={"core": Form("core", "Core", blocks)}, constructs=_CONSTRUCTS,
    )  # fmt: skip
    return questionnaire(instrument)
