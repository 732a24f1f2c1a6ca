"""Every object, matte, background and set of options can be sent to another process, before and after its use."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framechain
from framechain import BackgroundReplacement, FindMatte, FPSmetric, FrameInfo, Place, RunResult, StreamInfo, mattes
from framechain import backgrounds as behind

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
STREAM = StreamInfo("numbers", "video", 64, 48, Fraction(1, 25), Fraction(25))


def invert(alpha: Any) -> Any:
    return 255 - alpha


def left_half(frame: Any) -> Any:
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha


MATTES: list[Callable[[], Any]] = [
    mattes.ChromaKey,
    mattes.ContourFill,
    mattes.OtsuThreshold,
    mattes.ReferenceFrame,
    lambda: mattes.RunningAverage(warm_up=2),
    lambda: ~mattes.ChromaKey().inside((0, 0, 30, 48)).grow(2) | mattes.ChromaKey().map(invert),
]
# OpenCV keeps what these have learnt to itself: they begin again.
FORGETFUL: list[Callable[[], Any]] = [lambda: mattes.KNN(warm_up=2), lambda: mattes.MOG2(warm_up=2)]
BACKGROUNDS: list[Callable[[], Any]] = [
    behind.Blur,
    behind.Transparent,
    lambda: behind.Color((1, 2, 3)),
    lambda: behind.Picture(SAMPLES / "background.jpg"),
    lambda: behind.Video(SAMPLES / "clip.mp4"),
]
VALUES = [
    framechain.Encoding("h264", "fast", 7),
    framechain.CameraOptions(size=(640, 480)),
    framechain.LiveOptions(record="a.mp4"),
    Place(0.5, 10, 0.5, "top"),
    STREAM,
    FrameInfo(1, 2, 3, STREAM),
    RunResult(frames_read=3, tuned={"threshold": 0.5}),
]


def make_frames(count: int = 4) -> list[Any]:
    frames = []
    for index in range(count):
        frame = np.full((48, 64, 3), (0, 255, 0), np.uint8)
        frame[12:36, 10 + 4 * index : 40 + 4 * index] = (30, 60, 200)
        frames.append(frame)
    return frames


@pytest.mark.parametrize("make", MATTES)
@pytest.mark.parametrize("calls", [0, 3], ids=["new", "used"])
def test_matte_sent_to_another_process_goes_on_as_the_original(make: Callable[[], Any], calls: int) -> None:
    matte, frames = make(), make_frames()
    for frame in frames[:calls]:
        matte(frame)
    twin = pickle.loads(pickle.dumps(matte))
    for frame in frames[calls:]:
        assert (twin(frame) == matte(frame)).all()


@pytest.mark.parametrize("make", FORGETFUL, ids=["KNN", "MOG2"])
def test_matte_whose_memory_cannot_be_sent_begins_again(make: Callable[[], Any]) -> None:
    used, new, frames = make(), make(), make_frames()
    for frame in frames:
        used(frame)
    twin = pickle.loads(pickle.dumps(used))
    for frame in frames:
        assert (twin(frame) == new(frame)).all()


@pytest.mark.parametrize("make", BACKGROUNDS)
def test_background_sent_to_another_process_gives_the_same_frames(make: Callable[[], Any]) -> None:
    thing = BackgroundReplacement(left_half, make(), place=Place(scale=0.5) if make is not behind.Blur else None)
    twin = pickle.loads(pickle.dumps(thing))
    for frame in make_frames():
        assert (twin(frame.copy()) == thing(frame.copy())).all()


@pytest.mark.parametrize("thing", [FindMatte(mattes.ChromaKey()), FPSmetric()], ids=lambda thing: thing.name)
def test_object_sent_to_another_process_gives_the_same_frames(thing: Any) -> None:
    twin = pickle.loads(pickle.dumps(thing))
    frame = make_frames()[0]
    assert (twin(frame.copy()) == thing(frame.copy())).all()


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_sent_to_another_process_is_equal(value: Any) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
