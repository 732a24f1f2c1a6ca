"""The mattes that know no scene, and what all of them do alike."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import scenes
from scenes import FOREGROUND, Shot, evaluate
from support.matte_cases import (
    ALL,
    SMALL,
    every_matte,
    plain,
    there,
    with_box,
)
from support.media import frame_in_yuv

from framechain import BackgroundReplacement
from framechain.backgrounds import Color
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
from framechain.mattes.cleanup import CleanUp
from framechain.mattes.scene.exposure import Exposure
from framechain.pixels.colour import ColourSpace

# Mattes that know no scene


@pytest.mark.parametrize("kind", [OtsuThreshold, ContourFill])
@pytest.mark.parametrize("bgr", [(222, 226, 230), (170, 172, 176)], ids=["bright", "grey"])
def test_she_is_cut_out_before_a_plain_wall(kind: Any, bgr: Any) -> None:
    shots = scenes.shots(scenes.wall(bgr=bgr), 12)
    assert evaluate(kind(), [], shots).f_measure >= 0.93  # The issue asks for 0.85.


@pytest.mark.parametrize(
    "kind", [OtsuThreshold, lambda: OtsuThreshold("dark"), lambda: OtsuThreshold("both"), ContourFill]
)
@pytest.mark.parametrize("vignette", [0.1, 0.3])
def test_an_empty_wall_gives_an_empty_matte(kind: Any, vignette: float) -> None:
    matte = kind()
    for level in (40, 128, 225):
        wall = np.full((360, 640, 3), level / 255, np.float32) * scenes._vignette(scenes.SIZE, vignette)
        for shot in scenes.empty(wall, 3, noise=4):
            assert not matte(shot.frame).any()


def test_otsu_says_which_side_is_in_front() -> None:
    frame = with_box(with_box(plain(120), (230, 230, 230), (20, 20, 60, 80)), (20, 20, 20), (100, 20, 140, 80))
    found = {side: OtsuThreshold(side)(frame)[50, [40, 80, 120]].tolist() for side in ("dark", "bright", "both")}
    assert found == {"dark": [0, 0, 255], "bright": [255, 0, 0], "both": [255, 0, 255]}


def test_otsu_finds_the_side_by_itself() -> None:
    for wall, thing in ((220, (50, 50, 50)), (30, (200, 200, 200))):
        alpha = OtsuThreshold()(with_box(plain(wall), thing))
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == 0


def test_otsu_drops_what_differs_too_little() -> None:
    frame = with_box(plain(200), (184, 184, 184), (70, 40, 90, 60))
    assert not OtsuThreshold().__call__(frame).any()
    assert OtsuThreshold(minimum_contrast=8)(frame)[50, 80] == 255


@pytest.mark.parametrize("kind", [OtsuThreshold, ContourFill])
def test_a_hole_that_shows_the_wall_is_kept_out(kind: Any) -> None:
    frame = plain(215, (640, 360))
    cv2.circle(frame, (320, 180), 120, (60, 90, 150), -1)
    cv2.circle(frame, (320, 180), 60, (215, 215, 215), -1)
    noisy = np.clip(frame + np.random.default_rng(0).normal(0, 3, frame.shape), 0, 255).astype(np.uint8)
    alpha = kind()(noisy)
    assert alpha[180, 320] == 0
    assert alpha[180, 230] == 255


def test_a_contour_is_closed_along_the_border() -> None:
    frame = plain(215, (640, 360))
    # Cut off below and on the right, with a light patch within that reaches the border.
    frame[120:, 200:420] = (60, 90, 150)
    frame[300:, 260:360] = (200, 120, 90)
    frame[40:200, 560:] = (60, 90, 150)
    alpha = ContourFill()(frame)
    assert (alpha[130:, 210:410] > 127).all()
    # The larger one only.
    assert (alpha[60:180, 580:] == 0).all()


def test_a_contour_is_filled_whatever_is_within() -> None:
    frame = with_box(plain(215, (640, 360)), (60, 90, 150), (200, 60, 440, 320))
    frame[120:260, 260:380] = (120, 30, 60)
    assert (ContourFill()(frame)[80:300, 220:420] > 127).all()


def test_a_shape_that_is_too_small_is_nothing() -> None:
    frame = with_box(plain(215, (640, 360)), (60, 90, 150), (300, 160, 340, 200))
    assert not ContourFill().__call__(frame).any()
    assert ContourFill(minimum_size=0.001)(frame)[180, 320] == 255


# The screen


@pytest.fixture(scope="module")
def before_green() -> list[Shot]:
    """Soft edges, motion blur and spill before a green that is uneven and noisy."""
    return list(scenes.shots(scenes.green_screen(), 30, motion_blur=True, spill=0.12))[::2]


@pytest.mark.parametrize("color", [(0, 255, 0), (64, 177, 0), (60, 180, 50)])
def test_the_green_screen_goes(color: Any, before_green: list[Shot]) -> None:
    score = evaluate(ChromaKey(color), [], before_green)
    assert score.f_measure >= 0.99  # The issue asks for 0.97,
    assert score.alpha_error < 0.015  # and 0.03.


def test_motion_blur_keeps_partial_alpha(before_green: list[Shot]) -> None:
    matte = ChromaKey()
    truth, answers = [], []
    for shot in before_green:
        partial = (shot.alpha > 0.1) & (shot.alpha < 0.9)
        truth.append(shot.alpha[partial])
        answers.append(matte(shot.frame)[partial] / 255)
    true, found = np.concatenate(truth), np.concatenate(answers)
    assert true.size > 50_000
    # Orange is the opposite of green: mixed with it, it looks more solid than it is.
    assert np.abs(found - true).mean() < 0.2
    assert np.corrcoef(found, true)[0, 1] > 0.8
    assert ((found > 0.1) & (found < 0.9)).mean() > 0.5


def test_spill_is_neutralised() -> None:
    screen = scenes.green_screen()
    matte, kept = ChromaKey(), ChromaKey(spill=0)
    (clean,), (spilt,) = (list(scenes.shots(screen, 1, where=there, noise=1, spill=s)) for s in (0.0, 0.15))
    alpha = matte(spilt.frame)
    kept(spilt.frame)
    inside = spilt.alpha > 0.99

    def greenness(frame: Any) -> float:
        blue, green, red = (frame[..., c][inside].astype(float) for c in range(3))
        return float(np.maximum(green - np.maximum(blue, red), 0).mean())

    cleaned = matte.correct_foreground(spilt.frame.copy(), alpha)
    assert greenness(spilt.frame) > greenness(clean.frame) + 3
    assert greenness(cleaned) < greenness(clean.frame) + 1
    assert np.array_equal(kept.correct_foreground(spilt.frame.copy(), alpha), spilt.frame)


def test_the_screen_is_taken_out_of_mixed_pixels() -> None:
    """Over another background the blurred edge looks as if she had been filmed before it."""
    before_green, before_grey = (
        list(scenes.shots(backdrop, 16, motion_blur=True, noise=1))
        for backdrop in (scenes.green_screen(), np.full((360, 640, 3), 60 / 255, np.float32))
    )
    matte = ChromaKey()
    raw, cleaned = [], []
    for green, grey in zip(before_green[3:9], before_grey[3:9], strict=True):
        alpha = matte(green.frame)
        partial = (green.alpha > 0.2) & (green.alpha < 0.8)
        assert partial.sum() > 1000
        share = alpha[..., None] / 255
        for errors, frame in ((raw, green.frame), (cleaned, matte.correct_foreground(green.frame.copy(), alpha))):
            errors.append(np.abs(frame * share + 60 * (1 - share) - grey.frame)[partial].mean())
    assert np.mean(cleaned) < 0.72 * np.mean(raw)


def test_other_colours_can_be_keyed() -> None:
    for color in ((200, 90, 30), (0, 220, 230), (30, 30, 200)):
        frame = with_box(np.full((90, 160, 3), color, np.uint8), (128, 128, 128))
        alpha = ChromaKey(color)(frame)
        assert alpha[60, 85] == 255
        assert alpha[10, 10] == 0


def test_specks_and_holes_in_the_screens_matte_go_and_gaps_in_hair_stay() -> None:
    frame = np.full((360, 640, 3), (60, 180, 50), np.uint8)
    frame[60:, 160:480] = (120, 140, 200)
    frame[20:24, 20:24] = (120, 140, 200)
    frame[200:206, 300:306] = (60, 180, 50)
    frame[66:72, 200:206] = (60, 180, 50)
    alpha = ChromaKey()(frame)
    assert alpha[22, 22] == 0
    assert alpha[203, 303] == 255
    assert alpha[69, 203] < 60


def test_a_frame_without_any_screen_is_all_in_front() -> None:
    assert (ChromaKey()(plain(128)) == 255).all()


def test_a_replacement_uses_true_alpha_as_it_is(before_green: list[Shot]) -> None:
    shot = before_green[6]
    matte = ChromaKey()
    replacement = BackgroundReplacement(matte, Color((60, 60, 60)))
    alpha = replacement.alpha(shot.frame)
    assert np.array_equal(alpha, ChromaKey()(shot.frame))
    result = replacement(shot.frame.copy()).astype(int)
    rim = (shot.alpha > 0.2) & (shot.alpha < 0.8)
    assert (result[..., 1] - result[..., [0, 2]].max(axis=2))[rim].mean() < 8


# What all of them do alike


@every_matte
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 400), (101, 57), (1920, 1080)])
def test_any_size_and_content_is_answered(name: str, size: tuple[int, int]) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 2
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    for frame in (noise, plain(0, size), plain(255, size), noise[::-1].copy(), plain(128, size), noise):
        before = frame.copy()
        alpha = matte(frame)
        assert alpha.shape == (size[1], size[0])
        assert alpha.dtype == np.uint8
        assert np.array_equal(frame, before)


@every_matte
def test_another_size_begins_anew(name: str) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 2
    for size in (SMALL, (200, 120), SMALL):
        for _ in range(3):
            matte(plain(200, size))
        alpha = matte(with_box(plain(200, size)))
        assert alpha.shape == (size[1], size[0])
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == (255 if name == "ChromaKey" else 0)


@every_matte
def test_it_can_be_copied_and_pickled(name: str) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 3
    for _ in range(4):
        matte(plain())
    for twin in (copy.deepcopy(matte), pickle.loads(pickle.dumps(matte))):
        for _ in range(4):
            twin(plain())
        assert twin(with_box(plain()))[60, 80] == 255
    assert matte(with_box(plain()))[60, 80] == 255


@pytest.mark.parametrize("name", [name for name in ALL if name != "ChromaKey"])
def test_frames_in_yuv_give_the_same_matte(name: str, sequences: dict[str, list[Shot]]) -> None:
    from framechain.pixels.convert import convert_to_yuv

    colour = ColourSpace(matrix=1)
    by_bgr, by_planes = ALL[name](), ALL[name]()
    frames = [sequences["clean"][0].frame, sequences["clean"][12].frame]
    if hasattr(by_bgr, "warm_up"):
        by_bgr.warm_up = by_planes.warm_up = 1
    for frame in frames:
        whole = by_bgr(frame)
        small = by_planes.estimate(frame_in_yuv(convert_to_yuv(frame, colour), colour))
    small = cv2.resize(small, whole.shape[::-1])
    assert whole.any()
    assert ((whole > 127) ^ (small > 127)).mean() < 0.01


@every_matte
def test_edges_are_soft(name: str) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 1
    screen = np.full((360, 640, 3), (60, 200, 60), np.uint8) if name == "ChromaKey" else plain(215, (640, 360))
    matte(screen)
    frame = cv2.GaussianBlur(with_box(screen, (60, 60, 90), (200, 100, 440, 360)), (5, 5), 0)
    edge = matte(frame)[200, 190:212].astype(int)
    assert (np.diff(edge) >= 0).all()
    assert 2 <= ((edge > 10) & (edge < 245)).sum() <= 9


def test_clean_up_is_relative_to_the_size() -> None:
    for scale in (1, 3):
        mask = np.zeros((120 * scale, 200 * scale), np.uint8)
        mask[20 * scale : 110 * scale, 40 * scale : 160 * scale] = 255
        mask[60 * scale : 67 * scale, 60 * scale : 67 * scale] = 0  # 0.2 % of the area: closed
        mask[60 * scale : 80 * scale, 100 * scale : 120 * scale] = 0  # 1.7 %: a hole
        mask[5 * scale : 10 * scale, 5 * scale : 10 * scale] = 255  # 0.1 %: a speck
        clean = CleanUp()(mask)
        points = [(63, 63), (70, 110), (7, 7), (100, 50)]
        assert [int(clean[y * scale, x * scale]) for y, x in points] == [255, 0, 0, 255]


def test_the_exposure_is_found_under_a_person_who_hides_most_of_it(view: Any) -> None:
    scene = (view * 255).astype(np.uint8)
    shot = next(scenes.shots(view, 1, where=there, scale=1.6))
    assert (shot.truth == FOREGROUND).mean() > 0.5
    factors = np.array([0.5, 0.53, 0.56])
    frame = np.clip(shot.frame * factors, 0, 255).astype(np.uint8)
    exposure = Exposure()
    exposure.fit(scene, frame, np.zeros(scene.shape[:2], np.uint8))
    expected = scene * factors
    assert np.abs(exposure.apply_to_scene(scene) - expected).mean() < 2
    back = exposure.normalise(frame, scene).astype(int)
    assert np.abs(back - scene)[shot.truth == 0].mean() < 5


def test_what_is_clipped_by_the_light_is_not_in_front() -> None:
    room = plain(100, (320, 180))
    room[:, 160:] = 230
    matte = ReferenceFrame(room)
    brighter = np.clip(room * 1.4, 0, 255).astype(np.uint8)
    assert brighter.max() == 255
    assert not matte(brighter).any()


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
def test_wrong_numbers_are_refused_by_name(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


def test_each_matte_says_how_its_answer_is_shaped() -> None:
    assert MediaPipeMatte.edge == (0.5, 0.2)
    assert ChromaKey().edge is None
    for kind in (ReferenceFrame, RunningAverage, MOG2, KNN, OtsuThreshold, ContourFill):
        threshold, softness = kind().edge
        assert threshold - softness > 0
        assert threshold + softness < 1
