"""Webcams: in which order they are asked, what they give instead, and what is said when none opens.

No machine of the tests has a webcam: a capture with the methods of OpenCV's stands in its place and notes what it
is asked. What it gives back is what drivers were seen to give.
"""

from __future__ import annotations

import itertools
import math
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from support.interrupting import run_until_interrupted
from support.patience import PATIENCE, best_of, eventually
from support.webcams import MJPG, Webcam

from framechain import Engine, FramechainWarning
from framechain.basics import back_off
from framechain.errors import ArgumentError, CameraError, CameraLostError
from framechain.options import CameraOptions
from framechain.sources import camera as camera_module
from framechain.sources import webcam as devices
from framechain.sources.camera import CameraSource
from framechain.sources.open import open_source


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webcam]:
    device = Webcam(sizes=((640, 480), (1280, 720)))
    monkeypatch.setattr(devices, "_make_capture", device)
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", 0.3)
    monkeypatch.setattr(camera_module, "_QUIET_SECONDS", PATIENCE)
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 0.05)
    yield device
    device.free.set()


# Opening


def test_webcam_requests_format_then_size_then_rate(webcam: Webcam) -> None:
    with CameraSource(0, CameraOptions(size=(1280, 720), fps=30)) as source:
        assert (source.info.width, source.info.height, source.info.rate) == (1280, 720, 30)
        assert source.warnings == []
    assert webcam.asked == [("fourcc", MJPG), ("width", 1280), ("height", 720), ("fps", 30), ("buffers", 1)]


@pytest.mark.parametrize("timeout", [math.inf, 1e300, np.float32("inf")])
def test_webcam_timeout_that_never_ends_opens_and_reads(webcam: Webcam, timeout: float) -> None:
    with CameraSource(0, CameraOptions(timeout=timeout)) as source:
        assert [frame.info.index for frame in itertools.islice(source, 3)] == [0, 1, 2]


def test_webcam_without_options_keeps_its_own_settings(webcam: Webcam) -> None:
    with CameraSource(0) as source:
        assert (source.info.width, source.info.height, source.info.rate) == (640, 480, 10)
        assert source.warnings == []
    assert [name for name, _ in webcam.asked] == ["fourcc", "buffers"]


def test_webcam_other_size_or_rate_is_a_warning(webcam: Webcam) -> None:
    webcam.mjpg = False
    engine = Engine(
        webcam_id=0, camera=CameraOptions(size=(1920, 1080), fps=30), custom_objects=[_stop_at_once], progress=False
    )
    with pytest.warns(FramechainWarning) as reported:
        result = run_until_interrupted(engine)
    assert [str(one.message) for one in reported] == list(result.warnings)
    assert result.warnings == (
        "camera 0 gives 1280x720, not the 1920x1080 asked for",
        "camera 0 gives 10 frames/s, 30 were asked for",
    )


def test_webcam_rounded_rate_is_no_warning(webcam: Webcam) -> None:
    webcam.set = lambda key, value: True  # type: ignore[method-assign]
    webcam.state[cv2.CAP_PROP_FPS] = 29.97
    with CameraSource(0, CameraOptions(fps=30)) as source:
        assert source.warnings == []


def _stop_at_once(frame: Any) -> Any:
    signal.raise_signal(signal.SIGINT)
    return frame


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (0, 720)},
        {"size": (1280,)},
        {"size": (12.5, 7)},
        {"fps": 0},
        {"reconnect": -1},
        {"reconnect": 1.5},
        {"timeout": 0},
    ],
)
def test_camera_options_out_of_range_are_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=f"{next(iter(wrong))} must be a"):
        CameraOptions(**wrong)


def test_webcam_absent_reports_every_backend(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CameraError, match="camera 97 cannot be opened: ") as caught:
        CameraSource(97)
    for backend in devices._choose_backends(97):
        assert f"{cv2.videoio_registry.getBackendName(backend)}: " in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_webcam_number_beyond_a_c_int_is_an_absent_camera() -> None:
    with pytest.raises(CameraError, match=r"camera 99999999999999 cannot be opened: .*found no such camera"):
        CameraSource(99_999_999_999_999)


def test_extract_reasons_finds_each_backends_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_choose_backends", lambda camera: [cv2.CAP_V4L2, cv2.CAP_FFMPEG, cv2.CAP_GSTREAMER])
    printed = [
        "[ WARN:0@0.016] global cap_v4l.cpp:914 open VIDEOIO(V4L2:/dev/video97): can't open camera by index",
        "[ WARN:0@0.016] global cap.cpp:475 open VIDEOIO(V4L2): backend is generally available but can't be used",
        "[ WARN:0@0.017] global cap.cpp:435 open VIDEOIO(FFMPEG): raised OpenCV exception:",
        "> VIDEOIO/FFMPEG: Camera index out of range (expected: 'index < device_list->nb_devices'), where",
    ]
    assert devices.extract_reasons(97, printed) == (
        "V4L2: there is no such camera (can't open camera by index); "
        "FFMPEG: there is no such camera (Camera index out of range); GSTREAMER: found no such camera"
    )


