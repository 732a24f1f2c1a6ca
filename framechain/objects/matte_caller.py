"""Calls a matte and its hooks, on a live stream in a thread of its own within a time limit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contracts import Matte
from ..errors import LateError
from ..frame import Frame, StreamInfo
from ..results import call_hook, check_confidence
from ..threads.worker import TimeLimit

MATTE_TIMEOUT = 1.0
"""Seconds that a matte may take for a frame of a live stream; most take a fiftieth of it."""


class MatteCaller:
    """A matte and how long it may take.

    Attributes:
        matte: The matte; may be set while running.
    """

    def __init__(self, matte: Matte, seconds: float | None) -> None:
        """Set the limit.

        Args:
            matte: The matte.
            seconds: How long it may take for a frame of a live stream, above 0; None for no limit and no thread.
        """
        self.matte = matte
        self._limit = TimeLimit(seconds)
        self._stream: StreamInfo | None = None
        self._opened: Matte | None = None

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the confidence of a frame: uint8 (h, w), 255 = foreground, of the frame's size or smaller.

        Raises:
            ObjectResultError: If the matte returned something else.
            LateError: If it takes too long.
        """
        if self._stream is not None and self._opened is not self.matte:  # It was set while running.
            self._release()
            self._open(self._stream)
        found = self._limit.call(self.matte.name, lambda: self.matte.estimate(frame))
        return check_confidence(found, self.matte.name)

    def on_key(self, key: str) -> bool:
        """Offer a key to the matte; return True if it was used."""
        # A matte that hangs in a call must not be called from another thread; its next frame reports the error.
        if not self._limit.hangs:
            with contextlib.suppress(LateError):
                return bool(self._call("on_key", self.matte.on_key, key))
        return False

    def use_level(self, level: str) -> None:
        """Change the matte, if it has this level."""
        if level in self.matte.levels:
            self._call("use_level", self.matte.use_level, level)

    def open(self, stream: StreamInfo) -> None:
        """Open the matte for a stream."""
        self._limit.begin(live=stream.live)
        self._stream = stream
        self._open(stream)

    def _open(self, stream: StreamInfo) -> None:
        self._opened = self.matte
        self._call("open", self.matte.open, stream, patiently=True)

    def reset(self) -> None:
        """Let the matte forget what it learnt."""
        self._call("reset", self.matte.reset)

    def close(self) -> None:
        """Release what the matte holds."""
        try:
            # The model of a matte that hangs in a call must stay.
            if not self._limit.hangs:
                self._release()
        finally:
            self._stream = self._opened = None
            self._limit.end()

    def _release(self) -> None:
        matte = self.matte if self._opened is None else self._opened
        self._call("close", matte.close, patiently=True)

    def _call(self, hook: str, function: Callable[..., Any], *arguments: Any, patiently: bool = False) -> Any:
        """Call a hook of the matte in the thread in which it estimates."""
        name = self.matte.name
        return self._limit.call(name, lambda: call_hook(name, hook, function, *arguments), patiently=patiently)
