"""A camera's result as a webcam for other programs, and streamed to the network."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cameras import HEIGHT, WIDTH, Visit, camera, check_arrivals, number_of, steadily, then_await
from support.interrupting import run_until_interrupted
from support.media import see
from support.patience import PATIENCE
from support.transport import Receiver, await_listener, free_port
from support.virtual_cameras import Loopback, loopback  # noqa: F401

from framechain import CameraOptions, Encoding, Engine, FramechainWarning, LiveOptions
from framechain.basics import back_off
from framechain.errors import ArgumentError, CameraLostError, DependencyError, OutputError
from framechain.sinks import virtual_camera as virtual_module
from framechain.sources import camera as camera_module

pytestmark = pytest.mark.usefixtures("patient_recordings")
ROOT = Path(__file__).resolve().parents[2]


class StopAfter:
    """Inverts frames, so that they differ from raw ones, and stops the run after `count` frames once `when` is true."""

    def __init__(self, count: int, *, when: Callable[[], object] = lambda: True) -> None:
        self.count, self.when = count, when
        self.numbers: list[int] = []
        self.moments: list[float] = []

    def __call__(self, frame: Any) -> Any:
        self.numbers.append(number_of(frame))
        self.moments.append(time.monotonic())
        if len(self.numbers) >= self.count and self.when():
            signal.raise_signal(signal.SIGINT)
        return 255 - frame


# Virtual camera


@pytest.mark.slow
def test_virtual_camera_shows_the_result_at_an_even_rate(loopback: list[Loopback]) -> None:
    # 6 frames/s come in; a stream without a known rate is shown at 30.
    with camera(steadily(6)) as device:
        watch = StopAfter(10)
        result = run_until_interrupted(
            Engine(
                webcam_id=device.url, live=LiveOptions(virtual_camera="auto"), custom_objects=[watch], progress=False
            )
        )
    (shown,) = loopback
    assert (shown.shape, shown.fps, shown.closed) == ((HEIGHT, WIDTH, 3), 30, 1)
    rate = (len(shown.times) - 1) / (shown.times[-1] - shown.times[0])
    assert rate < 36  # A busy machine may be slower, and is never faster.
    numbers = [number_of(255 - image) for image in shown.images]
    assert numbers == sorted(numbers)
    assert set(numbers) <= set(watch.numbers)
    assert len(numbers) > 2 * len(set(numbers))
    assert (result.output_path, result.stopped, result.warnings) == (None, "SIGINT", ())


@pytest.mark.slow
def test_virtual_camera_named_device_works_beside_a_recording(loopback: list[Loopback], tmp_path: Path) -> None:
    with camera(steadily(30)) as device:
        result = run_until_interrupted(
            Engine(
                webcam_id=device.url,
                live=LiveOptions(virtual_camera="/dev/video9", record=tmp_path / "me.mp4"),
                custom_objects=[StopAfter(15, when=lambda: len(loopback[0].images) > 10)],
                progress=False,
            )
        )
    assert result.output_path == str(tmp_path / "me.mp4")
    assert see(tmp_path / "me.mp4").count == result.frames_written == result.frames_processed


def test_virtual_camera_frame_of_another_size_is_fitted(loopback: list[Loopback]) -> None:
    def taller(frame: Any) -> Any:
        return np.vstack([frame, frame])

    with camera(steadily(30)) as device:
        stop = StopAfter(2, when=lambda: loopback[0].images)
        run_until_interrupted(
            Engine(
                webcam_id=device.url,
                live=LiveOptions(virtual_camera="auto"),
                custom_objects=[stop, taller],
                progress=False,
            )
        )
    image = loopback[0].images[-1]
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image[:, : WIDTH // 4 - 2].max() == 0


@pytest.mark.slow
def test_virtual_camera_holds_the_last_frame_with_a_notice_while_the_camera_is_lost(
    loopback: list[Loopback], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(camera_module, "_QUIET_SECONDS", PATIENCE)
    back: list[int] = []

    def is_last_frame_shown() -> bool:
        return any(number_of(255 - image) == 19 for made in loopback for image in made.images[-1:])

    def wait_for_more() -> Iterator[float]:
        shown = len(loopback[0].images)
        yield from then_await([], lambda: len(loopback[0].images) > shown + 10, "a notice of some duration")
        yield from steadily(30)

    def has_gone_on() -> bool:
        back.append(len(loopback[0].images))
        return len(loopback[0].images) > back[0] + 8

    first = then_await(steadily(30, 20), is_last_frame_shown, "its last frame in the virtual camera")
    with camera(first, Visit(wait_for_more())) as device:
        watch = StopAfter(1, when=lambda: watch.numbers[-1] >= 20 and has_gone_on())
        run_until_interrupted(
            Engine(
                webcam_id=device.url, live=LiveOptions(virtual_camera="auto"), custom_objects=[watch], progress=False
            )
        )
    images = loopback[0].images
    # The notice is dark with white letters, at the bottom; the stripes above it are those of the last frame.
    top, bottom = [image[: HEIGHT // 2] for image in images], [image[-HEIGHT // 5 :] for image in images]
    noted = [index for index, part in enumerate(bottom) if not (part[:1] == part).all()]
    assert len(noted) > 8
    assert all((top[index] == top[noted[0]]).all() for index in noted)
    assert number_of(255 - images[noted[0]]) in watch.numbers
    assert noted[-1] < len(images) - 5


def test_virtual_camera_error_names_every_backends_reason(loopback: list[Loopback], tmp_path: Path) -> None:
    import pyvirtualcam

    class Broken(Loopback):
        def __init__(self, **more: Any) -> None:
            raise RuntimeError("no driver found")

    pyvirtualcam.register_backend("broken", Broken)
    message = (
        "cannot open virtual camera /dev/video8: .*there is no /dev/video8 here; 'broken' backend: no driver found; if"
    )
    with camera(steadily(30)) as device, pytest.raises(OutputError, match=message):
        Engine(webcam_id=device.url, live=LiveOptions(virtual_camera="/dev/video8", record=tmp_path / "me.mp4")).run()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("beside", [True, False])
def test_virtual_camera_that_fails_ends_alone(
    beside: bool, loopback: list[Loopback], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Loopback, "fails_after", 10)
    message = "the virtual camera /dev/video9 stopped after 10 frames: the device went away"
    record = tmp_path / "me.mp4" if beside else None
    stop = StopAfter(25, when=lambda: beside and loopback[0].failed)
    with camera(steadily(30)) as device:
        engine = Engine(
            webcam_id=device.url,
            live=LiveOptions(virtual_camera="auto", record=record),
            custom_objects=[stop],
            progress=False,
        )
        if beside:
            with pytest.warns(FramechainWarning, match=message):
                result = run_until_interrupted(engine)
            assert result.warnings == (message,)
            assert see(tmp_path / "me.mp4").count > 20
        else:
            # The run ends once no output works and there is no window; that is told once, without a warning too.
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                with pytest.raises(OutputError, match=message):
                    engine.run()
            assert not caught


def test_virtual_camera_without_the_package_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyvirtualcam", None)
    with pytest.raises(DependencyError, match="pip install pyvirtualcam"):
        virtual_module._open_device(64, 48, 30, "auto")


@pytest.mark.skipif(not Path("/sys/module/v4l2loopback").is_dir(), reason="the module v4l2loopback is not loaded")
def test_virtual_camera_real_device_gets_frames() -> None:
    pytest.importorskip("pyvirtualcam")
    with camera(steadily(30)) as device:
        engine = Engine(
            webcam_id=device.url,
            live=LiveOptions(virtual_camera="auto"),
            custom_objects=[StopAfter(30)],
            progress=False,
        )
        result = run_until_interrupted(engine)
    assert result.warnings == ()


# Recordings


@pytest.mark.slow
def test_recording_of_a_camera_that_is_lost_is_named_by_the_error(tmp_path: Path) -> None:
    target = tmp_path / "me.mp4"
    message = rf"was lost after 20 frames .*; what was recorded until then is in {target}$"
    with camera(steadily(30, 20)) as device, pytest.raises(CameraLostError, match=message):
        Engine(webcam_id=device.url, output_path=target, camera=CameraOptions(reconnect=0), progress=False).run()
    assert see(target).count > 10


# Streams


def stream_to(
    url: str, count: int = 60, when: Callable[[], object] = lambda: True, **more: Any
) -> tuple[Any, StopAfter, list[float]]:
    """The result, the object that saw the frames, and when the camera sent each of them."""
    with camera(steadily(30)) as device:
        watch = StopAfter(count, when=when)
        engine = Engine(webcam_id=device.url, output_path=url, custom_objects=[watch], progress=False, **more)
        return run_until_interrupted(engine), watch, device.sent


@pytest.mark.slow
def test_broadcast_udp_beside_a_recording_has_the_same_frames(tmp_path: Path) -> None:
    url = f"udp://127.0.0.1:{free_port()}"
    receiver = Receiver(url, options={"analyzeduration": "300000"})
    result, watch, sent = stream_to(
        url, when=lambda: len(receiver.numbers) > 30, live=LiveOptions(record=tmp_path / "me.mp4")
    )
    receiver.wait()
    recording = tmp_path / "me.mp4"
    assert (result.output_path, result.stopped, result.warnings) == (str(recording), "SIGINT", ())
    assert see(recording).count == len(watch.numbers)
    assert receiver.codec == "h264"
    numbers = [number_of(255 - image) for image in receiver.images]
    assert len(numbers) > 30
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(watch.numbers)
    # Time stamps are the times of arrival, not a count of frames.
    check_arrivals(receiver.ticks, numbers, [watch.moments[watch.numbers.index(number)] for number in numbers], sent)


@pytest.mark.slow
def test_broadcast_rtmp_reaches_a_server() -> None:
    address = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/key"
    result = _to_a_listener(address, ["-listen", "1", "-i", address])
    assert result.frames_written > 30


@pytest.mark.slow
def test_broadcast_rtsp_reaches_a_server() -> None:
    address = f"rtsp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live"
    result = _to_a_listener(address, ["-rtsp_flags", "listen", "-i", address])
    assert result.frames_written > 30


def _to_a_listener(address: str, arguments: list[str]) -> Any:
    """Stream to the program ffmpeg, which counts the frames that it receives."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("there is no ffmpeg to listen")
    command = [ffmpeg, "-v", "error", "-nostdin", *arguments, "-f", "framehash", "-"]
    listener = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        await_listener(address)
        result, _, _ = stream_to(address, 40)
        out, _ = listener.communicate(timeout=PATIENCE)
    finally:
        listener.kill()
        listener.wait()
    assert (result.output_path, result.warnings) == (address, ())
    got = [line for line in out.splitlines() if line and not line.startswith("#")]
    assert len(got) == pytest.approx(result.frames_written, abs=3)
    assert len({line.split(",")[-1] for line in got}) > len(got) / 2
    return result


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp"])
def test_broadcast_without_a_server_is_an_error(scheme: str) -> None:
    url = f"{scheme}://user:secret@127.0.0.1:{free_port(socket.SOCK_STREAM)}/live"
    with pytest.raises(
        OutputError, match=rf"^cannot stream to {scheme}://127\.0\.0\.1:\d+/live: no server .*refused\)$"
    ):
        stream_to(url)


