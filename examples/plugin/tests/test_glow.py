import numpy as np
import pytest
from framechain_glow import Glow

from framechain import ArgumentError
from framechain.testing import check_object


def test_glow_keeps_what_framechain_promises() -> None:
    print(check_object(Glow()))


def test_glow_makes_the_neighbours_of_a_light_brighter() -> None:
    frame = np.zeros((40, 40, 3), np.uint8)
    frame[18:22, 18:22] = 255
    result = Glow(radius=3)(frame.copy())
    assert result[16, 16].min() > 0
    assert result[0, 0].max() == 0


def test_glow_leaves_the_dark_alone() -> None:
    frame = np.full((9, 9, 3), 100, np.uint8)
    assert np.array_equal(Glow()(frame.copy()), frame)


def test_glow_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ArgumentError, match="radius of at least 1"):
        Glow(radius=0)
