"""Two networks: one decides what is a person, the other where the edge is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain.mattes.selfie.agreement import average, join, remove_doubtful


def draw(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (200, 300), value: int = 255) -> Any:
    """A matte with boxes: left, top, right and bottom."""
    matte = np.zeros(size, np.uint8)
    for left, top, right, bottom in boxes:
        matte[top:bottom, left:right] = value
    return matte


BODY = 100, 50, 180, 200


def test_join_edges_differ_keeps_the_fine_ones() -> None:
    fine, coarse = draw(BODY), draw((98, 48, 182, 200))
    np.testing.assert_array_equal(join(fine, coarse), fine)


def test_join_same_mattes_returns_the_fine_one() -> None:
    fine = draw(BODY)
    assert join(fine, fine.copy()) is fine


@pytest.mark.parametrize("scale", [1, 6])
def test_join_furniture_only_in_the_fine_one_is_gone(scale: int) -> None:
    """Also in an image larger than the one on which regions are compared."""
    fine, coarse = draw(BODY, (180, 140, 240, 200)), draw((98, 48, 182, 200))
    fine, coarse = (np.kron(one, np.ones((scale, scale), np.uint8)) for one in (fine, coarse))
    found = join(fine, coarse)
    assert found.shape == fine.shape
    body = np.kron(draw(BODY), np.ones((scale, scale), np.uint8))
    # Far from the sofa every pixel is the fine one's.
    np.testing.assert_array_equal(found[:, : 170 * scale], body[:, : 170 * scale])
    assert (found[:, 190 * scale :] > 127).mean() < 0.001


def test_join_coarse_matte_may_be_smaller() -> None:
    body = np.kron(draw(BODY), np.ones((4, 4), np.uint8))
    fine: Any = body.copy()
    fine[560:, 720:960] = 255  # A sofa.
    found = join(fine, draw(BODY))
    assert found.shape == fine.shape
    np.testing.assert_array_equal(found[:, :680], body[:, :680])
    assert (found[:, 760:] > 127).mean() < 0.001
    assert fine[700, 900] == 255  # The argument is as it was.


def test_join_head_only_in_the_coarse_one_is_there() -> None:
    head = 120, 10, 160, 50
    found = join(draw(BODY), draw(BODY, head))
    assert (found[14:50, 122:158] > 127).all()
    np.testing.assert_array_equal(found[80:], draw(BODY)[80:])


def test_join_thing_that_is_held_is_kept_whole() -> None:
    """A helmet of which a part is below one half, and the rest above, has no hole."""
    helmet = 180, 120, 240, 180
    fine, coarse = draw(BODY, helmet), draw(BODY)
    coarse[120:180, 180:240] = 135
    coarse[130:165, 195:225] = 100
    np.testing.assert_array_equal(join(fine, coarse), fine)
    coarse[120:180, 180:240] = 100
    assert (join(fine, coarse)[130:170, 190:230] < 128).all()


def test_join_seam_is_soft() -> None:
    """Where one matte takes over from the other, neighbours do not jump."""
    fine, coarse = np.full((400, 600), 120, np.uint8), np.full((400, 600), 90, np.uint8)
    fine[100:300, 200:400] = 130
    found = join(fine, coarse).astype(int)
    assert (found[200, 300], found[200, 30]) == (90, 120)
    assert np.abs(np.diff(found, axis=1)).max() <= 15


def test_average_of_equal_mattes_is_the_matte() -> None:
    levels = np.arange(256, dtype=np.uint8)[None]
    assert np.abs(average(levels, levels).astype(int) - levels).max() <= 5
    assert average(levels, levels)[0, [0, 255]].tolist() == [0, 255]
    assert (np.diff(average(levels, levels).astype(int)) >= 0).all()


def test_average_sure_confidence_weighs_more() -> None:
    sure, unsure, other = (np.full((1, 1), value, np.uint8) for value in (252, 165, 60))
    assert average(sure, other)[0, 0] > (252 + 60) / 2 + 20
    assert abs(int(average(unsure, other)[0, 0]) - (165 + 60) // 2) < 8


def test_average_is_the_mean_of_log_odds() -> None:
    shares = np.arange(10, 250, 24)
    one, other = (part.astype(np.uint8) for part in np.meshgrid(shares, shares))
    odds = np.sqrt(one / (255.0 - one) * other / (255.0 - other))
    np.testing.assert_allclose(average(one, other), 255 * odds / (1 + odds), atol=5)


def test_remove_doubtful_unsure_component_is_removed() -> None:
    matte, rock = draw(BODY, value=255), draw((230, 100, 290, 160), value=200)
    mean = np.maximum(draw(BODY, value=240), rock)
    found = remove_doubtful(matte | rock, mean, np.zeros((100, 100), np.uint8))
    np.testing.assert_array_equal(found, matte)


def test_remove_doubtful_nobody_leaves_nothing() -> None:
    matte = draw(BODY, value=200)
    matte[:, :80] = 60
    assert not remove_doubtful(matte, draw(BODY, value=222), draw(BODY, value=127)).any()


def test_remove_doubtful_sure_of_a_part_keeps_the_whole() -> None:
    matte, mean = draw(BODY, value=180), draw(BODY, value=150)
    mean[50:80, 100:180] = 240
    assert remove_doubtful(matte, mean, np.zeros_like(mean)) is matte


@pytest.mark.parametrize(("first", "stays"), [(190, True), (150, False)])
def test_remove_doubtful_first_look_sure_too_keeps_what_is_fairly_sure(first: int, stays: bool) -> None:
    matte = draw(BODY, value=200)
    small: Any = cv2.resize(draw(BODY, value=first), (256, 256))
    assert remove_doubtful(matte, draw(BODY, value=216), small).any() == stays
