"""Where strangers' text comes in, and one random attack at each place.

An attack may raise a :class:`CoprodError`; anything else is a finding.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyarrow
import pyreadstat

import coprod_measure as cm
from coprod_measure.cli.app import run_app
from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.errors import CoprodError, NotAvailable
from coprod_measure.instrument.exports.write import PLATFORMS, write_export
from coprod_measure.instrument.read import read_instrument
from coprod_measure.plain_text import UNPRINTABLE
from coprod_measure.responses.imports.sniff import SOURCES
from coprod_measure.responses.quality import answer_quality
from coprod_measure.study.definition import read_study
from coprod_measure.study.pipeline import Rooms
from coprod_measure.study.records import load_record
from coprod_measure.study.run import run_study
from fuzz.frames import FUNCTIONS, SPOILT, people
from fuzz.hostile import TEXTS, YAML, damaged_bytes, damaged_text, encoded, frame, table
from responses.old_excel import old_workbook
from responses.test_exports_fuzzed import SOUND, SURVEYJS
from study.small_study import INSTRUMENT, ITEMS, RULES, STUDY, THEORY, small_answers, write_small_study

BINARY = ("xlsx", "parquet", "feather", "sav", "zsav", "dta", "xls")
YAMLS = {"study.yaml": STUDY, "instrument.yaml": INSTRUMENT, "theory.yaml": THEORY, "cleaning.yaml": RULES}
POPULATION = """\
id: small
title: Small
n: 60
seed: 1
instrument: instrument.yaml
constructs: {joy: {}, ease: {}}
paths:
  ease: {joy: {value: 0.4, source: A guess.}}
"""
OFFERS = """\
attributes:
  Price: [20 €, 30 €, 40 €]
  Support: [none, by phone, by an expert]
tasks: 4
alternatives: 2
none: I would take none of these
prohibited: [{Support: by an expert, Price: 20 €}]
"""
NAMES = (
    *ITEMS,
    "city",
    "id",
    "wave",
    "category",
    "language",
    "duration",
    "started",
    "finished",
    "ip",
    "e-mail",
)


class Bench:
    """A folder with sound files, from which every attack begins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sound = folder / "sound"
        if not (self.sound / "out").is_dir():
            run_study(write_small_study(self.sound), tell=lambda _: None)
            _write_binaries(self.sound)
        self.instrument = read_instrument(self.sound / "instrument.yaml")

    @cached_property
    def study(self) -> Path:
        """A copy of the sound study, outputs included, for this attack alone."""
        place = self.folder / "study"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.sound, place)
        return place

    def renew(self) -> None:
        """Forget what the last attack left."""
        self.__dict__.pop("study", None)


def _write_binaries(folder: Path) -> None:
    answers = small_answers(30)
    answers["started"] = pd.to_datetime("2026-03-29") + pd.to_timedelta(np.arange(30), unit="h")
    answers.to_excel(folder / "f.xlsx", index=False)
    answers.to_parquet(folder / "f.parquet")
    answers.to_feather(folder / "f.feather")
    labels = {
        "variable_value_labels": {"joy_1": {1: "Not at all", 5: "Fully"}},
        "column_labels": {"joy_1": "I like it."},
    }
    pyreadstat.write_sav(answers, folder / "f.sav", missing_ranges={"joy_1": [99]}, **labels)
    pyreadstat.write_sav(answers, folder / "f.zsav", compress=True, **labels)
    pyreadstat.write_dta(answers, folder / "f.dta", **labels)
    (folder / "f.page").write_text(answers.to_html(index=False), encoding="utf-8")
    rows = [ITEMS, *answers[list(ITEMS)].itertuples(index=False)]
    cells = [(i, j, cell) for i, row in enumerate(rows) for j, cell in enumerate(row)]
    (folder / "f.xls").write_bytes(old_workbook(cells, cells[:9]))