def test_webcam_backends_are_tried_in_order(webcam: Webcam, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_choose_backends", lambda camera: [1, 2, 3])
    monkeypatch.setattr(webcam, "isOpened", lambda: webcam.opened[-1][1] == 2)
    with CameraSource("0"):
        pass
    assert webcam.opened == [(0, 1), (0, 2)]


def test_choose_backends_device_path_begins_with_v4l2() -> None:
    assert devices._choose_backends("/dev/video0")[0] == cv2.CAP_V4L2 or not cv2.videoio_registry.hasBackend(
        cv2.CAP_V4L2
    )


@pytest.mark.slow
@pytest.mark.parametrize("where", ["opening", "reading"])
def test_webcam_hanging_from_the_start_is_an_error(where: str, webcam: Webcam) -> None:
    webcam.free.clear()
    if where == "reading":
        webcam.__class__ = type("Hanging", (Webcam,), {"__call__": lambda self, *wanted: self})
    began = time.monotonic()
    with pytest.raises(CameraError, match=r"camera 0 gave no frame within 0\.4 s: it may be used by another program"):
        CameraSource(0, CameraOptions(timeout=0.4))
    assert time.monotonic() - began < PATIENCE


def test_webcam_failing_at_once_keeps_no_core_busy(webcam: Webcam) -> None:
    webcam.isOpened = lambda: True  # type: ignore[method-assign]
    webcam.plugged = False
    with pytest.raises(CameraError, match=r"camera 0 gave no frame within 0\.5 s"):
        CameraSource(0, CameraOptions(timeout=0.5))
    assert webcam.reads <= 60
    assert webcam.released == 1


# At work


@pytest.mark.slow
def test_webcam_gives_the_newest_frame(webcam: Webcam) -> None:
    with open_source(0) as source:
        frames = iter(source)
        for _ in range(5):
            enough = webcam.reads + 12
            eventually(lambda enough=enough: webcam.reads >= enough, "more frames")  # type: ignore[misc]
            before = webcam.reads
            low, high, _ = map(int, next(frames).bgr[0, 0])
            # The one before the one that was being read, or what came until it was taken.
            assert before - 1 <= low + 256 * high <= webcam.reads
        assert source.dropped > 30


def test_webcam_plugged_in_again_goes_on(webcam: Webcam) -> None:
    with open_source(0) as source:
        frames = iter(source)
        before = [next(frames).info for _ in range(3)]
        webcam.plugged = False
        eventually(lambda: str(source.notice).startswith("camera lost, reconnecting"), "its loss")
        webcam.plugged = True
        _ = next(frames)  # May have come before.
        after = next(frames).info
        assert source.notice is None
        assert after.index > before[-1].index
        assert after.time > before[-1].time + 0.25
    assert len(webcam.opened) >= 2
    assert webcam.asked.count(("buffers", 1)) == 2


def test_webcam_that_stays_away_is_an_error(webcam: Webcam) -> None:
    with open_source(0, camera=CameraOptions(reconnect=2)) as source:
        frames = iter(source)
        next(frames)
        webcam.plugged = False
        with pytest.raises(CameraLostError, match=r"camera 0 was lost after \d+ frames? .*after 2 attempts"):
            list(itertools.islice(frames, 1000))


@pytest.mark.parametrize("again", [0, 1])
def test_webcam_reconnect_gives_the_number_of_attempts(again: int, webcam: Webcam) -> None:
    with open_source(0, camera=CameraOptions(reconnect=again)) as source:
        webcam.plugged = False
        before = len(webcam.opened)
        with pytest.raises(CameraLostError):
            list(source)
        assert len(webcam.opened) - before == again * len(devices._choose_backends(0))


@pytest.mark.slow
def test_webcam_stop_while_a_read_hangs_is_done_within_a_second(webcam: Webcam) -> None:
    def measure() -> float:
        webcam.free.set()
        asked: list[float] = []

        def stop() -> None:
            asked.append(time.monotonic())
            signal.raise_signal(signal.SIGINT)

        def hang(frame: Any) -> Any:
            webcam.free.clear()
            threading.Timer(0.3, stop).start()
            return frame

        result = run_until_interrupted(Engine(webcam_id=0, custom_objects=[hang], progress=False))
        ended = time.monotonic()
        assert result.stopped == "SIGINT"
        return ended - asked[0]

    # The read itself ends with the test.
    assert best_of(measure, limit=1.0) <= 1.0


@pytest.mark.slow
def test_webcam_that_recovers_may_be_lost_again(webcam: Webcam, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 1.0)  # Time enough to plug it in again.
    with open_source(0, camera=CameraOptions(reconnect=1)) as source:
        frames = iter(source)
        for _ in range(2):
            next(frames)
            webcam.plugged = False
            eventually(lambda: source.notice is not None, "its loss")
            assert source.notice == "camera lost, reconnecting..."
            webcam.plugged = True
            eventually(lambda: source.notice is None, "its return")
        # The attempts are counted anew after each recovery: one is enough for each loss.
        assert next(frames).info.index > 1
