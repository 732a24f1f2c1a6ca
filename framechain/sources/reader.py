"""Reads a source ahead in a thread of its own: a few frames of a file, or always the newest of a live source."""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..contracts import Source
from ..errors import ObjectResultError
from ..frame import Frame
from ..threads.channel import Channel
from ..threads.farewell import awaited_at_exit

# How long `close` waits for a live source's read; one that hangs is left to its own time limit.
_FAREWELL_SECONDS = 0.5
# A waiting thread wakes up this often, so that signals are seen.
_LOOK_UP_SECONDS = 0.1


@dataclass(slots=True)
class _Progress:
    """What the thread counts. It must not hold the Reader: an abandoned one is ended by the garbage collector."""

    read: int = 0
    is_cut: bool = False


class Reader(Source):
    """Another source, iterated in a thread of its own.

    Of a live source only the newest frame waits; a newer one replaces it and is counted in `dropped`. Of a file up to
    three frames wait, and none is dropped. An error of the source is raised after the last frame before it.

    Example:
        >>> from framechain.sources.video import VideoSource
        >>> with Reader(VideoSource("samples/clip.mp4")) as reader:
        ...     sum(1 for frame in reader)
        150
    """

    def __init__(
        self,
        source: Source,
        *,
        limit: int | None = None,
        until: float | None = None,
        prepare: Callable[[Frame], object] | None = None,
        name: str = "framechain-read",
    ) -> None:
        """Start reading.

        Args:
            source: The source; it is closed with the Reader.
            limit: How many frames to read; None for all.
            until: Seconds from which on no frame is given; None for all.
            prepare: Called in the thread with each frame before it is handed over.
            name: The thread's name.
        """
        self.source = source
        self.info, self.audio, self.live_audio = source.info, source.audio, source.live_audio
        self._channel: Channel[Frame] = Channel(newest=source.info.live)
        self._progress = _Progress()
        self._stopped = threading.Event()
        self._stop_time = 0.0
        self._thread = threading.Thread(
            target=_read_into,
            args=(source, limit, until, prepare, self._channel, self._progress),
            name=name,
            daemon=True,
        )
        self._thread.start()
        # A loop that is left without `close` must not leave a thread that reads for ever.
        weakref.finalize(self, _end, source, self._channel)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; after the last one, and after an error, the source is closed.

        A loop that was left goes on with the next frame in a further iteration.
        """
        while (frame := self._take_or_close()) is not None:
            yield frame

    def _take_or_close(self) -> Frame | None:
        frame = None
        try:
            frame = self.take(lambda: False)
        finally:
            if frame is None:
                self.close()
        return frame

    def take(self, stop: Callable[[], bool]) -> Frame | None:
        """Wait for the next frame.

        Args:
            stop: Asked while waiting, about ten times a second; True ends the wait.

        Returns:
            The frame; None at the end and after a stop.

        Raises:
            BaseException: What the source raised, after the last frame.
        """
        return self._channel.take(lambda: self._stopped.is_set() or stop())

    @property
    def read(self) -> int:
        """How many frames came, those included that were dropped here and in the source."""
        return self.source.read if isinstance(self.source, Reader) else self._progress.read + self.source.dropped

    @property
    def is_cut(self) -> bool:
        """Whether the frames ended at `limit` or `until`, not with the source."""
        return self._progress.is_cut or (isinstance(self.source, Reader) and self.source.is_cut)

    @property
    def dropped(self) -> int:  # type: ignore[override]
        """How many frames were replaced by a newer one, here and in the source."""
        return self.source.dropped + self._channel.dropped

    @property
    def warnings(self) -> Sequence[str]:  # type: ignore[override]
        """Those of the source."""
        return self.source.warnings

    @property
    def notice(self) -> str | None:  # type: ignore[override]
        """That of the source."""
        return self.source.notice

    def shortfall(self) -> str | None:
        """Return that of the source."""
        return self.source.shortfall()

    def stop(self) -> None:
        """End the iteration at once, also where the source hangs in a read."""
        if not self._stopped.is_set():
            self._stop_time = time.monotonic()
            self._stopped.set()
        _end(self.source, self._channel)

    def join(self, give_up: Callable[[], bool] = lambda: False) -> None:
        """Stop, and wait for the thread's end; of a live source not for long, as its read may hang.

        Args:
            give_up: Asked while waiting; True leaves the thread to itself.
        """
        self.stop()
        while self._thread.is_alive() and not give_up() and not (self.info.live and self._has_waited()):
            self._thread.join(_LOOK_UP_SECONDS)
        if isinstance(self.source, Reader):
            self.source.join(give_up)

    def _has_waited(self) -> bool:
        return time.monotonic() - self._stop_time >= _FAREWELL_SECONDS

    def close(self) -> None:
        """Stop, and close the source; a read that hangs is left to itself. May be called twice."""
        self.join(self._has_waited)
        self.source.close()


@awaited_at_exit()
def _read_into(
    source: Source,
    limit: int | None,
    until: float | None,
    prepare: Callable[[Frame], object] | None,
    channel: Channel[Frame],
    progress: _Progress,
) -> None:
    error: BaseException | None = None
    try:
        for frame in itertools.islice(_iterate(source), limit):
            if not isinstance(frame, Frame):  # A None would end the stream without an error.
                raise ObjectResultError(
                    f"the source {source.info.name} yielded {type(frame).__name__} instead of a Frame: "
                    "yield Frame(FrameInfo(index, pts, duration, info), bgr=image)"
                )
            if until is not None and frame.info.time >= until:
                progress.is_cut = True
                break
            progress.read += 1
            progress.is_cut = progress.read == limit
            if prepare is not None:
                prepare(frame)
            if not channel.put(frame):
                break
    except BaseException as caught:
        error = caught
    channel.finish(error)


def _iterate(source: Source) -> Iterator[Frame]:
    # A Reader's own iteration closes its source, whose audio may still be needed.
    return iter(lambda: source.take(lambda: False), None) if isinstance(source, Reader) else iter(source)


def _end(source: Source, channel: Channel[Frame]) -> None:
    channel.cancel()
    source.stop()
