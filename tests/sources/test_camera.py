"""Cameras through OpenCV's own VideoCapture: a network camera on this machine, a file, and cameras not there."""

from __future__ import annotations

import itertools
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cameras import HEIGHT, WIDTH, camera, check_arrivals, number_of, numbered, steadily, then_await
from support.interrupting import run_until_interrupted
from support.media import bgr_of, see
from support.patience import PATIENCE, eventually

from framechain import CameraOptions, Engine, FramechainWarning, FrameInfo
from framechain.basics import back_off
from framechain.errors import CameraError, CameraLostError, ObjectError
from framechain.sinks.files.recorder import Recorder
from framechain.sources import camera as camera_module
from framechain.threads import farewell

ABSENT = 97
pytestmark = pytest.mark.usefixtures("patient_recordings")


class Watch:
    """Notes what it sees and, after so many frames, stops the run as Ctrl-C does."""

    def __init__(self, stop_after: int = 10**9, wait: float = 0, look: Callable[[], int] = lambda: 0) -> None:
        self.stop_after, self.wait, self.look = stop_after, wait, look
        self.numbers: list[int] = []
        self.infos: list[FrameInfo] = []
        self.looks: list[int] = []
        self.moments: list[float] = []

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        self.looks.append(self.look())
        self.moments.append(time.monotonic())
        self.numbers.append(number_of(frame))
        self.infos.append(info)
        if len(self.numbers) == self.stop_after:
            signal.raise_signal(signal.SIGINT)
        time.sleep(self.wait)
        return frame


@pytest.fixture(autouse=True)
def _quickly_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", 2.5)
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 0.1)


def recorded_numbers(path: Path) -> list[int]:
    seen = see(path)
    return [number_of(bgr_of(planes, seen.tags)) for planes in seen.planes]


# At work


@pytest.mark.slow
def test_network_camera_is_recorded(tmp_path: Path) -> None:
    watch = Watch(stop_after=12)
    with camera(steadily(30)) as device:
        result = run_until_interrupted(
            Engine(webcam_id=device.url, custom_objects=[watch], output_path=tmp_path / "rec.mp4", progress=False)
        )
    assert result.stopped == "SIGINT"
    assert result.output_path == str(tmp_path / "rec.mp4")
    assert result.frames_processed == result.frames_written == 12
    assert recorded_numbers(tmp_path / "rec.mp4") == watch.numbers
    assert watch.numbers == sorted(set(watch.numbers))
    assert [info.index for info in watch.infos] == sorted({info.index for info in watch.infos})
    stream = watch.infos[0].stream
    assert (stream.kind, stream.live, stream.width, stream.height) == ("camera", True, WIDTH, HEIGHT)
    assert [path.name for path in tmp_path.iterdir()] == ["rec.mp4"]


def test_camera_without_output_path_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with camera(steadily(30)) as device:
        result = run_until_interrupted(
            Engine(webcam_id=device.url, custom_objects=[Watch(stop_after=3)], progress=False)
        )
    assert (result.frames_processed, result.frames_written, result.output_path) == (3, 0, None)
    assert list(tmp_path.iterdir()) == []


def test_camera_frame_range_is_ignored() -> None:
    watch = Watch(stop_after=4)
    with camera(steadily(30)) as device:
        run_until_interrupted(
            Engine(
                webcam_id=device.url, custom_objects=[watch], start_video_frame=2, end_video_frame=3, break_on_end=True
            )
        )
    assert len(watch.numbers) == 4


@pytest.mark.slow
def test_camera_slow_object_gets_the_newest_frame(tmp_path: Path) -> None:
    with camera(steadily(60)) as device:
        watch = Watch(stop_after=10, wait=0.2, look=lambda: len(device.sent))
        result = run_until_interrupted(
            Engine(webcam_id=device.url, custom_objects=[watch], output_path=tmp_path / "rec.mp4", progress=False)
        )
    assert result.dropped > 0
    assert result.frames_read >= result.dropped + result.frames_processed
    late = [sent - number for sent, number in zip(watch.looks, watch.numbers, strict=True)]
    # Without dropping every call would be some 12 frames later than the one before. That a busy machine holds up
    # what reads for a moment is no queue.
    assert min(late[-3:]) < watch.looks[-1] / 2, late
    assert recorded_numbers(tmp_path / "rec.mp4") == watch.numbers


