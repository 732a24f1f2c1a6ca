"""How far a run is: a progress bar on stderr, by tqdm, `on_progress` and `Engine.progress`."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..basics.standard_streams import can_write_stderr
from ..errors import FramechainError, ObjectError, read_message
from ..frame import StreamInfo
from ..steering import Progress

_SECONDS_BETWEEN_CALLS = 0.1

OnProgress = Callable[[Progress], object]
"""A user's function that is told how far a run is."""


class ProgressReport:
    """Counts the frames of a run and tells how far it is."""

    def __init__(self, total: int | None, on_progress: OnProgress | None = None) -> None:
        """Begin with no frame done.

        Args:
            total: How many frames there will be; None if unknown.
            on_progress: Called at most ten times a second; it may raise.
        """
        self._total = total
        self._on_progress = on_progress
        self._started = time.perf_counter()
        self._called = float("-inf")
        self._ended: float | None = None
        self._is_done = False
        self.frames = 0

    def begin(self) -> None:
        """Start the clock: the objects are open, which may have taken long."""
        self._started = time.perf_counter()

    def read(self) -> Progress:
        """Return how far the run is; for any thread."""
        seconds = (self._ended or time.perf_counter()) - self._started
        frames, total = self.frames, self._total
        if total is not None:
            total = frames if self._is_done else max(total, frames)
        return Progress(frames, total, seconds, self._ended is not None)

    def tell(self) -> None:
        """Call `on_progress`, unless that was done a moment ago."""
        if self._on_progress is None:
            return
        now = time.perf_counter()
        if now - self._called >= _SECONDS_BETWEEN_CALLS:
            self._called = now
            self._call(self._on_progress)

    def finish(self, *, complete: bool) -> None:
        """Call `on_progress` for the last time.

        Args:
            complete: Whether the run went to its end: then there are as many frames as were done.
        """
        self._is_done = complete
        self.freeze()
        if self._on_progress is not None:
            self._call(self._on_progress)

    def _call(self, on_progress: OnProgress) -> None:
        try:
            on_progress(self.read())
        except FramechainError:
            raise
        except Exception as error:
            raise ObjectError(f"on_progress raised {type(error).__name__}: {read_message(error)}") from error

    def freeze(self) -> None:
        """Let the time stand still: the run has ended."""
        self._ended = self._ended or time.perf_counter()


@contextlib.contextmanager
def show_progress(info: StreamInfo, total: int | None, progress: bool | None) -> Iterator[Callable[[int], object]]:
    """Show a progress bar while a stream is processed.

    Args:
        info: The stream.
        total: How many frames there will be; None if unknown.
        progress: Whether to show it; None: if stderr is a terminal.

    Yields:
        Call it with the number of frames that were done.
    """
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # tqdm's own thread would outlive the run.

        def display(self, *arguments: Any, **named: Any) -> None:
            try:
                super().display(*arguments, **named)
            except (OSError, ValueError):  # A full disk, a closed pipe or a closed file must not end the run.
                self.disable = True

        def close(self) -> None:
            with contextlib.suppress(OSError, ValueError):
                super().close()

    disable = None if progress is None else not progress  # None is tqdm's own rule for terminals.
    if not can_write_stderr():
        disable = True
    with Bar(total=total, unit="frame", disable=disable, desc=os.path.basename(info.name)) as bar:
        yield bar.update
