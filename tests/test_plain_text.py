"""What a terminal is given holds nothing that it obeys, and nothing that nobody sees."""

from __future__ import annotations

import json

import pytest

from coprod_measure.plain_text import visible


@pytest.mark.parametrize(
    "unseen", ["\ufeff", "\u200b", "\u2060", "\u206a", "\ufffb", "\U000e0041", "\u2028", "\u202e"]
)
def test_what_nobody_sees_is_written_out_as_in_json(unseen: str) -> None:
    assert json.loads(f'"{visible("a" + unseen)}"') == "a" + unseen
    assert visible("a" + unseen).isascii()


@pytest.mark.parametrize("text", ["می\u200cخواهم", "👩\u200d🔬", "שלום\u200f!", "co\xadproduce", "田中"])
def test_what_a_script_needs_stays(text: str) -> None:
    assert visible(text) == text
