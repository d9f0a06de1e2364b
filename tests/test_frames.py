"""Frames of other libraries are taken, what is no frame is refused."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pandas as pd
import pyarrow
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError, DataError

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


def _doors() -> dict[str, tuple[object, str]]:
    """Every public function that takes a frame, and the name of that argument."""
    found = {}
    for name in dir(cm):
        function = getattr(cm, name)
        if inspect.isfunction(function):
            parameters = inspect.signature(function).parameters
            frames = [
                one
                for one, what in parameters.items()
                if re.search("DataFrame|Data'?$", str(what.annotation))
            ]
            found |= {name: (function, frames[0])} if frames else {}
    return found


DOORS = _doors()


@pytest.mark.parametrize(
    "wrong", [np.ones((5, 2)), [1, 2], None, "a.csv", {"a": [1]}, pd.Series([1.0])], ids=str
)
@pytest.mark.parametrize("name", DOORS)
def test_what_is_no_frame_is_refused_in_one_line_at_every_door(name: str, wrong: object) -> None:
    function, argument = DOORS[name]
    needed = [
        one.name
        for one in inspect.signature(function).parameters.values()  # type: ignore[arg-type]
        if one.default is one.empty and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    ]
    given = {
        one: {"model": "f =~ a + b + c", "n_factors": 1, "group": "a"}.get(one, ["a", "b"]) for one in needed
    }
    with pytest.raises(CoprodError) as caught:
        function(**{**given, argument: wrong})  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    assert re.search("data frame|marker of two items", str(caught.value))


@pytest.mark.parametrize("size", [1e160, 1e-160, 1e300])
def test_magnitudes_beyond_all_arithmetic_are_refused_by_name(size: float) -> None:
    frame = pd.DataFrame(np.random.default_rng(1).standard_normal((50, 4)), columns=list("abcd"))
    frame["b"] *= size
    for work in (
        lambda: cm.cfa("f =~ a + b + c + d", frame),
        lambda: cm.reliability(frame),
        lambda: cm.efa(frame, 1),
        lambda: cm.htmt({"f": ["a", "b"], "g": ["c", "d"]}, frame),
        lambda: cm.pls("f =~ a + b\ng =~ c + d\ng ~ f", frame),
        lambda: cm.dominance(frame, "a", ["b", "c"]),
        lambda: cm.polychoric(frame, continuous=list("abcd")),
    ):
        with pytest.raises(CoprodError, match="column b: it holds numbers of the size"):
            work()


@pytest.mark.parametrize(
    "cell", [10**400, "9" * 400, 1 + 2j, "1e400"], ids=["integer", "digits", "complex", "exponent"]
)
def test_what_no_float_holds_is_refused_by_name(cell: object) -> None:
    data = pd.DataFrame({"a": [1, 2, 3, cell] * 5, "g": list("xy") * 10}, dtype=object)
    with pytest.raises(DataError, match="column '?a"):
        cm.contrasts(data, "a", "g")
