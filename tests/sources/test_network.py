"""Network cameras on this machine: MJPEG over HTTP and MPEG-TS over UDP, that stall, die, return and change."""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import fields
from support.cameras import HEIGHT, WIDTH, Camera, Visit, camera, check_arrivals, number_of, numbered, steadily, until
from support.fields import INTERLACED
from support.interrupting import run_until_interrupted
from support.media import bgr_of, see, write_clip
from support.patience import PATIENCE, best_of, eventually
from support.transport import Sender, free_port, rtsp_camera, sender

from framechain import Engine, FramechainError, FramechainWarning, FrameInfo
from framechain.errors import CameraError, CameraLostError
from framechain.files.paths import hide_password
from framechain.frame import Frame
from framechain.media.limits import VARIABLE
from framechain.options import CameraOptions
from framechain.pixels.pyav import av
from framechain.sources import camera as camera_module
from framechain.sources.camera import CameraSource
from framechain.sources.network import NetworkCapture
from framechain.sources.open import open_source

pytestmark = pytest.mark.usefixtures("patient_recordings")


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", 2.0)
    monkeypatch.setattr(camera_module, "_QUIET_SECONDS", PATIENCE)
    monkeypatch.setattr(camera_module, "_BACK_OFF_SECONDS", 0.1)


class Watch:
    """Notes the numbers of the frames it sees and stops the run when `until` says so.

    It takes so long for each frame that the camera sends `missing` more.
    """

    def __init__(self, device: Camera | Sender, until: Callable[[Watch], bool], missing: int = 0) -> None:
        self.device, self.until, self.missing = device, until, missing
        self.numbers: list[int] = []
        # How many images the camera has sent since the one that is seen, and when it is seen.
        self.late: list[int] = []
        self.moments: list[float] = []
        self.infos: list[FrameInfo] = []
        self.shapes: set[tuple[int, ...]] = set()

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        number = number_of(frame)
        sent = len(self.device.sent)
        self.moments.append(time.monotonic())
        self.late.append(sent - 1 - number)
        self.numbers.append(number)
        self.infos.append(info)
        self.shapes.add(frame.shape)
        if self.until(self):
            signal.raise_signal(signal.SIGINT)
        eventually(lambda: len(self.device.sent) >= sent + self.missing, "more images")
        return frame


def run(watch: Watch, **more: Any) -> Any:
    return run_until_interrupted(Engine(webcam_id=watch.device.url, custom_objects=[watch], progress=False, **more))


# MPEG-TS over UDP


def test_network_camera_mpegts_over_udp_is_recorded(tmp_path: Path) -> None:
    with sender() as device:
        watch = Watch(device, lambda watch: len(watch.numbers) == 30)
        result = run(watch, output_path=tmp_path / "rec.mp4")
    assert (result.stopped, result.frames_written) == ("SIGINT", 30)
    stream = watch.infos[0].stream
    assert (stream.width, stream.height, stream.rate) == (WIDTH, HEIGHT, 30)
    seen = see(tmp_path / "rec.mp4")
    assert [number_of(bgr_of(planes, seen.tags)) for planes in seen.planes] == watch.numbers
    assert watch.numbers == sorted(set(watch.numbers))


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["mjpeg", "udp"])
def test_network_camera_slow_object_gets_no_older_frames_with_time(transport: str) -> None:
    with camera(steadily(60)) if transport == "mjpeg" else sender() as device:
        watch = Watch(device, lambda watch: len(watch.numbers) == 25, missing=4)
        result = run(watch)
    # Four come in while one goes through: kept in order, the last would be three quarters of all images late.
    assert result.dropped > 40
    # The newest may still lie there at the end.
    assert 0 <= result.frames_read - result.dropped - result.frames_processed <= 2
    # That a busy machine holds up what reads for a moment is no queue.
    assert min(watch.late[-7:]) < len(device.sent) / 4, watch.late


@pytest.mark.slow
def test_network_camera_udp_stall_is_survived(tmp_path: Path) -> None:
    with sender() as device:

        def stall(watch: Watch) -> bool:
            if len(watch.numbers) == 10:
                device.silent.set()
                threading.Timer(1.3, device.silent.clear).start()
            return len(watch.numbers) == 20

        watch = Watch(device, stall)
        result = run(watch, output_path=tmp_path / "rec.mp4", camera=CameraOptions(timeout=20))
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


# RTSP


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


# MJPEG over HTTP


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


def test_network_camera_silence_is_noticed_before_it_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", PATIENCE)
    monkeypatch.setattr(camera_module, "_QUIET_SECONDS", 0.3)
    with camera([0.03] * 5, hang=True) as device, open_source(device.url) as source:
        eventually(lambda: source.notice == "the camera gives no frames, waiting...", "a word on it")


