"""Calls the objects for a run: in the run's own thread or, where a time limit holds, in a thread that may hang."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Iterator
from typing import TypeVar

from ..basics.arguments import check_time_limit
from ..basics.tunables import Tunable
from ..chain import Chain
from ..contracts import FrameObject
from ..errors import FramechainError
from ..frame import StreamInfo
from ..steering import Stop
from ..threads.worker import Worker
from .interrupts import Interrupts

LIVE_SECONDS = 10.0
"""The default of `object_timeout` for a live stream."""

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


def resolve_object_timeout(seconds: float | None, *, live: bool) -> float | None:
    """Return the time limit of the objects of a stream.

    Args:
        seconds: As in `Engine`: above 0; None for the default, which is a limit for live streams alone.
        live: Whether the stream is live.

    Returns:
        Seconds, or None for no limit.

    Raises:
        ArgumentError: If it is not a number above 0.

    Example:
        >>> [resolve_object_timeout(seconds, live=True) for seconds in (None, 2, math.inf)]
        [10.0, 2.0, None]
    """
    if check_time_limit("object_timeout", seconds) is None:
        return LIVE_SECONDS if live else None
    return None if seconds is None or math.isinf(seconds) else float(seconds)


class ChainCaller:
    """The chain of a run, with the limits of how long anybody waits for it.

    Without a time limit objects are called in the caller's thread. With one they are called in a `Worker`: a call that
    is late raises a `LateError` that names the object, and the thread that hangs is left alone.

    Attributes:
        idle: Called about ten times a second while the caller waits for a `Worker`; set it to keep a window alive.
    """

    def __init__(self, chain: Chain, interrupts: Interrupts, *, seconds: float | None) -> None:
        """Set the limit.

        Args:
            chain: The chain.
            interrupts: The signals that break off a call.
            seconds: How long a frame or a key may take; None for no limit. `open` and `close` have none, as models
                may take long to load.
        """
        self._chain = chain
        self._interrupts = interrupts
        self._seconds = seconds
        self._worker: Worker | None = None
        self.idle: Callable[[], object] = _do_nothing

    @property
    def has_limit(self) -> bool:
        """True if objects have a time limit: then no other thread may call them."""
        return self._seconds is not None

    def _start_worker(self) -> Worker | None:
        return None if self._seconds is None else Worker("framechain-objects", limit_name="object_timeout")

    def call(self, function: Callable[[], Answer], *, seconds: float | None = None) -> Answer:
        """Call a function of the chain.

        Args:
            function: The function.
            seconds: The time limit; None for no limit.

        Returns:
            What the function returns.

        Raises:
            LateError: If it takes longer, or an earlier call hangs.
            BaseException: What the function raises.
        """
        if self._worker is None:
            return function()
        return self._worker.call(self._chain.describe_work, function, seconds, idle=self.idle)

    def call_in_time(self, function: Callable[[], Answer]) -> Answer:
        """Call a function of the chain within the time limit, as `call`.

        Args:
            function: The function, such as one that processes a frame.

        Returns:
            What the function returns.
        """
        return self.call(function, seconds=self._seconds)

    def on_key(self, key: str) -> bool:
        """Offer a key to the objects within the time limit; a second signal leaves an object that hangs.

        Args:
            key: One character.

        Returns:
            True if an object used it, or was left.
        """
        with self._interrupts.leaving():
            return self.call_in_time(lambda: self._chain.on_key(key))
        return True

    def turn(self, tunable: Tunable, position: int) -> None:
        """Set a tunable to a position of its trackbar, between two frames.

        Args:
            tunable: A number of an object.
            position: From 0 to its `positions`.
        """
        self.call_in_time(lambda: tunable.turn(position))

    @contextlib.contextmanager
    def opened(self, stream: StreamInfo) -> Iterator[None]:
        """Open the objects for a stream, and close them at its end or if one of them fails.

        The first signal ends the opening. A second one leaves a `close` that hangs; the others are closed.

        Args:
            stream: The stream.

        Raises:
            ObjectError: If an object raises; an error of `close` does not hide an earlier one.
        """
        self._worker = self._start_worker()
        if self._seconds is not None:
            _log.info("objects run in a thread of their own with a limit of %g s (object_timeout)", self._seconds)
        try:
            self._chain.open(stream, self._call_open)
            yield
        except BaseException:
            with contextlib.suppress(FramechainError, Stop):
                self._close()
            raise
        self._close()

    def _call_open(self, thing: FrameObject, function: Callable[[], object]) -> None:
        with self._interrupts.opening():
            self.call(function)

    def _close(self) -> None:
        hung, hanging = None, None
        if self._worker is not None and self._worker.is_busy:
            hung, hanging, self._worker = self._worker, self._chain.at_work, self._start_worker()
            _log.warning("%s hangs and is left alone", self._chain.describe_work())

        def close(thing: FrameObject, function: Callable[[], object]) -> None:
            if hung is not None and thing is hanging:
                # What it still uses must not be taken away: it is closed when its call returns.
                hung.end(function)
                return
            if self._worker is not None and self._worker.is_busy:  # The `close` before this one was left.
                self._worker.end()
                self._worker = self._start_worker()
            with self._interrupts.leaving():
                self.call(function)

        try:
            self._chain.close(close)
        finally:
            if self._worker is not None:
                self._worker.end()


def _do_nothing() -> None:
    pass
