"""What other threads may do to an engine's runs: end one, and see how far it is."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from ..steering import Progress


class RunControl:
    """The stop request and the progress of an engine's runs, one at a time. Any thread may call its methods.

    Example:
        >>> control = RunControl()
        >>> control.stop()  # Before the first run: it ends as soon as it begins.
        >>> with control.running():
        ...     control.must_stop
        True
        >>> control.stop()  # After a run: there is nothing to end.
        >>> with control.running():
        ...     control.must_stop
        False
    """

    def __init__(self) -> None:
        """Begin without a request."""
        self._guard = threading.RLock()  # A handler of a signal may ask to stop, in whatever line it comes.
        self._has_run = False
        self._is_running = False
        self._must_stop = False
        self._is_discarded = False
        self._read_progress: Callable[[], Progress] | None = None

    def __reduce__(self) -> tuple[type[RunControl], tuple[()]]:
        return RunControl, ()  # A copy of an engine has its own runs.

    def stop(self) -> None:
        """End the run that is under way, or the first one if none has begun; does nothing after a run."""
        with self._guard:
            self._must_stop = self._must_stop or self._is_running or not self._has_run

    def cancel(self) -> None:
        """As `stop`, but the output is discarded, unless it is being completed already."""
        with self._guard:
            if self._is_running or not self._has_run:
                self._must_stop = self._is_discarded = True

    @property
    def is_discarded(self) -> bool:
        """Whether the output of the run must be discarded."""
        return self._is_discarded

    @property
    def must_stop(self) -> bool:
        """Whether the run must end."""
        return self._must_stop

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Make the context of a run."""
        with self._guard:
            self._is_running, self._read_progress = True, None
        try:
            yield
        finally:
            with self._guard:
                self._is_running, self._has_run = False, True
                self._must_stop = self._is_discarded = False

    def follow(self, read_progress: Callable[[], Progress]) -> None:
        """Set the function that says how far the run is."""
        self._read_progress = read_progress

    def progress(self) -> Progress | None:
        """Return how far the run is, or how far the last one came; None before the first frame is asked for."""
        read = self._read_progress
        return None if read is None else read()
