"""Which threads go first where there are fewer cores than work."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

_NICE = 10


def lower_priority() -> None:
    """Let other threads go first from now on: before this one, and before those that it starts.

    On Linux alone, where each thread has a priority of its own; elsewhere it does nothing.

    Example:
        >>> thread = threading.Thread(target=lower_priority)
        >>> thread.start()
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):  # Some containers forbid it.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
