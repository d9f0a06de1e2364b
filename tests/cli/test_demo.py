"""The demo tells the truth about its samples."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.panel_sample import main as make_panel
from coprod_measure.cli import demo
from coprod_measure.cli.app import run_app
from coprod_measure.shipped import shipped_folder


def shown(out: Path) -> dict[str, str]:
    assert run_app(["demo", "--out", str(out)]) == 0
    return {
        path.stem.removesuffix("-report"): path.read_text(encoding="utf-8") for path in out.glob("*.html")
    }


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return shown(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The demo with its smallest sample alone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(demo, "SAMPLES", demo.SAMPLES[:1])
        return shown(tmp_path_factory.mktemp("real"))


def words(page: str) -> str:
    return " ".join(re.sub(r"<(style|svg|script)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL).split())


@pytest.mark.slow
def test_there_is_one_report_a_study(pages: dict[str, str]) -> None:
    assert set(pages) == {"bfi", "coproduction", "panel"}


@pytest.mark.parametrize("made", ["real", pytest.param("pages", marks=pytest.mark.slow)])
def test_the_reports_need_no_network(made: str, request: pytest.FixtureRequest) -> None:
    for page in request.getfixturevalue(made).values():
        assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
        assert "@import" not in page
        assert page.count("<svg") >= 4


def test_the_real_sample_is_said_to_fit_badly(real: dict[str, str]) -> None:
    text = words(real["bfi"])
    assert "CFI = .78" in text
    assert "does not describe these answers well" in text
    assert "synthetic" not in text.lower()


@pytest.mark.slow
def test_the_synthetic_sample_says_so_and_its_hypotheses_are_tested(pages: dict[str, str]) -> None:
    text = words(pages["coproduction"])
    assert "Synthetic data" in text
    for number in "abcdefgh":
        assert f"H1{number}" in text
    assert "not testable here: 8" not in text.lower()


@pytest.mark.parametrize("made", ["real", pytest.param("pages", marks=pytest.mark.slow)])
def test_the_last_section_says_how_it_was_made(made: str, request: pytest.FixtureRequest) -> None:
    for page in request.getfixturevalue(made).values():
        last = words(page.split("<section")[-1])
        assert re.search(r"\b[0-9a-f]{64}\b", last)
        assert "2026" in last  # the seed
        assert "numpy" in last


@pytest.mark.slow
def test_the_panel_shows_time_level_and_class_as_they_were_drawn(pages: dict[str, str]) -> None:
    text = words(pages["panel"])
    assert "Synthetic data" in text
    for shown in (
        "Who answered when",
        "What was asked when",
        "Effects from one wave to the next",
        "H4a: slopes by level",
        "H4f: variance by level",
        "RQ3a: what they are like",
    ):
        assert shown in text
    # Two kinds of people were drawn; task expertise raises later engagement, and nobody moves through the stages.
    assert "2 kinds of people by BIC" in text
    verdicts = {
        id_: re.search(rf"{id_} .{{0,400}}?(not supported|supported)", text).group(1)
        for id_ in ("H4a", "H12b", "H12c", "H12d")
    }
    assert verdicts == {
        "H4a": "supported",
        "H12b": "supported",
        "H12c": "not supported",
        "H12d": "not supported",
    }


def test_the_panel_is_made_again_from_its_truth(tmp_path: Path) -> None:
    folder = shipped_folder("data/sample") / "panel"
    shutil.copy(folder / "truth.yaml", tmp_path)
    make_panel(tmp_path)
    for wave in (1, 2, 3):
        name = f"wave{wave}.csv"
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
