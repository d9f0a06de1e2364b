"""Claims and answers written by hand, in as few words as a test needs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import Responses, Source, empty_log
from coprod_measure.theory.definition import Hypothesis


def a_claim(
    id_: str,
    level: str,
    sources: tuple[str, ...],
    targets: tuple[str, ...] = (),
    sign: str = "unsigned",
    **rest: Any,
) -> Hypothesis:
    """Claim an effect; what it says in words is of no matter."""
    told = {"statement": "It.", **rest}
    return Hypothesis(id=id_, level=level, sources=sources, targets=targets, sign=sign, **told)  # type: ignore[arg-type]


def answers_of(instrument: Instrument, frame: pd.DataFrame, about: pd.DataFrame) -> Responses:
    """Give answers to the rooms as if a file had held them, none of them missing for a reason."""
    return Responses(
        instrument=instrument,
        frame=frame,
        shown=frame,
        missing=pd.DataFrame("", index=frame.index, columns=frame.columns),
        about=about,
        source=Source(name="", sha256="", platform="", recognised_by="", n_rows=len(frame)),
        log=empty_log(),
        steps=(),
    )
