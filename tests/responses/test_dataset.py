"""What follows from answers is worked out once, and anew for other answers."""

from __future__ import annotations

import pickle
from dataclasses import replace

from report.report_fixtures import answers


def test_what_follows_is_worked_out_once_and_anew_for_other_answers() -> None:
    asked, calls = answers(), []

    def n() -> int:
        calls.append(1)
        return len(calls)

    assert [asked.once("n", n), asked.once("n", n), asked.once("m", n)] == [1, 1, 2]
    fewer = replace(asked, frame=asked.frame.iloc[:5])
    assert (fewer.once("n", n), asked.once("n", n)) == (3, 1)
    sent = pickle.loads(pickle.dumps(asked))
    assert (sent.once("n", n), sent.people) == (4, asked.people)
