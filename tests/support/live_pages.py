"""A browser's part of the live view, for the tests: a WebSocket, and WebRTC by aiortc."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from fractions import Fraction
from typing import Any

import aiohttp
import cv2
import numpy as np
from aiohttp.test_utils import TestServer
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)

from framechain.pixels.convert import convert_to_bgr, convert_to_yuv
from framechain.pixels.image import Image
from framechain.pixels.pyav import av
from framechain.web.app import make_app
from framechain.web.live.cameras.browser_colour import BROWSER_COLOUR
from framechain.web.look import ChainMaker
from framechain.web.options import WebOptions
from support.page_server import PageServer
from support.patience import PATIENCE
from support.web_maker import Maker

TIME_BASE = Fraction(1, 90_000)


def run(coroutine: Callable[[], Awaitable[Any]]) -> Any:
    """Run a test in an event loop of its own, but not for ever."""

    async def limited() -> Any:
        return await asyncio.wait_for(coroutine(), PATIENCE)

    return asyncio.run(limited())


@contextlib.asynccontextmanager
async def serving(maker: ChainMaker | None = None, **options: Any) -> AsyncIterator[TestServer]:
    """Run a server."""
    app = make_app(WebOptions(port=0, **{"max_sessions": 4, **options}), maker or Maker())
    server = PageServer(app)
    await server.start_server()
    try:
        yield server
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def visiting(server: TestServer, token: str = "") -> AsyncIterator[aiohttp.ClientSession]:
    """Be a browser with cookies of its own."""
    headers = {"Origin": str(server.make_url("/")).rstrip("/")}
    jar = aiohttp.CookieJar(unsafe=True)  # Cookies of an IP address.
    async with aiohttp.ClientSession(server.make_url("/"), cookie_jar=jar, headers=headers) as client:
        (await client.get("/", params={"token": token} if token else {})).release()
        (await client.get("/api/recordings")).release()
        yield client


class Page:
    """One live session of a page.

    Attributes:
        messages: All JSON messages that came.
        frames: All binary messages that came: the counter and the image, None for an image without a picture.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self.frames: list[tuple[int, Image | None]] = []
        self.changed = asyncio.Condition()
        self.is_over = False
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.messages.append(json.loads(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                (counter,) = struct.unpack_from(">I", message.data)
                data = np.frombuffer(message.data[4:], np.uint8)
                image = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8) if data.size else None
                self.frames.append((counter, image))
            await self._tell()
        self.is_over = True
        await self._tell()

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, look: Callable[[], Any]) -> Any:
        """Wait until there is something to see."""
        async with self.changed:
            await self.changed.wait_for(lambda: look() or self.is_over)
        found = look()
        assert found, (self.messages, len(self.frames))
        return found

    async def message(self, kind: str, number: int = 0) -> dict[str, Any]:
        """Wait for a message of a type."""
        found = await self.until(lambda: [one for one in self.messages if one["type"] == kind][number : number + 1])
        first: dict[str, Any] = found[0]
        return first

    async def say(self, kind: str, **values: Any) -> None:
        """Send a message."""
        await self.socket.send_json({"type": kind, **values})

    async def send(self, counter: int, image: Image) -> None:
        """Send an image as JPEG."""
        await self.socket.send_bytes(struct.pack(">I", counter) + encode(image))

    async def answer(self, counter: int) -> Image | None:
        """Wait for the picture of an image."""
        found = await self.until(lambda: [image for number, image in self.frames if number == counter][:1] or None)
        picture: Image | None = found[0]
        return picture

    async def close(self) -> None:
        await self.socket.close()
        await self._task


def encode(image: Image, quality: int = 95) -> bytes:
    """Return an image as a browser would send it."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def decode(data: bytes) -> Image:
    """Return what the server sees of a JPEG."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).astype(np.uint8)


