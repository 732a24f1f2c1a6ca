"""A network camera for the tests that sends H.264 in MPEG-TS over UDP, and a receiver of such streams."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from framechain.pixels.pyav import av
from support.cameras import HEIGHT, WIDTH, number_of, numbered
from support.patience import eventually

_RATE = 30


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    """Return a port of this machine that is free now."""
    with socket.socket(socket.AF_INET, kind) as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def await_listener(address: str) -> None:
    """Wait until somebody listens at an address of this machine such as rtmp://127.0.0.1:1935/live."""
    port = urlsplit(address).port
    # A trial connection would be taken for the stream, so the kernel's table is read instead.
    table = Path("/proc/net/tcp")
    eventually(
        lambda: not table.exists() or f":{port:04X} 00000000:0000 0A" in table.read_text(), "somebody who listens"
    )


class Sender:
    """Sends numbered images until it is closed.

    Attributes:
        sent: When each image was handed to the encoder, by `time.monotonic`.
        silent: While set, nothing is sent.
        scale: How many times larger than usual the images are; a change makes a new stream.
    """

    def __init__(self, url: str, format_name: str) -> None:
        self.url = self._target = url
        self._format = format_name
        self.sent: list[float] = []
        self.silent = threading.Event()
        self.scale = 1
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._stream(self.scale)

    def _stream(self, scale: int) -> None:
        options = {"flush_packets": "1"}
        with av.open(f"{self._target}?pkt_size=1316", "w", format=self._format, container_options=options) as container:
            video: Any = container.add_stream(
                "libx264", rate=_RATE, options={"preset": "ultrafast", "tune": "zerolatency", "g": "10", "qp": "10"}
            )
            video.width, video.height, video.pix_fmt = WIDTH * scale, HEIGHT * scale, "yuv420p"
            # Even time stamps: a receiver takes the rate from them, and a busy machine sends unevenly.
            turns = itertools.count()
            while self.scale == scale and not self._closed.wait(1 / _RATE):
                if self.silent.is_set():
                    continue
                image = np.kron(numbered(len(self.sent) % 1024), np.ones((scale, scale, 1), np.uint8))
                frame = av.VideoFrame.from_ndarray(image, "bgr24")
                frame.pts, frame.time_base = next(turns), Fraction(1, _RATE)
                self.sent.append(time.monotonic())
                container.mux(video.encode(frame))

    def close(self) -> None:
        self._closed.set()
        self._thread.join()


@contextlib.contextmanager
def sender(port: int | None = None, *, url: str = "", format_name: str = "mpegts") -> Iterator[Sender]:
    """Run a camera."""
    device = Sender(url or f"udp://127.0.0.1:{port or free_port()}", format_name)
    try:
        yield device
    finally:
        device.close()


class Receiver:
    """Receives a stream in a thread of its own.

    Attributes:
        numbers: The numbers that the images carry, in order.
        images: The images themselves, BGR.
        times: When each was decoded, by `time.monotonic`.
        ticks: Their times in the stream, in seconds.
    """

    def __init__(self, url: str, *, options: dict[str, str] | None = None, format_name: str | None = None) -> None:
        self.numbers: list[int] = []
        self.images: list[Any] = []
        self.times: list[float] = []
        self.ticks: list[float] = []
        self.problem: Exception | None = None
        self.codec = ""
        self._arguments: dict[str, Any] = {"options": options or {}, "format": format_name, "timeout": (20.0, 3.0)}
        self._thread = threading.Thread(target=self._run, args=(url,), daemon=True)
        self._thread.start()

    def _run(self, url: str) -> None:
        try:
            with av.open(url, **self._arguments) as container:
                self.codec = container.streams.video[0].codec_context.name
                for frame in container.decode(video=0):
                    self.times.append(time.monotonic())
                    self.ticks.append(float(frame.time or 0))
                    self.images.append(frame.to_ndarray(format="bgr24"))
                    self.numbers.append(number_of(self.images[-1]))
        except (av.FFmpegError, OSError) as error:
            self.problem = error

    def wait(self) -> None:
        """Wait until the stream has ended, or has been silent for some seconds."""
        self._thread.join(30)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def rtsp_camera() -> Iterator[Sender]:
    """Run a camera with RTSP: H.264 in RTP, interleaved in the one TCP connection (RFC 2326, 10.12)."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        packets.bind(("127.0.0.1", 0))
        packets.settimeout(0.2)
        url = f"rtp://127.0.0.1:{packets.getsockname()[1]}"
        # FFmpeg sends its RTCP reports to the next port, where nobody reads them.
        with sender(url=url, format_name="rtp") as device:
            device.url = f"rtsp://127.0.0.1:{server.getsockname()[1]}/live"
            threading.Thread(target=_serve_rtsp, args=(server, packets), daemon=True).start()
            yield device


_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:video\r\n"
)


def _serve_rtsp(server: socket.socket, packets: socket.socket) -> None:
    with contextlib.suppress(OSError):  # The viewer has left, or the test is over.
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as requests:
            while True:
                method = requests.readline().split(b" ")[0].decode()
                sequence = "0"
                while (line := requests.readline().strip()) != b"":
                    if line.lower().startswith(b"cseq:"):
                        sequence = line.split(b":")[1].strip().decode()
                more, body = {
                    "OPTIONS": ("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""),
                    "DESCRIBE": (f"Content-Type: application/sdp\r\nContent-Length: {len(_SDP)}\r\n", _SDP),
                    "SETUP": ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n", ""),
                    "PLAY": ("Session: 1\r\n", ""),
                }.get(method, ("", ""))
                connection.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{more}\r\n{body}".encode())
                if method == "PLAY":
                    break
            while True:
                try:
                    packet = packets.recv(4096)
                except TimeoutError:
                    continue
                connection.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)