def importers(rng: Random, bench: Bench) -> None:
    """An export of any kind, damaged, is read, cleaned and described, with any options."""
    kind = rng.choice((*BINARY, "csv", "csv", "csv", "tsv", "json", "jsonl", "random"))
    if kind in BINARY:
        sound_file = bench.sound / f"f.{kind if kind != 'xls' else rng.choice(('xls', 'page'))}"
        content = damaged_bytes(rng, sound_file.read_bytes())
    elif kind.startswith("json"):
        content = encoded(rng, damaged_text(rng, SURVEYJS.replace("trust", "joy")))
    elif kind == "random":
        kind, content = rng.choice((*BINARY, "csv", "json")), rng.randbytes(rng.randrange(1, 400))
    elif rng.random() < 0.5:
        content = encoded(rng, table(rng, NAMES))
    else:
        sound = rng.choice((*SOUND.values(), small_answers(20).to_csv(index=False)))
        content = encoded(rng, damaged_text(rng, sound))
    path = bench.folder / f"export.{kind}"
    path.write_bytes(content)
    options = {
        "keep": ["*"],
        "id_column": rng.choice(NAMES),
        "wave": "wave",
        "category": "category",
        "country": "city",
    }
    options |= {
        "encoding": rng.choice(("utf-8", "cp1252", "utf-16", "rot13", "zlib", "a\0b", "x" * 300)),
        "weight": "duration",
    }
    options |= {"wave": {"a": "*_w1", "b": "*_1"}, "cluster": "city", "source": rng.choice(tuple(SOURCES))}
    given = {name: options[name] for name in options if rng.random() < 0.1}
    if rng.random() < 0.1:
        draft_instrument(path)
    answers = cm.read_responses(path, bench.instrument, **given)  # type: ignore[arg-type]
    cleaned = cm.clean(answers, exclude=rng.random() < 0.5)
    answer_quality(cleaned)
    assert set(cleaned.frame.index) <= set(answers.frame.index)
    assert path.read_bytes() == content, "the file was changed"


def yaml(rng: Random, bench: Bench) -> None:
    """`coprod check` says what is wrong with a damaged file, in lines that no terminal obeys."""
    texts = YAMLS | {"population.yaml": POPULATION, "offers.yaml": OFFERS}
    name = rng.choice(tuple(texts))
    (bench.study / name).write_bytes(encoded(rng, damaged_text(rng, texts[name], YAML)))
    if name == "offers.yaml":
        _run(["offers", str(bench.study / name), "--out", str(bench.study / "made")])
    elif name == "population.yaml" and rng.random() < 0.3:
        _run(["simulate", str(bench.study / name), "--out", str(bench.study / "made")])
    else:
        _run(["check", str(bench.study / rng.choice((name, name, "study.yaml")))])


def studies(rng: Random, bench: Bench) -> None:
    """A study of which one file is damaged is walked, or is refused."""
    name = rng.choice((*YAMLS, "study.yaml", "answers.csv", "names.json", "answers.csv"))
    if name == "answers.csv":
        text = (
            damaged_text(rng, small_answers(40).to_csv(index=False))
            if rng.random() < 0.6
            else table(rng, NAMES)
        )
    elif name == "names.json":
        sound = {
            "instrument": "small",
            "platform": "table",
            "items": {item: {"name": item} for item in ITEMS},
        }
        text = damaged_text(rng, json.dumps(sound, indent=1))
    else:
        text = damaged_text(rng, YAMLS[name], YAML)
    (bench.study / name).write_bytes(encoded(rng, text))
    study, population = str(bench.study / "study.yaml"), str(bench.study / "population.yaml")
    draws = ["--population", population, "--n", "60", "--draws", "2", "--processes", "1"]
    asked = {
        "power": [study, *draws],
        "population": [study, "--out", population],
        "plan": [study, "--as", rng.choice(("osf", "aspredicted"))],
    }
    (bench.study / "population.yaml").write_text(POPULATION, encoding="utf-8")
    often = ("clean", "clean", "clean", "clean", "measure", "test", "report", "run")
    command = rng.choice((*often, "plan", "population", "archive", "power"))
    _run([command, *asked.get(command, [study])])


