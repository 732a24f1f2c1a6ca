"""MediaPipeMatte: qualities, layouts, and the accuracy on true alpha."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import frame_in_yuv

from framechain import BackgroundReplacement, Frame, Matte, MPSegmentation, StreamInfo
from framechain.backgrounds import Color
from framechain.effects import LowLight
from framechain.errors import ArgumentError, ObjectResultError
from framechain.mattes import (
    MediaPipeMatte,
)
from framechain.mattes.selfie.humanseg import HumanSegModel
from framechain.mattes.selfie.model import LANDSCAPE, SelfieModel
from framechain.models.views import BgrView, Crop
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_bgr, convert_to_yuv
from framechain.steering import Stop, asking_to_stop

WIDTH, HEIGHT = 640, 360
VIDEO = StreamInfo("clip", "video", WIDTH, HEIGHT)
BT709 = ColourSpace(1, False, 1, 1)


def test_mediapipe_matte_fast_is_one_inference_on_the_frame(frames: list[Any]) -> None:
    model = SelfieModel(LANDSCAPE)
    with MediaPipeMatte(quality="fast") as matte:
        matte.open(VIDEO)
        for frame in frames[:3]:
            confidence = (model(BgrView(frame).crop_rgb(Crop(0, 0, WIDTH, HEIGHT), 256, 144)) * 255).astype(np.uint8)
            np.testing.assert_array_equal(matte(frame), cv2.resize(confidence, (WIDTH, HEIGHT)))
    model.close()


@pytest.mark.parametrize("quality", ["fast", "balanced", "best"])
def test_mediapipe_matte_yuv_and_bgr_give_the_same_matte(quality: str, frames: list[Any]) -> None:
    with MediaPipeMatte(quality=quality) as one, MediaPipeMatte(quality=quality) as other:
        one.open(VIDEO)
        other.open(VIDEO)
        for frame in frames[:6]:
            image = convert_to_yuv(frame, BT709)
            from_planes = cv2.resize(one.estimate(frame_in_yuv(image, BT709)), (WIDTH, HEIGHT)).astype(int)
            difference = np.abs(from_planes - other(convert_to_bgr(image, BT709)))
            assert difference.mean() < 1.5
            assert (difference > 60).mean() < 0.002


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (1280, 720), (1279, 721)])
def test_segmentation_alpha_of_bgr_is_shaped_as_of_yuv(size: tuple[int, int], frames: list[Any]) -> None:
    frame = cv2.resize(frames[0], size)
    with MPSegmentation(quality="balanced") as segmentation:
        alpha = segmentation.alpha(frame)
        segmentation.reset()
        whole = segmentation._shape.apply(segmentation.matte(frame), *size, subsampled=False)[0]
    assert alpha.shape == frame.shape[:2]
    difference = np.abs(alpha.astype(int) - whole)
    assert difference.mean() < 0.4
    assert (difference > 70).mean() < 0.001


def test_matte_smaller_answer_is_enlarged_and_wrong_answer_refused() -> None:
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


@pytest.mark.slow
def test_mediapipe_matte_stream_kind_decides_the_quality(frames: list[Any]) -> None:
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
            second = matte._second_model
            if second is not None:
                look = second.__call__

                def counted_look(self: Any, *arguments: Any, **options: Any) -> Any:
                    nonlocal count
                    count += 1
                    return look(*arguments, **options)

                second.__class__ = type("Counted", (HumanSegModel,), {"__call__": counted_look})
            matte(frames[0])
            return count

    assert asked("image") == asked(None) > 20
    assert asked("video") == asked("camera") == asked("image", "balanced") == 2
    assert asked("image", "fast") == asked("video", "fast") == 1


def test_mediapipe_matte_change_of_level_loses_nobody(frames: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A step down is "fast" at once; a step up goes on from the last matte, even if the second network is late."""
    camera = StreamInfo("x", "camera", WIDTH, HEIGHT)
    with MediaPipeMatte() as matte, MediaPipeMatte(quality="fast") as fast, MediaPipeMatte() as fresh:
        for one in (matte, fast, fresh):
            one.open(camera)
        found = [matte(frames[0])]
        assert (matte.levels[0], matte.levels[-1], matte.mixes_edges) == ("fast", "balanced", True)
        matte.use_level("fast")
        found.append(matte(frames[1]))
        assert not matte.mixes_edges
        np.testing.assert_array_equal(found[1], fast(frames[1]))
        matte.use_level("balanced")
        with monkeypatch.context() as patched:
            patched.setattr(HumanSegModel, "__call__", lambda self, view, crop: np.zeros((144, 256), np.uint8))
            found.append(matte(frames[2]))
            assert fresh(frames[2]).max() == 0
        found += [matte(frame) for frame in frames[3:6]]
    areas = [int((one > 127).sum()) for one in found]
    assert min(areas) > 0.95 * max(areas)


