"""Network cameras on this machine, MJPEG over HTTP and MPEG-TS over UDP: their frames, changes of size, limits."""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import fields
from support.cameras import HEIGHT, WIDTH, Visit, camera, number_of, numbered, steadily
from support.fields import INTERLACED
from support.media import bgr_of, see, write_clip
from support.network_watch import Watch, run_watched
from support.patience import PATIENCE
from support.transport import Sender, sender

from framechain import Engine, FramechainError, FramechainWarning, FrameInfo
from framechain.errors import CameraError
from framechain.files.paths import hide_password
from framechain.frame import Frame
from framechain.media.limits import VARIABLE
from framechain.options import CameraOptions
from framechain.pixels.pyav import av
from framechain.sources.camera import CameraSource
from framechain.sources.network import NetworkCapture

pytestmark = pytest.mark.usefixtures("patient_recordings", "impatient_cameras")


# MPEG-TS over UDP


@pytest.mark.slow
def test_network_camera_mpegts_over_udp_is_recorded(tmp_path: Path) -> None:
    with sender() as device:
        watch = Watch(device, lambda watch: len(watch.numbers) == 30)
        result = run_watched(watch, output_path=tmp_path / "rec.mp4")
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
        result = run_watched(watch)
    # Four images arrive while one is processed: in a queue, the last frame would lag by three quarters of all images.
    assert result.dropped > 40
    # At the end, the newest frame may be waiting.
    assert 0 <= result.frames_read - result.dropped - result.frames_processed <= 2
    # A busy machine may delay the reader for a moment: the smallest lag counts.
    assert min(watch.late[-7:]) < len(device.sent) / 4, watch.late


# MJPEG over HTTP


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
            result = run_watched(watch, output_path=tmp_path / "rec.mp4")
    assert len(reported) == 1
    assert result.warnings == (str(reported[0].message),)
    assert watch.shapes == {(HEIGHT, WIDTH, 3)}
    seen = see(tmp_path / "rec.mp4")
    assert (seen.size, seen.count) == ((WIDTH, HEIGHT), 40)
    # The images can be read after the change, too.
    assert [number_of(bgr_of(planes, seen.tags)) for planes in seen.planes] == watch.numbers
    assert watch.numbers == sorted(set(watch.numbers))


@pytest.mark.slow
def test_network_camera_size_change_within_one_connection_is_scaled() -> None:
    with camera() as device:
        device._plan = iter([Visit(steadily(25), scale=2, scaled_from=15)])
        watch = Watch(device, lambda watch: watch.numbers[-1] >= 25)
        with pytest.warns(FramechainWarning, match="changed its size"):
            run_watched(watch)
    assert watch.shapes == {(HEIGHT, WIDTH, 3)}


@pytest.mark.slow
@pytest.mark.parametrize("wrong_by", [170, -170])
def test_network_camera_wrong_length_of_an_image_costs_no_other_image(wrong_by: int) -> None:
    with camera() as device:
        device._plan = iter([Visit(steadily(50), wrong_by=wrong_by)])
        watch = Watch(device, lambda watch: len(watch.numbers) == 25)
        result = run_watched(watch)
    assert len(device.visits) == 1
    assert watch.numbers[1:] == sorted(set(watch.numbers[1:]))
    # The first image itself may be cut short; a busy machine leaves out images as well, and says how many.
    lost = watch.numbers[-1] + 1 - len(watch.numbers) - result.dropped
    assert lost <= 2


def test_network_camera_timeout_that_never_ends_opens_and_reads() -> None:
    with camera(steadily(30)) as device, CameraSource(device.url, CameraOptions(timeout=math.inf)) as source:
        assert [frame.size for frame in itertools.islice(source, 3)] == [(WIDTH, HEIGHT)] * 3


def test_network_capture_other_shape_gets_black_bars() -> None:
    with camera(steadily(30)) as device:
        capture = _make_capture(device.url)
        image = capture.read(5)
        assert image is not None
        size, colour, _ = capture.describe(image)
        assert size == (WIDTH, HEIGHT)
        stream = FrameInfo(0, 0, 0, _make_stream(WIDTH, WIDTH, colour))
        frame = capture.make_frame(image, stream).bgr
        capture.close()
    band = (WIDTH - HEIGHT) // 2
    assert frame.shape == (WIDTH, WIDTH, 3)
    assert frame[: band - 2].max() == 0 == frame[-band + 2 :].max()
    assert number_of(frame[band:-band]) < 30