OPERATORS = (
    "=~",
    "~",
    "~~",
    "~1",
    "|",
    ":=",
    "==",
    "<",
    ">",
    "<~",
    "~*~",
    "+",
    "*",
    "(",
    ")",
    "^",
    "/",
    ",",
    "\n",
    ";",
    "#",
)
WORDS = (
    "f", "g", "x", "y", "z", "u", "a", "b", "NA", "1", "0", "0.5", "1e999", "start(1)", "start(1/0)", "c(1,2)", "c(a,b)",
    "equal('a')", "label('a')", "sqrt(2)", "sqrt(a,2)", "abs(a,a)", "exp(999)", "log(-1)", "9**9**9**9", "1/0", "`a b`",
    "'x'", '"x"', "t1", "tt1", "x | t1+t2", "a^(1/0)", "x:y", "group: 1", "level: 2", "λ", "\x00", "\u0275", "-" * 2000,
    "(" * 300, "+".join("a" * 1500), "f =~ x + y + z", "f =~ x + a*y + z", "q := a^2", "x ~ y + z", "a == b", "x ~~ 0*y",
    'efa("e")*f + efa("e")*g =~ x + y + z + u', "efa()*f", "level: 1\nx ~ y\nlevel: 2\nx ~~ x", "f <~ x + y", "f ~ g", "f:g",
)  # fmt: skip


def models(rng: Random, bench: Bench) -> None:
    """Model text of any kind is fitted, with all that is asked of a fit, or is refused."""
    if rng.random() < 0.5:
        text = damaged_text(rng, "f =~ x + a*y + z\ng =~ u + y\ng ~ b*f\nq := a*b\nx ~~ y", WORDS + OPERATORS)
    else:
        text = " ".join(rng.choice(rng.choice((WORDS, OPERATORS))) for _ in range(rng.randrange(1, 14)))
    data = frame(rng, ("x", "y", "z", "u")) if rng.random() < 0.2 else _four()
    options = {
        "estimator": rng.choice(("ML", "MLR", "ULS", "GLS", "DWLS", "WLSMV", "x")),
        "ordered": ("x", "y"),
    }
    options |= {"missing": "fiml", "group": "x", "std_lv": True, "group_equal": ["loadings"], "se": "robust"}
    options |= {"cluster": "u", "correlation": True}
    given = {name: options[name] for name in options if rng.random() < 0.1}
    if rng.random() < 0.1:
        call = cm.from_lavaan(damaged_text(rng, f'm <- "{text}"\nfit <- cfa(m, data = d, std.lv = TRUE)'))
        fit = call.fit(data)
    elif rng.random() < 0.1:
        components = rng.choice((cm.pls, cm.gsca))(text, data)
        str((components.paths(), components.items(), components.r2()))
        return
    else:
        fit = rng.choice((cm.sem, cm.cfa, cm.lavaan, cm.growth))(text, data, **given)  # type: ignore[operator]
    str(fit.summary())
    asked = rng.choice(
        ("parameters", "measures", "standardized", "residuals", "modification_indices", "scores", "r2")
    )
    what = getattr(fit, asked, None)
    _no_silent_nan(what() if callable(what) else what)


def _four() -> pd.DataFrame:
    random = np.random.default_rng(1)
    factor = random.standard_normal((120, 1))
    return pd.DataFrame(
        np.clip(np.round(4 + factor + random.standard_normal((120, 4))), 1, 7), columns=list("xyzu")
    )


def records(rng: Random, bench: Bench) -> None:
    """A damaged record is one error; with the others sound, a command goes on or says what to do."""
    record = rng.choice(sorted((bench.sound / "out" / "records").glob("*.zip")))
    place = bench.study / "out" / "records" / record.name
    if rng.random() < 0.5:
        place.write_bytes(damaged_bytes(rng, record.read_bytes()))
    else:
        with zipfile.ZipFile(record) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
        name = rng.choice(sorted(members))
        whole = members[name]
        text = name.endswith(".json") and rng.random() < 0.7
        members[name] = encoded(rng, damaged_text(rng, whole.decode())) if text else damaged_bytes(rng, whole)
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
    if rng.random() < 0.9:
        load_record(place, made_by="coprod clean")
    else:
        _run([rng.choice(("report", "measure", "test", "archive")), str(bench.study / "study.yaml")])


