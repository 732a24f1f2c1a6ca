"""A writer in a thread of its own, so that a slow disk or network never holds up whoever makes the frames."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from ..frame import Frame

# How long the end of a run waits for what is still being written.
_FINISH_SECONDS = 20.0


class Outlet:
    """Hands frames to a writer through a short queue.

    Where the writer falls behind, `put` first waits a little, so that an encoder which is a bit too slow slows
    its source down; one that hangs costs frames instead, which are counted.

    Attributes:
        dropped: Frames that did not fit.
        error: What the writer raised; nothing is handed to it any more.

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
            name: What the thread is called after.
            depth: How many frames may wait.
            patience: Seconds that `put` waits for room, as long as the writer moves at all.
        """
        self._write = write
        self._depth = depth
        self._patience = patience
        self._frames: deque[Frame] = deque()
        self._change = threading.Condition()
        self._ended = False
        self._stuck = False
        self.dropped = 0
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"framechain-{name}", daemon=True)
        self._thread.start()

    def put(self, frame: Frame) -> bool:
        """Hand over a frame.

        Args:
            frame: It must not be changed afterwards.

        Returns:
            False if it was dropped.
        """
        with self._change:
            if len(self._frames) >= self._depth and not self._stuck:
                self._stuck = not self._change.wait_for(self._has_room, self._patience)
            if self._ended or not self._has_room() or self.error is not None:
                self.dropped += 1
                return False
            self._frames.append(frame)
            self._change.notify_all()
            return True

    def _has_room(self) -> bool:
        return len(self._frames) < self._depth or self.error is not None

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: bool(self._frames) or self._ended)
                if not self._frames:
                    return
                frame = self._frames.popleft()
                self._stuck = False
                self._change.notify_all()
            try:
                self._write(frame)
            except BaseException as error:
                with self._change:
                    self.error = error
                    self._frames.clear()
                    self._change.notify_all()
                return

    def finish(self, seconds: float = _FINISH_SECONDS) -> bool:
        """Let the writer catch up and end the thread.

        Args:
            seconds: How long to wait for it.

        Returns:
            False if it is stuck: the thread is left alone, and whatever it writes to must not be touched.
        """
        with self._change:
            self._ended = True
            self._change.notify_all()
        self._thread.join(seconds)
        return not self._thread.is_alive()
