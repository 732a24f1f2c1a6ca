"""Place: where a scaled frame lies, checks of its values, and planes that are scaled and moved with their alpha."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain import Place
from framechain.compositing.placement import ANCHORS, place_alphas, place_planes
from framechain.errors import ArgumentError


def make_disc(width: int = 160, height: int = 120, radius: int = 40) -> Any:
    alpha = np.zeros((height, width), np.uint8)
    cv2.circle(alpha, (width // 2, height // 2), radius, 255, -1)
    return cv2.GaussianBlur(alpha, (0, 0), 2)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place(), (0, 0, 200, 100)),
        (Place(scale=0.5), (50, 24, 100, 50)),
        (Place(scale=0.5, anchor="bottom right"), (100, 50, 100, 50)),
        (Place(scale=0.5, anchor="top left"), (0, 0, 100, 50)),
        (Place(scale=0.5, anchor="bottom"), (50, 50, 100, 50)),
        (Place(0.25, 1.0, 0.5, "bottom"), (0, 50, 100, 50)),
        (Place(20, 10, 0.5, "top left"), (20, 10, 100, 50)),
        (Place(-20, 0, 1.0, "top left"), (-20, 0, 200, 100)),
        (Place(scale=2.0), (-100, -50, 400, 200)),
        (Place(np.float32(0.5), np.int64(0), np.float64(0.5), "top"), (50, 0, 100, 50)),  # type: ignore[arg-type]
    ],
)
def test_locate_each_place_is_where_it_says(place: Place, expected: Any) -> None:
    assert place.locate(200, 100) == expected


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("size", [(201, 101), (33, 17), (1, 1), (1920, 1080)])
def test_locate_every_size_leaves_no_gap_at_the_anchor(anchor: str, size: tuple[int, int]) -> None:
    left, top, width, height = Place(scale=0.3, anchor=anchor).locate(*size)
    assert left % 2 == top % 2 == 0
    for start, length, side, share in zip((left, top), (width, height), size, ANCHORS[anchor], strict=True):
        if share == 0:
            assert start == 0
        elif share == 1:
            assert start + length >= side


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"anchor": "middle"}, "anchor must be one of top left, top, "),
        ({"scale": 0}, "scale must be a number from 0.01 to 100, got 0"),
        ({"scale": "half"}, "scale must be a number"),
        ({"x": 320.0}, r"x must be a fraction of the output, a float from -1.0 to 2.0 .* or a whole number of pixels"),
        ({"y": float("nan")}, "y must be a fraction"),
        ({"y": True}, "y must be a fraction"),
        ({"x": 1}, "x=1 would be one pixel: write 1.0 for the right edge, or leave x out"),
        ({"y": 1}, "y=1 would be one pixel: write 1.0 for the bottom edge"),
    ],
)
def test_place_wrong_value_is_refused(values: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Place(**values)


def test_place_planes_without_a_change_keeps_every_opaque_pixel() -> None:
    image, alpha = photo(), np.full((120, 160), 255, np.uint8)
    placed = place_alphas([alpha], Place())
    np.testing.assert_array_equal(placed[0], alpha)
    np.testing.assert_array_equal(place_planes([image], [alpha], placed, Place())[0], image)


@pytest.mark.parametrize("place", [Place(20, 10, anchor="top left"), Place(-20, -10, anchor="top left")])
def test_place_planes_moved_keeps_the_pixels(place: Place) -> None:
    image, alpha = photo(), np.full((120, 160), 255, np.uint8)
    placed = place_alphas([alpha], place)
    moved = place_planes([image], [alpha], placed, place)[0]
    x, y = int(place.x or 0), int(place.y or 0)
    inside, source = (
        (slice(max(side, 0), length + min(side, 0)), slice(max(-side, 0), length + min(-side, 0)))
        for side, length in ((y, 120), (x, 160))
    )
    np.testing.assert_array_equal(moved[inside[0], source[0]], image[inside[1], source[1]])
    assert placed[0].sum() == 255 * (160 - 20) * (120 - 10)


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.75, 1.5, 3.0])
def test_place_alphas_scaled_area_follows_the_scale(scale: float) -> None:
    alpha = make_disc(radius=20)
    placed = place_alphas([alpha], Place(scale=scale))[0]
    assert placed.sum() == pytest.approx(alpha.sum() * scale**2, rel=0.03)
    middle = cv2.moments(placed)
    assert middle["m10"] / middle["m00"] == pytest.approx(80, abs=1)
    assert middle["m01"] / middle["m00"] == pytest.approx(60, abs=1)


@pytest.mark.parametrize("scale", [0.2, 0.45, 0.8, 1.7])
def test_place_planes_no_colour_of_the_old_background_comes_in(scale: float) -> None:
    """The colours are the foreground's own up to the edge, but beyond it lies the old background."""
    alpha = make_disc()
    image = np.full((120, 160, 3), (0, 255, 0), np.uint8)
    image[alpha > 0] = (0, 0, 200)
    place = Place(scale=scale)
    placed = place_alphas([alpha], place)
    moved = place_planes([image], [alpha], placed, place)[0]
    seen = moved[placed[0] > 12].astype(int)
    # Green is 0 in the foreground; what rounding leaves of it is weighted by the alpha once more.
    assert (seen[:, 1] == 0).all()
    assert np.abs(seen[:, 2] - 200)[placed[0][placed[0] > 12] > 128].max() <= 3


@pytest.mark.parametrize("size", [(160, 120), (161, 121), (33, 17), (2, 2), (1, 1)])
@pytest.mark.parametrize("scale", [0.4, 2.5])
def test_place_planes_yuv_of_any_size_keeps_its_sizes(size: tuple[int, int], scale: float) -> None:
    width, height = size
    half = (height + 1) // 2, (width + 1) // 2
    planes = [np.full((height, width), 200, np.uint8), np.full(half, 90, np.uint8), np.full(half, 160, np.uint8)]
    alphas = [np.full(plane.shape, 255, np.uint8) for plane in planes]
    placed = place_alphas(alphas, Place(scale=scale, anchor="bottom right"))
    moved = place_planes(planes, alphas, placed, Place(scale=scale, anchor="bottom right"))
    for plane, before, alpha in zip(moved, planes, placed, strict=True):
        assert plane.shape == alpha.shape == before.shape
        assert alpha[-1, -1] == 255
        assert (plane[alpha > 0] == before[0, 0]).all()


def test_place_beyond_the_border_is_empty() -> None:
    place = Place(2.0, 2.0, 0.5, "top left")
    assert not place_alphas([np.full((120, 160), 255, np.uint8)], place)[0].any()
