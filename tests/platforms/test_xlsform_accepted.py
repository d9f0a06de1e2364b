"""pyxform and ODK Validate accept our forms; what is filled in there comes back as answers."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from lxml import etree

import coprod_measure as cm
from coprod_measure.instrument.definition import Instrument

pytestmark = pytest.mark.platform

NS = {"x": "http://www.w3.org/2002/xforms"}
RESPONDENTS = 5
CONVERT = """
import json, pathlib, sys
from pyxform.errors import PyXFormError
from pyxform.validators.odk_validate import ODKValidateError
from pyxform.xls2xform import convert
try:
    made = convert(xlsform=sys.argv[1], validate=True)
    pathlib.Path(sys.argv[2]).write_text(made.xform, encoding="utf-8")
    answer = {"refused": "", "warnings": made.warnings}
except (PyXFormError, ODKValidateError) as error:
    answer = {"refused": str(error), "warnings": []}
print(json.dumps(answer))
"""
# What pyxform makes of a filled form: the columns that Kobo and ODK export.
FLATTEN = """
import json, sys
from pyxform.xform_instance_parser import xform_instance_to_flat_dict
print(json.dumps([xform_instance_to_flat_dict(text) for text in json.load(open(sys.argv[1]))]))
"""


def convert(python_beside: Callable[..., Any], form: Path, xform: Path) -> dict[str, Any]:
    """Turn a workbook into an XForm and let ODK Validate (Java) judge it."""
    answer: dict[str, Any] = python_beside("-c", CONVERT, form, xform)
    return answer


def fill_in(xform: etree._ElementTree, draw: random.Random) -> tuple[str, dict[str, str]]:
    """Answer every question of a form at random: the filled instance, and what was chosen by question name."""
    instance = next(iter(xform.find(".//x:model/x:instance", NS)))
    chosen = {}
    for question in xform.iterfind(".//x:select1", NS):
        *_, name = path = question.get("ref").split("/")[2:]
        nodeset = question.find("x:itemset", NS).get("nodeset")
        listed = nodeset.split("'")[1]
        codes = xform.xpath(f".//x:instance[@id='{listed}']/x:root/x:item/x:name/text()", namespaces=NS)
        node = instance.find("/".join(f"x:{part}" for part in path), NS)
        if question.get("appearance") != "label" and draw.random() < 0.9:
            node.text = chosen[name] = draw.choice(codes)
    for question in xform.iterfind(".//x:input", NS):
        *_, name = path = question.get("ref").split("/")[2:]
        bind = xform.find(f".//x:bind[@nodeset='{question.get('ref')}']", NS)
        if bind.get("type") == "decimal":
            node = instance.find("/".join(f"x:{part}" for part in path), NS)
            node.text = chosen[name] = str(draw.randint(20, 90))
    return etree.tostring(instance, encoding="unicode"), chosen


def test_form_is_accepted_and_its_answers_come_back(
    exported: Callable[[str], Path],
    shipped_form: tuple[Instrument, str],
    python_beside: Callable[..., Any],
    seed: int,
    tmp_path: Path,
) -> None:
    instrument, form = shipped_form
    xform = tmp_path / "form.xml"
    assert convert(python_beside, exported("xlsform"), xform) == {"refused": "", "warnings": []}

    draw = random.Random(seed)
    filled = [fill_in(etree.parse(xform), draw) for _ in range(RESPONDENTS)]
    instances = tmp_path / "instances.json"
    instances.write_text(pd.Series([text for text, _ in filled]).to_json(orient="values"), encoding="utf-8")
    rows = python_beside("-c", FLATTEN, instances)
    path = tmp_path / "export.csv"
    columns = ["_id", "_uuid", "_submission_time", *rows[0]]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        for k, row in enumerate(rows):
            table.writerow(
                {"_id": k, "_uuid": f"r{k}", "_submission_time": "2026-01-05T10:00:00", **clean(row)}
            )

    responses = cm.read_responses(path, instrument, form=form)
    assert responses.source.platform == "kobo"
    for k, (_, chosen) in enumerate(filled):
        wrong = [
            f"{id_}: chosen {code}, read {responses.shown.loc[f'r{k}', id_]}"
            for id_, code in chosen.items()
            if not is_read(instrument, id_, code, responses.shown.loc[f"r{k}", id_])
        ]
        assert wrong == [], f"respondent {k}"
        assert len(chosen) > 10


def clean(row: dict[str, str | None]) -> dict[str, str]:
    return {name: value or "" for name, value in row.items()}


def is_read(instrument: Instrument, id_: str, code: str, read: float) -> bool:
    scale = instrument.scales.get(instrument.items[id_].scale_id or "")
    if scale is not None and scale.not_applicable == int(code):
        return bool(pd.isna(read))
    return bool(read == float(code))


def test_a_form_that_cannot_run_is_refused(tmp_path: Path, python_beside: Callable[..., Any]) -> None:
    """The judge has teeth: pyxform lets an unknown function pass, ODK Validate does not."""
    book = openpyxl.Workbook()
    book.active.title = "survey"
    book.active.append(["type", "name", "label", "relevant"])
    book.active.append(["text", "a", "A", ""])
    book.active.append(["text", "b", "B", "no_such_function(${a}) = 1"])
    form = tmp_path / "form.xlsx"
    book.save(form)
    answer = convert(python_beside, form, tmp_path / "form.xml")
    assert "no_such_function" in answer["refused"]
