"""Two lengths of one report, and wordings in the language that was fielded."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.cli.check import check_file
from coprod_measure.errors import OutputError
from coprod_measure.report.about_effects import _in_short
from coprod_measure.report.compose import compose
from coprod_measure.report.document import Column, Document, Figure, Paragraph, Section, Starred, Table
from coprod_measure.report.labels import Labels
from coprod_measure.report.paper_length import at_paper_length
from coprod_measure.report.write import renew_report
from coprod_measure.structure.effect_tables import DIRECT, EFFECT_COLUMNS, INDIRECT, TOTAL, TOTAL_INDIRECT
from coprod_measure.study.results import StudyResults
from coprod_measure.study.run import run_study
from study.small_study import write_small_study


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> StudyResults:
    study = write_small_study(tmp_path_factory.mktemp("length"))
    study.write_text(study.read_text().replace("formats: [html, json]", "formats: [html], length: paper"))
    return run_study(study)


def _ids(document: Document) -> list[str]:
    return [block.id for block in document.blocks() if isinstance(block, Table | Figure)]


def test_a_paper_holds_what_a_journal_prints_in_its_order(results: StudyResults) -> None:
    paper, full = compose(results), compose(results, "full")
    assert [one.id for one in paper.sections] == [
        "method",
        "measurement",
        "results",
        "references",
        "appendix",
    ]
    ids = _ids(paper)
    assert ids == [
        "sample-profile", "cfa-fit", "paper-matrix", "invariance-city", "hypotheses-table", "paths-1",
        "structural-fit", "paper-measures", "explained-variance",
    ]  # fmt: skip
    assert set(ids) < set(_ids(full))
    words = [block.text for block in paper.sections[0].blocks if isinstance(block, Paragraph)]
    assert any("confirmatory model" in one for one in words)


def test_a_paper_that_compares_groups_and_bends_effects_holds_their_tables() -> None:
    names = (
        "invariance-sex",
        "simple-slopes",
        "indirect-H5",
        "effects-1",
        "effects-table",
        "paths-by-group-H7",
    )
    tables = tuple(Table(name, name, (Column("a"),), ()) for name in names)
    made, _ = at_paper_length([Section("hypotheses", "The hypotheses", tables)])
    held = [block.id for one in made for block in one.blocks if isinstance(block, Table)]
    assert held == ["invariance-sex", "effects-1", "simple-slopes", "indirect-H5"]


def test_of_effects_a_paper_tells_those_that_are_claimed_a_line_each_and_sums_many_routes() -> None:
    rows: list[tuple[object, ...]] = []

    def effect(ends: str, name: str, beta: float, p: float = 0.5, kind: str = "", via: str = "") -> None:
        route, size = (ends[0], ends[1], name, tuple(via)), (beta, 0.1, beta - 0.1, beta + 0.1)
        rows.append((*route, *size, p, beta, beta - 0.1, beta + 0.1, kind))

    effect("ac", DIRECT, 0.3, 0.002)
    effect("ac", INDIRECT, 0.1, 0.04, "complementary", "b")
    effect("ac", INDIRECT, 0.05, via="d")
    effect("ac", TOTAL_INDIRECT, 0.15)
    effect("ac", TOTAL, 0.45, 0.0)
    effect("bc", DIRECT, 0.2)
    effect("bc", TOTAL, 0.2)
    effect("ec", DIRECT, 0.0)
    for name, beta in (("b", 0.1), ("d", 0.2), ("f", 0.3)):
        effect("ec", INDIRECT, beta, via=name)
    effect("ec", TOTAL_INDIRECT, 0.6, 0.01, "indirect-only")
    effect("ec", TOTAL, 0.6)
    found = pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))
    claimed = {("a", ("b",), "c"): ["H1"], ("e", ("b",), "c"): ["H1"], ("e", ("d",), "c"): ["H2", "H1"]}
    labels = Labels(cm.read_instrument("bfi25"))
    told = [
        row.values
        for (source, target), pair in found.groupby(["source", "target"], sort=False)
        for row in _in_short(f"{source} → {target}", pair, claimed, labels)
    ]
    assert told == [
        ("a → c", "b", Starred(0.3, 0.002), 0.1, (0.0, 0.2), Starred(0.45, 0.0), "complementary", "H1"),
        (
            "e → c",
            "3 routes",
            Starred(0.0, 0.5),
            0.6,
            (0.5, 0.7),
            Starred(0.6, 0.5),
            "indirect only",
            "H1, H2",
        ),
    ]
    whole = Table("effects-1", "All", (), (), short=Table("effects-1", "Claimed", (), ()))
    assert at_paper_length([Section("hypotheses", "", (whole,))])[0][0].blocks[0] == whole.short


def test_an_unknown_length_is_refused(results: StudyResults, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no length 'short'"):
        renew_report(results, tmp_path, ("html",), "short")


def test_wordings_and_answers_are_those_that_were_fielded() -> None:
    instrument = cm.read_instrument("etgar2007")
    german = Labels(instrument, (), "de", {"partner": "die Schreinerei"})
    assert german.item("sit_management_belief_3").endswith("daran, dass Kunden Wert beitragen.")
    assert "glaubt die Schreinerei daran" in german.item("sit_management_belief_3")
    assert german.answer("gender", 1) == "Frau"
    assert Labels(instrument).answer("gender", 1) == "Woman"


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        ("language: fr", "has no language 'fr'"),
        ("fills: {thing: x}", "no wording has a place 'thing'"),
        ("beside: {language: fr}", "has no language 'fr'"),
        ("beside: {language: en}", "the wordings are in 'en' already"),
    ],
)
def test_languages_and_fills_that_lead_nowhere_are_found(tmp_path: Path, asked: str, cause: str) -> None:
    study = write_small_study(tmp_path)
    study.write_text(study.read_text().replace("report: {formats: [html, json]}", f"report: {{{asked}}}"))
    assert any(cause in str(one.problem) for one in check_file(study)[1])