SILENT = """
import json, os, signal, socket, sys
from framechain import Engine, Interrupted
from framechain.errors import OutputError
from framechain.sinks import broadcast
broadcast._OPEN_SECONDS = float(sys.argv[3])
seen = []
def look(frame, info):
    seen.append(info.index)
    if len(seen) == 40 and broadcast._OPEN_SECONDS > 30:
        signal.raise_signal(signal.SIGINT)
    return frame
server = socket.create_server(("127.0.0.1", 0))
url = f"{sys.argv[2]}://127.0.0.1:{server.getsockname()[1]}/live/key"
try:
    try:
        result = Engine(webcam_id=sys.argv[1], output_path=url, custom_objects=[look], progress=False).run()
    except Interrupted as stopped:
        result = stopped.result
    print(json.dumps([result.output_path, result.frames_written, *result.warnings]), flush=True)
except OutputError as error:
    print(json.dumps([len(seen), str(error)]), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("scheme", ["rtmp", pytest.param("rtsp", marks=pytest.mark.slow)])
@pytest.mark.parametrize("patience", [1, pytest.param(60, marks=pytest.mark.slow)])
def test_broadcast_silent_server_is_an_error_and_delays_nobody(patience: int, scheme: str) -> None:
    with camera(steadily(30)) as device:
        # In a process of its own, because a hang would hold Python's lock.
        done = subprocess.run(
            [sys.executable, "-c", SILENT, device.url, scheme, str(patience)],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    *answer, message = json.loads(done.stdout)
    when = "within 1 s" if patience == 1 else "before the end"
    assert re.fullmatch(rf"cannot stream to {scheme}://127\.0\.0\.1:\d+/live/key: no answer {when}", message)
    if patience == 1:
        assert answer[0] > 6  # Meanwhile a window would have gone on.
    else:
        assert answer == [None, 0]  # The run was stopped before.


@pytest.mark.slow
def test_broadcast_server_that_leaves_and_is_not_tried_again_ends_the_stream_alone(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    url = f"tcp://127.0.0.1:{server.getsockname()[1]}"

    def leave() -> None:
        connection, _ = server.accept()
        connection.recv(10_000)
        connection.close()

    threading.Thread(target=leave, daemon=True).start()
    with server, pytest.warns(FramechainWarning, match="broke off after") as caught:
        result, watch, _ = stream_to(
            url,
            15,
            when=lambda: caught,
            live=LiveOptions(record=tmp_path / "me.mp4"),
            camera=CameraOptions(reconnect=0),
        )
    assert result.warnings == (str(caught[0].message),)
    assert see(tmp_path / "me.mp4").count == len(watch.numbers)


@pytest.mark.slow
def test_broadcast_server_that_reads_nothing_delays_nobody(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    random = np.random.default_rng(0)
    times: list[float] = []

    def noise(frame: Any) -> Any:
        times.append(time.monotonic())
        return random.integers(0, 255, (480, 640, 3), np.uint8)

    with server, camera(steadily(30)) as device:
        watch = StopAfter(60)
        run_until_interrupted(
            Engine(
                webcam_id=device.url,
                output_path=url,
                custom_objects=[watch, noise],
                encoding=Encoding(crf=1),
                progress=False,
            )
        )
    # Waiting for the server would take ten seconds per frame.
    assert np.diff(times).max() < 5


def test_broadcast_wrong_address_or_codec_is_refused() -> None:
    for url, message in (("http://127.0.0.1/x", "http:// is read only, choose one of rtmp"),):
        with pytest.raises(OutputError, match=message):
            stream_to(url)
    with pytest.raises(ArgumentError, match="libvpx-vp9 is not streamed here"):
        stream_to(f"udp://127.0.0.1:{free_port()}", encoding=Encoding(codec="libvpx-vp9"))
