"""A last call when native code ends the process: Qt does so without a word to Python when it loses the screen."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator

_Handler = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
# They undo what was registered: a child that was forked and the end of the interpreter must not run into a handler.
_releases: dict[Callable[[], object], None] = {}


@contextlib.contextmanager
def called_at_native_exit(function: Callable[[], object]) -> Iterator[None]:
    """Make a context in which a function is called if native code calls C's `exit`; nothing else runs after it.

    The function is called in the thread that called `exit`. It may use Python as usual, other threads go on
    meanwhile, and then the process ends with code 1. On systems other than Linux with glibc it is never called.

    Args:
        function: What to do.
    """
    libc = _find_libc()
    if libc is None:
        yield
        return
    is_on = True

    def call(argument: object) -> None:
        if is_on:
            try:
                function()
            finally:
                os._exit(1)

    handler, owner = _Handler(call), ctypes.create_string_buffer(1)

    def release() -> None:
        nonlocal is_on
        is_on = False
        # C calls the handler as it forgets it.
        libc.__cxa_finalize(ctypes.c_void_p(ctypes.addressof(owner)))

    libc.__cxa_atexit(handler, None, ctypes.c_void_p(ctypes.addressof(owner)))
    _releases[release] = None
    try:
        yield
    finally:
        if release in _releases:
            del _releases[release]
            release()


def _find_libc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL(None)
        # Other libraries have `__cxa_finalize` too, but it does nothing.
        libc.gnu_get_libc_version  # noqa: B018
    except (AttributeError, OSError, TypeError):
        return None
    return libc


@atexit.register
def _release_all() -> None:
    while _releases:
        _releases.popitem()[0]()


if os.name == "posix":
    os.register_at_fork(after_in_child=_release_all)
