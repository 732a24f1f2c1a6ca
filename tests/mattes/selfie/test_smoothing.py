"""Temporal smoothing of the matte."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from framechain.mattes.selfie.smoothing import MatteSmoother, make_uncertainty_table
from framechain.models.views import Crop


def test_matte_smoother_flicker_is_held_and_moving_hand_leaves_no_ghost() -> None:
    smoother, box = MatteSmoother(), Crop(0, 0, 256, 256)
    rng = np.random.default_rng(1)
    rest, unsure = rng.integers(60, 70, (256, 256), np.uint8), 110
    held = []
    for index in range(24):
        grey, confidence = rest.copy(), np.zeros((256, 256), np.uint8)
        confidence[200:] = unsure + 40 * (index % 2)  # Flickers where nothing moves.
        at = 40 + 60 * (index % 3)  # The hand.
        grey[60:100, at : at + 30] = 220
        confidence[60:100, at : at + 30] = 140
        steady = smoother(confidence, grey, box)
        if index > 8:
            left = 40 + 60 * ((index - 1) % 3)
            assert steady[60:100, left : left + 30].max() <= 2
            assert steady[65:95, at + 5 : at + 25].min() >= 138
        held.append(int(steady[230, 100]))
    assert np.ptp(held[8:]) <= 12


def test_matte_smoother_error_of_one_frame_does_not_appear() -> None:
    smoother, box = MatteSmoother(), Crop(0, 0, 256, 256)
    grey = np.random.default_rng(4).integers(90, 100, (256, 256), np.uint8)
    body = np.zeros((256, 256), np.uint8)
    body[100:, 60:180] = 255
    keyboard = body.copy()
    keyboard[230:, :] = 255
    seen = [int(smoother(keyboard if index == 3 else body, grey, box)[240, 20]) for index in range(8)]
    assert max(seen) < 60
    lost = [int(smoother(body * (index != 3), grey, box)[200, 120]) for index in range(8)]
    assert min(lost) > 195
    stays = [int(smoother(keyboard, grey, box)[240, 20]) for _ in range(10)]
    assert stays[-1] == 255
    assert sorted(stays) == stays


def test_matte_smoother_new_part_of_crop_uses_motion() -> None:
    first, second = Crop(0, 0, 200, 200), Crop(0, 0, 400, 200)
    grey, nobody, people = (np.full((128, 128), value, np.uint8) for value in (100, 0, 255))

    def after(outside: Any) -> Any:
        smoother = MatteSmoother()
        smoother(nobody, grey, first)
        return smoother(people, grey, second, outside)

    assert after(np.zeros_like(grey))[60, 100] < 60
    assert after(np.full_like(grey, 90))[60, 100] == after(None)[60, 100] == 255


def test_matte_smoother_replaced_last_matte_is_forgotten() -> None:
    smoother, box = MatteSmoother(), Crop(0, 0, 64, 64)
    grey, half = np.full((64, 64), 100, np.uint8), np.full((64, 64), 128, np.uint8)
    smoother(half, grey, box)
    smoother.replace_last(np.zeros_like(half))
    assert smoother(half, grey, box).max() < 60


def test_matte_smoother_component_removed_from_still_image_fades() -> None:
    smoother, box = MatteSmoother(), Crop(0, 0, 64, 64)
    grey, person, nobody = (np.full((64, 64), value, np.uint8) for value in (100, 255, 0))
    moved = grey.copy()
    moved[:, 40:] = 200
    smoother(person, grey, box)
    smoother(person, moved, box)
    removed = smoother.replace_last(nobody)
    assert removed[:, :30].min() == removed[:, :30].max() == 255 - 48
    assert removed[:, 44:].max() == 0
    seen = []
    for _ in range(6):
        smoother(person, moved, box)
        seen.append(int(smoother.replace_last(nobody)[30, 10]))
    assert seen[-1] == 0
    assert sorted(seen, reverse=True) == seen


def test_matte_smoother_crop_moves_last_matte_is_warped() -> None:
    smoother = MatteSmoother()
    rng = np.random.default_rng(2)
    room = cv2.GaussianBlur(rng.integers(0, 255, (400, 400), np.uint8), (0, 0), 4)
    truth = np.full((400, 400), 100, np.uint8)
    truth[:, 200:] = 150

    def through(box: Crop, plane: Any) -> Any:
        return cv2.resize(plane[box.top : box.bottom, box.left : box.right], (128, 128), interpolation=cv2.INTER_AREA)

    first, second = Crop(40, 40, 296, 296), Crop(60, 50, 316, 306)
    smoother(through(first, truth), through(first, room), first)
    moved = smoother(through(second, truth), through(second, room), second)
    assert np.abs(moved[5:110, 5:110].astype(int) - through(second, truth)[5:110, 5:110]).max() <= 3


def test_make_uncertainty_table_is_mediapipes() -> None:
    table = make_uncertainty_table()
    assert table[127] > 250
    assert table[0] == table[255] == 0
    assert (np.diff(table[:128].astype(int)) >= -1).all()
