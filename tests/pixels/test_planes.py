"""Planes of a video frame: reading, joining, padding, bars, rotation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from framechain.pixels.planes import (
    FULL,
    LIMITED,
    add_bars,
    allocate_frame,
    fit_even_size,
    get_planes,
    join_planes,
    pad_to_even_size,
    rotate,
)

RANDOM = np.random.default_rng(3)


def make_planes(width: int, height: int) -> Any:
    half = (height + 1) // 2, (width + 1) // 2
    return tuple(RANDOM.integers(0, 256, shape, np.uint8) for shape in ((height, width), half, half))


def make_frame(width: int, height: int) -> tuple[Any, Any]:
    planes = make_planes(width, height)
    return join_planes(planes, full_range=False), planes


def assert_equal(frame: Any, planes: Any) -> None:
    for found, expected in zip(get_planes(frame), planes, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 5), (161, 91), (160, 90), (1280, 8)])
@pytest.mark.parametrize("full_range", [False, True])
def test_join_planes_any_size_gives_the_same_planes_back(size: tuple[int, int], full_range: bool) -> None:
    planes = make_planes(*size)
    frame = join_planes(planes, full_range=full_range)
    assert (frame.width, frame.height, frame.format.name) == (*size, "yuv420p")
    assert int(frame.color_range) == (FULL if full_range else LIMITED)
    assert_equal(frame, planes)


def test_join_planes_arrays_are_copied() -> None:
    planes = make_planes(16, 8)
    frame = join_planes(planes, full_range=False)
    planes[0][...] = 0
    assert get_planes(frame)[0].any()


def test_get_planes_memory_is_shared() -> None:
    frame = allocate_frame(33, 17, full_range=False)
    for value, plane in enumerate(get_planes(frame), 50):
        plane[...] = value
    assert [np.unique(plane).tolist() for plane in get_planes(frame)] == [[50], [51], [52]]


def test_get_planes_outlive_the_frame() -> None:
    frame, expected = make_frame(64, 48)
    planes = get_planes(frame)
    del frame
    _ = [allocate_frame(64, 48, full_range=False) for _ in range(20)]
    for plane, wanted in zip(planes, expected, strict=True):
        np.testing.assert_array_equal(plane, wanted)


def test_pad_to_even_size_even_frame_is_returned_itself() -> None:
    frame, _ = make_frame(16, 8)
    assert pad_to_even_size(frame, full_range=False) is frame


@pytest.mark.parametrize("size", [(15, 8), (16, 7), (15, 7), (1, 1)])
def test_pad_to_even_size_odd_frame_repeats_its_last_samples(size: tuple[int, int]) -> None:
    frame, (y, u, v) = make_frame(*size)
    padded = pad_to_even_size(frame, full_range=True)
    assert (padded.width % 2, padded.height % 2) == (0, 0)
    assert int(padded.color_range) == FULL
    rows, columns = np.minimum(range(padded.height), size[1] - 1), np.minimum(range(padded.width), size[0] - 1)
    assert_equal(padded, (y[np.ix_(rows, columns)], u, v))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (Fraction(16, 9), (1920, 1080)),
        (Fraction(426, 240), (1920, 1080)),
        (Fraction(1920, 1088), (1920, 1080)),
        (Fraction(4, 3), (1440, 1080)),
        (Fraction(2), (1920, 960)),
        (Fraction(1, 5000), (2, 1080)),
        (Fraction(5000), (1920, 2)),
    ],
)
def test_fit_even_size_shape_is_kept_within_the_size(shape: Fraction, expected: tuple[int, int]) -> None:
    assert fit_even_size(shape, 1920, 1080) == expected


@pytest.mark.parametrize(("full_range", "black"), [(False, 16), (True, 0)])
@pytest.mark.parametrize("size", [(20, 8), (16, 14), (22, 30)])
def test_add_bars_frame_is_centred_on_black(full_range: bool, black: int, size: tuple[int, int]) -> None:
    frame, planes = make_frame(16, 8)
    result = add_bars(frame, *size, full_range=full_range)
    left, top = (size[0] - 16) // 4 * 2, (size[1] - 8) // 4 * 2
    for found, plane, value, step in zip(get_planes(result), planes, (black, 128, 128), (1, 2, 2), strict=True):
        expected = np.full((size[1] // step, size[0] // step), value, np.uint8)
        expected[top // step :, left // step :][: plane.shape[0], : plane.shape[1]] = plane
        np.testing.assert_array_equal(found, expected)


def test_add_bars_same_size_is_returned_itself() -> None:
    frame, _ = make_frame(16, 8)
    assert add_bars(frame, 16, 8, full_range=False) is frame


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_rotate_is_mirror_then_clockwise(quarter_turns: int, mirror: bool) -> None:
    frame, planes = make_frame(17, 9)
    result = rotate(frame, quarter_turns, mirror, full_range=False)
    if not quarter_turns and not mirror:
        assert result is frame
    assert_equal(result, [np.rot90(np.fliplr(p) if mirror else p, -quarter_turns) for p in planes])
