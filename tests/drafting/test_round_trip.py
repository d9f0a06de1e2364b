"""Our export of a random questionnaire, read by this door, gives the questionnaire back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.drafting.question import one_line, plain_text
from coprod_measure.instrument.exports.write import exporter
from instrument.exports.random_questionnaires import asked, questionnaires

PLATFORMS = {
    "qualtrics": "random_core_en.txt",
    "qsf": "random_core.qsf",
    "limesurvey": "random_core.txt",
    "xlsform": "random_core.xlsx",
    "redcap": "random_core.zip",
    "surveyjs": "random_core.json",
}
LANGUAGES = {"qsf", "limesurvey", "xlsform", "surveyjs"}
RULES = {"qsf", "xlsform", "redcap", "surveyjs", "limesurvey"}
# An XLSForm may hold markup, so a wording that looks like markup is taken for it.
SPELLED = {"xlsform": lambda text: plain_text(text.replace("${", "$ {"))}
LABELLED = SPELLED | {"redcap": lambda label: label.replace("|", "/")}


def said(text: str) -> str:
    """What an instrument file can hold of a wording: braces are placeholders there, controls nothing."""
    shown = "".join(one if one.isprintable() else " " for one in text.replace("{", "(").replace("}", ")"))
    return one_line(shown) or "-"


def options(instrument, item, language):
    scale = instrument.scale_of(item.id)
    if scale is None:
        return ()
    found = list(zip(scale.codes, scale.labels.get(language) or scale.labels["en"], strict=True))
    if scale.not_applicable is not None:
        found.append((scale.not_applicable, scale.not_applicable_labels[language]))
    return tuple(sorted(found))


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=15)
@given(shown=questionnaires())
def test_wording_codes_labels_rules_and_languages_come_back(platform, tmp_path_factory, shown):
    made = exporter(platform)(shown)
    path = tmp_path_factory.mktemp("made") / PLATFORMS[platform]
    path.write_bytes(made.files[path.name])
    draft = draft_instrument(path)
    back = {named.column: id_ for id_, named in draft.names.items.items()}
    for language in draft.instrument.languages if platform in LANGUAGES else ("en",):
        for id_, one in asked(shown, language).items():
            item = draft.instrument.items[back[made.names.items[id_].column]]
            told = item.text if language == "en" else item.translations[language].text
            assert told == said(SPELLED.get(platform, str)(one.text))
            ours = [(code, said(LABELLED.get(platform, str)(label))) for code, label in one.options]
            assert options(draft.instrument, item, language) == tuple(sorted(ours))
    if platform in RULES:
        for item in shown.items:
            if item.kind == "display":
                continue
            ids = {
                one.id: back[made.names.items[one.id].column] for one in shown.items if one.kind != "display"
            }
            found = draft.instrument.items[ids[item.id]].show_if
            assert bool(found) == bool(item.show_if)
