"""Time of what works on strangers' texts grows with their length, not with its square."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.estimation.specification.expressions import parse_expression
from coprod_measure.instrument.conditions import _tokens
from coprod_measure.output_files import csv_text, from_csv
from coprod_measure.plain_text import cleaned, visible
from coprod_measure.report.cited_works import in_italics
from coprod_measure.report.document import Document, Paragraph, Section
from coprod_measure.report.formats import html, md, pdf, tex
from coprod_measure.responses import columns, personal_data
from coprod_measure.responses.times import read_times
from doubling import grows_with_its_size, seconds

WORK: dict[str, Callable[[str], object]] = {
    "personal cells": lambda text: personal_data.holds_personal_cells(pd.Series([text])),
    "names": lambda text: personal_data.read_like_names(pd.Series([text])),
    "sorting": lambda text: personal_data.tell_people_apart(pd.Series([text, text + "a"])),
    "offsets": lambda text: read_times(pd.Series([text, "2026-01-01T10:00Z"], dtype="str"), "started"),
    "message": personal_data.without_personal_text,
    "nobody": lambda text: personal_data.without_nobody(pd.Series([text])),
    "persons": lambda text: personal_data.only_persons(pd.Series([text]), "email"),
    "column name": personal_data.is_personal_name,
    "series": columns._stem,
    "times": lambda text: read_times(pd.Series([text], dtype="str"), "started"),
    "csv": lambda text: csv_text([[text]]),
    "from csv": from_csv,
    "cleaned": cleaned,
    "visible": visible,
    "rules": _tokens,
    "expressions": parse_expression,
    "LaTeX": tex.escaped,
    "Markdown": md.escaped,
    "web page": lambda text: html.as_html(_page(text)),
    "Typst": lambda text: pdf.as_data(_page(text)),
    "italics": in_italics,
}
PIECES = ["a", "1", "@a", "a:", "1.", " ", "; ", "'", '\n"', "\x1f", "-", "a1 ", "a/", "+a", "("]


@pytest.mark.parametrize("name", WORK)
def test_time_grows_by_less_than_three_a_doubling(name: str) -> None:
    for piece in PIECES:
        grows_with_its_size(lambda n, piece=piece: lambda text=piece * n: WORK[name](text), 15_000)


# A text of a model: how it begins, what grows (K counts, N is K + 1), options.
MODELS: dict[str, tuple[str, str, dict[str, str]]] = {
    "latent": ("", "fK =~ x + y\n", {}),
    "efa": ("", 'efa("eK")*fK =~ x + y + z\n', {}),
    "efa of two": ("", 'efa("eK")*fK + efa("eK")*gK =~ x + y + z + u\n', {}),
    "one efa": ("", 'efa("e")*fK =~ x + y + z + u\n', {}),
    "composites": ("", "fK <~ x + y\nz ~ fK\n", {}),
    "their items": ("", "fK <~ xK + yK\n", {}),
    "level lines": ("", "level: 1\nf =~ x + y + z\n", {}),
    "within": ("level: 1\nf =~ x + y + z\nlevel: 2\n", "fK =~ x + y + z\n", {"cluster": "c"}),
    "group lines": ("", "group: K\nf =~ x + y + z\n", {"group": "g"}),
    "chain of factors": ("f0 =~ x + y + z\n", "fN =~ 1*fK\n", {}),
    "phantoms": ("", "fK =~ 0\nx ~ fK\n", {}),
    "definitions": ("x ~ a*y + b*z\nc0 := a\n", "cN := cK*b\n", {}),
    "inequalities": ("x ~ a*y + b*z\n", "a > K\n", {}),
    "labels": ("f =~ ", "lK*x + ", {}),
    "unknown": ("", "xK ~~ yK\n", {}),
    "thresholds": ("x | ", "tK + ", {}),
    "modifiers": ("x ~ ", 'start(1)*equal("a")*', {}),
    "slopes": ("x ~ ", 'rv("sK")*y + ', {"cluster": "c"}),
}


@pytest.mark.parametrize("name", MODELS)
def test_time_of_a_model_text_grows_by_less_than_three_a_doubling(name: str) -> None:
    rng = np.random.default_rng(1)
    answers = np.clip(np.round(4 + rng.normal(size=(120, 4)) + rng.normal(size=(120, 1))), 1, 7)
    data = pd.DataFrame(answers, columns=list("xyzu")).assign(g=np.arange(120) % 2, c=np.arange(120) // 4)
    head, piece, options = MODELS[name]

    def text(n: int) -> str:
        lines = (piece.replace("K", str(k)).replace("N", str(k + 1)) for k in range(n))
        return (head + "".join(lines)).rstrip("+ *")

    def fitted(n: int) -> Callable[[], object]:
        model = text(n)
        return lambda: cm.sem(model, data, **options).summary()  # type: ignore[operator]

    # What still fits has as many parameters as the text, squared, and each is searched for.
    assert max(seconds(fitted(n), times=1) for n in (20, 40)) < 10.0
    grows_with_its_size(fitted, 200, hardly_any=0.1)


def _page(text: str) -> Document:
    return Document(text, "", (Section("s", text, (Paragraph(text),)),))