def test_camera_times_are_those_of_arrival(tmp_path: Path) -> None:
    waits = itertools.chain([0.03] * 10, [0.9], steadily(30))
    watch = Watch(stop_after=18)
    with camera(waits) as device:
        run_until_interrupted(
            Engine(webcam_id=device.url, custom_objects=[watch], output_path=tmp_path / "rec.mp4", progress=False)
        )
    times = [float(time) for time in see(tmp_path / "rec.mp4").times]
    assert (np.diff(times) > 0).all()
    first = watch.infos[0].time
    assert times == pytest.approx([info.time - first for info in watch.infos], abs=0.005)
    check_arrivals(times, watch.numbers, watch.moments, device.sent)
    # Which leaves no doubt of the image after the long wait.
    later = next(index for index, number in enumerate(watch.numbers) if number >= 10)
    assert times[later] - times[later - 1] >= 0.9 - (watch.moments[later - 1] - device.sent[watch.numbers[later - 1]])


def test_process_webcam_return_frame_processes_one_frame() -> None:
    log: list[str] = []

    class Negative:
        def open(self, stream: Any) -> None:
            log.append(f"open {stream.kind}")

        def close(self) -> None:
            log.append("close")

        def __call__(self, frame: Any) -> Any:
            log.append("frame")
            return 255 - frame

    with camera(steadily(30)) as device:
        frame = Engine(webcam_id=device.url, custom_objects=[Negative()]).process_webcam(return_frame=True)
    assert isinstance(frame, np.ndarray)
    assert (frame.shape, frame.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
    seen = 255 - frame
    assert np.abs(seen.astype(int) - numbered(number_of(seen))).mean() < 8
    assert log == ["open camera", "frame", "close"]


def test_process_webcam_flip_view_mirrors_the_frame(clip: Path) -> None:
    plain = Engine(webcam_id=str(clip)).process_webcam(return_frame=True)
    mirrored = Engine(webcam_id=str(clip), flip_view=True).process_webcam(return_frame=True)
    np.testing.assert_array_equal(np.asarray(mirrored), np.asarray(plain)[:, ::-1])


def test_camera_file_gives_all_its_frames(clip: Path, tmp_path: Path) -> None:
    with pytest.warns(FramechainWarning, match=r"camera .*clip\.mp4 gave no more frames after 150"):
        result = Engine(webcam_id=str(clip), output_path=tmp_path / "rec.mp4", progress=False).run()
    seen = see(tmp_path / "rec.mp4")
    assert seen.size == (640, 360)
    assert seen.count == result.frames_written == result.frames_processed
    assert result.frames_read == 150
    assert result.dropped + result.frames_processed == 150


def test_support_numbered_image_survives_jpeg() -> None:
    assert [number_of(numbered(number)) for number in (0, 1, 2, 513, 1023)] == [0, 1, 2, 513, 1023]


def test_camera_opening_interrupted_is_awaited_at_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    released, opening = threading.Event(), threading.Event()

    def hang(*arguments: Any, **named: Any) -> Any:
        opening.set()
        released.wait(PATIENCE)
        raise CameraError("late")

    monkeypatch.setattr(camera_module, "DeviceCapture", hang)

    def interrupt() -> None:
        assert opening.wait(PATIENCE)
        signal.raise_signal(signal.SIGINT)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupted)
    caller = threading.Thread(target=interrupt)
    try:
        caller.start()
        with pytest.raises(KeyboardInterrupt):
            camera_module.CameraSource(0)
    finally:
        caller.join()
        signal.signal(signal.SIGINT, before)
    # Python waits for it at its end: it must not come back from a driver into nothing.
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "framechain-camera"]
    assert thread in [stay.thread for stay in farewell._stays]
    released.set()
    thread.join(PATIENCE)


# Gone or never there


