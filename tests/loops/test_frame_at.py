"""framechain.frame_at: the frame on display at a time."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps
from support.cameras import camera, steadily
from support.media import flats, level, write_clip
from support.patience import eventually

import framechain
from framechain import ArgumentError, Frame, FramechainError, MissingInputError


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames at 0, 3 and 6 s; the last one ends at 7 s."""
    path = tmp_path_factory.mktemp("clip") / "slides.mp4"
    return Path(write_clip(path, flats(3), rate=1, time_base=Fraction(1, 1000), ticks=[0, 3000, 6000]))


@pytest.mark.parametrize(
    ("time", "index"),
    [(0, 0), (2.99, 0), (3, 1), ("0:03.5", 1), (5.999, 1), (6, 2), (np.float32(6.9), 2)],
)
def test_frame_at_is_the_frame_on_display(time: Any, index: int, clip: Path) -> None:
    frame = framechain.frame_at(clip, time)
    assert isinstance(frame, Frame)
    assert (frame.info.index, frame.info.time) == (index, 3 * index)
    assert round(int(np.asarray(frame)[0, 0, 0]) / 8) == round(level(index) / 8)


def test_frame_at_leaves_no_thread(clip: Path) -> None:
    framechain.frame_at(clip, 1)
    eventually(lambda: not [t for t in threading.enumerate() if t.name.startswith("framechain")], "the threads")


def test_frame_at_of_arrays_bytes_and_an_image(clip: Path, samples: Path) -> None:
    assert framechain.frame_at(clip.read_bytes(), 4).info.index == 1
    assert framechain.frame_at(flats(5), 0.17).info.time == 0.16
    assert framechain.frame_at([(image, 5 + index) for index, image in enumerate(flats(3))], 1.5).info.index == 1
    assert framechain.frame_at(samples / "portrait.jpg", 99).bgr.shape == (512, 512, 3)


def test_frame_at_before_a_late_first_frame_is_that_one(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "late.mkv", flats(3), rate=10, ticks=[5, 6, 7], audio=beeps(1))
    frame = framechain.frame_at(path, 0.1)
    assert (frame.info.index, frame.info.time) == (0, pytest.approx(0.5, abs=0.03))


@pytest.mark.parametrize(
    ("given", "time", "kind", "message"),
    [
        ("clip", 7, ArgumentError, r"time \(0:07\) lies beyond .*slides\.mp4, which lasts 0:07"),
        ("arrays", 0.2, ArgumentError, r"time \(0:00\.2\) lies beyond the given list, which lasts 0:00\.2"),
        ("clip", -1, ArgumentError, "time must be seconds, such as 2.5, or text"),
        ("nothing.mp4", 1, MissingInputError, r"nothing\.mp4"),
    ],
)
def test_frame_at_what_is_not_there_is_an_error(
    given: str, time: Any, kind: type[FramechainError], message: str, clip: Path
) -> None:
    source: Any = {"clip": clip, "arrays": flats(5)}.get(given, given)
    with pytest.raises(kind, match=message):
        framechain.frame_at(source, time)


def test_frame_at_of_a_camera_is_refused() -> None:
    with camera(steadily(50)) as device, pytest.raises(ArgumentError, match="is a camera, whose frames have no time"):
        framechain.frame_at(device.url, 1)
