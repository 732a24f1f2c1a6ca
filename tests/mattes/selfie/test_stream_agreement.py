"""The matte of a stream with two networks: people are there where both see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from framechain import StreamInfo
from framechain.mattes import MediaPipeMatte
from framechain.mattes.selfie.humanseg import HumanSegModel, fit_in_model
from framechain.mattes.selfie.people import PersonFilter
from framechain.mattes.selfie.stream import StreamMatte
from framechain.models.views import BgrView, make_full_crop

WIDTH, HEIGHT = 640, 360
RED, BLUE = (20, 20, 200), (200, 20, 20)


class RedAndBlueArePeople:
    """A model for crops that takes blue furniture for people, as the selfie models do."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.asked = 0

    def __call__(self, rgb: Any) -> Any:
        self.asked += 1
        coloured = np.maximum(rgb[..., 0], rgb[..., 2]).astype(np.float32) - rgb[..., 1]
        return np.clip(coloured / 150, 0, 1)


class RedIsPeople:
    """A second network that is right. `is_blind` makes it see nobody."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_blind = False

    def __call__(self, view: Any, crop: Any) -> Any:
        self.asked += 1
        rgb = view.crop_rgb(crop, *fit_in_model(crop)).astype(np.float32)
        confidence = np.clip((rgb[..., 0] - rgb[..., 1]) / 150, 0, 1)
        return (255 * confidence * (not self.is_blind)).astype(np.uint8)


def stream_matte() -> tuple[StreamMatte, Any, Any]:
    cutter, second = RedAndBlueArePeople((256, 256)), RedIsPeople()
    frame_model: Any = RedAndBlueArePeople((256, 144))
    return StreamMatte(frame_model, cutter, PersonFilter(), second), cutter, second  # type: ignore[arg-type]


def scene(*boxes: tuple[int, int, int, int], colour: tuple[int, int, int] = RED) -> Any:
    """A textured room with people: left, top, right, bottom each."""
    rng = np.random.default_rng(3)
    frame = np.repeat(rng.integers(70, 110, (HEIGHT, WIDTH, 1), np.uint8), 3, axis=2)
    for left, top, right, bottom in boxes:
        frame[top:bottom, max(0, left) : max(0, right)] = colour
    return frame


def found(matte: Any, frame: Any) -> Any:
    return cv2.resize(matte(BgrView(frame)), (WIDTH, HEIGHT)) > 127


def agreement(mask: Any, frame: Any) -> float:
    there = frame[..., 2].astype(int) - frame[..., 1] > 100
    return float((mask & there).sum() / max(1, (mask | there).sum()))


def test_stream_matte_furniture_that_one_network_takes_for_a_person_is_not_shown() -> None:
    matte, _, second = stream_matte()
    for _ in range(12):
        assert not found(matte, scene((200, 100, 300, 360), colour=BLUE)).any()
    assert second.asked == 4  # The whole frame and two parts of it at once, then one of them in every sixth frame.


def test_stream_matte_person_in_a_still_scene_is_looked_at_every_twelfth_frame() -> None:
    matte, cutter, second = stream_matte()
    frame = scene((200, 100, 300, 360))
    for _ in range(36):
        assert agreement(found(matte, frame), frame) > 0.95
    assert cutter.asked == 12  # Between two looks its answer is moved along.
    assert second.asked == 3


def test_stream_matte_small_person_is_found() -> None:
    matte, *_ = stream_matte()
    frame = scene((500, 270, 535, 360))
    assert agreement(found(matte, frame), frame) > 0.9


def test_stream_matte_person_who_comes_in_and_leaves_is_shown_and_gone_within_three_frames() -> None:
    matte, *_ = stream_matte()
    for _ in range(9):
        assert not found(matte, scene()).any()
    frame = scene((200, 100, 300, 360))
    assert max(agreement(found(matte, frame), frame) for _ in range(3)) > 0.95
    for _ in range(15):
        found(matte, frame)
    assert min(found(matte, scene()).mean() for _ in range(3)) == 0


def test_stream_matte_person_who_leaves_furniture_behind_is_gone_within_five_frames() -> None:
    matte, *_ = stream_matte()
    with_both = scene((200, 100, 300, 360))
    with_both[300:, 310:340] = BLUE
    for _ in range(15):
        found(matte, with_both)
    furniture = scene((310, 300, 340, 360), colour=BLUE)
    answers = [bool(found(matte, furniture).any()) for _ in range(30)]
    assert not any(answers[5:])


def test_stream_matte_walking_person_stays_in_the_crop() -> None:
    matte, _, second = stream_matte()
    for step in range(40):
        frame = scene((40 + 10 * step, 120, 140 + 10 * step, 360))
        assert agreement(found(matte, frame), frame) > 0.93, step
    assert second.asked < 14


@pytest.mark.parametrize("left", [10, 550])
def test_stream_matte_second_person_comes_in_is_found_within_three_frames(left: int) -> None:
    matte, *_ = stream_matte()
    first, both = scene((270, 120, 370, 360)), scene((270, 120, 370, 360), (left, 140, left + 80, 360))
    for _ in range(9):
        found(matte, first)
    good = [agreement(found(matte, both), both) for _ in range(20)]
    assert min(good[3:]) > 0.93


def test_stream_matte_second_network_that_fails_in_one_look_does_not_remove_anybody() -> None:
    matte, _, second = stream_matte()
    frame = scene((200, 100, 300, 360))
    for index in range(40):
        # A look takes two questions: of the whole frame, and of the crop.
        second.is_blind = second.asked in (2, 3)
        assert agreement(found(matte, frame), frame) > 0.95, index
    assert second.asked >= 6


def test_stream_matte_scene_cut_is_looked_at_at_once() -> None:
    matte, *_ = stream_matte()
    for _ in range(8):
        found(matte, scene((30, 100, 160, 360)))
    after = np.clip(scene((460, 60, 600, 360)).astype(int) + 60, 0, 255).astype(np.uint8)
    assert agreement(found(matte, after), after) > 0.93


@pytest.fixture(scope="module")
def people(samples: Any) -> tuple[Any, Any]:
    """The portrait's person and alpha, above the helmet, which is no part of her for every model."""
    image = cv2.imread(str(samples / "portrait.jpg"))
    with MediaPipeMatte(quality="best") as matte:
        return image[:340], matte(image)[:340]


