"""What code inside a run has to say to the user: the run collects it and warns."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

_current: contextvars.ContextVar[Remarks | None] = contextvars.ContextVar("framechain-remarks", default=None)


class Remarks:
    """The remarks of a run, each once, in the order in which they were made."""

    def __init__(self, *, live: bool = False) -> None:
        self.live = live
        self._all: dict[str, None] = {}
        self._taken = 0

    def add(self, sentence: str) -> None:
        """Add a sentence, unless it was said before."""
        self._all[sentence] = None

    def take(self) -> list[str]:
        """Return the sentences that are new since the last call."""
        new = list(self._all)[self._taken :]
        self._taken += len(new)
        return new


@contextlib.contextmanager
def collect_remarks(*, wanted: bool, live: bool = False) -> Iterator[Remarks]:
    """Make a context whose remarks are collected, also from threads that copy it.

    Args:
        wanted: False for a run whose objects have nothing to remark; a run around it does not get their remarks either.
        live: Whether the run's frames come in real time.

    Example:
        >>> with collect_remarks(wanted=True) as remarks:
        ...     remark("slow")
        ...     remark("slow")
        ...     remarks.take(), remarks.take()
        (['slow'], [])
    """
    remarks = Remarks(live=live)
    token = _current.set(remarks if wanted else None)
    try:
        yield remarks
    finally:
        _current.reset(token)


def is_in_run() -> bool:
    """Return whether a run that wants remarks calls this code."""
    return _current.get() is not None


def remark(sentence: str, *, on_live: bool = True) -> None:
    """Tell the run that calls this code; does nothing outside a run.

    Args:
        sentence: What to tell.
        on_live: Whether it counts for live runs as well.
    """
    remarks = _current.get()
    if remarks is not None and (on_live or not remarks.live):
        remarks.add(sentence)
