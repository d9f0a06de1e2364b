"""Tables that papers and manuals print of open data, value for value; the page shows both."""

from __future__ import annotations

import pytest

from benchmarks.published import PAGE, WORKS, Work, compared, page


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.file)
def test_every_printed_number_is_ours(work: Work) -> None:
    found = compared(work)
    assert len(found) >= 27
    assert found[~found["same"]].to_dict("records") == []


def test_the_page_is_the_one_that_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
