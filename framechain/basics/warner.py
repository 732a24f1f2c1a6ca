"""The warnings of a run, which must never cost its output."""

from __future__ import annotations

import contextlib
import contextvars
import sys
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ..errors import FramechainWarning

# Where the program awaits a run that is in a thread of its own: file, line and the module's names.
_awaited: contextvars.ContextVar[tuple[str, int, dict[str, Any]] | None] = contextvars.ContextVar(
    "framechain-awaited", default=None
)
_is_quiet: contextvars.ContextVar[bool] = contextvars.ContextVar("framechain-is-quiet", default=False)


@contextlib.contextmanager
def warning_here() -> Iterator[None]:
    """Make a context whose warnings in other threads, which copy it, are given at the line that called this package."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and _is_module(frame, "framechain", "contextlib", "asyncio"):
        frame = frame.f_back
    token = _awaited.set(None if frame is None else (frame.f_code.co_filename, frame.f_lineno, frame.f_globals))
    del frame
    try:
        yield
    finally:
        _awaited.reset(token)


def _is_module(frame: FrameType, *packages: str) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] in packages


@contextlib.contextmanager
def keeping_quiet() -> Iterator[None]:
    """Make a context whose warnings are not given: they are in the result of the run."""
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)


def warn(problem: str) -> None:
    """Warn at the line of the caller's program that called this package.

    Args:
        problem: A sentence.

    Raises:
        FramechainWarning: If a filter makes an error of it.
    """
    if _is_quiet.get():
        return
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("framechain."):
        level, frame = level + 1, frame.f_back
    place = _awaited.get()
    with contextlib.suppress(ValueError):  # sys.stderr is closed.
        if place is None or not _is_module(frame, "concurrent"):
            warnings.warn(problem, FramechainWarning, stacklevel=level)
            return
        file, line, names = place
        seen = names.setdefault("__warningregistry__", {})
        warnings.warn_explicit(problem, FramechainWarning, file, line, names.get("__name__"), seen)


class Warner:
    """The warnings of a run.

    Where a filter turns them into errors (`-W error`), the run goes on: the error is raised by `raise_error`, once the
    outputs are complete.

    Attributes:
        told: The sentences, each once.
    """

    def __init__(self) -> None:
        """Begin without a warning."""
        self.told: list[str] = []
        self._error: Warning | None = None

    def warn(self, problem: str) -> None:
        """Warn, unless that was said before.

        Args:
            problem: A sentence.
        """
        if problem in self.told:
            return
        self.told.append(problem)
        try:
            warn(problem)
        except Warning as error:
            self._error = self._error or error

    def raise_error(self) -> None:
        """Raise the first warning that a filter made an error."""
        if self._error is not None:
            raise self._error
