"""A model's answer that is moved along with the image: where it is moved to, and when the model must look."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain.mattes.selfie.motion import AnswerMover
from framechain.models.views import Crop

CROP = Crop(0, 0, 800, 600)
SIZE = 256
BOX = slice(80, 200), slice(90, 170)


def textured(seed: int, blur: float = 3) -> Any:
    values = np.random.default_rng(seed).integers(0, 255, (SIZE, SIZE), np.uint8)
    return cv2.normalize(cv2.GaussianBlur(values, (0, 0), blur), None, 40, 200, cv2.NORM_MINMAX)  # type: ignore[call-overload]


def scene(shift: tuple[float, float] = (0, 0)) -> tuple[Any, Any]:
    """A textured person before a textured wall, and the answer of a model: x and y by how much the person moved."""
    person, mask = textured(1), np.zeros((SIZE, SIZE), np.uint8)
    mask[BOX] = 255
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    person, mask = (cv2.warpAffine(plane, matrix, (SIZE, SIZE)) for plane in (person, mask))
    share = mask[..., None] / 255
    return (person[..., None] * share + textured(2)[..., None] * (1 - share))[..., 0].astype(np.uint8), mask


def add_noise(grey: Any, seed: int, sigma: float = 3) -> Any:
    noise = np.random.default_rng(seed).normal(0, sigma, grey.shape)
    return np.clip(grey + noise, 0, 255).astype(np.uint8)


def begin(shift: tuple[float, float] = (0, 0)) -> AnswerMover:
    mover = AnswerMover()
    grey, answer = scene(shift)
    mover.note(answer, add_noise(grey, 3), CROP)
    return mover


def test_answer_mover_still_image_with_noise_gives_two_answers_between_two_looks() -> None:
    mover, (grey, answer) = begin(), scene()
    assert [mover(add_noise(grey, seed), CROP) is None for seed in range(4)] == [False, False, True, True]
    mover.note(answer, grey, CROP)
    moved = mover(add_noise(grey, 9), CROP)
    assert moved is not None
    assert np.abs(moved.astype(int) - answer).mean() < 1


@pytest.mark.parametrize("shift", [(2, 0), (-1.5, 0.5), (0, 2)])
def test_answer_mover_person_who_moves_takes_the_answer_along(shift: tuple[float, float]) -> None:
    grey, answer = scene(shift)
    moved = begin()(grey, CROP)
    assert moved is not None
    stayed = np.abs(scene()[1].astype(int) - answer).mean()
    assert np.abs(moved.astype(int) - answer).mean() < 0.85 * stayed


def test_answer_mover_camera_that_moves_takes_the_answer_along() -> None:
    grey, answer = scene()
    turned, expected = (np.roll(plane, (1, 2), axis=(0, 1)) for plane in (grey, answer))
    moved = begin()(turned, CROP)
    assert moved is not None
    stayed = np.abs(answer.astype(int) - expected).mean()
    assert np.abs(moved.astype(int) - expected).mean() < 0.25 * stayed


def test_answer_mover_second_frame_allows_half_of_the_motion() -> None:
    one, other = begin(), begin()
    assert one(scene((2, 0))[0], CROP) is not None
    assert one(scene((2, 0))[0], CROP) is None
    assert other(scene((0.5, 0))[0], CROP) is not None
    assert other(scene((1, 0))[0], CROP) is not None


def test_answer_mover_things_that_appear_or_jump_are_left_to_the_model() -> None:
    grey, _ = scene()
    appeared = grey.copy()
    appeared[20:60, 20:60] = 255 - appeared[20:60, 20:60]
    dark = grey.copy()
    dark[100:130, 180:210] -= 40
    for image in (appeared, dark, scene((12, 0))[0], textured(7)):
        assert begin()(image, CROP) is None


def test_answer_mover_other_crop_size_or_reset_is_left_to_the_model() -> None:
    grey, _ = scene()
    assert AnswerMover()(grey, CROP) is None
    assert begin()(grey, CROP._replace(left=2)) is None
    assert begin()(cv2.resize(grey, (SIZE, 144)), CROP) is None
    mover = begin()
    mover.reset()
    assert mover(grey, CROP) is None
