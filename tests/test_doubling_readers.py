"""Time of every reader grows with the size of a file, not with its square."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import coprod_measure as cm
from coprod_measure.cli.check import check_file
from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.name_map import read_name_map
from coprod_measure.instrument.read import read_instrument
from coprod_measure.instrument.spreadsheet import read_sheet, write_sheet
from coprod_measure.responses.imports import apart
from coprod_measure.study.records import load_record, save_record
from doubling import grows_with_its_size
from responses.old_excel import old_workbook
from study.small_study import INSTRUMENT, ITEMS, RULES, STUDY, THEORY, write_small_study

INPUTS: dict[str, tuple[str, int, Callable[[int], str]]] = {
    "rows": ("a.csv", 4000, lambda n: "joy_1,ease_1\n" + "1,2\n" * n),
    "ragged rows": ("a.csv", 8000, lambda n: "joy_1,ease_1\n" + "1,2,3\n" * n),
    "columns": ("a.csv", 2000, lambda n: ",".join(f"joy_{k}" for k in range(n)) + "\n" + ",".join("1" * n)),
    "a long name": ("a.csv", 60_000, lambda n: "joy_1," + "a1" * n + "\n1,2\n"),
    "a long cell": ("a.csv", 50_000, lambda n: "joy_1,id\n1," + "@a" * n + "\n"),
    "foreign cells": ("a.csv", 4000, lambda n: "joy_1,ease_1\n" + "".join(f"{k}x,2\n" for k in range(n))),
    "control characters": ("a.csv", 4000, lambda n: "joy_1,id\n" + "".join(f"1,\x0b{k}\n" for k in range(n))),
    "times": ("a.csv", 4000, lambda n: "joy_1,started\n" + "1,2026-03-29T02:30:00+01:00\n1,x\n" * n),
    "waves": ("a.csv", 4000, lambda n: "id,wave,joy_1\n" + "".join(f"p{k},{k % 2},1\n" for k in range(n))),
    "one id": ("a.csv", 4000, lambda n: "id,joy_1\n" + "same,1\n" * n),
    "records of json": ("a.json", 4000, lambda n: json.dumps([{"joy_1": 1, "m": {"ease_1": 2}}] * n)),
    "keys of json": ("a.json", 4000, lambda n: json.dumps([{f"k{k}": 1 for k in range(n)} | {"joy_1": 1}])),
    "lines of json": ("a.jsonl", 4000, lambda n: '{"joy_1": 1}\n' * n),
    "depth of json": ("a.json", 20_000, lambda n: '[{"a":' * n),
    "a page as xls": ("a.xls", 500, lambda n: "<table>" + "<tr><td>joy_1</td></tr><tr><td>1</td></tr>" * n),
    "unknown keys": ("study.yaml", 2000, lambda n: STUDY + "".join(f"key{k}: 1\n" for k in range(n))),
    "wrong hypotheses": ("study.yaml", 1000, lambda n: STUDY.replace("[H1]", f"[{'X1, ' * n}]")),
    "constructs": (
        "theory.yaml", 300,
        lambda n: THEORY.replace("hypotheses:", "".join(f"  c{k}: {{name: c, definition: d.}}\n" for k in range(n)) + "hypotheses:"),
    ),
    "items": (
        "instrument.yaml", 300,
        lambda n: INSTRUMENT.replace("      joy_3:", "".join(f"      j{k}: {{text: t}}\n" for k in range(n)) + "      joy_3:"),
    ),
    "rules": (
        "cleaning.yaml", 300,
        lambda n: RULES + "".join(f'  - {{id: r{k}, index: longstring, op: ">", value: 5, action: mark, rationale: r}}\n' for k in range(n)),
    ),
    "a long text": ("theory.yaml", 200_000, lambda n: THEORY.replace("Pleasure.", "a b" * n)),
    "comments": ("study.yaml", 20_000, lambda n: STUDY + "# x\n" * n),
    "aliases": ("study.yaml", 2000, lambda n: STUDY + "x: &a [1]\ny: [" + "*a, " * n + "]\n"),
    "a platform's questionnaire": ("q.tsv", 2000, lambda n: "class\ttype/scale\tname\n" + "Q\tL\tq1\n" * n),
    "advanced format": ("q.txt", 1000, lambda n: "[[AdvancedFormat]]\n" + "[[Question:MC]]\nWhy?\n[[Choices]]\na\nb\n" * n),
    "a workbook's cells": ("names.json", 2000, lambda n: json.dumps({"instrument": "small", "items": {f"i{k}": {"name": "x"} for k in range(n)}})),
}  # fmt: skip
MODELS: dict[str, tuple[int, Callable[[int], str]]] = {
    "lines": (150, lambda n: "f =~ x + y + z\n" + "x ~~ y\n" * n),
    "terms": (400, lambda n: "f =~ x + a*y + z\nq := " + "+".join("a" * n)),
    "parentheses": (4000, lambda n: "f =~ x + a*y\nq := " + "(" * n),
    "modifiers": (2000, lambda n: "f =~ x + c(" + "a," * n + "a)*y"),
    "names": (20_000, lambda n: "f =~ " + "x" * n),
    "comments": (5000, lambda n: "f =~ x + y + z\n" + "# nothing\n" * n),
    "operators": (5000, lambda n: "f =~ x" + "+" * n),
}
EXAMPLES = Path(__file__).parent / "drafting" / "examples"
POPULATION = """\
id: p
title: P
n: 100
instrument: instrument.yaml
constructs: {joy: {}, ease: {}}
"""


def _grown(content: object, n: int) -> object:
    """Repeat the longest list of objects in a JSON file."""
    lists = [content] if isinstance(content, list) else []
    for inner in content.values() if isinstance(content, dict) else ():
        lists += [inner] if isinstance(inner, list) else []
    longest = max(lists, key=len)
    longest[:] = longest * n
    return content


QUESTIONNAIRES: dict[str, tuple[str, int, Callable[[int], str]]] = {
    name: (name, 100, lambda n, name=name: json.dumps(_grown(json.loads((EXAMPLES / name).read_text("utf-8")), n)))
    for name in ("forms_api.json", "forms_microsoft.json", "forms_script.json", "service.qsf")
} | {
    "forms_page.html": (
        "forms_page.html", 100,
        lambda n: (EXAMPLES / "forms_page.html").read_text("utf-8").replace('[102,"About you",null,8,null],', '[102,"About you",null,8,null],' * n),
    ),
    "fairness.lss": ("fairness.lss", 200, lambda n: (EXAMPLES / "fairness.lss").read_text("utf-8").replace("</rows>", "<row><a>1</a></row>" * n + "</rows>")),
    "redcap": ("q.csv", 300, lambda n: "Variable / Field Name,Form Name,Field Type,Field Label\n" + "".join(f"v{k},f,text,Why?\n" for k in range(n))),
    "surveyjs": ("q.json", 300, lambda n: json.dumps({"pages": [{"elements": [{"type": "text", "name": f"q{k}"} for k in range(n)]}]})),
}  # fmt: skip
DATA = pd.DataFrame(np.random.default_rng(1).standard_normal((60, 3)), columns=list("xyz"))


@pytest.fixture
def instrument(tmp_path: Path) -> Instrument:
    return read_instrument(write_small_study(tmp_path).parent / "instrument.yaml")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", INPUTS)
def test_readers(name: str, tmp_path: Path, instrument: Instrument) -> None:
    file, size, text = INPUTS[name]

    def read(n: int) -> Callable[[], object]:
        path = tmp_path / file
        path.write_text(text(n), encoding="utf-8")
        if file == "names.json":
            return lambda: read_name_map(path)
        if path.suffix == ".yaml":
            return lambda: check_file(path)
        if file.startswith("q."):
            return lambda: draft_instrument(path)
        return lambda: cm.clean(cm.read_responses(path, instrument))

    grows_with_its_size(read, size)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", ["xlsx", "xls", "parquet", "feather", "arrow", "sav", "zsav", "dta"])
def test_typed_files(ending: str, tmp_path: Path, instrument: Instrument) -> None:
    def read(n: int) -> Callable[[], object]:
        path = tmp_path / f"a.{ending}"
        frame = pd.DataFrame({item: np.arange(n) % 5 + 1.0 for item in ITEMS}).assign(
            id=[f"p{k}" for k in range(n)]
        )
        writers: dict[str, Callable[[], object]] = {
            "xlsx": lambda: frame.to_excel(path, index=False),
            "xls": lambda: path.write_bytes(_old_excel(frame)),
            "parquet": lambda: frame.to_parquet(path),
            "feather": lambda: frame.to_feather(path),
            "arrow": lambda: frame.to_feather(path),
            "zsav": lambda: pyreadstat.write_sav(frame, path, compress=True),
            "sav": lambda: pyreadstat.write_sav(frame, path),
            "dta": lambda: pyreadstat.write_dta(frame, path),
        }
        writers[ending]()
        return lambda: cm.clean(cm.read_responses(path, instrument))

    grows_with_its_size(read, 1000 if ending.startswith("xls") else 8000)


def _old_excel(frame: pd.DataFrame) -> bytes:
    rows = [list(frame), *frame.itertuples(index=False)]
    return old_workbook((i, j, cell) for i, row in enumerate(rows) for j, cell in enumerate(row))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", QUESTIONNAIRES)
def test_questionnaires(name: str, tmp_path: Path) -> None:
    file, size, text = QUESTIONNAIRES[name]

    def read(n: int) -> Callable[[], object]:
        (tmp_path / file).write_text(text(n), encoding="utf-8")
        return lambda: draft_instrument(tmp_path / file)

    grows_with_its_size(read, size)


def test_further_files(tmp_path: Path, instrument: Instrument) -> None:
    """Sheets of translators and experts, populations, scripts of R."""

    def sheet(ending: str) -> Callable[[int], Callable[[], object]]:
        def read(n: int) -> Callable[[], object]:
            write_sheet(
                tmp_path / f"t.{ending}", [["id", "text"], *([f"i{k}", "Why?"] for k in range(n))], "t"
            )
            return lambda: read_sheet(tmp_path / f"t.{ending}")

        return read

    def population(n: int) -> Callable[[], object]:
        path = tmp_path / "population.yaml"
        path.write_text(
            POPULATION + "paths:\n" + "  - {from: joy, to: ease, value: 0.1}\n" * n, encoding="utf-8"
        )
        return lambda: check_file(path)

    def script(n: int) -> Callable[[], object]:
        text = "m <- '\n" + "f =~ x + y\n" * n + "'\nfit <- cfa(m, data = d" + ", std.lv = TRUE" * n + ")"
        return lambda: cm.from_lavaan(text)

    for read, size in ((sheet("csv"), 5000), (sheet("xlsx"), 1000), (population, 200), (script, 300)):
        grows_with_its_size(read, size)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_model_texts(name: str) -> None:
    size, text = MODELS[name]
    grows_with_its_size(lambda n: lambda: cm.sem(text(n), DATA), size)


def test_records_and_what_is_told_of_their_origin(tmp_path: Path, instrument: Instrument) -> None:
    def read_record(n: int) -> Callable[[], object]:
        from coprod_measure.errors import Problem

        save_record(tmp_path / "r.zip", Problem(place=tuple("a" * n), cause="", cure=""))  # type: ignore[arg-type]
        return lambda: load_record(tmp_path / "r.zip", made_by="coprod clean")

    def read_origin(n: int) -> Callable[[], object]:
        (tmp_path / "ORIGIN.md").write_text("\n" * n + "- synthetic " * n, encoding="utf-8")
        (tmp_path / "a.csv").write_text("joy_1\n1\n2\n", encoding="utf-8")
        return lambda: cm.read_responses(tmp_path / "a.csv", instrument)

    def read_swollen(n: int) -> Callable[[], object]:
        with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("record.json", "[" * n)
        return lambda: load_record(tmp_path / "s.zip", made_by="coprod clean")

    for read, size in ((read_record, 20_000), (read_origin, 20_000), (read_swollen, 50_000)):
        grows_with_its_size(read, size)


@pytest.fixture(autouse=True)
def _readers_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time of a child counts when it has ended."""
    apart._end_those_that_wait()
    monkeypatch.setattr(apart, "_LITTLE_MEMORY", -1)
