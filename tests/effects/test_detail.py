"""Sharpen and Denoise against their formulas."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from support.effect_cases import blur, crop_photo, lay_out, make_frame

from framechain.effects import Denoise, Sharpen


@pytest.mark.parametrize("amount", [0.5, 2.0])
def test_sharpen_is_the_unsharp_mask_within_its_limits(amount: float) -> None:
    frame = make_frame("BT.709", (101, 67))
    y = frame.planes[0].astype(float)
    found = Sharpen(amount, 1.5).process_frame(frame).planes[0].astype(float)
    sharp = y + amount * (y - blur(y, 1.5))
    padded = np.pad(y, 1, mode="edge")
    around = np.stack([padded[i : i + y.shape[0], k : k + y.shape[1]] for i in range(3) for k in range(3)])
    expected = sharp.clip(around.min(0) - 6, around.max(0) + 6).clip(0, 255)
    assert abs(found - expected).max() <= 0.5 * amount + 1.1  # The blurred plane is rounded to levels.
    assert np.std(found) > np.std(y)


def test_sharpen_leaves_chroma_and_plain_areas() -> None:
    frame = make_frame("BT.709")
    result = Sharpen(4).process_frame(frame)
    for plane, other in zip(result.planes[1:], frame.planes[1:], strict=True):
        np.testing.assert_array_equal(plane, other)
    plain = np.full((20, 20, 3), 77, np.uint8)
    assert (Sharpen(4)(plain.copy()) == plain).all()


def make_noisy(count: int, level: float = 6) -> list[np.ndarray]:
    random = np.random.default_rng(5)
    clean = crop_photo((101, 67)).astype(float)
    return [(clean + random.normal(0, level, clean.shape)).clip(0, 255).astype(np.uint8) for _ in range(count)]


def test_denoise_of_a_still_scene_comes_nearer_to_it_with_time() -> None:
    thing, errors = Denoise(), []
    clean = cv2.cvtColor(crop_photo((101, 67)), cv2.COLOR_BGR2YCrCb)[..., 0].astype(float)
    for index, image in enumerate(make_noisy(20)):
        found = thing.process_frame(lay_out(image, "BGR", index=index)).bgr
        errors.append(abs(cv2.cvtColor(found, cv2.COLOR_BGR2YCrCb)[..., 0] - clean).mean())
    noisy = abs(cv2.cvtColor(make_noisy(1)[0], cv2.COLOR_BGR2YCrCb)[..., 0] - clean).mean()
    assert errors[0] < 0.9 * noisy
    assert np.mean(errors[-5:]) < 0.8 * errors[0]


def test_denoise_of_what_moves_leaves_no_trail() -> None:
    thing = Denoise(1)
    thing.open(make_frame("BT.709").info.stream)
    for index in range(6):
        image = np.full((60, 120, 3), 40, np.uint8)
        image[10:50, 10 + 15 * index : 40 + 15 * index] = 200
        found = thing.process_frame(lay_out(image, "BT.709", index=index)).read_bgr()
        assert abs(found.astype(int) - image).mean() < 3
    assert abs(found[15:45, 15:70].astype(int) - 40).max() <= 4  # Where it was some frames ago.


def test_denoise_of_an_image_does_not_depend_on_the_one_before() -> None:
    thing = Denoise()
    first, second = make_noisy(2)
    thing(first.copy())
    np.testing.assert_array_equal(thing(second.copy()), Denoise()(second.copy()))


def test_denoise_average_is_the_recursion() -> None:
    thing = Denoise(0.5)
    values = [100, 101, 102, 101, 140]
    earlier = 100.0
    for index, value in enumerate(values):
        frame = lay_out(np.full((16, 16, 3), value, np.uint8), "BT.709", index=index)
        y = float(frame.planes[0][0, 0])
        if index == 0:
            earlier = y
        difference = round(abs(y - earlier))
        weight = float(np.interp(difference, [3.5, 8.75], [0.2, 1.0]))
        earlier += weight * (y - earlier)
        assert thing.process_frame(frame).planes[0][0, 0] == pytest.approx(earlier, abs=0.51)
