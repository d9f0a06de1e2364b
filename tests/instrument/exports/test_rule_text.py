"""A rule in a platform's words decides as the rule of the definition does."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from coprod_measure.instrument.conditions import holds, parse_condition
from coprod_measure.instrument.definition import Block, Form, Item
from coprod_measure.instrument.exports import limesurvey, redcap, surveyjs, xlsform
from instrument.exports.random_questionnaires import questionnaires

NAMES = ("n_1", "n_2", "n_3")
COMPARISONS = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(NAMES),
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        st.integers(-2, 4),
    ),
    st.builds("{} in [{}, {}]".format, st.sampled_from(NAMES), st.integers(0, 3), st.integers(0, 3)),
)
RULES = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)


def with_rule(shown, rule):
    numbers = {name: Item(name, name, kind="number", role="demographic") for name in NAMES}
    last = Item("last", "last", kind="number", role="demographic", show_if=rule)
    form = Form("core", "Core", (Block("all", (*NAMES, "last")),))
    items = {**numbers, "last": last}
    return replace(shown, instrument=replace(shown.instrument, items=items, forms={"core": form}), form=form)


def redcap_rule(shown) -> str:
    (content,) = redcap.export(shown).files.values()
    text = zipfile.ZipFile(io.BytesIO(content)).read("instrument.csv").decode()
    row = list(csv.DictReader(io.StringIO(text)))[-1]
    rule = row["Branching Logic (Show field only if...)"]
    return re.sub(r"'(-?\d+)'", r"\1", re.sub(r"\[(\w+)\]", r"a['\1']", rule))


def limesurvey_rule(shown) -> str:
    (content,) = limesurvey.export(shown).files.values()
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter="\t")
    rule = next(row["relevance"] for row in rows if row["name"] == "last")
    return re.sub(r"n(\d)\.NAOK", r"a['n_\1']", rule)


def surveyjs_rule(shown) -> str:
    (content,) = surveyjs.export(shown).files.values()
    rule = json.loads(content)["pages"][0]["elements"][-1]["visibleIf"]
    return re.sub(r"\{(\w+)\}", r"a['\1']", rule)


def xlsform_rule(shown) -> str:
    (content,) = xlsform.export(shown).files.values()
    head, *rows = openpyxl.load_workbook(io.BytesIO(content))["survey"].iter_rows(values_only=True)
    rule = next(row for row in rows if row[1] == "last")[head.index("relevant")]
    return re.sub(r"\$\{(\w+)\}", r"a['\1']", rule)


def as_python(rule: str) -> str:
    rule = rule.replace(" = ", " == ").replace("<>", "!=")
    return re.sub(r"!\(|not\(", " not (", rule)


@settings(max_examples=60)
@given(shown=questionnaires(), rule=RULES, answers=st.tuples(*[st.integers(-2, 4)] * 3))
def test_every_platform_decides_alike(shown, rule, answers):
    a = dict(zip(NAMES, answers, strict=True))
    expected = holds(parse_condition(rule), a)
    for render in (redcap_rule, limesurvey_rule, surveyjs_rule, xlsform_rule):
        text = as_python(render(with_rule(shown, rule)))
        assert eval(text, {"__builtins__": {}}, {"a": a}) == expected, f"{render.__name__}: {text}"
