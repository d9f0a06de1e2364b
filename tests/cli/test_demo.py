"""The demo tells the truth about both samples."""

from __future__ import annotations

import re

import pytest

from coprod_measure.cli.app import run_app


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("demo")
    assert run_app(["demo", "--out", str(out)]) == 0
    return {
        path.stem.removesuffix("-report"): path.read_text(encoding="utf-8") for path in out.glob("*.html")
    }


def words(page: str) -> str:
    return " ".join(re.sub(r"<(style|svg|script)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_there_is_one_report_a_study(pages: dict[str, str]) -> None:
    assert set(pages) == {"bfi", "coproduction"}


def test_the_reports_need_no_network(pages: dict[str, str]) -> None:
    for page in pages.values():
        assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
        assert "@import" not in page
        assert page.count("<svg") >= 4


def test_the_real_sample_is_said_to_fit_badly(pages: dict[str, str]) -> None:
    text = words(pages["bfi"])
    assert "CFI = .78" in text
    assert "does not describe these answers well" in text
    assert "synthetic" not in text.lower()


def test_the_synthetic_sample_says_so_and_its_hypotheses_are_tested(pages: dict[str, str]) -> None:
    text = words(pages["coproduction"])
    assert "Synthetic data" in text
    for number in "abcdefgh":
        assert f"H1{number}" in text
    assert "not testable here: 8" not in text.lower()


def test_the_last_section_says_how_it_was_made(pages: dict[str, str]) -> None:
    for page in pages.values():
        last = words(page.split("<section")[-1])
        assert re.search(r"\b[0-9a-f]{64}\b", last)
        assert "2026" in last  # the seed
        assert "numpy" in last
