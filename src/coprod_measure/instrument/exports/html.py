"""Questionnaire as one HTML page a language: a preview that also prints.

Each item is a fieldset with its own radio buttons, so that a screen reader says question and answer together;
on a wide screen the answers stand side by side, on a phone below one another.
"""

from __future__ import annotations

from html import escape

from coprod_measure.instrument.definition import Block, Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    assignment_remarks,
    gate_remarks,
    planned_remarks,
    rule_remarks,
)
from coprod_measure.instrument.name_map import Named

_WORDS = {
    "en": {
        "preview": "Preview: answers are not kept.",
        "only_if": "Shown only if",
        "shuffled": "Shown in random order",
        "choose_all": "Choose all that apply.",
    },
    "de": {
        "preview": "Vorschau: Antworten werden nicht gespeichert.",
        "only_if": "Nur gezeigt, wenn",
        "shuffled": "In zufälliger Reihenfolge gezeigt",
        "choose_all": "Mehrere Antworten sind möglich.",
    },
}
_STYLE = """
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
body{color:#1a1a1a;background:#fff}
.banner{background:#1a1a1a;color:#fff;padding:.5rem 1rem}
h1{font-size:1.5rem;line-height:1.25}
h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:2px solid}
fieldset{border:0;border-bottom:1px solid #767676;margin:0;padding:0 0 1rem;min-width:0}
legend,.question{font-weight:600;display:block;padding:1rem 0 0;overflow-wrap:anywhere}
.about{color:#4a4a4a;font-size:.85rem;margin:.25rem 0}
.answers{display:grid;gap:.25rem;margin-top:.5rem}
.answers label{display:flex;gap:.6rem;align-items:center;padding:.55rem .4rem;overflow-wrap:anywhere}
.answers label:hover{background:#eef3fb}
input[type=radio],input[type=checkbox]{width:1.25rem;height:1.25rem;flex:none;margin:0}
input:focus-visible,textarea:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}
input[type=number],textarea{font:inherit;padding:.5rem;border:1px solid #595959;width:100%;max-width:30rem}
input[type=range]{width:100%;max-width:30rem;height:2rem}
@media (min-width:48rem){
.row{grid-template-columns:repeat(var(--n),minmax(0,1fr))}
.row label{flex-direction:column;text-align:center;font-size:.9rem}
}
@media print{.banner{display:none}fieldset{break-inside:avoid}body{max-width:none}}
"""


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire as HTML.

    Returns ``<name>_<language>.html``: no script, no network. Skip rules and shuffling stand as words.
    """
    files = {f"{shown.name}_{language}.html": _page(shown, language).encode() for language in shown.languages}
    names = {item.id: Named(item.id, item.id) for item in shown.items}
    name_map = shown.name_map("html", names)
    remarks = [
        *shown.incomplete,
        *planned_remarks(shown, randomizes=False, versions=False),
        *rule_remarks(shown),
        *gate_remarks(shown),
        *assignment_remarks(shown, "draw it yourself; its texts are all printed"),
    ]
    return Export(files, name_map, tuple(remarks))


def _words(language: str) -> dict[str, str]:
    return _WORDS.get(language.split("-")[0], _WORDS["en"])


def _page(shown: Questionnaire, language: str) -> str:
    title = escape(shown.heading(language))
    parts = [
        "<!doctype html>",
        f'<html lang="{escape(language)}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f'<header><p class="banner">{escape(_words(language)["preview"])}</p></header>',
        f'<main><h1 dir="auto">{title}</h1><form>',
    ]
    for block in shown.form.blocks:
        parts += _block(shown, block, language)
    return "\n".join([*parts, "</form></main></body></html>", ""])


def _block(shown: Questionnaire, block: Block, language: str) -> list[str]:
    title = shown.title(block, language)
    parts = [f'<section aria-label="{escape(title or block.id)}">']
    parts += [f'<h2 dir="auto">{escape(title)}</h2>'] if title else []
    if block.randomize:
        parts.append(f'<p class="about">{escape(_words(language)["shuffled"])}</p>')
    parts += [_item(shown, item, language) for item in shown.items_of(block) if not item.assigns]
    return [*parts, "</section>"]


def _item(shown: Questionnaire, item: Item, language: str) -> str:
    text = escape(shown.text(item, language))
    condition = f"{_words(language)['only_if']}: {item.show_if}"
    rule = f'<p class="about">{escape(condition)}</p>' if item.show_if else ""
    if item.kind == "display":
        return f'<p dir="auto">{text}</p>{rule}'
    if item.scale_id is None:
        field = _field(item)
        label = f'<label class="question" dir="auto" for="{item.id}">{text}</label>'
        return f"<fieldset>{label}{rule}{field}</fieldset>"
    kind = "checkbox" if item.kind == "multiple_choice" else "radio"
    hint = f'<p class="about">{escape(_words(language)["choose_all"])}</p>' if kind == "checkbox" else ""
    answers = shown.options(item, language)
    button = f'<label dir="auto"><input type="{kind}" name="{item.id}"'
    labels = "".join(
        f'{button} value="{code}"><span>{escape(label)}</span></label>' for code, label in answers
    )
    layout = f'class="answers row" style="--n:{len(answers)}"' if item.kind == "scale" else 'class="answers"'
    legend = f'<legend dir="auto">{text}</legend>'
    return f"<fieldset>{legend}{rule}{hint}<div {layout}>{labels}</div></fieldset>"


def _field(item: Item) -> str:
    if item.kind == "text":
        return f'<div class="answers"><textarea id="{item.id}" name="{item.id}" rows="3"></textarea></div>'
    bounds = {"min": item.minimum, "max": item.maximum}
    limits = "".join(f' {key}="{value:g}"' for key, value in bounds.items() if value is not None)
    # Without a step of any size a browser takes half an hour for a mistake.
    kind = 'range"' if item.kind == "slider" else 'number" step="any"'
    return f'<div class="answers"><input type="{kind} id="{item.id}" name="{item.id}"{limits}></div>'
