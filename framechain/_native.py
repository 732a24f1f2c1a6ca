"""Keeps what native libraries print off stderr, where no setting of theirs does."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator

_lock = threading.Lock()


@contextlib.contextmanager
def noise_hidden(*starts: str) -> Iterator[list[str]]:
    """Hold back lines on the process's stderr that begin in known ways; all others are printed afterwards.

    The file descriptor itself is redirected, as C code knows no `sys.stderr`; keep the context short.

    Args:
        starts: How the lines begin that are noise; "" for all.

    Yields:
        A list that holds the lines held back once the context has ended.
    """
    hidden: list[str] = []
    with _lock:
        try:
            saved = os.dup(2)
        except OSError:  # No stderr at all, as under pythonw: nothing to hide.
            yield hidden
            return
        with tempfile.TemporaryFile() as capture:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(capture.fileno(), 2)
            try:
                yield hidden
            finally:
                os.dup2(saved, 2)
                os.close(saved)
                capture.seek(0)
                for line in capture.read().decode(errors="replace").splitlines():
                    if line.startswith(starts):
                        hidden.append(line)
                    elif sys.stderr is not None:
                        print(line, file=sys.stderr)