@pytest.mark.slow
@pytest.mark.parametrize("hang", [False, True])
def test_camera_lost_keeps_its_recording(hang: bool, tmp_path: Path) -> None:
    watch = Watch()
    waits = then_await([0.03] * 12, lambda: watch.numbers and watch.numbers[-1] >= 10, "one of the last frames")
    with camera(waits, hang=hang) as device, pytest.raises(CameraLostError) as caught:
        Engine(
            webcam_id=device.url,
            custom_objects=[watch],
            output_path=tmp_path / "rec.mp4",
            camera=CameraOptions(timeout=2, reconnect=2),
            progress=False,
        ).run()
    assert isinstance(caught.value, CameraError)
    why = "no data for 2.5 s" if hang else "[^)]+"
    reported = rf"was lost after 1\d frames \({why}\) and did not come back after 2 attempts \([^)]+\)"
    assert re.search(reported, str(caught.value))
    assert len(device.visits) == 3
    assert recorded_numbers(tmp_path / "rec.mp4") == watch.numbers
    assert watch.numbers[-1] >= 10


@pytest.mark.slow
def test_camera_hanging_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", PATIENCE)  # Whoever waited for the camera would take as long.

    class StopLater(Watch):
        def __call__(self, frame: Any, info: FrameInfo) -> Any:
            if number_of(frame) == 11:
                threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
            return super().__call__(frame, info)

    watch = StopLater()
    began = time.monotonic()
    with camera([0.03] * 12, hang=True) as device:
        engine = Engine(
            webcam_id=device.url,
            custom_objects=[watch],
            output_path=tmp_path / "r.mp4",
            camera=CameraOptions(timeout=PATIENCE),
            progress=False,
        )
        result = run_until_interrupted(engine)
    assert time.monotonic() - began < PATIENCE / 2
    assert (result.stopped, result.warnings) == ("SIGINT", ())
    assert recorded_numbers(tmp_path / "r.mp4") == watch.numbers
    assert watch.numbers[-1] == 11


@pytest.mark.parametrize("webcam_id", [ABSENT, str(ABSENT), "/dev/video97"])
def test_camera_absent_is_an_error_in_seconds(
    webcam_id: int | str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    with pytest.raises(CameraError, match=f"camera {webcam_id} cannot be opened: ") as caught:
        Engine(webcam_id=webcam_id, output_path=tmp_path / "rec.mp4").run()
    assert time.monotonic() - began < PATIENCE
    assert isinstance(caught.value, OSError)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_process_webcam_absent_camera_is_an_error() -> None:
    with pytest.raises(CameraError, match="camera 97 cannot be opened"):
        Engine(webcam_id=ABSENT).process_webcam(return_frame=True)


@pytest.mark.slow
def test_camera_silent_from_the_start_is_an_error() -> None:
    began = time.monotonic()
    with camera([], hang=True) as device:
        engine = Engine(webcam_id=device.url, camera=CameraOptions(timeout=1.5))
        with pytest.raises(CameraError, match=r"camera http://127.* (cannot be opened|gave no)"):
            engine.run()
    assert 1 < time.monotonic() - began < PATIENCE


def test_camera_address_without_server_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/video"
    with pytest.raises(
        CameraError, match=r"opened: no server .* \(Connection refused\); check the address, and that the stream"
    ):
        Engine(webcam_id=address, camera=CameraOptions(timeout=3)).run()
    assert capfd.readouterr() == ("", "")


def test_camera_failing_object_keeps_the_recording_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, recorded = itertools.count(), []
    write = Recorder.write

    def record(recorder: Recorder, frame: Any) -> None:
        write(recorder, frame)
        recorded.append(frame)

    def broken(frame: Any) -> Any:
        if next(calls) < 3:
            return frame
        # On a busy machine the writer may be behind; an error leaves out what waits for it.
        eventually(lambda: len(recorded) == 3, "the frames before")
        return 1 / 0

    monkeypatch.setattr(Recorder, "write", record)
    with camera(steadily(30)) as device, pytest.raises(ObjectError, match="broken raised ZeroDivisionError at frame"):
        Engine(webcam_id=device.url, custom_objects=[broken], output_path=tmp_path / "rec.mp4", progress=False).run()
    assert [path.name for path in tmp_path.iterdir()] == ["rec.mp4"]
    assert see(tmp_path / "rec.mp4").count == 3
