"""The closer look: who is followed, what is held steady, where the edge lies, and which quality is used when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import frame_in_yuv

from framechain import BackgroundReplacement, Frame, Matte, MPSegmentation, StreamInfo
from framechain.backgrounds import Color
from framechain.errors import ArgumentError, ObjectResultError
from framechain.mattes import MediaPipeMatte
from framechain.mattes.selfie.augmentation import split_in_strips, split_in_tiles
from framechain.mattes.selfie.crop_tracking import CropTracker, make_crop
from framechain.mattes.selfie.edges import fit_guided_filter
from framechain.mattes.selfie.model import LANDSCAPE, SelfieModel
from framechain.mattes.selfie.people import PersonFilter
from framechain.mattes.selfie.smoothing import MatteSmoother, make_uncertainty_table
from framechain.mattes.selfie.stream import StreamMatte, measure_people_width
from framechain.mattes.selfie.views import BgrView, Crop, YuvView
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_bgr, convert_to_yuv
from framechain.sources.video import VideoSource

WIDTH, HEIGHT = 640, 360
VIDEO = StreamInfo("clip", "video", WIDTH, HEIGHT)
BT709 = ColourSpace(1, False, 1, 1)


class RedIsPeople:
    """A model for tests: whatever is red is a person. Keeps how often it was asked."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.is_wide = size[0] > size[1]
        self.asked = 0

    def __call__(self, rgb: Any) -> Any:
        self.asked += 1
        assert rgb.shape[1::-1] == self.size
        return np.clip((rgb[..., 0].astype(np.float32) - rgb[..., 1]) / 150, 0, 1)


def stream_matte() -> tuple[StreamMatte, Any, Any]:
    finder, cutter = RedIsPeople((256, 144)), RedIsPeople((256, 256))
    return StreamMatte(finder, cutter, PersonFilter()), finder, cutter  # type: ignore[arg-type]


def scene(*boxes: tuple[int, int, int, int], behind: int = 90) -> Any:
    """A textured room with people: left, top, right, bottom each."""
    rng = np.random.default_rng(3)
    frame = np.repeat(rng.integers(behind - 20, behind + 20, (HEIGHT, WIDTH, 1), np.uint8), 3, axis=2)
    for left, top, right, bottom in boxes:
        frame[top:bottom, max(0, left) : max(0, right)] = (20, 20, 200)
    return frame


def found(matte: Any, frame: Any) -> Any:
    alpha = cv2.resize(matte(BgrView(frame)), (WIDTH, HEIGHT))
    return alpha > 127


def agreement(mask: Any, frame: Any) -> float:
    there = frame[..., 2].astype(int) - frame[..., 1] > 100
    return float((mask & there).sum() / max(1, (mask | there).sum()))


# Who is followed


def test_the_box_follows_somebody_who_walks() -> None:
    matte, finder, cutter = stream_matte()
    for step in range(40):
        frame = scene((40 + 10 * step, 120, 140 + 10 * step, 360))
        assert agreement(found(matte, frame), frame) > 0.93
        assert matte.crop is not None
        assert matte.crop.width < 330
    assert cutter.asked == 40
    assert finder.asked < 20


def test_a_still_scene_is_seen_whole_every_sixth_frame_only() -> None:
    matte, finder, cutter = stream_matte()
    for _ in range(30):
        found(matte, scene((200, 100, 300, 360)))
    assert cutter.asked == 30
    assert finder.asked <= 6


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_second_person_who_enters_is_seen_within_some_frames(side: str) -> None:
    matte, *_ = stream_matte()
    first, second = (270, 120, 370, 360), ((10, 140, 90, 360) if side == "left" else (550, 140, 630, 360))
    for _ in range(9):
        found(matte, scene(first))
    good = [agreement(found(matte, scene(first, second)), scene(first, second)) for _ in range(20)]
    assert min(good[3:]) > 0.93


