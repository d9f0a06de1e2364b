import pyreadstat
from hypothesis import given, settings

from coprod_measure.instrument.exports.questionnaire import questionnaire
from coprod_measure.instrument.exports.spss import (
    LONGEST_VALUE_LABEL,
    LONGEST_VARIABLE_LABEL,
    RESERVED,
    export,
)
from instrument.exports.random_questionnaires import asked, questionnaires


def meta_of(content: bytes, folder):
    path = folder / "read_back.sav"
    path.write_bytes(content)
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    assert len(frame) == 0
    return meta


def cut(text: str, longest: int) -> str:
    return text.encode()[:longest].decode(errors="ignore")


@settings(max_examples=25)
@given(shown=questionnaires())
def test_wording_answers_and_missing_values_come_back(tmp_path_factory, shown):
    made = export(shown)
    meta = meta_of(made.files["random_core.sav"], tmp_path_factory.mktemp("sav"))
    kinds = {item.id: item.kind for item in shown.items}
    for id_, one in asked(shown).items():
        named = made.names.items[id_]
        if kinds[id_] == "multiple_choice":
            assert all(
                meta.variable_value_labels[column] == {0: "no", 1: "yes"}
                for column in named.option_columns.values()
            )
            continue
        assert meta.column_names_to_labels[named.column] == cut(one.text, LONGEST_VARIABLE_LABEL)
        expected = {code: cut(label, LONGEST_VALUE_LABEL) for code, label in one.options}
        assert meta.variable_value_labels.get(named.column, {}) == expected


@settings(max_examples=25)
@given(shown=questionnaires())
def test_names_differ_without_case_and_are_not_reserved(shown):
    columns = [
        column
        for named in export(shown).names.items.values()
        for column in (named.option_columns.values() or [named.column])
    ]
    folded = {column.casefold() for column in columns}
    assert len(folded) == len(columns)
    assert not folded & set(RESERVED)


def test_does_not_apply_is_a_missing_value(example, tmp_path):
    made = export(questionnaire(example("does_not_apply")))
    meta = meta_of(made.files["small_core.sav"], tmp_path)
    assert meta.missing_ranges["done_1"] == [{"lo": -9.0, "hi": -9.0}]
    assert meta.variable_value_labels["done_1"][-9] == "Does not concern me"
    assert meta.variable_measure["joy_1"] == "ordinal"
