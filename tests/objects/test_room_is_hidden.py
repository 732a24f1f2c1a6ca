"""No setting shows the room: where the matte is surely background, nothing of the frame is seen."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media import frame_in_yuv

from framechain import BackgroundReplacement, Matte
from framechain.backgrounds import Color, Picture
from framechain.compositing.alpha import make_edge_curve
from framechain.frame import Frame, make_image_info
from framechain.objects.replacement_controls import join_side_by_side, to_grey_image
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv

WIDTH, HEIGHT = 96, 64
# Pixels of interpolation between the sizes of matte, luma and chroma.
INTERPOLATION = 3
PICTURE = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
# A busy machine is no failure, and hypothesis writes no database.
STEADY = settings(max_examples=150, deadline=None, database=None)

shares = st.one_of(st.sampled_from([0.0, 0.2, 0.83, 1.0]), st.floats(0, 1))
pixels = st.one_of(st.sampled_from([0.0, -100.0, -3.0, 0.5, 100.0]), st.floats(-100, 100))


class Blob(Matte):
    """A person with a soft edge that another half of the frame surely is not."""

    works_on_yuv = True

    def __init__(self, edge: tuple[float, float] | None, shrinking: int, softens: bool) -> None:
        size = WIDTH // shrinking, HEIGHT // shrinking
        self.edge = edge
        confidence = np.zeros(size[::-1], np.uint8)
        cv2.circle(confidence, (size[0] // 4, size[1] // 2), size[1] // 4, (255,), cv2.FILLED)
        if softens:
            confidence = np.asarray(cv2.blur(confidence, (5, 5)), np.uint8)
            confidence[0, : size[0] // 2] = 1
        self.confidence = confidence
        self.mixes_edges = softens

    def estimate(self, frame: Frame) -> Any:
        return self.confidence

    def find_room(self) -> Any:
        """Where the matte is surely background, in the size of the frame: bool (H, W)."""
        whole = cv2.resize(self.confidence, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        reach = 2 * INTERPOLATION + 1
        return cv2.dilate(whole, np.ones((reach, reach), np.uint8)) == 0


COLOUR = ColourSpace(1, False, 1, 1)


def make_frame(image: Any, *, yuv: bool) -> Frame:
    return (
        frame_in_yuv(convert_to_yuv(image, COLOUR), COLOUR)
        if yuv
        else Frame(make_image_info("frame", image), bgr=image)
    )


def noise(seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.mark.slow
@STEADY
@given(
    matte=st.builds(Blob, st.sampled_from([None, (0.5, 0.2), (0.2, 0.8)]), st.sampled_from([1, 2, 4]), st.booleans()),
    threshold=st.none() | shares,
    softness=st.none() | shares,
    choke=pixels,
    feather=pixels,
    light_wrap=shares,
    background=st.sampled_from([Color((64, 32, 128)), Picture(PICTURE)]),
    keys=st.text("+-", max_size=40),
    view=st.sampled_from(["result", "matte", "both"]),
    yuv=st.booleans(),
)
def test_replacement_with_any_setting_shows_nothing_of_the_room(
    matte: Blob, background: Any, keys: str, view: str, yuv: bool, **edge: Any
) -> None:
    replace = BackgroundReplacement(matte, background, **edge)
    for key in keys:
        replace.on_key(key)
    room = matte.find_room()
    assert room.mean() > 0.3
    result = replace.process_frame(make_frame(noise(1), yuv=yuv))
    alpha, seen = result.matte_alpha, result.read_bgr()
    assert alpha is not None
    assert not alpha[room].any()
    other_room = np.where(room[..., None], noise(2), noise(1))
    other = BackgroundReplacement(Blob(matte.edge, 1, softens=False), background)
    other.matte.confidence[:] = 0
    empty = other.process_frame(make_frame(other_room, yuv=yuv)).read_bgr()
    np.testing.assert_array_equal(seen[room], empty[room])
    replace.view = view
    shown = replace.process_frame(make_frame(noise(1), yuv=yuv)).read_bgr()
    grey = to_grey_image(np.asarray(alpha))
    expected = {"result": seen, "matte": grey, "both": join_side_by_side(grey, seen)}
    np.testing.assert_array_equal(shown, expected[view])


@pytest.mark.parametrize("threshold", np.linspace(0, 1, 11))
@pytest.mark.parametrize("softness", [0, 0.05, 0.2, 0.83, 1])
def test_edge_curve_ends_are_sure_whatever_the_edge(threshold: float, softness: float) -> None:
    curve = make_edge_curve(threshold, softness).astype(int)
    assert (curve[0], curve[255]) == (0, 255)
    assert (np.diff(curve) >= 0).all()
