"""The tables for the paper against the records they are made from."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from coprod_measure.instrument.definition import Translation
from coprod_measure.measurement.factors.confirmatory import confirmatory
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.scores.scale_scores import scale_scores
from coprod_measure.measurement.validity.constructs import validity
from coprod_measure.measurement.validity.htmt import htmt
from coprod_measure.report.about_paper_tables import about_paper_tables
from coprod_measure.report.document import Table
from coprod_measure.report.labels import Labels
from report.report_fixtures import answers, found_parts


@pytest.mark.filterwarnings("ignore")
def test_both_tables_hold_what_the_records_hold() -> None:
    given = answers(400)
    model = confirmatory(given)
    parts = {
        "confirmatory": model,
        "reliability": reliability(given),
        "validity": validity(model),
        "htmt": htmt(None, given),
        "scale_scores": scale_scores(given),
    }
    (section,) = about_paper_tables(found_parts(**parts), Labels(given.instrument))
    measures, matrix = (block for block in section.blocks if isinstance(block, Table))

    assert [row.values[0] for row in measures.rows[:2]] == ["Construct A", "a1 Wording a1"]
    loadings = [row.values[1] for row in measures.rows if row.values[1] is not None]
    assert loadings == pytest.approx(list(model.table()["std"]))
    assert measures.rows[0].values[4] == pytest.approx(parts["reliability"].table()["alpha"][0])

    body = pd.DataFrame([row.values[3:] for row in matrix.rows])
    constructs = validity(model).table()
    for k in range(3):
        assert body.iloc[k, k] ** 2 == pytest.approx(constructs["ave"][k])
    # A latent correlation below the diagonal, a ratio of observed correlations above it.
    assert body.iloc[1, 0] == pytest.approx(model.latent_correlations.iloc[1, 0])
    pair = parts["htmt"].pairs.set_index(["construct_1", "construct_2"])["htmt"]
    assert body.iloc[0, 1] == pytest.approx(pair["a", "b"])
    assert matrix.rows[2].values[1] == pytest.approx(parts["scale_scores"].scales["mean"][2])

    # A second language has a column of its own, filled in that language.
    translated = {"de": Translation("Wortlaut von {thing}", "final", "")}
    items = {
        id_: replace(item, text="Wording of {thing}", label="", translations=translated)
        for id_, item in given.instrument.items.items()
    }
    german = replace(
        given.instrument, items=items, languages=("en", "de"), placeholders={"thing": "furniture"}
    )
    labels = Labels(german, (), "de", {"thing": "Möbeln"}, Labels(german, (), "en"))
    measures = about_paper_tables(found_parts(**parts), labels)[0].blocks[0]
    assert isinstance(measures, Table)
    assert [column.label for column in measures.columns[:3]] == ["Construct and item", "English", "Loading"]
    assert measures.rows[0].values[:3] == ("Construct A", None, None)
    assert measures.rows[1].values[:2] == ("a1 Wortlaut von Möbeln", "Wording of furniture")
    assert {len(row.values) for row in measures.rows} == {9}


def test_without_a_measurement_model_there_is_no_section() -> None:
    assert about_paper_tables(found_parts(), Labels(answers().instrument)) == ()