def shrink_people(people: tuple[Any, Any], backdrop: Any, height: float) -> tuple[Any, Any]:
    """The portrait's person as high as a share of the backdrop, and the true mask."""
    high, wide = people[1].shape
    size = round(height * backdrop.shape[0] * wide / high), round(height * backdrop.shape[0])
    image, alpha = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in people)
    frame, truth = backdrop.copy(), np.zeros(backdrop.shape[:2], np.uint8)
    rows, columns = slice(backdrop.shape[0] - size[1], None), slice(100, 100 + size[0])
    share = alpha[..., None] / 255
    frame[rows, columns] = image * share + frame[rows, columns] * (1 - share)
    truth[rows, columns] = alpha
    return frame, truth > 127


def film_view(samples: Any) -> Iterator[Any]:
    """The sample clip's view beside the person, seen by a camera that sways."""
    capture = cv2.VideoCapture(str(samples / "clip.mp4"))
    still = capture.read()[1][:, :190]
    capture.release()
    view = np.hstack([still, still[:, ::-1]] * 2)[:, :WIDTH]
    for index in range(24):
        yield np.roll(view, round(4 * np.sin(0.35 * index)), axis=1)


@pytest.mark.slow
@pytest.mark.skipif(not HumanSegModel().is_available, reason="the second network needs LiteRT")
@pytest.mark.parametrize("height", [1 / 3, 1 / 4])
def test_mediapipe_matte_stream_finds_people_of_a_part_of_the_frames_height(
    samples: Any, people: tuple[Any, Any], height: float
) -> None:
    with MediaPipeMatte() as matte:
        matte.open(StreamInfo("x", "video", WIDTH, HEIGHT))
        for view in film_view(samples):
            frame, truth = shrink_people(people, view, height)
            mask = matte(frame) > 127
            assert (mask & truth).sum() > 0.94 * (mask | truth).sum()


@pytest.mark.skipif(not HumanSegModel().is_available, reason="the second network needs LiteRT")
def test_mediapipe_matte_stream_view_without_people_shows_nobody(samples: Any) -> None:
    with MediaPipeMatte() as matte:
        matte.open(StreamInfo("x", "video", WIDTH, HEIGHT))
        assert max((matte(frame) > 127).mean() for frame in film_view(samples)) == 0


def test_stream_matte_goes_on_from_what_was_found_before() -> None:
    """People are followed before the second network has agreed, and their edge moves in steps where nothing moves."""
    box = 220, 60, 420, 360
    frame = cv2.blur(scene(box), (9, 9))  # Without noise, which two crops show in other pixels.
    view = BgrView(frame)
    full = make_full_crop(view)
    wider = np.zeros((144, 256), np.uint8)
    wider[20:, 72:184] = 255
    anew, _, second = stream_matte()
    second.is_blind = True
    assert anew(view).max() == 0
    matte, _, second = stream_matte()
    second.is_blind = True
    matte.take_over(full, wider, view.crop_grey(full, 256, 144))
    first = cv2.resize(matte(view), (WIDTH, HEIGHT))
    assert agreement(first[:, 220:420] > 127, frame[:, 220:420]) > 0.95
    assert 127 < first[270, 194] < 255  # Beside the person, where only the last matte saw somebody.
    assert matte(view).max() == 0  # The second look without agreement.


def test_stream_matte_goes_on_from_nobody() -> None:
    matte, _, second = stream_matte()
    view = BgrView(scene())
    matte.take_over(
        make_full_crop(view), np.zeros((144, 256), np.uint8), view.crop_grey(make_full_crop(view), 256, 144)
    )
    second.is_blind = True
    assert matte(BgrView(scene((220, 60, 420, 360)))).max() == 0
