"""Reports as PDF and LaTeX: every word within its page's margins, all of them there, LaTeX without a complaint."""

from __future__ import annotations

import re
import subprocess
import warnings
from pathlib import Path

import pytest
from lxml import etree

from coprod_measure.report.compose import compose
from coprod_measure.report.document import Document, Figure, Table
from coprod_measure.report.formats.pdf import write as write_pdf
from coprod_measure.report.formats.tex import write as write_tex
from coprod_measure.report.table_layout import MARGIN
from coprod_measure.study.run import run_study
from report.report_fixtures import nasty_document
from study.small_study import write_small_study

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("paper")]
PAGE_NUMBER = 50.0
"""Points above the lower edge where the number of the page stands."""


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    results = run_study(write_small_study(tmp_path_factory.mktemp("study")))
    return {"paper": compose(results, "paper"), "full": compose(results, "full"), "nasty": nasty_document()}


def words_of(pdf: Path) -> list[tuple[str, bool]]:
    """Every word of a file, and whether it stands within the margins of its page."""
    done = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, check=True)
    page_of = etree.fromstring(done.stdout, etree.XMLParser(recover=True)).iter("{*}page")
    words = []
    for page in page_of:
        width, height = float(page.get("width")), float(page.get("height"))
        for word in page.iter("{*}word"):
            left, top, right, bottom = (float(word.get(side)) for side in ("xMin", "yMin", "xMax", "yMax"))
            in_text = bottom <= height - MARGIN + 2 or bottom > height - PAGE_NUMBER
            within = left >= MARGIN - 2 and right <= width - MARGIN + 2 and top >= MARGIN - 4 and in_text
            words.append((word.text or "", within))
    return words


@pytest.mark.parametrize("length", ["paper", "full"])
def test_every_word_of_the_pdf_is_within_the_margins_and_all_tables_are_there(
    length: str, documents: dict[str, Document], tmp_path: Path
) -> None:
    document = documents[length]
    path = tmp_path / "report.pdf"
    write_pdf(document, path)
    words = words_of(path)
    assert [word for word, within in words if not within] == []
    text = " ".join(word for word, _ in words)
    for kind in (Table, Figure):
        number = sum(isinstance(block, kind) for block in document.blocks())
        assert all(f"{kind.__name__} {k} " in text for k in range(1, number + 1))
    fonts = subprocess.run(
        ["pdffonts", path], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), "a font is not embedded"


@pytest.mark.parametrize("name", ["paper", "full", "nasty"])
def test_latex_compiles_and_nothing_is_wider_than_the_line(
    name: str, documents: dict[str, Document], tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_tex(documents[name], tmp_path / "report.tex")
    command = ["lualatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "report.log").read_text(encoding="utf-8", errors="replace")
    lacking = {letter for letter in re.findall(r"There is no (.) ", log) if letter.isprintable()}
    assert lacking <= {"好"}
    too_wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert name == "nasty" or max(too_wide, default=0.0) < 3
    assert (tmp_path / "report.pdf").stat().st_size > 10_000
