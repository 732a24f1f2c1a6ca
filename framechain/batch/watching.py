"""Folders that are watched: which files have arrived completely, and when to look again."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..errors import DependencyError, FramechainError
from ..files.paths import is_remote, is_stream_url
from ..sources.open import open_source
from .inputs import Inputs, Job
from .recipe import stamp

# A file that is written has not changed for so long before it is taken.
STILL_SECONDS = 2.0
# One that cannot be opened may still be copied; after so long without a change it is taken, and fails.
PATIENCE_SECONDS = 30.0
# So often it is looked without a message from the system: there are none for network folders and stores.
_LOOK_SECONDS = 5.0
_PAUSE_SECONDS = 0.2


class Arrivals:
    """Tells which of the files that a batch finds are complete and new.

    A file is complete if it opens and has stood still for two seconds. One that was renamed into the folder is complete
    at once: the time of its last change as a file is then later than that of its content.
    """

    def __init__(self, find: Callable[[], Inputs], clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with no file.

        Args:
            find: Returns what is there now; what it raises is told once and counts as nothing.
            clock: Returns seconds.
        """
        self._find, self._clock = find, clock
        self._taken: dict[str, Any] = {}
        self._seen: dict[str, tuple[Any, float]] = {}
        self.problem: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a file is there that is not complete yet."""
        return bool(self._seen)

    def look(self) -> list[Job]:
        """Return the files that are complete, each once for each content."""
        try:
            jobs: Sequence[Job] = self._find().jobs
            self.problem = None
        except FramechainError as error:
            self.problem, jobs = str(error), ()
        found = {job.input: job for job in jobs}
        self._seen = {name: seen for name, seen in self._seen.items() if name in found}
        return [job for job in jobs if self._is_new(job.input)]

    def _is_new(self, name: str) -> bool:
        with contextlib.suppress(FramechainError):  # A store may not answer now.
            now = stamp(name)
            if now is None or self._taken.get(name) == now:
                self._seen.pop(name, None)
                return False
            before, since = self._seen.get(name, (None, self._clock()))
            if before != now:
                since = self._clock()
            self._seen[name] = now, since
            if self._is_complete(name, self._clock() - since):
                self._taken[name] = now
                del self._seen[name]
                return True
        return False

    def _is_complete(self, name: str, still: float) -> bool:
        if is_remote(name) or is_stream_url(name):  # They appear as a whole.
            return True
        try:
            status = os.stat(name)
        except OSError:
            return False
        if still < STILL_SECONDS and not status.st_mtime_ns < status.st_ctime_ns:
            return False
        if still >= PATIENCE_SECONDS:
            return True
        try:
            with open_source(name):
                return True
        except FramechainError:
            return False


class Changes:
    """Waits until something may have changed in folders, which may vanish and come back.

    Raises:
        DependencyError: If watchfiles is not installed.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        """Watch folders.

        Args:
            folders: Local folders.
        """
        try:
            from watchfiles import watch
        except ImportError as error:
            raise DependencyError(
                f"watching folders needs watchfiles, which cannot be imported ({error}): pip install "
                "'framechain[watch]', or pip install watchfiles"
            ) from error
        self._watch = watch
        self._folders = folders
        self._there: list[tuple[str, int, int]] = []
        self._messages: Iterator[Any] | None = None

    def wait(self, must_stop: Callable[[], bool], *, short: bool) -> None:
        """Wait for a change, or some seconds.

        Args:
            must_stop: Looked at all the time.
            short: Whether it is looked again soon in any case.
        """
        end = time.monotonic() + (_PAUSE_SECONDS if short else _LOOK_SECONDS)
        while time.monotonic() < end and not must_stop():
            if self._has_changed():
                return

    def _has_changed(self) -> bool:
        there = [(folder, found.st_dev, found.st_ino) for folder in self._folders if (found := _stat(folder))]
        if there != self._there:  # One has gone, or another one has its name.
            self._there = there
            self._messages = None
            return True
        if not there:
            time.sleep(_PAUSE_SECONDS)
            return False
        try:
            if self._messages is None:
                self._messages = self._watch(
                    *(folder for folder, _, _ in there),
                    watch_filter=None,
                    debounce=100,
                    rust_timeout=int(1000 * _PAUSE_SECONDS),
                    yield_on_timeout=True,
                    raise_interrupt=False,
                )
            return bool(next(self._messages, None))
        except (OSError, RuntimeError):  # The folder has gone this very moment, or the system watches no more.
            self._messages = None
            time.sleep(_PAUSE_SECONDS)
            return True


def _stat(folder: str) -> os.stat_result | None:
    try:
        return os.stat(folder)
    except OSError:
        return None
