"""A whole report from the records of a small study."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.battery import MeasurementOptions, measure
from coprod_measure.measurement.parts import PARTS
from coprod_measure.report.compose import compose
from coprod_measure.report.document import Callout, Document, Figure, Paragraph, Table
from coprod_measure.report.write import write_report
from coprod_measure.study.definition import Study
from coprod_measure.study.file_model import MeasurementModel, ResponsesModel
from coprod_measure.study.results import Provenance, StudyResults
from report.report_fixtures import NASTY, answers, hypothesis_tests


def _results(n: int) -> StudyResults:
    responses = answers(n)
    options = MeasurementOptions(parallel_draws=20, htmt_draws=20, n_factors=2, groups=("nothing",))
    study = Study(
        id="small", title=NASTY, path="study.yaml", instrument=responses.instrument, form=None, responses=ResponsesModel(file="answers.csv"), cleaning=None,
        measurement=MeasurementModel(), structure=None, groups=(), seed=7, out="out", formats=("html",), options={"title": NASTY}, sha256="cd" * 32,
    )  # fmt: skip
    provenance = Provenance({NASTY: "ab" * 32}, {"title": NASTY}, {"python": "3.x"}, 7)
    return StudyResults(
        study=study, responses=responses, measurement=measure(responses, options), structure=hypothesis_tests(),
        provenance=provenance,
    )  # fmt: skip


@pytest.fixture(scope="module")
def results() -> StudyResults:
    return _results(300)


@pytest.fixture(scope="module")
def document(results: StudyResults) -> Document:
    return compose(results)


def test_the_sections_follow_the_street(document: Document) -> None:
    assert [section.id for section in document.sections] == [
        "summary", "respondents", "items", "reliability", "scale-scores", "factors", "measurement", "validity", "verdicts",
        "groups", "hypotheses", "structural-paths", "paper-tables", "procedure", "references", "making",
    ]  # fmt: skip


def test_ids_are_said_once(document: Document) -> None:
    ids = [block.id for block in document.blocks() if isinstance(block, Table | Figure)]
    assert len(ids) == len(set(ids))


def test_the_page_escapes_what_files_say(results: StudyResults, tmp_path: Path) -> None:
    (path,) = write_report(results, tmp_path)
    assert path == tmp_path / "small-report.html"
    tree = html.document_fromstring(path.read_text(encoding="utf-8"))
    assert tree.xpath("//script") == []
    assert len(tree.xpath("//figure")) >= 8
    assert "Synthetic data." in tree.xpath("string(//*[@id='summary'])")


def test_a_study_without_answers_enough_still_has_a_report(tmp_path: Path) -> None:
    few = _results(5)
    assert isinstance(few.measurement.confirmatory, NotAvailable)
    (path,) = write_report(few, tmp_path)
    text = html.document_fromstring(path.read_text(encoding="utf-8")).text_content()
    assert "The measurement model could not be fitted" in text


@pytest.mark.parametrize("part", [part.name for part in PARTS if not part.on_request])
def test_a_report_comes_without_any_one_part(results: StudyResults, part: str) -> None:
    broken = replace(
        results.measurement, parts={**results.measurement.parts, part: NotAvailable("it failed")}
    )
    without = replace(results, measurement=broken)
    said = [block.text for block in compose(without).blocks() if isinstance(block, Callout | Paragraph)]
    assert len(said) > 10
    assert without.missing_parts()[part.replace("_", " ")] == "it failed"
