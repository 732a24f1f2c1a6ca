"""A live stream of segments for the tests: HLS, written into a folder that is served meanwhile."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from framechain.pixels.pyav import av
from support.cameras import HEIGHT, WIDTH, numbered
from support.patience import eventually
from support.web import Web, serving

# FFmpeg writes it rounded as the target duration, which must not be 0.
SEGMENT_SECONDS = 0.6

# The first segments are there at once.
_HEAD_START = 3.2 * SEGMENT_SECONDS


class SegmentedCamera:
    """Writes numbered images into segments until it is closed.

    Attributes:
        url: The address of its playlist.
        web: Serves the folder.
        sent: When each image was encoded, by `time.monotonic`.
        silent: While set, nothing is written.
    """

    def __init__(self, folder: Path, web: Web, *, name: str, rate: int, options: dict[str, str]) -> None:
        self._path, self._rate, self._options = folder / name, rate, options
        self.web, self.url = web, web.url + name
        self.sent: list[float] = []
        self.silent = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with av.open(str(self._path), "w", format="hls", options=self._options) as container:
            encoding = {"preset": "ultrafast", "tune": "zerolatency", "qp": "10"}
            video: Any = container.add_stream("libx264", rate=self._rate, options=encoding)
            video.gop_size = round(SEGMENT_SECONDS * self._rate)
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            began = time.monotonic() - _HEAD_START
            while not self._closed.wait(max(0.0, began + len(self.sent) / self._rate - time.monotonic())):
                if self.silent.is_set():
                    began += 0.02
                    time.sleep(0.02)
                    continue
                image = av.VideoFrame.from_ndarray(numbered(len(self.sent) % 1024), "bgr24")
                image.pts, image.time_base = len(self.sent), Fraction(1, self._rate)
                self.sent.append(time.monotonic())
                container.mux(video.encode(image))
            container.mux(video.encode(None))

    def close(self) -> None:
        """End the stream: the playlist gets an end."""
        self._closed.set()
        self._thread.join()


@contextlib.contextmanager
def segmented_camera(
    folder: Path, *, name: str = "live.m3u8", rate: int = 30, **more: str
) -> Iterator[SegmentedCamera]:
    """Run a camera; it begins with three segments.

    Args:
        folder: Where the segments lie.
        name: The playlist's.
        rate: Images per second.
        more: Further options of FFmpeg's muxer.
    """
    options = {"hls_time": str(SEGMENT_SECONDS), "hls_list_size": "6", "hls_flags": "delete_segments+temp_file"}
    with serving(folder) as web:
        device = SegmentedCamera(folder, web, name=name, rate=rate, options=options | more)
        try:
            eventually(lambda: len(device.sent) >= _HEAD_START * rate, "three segments")
            yield device
        finally:
            device.close()
