"""A fault in a chapter or a page leaves a named gap and a traceback, and the report with everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coprod_measure.report import about_hypotheses, compose
from coprod_measure.report.guarded import failures_of
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.report.write import renew_report
from coprod_measure.study.outputs import claim
from coprod_measure.study.results import StudyResults
from report.report_fixtures import answers, hypothesis_tests
from report.test_compose import _results

ALL = ("html", "md", "tex", "docx", "xlsx", "json", "pdf")


@pytest.fixture(scope="module")
def results() -> StudyResults:
    return _results(120)


def test_a_chapter_that_fails_is_a_named_gap(results: StudyResults, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every chapter in turn; the others are written once."""
    written: dict[int, object] = {}

    def once(number: int, chapter: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda told: (
            written[number] if number in written else written.setdefault(number, chapter(told))
        )

    sound = tuple(once(k, chapter) for k, chapter in enumerate(compose.CHAPTERS))
    monkeypatch.setattr(compose, "CHAPTERS", sound)
    whole = compose.compose(results)
    assert not failures_of(whole)
    for number in range(len(sound)):
        failing = (*sound[:number], lambda told: told.nothing, *sound[number + 1 :])
        monkeypatch.setattr(compose, "CHAPTERS", failing)
        document = compose.compose(results)
        assert list(failures_of(document)) == [f"chapter {number + 1}"]
        assert len(document.sections) >= len(whole.sections) - 3


def test_the_files_are_written_and_the_traceback_beside_them(
    results: StudyResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = compose.CHAPTERS[:3]
    monkeypatch.setattr(compose, "CHAPTERS", (lambda told: {}["effects"], *sound[1:]))
    study = replace(results.study, path=str(tmp_path / "study.yaml"))
    study.out_folder.mkdir()
    claim(study, study.out_folder)
    written = renew_report(replace(results, study=study), study.out_folder, ALL)
    assert {path.suffix for path in written.files} >= {f".{form}" for form in ALL}
    page = next(path for path in written.files if path.suffix == ".html").read_text(encoding="utf-8")
    assert "could not be written (KeyError: &#39;effects&#39;)" in page
    traces = next(study.out_folder.glob("*failures-report*")).read_text(encoding="utf-8")
    assert "Traceback" in traces
    assert "KeyError: 'effects'" in traces
    monkeypatch.setattr(compose, "CHAPTERS", sound)
    assert not renew_report(replace(results, study=study), study.out_folder, ("html",)).failures
    assert not list(study.out_folder.glob("*failures-report*"))


def test_a_page_that_fails_leaves_the_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    tests, labels = hypothesis_tests(), Labels(answers(60).instrument)
    kind = str(tests.tested["kind"].iloc[0])
    sound = about_hypotheses.about_hypotheses(tests, labels)
    monkeypatch.setitem(PAGES, kind, replace(PAGES[kind], blocks=lambda tests, labels: tests.nothing))
    section = about_hypotheses.about_hypotheses(tests, labels)
    assert [block for block in section.blocks if getattr(block, "part", "") == kind]
    assert section.blocks[0] == sound.blocks[0]
