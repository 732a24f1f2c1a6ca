"""A writer in a thread of its own, so that a slow disk or network never delays whoever makes the frames."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..frame import Frame
from ..threads.channel import Channel

# How long the end of a run waits for frames that are still being written.
_FINISH_SECONDS = 20.0


class Outlet:
    """Passes frames to a writer through a short queue.

    If the writer falls behind, `put` waits a little, so that a slightly slow encoder slows its source down. If the
    writer hangs, frames are dropped and counted.

    Attributes:
        error: What the writer raised; it gets no frame after that.

    Example:
        >>> seen = []
        >>> outlet = Outlet(seen.append, name="list")
        >>> outlet.put("a frame"), outlet.finish()
        (True, True)
        >>> seen
        ['a frame']
    """

    def __init__(self, write: Callable[[Frame], None], *, name: str, depth: int = 8, patience: float = 0.25) -> None:
        """Start the thread.

        Args:
            write: Called with each frame, in order, in the thread.
            name: The thread's name.
            depth: How many frames may wait.
            patience: Seconds that `put` waits for room, as long as the writer takes frames at all.
        """
        self._write = write
        self._frames: Channel[Frame] = Channel(depth, patience=patience)
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"framechain-{name}", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Frames for which there was no room."""
        return self._frames.dropped

    def put(self, frame: Frame) -> bool:
        """Pass a frame on.

        Args:
            frame: It must not be changed afterwards.

        Returns:
            False if it was dropped.
        """
        return self._frames.put(frame)

    def _run(self) -> None:
        while (frame := self._frames.take()) is not None:
            try:
                self._write(frame)
            except BaseException as error:
                self.error = error
                self._frames.cancel()
                return
            del frame  # No frame is held while the thread waits for the next one.

    def finish(self, seconds: float = _FINISH_SECONDS) -> bool:
        """Let the writer write what waits, and end the thread.

        Args:
            seconds: How long to wait for it.

        Returns:
            False if the writer hangs: the thread is left alone, and nobody may touch what it writes to.
        """
        self._frames.finish()
        self._thread.join(seconds)
        return not self._thread.is_alive()