def test_neither_of_two_people_is_lost_while_they_part() -> None:
    matte, *_ = stream_matte()
    for step in range(50):
        frame = scene((280 - 5 * step, 120, 320 - 5 * step, 360), (330 + 5 * step, 120, 370 + 5 * step, 360))
        assert agreement(found(matte, frame), frame) > 0.88, step


def test_somebody_who_leaves_and_returns_is_seen_at_once() -> None:
    matte, *_ = stream_matte()
    for _ in range(5):
        found(matte, scene((400, 100, 500, 360)))
    for _ in range(10):
        assert found(matte, scene()).mean() < 0.001
    assert matte.crop is None
    frame = scene((60, 100, 160, 360))
    assert agreement(found(matte, frame), frame) > 0.93


def test_a_cut_starts_afresh() -> None:
    matte, *_ = stream_matte()
    for _ in range(8):
        found(matte, scene((30, 100, 160, 360)))
    after = scene((460, 60, 600, 360), behind=200)
    mask = found(matte, after)
    assert agreement(mask, after) > 0.93
    assert not mask[:, :200].any()


def test_frames_of_another_size_start_afresh() -> None:
    matte, *_ = stream_matte()
    found(matte, scene((30, 100, 160, 360)))
    small = cv2.resize(scene((400, 100, 560, 360)), (320, 180))
    assert matte(BgrView(small)).shape[1] <= 320
    assert matte.crop is not None
    assert matte.crop.right <= 320


def test_boxes_lie_in_the_frame_at_even_places_and_hold_the_people() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        width, height = (int(side) for side in rng.integers(1, 900, 2))
        left, right = sorted(rng.uniform(0, width, 2))
        top, bottom = sorted(rng.uniform(0, height, 2))
        box = make_crop((left, top, right, bottom), width, height, 0.1)
        assert 0 <= box.left <= left
        assert right <= box.right <= width
        assert 0 <= box.top <= top
        assert bottom <= box.bottom <= height
        assert box.left % 2 == box.top % 2 == 0
        for part in [*split_in_strips(box), *split_in_tiles(box, 2, 0.75), *split_in_tiles(box, 3, 0.5)]:
            assert part.width > 0
            assert part.height > 0
            assert part.left % 2 == part.top % 2 == 0
            assert part.right <= box.right
            assert part.bottom <= box.bottom


def test_the_tracker_looks_at_everything_when_its_border_is_reached() -> None:
    tracker = CropTracker(period=100)
    tracker.update_from_frame((100, 100, 200, 200), 640, 360)
    box = tracker.crop
    assert box is not None
    assert not tracker.needs_full_frame(is_motion_outside=False)
    tracker.update_from_crop((100, 100, box.right, 200), 640, 360)
    assert tracker.needs_full_frame(is_motion_outside=False)
    assert tracker.crop is not None
    assert tracker.crop.right > box.right


# What is held steady


def test_what_stands_still_is_held_and_a_waving_hand_leaves_no_ghost() -> None:
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


def test_what_is_found_in_one_frame_of_a_still_picture_is_not_seen() -> None:
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


def test_where_the_box_did_not_reach_the_thumbnail_tells_what_stands_still() -> None:
    first, second = Crop(0, 0, 200, 200), Crop(0, 0, 400, 200)
    grey, nobody, people = (np.full((128, 128), value, np.uint8) for value in (100, 0, 255))

    def after(outside: Any) -> Any:
        smoother = MatteSmoother()
        smoother(nobody, grey, first)
        return smoother(people, grey, second, outside)

    assert after(np.zeros_like(grey))[60, 100] < 60
    assert after(np.full_like(grey, 90))[60, 100] == after(None)[60, 100] == 255


def test_what_was_taken_out_of_the_matte_is_not_held_on_to() -> None:
    smoother, box = MatteSmoother(), Crop(0, 0, 64, 64)
    grey, half = np.full((64, 64), 100, np.uint8), np.full((64, 64), 128, np.uint8)
    smoother(half, grey, box)
    smoother.replace_last(np.zeros_like(half))
    assert smoother(half, grey, box).max() < 60


