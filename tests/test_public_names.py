"""Every public name leads somewhere, and an unknown one says so."""

from __future__ import annotations

import pytest

import coprod_measure as cm


@pytest.mark.parametrize("name", dir(cm))
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(cm, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lisrel'"):
        _ = cm.lisrel
