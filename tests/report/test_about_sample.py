"""The sample profile in the report: labels for codes, sentences that hold, what is unknown left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.report.about_sample import about_sample, sample_facts_in_words
from coprod_measure.report.document import Paragraph, Table
from coprod_measure.report.labels import Labels
from coprod_measure.responses.profile import sample_profile
from coprod_measure.responses.quality import answer_quality
from report.report_fixtures import answers


def test_sample_is_a_table_and_sentences() -> None:
    found = answers(100)
    started = pd.date_range("2026-03-01", periods=100, freq="6h").strftime("%Y-%m-%d %H:%M:%S")
    about = found.about.assign(
        started=list(started), duration=600.0, city=["north", "south"] * 50, income=np.arange(100.0)
    )
    found = replace(found, about=about)
    blocks = about_sample(answer_quality(found, invited=200), Labels(found.instrument))
    table = next(one for one in blocks if isinstance(one, Table) and one.id == "sample-profile")
    rows = {row.values[0]: row for row in table.rows}
    assert rows["City"].heading
    assert rows["north"].values[1:3] == (50, 0.5)
    assert rows["Income"].values[1] == 100
    assert rows["Income"].values[5] == "0 to 99"
    words = " ".join(one.text for one in blocks if isinstance(one, Paragraph))
    assert "from 2026-03-01 to 2026-03-25 (25 days with answers)" in words
    assert "Half of the respondents took 10.0 minutes or less" in words
    assert "Of 200 people invited, 102 answered (51.0%) and 100 are analysed (50.0%)" in words
    assert "(25 each)" in words
    assert any(isinstance(one, Table) and one.id == "early-and-late" for one in blocks)


def test_nothing_is_said_of_what_nobody_knows() -> None:
    assert sample_facts_in_words(sample_profile(answers(30))) == ""
