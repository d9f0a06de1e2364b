import pytest

import coprod_measure
from coprod_measure import _HOME


@pytest.mark.parametrize("name", [name for name, home in _HOME.items() if home.startswith("measurement.")])
def test_every_public_name_of_the_room_can_be_had(name):
    assert callable(getattr(coprod_measure, name))