@pytest.mark.slow
def test_network_camera_that_reconnects_is_recorded_in_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_module, "_BACK_OFF_SECONDS", 0.25)
    with camera([0.03] * 20, Visit(), Visit(), Visit(steadily(30))) as device:
        watch = Watch(device, lambda watch: watch.numbers[-1] >= 30)
        result = run(watch, output_path=tmp_path / "rec.mp4")
    assert (result.stopped, result.warnings) == ("SIGINT", ())
    assert len(device.visits) == 4
    # Each wait is longer than the one before: 0.25, 0.5, 1 s; a server may notice late that somebody came.
    _, second, third, fourth = device.visits
    assert third - second > 0.25
    assert fourth - third > 0.5
    times = [float(one) for one in see(tmp_path / "rec.mp4").times]
    assert len(times) == len(watch.numbers)
    assert np.diff(times).max() > 1.2
    assert {number < 20 for number in watch.numbers} == {True, False}


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["mjpeg", "udp"])
def test_network_camera_size_change_is_scaled_to_the_first_size(transport: str, tmp_path: Path) -> None:
    with camera([0.04] * 12, Visit(steadily(25), scale=2)) if transport == "mjpeg" else sender() as device:

        def grow(watch: Watch) -> bool:
            if isinstance(device, Sender) and len(watch.numbers) == 10:
                device.scale = 2
            return len(watch.numbers) == 40

        watch = Watch(device, grow)
        change = "changed its size to 320x240: it is scaled to 160x120, the size of its first frame"
        with pytest.warns(FramechainWarning, match=change) as reported:
            result = run(watch, output_path=tmp_path / "rec.mp4")
    assert len(reported) == 1
    assert result.warnings == (str(reported[0].message),)
    assert watch.shapes == {(HEIGHT, WIDTH, 3)}
    seen = see(tmp_path / "rec.mp4")
    assert (seen.size, seen.count) == ((WIDTH, HEIGHT), 40)
    # Also after the change the images can be read.
    assert [number_of(bgr_of(planes, seen.tags)) for planes in seen.planes] == watch.numbers
    assert watch.numbers == sorted(set(watch.numbers))


def test_network_camera_size_change_within_one_connection_is_scaled() -> None:
    with camera() as device:
        device._plan = iter([Visit(steadily(25), scale=2, scaled_from=15)])
        watch = Watch(device, lambda watch: watch.numbers[-1] >= 25)
        with pytest.warns(FramechainWarning, match="changed its size"):
            run(watch)
    assert watch.shapes == {(HEIGHT, WIDTH, 3)}


@pytest.mark.slow
def test_network_camera_video_that_stops_is_a_loss_though_audio_goes_on() -> None:
    url, ended = f"udp://127.0.0.1:{free_port()}", threading.Event()
    options = {"flush_packets": "1", "max_interleave_delta": "50000"}  # Sound is not kept until there is an image.

    def send() -> None:
        with av.open(f"{url}?pkt_size=1316", "w", format="mpegts", container_options=options) as container:
            video: Any = container.add_stream("mpeg2video", rate=25)
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            audio: Any = container.add_stream("mp2", rate=48000)
            silence = np.zeros((1, 2 * 1152), np.int16)
            for turn in itertools.count():
                if ended.wait(0.024):  # What a frame of audio lasts.
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


def test_network_capture_other_shape_gets_black_bars() -> None:
    with camera(steadily(30)) as device:
        capture = _capture(device.url)
        image = capture.read(5)
        assert image is not None
        size, colour, _ = capture.describe(image)
        assert size == (WIDTH, HEIGHT)
        stream = FrameInfo(0, 0, 0, _stream(WIDTH, WIDTH, colour))
        frame = capture.make_frame(image, stream).bgr
        capture.close()
    band = (WIDTH - HEIGHT) // 2
    assert frame.shape == (WIDTH, WIDTH, 3)
    assert frame[: band - 2].max() == 0 == frame[-band + 2 :].max()
    assert number_of(frame[band:-band]) < 30


def _capture(url: str) -> NetworkCapture:
    return NetworkCapture(url, name="camera", open_seconds=PATIENCE, read_seconds=PATIENCE, is_stopped=lambda: False)


def _stream(width: int, height: int, colour: Any) -> Any:
    from framechain import StreamInfo

    return StreamInfo("camera", "camera", width, height, colour=colour)


# Ends


