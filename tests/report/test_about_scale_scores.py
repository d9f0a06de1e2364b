"""The first table of a paper, in every format: numbers stay numbers, stars say what the test said."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lxml import html
from openpyxl import load_workbook

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.scores.scale_scores import CONSTANT, ScaleScores, scale_scores
from coprod_measure.report.about_scale_scores import MOST_IN_ONE, PART, about_scale_scores
from coprod_measure.report.document import Callout, Document, Paragraph, Section, Starred, Table
from coprod_measure.report.formats.html import as_html
from coprod_measure.report.formats.json import as_json
from coprod_measure.report.formats.md import as_markdown
from coprod_measure.report.formats.tex import as_latex
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import stars
from coprod_measure.report.write import write_document
from report.report_fixtures import answers, two_stage_instrument

LABELS = Labels(two_stage_instrument())


@pytest.fixture(scope="module")
def found() -> ScaleScores:
    return scale_scores(answers(300))


def _many(k: int) -> ScaleScores:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(1, 6, (80, k)), columns=[f"v{i}" for i in range(k)]).astype(float)
    return scale_scores(frame, {f"s{i}": [f"v{i}"] for i in range(k)})


def _tables(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def test_few_constructs_stand_in_one_table(found: ScaleScores) -> None:
    (table,) = _tables(about_scale_scores(found, LABELS))
    assert [column.label for column in table.columns] == [
        "Construct", "M", "SD", "n", "Reliability", "1", "2",
    ]  # fmt: skip
    record = found.table().iloc[2]
    pair = found.correlations.set_index(["construct_1", "construct_2"]).loc[("a", "c")]
    assert table.rows[2].values[:5] == (
        "3. Construct C", record["mean"], record["sd"], record["n"], record["reliability"],
    )  # fmt: skip
    assert table.rows[2].values[5] == Starred(pair["r"], pair["pvalue"])
    assert table.rows[0].values[5:] == (None, None)
    assert "two-sided" in table.notes[1]
    assert "n = 300" in table.notes[1]


def test_many_constructs_are_numbered_and_their_correlations_cut_to_the_width_of_a_page() -> None:
    k = MOST_IN_ONE + PART + 2
    section = about_scale_scores(_many(k), LABELS)
    described, first, second = _tables(section)
    assert len(described.rows) == k
    assert described.rows[-1].values[0] == f"{k}. s{k - 1}"
    assert len(first.columns) == PART + 1
    assert [column.label for column in second.columns][1:] == [str(j) for j in range(PART + 1, k)]
    assert [len(table.columns) for table in _tables(about_scale_scores(_many(32), LABELS))[1:]] == [
        9,
        9,
        9,
        8,
    ]
    known = [value for table in (first, second) for row in table.rows for value in row.values[1:] if value]
    assert len(known) == k * (k - 1) / 2
    assert len({table.id for table in (described, first, second)}) == 3


def test_the_note_names_what_has_alpha_only_and_unequal_sizes() -> None:
    frame = answers(300).frame.copy()
    frame.iloc[:50, list(frame.columns).index("c1")] = np.nan
    found = scale_scores(frame, {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"], "c": ["c1"]})
    (table,) = _tables(about_scale_scores(found, LABELS))
    assert "Reliability is ω, and α for Construct B, of which no ω exists" in table.notes[0]
    assert "n of a pair from 250 to 300" in table.notes[1]
    assert table.rows[2].values[4] == NotAvailable("one item has no internal consistency")


def test_what_has_no_score_or_no_correlation_says_why(found: ScaleScores) -> None:
    pairs = found.correlations.copy()
    pairs.loc[0, ["r", "pvalue"]] = np.nan
    hidden = replace(found, correlations=pairs, unavailable={"b": NotAvailable("no order")})
    section = about_scale_scores(hidden, LABELS)
    assert _tables(section)[0].rows[1].values[5] == NotAvailable(CONSTANT)
    assert section.blocks[-1].items == ("Construct B: no order.",)
    (callout,) = about_scale_scores(NotAvailable("nothing was asked"), LABELS).blocks
    assert isinstance(callout, Callout)
    alone = scale_scores(answers(300).frame[["a1", "a2", "a3"]])
    words, table = about_scale_scores(alone, LABELS).blocks
    assert isinstance(words, Paragraph)
    assert "strongest" not in words.text
    assert len(table.columns) == 5


def test_stars() -> None:
    assert [stars(p) for p in (0.0009, 0.001, 0.0099, 0.01, 0.0499, 0.05, 1.0, float("nan"))] == [
        "***", "**", "**", "*", "*", "", "", "",
    ]  # fmt: skip


def test_every_format_has_numbers_and_stars(tmp_path: Path) -> None:
    pairs = pd.DataFrame(
        [("a", "b", -0.3456, 40, 0.004)], columns=["construct_1", "construct_2", "r", "n", "pvalue"]
    )
    rows = [("a", 3, 40, 2.5, 1.25, 0.8, "omega"), ("b", 3, 40, 2.0, 1.0, 0.7, "omega")]
    scales = pd.DataFrame(
        rows, columns=["construct", "items", "n", "mean", "sd", "reliability", "coefficient"]
    )
    section = about_scale_scores(ScaleScores(scales, pairs, {}, {}, 0.5), LABELS)
    document = Document("t", "s", (section,))
    page = html.document_fromstring(as_html(document))
    assert page.xpath("string(//tbody/tr[2]/td[5])") == "−.35**"
    assert page.xpath("string(//tbody//span[@class='stars'])") == "**"
    assert page.xpath("count(//thead//span[@class='stars'])") == 1
    assert "−.35\\*\\*" in as_markdown(document)
    assert r"\ensuremath{-}.35**" in as_latex(document)
    table = json.loads(as_json(document))["sections"][0]["blocks"][1]
    assert table["rows"][1]["values"][5] == {"value": -0.3456, "pvalue": 0.004}
    excel, word = write_document(document, tmp_path, "t", ("xlsx", "docx"))
    cell = load_workbook(excel)["1 scale-scores-table"]["F4"]
    assert (cell.value, cell.number_format) == (-0.3456, '0.00"**"')
    import docx

    assert docx.Document(str(word)).tables[0].cell(2, 5).text == "−.35**"


A4_TEXT = 453.5
"""Width between margins of 2.5 cm, in points."""


def test_wide_tables_are_set_closer_in_word_and_fit_in_latex(tmp_path: Path) -> None:
    import docx
    from docx.oxml.ns import qn

    document = Document("t", "s", (about_scale_scores(_many(2 * PART + 1), LABELS),))
    (word,) = write_document(document, tmp_path, "t", ("docx",))
    _, wide, _ = docx.Document(str(word)).tables
    names = [child.tag for child in wide._tbl.tblPr]
    assert names.index(qn("w:tblCellMar")) == names.index(qn("w:tblLook")) - 1
    for columns in re.findall(r"begin{longtable}{(.*)}\n", as_latex(document)):
        widths = [float(width) for width in re.findall(r"p{([\d.]+)bp}", columns)]
        assert 0 < sum(widths) + 2 * 4.0 * len(widths) < A4_TEXT, "in LaTeX the widths are measured"
    assert as_html(document).count('class="cards dense') == 2
