"""A browser that is connected by WebRTC: its camera comes in, the picture goes out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from ....frame import Frame
from ...refused import RefusedError
from ..cameras.browser_colour import convert_for_browser
from ..cameras.feed import Feed, Shot
from ..outbox import Meter, Outbox
from .browser_microphone import BrowserMicrophone
from .encoder import PageEncoder
from .prompt_buffer import PromptBuffer

if TYPE_CHECKING:
    from av import VideoFrame  # noqa: TID251  (for types only)

_log = logging.getLogger(__name__)
_TIME_BASE = Fraction(1, 90_000)
_MOST_SDP = 100_000
_LOOPBACK = "127.0.0.1"


class Decoded:
    """A video frame that aiortc has decoded."""

    def __init__(self, image: VideoFrame) -> None:
        """Keep the frame."""
        self._image = image

    def decode(self) -> VideoFrame:
        """Return the frame; aiortc's threads do not write to it."""
        return self._image


class PictureTrack(MediaStreamTrack):  # type: ignore[misc]
    """What is sent to a browser: always the newest picture."""

    kind = "video"

    def __init__(self, meter: Meter) -> None:
        """Begin without a picture; make it in the event loop."""
        super().__init__()
        self._outbox: Outbox[tuple[VideoFrame, float]] = Outbox()
        self._meter = meter
        self._sent: float | None = None

    def show(self, frame: Frame, moment: float) -> None:
        """Hand over a picture, from the run's thread.

        Args:
            frame: The picture.
            moment: When its image came, by `time.monotonic`.
        """
        self._outbox.put((convert_for_browser(frame), moment))

    async def recv(self) -> VideoFrame:
        """Wait for the next picture; called once the one before is on its way."""
        if self._sent is not None:
            self._meter.add(self._sent)
        taken = None if self.readyState != "live" else await self._outbox.take()
        if taken is None:
            raise MediaStreamError
        image, self._sent = taken
        # A browser delays frames by as much as their time stamps and their arrival differ. With the camera's own times
        # it would wait for the slowest frame of the chain, always.
        image.pts, image.time_base = round(time.monotonic() / _TIME_BASE), _TIME_BASE
        return image

    def stop(self) -> None:
        """End the track."""
        super().stop()
        self._outbox.close()


class Peer:
    """The connection to one browser. Use it in the event loop."""

    def __init__(self, feed: Feed | None, meter: Meter, *, loopback: bool, on_lost: Callable[[], object]) -> None:
        """Prepare a connection.

        Args:
            feed: Gets the camera's images; None if the browser sends none.
            meter: Counts what is sent.
            loopback: Whether only browsers of this machine are served.
            on_lost: Called when the connection has failed.
        """
        self._feed, self._loopback, self._on_lost = feed, loopback, on_lost
        # No server in between is asked for addresses: the network may have none, and the browser finds this one.
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self._connection = RTCPeerConnection(configuration)
        self._connection.on("track", self._take_track)
        self._connection.on("connectionstatechange", self._look_at_state)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closing = False
        self.track = PictureTrack(meter)

    async def answer(self, offer: str) -> str:
        """Connect to a browser.

        Args:
            offer: Its session description, with all candidates.

        Returns:
            Ours, with all candidates.

        Raises:
            RefusedError: If the description is none, or offers no video.
        """
        if len(offer) > _MOST_SDP:
            raise RefusedError(400, "the offer of the connection is too long")
        connection = self._connection
        try:
            video = connection.addTransceiver(self.track, direction="sendrecv")
            _set_up(video)
            if self._feed is not None and self._feed.audio is not None:
                sound = connection.addTransceiver("audio", direction="recvonly")
                codecs = RTCRtpReceiver.getCapabilities("audio").codecs
                sound.setCodecPreferences([codec for codec in codecs if codec.mimeType == "audio/opus"])
            await connection.setRemoteDescription(RTCSessionDescription(_strip_candidates(offer), "offer"))
            count = sum(one.kind == "video" and one.mid is not None for one in connection.getTransceivers())
            if count != 1:
                raise RefusedError(400, f"the offer must have one video, and has {count}")
            if self._loopback:
                await _use_loopback(video.receiver.transport.transport.iceGatherer)
            await connection.setLocalDescription(await connection.createAnswer())
        except RefusedError:
            raise
        except Exception as error:  # aiortc raises whatever a wrong description makes it raise.
            _log.info("an offer cannot be answered", exc_info=True)
            raise RefusedError(400, "the offer of the connection cannot be understood") from error
        return str(connection.localDescription.sdp)

    def _take_track(self, track: Any) -> None:
        take: Callable[[Any], object] = _ignore
        feed = self._feed
        if feed is not None and track.kind == "video":
            take = lambda image: feed.put(Shot(Decoded(image)))  # noqa: E731
        elif feed is not None and feed.audio is not None:
            take = BrowserMicrophone(feed.audio).take
        self._tasks.append(asyncio.ensure_future(_take_all(track, take)))

    def _look_at_state(self) -> None:
        _log.debug("the connection is %s", self._connection.connectionState)
        if self._connection.connectionState in ("failed", "closed") and not self._is_closing:
            self._on_lost()

    async def close(self) -> None:
        """Disconnect, and wait until nothing of the connection is left."""
        self._is_closing = True
        self.track.stop()
        for task in self._tasks:
            task.cancel()
        await self._connection.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _take_all(track: Any, take: Callable[[Any], object]) -> None:
    """Take each frame at once: aiortc's queue has no end, and what waits there would be late for ever (#1192)."""
    with contextlib.suppress(MediaStreamError, asyncio.CancelledError):
        while True:
            take(await track.recv())


def _ignore(frame: Any) -> None:
    """Take what nobody asked for."""


def _set_up(video: Any) -> None:
    """Use VP8, which all browsers have, and our encoder and buffer for it: aiortc has no settings for them."""
    codecs = RTCRtpSender.getCapabilities("video").codecs
    video.setCodecPreferences([codec for codec in codecs if codec.mimeType in ("video/VP8", "video/rtx")])
    # aiortc makes its own encoder with the first frame, unless there is one.
    video.sender._RTCRtpSender__encoder = PageEncoder()
    video.receiver._RTCRtpReceiver__jitter_buffer = PromptBuffer()


def _strip_candidates(offer: str) -> str:
    """Return an offer without addresses: the browser comes to ours, and is answered where it comes from.

    The names of browsers such as 1b2c.local would have to be asked for in the network, and nobody may make the server
    send packets to addresses of his choice.
    """
    lines = offer.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))


async def _use_loopback(gatherer: Any) -> None:
    """Offer the loopback address alone, which aioice leaves out and has no setting for."""
    connection = gatherer._connection
    connection._local_candidates_start = True
    connection._local_candidates += await connection.get_component_candidates(component=1, addresses=[_LOOPBACK])
    connection._local_candidates_end = True
