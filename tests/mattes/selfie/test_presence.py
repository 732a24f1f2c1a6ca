"""Whether there is anybody: when the second network looks, and what both networks must agree on."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain.mattes.selfie.presence import Agreement, Evidence, Presence, compare_opinions, is_round
from framechain.models.views import Crop

FRAME = Crop(0, 0, 256, 144)


def mask(left: int, right: int, *, size: tuple[int, int] = (256, 144), confidence: int = 255) -> Any:
    answer = np.zeros((size[1], size[0]), np.uint8)
    answer[:, left:right] = confidence
    return answer


def count_looks(presence: Presence, frames: int, *, is_motion: bool = False) -> list[int]:
    """The frames that are looked at, when each look confirms what was known."""
    looks = []
    for index in range(frames):
        if presence.needs_look(is_motion):
            looks.append(index)
            if presence.is_somebody:
                presence.confirm(100, is_news=False)
            else:
                presence.deny()
        presence.watch(100, touches_border=False)
    return looks


def somebody() -> Presence:
    presence = Presence()
    assert presence.needs_look(is_motion=False)
    presence.confirm(100, is_news=True)
    return presence


def test_compare_opinions_half_of_the_matte_overlap_is_half() -> None:
    agreement = compare_opinions(mask(40, 120), mask(40, 80), FRAME, FRAME)
    assert agreement.overlap == pytest.approx(0.5, abs=0.02)
    assert agreement.confidence == pytest.approx(1)


def test_compare_opinions_of_the_whole_frame_is_compared_within_the_crop() -> None:
    crop = Crop(64, 0, 192, 144)
    matte = mask(64, 192, size=(256, 256))
    assert compare_opinions(matte, mask(96, 160), FRAME, crop).overlap > 0.95
    assert compare_opinions(matte, mask(192, 256), FRAME, crop).overlap < 0.02


def test_compare_opinions_confidence_is_that_of_the_second_network_where_it_sees_people() -> None:
    agreement = compare_opinions(mask(40, 120), mask(40, 120, confidence=128), FRAME, FRAME)
    assert agreement.confidence == pytest.approx(0.5, abs=0.01)
    assert compare_opinions(mask(40, 120), mask(0, 0), FRAME, FRAME) == (0, 0)


@pytest.mark.parametrize(
    ("agreement", "is_strong", "is_plausible", "is_clear_in_crop"),
    [
        (Agreement(0.97, 0.95), True, True, True),
        (Agreement(0.97, 0.7), False, True, True),
        (Agreement(0.88, 0.48), False, True, False),
        (Agreement(0.78, 0.63), False, True, True),
        (Agreement(0.79, 0.56), False, True, False),
        (Agreement(0.7, 0.95), False, False, False),
        (Agreement(0.97, 0.2), False, False, False),
    ],
)
def test_agreement_needs_confidence_and_overlap(
    agreement: Agreement, is_strong: bool, is_plausible: bool, is_clear_in_crop: bool
) -> None:
    found = agreement.is_strong, agreement.is_plausible, agreement.is_clear_in_crop
    assert found == (is_strong, is_plausible, is_clear_in_crop)


def test_presence_somebody_in_a_still_scene_is_looked_at_every_twelfth_frame() -> None:
    assert count_looks(somebody(), 36) == [11, 23, 35]


def test_presence_nobody_is_looked_at_every_sixth_frame_and_where_something_moves_every_second() -> None:
    assert count_looks(Presence(), 20) == [0, 6, 12, 18]
    assert count_looks(Presence(), 7, is_motion=True) == [0, 2, 4, 6]


def test_presence_motion_that_brings_nothing_new_is_looked_at_less_and_less_often() -> None:
    assert count_looks(somebody(), 40, is_motion=True) == [2, 8, 20, 32]


@pytest.mark.parametrize(("area", "touches"), [(40.0, False), (220.0, False), (100.0, True)])
def test_presence_unexpected_area_or_border_brings_a_look_after_three_frames(area: float, touches: bool) -> None:
    presence = somebody()
    looks = []
    for index in range(4):
        if presence.needs_look(is_motion=False):
            looks.append(index)
        presence.watch(area, touches)
    assert looks[0] == 2


def test_presence_one_doubt_is_looked_at_again_and_a_second_one_means_nobody() -> None:
    presence = somebody()
    presence.deny()
    assert presence.is_somebody
    assert presence.needs_look(is_motion=False)
    presence.deny()
    assert not presence.is_somebody


def test_presence_doubt_that_is_cleared_is_forgotten() -> None:
    presence = somebody()
    for _ in range(5):
        presence.deny()
        presence.confirm(100, is_news=False)
    assert presence.is_somebody


@pytest.mark.parametrize(
    ("agreement", "is_hint", "is_lasting", "is_certain"),
    [
        (Agreement(0.95, 0.9), True, True, True),
        (Agreement(0.88, 0.92), True, True, False),
        (Agreement(0.93, 0.75), True, True, False),
        (Agreement(0.93, 0.63), True, False, False),
        (Agreement(0.7, 0.86), True, False, False),
        (Agreement(0.5, 0.9), False, False, False),
    ],
)
def test_agreement_in_crop_says_how_certain_a_closer_look_is(
    agreement: Agreement, is_hint: bool, is_lasting: bool, is_certain: bool
) -> None:
    assert (agreement.is_hint, agreement.is_lasting_in_crop, agreement.is_certain_in_crop) == (
        is_hint,
        is_lasting,
        is_certain,
    )


def draw_shape(width: int, height: int) -> Any:
    matte = np.zeros((256, 256), np.uint8)
    cv2.ellipse(matte, (128, 128), (width // 2, height // 2), 0, 0, 360, (255,), cv2.FILLED)
    return matte


def test_is_round_globe_is_and_a_head_is_not() -> None:
    square = Crop(0, 0, 512, 512)
    assert is_round(draw_shape(200, 200), square)
    assert not is_round(draw_shape(140, 200), square)
    # A crop that is wider than the model's input shows the globe as an upright ellipse.
    assert is_round(draw_shape(100, 200), Crop(0, 0, 512, 256))
    assert not is_round(draw_shape(200, 200), Crop(0, 0, 512, 256))


def test_is_round_specks_and_nobody_are_not() -> None:
    assert not is_round(np.zeros((256, 256), np.uint8), FRAME)
    assert not is_round(draw_shape(20, 20), Crop(0, 0, 512, 512))


def test_presence_weak_evidence_is_enough_at_first_and_while_somebody_is_there() -> None:
    assert Presence().accepts(Evidence.WEAK, is_first=True)
    assert somebody().accepts(Evidence.WEAK, is_first=False)
    assert not Presence().accepts(Evidence.NONE, is_first=True)
    assert Presence().accepts(Evidence.CERTAIN, is_first=False)


@pytest.mark.parametrize(("evidence", "looks"), [(Evidence.WEAK, 4), (Evidence.LASTING, 2)])
def test_presence_weak_evidence_must_add_up_where_nobody_was(evidence: Evidence, looks: int) -> None:
    presence = Presence()
    count = 1
    while not presence.accepts(evidence, is_first=False):
        presence.hope(evidence)
        count += 1
    assert count == looks
    presence.deny()
    assert not presence.accepts(evidence, is_first=False)


def test_presence_hint_brings_a_look_at_the_next_frame() -> None:
    presence = Presence()
    presence.deny(is_hint=True)
    assert presence.needs_look(is_motion=False)
    presence.deny()
    assert not presence.needs_look(is_motion=False)
