"""Reports, questionnaires and codebooks in a browser: on a phone and on a desk, in light and dark, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import coprod_measure as cm
from coprod_measure.instrument.codebook import write_codebook
from coprod_measure.instrument.exports.write import write_export

# One process makes the study and the other pages, once.
pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("pages")]

PHONE, DESK = (360, "light"), (1280, "dark")
PAGES = [
    "report",
    "questionnaire bfi25 full en",
    "questionnaire etgar2007 core en",
    "questionnaire etgar2007 core de",
    "codebook bfi25",
]
# The checker takes its time over a table of many hundred questions: once is enough.
LONG_PAGE = "codebook etgar2007"
SIGHTS = [(page, *view) for page in PAGES for view in (PHONE, DESK)] + [(LONG_PAGE, *PHONE)]
QUICKER = {"parallel_draws: 100": "parallel_draws: 20", "draws: 5000": "draws: 500", "MLR": "ML"}
RESPONDENTS = 300


def write_report_page(folder: Path) -> Path:
    """The report of the first respondents of the synthetic sample, with hypotheses and groups."""
    sample = Path(cm.shipped_folder("data/sample")) / "coproduction"
    rows = (sample / "responses.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "responses.csv").write_text("".join(rows[: 3 + RESPONDENTS]), encoding="utf-8")
    study = (sample / "study.yaml").read_text(encoding="utf-8")
    for slow, quick in QUICKER.items():
        study = study.replace(slow, quick)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    results = cm.run_study(folder / "study.yaml", out=folder / "out")
    page: Path = cm.write_report(results, folder / "out", formats=("html",))[0]
    return page


def write_page(name: str, folder: Path) -> Path:
    """Write one of the pages that people open."""
    kind, *about = name.split()
    if kind == "report":
        return write_report_page(folder)
    instrument = cm.read_instrument(about[0])
    if kind == "codebook":
        write_codebook(instrument, folder / "codebook.html", "html")
        return folder / "codebook.html"
    _, form, language = about
    written = write_export(instrument, "html", folder, form=form, language=language)
    return next(path for path in written.paths if path.suffix == ".html")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write a page once, whatever it is looked at for."""
    return cache(lambda name: write_page(name, tmp_path_factory.mktemp("page")))


@pytest.mark.parametrize(("page", "width", "colours"), SIGHTS)
def test_page_serves_every_reader(
    page: str, width: int, colours: str, written: Callable[[str], Path], node: Callable[..., Any]
) -> None:
    seen = node("look_at_page.mjs", written(page), width, colours)
    assert seen["requests"] == [], "the page asks the network"
    assert seen["errors"] == []
    assert seen["too_wide"] == []
    assert seen["page_width"] <= seen["window_width"] == width, "the page scrolls sideways"
    grave = [one for one in seen["violations"] if one["impact"] in {"serious", "critical"}]
    assert grave == []
    assert seen["n_controls"] > 0
    assert seen["unreachable"] == [], "no key leads there"
    assert seen["unmarked"] == [], "focused, and nothing shows it"


BAD_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Bad</title></head><body><main>
<img src="http://127.0.0.1:9/pixel.png" alt="">
<div style="width: 900px">wide</div>
<label>Unmarked <input style="outline: none"></label>
<p style="color: #bbb">pale</p>
</main></body></html>
"""


def test_a_bad_page_is_found_out(tmp_path: Path, node: Callable[..., Any]) -> None:
    """The checks above can fail."""
    path = tmp_path / "bad.html"
    path.write_text(BAD_PAGE, encoding="utf-8")
    seen = node("look_at_page.mjs", path, 360, "light")
    assert seen["requests"] == ["http://127.0.0.1:9/pixel.png"]
    assert seen["page_width"] > 360
    assert len(seen["too_wide"]) == 1
    assert [one["id"] for one in seen["violations"] if one["impact"] == "serious"] == ["color-contrast"]
    assert len(seen["unmarked"]) == 1
