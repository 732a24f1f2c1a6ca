"""The search for a face that the detector does not see, and cuts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from support.face_clips import SIDE, SIZE, place_face
from support.media import BT601, Array, encodable, frame_in_yuv, photo

from framechain.anonymizing.window import SceneDetector, Window, shrink_luma
from framechain.faces.box import Box
from framechain.frame import Frame, make_image_info


def shrink(image: Array) -> Array:
    return shrink_luma(Frame(make_image_info("image", image), bgr=image))


def make_window(*images: Array, frames: int = 9) -> Window:
    window = Window(frames)
    for index, image in enumerate(images):
        window.add(index, shrink(image), image.shape[1], is_cut=False)
    return window


@pytest.mark.parametrize("scale", [1, 4])
def test_follow_finds_a_face_that_moved(scale: int) -> None:
    images = [cv2.resize(place_face(*at), None, fx=scale, fy=scale) for at in ((100, 80), (112, 74))]
    found = make_window(*images).follow(Box(100 * scale, 80 * scale, SIDE * scale, SIDE * scale), 0, 1)
    assert found is not None
    box, score = found
    assert score > 0.9
    assert abs(box.x / scale - 112) < 3
    assert abs(box.y / scale - 74) < 3


def test_follow_without_the_face_has_a_low_score() -> None:
    found = make_window(place_face(100, 80), photo(*SIZE)).follow(Box(100, 80, SIDE, SIDE), 0, 1)
    assert found is not None
    assert found[1] < 0.6


def test_follow_of_a_plain_wall_finds_nothing() -> None:
    assert make_window(place_face(100, 80), place_face(100, 80)).follow(Box(10, 180, 30, 30), 0, 1) is None


def test_follow_at_the_border_and_outside_does_not_fail() -> None:
    window = make_window(place_face(-20, -10), place_face(-24, -10))
    found = window.follow(Box(-20, -10, SIDE, SIDE), 0, 1)
    assert found is not None
    assert abs(found[0].x + 24) < 4
    assert window.follow(Box(-900, -10, SIDE, SIDE), 0, 1) is None


def test_window_forgets_old_frames_and_those_before_a_cut() -> None:
    window = make_window(*[place_face(100, 80)] * 5, frames=3)
    assert [window.holds(index) for index in range(6)] == [False, False, True, True, True, False]
    window.add(5, shrink(place_face(100, 80)), SIZE[0], is_cut=True)
    assert [window.holds(index) for index in range(6)] == [False] * 5 + [True]


def test_scene_detector_sees_cuts_and_no_motion_or_flash() -> None:
    scenes, (first, other) = SceneDetector(), (photo(*SIZE), cv2.flip(photo(*SIZE), -1))
    pan = photo(*SIZE, shift=12)
    flash = cv2.convertScaleAbs(pan, alpha=1.3, beta=30)
    assert [scenes.is_cut(shrink(image)) for image in (first, first, pan, flash, other)] == [
        True,
        False,
        False,
        False,
        True,
    ]


def test_shrink_luma_is_alike_for_bgr_and_yuv() -> None:
    image = np.ascontiguousarray(photo(1280, 720))
    bgr, yuv = shrink(image), shrink_luma(frame_in_yuv(encodable(image), BT601))
    assert bgr.shape == yuv.shape == (360, 640)
    # BGR's grey has the full range.
    assert np.corrcoef(bgr.ravel(), yuv.ravel())[0, 1] > 0.999
