"""A camera whose images are sent to the server: by a browser, or by the camera that sessions share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ....contracts import Source
from ....errors import CameraError, MediaError
from ....frame import Frame, FrameInfo, StreamInfo
from ....media.limits import check_pixel_count
from ....pixels.colour import UNSPECIFIED, ColourSpace, choose_output_colour
from ....pixels.convert import convert_to_bgr, convert_to_yuv420p, read_colour
from ....pixels.image import Image, fit
from ....steering import leave_if_stopped
from .browser_colour import BROWSER_COLOUR
from .feed import Feed, Shot

if TYPE_CHECKING:
    from av import VideoFrame  # noqa: TID251  (for types only)

MOST_PIXELS = 4096 * 4096
"""How many pixels an image of a camera may have; the environment may change it, as for videos."""

_TIME_BASE = Fraction(1, 1_000_000)
# After so long without an image the viewer gets a notice.
_QUIET_SECONDS = 1.5
# Sizes that differ in shape by rounding alone are scaled without bars.
_ROUNDING = 0.02


class BrowserCamera(Source):
    """The images of a feed as a live source; their times are those at which they came.

    Its size is that of the first image. WebRTC changes the size when it pleases: later images are scaled.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        name: str,
        seconds: float,
        size: tuple[int, int] | None = None,
        on_lost: Callable[[int], object] = lambda counter: None,
    ) -> None:
        """Wait for the first image.

        Args:
            feed: Where the images come from.
            name: For messages.
            seconds: How long to wait.
            size: (width, height) in pixels of the stream; None for that of the first image.
            on_lost: Called with the counter of an image that could not be decoded.

        Raises:
            CameraError: If none came in time.
            MediaError: If it has too many pixels.
        """
        self._feed, self._name, self._on_lost = feed, name, on_lost
        self._is_stopped = False
        self._waits_since: float | None = None
        self._index, self._last_pts = 0, -1
        self._counters: dict[int, int] = {}
        first = self._await_first(seconds)
        self._first: tuple[Shot, VideoFrame | Image] | None = first
        shot, image = first
        width, height = size or _get_size(image)
        check_pixel_count(name, width, height, MOST_PIXELS)
        self.live_audio = feed.audio
        if feed.audio is not None:
            # Those who share a camera share its audio, too, and where its time begins.
            feed.audio.zero = feed.audio.zero or shot.moment
        self.zero = shot.moment if feed.audio is None else feed.audio.zero
        colour = ColourSpace() if isinstance(image, np.ndarray) else choose_output_colour(_read_colour(image))
        self.info = StreamInfo(name, "camera", width, height, time_base=_TIME_BASE, colour=colour)

    def _await_first(self, seconds: float) -> tuple[Shot, VideoFrame | Image]:
        deadline = time.monotonic() + seconds

        def must_end() -> bool:
            leave_if_stopped()
            return time.monotonic() > deadline

        while (shot := self._feed.take(must_end)) is not None:
            image = self._decode(shot)
            if image is not None:
                return shot, image
        raise CameraError(f"{self._name} gave no image within {seconds:g} s: it may be off or in use elsewhere")

    def _decode(self, shot: Shot) -> VideoFrame | Image | None:
        try:
            return shot.content.decode()
        except MediaError:
            self._on_lost(shot.counter)
            return None

    def __iter__(self) -> Iterator[Frame]:
        """Yield the newest image, again and again, until the feed ends or `stop` is called."""
        while not self._is_stopped:
            first, self._first = self._first, None
            shot = first[0] if first else self._take()
            if shot is None:
                return
            image = first[1] if first else self._decode(shot)
            if image is None:
                continue
            pts = max(round((shot.moment - self.zero) / _TIME_BASE), self._last_pts + 1)
            index, self._last_pts = self._index, pts
            self._index += 1
            self._counters[index] = shot.counter
            yield self._make_frame(image, FrameInfo(index, pts, 0, self.info))

    def _take(self) -> Shot | None:
        self._waits_since = time.monotonic()
        try:
            return self._feed.take(lambda: self._is_stopped)
        finally:
            self._waits_since = None

    def _make_frame(self, image: VideoFrame | Image, info: FrameInfo) -> Frame:
        size = width, height = info.stream.width, info.stream.height
        if isinstance(image, np.ndarray):
            return Frame(info, bgr=fit(image, width, height, "contain"))
        colour = _read_colour(image)
        if _get_size(image) == size or abs(image.width * height / (image.height * width) - 1) < _ROUNDING:
            return Frame(info, yuv=convert_to_yuv420p(image, colour, info.stream.colour, width, height))
        # The camera was turned: black bars fill the rest.
        own = choose_output_colour(colour)
        pixels = convert_to_bgr(convert_to_yuv420p(image, colour, own, image.width, image.height), own)
        return Frame(info, bgr=fit(pixels, width, height, "contain"))

    def take_counter(self, index: int) -> int:
        """Return what the sender calls the image of a frame, once; those before it are forgotten."""
        counter = self._counters.pop(index)
        for earlier in [known for known in list(self._counters) if known < index]:
            self._counters.pop(earlier, None)
        return counter

    @property
    def dropped(self) -> int:  # type: ignore[override]
        """How many images were replaced by a newer one."""
        return self._feed.dropped

    @property
    def notice(self) -> str | None:  # type: ignore[override]
        """That the camera is lost or silent; None if all is well."""
        since = self._waits_since
        if since is None or time.monotonic() - since < _QUIET_SECONDS:
            return self._feed.read_notice()
        return self._feed.read_notice() or "the camera gives no images, waiting..."

    def stop(self) -> None:
        """End the iteration at once."""
        self._is_stopped = True
        self._feed.cancel()

    def close(self) -> None:
        """Take no more images."""
        self.stop()


def _get_size(image: VideoFrame | Image) -> tuple[int, int]:
    if isinstance(image, np.ndarray):
        return image.shape[1], image.shape[0]
    return image.width, image.height


def _read_colour(image: VideoFrame) -> ColourSpace:
    colour = read_colour(image)
    # VP8 does not say which matrix it has: browsers write that of `BROWSER_COLOUR`, whatever the size.
    return BROWSER_COLOUR if colour.matrix == UNSPECIFIED and not colour.full_range else colour
