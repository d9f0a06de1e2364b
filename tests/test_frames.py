"""Frames of other libraries are taken, what is no frame is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError

FRAME = pd.DataFrame(np.random.default_rng(1).normal(size=(60, 1)) + np.zeros(3), columns=["x", "y", "z"])
FRAME += np.random.default_rng(2).normal(size=(60, 3))


class Interchanged:
    """A frame that knows the older protocol alone, as polars has it besides."""

    def __dataframe__(self, **_: object) -> object:
        return pyarrow.table(FRAME.to_dict("list")).__dataframe__()


@pytest.mark.parametrize("frame", [pyarrow.table(FRAME.to_dict("list")), Interchanged()])
def test_frames_of_other_libraries_give_the_same_numbers(frame: object) -> None:
    text = "f =~ x + y + z"
    own, other = (cm.cfa(text, data).parameters["est"].to_numpy() for data in (FRAME, frame))
    assert own.tolist() == other.tolist()
    assert cm.reliability(frame).table().equals(cm.reliability(FRAME).table())


@pytest.mark.parametrize("data", [FRAME.to_numpy(), FRAME.to_dict("list"), [[1, 2]], FRAME["x"], None, "x"])
def test_what_is_no_frame_is_one_line(data: object) -> None:
    for call in (lambda: cm.cfa("f =~ x + y + z", data), lambda: cm.reliability(data)):
        with pytest.raises(DataError, match="Hand over a data frame") as caught:
            call()
        assert "\n" not in str(caught.value)