def outputs(rng: Random, bench: Bench) -> None:
    """Hostile wordings come out as files that their programs can open, and no cell is a formula."""
    hostile = [text for text in TEXTS if text.strip() and "\ud800" not in text]
    words = (
        "I like it.",
        "Joy",
        "Small",
        "Not at all",
        "All",
        "How light.",
        "Feelings",
        "Joy leads to ease.",
    )
    for name in ("instrument.yaml", "theory.yaml", "study.yaml"):
        text = YAMLS[name]
        for word in words:
            if rng.random() < 0.4:
                text = text.replace(word, json.dumps(rng.choice(hostile), ensure_ascii=rng.random() < 0.8), 1)
        (bench.study / name).write_text(text, encoding="utf-8", errors="replace")
    out = bench.study / "exports"
    if rng.random() < 0.1:
        formats = rng.choice(("docx", "xlsx", "html", "md", "tex", "json", "pdf", "pdf"))
        study = read_study(bench.study / "study.yaml")
        with Rooms(study, tell=lambda _: None) as rooms:
            cm.write_report(rooms.results(), out, formats=[formats])
    elif rng.random() < 0.1:
        plan = [str(bench.study / "study.yaml"), "--format", rng.choice(("md", "docx", "html"))]
        _run(["plan", *plan])
        out = bench.study / "out"
    else:
        instrument = read_instrument(bench.study / "instrument.yaml")
        platform = rng.choice((*PLATFORMS, "codebook"))
        if platform == "codebook":
            _run(["codebook", str(bench.study / "instrument.yaml"), "--out", str(out / "c.xlsx")])
        else:
            write_export(instrument, platform, out)
    for path in out.rglob("*") if out.is_dir() else ():
        _opens(path)


def _opens(path: Path) -> None:
    if path.suffix in {".xml", ".qsf", ".lss", ".html"}:
        text = path.read_text("utf-8")
        assert not UNPRINTABLE.search(text), f"control characters in {path.name}"
        assert "<script>alert" not in text, f"a script in {path.name}"
        if path.suffix in {".xml", ".lss"}:
            ElementTree.fromstring(text)
    elif path.suffix in {".docx", ".xlsx"}:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    ElementTree.fromstring(archive.read(name))
    elif path.suffix == ".json":
        json.loads(path.read_text("utf-8"))
    elif path.suffix == ".pdf":
        assert path.read_bytes().rstrip().endswith(b"%%EOF"), f"half of {path.name}"
    elif path.suffix == ".csv" and "scores" in path.name:
        for row in csv.reader(io.StringIO(path.read_text("utf-8"))):
            assert not any(cell.startswith(("=", "@", "＝")) for cell in row), f"a formula in {path.name}"


TWO = {"f": ["a", "b"], "g": ["c", "d"]}
ONE = {"f": ["a", "b", "c", "d"]}
CALLS: dict[str, Callable[[Any], object]] = {
    "sem": lambda data: cm.sem("a ~ b + c", data).summary(),
    "cfa": lambda data: cm.cfa("f =~ a + b + c + d", data, estimator="MLR").summary(),
    "fiml": lambda data: cm.cfa("f =~ a + b + c + d", data, missing="fiml").summary(),
    "ordered": lambda data: cm.cfa("f =~ a + b + c + d", data, ordered=list("abcd")).summary(),
    "polychoric": lambda data: cm.polychoric(data).table(),
    "efa": lambda data: cm.efa(data, 1),
    "parallel": lambda data: cm.parallel_analysis(data, draws=20),
    "reliability": cm.reliability,
    "items": cm.item_analysis,
    "htmt": lambda data: cm.htmt(TWO, data),
    "validity": lambda data: cm.validity(cm.confirmatory(data, TWO)),
    "scores": lambda data: cm.scores(data, ONE),
    "esem": lambda data: cm.esem(data, TWO),
    "pls": lambda data: cm.pls("f =~ a + b\ng =~ c + d\ng ~ f", data),
    "sam": lambda data: cm.sam("f =~ a + b + c\nd ~ f", data),
    "dominance": lambda data: cm.dominance(data, "a", ["b", "c", "d"], bootstrap=20),
    "surface": lambda data: cm.response_surface(data, "a", "b", "c"),
    "necessity": lambda data: cm.necessity(data, "a", ["b"], permutations=20),
    "invariance": lambda data: cm.invariance(ONE, data, group="e"),
    "bias": lambda data: cm.method_bias(data, ONE),
    "contrasts": lambda data: cm.contrasts(data, "a", "e"),
    "moderation": lambda data: cm.moderation(data, "a", "b", "c"),
    "mixed": lambda data: cm.mixed_model(data, "a", ["b"], "e"),
    "choice": lambda data: cm.choice(data, "e", ["a", "b"]),
    "classes": lambda data: cm.classes(data, ["a", "b", "c"], n_classes=2, starts=2),
}


