"""Blur beyond recognition: what covers a frame that must not be shown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain.compositing.obscure import obscure


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (101, 33), (12, 12), (3, 200), (1, 1)])
def test_obscure_any_size_keeps_the_size_and_the_frame(width: int, height: int) -> None:
    frame = photo(width, height)
    before = frame.copy()
    result = obscure(frame)
    assert result.shape == frame.shape
    assert result.dtype == np.uint8
    assert not np.shares_memory(result, frame)
    np.testing.assert_array_equal(frame, before)


def test_obscure_portrait_has_no_detail_left() -> None:
    frame = photo(640, 360)
    result = obscure(frame)
    # A blur hardly changes the result, in which nothing is finer than a twelfth of the height, but changes the frame.
    losses = [np.abs(image - cv2.GaussianBlur(image, (0, 0), 8).astype(float)).mean() for image in (frame, result)]
    assert losses[1] < losses[0] / 3
    # What remains is what 12 rows can hold, so halving that many rows loses nothing that was hidden.
    rows = cv2.resize(result, (22, 12), interpolation=cv2.INTER_AREA)
    again = cv2.resize(rows, (640, 360), interpolation=cv2.INTER_CUBIC)
    assert np.abs(again.astype(float) - result).mean() < 6


def test_obscure_colours_stay_on_average() -> None:
    frame = photo(640, 360)
    np.testing.assert_allclose(obscure(frame).mean(axis=(0, 1)), frame.mean(axis=(0, 1)), atol=2)
