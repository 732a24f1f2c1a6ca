"""Keeps what native libraries print off stderr, where no setting of theirs does."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import BinaryIO

_lock = threading.Lock()
# A camera may take long to open: noise is better than another stream that stands still meanwhile.
_PATIENCE_SECONDS = 2.0


@contextlib.contextmanager
def hide_native_messages(*starts: str) -> Iterator[list[str]]:
    """Hold back lines on the process's stderr that begin in known ways; all others are printed afterwards.

    The file descriptor itself is redirected, as C code knows no `sys.stderr`; keep the context short. Where that
    cannot be done, as without a stderr or while another thread does it for long, nothing is held back.

    Args:
        starts: How the lines begin that are noise; "" for all.

    Yields:
        A list that holds the lines held back once the context has ended.
    """
    hidden: list[str] = []
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # No stderr, as under pythonw; no handle left.
            _redirect(stack, starts, hidden)
        yield hidden


def _redirect(stack: contextlib.ExitStack, starts: tuple[str, ...], hidden: list[str]) -> None:
    """Send stderr to a file until the stack is closed, and sift it then; not while another thread does."""
    if not _lock.acquire(timeout=_PATIENCE_SECONDS):
        return
    stack.callback(_lock.release)
    saved = os.dup(2)
    stack.callback(os.close, saved)
    capture = _memory_file()
    stack.callback(_sift, capture, starts, hidden)
    _flush_stderr()
    os.dup2(capture.fileno(), 2)
    stack.callback(os.dup2, saved, 2)


def _memory_file() -> BinaryIO:
    """A file that needs no folder, where the system has such: a read-only one may have none to write to."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("framechain"), "w+b")
    return tempfile.TemporaryFile()


def _sift(capture: BinaryIO, starts: tuple[str, ...], hidden: list[str]) -> None:
    with capture:
        capture.seek(0)
        for line in capture.read().decode(errors="replace").splitlines():
            if line.startswith(starts):
                hidden.append(line)
            elif sys.stderr is not None:
                with contextlib.suppress(OSError):  # It may lie on a full disk.
                    print(line, file=sys.stderr)


def _flush_stderr() -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