@pytest.mark.parametrize("while_it", ["hangs", "is away"])
def test_network_camera_stop_is_done_within_a_second(while_it: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", PATIENCE if while_it == "hangs" else 0.5)
    monkeypatch.setattr(camera_module, "_BACK_OFF_SECONDS", PATIENCE)
    monkeypatch.setattr(camera_module, "_LONGEST_BACK_OFF", PATIENCE)

    def measure() -> float:
        asked: list[float] = []

        def stop() -> None:
            asked.append(time.monotonic())
            signal.raise_signal(signal.SIGINT)

        with camera([0.03] * 10, hang=True) as device:

            def stop_later(watch: Watch) -> bool:
                if watch.numbers[-1] == 9:  # The last one; soon after it hangs or is away.
                    threading.Timer(1.0, stop).start()
                return False

            result = run(Watch(device, stop_later), camera=CameraOptions(timeout=PATIENCE))
            ended = time.monotonic()
        assert result.stopped == "SIGINT"
        return ended - asked[0]

    # Waiting for the camera would take as long as the patience of the tests.
    assert best_of(measure, limit=1.0) <= 1.0


def test_network_camera_requested_size_is_a_warning() -> None:
    with camera(steadily(30)) as device:
        watch = Watch(device, lambda watch: True)
        with pytest.warns(FramechainWarning, match="decides on its own size and rate"):
            run(watch, camera=CameraOptions(size=(1280, 720)))


def test_network_camera_password_is_not_in_messages() -> None:
    with pytest.raises(CameraError) as caught:
        CameraSource("http://admin:secret@127.0.0.1:9/video", CameraOptions(timeout=2))
    assert "secret" not in str(caught.value)
    assert "camera http://127.0.0.1:9/video cannot be opened: Connection refused" in str(caught.value)
    assert hide_password("udp://127.0.0.1:5000?pkt_size=1316") == "udp://127.0.0.1:5000?pkt_size=1316"


def test_network_camera_playlist_opens_no_file(tmp_path: Path, clip: Path) -> None:
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{clip}\n#EXT-X-ENDLIST\n"
    served = _serve(playlist.encode())
    try:
        with pytest.raises(CameraError, match="cannot be opened"):
            CameraSource(f"http://127.0.0.1:{served.server_address[1]}/live.m3u8", CameraOptions(timeout=3))
    finally:
        served.shutdown()
        served.server_close()


def _serve(content: bytes, kind: str = "application/vnd.apple.mpegurl") -> Any:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def test_network_camera_frames_come_without_delay() -> None:
    with sender() as device:
        watch = Watch(device, lambda watch: len(watch.numbers) == 40)
        run(watch)
    # One frame waits in the sender and one in the parser of MPEG-TS. What a decoder or a queue held back would be
    # missing every time, what a busy machine delays only now and then.
    assert np.percentile(watch.late[10:], 20) <= 4, watch.late


def test_network_camera_b_frames_come_in_order(tmp_path: Path) -> None:
    options = {"preset": "veryfast", "bf": "2", "qp": "10", "x264-params": "b-adapt=0"}
    path = write_clip(tmp_path / "b.ts", [numbered(number) for number in range(60)], options=options)
    with av.open(path) as container:
        assert any(packet.pts != packet.dts for packet in container.demux(video=0) if packet.size)
    numbers = [number_of(frame.bgr) for frame in _received(path)[0]]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 50


def test_network_camera_interlaced_stream_has_no_combs(tmp_path: Path) -> None:
    images = list(fields.flagged(fields.moving(7) * 5))
    path = write_clip(tmp_path / "i.ts", images, codec="mpeg2video", options={"qmin": "1", "g": "5", **INTERLACED})
    frames, remarks = _received(path)
    assert len(frames) > 25
    assert max(fields.combs(frame.bgr[..., 1]) for frame in frames) < fields.COMBED
    assert remarks == [
        "the camera's video is interlaced: of the two moments in each frame the first is kept, without combs"
    ]


def _received(path: str) -> tuple[list[Frame], list[str]]:
    """The frames of a file that is served as if it were live, and what is said of it."""
    served = _serve(Path(path).read_bytes(), "video/mp2t")
    frames: list[Frame] = []
    try:
        url = f"http://127.0.0.1:{served.server_address[1]}/live"
        capture = _capture(url)
        image = capture.read(5)
        assert image is not None
        (width, height), colour, _ = capture.describe(image)
        info = FrameInfo(0, 0, 0, _stream(width, height, colour))
        with contextlib.suppress(CameraError):  # The file ends.
            while image is not None:
                frames.append(capture.make_frame(image, info))
                image = capture.read(5)
        capture.close()
    finally:
        served.shutdown()
        served.server_close()
    return frames, capture.remarks


# Limits


@pytest.mark.parametrize("transport", ["mjpeg", "udp"])
def test_network_camera_frame_above_pixel_limit_is_refused_as_for_videos(
    transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(WIDTH * HEIGHT - 1))
    seen: list[Any] = []
    with camera(steadily(30), Visit(steadily(30))) if transport == "mjpeg" else sender() as device:
        for refused in ({"video_path": device.url}, {"webcam_id": device.url}):
            with pytest.raises(FramechainError, match=VARIABLE):
                Engine(**refused, custom_objects=[seen.append], progress=False).run()
    assert not seen


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
