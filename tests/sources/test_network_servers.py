"""Network cameras of other makes: real servers, where they are installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from support.media import photo, write_clip
from support.transport import await_listener, free_port

from framechain.options import CameraOptions
from framechain.sources.camera import CameraSource

pytestmark = pytest.mark.slow

_BOUNDARY = "7b3cc56e5f51db803f790dad720ed50a"


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Make a folder that other users may use: servers run as one of them, and pytest's own folders are private."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@contextlib.contextmanager
def _vlc(clip: Path, out: str) -> Iterator[None]:
    """Run VLC as a server; it refuses to run as root."""
    user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    command = [*user, "cvlc", "--no-audio", "--loop", str(clip), "--sout", out]
    environment = {**os.environ, "HOME": str(clip.parent)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            yield
        finally:
            server.kill()


@pytest.mark.skipif(shutil.which("cvlc") is None, reason="VLC is not installed")
@pytest.mark.parametrize("mime", [f"{{mime=multipart/x-mixed-replace;boundary=--{_BOUNDARY}}}", ""])
def test_network_camera_mjpeg_of_vlc_gives_all_frames(mime: str, public_folder: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    clip = public_folder / "clip.avi"
    images = [cv2.GaussianBlur(photo(shift=number), (0, 0), 1 + number % 7) for number in range(300)]
    write_clip(clip, images, codec="mjpeg", pix_fmt="yuvj420p", rate=30)
    out = f"#standard{{access=http{mime},mux=mpjpeg,dst=127.0.0.1:{port}/video.mjpg}}"
    with _vlc(clip, out):
        await_listener(f"http://127.0.0.1:{port}")
        time.sleep(1)  # The length is right for a viewer of the very first image.
        with CameraSource(f"http://127.0.0.1:{port}/video.mjpg", CameraOptions(reconnect=0)) as source:
            times = [frame.info.time for frame, _ in zip(source, range(90), strict=False)]
    # VLC gives each viewer the length of the very first image, and FFmpeg's demuxer ends where that is wrong.
    assert len(times) == 90
    assert times[-1] - times[30] < 6