def _make_capture(url: str) -> NetworkCapture:
    return NetworkCapture(url, name="camera", open_seconds=PATIENCE, read_seconds=PATIENCE, is_stopped=lambda: False)


def _make_stream(width: int, height: int, colour: Any) -> Any:
    from framechain import StreamInfo

    return StreamInfo("camera", "camera", width, height, colour=colour)


# Options and messages


def test_network_camera_requested_size_is_a_warning() -> None:
    with camera(steadily(30)) as device:
        watch = Watch(device, lambda watch: True)
        with pytest.warns(FramechainWarning, match="decides on its own size and rate"):
            run_watched(watch, camera=CameraOptions(size=(1280, 720)))


def test_network_camera_password_is_not_in_messages() -> None:
    with pytest.raises(CameraError) as caught:
        CameraSource("http://admin:secret@127.0.0.1:9/video", CameraOptions(timeout=2))
    assert "secret" not in str(caught.value)
    assert (
        "camera http://127.0.0.1:9/video cannot be opened: no server listens at 127.0.0.1:9 (Connection refused);"
        in str(caught.value)
    )
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


@pytest.mark.slow
def test_network_camera_frames_come_without_delay() -> None:
    with sender() as device:
        watch = Watch(device, lambda watch: len(watch.numbers) == 40)
        run_watched(watch)
    # The sender and the parser of MPEG-TS hold one frame each. A decoder or a queue that holds frames back delays every
    # frame; a busy machine delays some.
    assert np.percentile(watch.late[10:], 20) <= 4, watch.late


def test_network_camera_b_frames_come_in_order(tmp_path: Path) -> None:
    options = {"preset": "veryfast", "bf": "2", "qp": "10", "x264-params": "b-adapt=0"}
    path = write_clip(tmp_path / "b.ts", [numbered(number) for number in range(60)], options=options)
    with av.open(path) as container:
        assert any(packet.pts != packet.dts for packet in container.demux(video=0) if packet.size)
    numbers = [number_of(frame.bgr) for frame in _receive_file(path)[0]]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 50


def test_network_camera_interlaced_stream_has_no_combs(tmp_path: Path) -> None:
    images = list(fields.flagged(fields.moving(7) * 5))
    path = write_clip(tmp_path / "i.ts", images, codec="mpeg2video", options={"qmin": "1", "g": "5", **INTERLACED})
    frames, remarks = _receive_file(path)
    assert len(frames) > 25
    assert max(fields.combs(frame.bgr[..., 1]) for frame in frames) < fields.COMBED
    assert remarks == [
        "the camera's video is interlaced: of the two moments in each frame the first is kept, without combs"
    ]


def _receive_file(path: str) -> tuple[list[Frame], list[str]]:
    """Serve a file as a live stream; return the frames and the remarks of a `NetworkCapture`."""
    served = _serve(Path(path).read_bytes(), "video/mp2t")
    frames: list[Frame] = []
    try:
        url = f"http://127.0.0.1:{served.server_address[1]}/live"
        capture = _make_capture(url)
        image = capture.read(5)
        assert image is not None
        (width, height), colour, _ = capture.describe(image)
        info = FrameInfo(0, 0, 0, _make_stream(width, height, colour))
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


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["mjpeg", "udp"])
def test_network_camera_frame_above_pixel_limit_is_refused_as_for_videos(
    transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(WIDTH * HEIGHT - 1))
    seen: list[Any] = []
    # FFmpeg looks at 125 images that it may not decode before it gives up: they come quickly.
    fast = steadily(250)
    with camera(fast, Visit(fast)) if transport == "mjpeg" else sender() as device:
        for refused in ({"video_path": device.url}, {"webcam_id": device.url}):
            with pytest.raises(FramechainError, match=VARIABLE):
                Engine(**refused, custom_objects=[seen.append], progress=False).run()
    assert not seen
