"""Mirroring: the operation, and who gets mirrored frames."""

from __future__ import annotations

import numpy as np
import pytest
from support.media import photo

from framechain.run.mirroring import choose_mirroring, mirror


def test_mirror_exchanges_left_and_right_in_a_new_array() -> None:
    image = photo(31, 20)
    before = image.copy()
    mirrored = mirror(image)
    np.testing.assert_array_equal(mirrored, before[:, ::-1])
    assert mirrored.flags.c_contiguous
    mirrored[:] = 0
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("flip_view", [False, True])
def test_choose_mirroring_flip_view_decides_for_the_objects_alone(flip_view: bool, watched: bool, others: bool) -> None:
    assert choose_mirroring(flip_view, watched=watched, others=others) == (flip_view, False)


@pytest.mark.parametrize(
    ("watched", "others", "expected"),
    [
        (False, False, (False, False)),
        (False, True, (False, False)),
        (True, False, (True, False)),
        (True, True, (False, True)),
    ],
)
def test_choose_mirroring_by_default_only_viewers_see_a_mirror(
    watched: bool, others: bool, expected: tuple[bool, bool]
) -> None:
    assert choose_mirroring(None, watched=watched, others=others) == expected
