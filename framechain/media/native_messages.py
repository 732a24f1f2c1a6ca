"""Hides what native libraries print on stderr, where they have no setting for it: cameras, runtimes of models, Qt."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import BinaryIO

_lock = threading.Lock()
# A camera may take long to open. Noise is better than another stream that waits for it.
_PATIENCE_SECONDS = 2.0


@contextlib.contextmanager
def hide_native_messages(*starts: str) -> Iterator[list[str]]:
    """Hide the lines on the process's stderr that begin in known ways; the others are printed afterwards.

    C code does not know `sys.stderr`, so the file descriptor of the process is redirected: keep the context short.
    Nothing is hidden if there is no stderr, or while another thread is in such a context for long.

    Args:
        starts: How the lines to hide begin; "" for all.

    Yields:
        A list that has the hidden lines once the context has ended.
    """
    hidden: list[str] = []
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # There is no stderr, as under pythonw, or no free file descriptor.
            _redirect_stderr(stack, starts, hidden)
        yield hidden


def _redirect_stderr(stack: contextlib.ExitStack, starts: tuple[str, ...], hidden: list[str]) -> None:
    """Send stderr to a file until the stack is closed, and sort its lines then."""
    if not _lock.acquire(timeout=_PATIENCE_SECONDS):
        return
    stack.callback(_lock.release)
    saved = os.dup(2)
    stack.callback(os.close, saved)
    capture = _open_memory_file()
    stack.callback(_sort_lines, capture, starts, hidden)
    _flush_stderr()
    os.dup2(capture.fileno(), 2)
    stack.callback(os.dup2, saved, 2)


def _open_memory_file() -> BinaryIO:
    if sys.platform == "linux":  # No folder is needed: on a read-only system, none may be writable.
        return os.fdopen(os.memfd_create("framechain"), "w+b")
    return tempfile.TemporaryFile()


def _sort_lines(capture: BinaryIO, starts: tuple[str, ...], hidden: list[str]) -> None:
    with capture:
        capture.seek(0)
        for line in capture.read().decode(errors="replace").splitlines():
            if line.startswith(starts):
                hidden.append(line)
            elif sys.stderr is not None:
                with contextlib.suppress(OSError, ValueError):  # Its disk may be full, or it may be closed.
                    print(line, file=sys.stderr)


def _flush_stderr() -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