def test_a_long_thing_on_the_table_does_not_make_a_wide_view() -> None:
    two = np.zeros((256, 256), np.uint8)
    two[60:, 10:70] = two[120:, 190:245] = 255
    typing = np.zeros((256, 256), np.uint8)
    typing[20:, 120:230] = typing[235:, 5:] = 255
    assert measure_people_width(two) > 0.75
    assert measure_people_width(typing) < 0.5
    assert measure_people_width(np.zeros_like(two)) == 0


def test_the_last_matte_moves_with_the_box() -> None:
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


def test_uncertainty_is_mediapipes() -> None:
    table = make_uncertainty_table()
    assert table[127] > 250
    assert table[0] == table[255] == 0
    assert (np.diff(table[:128].astype(int)) >= -1).all()


# Patches and edges


def test_small_patches_and_pinholes_go_and_a_second_person_stays() -> None:
    mask = np.zeros((256, 256), np.uint8)
    mask[60:256, 20:120] = 250
    mask[100:256, 170:230] = 250
    mask[20:28, 200:208] = 250
    mask[150:154, 60:64] = 0
    clean, extent = PersonFilter()(mask, Crop(100, 0, 612, 512))
    assert clean[24, 204] == 0
    assert clean[152, 62] > 200
    assert clean[200, 200] == 250
    assert extent == pytest.approx((140, 120, 560, 512), abs=5)
    assert PersonFilter()(np.zeros((256, 256), np.uint8), Crop(0, 0, 10, 10))[1] is None


def test_the_edge_follows_the_picture_at_a_larger_size() -> None:
    large = np.full((512, 512), 60, np.uint8)
    large[:, 262:] = 190  # The true edge, not quite where the matte has it.
    small = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
    matte = np.zeros((128, 128), np.uint8)
    matte[:, 65:] = 255
    matte = cv2.GaussianBlur(matte, (0, 0), 1.5).astype(np.uint8)
    truth = np.where(large > 100, 255, 0).astype(int)
    plain = np.abs(cv2.resize(matte, (512, 512)).astype(int) - truth).mean()
    followed = np.abs(fit_guided_filter(matte, small).apply(large).astype(int) - truth).mean()
    assert followed < 0.8 * plain
    flat = np.full((128, 128), 99, np.uint8)
    assert (
        np.abs(fit_guided_filter(matte, flat).apply(flat).astype(int) - matte).max() < 60
    )  # Nothing to fit_guided_filter: only softer.


# The models


@pytest.fixture(scope="module")
def frames(clip: Path) -> list[Any]:
    with VideoSource(str(clip)) as source:
        return [frame.bgr for frame in source if frame.info.index < 10]


def test_fast_is_one_look_at_the_whole_frame(frames: list[Any]) -> None:
    model = SelfieModel(LANDSCAPE)
    with MediaPipeMatte(quality="fast") as matte:
        matte.open(VIDEO)
        for frame in frames[:3]:
            confidence = (model(BgrView(frame).crop_rgb(Crop(0, 0, WIDTH, HEIGHT), 256, 144)) * 255).astype(np.uint8)
            np.testing.assert_array_equal(matte(frame), cv2.resize(confidence, (WIDTH, HEIGHT)))
    model.close()


@pytest.mark.parametrize("quality", ["fast", "balanced", "best"])
def test_planes_and_bgr_give_the_same_matte(quality: str, frames: list[Any]) -> None:
    with MediaPipeMatte(quality=quality) as one, MediaPipeMatte(quality=quality) as other:
        one.open(VIDEO)
        other.open(VIDEO)
        for frame in frames[:6]:
            picture = convert_to_yuv(frame, BT709)
            from_planes = cv2.resize(one.estimate(frame_in_yuv(picture, BT709)), (WIDTH, HEIGHT)).astype(int)
            difference = np.abs(from_planes - other(convert_to_bgr(picture, BT709)))
            assert difference.mean() < 1.5
            assert (difference > 60).mean() < 0.002


