"""How a run is steered from inside: end it (`Stop`), leave a frame out (`SKIP`), know how far it is (`Progress`)."""

from __future__ import annotations

import contextlib
import contextvars
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final


class Stop(BaseException):
    """Raise it to end the run from an object, a matte, a background, a source, a sink or `on_progress`.

    The frame in which it is raised is left out; earlier ones are kept, and the output is complete and playable.
    `RunResult.stopped` is "stop". It is no `Exception`, as it must pass every `except Exception` on its way.

    Example:
        >>> import os, tempfile, framechain
        >>> def first_half_second(frame, info):
        ...     if info.time >= 0.5:
        ...         raise framechain.Stop
        ...     return frame
        >>> out = os.path.join(tempfile.mkdtemp(), "out.mp4")
        >>> result = framechain.Engine(
        ...     video_path="samples/clip.mp4", custom_objects=[first_half_second], output_path=out
        ... ).run()
        >>> result.frames_written, result.stopped
        (15, 'stop')
    """


class Skip(enum.Enum):
    """The type of `SKIP`."""

    SKIP = "SKIP"

    def __repr__(self) -> str:
        return "framechain.SKIP"


SKIP: Final = Skip.SKIP
"""An object returns it instead of a frame that is to be left out of the output."""


class Skipped(BaseException):
    """An object returned `SKIP`: the later ones are not called."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        frames: Frames that are done, also those that were left out.
        total: How many there will be; None if unknown. Some containers promise it only roughly.
        seconds: Seconds since the first frame was asked for.
        done: True for the last report of a run, before its output is completed.

    Example:
        >>> progress = Progress(frames=50, total=200, seconds=2.0)
        >>> progress.fraction, progress.frames_per_second, progress.remaining
        (0.25, 25.0, 6.0)
    """

    frames: int
    total: int | None
    seconds: float
    done: bool = False

    @property
    def fraction(self) -> float | None:
        """The share that is done, 0 to 1; None if the total is unknown."""
        return min(1.0, self.frames / self.total) if self.total else None

    @property
    def frames_per_second(self) -> float:
        """Frames per second of wall-clock time."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds that the rest will take at this rate; None if that is unknown."""
        if self.done:
            return 0.0
        if self.total is None or not self.frames:
            return None
        return max(0, self.total - self.frames) * self.seconds / self.frames


_must_stop: contextvars.ContextVar[Callable[[], bool] | None] = contextvars.ContextVar("framechain-stop", default=None)


@contextlib.contextmanager
def asking_to_stop(must_stop: Callable[[], bool]) -> Iterator[None]:
    """Make a context in which `leave_if_stopped` asks a function, and those of the contexts around it.

    Args:
        must_stop: Returns True once nobody waits for what is done here.
    """
    outer = _must_stop.get()
    token = _must_stop.set(must_stop if outer is None else lambda: must_stop() or outer())
    try:
        yield
    finally:
        _must_stop.reset(token)


def leave_if_stopped() -> None:
    """Raise `Stop` if nobody waits for the caller's work any more: for what waits or computes for long."""
    must_stop = _must_stop.get()
    if must_stop is not None and must_stop():
        raise Stop
