"""Network cameras of other makes: real servers, where they are installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import nginx
from support.cameras import Visit, camera, number_of, numbered, steadily
from support.media import photo, write_clip
from support.patience import eventually
from support.servers import Server
from support.transport import free_port, sender
from support.web import serving

from framechain.options import CameraOptions
from framechain.sources.camera import CameraSource
from framechain.sources.open import open_source

pytestmark = pytest.mark.slow

_BOUNDARY = "7b3cc56e5f51db803f790dad720ed50a"


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Make a folder that other users may use: servers run as one of them, and pytest's own folders are private."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


def _vlc(clip: Path, out: str, address: str) -> Server:
    """Run VLC as a server; it refuses to run as root."""
    user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    command = [*user, "cvlc", "--no-audio", "--loop", clip, "--sout", out]
    return Server(command, address, environment={**os.environ, "HOME": str(clip.parent)})


@pytest.mark.skipif(shutil.which("cvlc") is None, reason="VLC is not installed")
@pytest.mark.parametrize("mime", [f"{{mime=multipart/x-mixed-replace;boundary=--{_BOUNDARY}}}", ""])
def test_network_camera_mjpeg_of_vlc_gives_all_frames(mime: str, public_folder: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    clip = public_folder / "clip.avi"
    images = [cv2.GaussianBlur(photo(shift=number), (0, 0), 1 + number % 7) for number in range(300)]
    write_clip(clip, images, codec="mjpeg", pix_fmt="yuvj420p", rate=30)
    out = f"#standard{{access=http{mime},mux=mpjpeg,dst=127.0.0.1:{port}/video.mjpg}}"
    with _vlc(clip, out, f"http://127.0.0.1:{port}"):
        time.sleep(1)  # The length is right for a viewer of the very first image.
        with CameraSource(f"http://127.0.0.1:{port}/video.mjpg", CameraOptions(reconnect=0)) as source:
            times = [frame.info.time for frame, _ in zip(source, range(90), strict=False)]
    # VLC gives each viewer the length of the very first image, and FFmpeg's demuxer ends where that is wrong.
    assert len(times) == 90
    assert times[-1] - times[30] < 6


@pytest.mark.skipif(nginx.missing() is not None, reason=str(nginx.missing()))
def test_network_camera_hls_of_nginx_is_shown_smoothly_and_comes_back(public_folder: Path, tmp_path: Path) -> None:
    hls = f"application live {{ live on; hls on; hls_path {public_folder}; hls_fragment 1s; hls_playlist_length 6s; }}"
    numbers, times = [], []
    with (
        nginx.RtmpServer(tmp_path, hls) as server,
        serving(public_folder) as web,
        sender(url=server.url, format_name="flv") as device,
    ):
        eventually(lambda: "key-2.ts" in _read(public_folder / "key.m3u8"), "three segments")
        with open_source(web.url + "key.m3u8", camera=CameraOptions(reconnect=20)) as source:
            assert source.info.kind == "camera"
            for frame in source:
                numbers.append(number_of(frame.bgr))
                times.append(frame.info.time)
                if len(numbers) == 150:
                    device.silent.set()
                    threading.Timer(8, device.silent.clear).start()
                if len(numbers) == 350:
                    break
            dropped, read = source.dropped, source.read  # type: ignore[attr-defined]
    assert numbers == sorted(set(numbers))
    steps = np.diff(times[:100])
    assert np.percentile(steps, 10) > 0.015
    assert dropped < 0.05 * read


@pytest.mark.skipif(shutil.which("motion") is None, reason="Motion is not installed")
@pytest.mark.usefixtures("impatient_cameras")
def test_network_camera_mjpeg_of_motion_comes_back_after_it_was_frozen(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    url = f"http://127.0.0.1:{port}/"
    settings = "width 160\nheight 120\nframerate 25\nmovie_output off\npicture_output off\nwebcontrol_port 0\n"
    # Motion may connect more than once.
    again = [Visit(steadily(25)) for _ in range(8)]
    with camera(steadily(25), *again) as device:
        (tmp_path / "motion.conf").write_text(
            f"daemon off\ntarget_dir {tmp_path}\nnetcam_url {device.url}\n{settings}"
            f"stream_port {port}\nstream_localhost on\nstream_maxrate 25\nstream_quality 90\n"
        )
        with Server(["motion", "-c", tmp_path / "motion.conf"], url) as motion:
            eventually(lambda: _sends_images(url), "the images of Motion", pause=0.5)
            with CameraSource(url, CameraOptions(reconnect=20)) as source:
                frames = iter(source)
                before = [number_of(next(frames).bgr) for _ in range(40)]
                motion.freeze()
                threading.Timer(4, motion.thaw).start()
                after = [number_of(next(frames).bgr) for _ in range(60)]
    assert source.info.width == 160
    assert before[0] < before[-1] < after[-1]


@pytest.mark.skipif(shutil.which("ustreamer") is None, reason="uStreamer is not installed")
def test_network_camera_mjpeg_of_ustreamer_gives_frames(tmp_path: Path) -> None:
    # Without a video device it sends this image about once a second.
    blank = tmp_path / "blank.jpg"
    assert cv2.imwrite(str(blank), numbered(357))
    port = free_port(socket.SOCK_STREAM)
    url = f"http://127.0.0.1:{port}/stream"
    command = ["ustreamer", "--device", tmp_path / "none", "--blank", blank, "--host", "127.0.0.1", "--port", str(port)]
    with Server(command, url), CameraSource(url, CameraOptions(reconnect=0)) as source:
        numbers = [number_of(frame.bgr) for frame, _ in zip(source, range(4), strict=False)]
    assert numbers == [357] * 4


def _sends_images(url: str) -> bool:
    """Return whether a server of Motion JPEG is ready: Motion hangs up on viewers before it has its camera."""
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
        return b"image/jpeg" in answer.read(200)
    return False


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
