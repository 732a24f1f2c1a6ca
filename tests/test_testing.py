"""The check of objects: ours pass it, and each fault is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from framechain import SKIP, FPSmetric, FrameObject
from framechain.plugins.component import Builder
from framechain.plugins.registry import list_entries
from framechain.testing import CheckError, check_object

ROOT = Path(__file__).resolve().parent.parent
# What an entry needs to be made, and whether it draws a clock.
NEEDS = {
    "background-replacement": ":matte=mog2:background=blur",
    "face-blur": ":small_faces=false",  # The tests of faces try it with all looks.
    "find-matte": ":matte=mog2",
    "mask": ":effect=gamma:matte=mog2",
    "overlay": ":image=samples/portrait.jpg",
    "resize": ":width=64",
}
DRAWS_A_CLOCK = {"fps", "text"}
NEEDS_A_FILE_OF_THE_USER = {"onnx-style"}


def list_own_names() -> list[str]:
    return [
        entry.name
        for entry in list_entries("objects")
        if entry.package == "framechain" and entry.name not in NEEDS_A_FILE_OF_THE_USER
    ]


@pytest.mark.parametrize("name", list_own_names())
def test_check_object_passes_all_objects_of_ours(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    builder = Builder("test")
    thing = builder.make(builder.describe("objects", name + NEEDS.get(name, "")))
    report = check_object(thing, is_deterministic=name not in DRAWS_A_CLOCK)
    assert 0 < report.seconds < 60
    assert "ms per frame of 1280x720" in str(report)


class KeepsItsFrame(FrameObject):
    """Shows the frame before, which is not its own any more."""

    def open(self, stream: object) -> None:
        self.before: Any = None

    def __call__(self, frame: Any) -> Any:
        shown = frame if self.before is None else cv2.addWeighted(frame, 0.5, self.before, 0.5, 0)
        self.before = frame
        return shown


class KeepsACopy(KeepsItsFrame):
    """The same, done right."""

    def __call__(self, frame: Any) -> Any:
        own = frame.copy()
        shown = frame if self.before is None else cv2.addWeighted(frame, 0.5, self.before, 0.5, 0)
        self.before = own
        return shown


class ReturnsTheSamePlanes(FrameObject):
    def open(self, stream: object) -> None:
        self.buffer: Any = None

    def process_frame(self, frame: Any) -> Any:
        image = frame.read_bgr()
        if self.buffer is None:
            self.buffer = np.empty_like(image)
        self.buffer[...] = 255 - image
        return frame.with_bgr(self.buffer)


class Forgets(FrameObject):
    """Counts, and does not begin anew."""

    count = 0

    def __call__(self, frame: Any) -> Any:
        self.count += 1
        return frame if self.count < 3 else 255 - frame


class SaysNoHistory(KeepsACopy):
    history = 0


class ChangesItsSize(FrameObject):
    def __call__(self, frame: Any, info: Any) -> Any:
        return frame if info.index < 2 else cv2.resize(frame, None, fx=2, fy=2)


class HoldsALock(FrameObject):
    def __init__(self) -> None:
        self.held = open(__file__)  # noqa: SIM115

    def __call__(self, frame: Any) -> Any:
        return frame


def draw_on_alpha(frame: Any, alpha: Any) -> Any:
    alpha[...] = 0
    return frame


def return_grey(frame: Any) -> Any:
    return frame[..., 0]


def fail_on_small_frames(frame: Any) -> Any:
    return cv2.resize(frame[1:, 1:], frame.shape[1::-1])


def draw_noise(frame: Any) -> Any:
    return frame + np.random.default_rng().integers(0, 9, frame.shape, np.uint8)


def skip_second(frame: Any, info: Any) -> Any:
    return SKIP if info.index == 1 else frame


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        (KeepsItsFrame(), "KeepsItsFrame keeps a frame that it was given"),
        (ReturnsTheSamePlanes(), "ReturnsTheSamePlanes changes a frame that it has returned"),
        (Forgets(), "Forgets gives other results in a second stream"),
        (SaysNoHistory(), "SaysNoHistory says history = 0, but its results depend on earlier frames"),
        (ChangesItsSize(), "returns frames of several sizes in one stream: 320x180 with 3 channels and 640x360"),
        (HoldsALock(), "HoldsALock cannot be pickled, which --workers and --segments need: TypeError"),
        (draw_on_alpha, "draw_on_alpha raised ValueError at frame 0"),
        (return_grey, "return_grey returned an array of shape (180, 320)"),
        (fail_on_small_frames, "fail_on_small_frames fails with frames of 1x1"),
        (draw_noise, "draw_noise gives other results in a second stream"),
        (FrameObject, "is the class FrameObject: make an object"),
        (3, "is not callable"),
    ],
)
def test_check_object_finds_the_fault(thing: Callable[..., Any], sentence: str) -> None:
    with pytest.raises(CheckError) as caught:
        check_object(thing)
    assert sentence in str(caught.value)
    assert isinstance(caught.value, AssertionError)


@pytest.mark.parametrize("thing", [KeepsACopy(), skip_second, np.invert])
def test_check_object_passes_what_is_right(thing: Callable[..., Any]) -> None:
    check_object(thing)


def test_check_object_not_deterministic_is_allowed_if_told() -> None:
    check_object(draw_noise, is_deterministic=False)
    with pytest.raises(CheckError):
        check_object(FPSmetric(), is_deterministic=True)
