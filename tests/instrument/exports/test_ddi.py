from hypothesis import given, settings
from lxml import etree

from coprod_measure.instrument.exports.ddi import NAMESPACE, export
from coprod_measure.instrument.exports.questionnaire import questionnaire
from instrument.exports.random_questionnaires import Asked, asked, questionnaires

NS = {"d": NAMESPACE}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ORDER = ["labl", "qstn", "valrng", "invalrng", "universe", "catgry", "concept", "varFormat", "notes"]


def read_back(root, language: str) -> dict[str, Asked]:
    found = {}
    for variable in root.iterfind(".//d:var", NS):
        texts = {q.get(LANG): q.text for q in variable.iterfind("d:qstn/d:qstnLit", NS)}
        options = []
        for category in variable.iterfind("d:catgry", NS):
            labels = {one.get(LANG): one.text for one in category.iterfind("d:labl", NS)}
            options.append((int(category.findtext("d:catValu", namespaces=NS)), labels.get(language)))
        found[variable.get("name")] = Asked(texts[language], tuple(options))
    return found


@settings(max_examples=25)
@given(shown=questionnaires())
def test_everything_asked_comes_back_in_every_language(shown):
    made = export(shown)
    root = etree.fromstring(made.files["random_core.xml"])
    kinds = {item.id: item.kind for item in shown.items}
    for language in shown.languages:
        found = read_back(root, language)
        for id_, one in asked(shown, language).items():
            if kinds[id_] == "multiple_choice":
                columns = made.names.items[id_].option_columns
                assert [int(code) for code in columns] == [code for code, _ in one.options]
                assert all(found[column].text == one.text for column in columns.values())
            else:
                assert found[id_] == one


@settings(max_examples=25)
@given(shown=questionnaires())
def test_the_tree_is_ordered_and_its_references_lead_somewhere(shown):
    root = etree.fromstring(export(shown).files["random_core.xml"])
    assert root.findtext("d:stdyDscr/d:citation/d:titlStmt/d:titl", namespaces=NS)
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(set(ids)) == len(ids)
    for variable in root.iterfind(".//d:var", NS):
        ranks = [ORDER.index(etree.QName(child).localname) for child in variable]
        assert ranks == sorted(ranks)
    for group in root.iterfind(".//d:varGrp", NS):
        assert set(group.get("var").split()) <= set(ids)


def test_missing_codes_rules_and_keying_are_told(example):
    root = etree.fromstring(export(questionnaire(example("does_not_apply"))).files["small_core.xml"])
    done = root.find(".//d:var[@name='done_1']", NS)
    assert done.find("d:invalrng/d:item", NS).get("VALUE") == "-9"
    assert root.find(".//d:var[@name='joy_3']/d:notes", NS).text == "reverse keyed"
    ruled = etree.fromstring(export(questionnaire(example("skip_rule_on_number"))).files["small_core.xml"])
    assert ruled.find(".//d:var[@name='done_1']/d:universe", NS).text == "Asked if age > 20.5"


# Order of children and values of attributes as DDI-Codebook 2.5.1 has them (XML Schema of the DDI Alliance,
# 28 January 2014): what we write has to be 2.5 itself, not only what 2.6 takes.
CHILDREN_2_5 = {
    "titlStmt": "titl subTitl altTitl parTitl IDNo",
    "verStmt": "version verResp notes",
    "varGrp": "labl txt concept defntn universe notes",
    "var": "location labl imputation security embargo respUnit anlysUnit qstn valrng invalrng undocCod universe"
    " TotlResp sumStat txt stdCatgry catgryGrp catgry codInstr verStmt concept derivation varFormat geoMap"
    " catLevel notes",
    "valrng": "item range key notes",
}
VALUES_2_5 = {
    ("var", "intrvl"): {"contin", "discrete"},
    ("varFormat", "type"): {"character", "numeric"},
    ("varGrp", "type"): {"subject", "multipleResp"},
}
OTHER_ATTRIBUTES_2_5 = {"var": {"ID", "name"}, "varFormat": set(), "varGrp": {"ID", "name", "var"}}


@settings(max_examples=25)
@given(shown=questionnaires())
def test_elements_stand_where_version_2_5_wants_them(shown):
    book = etree.fromstring(export(shown).files["random_core.xml"])
    seen = set()
    for element in book.iter():
        tag = element.tag.rpartition("}")[2]
        if tag in CHILDREN_2_5:
            order = CHILDREN_2_5[tag].split()
            places = [order.index(child.tag.rpartition("}")[2]) for child in element]
            assert places == sorted(places)
            seen.add(tag)
        if tag in OTHER_ATTRIBUTES_2_5:
            for name, value in element.attrib.items():
                if (tag, name) in VALUES_2_5:
                    assert value in VALUES_2_5[tag, name]
                else:
                    assert name in OTHER_ATTRIBUTES_2_5[tag]
    assert {"titlStmt", "verStmt"} <= seen
    groups = [element.tag.rpartition("}")[2] for element in book.find("{ddi:codebook:2_5}dataDscr")]
    assert groups == sorted(groups, key=("varGrp", "var").index)
