"""The green screen."""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import pytest
import scenes
from scenes import Shot, evaluate
from support.matte_cases import (
    draw_box,
    make_plain,
    stand_in_middle,
)

from framechain import BackgroundReplacement
from framechain.backgrounds import Color
from framechain.mattes import (
    ChromaKey,
)


@pytest.fixture(scope="module")
def before_green() -> list[Shot]:
    """Soft edges, motion blur and spill in front of an uneven and noisy green screen."""
    return list(scenes.make_shots(scenes.make_green_screen(), 30, motion_blur=True, spill=0.12, step=2))


@pytest.mark.parametrize("color", [(0, 255, 0), (64, 177, 0), (60, 180, 50)])
def test_chroma_key_approximate_colour_removes_the_screen(color: Any, before_green: list[Shot]) -> None:
    score = evaluate(ChromaKey(color), [], before_green)
    assert score.f_measure >= 0.99  # The issue asks for 0.97,
    assert score.alpha_error < 0.015  # and 0.03.


def test_chroma_key_motion_blur_keeps_partial_alpha(before_green: list[Shot]) -> None:
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


def test_chroma_key_spill_is_neutralised() -> None:
    screen = scenes.make_green_screen()
    matte, kept = ChromaKey(), ChromaKey(spill=0)
    (clean,), (spilt,) = (
        list(scenes.make_shots(screen, 1, where=stand_in_middle, noise=1, spill=s)) for s in (0.0, 0.15)
    )
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


@pytest.mark.slow
def test_chroma_key_screen_is_removed_from_mixed_pixels() -> None:
    """On another background, the blurred edge looks as if the person had been filmed in front of it."""
    before_green, before_grey = (
        list(itertools.islice(scenes.make_shots(backdrop, 16, motion_blur=True, noise=1), 3, 9))
        for backdrop in (scenes.make_green_screen(), np.full((360, 640, 3), 60 / 255, np.float32))
    )
    matte = ChromaKey()
    raw, cleaned = [], []
    for green, grey in zip(before_green, before_grey, strict=True):
        alpha = matte(green.frame)
        partial = (green.alpha > 0.2) & (green.alpha < 0.8)
        assert partial.sum() > 1000
        share = alpha[..., None] / 255
        for errors, frame in ((raw, green.frame), (cleaned, matte.correct_foreground(green.frame.copy(), alpha))):
            errors.append(np.abs(frame * share + 60 * (1 - share) - grey.frame)[partial].mean())
    assert np.mean(cleaned) < 0.72 * np.mean(raw)


def test_chroma_key_other_colours_are_keyed() -> None:
    for color in ((200, 90, 30), (0, 220, 230), (30, 30, 200)):
        frame = draw_box(np.full((90, 160, 3), color, np.uint8), (128, 128, 128))
        alpha = ChromaKey(color)(frame)
        assert alpha[60, 85] == 255
        assert alpha[10, 10] == 0


def test_chroma_key_specks_and_holes_go_gaps_in_hair_stay() -> None:
    frame = np.full((360, 640, 3), (60, 180, 50), np.uint8)
    frame[60:, 160:480] = (120, 140, 200)
    frame[20:24, 20:24] = (120, 140, 200)
    frame[200:206, 300:306] = (60, 180, 50)
    frame[66:72, 200:206] = (60, 180, 50)
    alpha = ChromaKey()(frame)
    assert alpha[22, 22] == 0
    assert alpha[203, 303] == 255
    assert alpha[69, 203] < 60


def test_chroma_key_frame_without_screen_is_all_foreground() -> None:
    assert (ChromaKey()(make_plain(128)) == 255).all()


def test_replacement_with_chroma_key_uses_alpha_unchanged(before_green: list[Shot]) -> None:
    shot = before_green[6]
    matte = ChromaKey()
    replacement = BackgroundReplacement(matte, Color((60, 60, 60)))
    alpha = replacement.alpha(shot.frame)
    assert np.array_equal(alpha, ChromaKey()(shot.frame))
    result = replacement(shot.frame.copy()).astype(int)
    rim = (shot.alpha > 0.2) & (shot.alpha < 0.8)
    assert (result[..., 1] - result[..., [0, 2]].max(axis=2))[rim].mean() < 8


def test_chroma_key_screen_whose_hue_drifts_is_followed() -> None:
    """The hue of the light turns by 40 degrees within 60 frames, as under a lamp that warms up."""
    matte = ChromaKey((60, 180, 50))
    start = cv2.cvtColor(np.array([[(60, 180, 50)]], np.uint8), cv2.COLOR_BGR2YCrCb)[0, 0].astype(float)
    for angle in np.linspace(0, np.radians(40), 60):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        ycc = np.array([[[start[0], *(128 + turn @ (start[1:] - 128))]]]).round().clip(0, 255).astype(np.uint8)
        frame = np.empty((90, 160, 3), np.uint8)
        frame[:] = cv2.cvtColor(ycc, cv2.COLOR_YCrCb2BGR)[0, 0]
        frame[30:, 60:100] = 128
        alpha = matte(frame)
    assert alpha[:20].max() == 0
    assert alpha[60, 80] == 255
