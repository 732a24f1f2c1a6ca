"""Latency of the page's server without a browser: from a camera's frame to the decoded result, at 640x480, 30 frames/s.

    python benchmarks/page.py                                  # a minute by WebRTC, a minute by JPEG
    python benchmarks/page.py --transport webrtc --seconds 20
    python benchmarks/page.py -- --background "#00b140"        # what follows -- goes to `serve`

The server is `main.py serve` in a process of its own. This process is the browser: it draws a number into the frames of
samples/clip.mp4, sends them, and reads the number in what comes back. Both share the cores. What aiortc takes to encode
and decode here is counted, what a browser takes to draw is not: that is in `benchmarks/page_latency.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import struct
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import cv2
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

from chromium import HEIGHT, NUMBERS, RATE, WIDTH, Image, draw_number, read_number  # noqa: E402
from served_page import ServedPage  # noqa: E402

from framechain.pixels.convert import convert_to_bgr, convert_to_yuv  # noqa: E402
from framechain.web.live.cameras.browser_colour import BROWSER_COLOUR  # noqa: E402
from framechain.web.live.webrtc.encoder import PageEncoder  # noqa: E402
from framechain.web.live.webrtc.prompt_buffer import PromptBuffer  # noqa: E402

_WINDOW = 10.0
_TIME_BASE = Fraction(1, 90_000)
_UNDER_WAY = 2


class Log:
    """When each number was sent, and how long it took to come back."""

    def __init__(self) -> None:
        self._sent: dict[int, float] = {}
        self.rows: list[tuple[float, float]] = []

    def send(self, number: int) -> None:
        """Note that a number is sent now."""
        self._sent[number % NUMBERS] = time.perf_counter()

    def receive(self, number: int) -> None:
        """Note that a number has come back, the first time."""
        sent = self._sent.pop(number, None)
        if sent is not None:
            self.rows.append((time.perf_counter(), 1000 * (time.perf_counter() - sent)))


class Camera(MediaStreamTrack):  # type: ignore[misc]
    """The camera of a browser."""

    kind = "video"

    def __init__(self, scenes: Sequence[Image], log: Log) -> None:
        super().__init__()
        self._scenes, self._log = scenes, log
        self._count, self._began = 0, time.monotonic()

    async def recv(self) -> Any:
        """Wait for the time of the next frame."""
        await asyncio.sleep(max(0.0, self._began + self._count / RATE - time.monotonic()))
        self._log.send(self._count)
        image = draw_number(self._scenes[self._count % len(self._scenes)], self._count)
        frame = convert_to_yuv(image, BROWSER_COLOUR)
        frame.pts, frame.time_base = round(self._count / RATE / _TIME_BASE), _TIME_BASE
        self._count += 1
        return frame


async def measure_webrtc(socket: Any, scenes: Sequence[Image], log: Log) -> None:
    """Send and receive by WebRTC, for ever."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver(Camera(scenes, log), direction="sendrecv")
    # A browser encodes at such a rate, and decodes a frame when it is whole.
    transceiver.sender._RTCRtpSender__encoder = PageEncoder()
    transceiver.receiver._RTCRtpReceiver__jitter_buffer = PromptBuffer()
    await connection.setLocalDescription(await connection.createOffer())
    await socket.send_json({"type": "offer", "sdp": connection.localDescription.sdp})
    while (message := await socket.receive_json())["type"] != "answer":
        pass
    await connection.setRemoteDescription(RTCSessionDescription(message["sdp"], "answer"))
    listening = asyncio.create_task(_listen(socket))
    try:
        while True:
            frame = await transceiver.receiver.track.recv()
            log.receive(read_number(convert_to_bgr(frame, BROWSER_COLOUR)))
    finally:
        listening.cancel()
        await connection.close()


async def _listen(socket: Any) -> None:
    """Read, so that the server's heartbeat is answered."""
    async for _ in socket:
        pass


async def measure_jpeg(socket: Any, scenes: Sequence[Image], log: Log) -> None:
    """Send and receive by JPEG, for ever."""
    under_way, began, count = 0, time.monotonic(), 0

    async def listen() -> None:
        nonlocal under_way
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                under_way = max(0, under_way - 1)
                if len(message.data) > 4:
                    image = cv2.imdecode(np.frombuffer(message.data, np.uint8)[4:], cv2.IMREAD_COLOR)
                    log.receive(read_number(np.asarray(image, np.uint8)))

    listening = asyncio.create_task(listen())
    try:
        while not listening.done():
            count += 1
            await asyncio.sleep(max(0.0, began + count / RATE - time.monotonic()))
            if under_way < _UNDER_WAY:
                under_way += 1
                log.send(count)
                image = draw_number(scenes[count % len(scenes)], count)
                data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
                await socket.send_bytes(struct.pack(">I", count) + data)
    finally:
        listening.cancel()


async def measure(address: str, transport: str, seconds: float, warm_up: float) -> list[tuple[float, float]]:
    """Return the time and the latency in ms of each result, after the warm-up."""
    capture = cv2.VideoCapture(str(ROOT / "samples" / "clip.mp4"))
    scenes: list[Image] = []
    while len(scenes) < NUMBERS and (answer := capture.read())[0]:
        frame = answer[1]
        scene = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        scene[HEIGHT - frame.shape[0] :] = frame
        scenes.append(scene)
    scenes += scenes[::-1]
    log = Log()
    headers = {"Origin": address.rstrip("/")}
    async with (
        aiohttp.ClientSession(address, headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
        client.ws_connect("/api/live", max_msg_size=0) as socket,
    ):
        await socket.send_json({"type": "start", "transport": transport, "source": "browser"})
        way = measure_webrtc if transport == "webrtc" else measure_jpeg
        task = asyncio.create_task(way(socket, scenes, log))
        while not log.rows and not task.done():
            await asyncio.sleep(0.1)
        await asyncio.wait({task}, timeout=warm_up)
        log.rows.clear()
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            raise SystemExit(f"the session has ended: {task.exception()!r}")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return log.rows


def print_rows(transport: str, rows: Sequence[tuple[float, float]]) -> None:
    """Print the latency of each ten seconds, and of all."""
    print(f"{transport:<8} {'seconds':>8} {'frames/s':>9} {'p50':>6} {'p95':>6} {'max':>6}")
    begin = rows[0][0]
    windows: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        at = (row[0] - begin) // _WINDOW * _WINDOW
        windows.setdefault(f"{at:.0f}-{at + _WINDOW:.0f}", []).append(row)
    for name, part in [*windows.items(), ("all", list(rows))]:
        values = sorted(value for _, value in part)
        rate = (len(part) - 1) / max(1e-3, part[-1][0] - part[0][0])
        p95 = values[min(len(values) - 1, int(0.95 * len(values)))]
        print(f"{transport:<8} {name:>8} {rate:>9.1f} {statistics.median(values):>6.0f} {p95:>6.0f} {values[-1]:>6.0f}")


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--warm-up", type=float, default=5.0, help="seconds after the first result, not counted")
    parser.add_argument("--transport", choices=["webrtc", "jpeg", "both"], default="both")
    parser.add_argument("arguments", nargs="*", help="more arguments of `serve`, after --")
    options = parser.parse_args()
    for transport in ["webrtc", "jpeg"] if options.transport == "both" else [options.transport]:
        with ServedPage(*options.arguments) as server:
            rows = asyncio.run(measure(server.address, transport, options.seconds, options.warm_up))
        if not rows:
            raise SystemExit("no number of the result could be read")
        print_rows(transport, rows)


if __name__ == "__main__":
    main()
