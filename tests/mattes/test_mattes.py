"""What all mattes have in common."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from scenes import Shot
from support.matte_cases import (
    ALL,
    SMALL,
    draw_box,
    for_all_mattes,
    make_matte,
    make_plain,
)
from support.media import frame_in_yuv

from framechain.errors import ArgumentError
from framechain.mattes import (
    KNN,
    MOG2,
    ChromaKey,
    ContourFill,
    MediaPipeMatte,
    OtsuThreshold,
    ReferenceFrame,
    RunningAverage,
)
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv


@for_all_mattes
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 400), (101, 57), (1920, 1080)])
def test_matte_any_size_and_content_is_answered(name: str, size: tuple[int, int]) -> None:
    matte = make_matte(name, warm_up=2)
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    for frame in (noise, make_plain(0, size), make_plain(255, size), noise[::-1].copy(), make_plain(128, size), noise):
        before = frame.copy()
        alpha = matte(frame)
        assert alpha.shape == (size[1], size[0])
        assert alpha.dtype == np.uint8
        assert np.array_equal(frame, before)


@for_all_mattes
def test_matte_new_frame_size_starts_over(name: str) -> None:
    matte = make_matte(name, warm_up=2)
    for size in (SMALL, (200, 120), SMALL):
        for _ in range(3):
            matte(make_plain(200, size))
        alpha = matte(draw_box(make_plain(200, size)))
        assert alpha.shape == (size[1], size[0])
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == (255 if name == "ChromaKey" else 0)


@for_all_mattes
def test_matte_copy_and_pickle_work(name: str) -> None:
    matte = make_matte(name, warm_up=3)
    for _ in range(4):
        matte(make_plain())
    for twin in (copy.deepcopy(matte), pickle.loads(pickle.dumps(matte))):
        for _ in range(4):
            twin(make_plain())
        assert twin(draw_box(make_plain()))[60, 80] == 255
    assert matte(draw_box(make_plain()))[60, 80] == 255


@pytest.mark.parametrize("name", [name for name in ALL if name != "ChromaKey"])
def test_matte_yuv_frame_gives_the_same_matte(name: str, sequences: dict[str, list[Shot]]) -> None:
    colour = ColourSpace(matrix=1)
    by_bgr, by_planes = make_matte(name, warm_up=1), make_matte(name, warm_up=1)
    frames = [sequences["clean"][0].frame, sequences["clean"][12].frame]
    for frame in frames:
        whole = by_bgr(frame)
        small = by_planes.estimate(frame_in_yuv(convert_to_yuv(frame, colour), colour))
    small = cv2.resize(small, whole.shape[::-1])
    assert whole.any()
    assert ((whole > 127) ^ (small > 127)).mean() < 0.01


@for_all_mattes
def test_matte_edges_are_soft(name: str) -> None:
    matte = make_matte(name, warm_up=1)
    screen = np.full((360, 640, 3), (60, 200, 60), np.uint8) if name == "ChromaKey" else make_plain(215, (640, 360))
    matte(screen)
    frame = cv2.GaussianBlur(draw_box(screen, (60, 60, 90), (200, 100, 440, 360)), (5, 5), 0)
    edge = matte(frame)[200, 190:212].astype(int)
    assert (np.diff(edge) >= 0).all()
    assert 2 <= ((edge > 10) & (edge < 245)).sum() <= 9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ReferenceFrame(threshold=0), "threshold must be a number from 1 to 255, got 0"),
        (lambda: ReferenceFrame(shadow_threshold=1.5), "shadow_threshold must be a number from 0 to 1"),
        (lambda: ReferenceFrame(working_size=4), "working_size must be a whole number of at least 16"),
        (lambda: ReferenceFrame(speck_size=2), "speck_size must be a number from 0 to 1"),
        (lambda: ReferenceFrame(hole_size="a"), "hole_size must be a number from 0 to 1, got 'a'"),
        (lambda: RunningAverage(0), "warm_up must be a whole number of at least 1, got 0"),
        (lambda: RunningAverage(median=4), "median must be an odd number of at least 1, got 4"),
        (lambda: RunningAverage(learning_rate=-1), "learning_rate must be a number from 0 to 1, got -1"),
        (lambda: RunningAverage(roi=(10, 0, 5, 20)), "roi must be .left, top, right, bottom."),
        (lambda: RunningAverage(roi=(1, 2, 3)), "roi must be"),
        (lambda: MOG2(history=0), "history must be a whole number of at least 1, got 0"),
        (lambda: MOG2(var_threshold=0), "var_threshold must be a number from 0.1"),
        (lambda: MOG2(learning_rate=2), "learning_rate must be a number from -1 to 1, got 2"),
        (lambda: KNN(dist2_threshold=True), "dist2_threshold must be a number"),
        (lambda: OtsuThreshold("left"), "foreground must be one of dark, bright, both, auto, got 'left'"),
        (lambda: OtsuThreshold(minimum_contrast=0), "minimum_contrast must be a number from 1 to 255"),
        (lambda: OtsuThreshold(median=2), "median must be an odd number"),
        (lambda: ContourFill(60, 50), "low_threshold 60 must not be above high_threshold 50"),
        (lambda: ContourFill(minimum_size=-1), "minimum_size must be a number from 0 to 1"),
        (lambda: ChromaKey((0, 300, 0)), "color must be .blue, green, red. with numbers from 0 to 255"),
        (lambda: ChromaKey((90, 90, 90)), "color must not be a grey"),
        (lambda: ChromaKey("green"), "color must be"),  # type: ignore[arg-type]
        (lambda: ChromaKey(tolerance=-0.1), "tolerance must be a number from 0 to 1, got -0.1"),
        (lambda: ChromaKey(angle=180), "angle must be a number from 1 to 179, got 180"),
    ],
)
def test_matte_wrong_argument_is_refused_by_name(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


def test_matte_edge_is_declared() -> None:
    assert MediaPipeMatte.edge == (0.5, 0.2)
    assert ChromaKey().edge is None
    for kind in (ReferenceFrame, RunningAverage, MOG2, KNN, OtsuThreshold, ContourFill):
        threshold, softness = kind().edge
        assert threshold - softness > 0
        assert threshold + softness < 1