@contextlib.asynccontextmanager
async def page(client: aiohttp.ClientSession, transport: str = "jpeg", **start: Any) -> AsyncIterator[Page]:
    """Open a live session; without a transport nothing is asked for yet."""
    async with client.ws_connect("/api/live", max_msg_size=0) as socket:
        opened = Page(socket)
        if transport:
            await opened.say("start", transport=transport, **{"source": "browser", **start})
        try:
            yield opened
        finally:
            await opened.close()


class CameraTrack(MediaStreamTrack):  # type: ignore[misc]
    """A browser's camera, which sends images at a rate."""

    kind = "video"

    def __init__(self, image: Callable[[int], Image], rate: float = 30) -> None:
        super().__init__()
        self._image, self._rate = image, rate
        self.sent: list[float] = []

    async def recv(self) -> Any:
        loop = asyncio.get_running_loop()
        if self.sent:
            await asyncio.sleep(max(0.0, self.sent[0] + len(self.sent) / self._rate - loop.time()))
        frame = convert_to_yuv(self._image(len(self.sent)), BROWSER_COLOUR)
        self.sent.append(loop.time())
        frame.pts, frame.time_base = round(len(self.sent) * 90_000 / self._rate), TIME_BASE
        return frame


class MicrophoneTrack(MediaStreamTrack):  # type: ignore[misc]
    """A browser's microphone.

    Attributes:
        is_loud: Whether it hears a tone of 1 kHz; else it hears nothing.
    """

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.is_loud = False
        self._count = 0
        self._began = 0.0

    async def recv(self) -> Any:
        loop = asyncio.get_running_loop()
        self._began = self._began or loop.time()
        await asyncio.sleep(max(0.0, self._began + self._count * 0.02 - loop.time()))
        tone = np.sin(np.arange(960) * 2 * np.pi / 48) * 12_000 * self.is_loud
        frame = av.AudioFrame.from_ndarray(np.repeat(tone.astype(np.int16), 2)[None], "s16", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 960 * self._count, Fraction(1, 48_000)
        self._count += 1
        return frame


class Caller:
    """A browser's peer connection.

    Attributes:
        pictures: The decoded pictures that came back, as BGR.
    """

    def __init__(self, camera: MediaStreamTrack | None, microphone: MediaStreamTrack | None = None) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        if camera is None:
            self.connection.addTransceiver("video", direction="recvonly")
        else:
            self.connection.addTrack(camera)
        if microphone is not None:
            self.connection.addTrack(microphone)
        self.connection.on("track", self._take_track)
        self.pictures: list[Image] = []
        self.sizes: list[tuple[int, int]] = []
        self.times: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def call(self, opened: Page) -> None:
        """Connect."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await opened.say("offer", sdp=self.connection.localDescription.sdp)
        answer = await opened.message("answer")
        await self.connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    def _take_track(self, track: Any) -> None:
        self._tasks.append(asyncio.ensure_future(self._watch(track)))

    async def _watch(self, track: Any) -> None:
        with contextlib.suppress(Exception):
            while True:
                frame = await track.recv()
                self.times.append(asyncio.get_running_loop().time())
                self.sizes.append((frame.width, frame.height))
                self.pictures.append(convert_to_bgr(frame, BROWSER_COLOUR))

    async def until(self, look: Callable[[], Any]) -> Any:
        """Wait until the pictures are as they should be."""
        while not (found := look()):
            await asyncio.sleep(0.02)
        return found

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.connection.close()


@contextlib.asynccontextmanager
async def calling(
    opened: Page, camera: MediaStreamTrack | None, microphone: MediaStreamTrack | None = None
) -> AsyncIterator[Caller]:
    """Connect a page by WebRTC."""
    caller = Caller(camera, microphone)
    try:
        await caller.call(opened)
        yield caller
    finally:
        await caller.close()


def blocks(*colours: Sequence[int]) -> Image:
    """Return an image of 320x240 with a column for each colour (B, G, R)."""
    width = 320 // len(colours)
    return np.ascontiguousarray(
        np.concatenate([np.full((240, width, 3), colour, np.uint8) for colour in colours], axis=1)
    )
