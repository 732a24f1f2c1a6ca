"""Frames as JPEG through the WebSocket, where WebRTC cannot be had."""

from __future__ import annotations

import asyncio
import io
import struct
from collections.abc import Awaitable, Callable

import cv2
import numpy as np

from ...errors import MediaError
from ...frame import Frame
from ...images.header import read_image_header
from ...media.limits import check_pixel_count
from ...pixels.image import Image
from .cameras.browser_camera import MOST_PIXELS
from .cameras.feed import Feed, Shot
from .outbox import Meter, Outbox

_COUNTER = struct.Struct(">I")
_QUALITY = 85
_UNDER_WAY = 2


class JpegContent:
    """A JPEG as it came."""

    def __init__(self, data: bytes) -> None:
        """Keep the bytes."""
        self._data = data

    def decode(self) -> Image:
        """Return the image.

        Raises:
            MediaError: If it is no JPEG, is damaged, or has too many pixels.
        """
        header = read_image_header(io.BytesIO(self._data))
        if header is None or header.format != "JPEG":
            raise MediaError("cannot read an image of the browser: it is no JPEG")
        check_pixel_count("an image of the browser", *header.size, MOST_PIXELS)
        image = cv2.imdecode(np.frombuffer(self._data, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise MediaError("cannot read an image of the browser: it is damaged")
        return image.astype(np.uint8, copy=False)


def encode_jpeg(image: Image) -> bytes:
    """Return an image, uint8 (H, W, 3) BGR, as a JPEG for a screen."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()


def _encode(frame: Frame) -> bytes:
    return encode_jpeg(frame.preview())


class JpegLink:
    """Frames to and from one browser. Use it in the event loop, but for `show` and `pass_over`."""

    def __init__(self, feed: Feed | None, meter: Meter, *, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Prepare to send.

        Args:
            feed: Gets the images of the browser; None if it acknowledges pictures of the server's camera instead.
            meter: Counts what is sent.
            send: Sends a message.
        """
        self._feed, self._meter, self._send = feed, meter, send
        self._loop = asyncio.get_running_loop()
        self._outbox: Outbox[tuple[Frame | None, int, float]] = Outbox()
        self._sent = 0
        # With the server's camera a browser says that it has a picture: a slow one gets fewer.
        self._under_way = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._task = asyncio.create_task(self._send_all())

    def take(self, message: bytes) -> None:
        """Take a message: four bytes of a counter, and a JPEG unless it acknowledges a picture."""
        if len(message) < _COUNTER.size:
            return
        if self._feed is not None:
            if len(message) > _COUNTER.size:
                counter: int = _COUNTER.unpack_from(message)[0]
                self._feed.put(Shot(JpegContent(message[_COUNTER.size :]), counter))
        elif self._under_way:
            self._under_way -= 1
            self._has_room.set()

    def show(self, frame: Frame, counter: int, moment: float) -> None:
        """Hand over a picture, from the run's thread."""
        self._outbox.put((frame, counter, moment))

    def pass_over(self, counter: int, moment: float) -> None:
        """Hand over that an image has no picture, from any thread: the browser waits for an answer to each."""
        self._outbox.put((None, counter, moment))

    async def _send_all(self) -> None:
        while await self._has_room.wait() and (taken := await self._outbox.take()) is not None:
            frame, counter, moment = taken
            if frame is None and self._feed is None:
                continue
            data = b""
            if frame is not None:
                data = await self._loop.run_in_executor(None, _encode, frame)
            if self._feed is None:
                counter = self._sent = self._sent + 1
                self._under_way += 1
                if self._under_way >= _UNDER_WAY:
                    self._has_room.clear()
            await self._send(_COUNTER.pack(counter & 0xFFFFFFFF) + data)
            if frame is not None:
                self._meter.add(moment)

    async def close(self) -> None:
        """Send no more."""
        self._outbox.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
