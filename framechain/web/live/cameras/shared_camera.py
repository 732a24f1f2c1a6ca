"""A camera of the server's: opened for the first session, closed after the last, and shown to all."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from ....errors import CameraError, CameraLostError, FramechainError
from ....frame import Frame
from ....options import CameraOptions
from ....pixels.image import Image
from ....sources.camera import CameraSource
from ....steering import Stop, asking_to_stop
from .feed import Feed, Shot

if TYPE_CHECKING:
    from av import VideoFrame  # noqa: TID251  (for types only)

_log = logging.getLogger(__name__)
# How long to wait before a camera that could not be reached several times is tried again, as long as anybody watches.
_PAUSE_SECONDS = 5.0


class _Given:
    """A frame of the camera, for any number of sessions."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def decode(self) -> VideoFrame | Image:
        # Objects may draw on BGR; of YUV they draw on a copy.
        return self._frame.yuv if self._frame.is_yuv else self._frame.read_bgr().copy()


class SharedCamera:
    """Passes the images of one camera on to all who watch. Use it in the event loop.

    Example:
        >>> camera = SharedCamera("samples/clip.mp4")
        >>> feed = Feed()
        >>> camera.join(feed)
        >>> image = feed.take().content.decode()
        >>> image.width, image.height
        (640, 360)
        >>> camera.leave(feed)
    """

    def __init__(self, camera: int | str, options: CameraOptions | None = None) -> None:
        """Remember the camera; it is not opened yet.

        Args:
            camera: As for `open_source`.
            options: How to open it.
        """
        self._camera = camera
        self._options = options or CameraOptions()
        self._guard = threading.Lock()
        self._viewing: _Viewing | None = None

    def join(self, feed: Feed) -> None:
        """Pass the images on to a feed, from now on."""
        with self._guard:
            if self._viewing is None or not self._viewing.add(feed):
                self._viewing = _Viewing(self._camera, self._options, feed, before=self._viewing)

    def leave(self, feed: Feed) -> None:
        """Pass no more images on to a feed; after the last one the camera is closed."""
        feed.cancel()
        with self._guard:
            if self._viewing is not None:
                self._viewing.remove(feed)


class _Viewing:
    """The camera, from its opening to its closing, in a thread of its own."""

    def __init__(self, camera: int | str, options: CameraOptions, feed: Feed, *, before: _Viewing | None) -> None:
        self._guard = threading.Lock()
        self._feeds: list[Feed] = []
        self._over = threading.Event()
        self._lost: str | None = None
        self._source: CameraSource | None = None
        self._before = before
        self.add(feed)
        self._thread = threading.Thread(
            target=self._run, args=(camera, options), name="framechain-shared-camera", daemon=True
        )
        self._thread.start()

    def add(self, feed: Feed) -> bool:
        with self._guard:
            if self._over.is_set():
                return False
            if self._source is not None:
                feed.audio = self._source.live_audio
            feed.read_notice = self._read_notice
            self._feeds.append(feed)
            return True

    def _read_notice(self) -> str | None:
        source = self._source
        return self._lost if source is None else source.notice

    def remove(self, feed: Feed) -> None:
        with self._guard:
            if feed in self._feeds:
                self._feeds.remove(feed)
            if not self._feeds:
                self._over.set()
                if self._source is not None:
                    self._source.stop()

    def _run(self, camera: int | str, options: CameraOptions) -> None:
        if self._before is not None:  # Most cameras can be opened once only.
            self._before._thread.join()
            self._before = None
        error: BaseException | None = None
        try:
            with asking_to_stop(self._over.is_set):
                self._read(camera, options)
        except Stop:
            pass
        except FramechainError as caught:
            error = caught
        except Exception as caught:
            _log.exception("the camera cannot be read")
            error = CameraError(f"the camera cannot be read: {type(caught).__name__}")
        with self._guard:
            self._over.set()
            feeds = self._feeds
        for feed in feeds:
            feed.finish(error)

    def _read(self, camera: int | str, options: CameraOptions) -> None:
        """Read until nobody watches or a file ends; a camera that has worked is tried again for ever."""
        while not self._over.is_set():
            try:
                with CameraSource(camera, options) as source:
                    self._pass_on(source)
                return
            except CameraLostError as error:
                self._lost = "the camera is lost, trying again..."
                _log.info("%s", error)
            except CameraError:
                if self._lost is None:
                    raise
            finally:
                self._source = None
            self._over.wait(_PAUSE_SECONDS)

    def _pass_on(self, source: CameraSource) -> None:
        audio = source.live_audio
        with self._guard:
            if self._over.is_set():
                return
            self._source = source
            for feed in self._feeds:
                feed.audio = audio
        for frame in source:
            moment = time.monotonic() if audio is None else audio.zero + frame.info.time
            shot = Shot(_Given(frame), moment=moment)
            with self._guard:
                if self._over.is_set():
                    return
                feeds = list(self._feeds)
            for feed in feeds:
                feed.put(shot)
