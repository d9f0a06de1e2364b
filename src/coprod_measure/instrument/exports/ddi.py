"""DDI-Codebook 2.5: the study description that data archives take, every language in it.

Elements used: codeBook; stdyDscr, citation, titlStmt (titl, parTitl, IDNo), prodStmt (copyright), verStmt
(version); dataDscr, varGrp (labl, concept, defntn), var (labl, qstn, qstnLit, valrng, range, invalrng, item,
universe, catgry, catValu, concept, varFormat, notes).
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.exports.questionnaire import Export, Questionnaire, planned_remarks
from coprod_measure.instrument.name_map import Named

NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire as a DDI codebook.

    Returns ``<name>.xml``. A multiple choice becomes one variable for each option.
    """
    ET.register_namespace("", NAMESPACE)
    book = ET.Element(_tag("codeBook"), {"version": "2.5"})
    _study(book, shown)
    names = {item.id: _named(shown, item) for item in shown.items if item.kind != "display"}
    data = ET.SubElement(book, _tag("dataDscr"))
    _groups(data, shown, names)
    for item in shown.items:
        if item.kind != "display":
            _variables(data, shown, item, names[item.id])
    ET.indent(book)
    content = ET.tostring(book, encoding="utf-8", xml_declaration=True) + b"\n"
    name_map = shown.name_map("ddi", names)
    remarks = [*shown.incomplete, *planned_remarks(shown, randomizes=False, versions=False)]
    texts = [item.id for item in shown.items if item.kind == "display"]
    if texts:
        remarks.append(f"texts that are not questions: {', '.join(texts)}")
    if any(item.show_if for item in shown.items):
        remarks.append("skip rules: written as words under 'universe', not as logic")
    return Export({f"{shown.name}.xml": content}, name_map, tuple(remarks))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, _tag(tag), {key: value for key, value in attributes.items() if value})
    child.text = text or None
    return child


def _add_texts(parent: ET.Element, tag: str, texts: dict[str, str]) -> None:
    for language, text in texts.items():
        if text:
            _add(parent, tag, text).set(_LANG, language)


def _study(book: ET.Element, shown: Questionnaire) -> None:
    instrument = shown.instrument
    study = _add(book, "stdyDscr")
    citation = _add(study, "citation")
    title = _add(citation, "titlStmt")
    _add(title, "titl", shown.heading()).set(_LANG, shown.language)
    for language in shown.languages[1:]:
        _add(title, "parTitl", shown.heading(language)).set(_LANG, language)
    _add(title, "IDNo", shown.name)
    if instrument.license:
        _add(_add(citation, "prodStmt"), "copyright", instrument.license)
    version = _add(citation, "verStmt")
    _add(version, "version", instrument.version)


def _named(shown: Questionnaire, item: Item) -> Named:
    if item.kind != "multiple_choice":
        return Named(item.id, item.id)
    columns = {str(code): f"{item.id}_{str(code).replace('-', 'm')}" for code, _ in shown.options(item)}
    return Named(item.id, item.id, columns)


def _groups(data: ET.Element, shown: Questionnaire, names: dict[str, Named]) -> None:
    for construct in shown.instrument.constructs.values():
        members = [
            f"V_{i.id}" for i in shown.items if i.construct_id == construct.id and i.role == "construct"
        ]
        if members:
            ids = {
                "ID": f"G_{construct.id}",
                "name": construct.id,
                "type": "subject",
                "var": " ".join(members),
            }
            group = _add(data, "varGrp", **ids)
            _add(group, "labl", construct.name)
            _add(group, "concept", construct.id)
            _add(group, "defntn", construct.definition)
    for item_id, named in names.items():
        if named.option_columns:
            members = [f"V_{column}" for column in named.option_columns.values()]
            group = _add(data, "varGrp", ID=f"G_{item_id}", name=item_id, type="multipleResp")
            group.set("var", " ".join(members))


def _measures(item: Item, construct_id: str) -> bool:
    return item.construct_id == construct_id and item.role == "construct" and item.kind != "multiple_choice"


def _variables(data: ET.Element, shown: Questionnaire, item: Item, named: Named) -> None:
    wording = {language: shown.text(item, language) for language in shown.languages}
    answers = {language: dict(shown.options(item, language)) for language in shown.languages}
    if item.kind != "multiple_choice":
        codes = {
            code: {lang: answers[lang][code] for lang in shown.languages} for code, _ in shown.options(item)
        }
        _variable(data, shown, item, named.column, wording, codes)
        return
    ticked = {0: {"en": "no"}, 1: {"en": "yes"}}
    for code, column in named.option_columns.items():
        labels = {language: answers[language][int(code)] for language in shown.languages}
        _variable(data, shown, item, column, wording, ticked, labels)


def _variable(
    data: ET.Element,
    shown: Questionnaire,
    item: Item,
    name: str,
    wording: dict[str, str],
    codes: dict[int, dict[str, str]],
    labels: dict[str, str] | None = None,
) -> None:
    """Add a variable; its children stand in the order that the schema wants."""
    interval = "contin" if item.kind in {"number", "slider"} else "discrete"
    variable = _add(data, "var", ID=f"V_{name}", name=name, intrvl=interval)
    _add_texts(variable, "labl", labels or ({shown.language: item.label} if item.label else wording))
    _add_texts(_add(variable, "qstn"), "qstnLit", wording)
    if item.minimum is not None or item.maximum is not None:
        bounds = {"min": item.minimum, "max": item.maximum}
        limits = {key: f"{value:g}" for key, value in bounds.items() if value is not None}
        _add(_add(variable, "valrng"), "range", **limits)
    scale = shown.instrument.scales.get(item.scale_id or "")
    missing = scale.not_applicable if scale and item.kind != "multiple_choice" else None
    if missing is not None:
        _add(_add(variable, "invalrng"), "item", VALUE=str(missing))
    if item.show_if:
        _add(variable, "universe", f"Asked if {item.show_if}")
    for code, texts in codes.items():
        category = _add(variable, "catgry", missing="Y" if code == missing else "")
        _add(category, "catValu", str(code))
        _add_texts(category, "labl", texts)
    if item.construct_id:
        _add(variable, "concept", item.construct_id)
    _add(variable, "varFormat", type="character" if item.kind == "text" else "numeric")
    if item.reverse:
        _add(variable, "notes", "reverse keyed")