def test_views_of_planes_and_bgr_show_the_same(frames: list[Any]) -> None:
    picture = convert_to_yuv(frames[0], BT709)
    planes, bgr = YuvView(picture, BT709), BgrView(convert_to_bgr(picture, BT709))
    for box in (Crop(0, 0, WIDTH, HEIGHT), Crop(100, 50, 401, 333)):
        assert np.abs(planes.crop_rgb(box, 96, 96).astype(int) - bgr.crop_rgb(box, 96, 96)).mean() < 2


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (1280, 720), (1279, 721)])
def test_alpha_from_bgr_is_shaped_as_that_of_planes(size: tuple[int, int], frames: list[Any]) -> None:
    frame = cv2.resize(frames[0], size)
    with MPSegmentation(quality="balanced") as segmentation:
        alpha = segmentation.alpha(frame)
        segmentation.reset()
        whole = segmentation._shape.apply(segmentation.matte(frame), *size, subsampled=False)[0]
    assert alpha.shape == frame.shape[:2]
    difference = np.abs(alpha.astype(int) - whole)
    assert difference.mean() < 0.4
    assert (difference > 70).mean() < 0.001


def test_a_matte_that_may_answer_at_a_smaller_size() -> None:
    class Small(Matte):
        def __init__(self, answer: Any) -> None:
            self.answer = answer

        def estimate(self, frame: Frame) -> Any:
            return self.answer

    half = np.zeros((45, 80), np.uint8)
    half[:, 40:] = 255
    alpha = BackgroundReplacement(Small(half), Color((0, 0, 0))).alpha(np.zeros((90, 160, 3), np.uint8))
    assert alpha.shape == (90, 160)
    assert alpha[50, [70, 90]].tolist() == [0, 255]
    for wrong in (None, np.zeros(5, np.uint8), np.zeros((45, 80, 3), np.uint8)):
        with pytest.raises(ObjectResultError, match="Small"):
            BackgroundReplacement(Small(wrong), Color((0, 0, 0))).alpha(np.zeros((90, 160, 3), np.uint8))


def test_the_kind_of_stream_decides_the_quality(frames: list[Any]) -> None:
    def asked(kind: str | None, quality: str | None = None) -> int:
        with MediaPipeMatte(quality=quality) as matte:
            if kind is not None:
                matte.open(StreamInfo("x", kind, WIDTH, HEIGHT))
            count = 0
            for model in (matte._frame_model, matte._crop_model):
                model.open()  # Which asks it once, to warm it up.
                original = model.__call__

                def counted(self: Any, rgb: Any, original: Any = original) -> Any:
                    nonlocal count
                    count += 1
                    return original(rgb)

                model.__class__ = type("Counted", (SelfieModel,), {"__call__": counted})
            matte(frames[0])
            return count

    assert asked("image") == asked(None) > 20
    assert asked("video") == asked("camera") == asked("image", "balanced") == 2
    assert asked("image", "fast") == asked("video", "fast") == 1


def test_a_lone_picture_gives_the_same_matte_again(samples: Path) -> None:
    picture: Any = cv2.imread(str(samples / "portrait.jpg"))
    with MPSegmentation() as segmentation:
        np.testing.assert_array_equal(segmentation.alpha(picture), segmentation.alpha(picture))


def test_an_unknown_quality_is_refused() -> None:
    with pytest.raises(ArgumentError, match="quality must be 'fast', 'balanced', 'best' or None, got 'good'"):
        MPSegmentation(quality="good")


@pytest.mark.shared
def test_true_alpha_is_met(shared: Path) -> None:
    clip = shared / "masks" / "video" / "rant_shibuya_composite.mp4"
    picture, alpha = cv2.VideoCapture(str(clip)), cv2.VideoCapture(str(clip).replace("_composite.mp4", "_alpha.mkv"))
    overlaps = []
    with MPSegmentation() as segmentation:
        segmentation.open(VIDEO)
        for _ in range(60):
            frame, truth = picture.read()[1], alpha.read()[1][..., 0] > 127
            mask = segmentation.alpha(frame) > 127
            overlaps.append((mask & truth).sum() / (mask | truth).sum())
    assert np.mean(overlaps) > 0.92