def calls(rng: Random, bench: Bench) -> None:
    """A public function with data that nobody should have: a result without silent gaps, or one line."""
    data: object = frame(rng, ("a", "b", "c", "d", "e"))
    if rng.random() < 0.15:
        given: pd.DataFrame = data  # type: ignore[assignment]
        others = (
            given.to_numpy(),
            given.to_numpy().tolist(),
            None,
            {"a": [1]},
            "a.csv",
            3,
            given.iloc[:, 0],
            [],
            iter(()),
        )
        data = rng.choice(others)
    elif rng.random() < 0.1:
        data = pyarrow.table({name: np.arange(9.0) ** k for k, name in enumerate("abcde")})
    _no_silent_nan(CALLS[rng.choice(tuple(CALLS))](data))


def frames(rng: Random, bench: Bench) -> None:
    """A public function that takes names of columns, with columns that are not what they should be."""
    data = people()
    for _ in range(rng.choice((0, 1, 1, 2))):
        with contextlib.suppress(
            AttributeError, KeyError, TypeError, ValueError
        ):  # what pandas itself does not take
            data = SPOILT[rng.choice(tuple(SPOILT))](data)
    _no_silent_nan(FUNCTIONS[rng.choice(tuple(FUNCTIONS))](data))


def _no_silent_nan(value: object, depth: int = 0) -> None:
    """A number of a record is a number or not available with a reason."""
    if isinstance(value, float):
        assert not math.isnan(value), "a silent NaN"
    elif (
        is_dataclass(value)
        and not isinstance(value, type)
        and not isinstance(value, NotAvailable)
        and depth < 4
    ):
        for field in fields(value):
            inner = getattr(value, field.name)
            try:
                _no_silent_nan(inner, depth + 1)
            except AssertionError as error:
                raise AssertionError(f"{type(value).__name__}.{field.name}: {error}") from None


def _run(arguments: list[str]) -> None:
    """A command ends with a known code, and what it prints a terminal shows and does not obey."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = run_app(arguments)
    said = printed.getvalue()
    assert code in {0, 1, 2, 3}, f"exit code {code}: {said[-2000:]}"
    assert "Traceback" not in said, said[-2000:]
    assert not UNPRINTABLE.search(said.replace("\t", " ")), f"control characters printed: {said!r}"[-500:]


SURFACES: dict[str, Callable[[Random, Bench], None]] = {
    attack.__name__: attack for attack in (importers, yaml, studies, models, records, outputs, calls, frames)
}


def attack(surface: str, seed: int, number: int, bench: Bench) -> str:
    """Do one attack; ``"taken"`` or ``"refused"``, else what it raised."""
    bench.renew()
    try:
        SURFACES[surface](Random(f"{seed} {surface} {number}"), bench)
    except CoprodError as error:
        refused = error
    else:
        return "taken"
    assert all(problem.cause for problem in refused.problems), "an error without a cause"
    assert not UNPRINTABLE.search(str(refused).replace("\n", "")), f"control characters: {refused!r}"
    return "refused"
