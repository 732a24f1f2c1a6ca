"""Network cameras that stall, are lost, return or are stopped meanwhile."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cameras import HEIGHT, WIDTH, Visit, camera, check_arrivals, number_of, numbered, steadily, until
from support.media import see
from support.network_watch import Watch, run_watched
from support.patience import PATIENCE, best_of, eventually
from support.transport import free_port, rtsp_camera, sender

from framechain import Engine
from framechain.basics import back_off
from framechain.errors import CameraLostError
from framechain.media.limits import VARIABLE
from framechain.options import CameraOptions
from framechain.pixels.pyav import av
from framechain.sources import camera as camera_module
from framechain.sources.open import open_source

pytestmark = pytest.mark.usefixtures("patient_recordings", "impatient_cameras")


@pytest.mark.slow
def test_network_camera_udp_stall_is_survived(tmp_path: Path) -> None:
    with sender() as device:

        def stall(watch: Watch) -> bool:
            if len(watch.numbers) == 10:
                device.silent.set()
                threading.Timer(1.3, device.silent.clear).start()
            return len(watch.numbers) == 20

        watch = Watch(device, stall)
        result = run_watched(watch, output_path=tmp_path / "rec.mp4", camera=CameraOptions(timeout=20))
    assert (result.stopped, result.frames_written) == ("SIGINT", 20)
    times = [float(one) for one in see(tmp_path / "rec.mp4").times]
    check_arrivals(times, watch.numbers, watch.moments, device.sent)
    assert np.diff(device.sent).max() > 1.2


@pytest.mark.slow
def test_network_camera_udp_loss_is_survived() -> None:
    port = free_port()
    with sender(port) as first, open_source(first.url, camera=CameraOptions(timeout=10, reconnect=100)) as source:
        frames = iter(source)
        before = [next(frames).info for _ in range(5)]
        first.close()
        eventually(lambda: str(source.notice).startswith("camera lost, reconnecting"), "its loss")
        with sender(port):
            eventually(lambda: source.notice is None, "its return")
            after = [next(frames).info for _ in range(5)]
    assert after[0].index > before[-1].index
    assert after[0].time > before[-1].time + 1.9


@pytest.mark.slow
def test_network_camera_rtsp_loss_is_reported() -> None:
    with rtsp_camera() as device, open_source(device.url, camera=CameraOptions(timeout=20, reconnect=0)) as source:
        assert (source.info.width, source.info.height) == (WIDTH, HEIGHT)
        frames = iter(source)
        numbers = [number_of(next(frames).bgr) for _ in range(20)]
        assert numbers == sorted(set(numbers))
        device.silent.set()
        with pytest.raises(CameraLostError, match=r"camera rtsp://127.* was lost after \d+ frames \(no data for 2 s\)"):
            list(frames)


@pytest.mark.slow
def test_network_camera_stall_is_noticed_and_survived() -> None:
    back = threading.Event()
    with camera([0.03] * 20, Visit(until(back)), hang=True) as device:
        with open_source(device.url, camera=CameraOptions(timeout=PATIENCE)) as source:
            frames = iter(source)
            assert number_of(next(frames).bgr) < 20
            eventually(lambda: source.notice is not None, "its loss")
            assert source.notice == "camera lost, reconnecting..."
            back.set()
            eventually(lambda: source.notice is None, "its return")
            numbers = [number_of(next(frames).bgr) for _ in range(10)]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] >= 20
        assert len(device.visits) == 2


@pytest.mark.slow
def test_network_camera_silence_is_noticed_before_it_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", PATIENCE)
    monkeypatch.setattr(camera_module, "_QUIET_SECONDS", 0.3)
    with camera([0.03] * 5, hang=True) as device, open_source(device.url) as source:
        eventually(lambda: source.notice == "the camera gives no frames, waiting...", "the notice")


@pytest.mark.slow
def test_network_camera_that_reconnects_is_recorded_in_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 0.25)
    with camera([0.03] * 20, Visit(), Visit(), Visit(steadily(30))) as device:
        watch = Watch(device, lambda watch: watch.numbers[-1] >= 30)
        result = run_watched(watch, output_path=tmp_path / "rec.mp4")
    assert (result.stopped, result.warnings) == ("SIGINT", ())
    assert len(device.visits) == 4
    # Each wait is longer than the one before: 0.25, 0.5, 1 s; a server may notice a connection late.
    _, second, third, fourth = device.visits
    assert third - second > 0.25
    assert fourth - third > 0.5
    times = [float(one) for one in see(tmp_path / "rec.mp4").times]
    assert len(times) == len(watch.numbers)
    assert np.diff(times).max() > 1.2
    assert {number < 20 for number in watch.numbers} == {True, False}


@pytest.mark.slow
def test_network_camera_video_that_stops_is_a_loss_though_audio_goes_on() -> None:
    url, ended = f"udp://127.0.0.1:{free_port()}", threading.Event()
    options = {
        "flush_packets": "1",
        "max_interleave_delta": "50000",
    }  # Audio is sent at once, without waiting for video.

    def send() -> None:
        with av.open(f"{url}?pkt_size=1316", "w", format="mpegts", container_options=options) as container:
            video: Any = container.add_stream("mpeg2video", rate=25)
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            audio: Any = container.add_stream("mp2", rate=48000)
            silence = np.zeros((1, 2 * 1152), np.int16)
            for turn in itertools.count():
                if ended.wait(0.024):  # The duration of a frame of audio.
                    return
                if turn < 40:
                    image = av.VideoFrame.from_ndarray(numbered(turn), "bgr24")
                    image.pts = turn
                    container.mux(video.encode(image))
                tone = av.AudioFrame.from_ndarray(silence, "s16", "stereo")
                tone.sample_rate, tone.pts = 48000, 1152 * turn
                container.mux(audio.encode(tone))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        with open_source(url, camera=CameraOptions(timeout=5, reconnect=0)) as source:
            late = threading.Timer(PATIENCE, source.stop)
            late.start()
            with pytest.raises(CameraLostError, match=r"was lost after \d+ frames \(no frame for 2 s\)"):
                list(source)
            late.cancel()
            late.join()
    finally:
        ended.set()
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("while_it", ["hangs", "is lost"])
def test_network_camera_stop_is_done_within_a_second(while_it: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", PATIENCE if while_it == "hangs" else 0.5)
    monkeypatch.setattr(back_off, "FIRST_SECONDS", PATIENCE)
    monkeypatch.setattr(back_off, "LONGEST_SECONDS", PATIENCE)

    def measure() -> float:
        asked: list[float] = []

        def stop() -> None:
            asked.append(time.monotonic())
            signal.raise_signal(signal.SIGINT)

        with camera([0.03] * 10, hang=True) as device:

            def stop_later(watch: Watch) -> bool:
                if watch.numbers[-1] == 9:  # The last frame: soon the camera hangs or is lost.
                    threading.Timer(0.3 if while_it == "hangs" else 1.0, stop).start()
                return False

            result = run_watched(Watch(device, stop_later), camera=CameraOptions(timeout=PATIENCE))
            ended = time.monotonic()
        assert result.stopped == "SIGINT"
        return ended - asked[0]

    # Waiting for the camera would take PATIENCE seconds.
    assert best_of(measure, limit=1.0) <= 1.0


@pytest.mark.slow
def test_network_camera_that_grows_above_pixel_limit_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(2 * WIDTH * HEIGHT))  # JPEG's own size is rounded up to blocks.
    shapes: set[tuple[int, ...]] = set()

    def look(frame: Any) -> Any:
        shapes.add(frame.shape)
        return frame

    visit = Visit(steadily(25), scale=2, scaled_from=10)
    with camera([0.04] * 5, visit) as device, pytest.raises(CameraLostError, match=VARIABLE):
        Engine(webcam_id=device.url, custom_objects=[look], camera=CameraOptions(reconnect=1), progress=False).run()
    assert shapes == {(HEIGHT, WIDTH, 3)}
