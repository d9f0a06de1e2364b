from hypothesis import given, settings
from lxml import html

from coprod_measure.instrument.exports.html import export
from coprod_measure.instrument.exports.questionnaire import questionnaire
from instrument.exports.random_questionnaires import Asked, asked, questionnaires


def words(element) -> str:
    return "".join(element.itertext())


def read_back(page) -> dict[str, Asked]:
    found = {}
    for group in page.iter("fieldset"):
        field = next(iter(group.xpath(".//input | .//textarea")))
        options = tuple(
            (int(label.find("input").get("value")), words(label.find("span")))
            for label in group.xpath(".//label[input]")
        )
        text = group.find("legend") if options else group.find("label")
        found[field.get("name")] = Asked(words(text), options)
    return found


@settings(max_examples=25)
@given(shown=questionnaires())
def test_everything_asked_comes_back(shown):
    made = export(shown)
    for language in shown.languages:
        page = html.document_fromstring(made.files[f"random_core_{language}.html"].decode())
        assert read_back(page) == asked(shown, language)
        assert not page.xpath("//script | //link | //b | //@src | //a")


@settings(max_examples=25)
@given(shown=questionnaires())
def test_every_field_has_its_words_for_a_screen_reader(shown):
    page = html.document_fromstring(export(shown).files["random_core_en.html"].decode())
    assert page.get("lang") == "en"
    for field in page.xpath("//input | //textarea"):
        labelled = field.getparent().tag == "label" or page.xpath(f"//label[@for='{field.get('id')}']")
        assert labelled
    for group in page.iter("fieldset"):
        assert len({field.get("name") for field in group.xpath(".//input | .//textarea")}) == 1


def test_rules_stand_as_words(example):
    page = export(questionnaire(example("skip_rule_on_number"))).files["small_core_en.html"].decode()
    assert "Shown only if: age &gt; 20.5" in page
    assert 'type="number" step="any" id="age" name="age" min="18" max="99"' in page