def test_mediapipe_matte_every_second_frame_goes_on_with_the_same_stream(frames: list[Any]) -> None:
    """The others get the last answer, and the frames that are looked at what "balanced" finds in them."""
    camera = StreamInfo("x", "camera", WIDTH, HEIGHT)
    with MediaPipeMatte() as matte, MediaPipeMatte(quality="balanced") as whole:
        matte.open(camera)
        whole.open(camera)
        found = [matte(frame) for frame in frames[:2]]
        matte.use_level("balanced, every second frame")
        assert matte.mixes_edges
        for frame in frames[2:7]:
            answer = matte(frame)
            found.append(answer.copy())
            answer[:] = 0  # It belongs to the caller.
        matte.use_level("balanced")
        found += [matte(frame) for frame in frames[7:9]]
        expected = {index: whole(frames[index]) for index in (0, 1, 2, 4, 6, 7, 8)}
    for index, one in enumerate(found):
        np.testing.assert_array_equal(one, expected[index if index in expected else index - 1], str(index))


def test_mediapipe_matte_unknown_quality_is_refused() -> None:
    with pytest.raises(ArgumentError, match="quality must be 'fast', 'balanced', 'best' or None, got 'good'"):
        MPSegmentation(quality="good")


@pytest.mark.slow
@pytest.mark.shared
def test_mediapipe_matte_overlap_with_true_alpha_is_above_092(shared: Path) -> None:
    clip = shared / "masks" / "video" / "rant_shibuya_composite.mp4"
    image, alpha = cv2.VideoCapture(str(clip)), cv2.VideoCapture(str(clip).replace("_composite.mp4", "_alpha.mkv"))
    overlaps = []
    with MPSegmentation() as segmentation:
        segmentation.open(VIDEO)
        for _ in range(60):
            frame, truth = image.read()[1], alpha.read()[1][..., 0] > 127
            mask = segmentation.alpha(frame) > 127
            overlaps.append((mask & truth).sum() / (mask | truth).sum())
    assert np.mean(overlaps) > 0.92


def test_matte_best_image_is_left_when_nobody_waits_for_it(frames: list[Any]) -> None:
    with asking_to_stop(lambda: True), MediaPipeMatte(quality="best") as matte, pytest.raises(Stop):
        matte(frames[0])


def test_mediapipe_matte_low_light_sees_what_low_light_shows_and_leaves_the_frame(frames: list[Any]) -> None:
    dark = np.asarray(frames[0] // 48)
    planes = frame_in_yuv(convert_to_yuv(dark, BT709), BT709)
    as_bytes = [plane.copy() for plane in planes.planes]
    with MediaPipeMatte(quality="fast", low_light=0.6) as matte, MediaPipeMatte(quality="fast") as plain:
        matte.open(VIDEO)
        plain.open(VIDEO)
        bright, alone = plain(frames[0]) > 127, plain(dark) > 127
        found = matte(dark) > 127
        np.testing.assert_array_equal(matte(dark), plain(LowLight(0.6)(dark.copy())))
        np.testing.assert_array_equal(matte.estimate(planes), plain.estimate(LowLight(0.6).process_frame(planes)))
    np.testing.assert_array_equal(dark, frames[0] // 48)
    assert all(map(np.array_equal, planes.planes, as_bytes))
    overlap, without = ((one & bright).sum() / (one | bright).sum() for one in (found, alone))
    assert overlap > without + 0.05
    with pytest.raises(ArgumentError, match="low_light must be a number from 0 to 1"):
        MPSegmentation(low_light=2)
