"""Overlay against "over" of Porter and Duff, and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effect_cases import COLOURS, LAYOUTS, crop_photo, lay_out

from framechain.effects import Overlay
from framechain.errors import ArgumentError, ArgumentTypeError, MissingInputError

RAMP = np.dstack([np.full((20, 30), value, np.uint8) for value in (30, 60, 220)] + [
    np.tile(np.linspace(0, 255, 30), (20, 1)).astype(np.uint8)])  # fmt: skip


@given(left=st.sampled_from(["left", "", "right"]), top=st.sampled_from(["top", "", "bottom"]), opacity=st.floats(0, 1))
def test_overlay_is_over_in_its_corner(left: str, top: str, opacity: float) -> None:
    corner = f"{top} {left}".strip() or "center"
    image = crop_photo((101, 67))
    found = Overlay(RAMP, corner, opacity=opacity, size=30 / 101, margin=0.1)(image.copy())
    x = {"left": 7, "": 36, "right": 101 - 30 - 7}[left]
    y = {"top": 7, "": 24, "bottom": 67 - 20 - 7}[top]
    expected = image.astype(float)
    share = RAMP[..., 3:] / 255.0 * opacity
    part = expected[y : y + 20, x : x + 30]
    part[...] = share * RAMP[..., :3] + (1 - share) * part
    assert abs(found - expected).max() <= 2


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("margin", [0.0, 0.03, 0.05, 0.2])
def test_overlay_in_yuv_lies_where_it_lies_in_bgr(colour: str, margin: float) -> None:
    image = np.full((68, 101, 3), 90, np.uint8)
    logo = np.zeros((21, 31, 4), np.uint8)
    cv2.circle(logo, (15, 10), 9, (20, 180, 60, 255), -1, cv2.LINE_AA)
    thing = Overlay(logo, "bottom right", size=31 / 101, margin=margin)
    found = [thing.process_frame(lay_out(image, layout)).read_bgr().astype(int) for layout in ("BGR", colour)]
    assert abs(found[0] - found[1]).mean() < 1
    inside = abs(found[0] - (20, 180, 60)).max(2) == 0
    inner = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert inner.sum() > 40
    assert abs(found[1][inner] - (20, 180, 60)).max() <= 4


def test_overlay_edges_keep_their_colour_beside_black_transparent_pixels() -> None:
    logo = np.zeros((40, 40, 4), np.uint8)
    logo[7:34, 7:34] = (20, 60, 220, 255)
    same = np.full((60, 60, 3), (20, 60, 220), np.uint8)
    for layout in LAYOUTS:
        for size in (40 / 60, 0.31):
            found = Overlay(logo, size=size, margin=0.05).process_frame(lay_out(same, layout)).read_bgr()
            assert abs(found.astype(int) - same).max() <= 4


@pytest.mark.parametrize("name", ["logo.png", "logo.webp"])
def test_overlay_of_a_file_has_its_alpha(tmp_path: Path, name: str) -> None:
    from PIL import Image

    path = tmp_path / name
    Image.fromarray(np.ascontiguousarray(RAMP[..., [2, 1, 0, 3]])).save(path, lossless=True)
    image = crop_photo((101, 67))
    expected = Overlay(RAMP, size=0.4)(image.copy())
    assert abs(Overlay(path, size=0.4)(image.copy()).astype(int) - expected).max() <= 1


def test_overlay_of_a_jpeg_is_opaque(samples: Path) -> None:
    found = Overlay(samples / "portrait.jpg", "top left", size=0.5, margin=0)(np.zeros((80, 100, 3), np.uint8))
    assert found[:50, :50].mean() > 40
    assert (found[:, 50:] == 0).all()


def test_overlay_on_a_transparent_frame_is_over_with_alpha() -> None:
    frame = lay_out(np.full((20, 30, 3), 100, np.uint8), "BGR")
    frame.alpha = np.full((20, 30), 51, np.uint8)
    result = Overlay(RAMP, "center", size=1, margin=0).process_frame(frame)
    front = RAMP[..., 3] / 255.0
    whole = front + (1 - front) * 0.2
    expected = (front[..., None] * RAMP[..., :3] + ((1 - front) * 0.2)[..., None] * 100) / whole[..., None]
    assert abs(result.alpha - 255 * whole).max() <= 0.51  # type: ignore[operator]
    assert abs(result.bgr - expected).max() <= 0.51


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4)), np.zeros((0, 4, 4), np.uint8)])
def test_overlay_of_another_array_is_refused(image: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="image must be a path or a uint8 array"):
        Overlay(image)


def test_overlay_refuses_what_is_not_there() -> None:
    with pytest.raises(MissingInputError, match=r"no\.png"):
        Overlay("no.png")
    with pytest.raises(ArgumentError, match="corner must be one of"):
        Overlay(RAMP, "middle")
