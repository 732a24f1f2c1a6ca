"""Whether a window on an X server still exists: Qt does not notice that another program has destroyed it.

Through libxcb and the connection of `x_display`, which reports errors instead of ending the process, as Xlib does.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from .x_display import get_connection

_DESTROY_NOTIFY = 17
_EVENT_MASK, _STRUCTURE_NOTIFY = 1 << 11, 1 << 17
_ANY_TYPE, _LONGEST = 0, 256
# A window manager puts windows into frames of its own, which may have frames too.
_DEEPEST = 4
_SEQUENCE_BIT = 0x80


class _Screens(ctypes.Structure):
    _fields_ = (("first", ctypes.POINTER(ctypes.c_uint32)), ("rest", ctypes.c_int), ("index", ctypes.c_int))


class XWindow:
    """A window of this process, found by its title.

    Attributes:
        was_found: Whether there is such a window on an X server.
    """

    def __init__(self, title: str) -> None:
        """Look for it; if it is not found, as on other systems than X, it is never gone.

        Args:
            title: Its title.
        """
        self._window: int | None = None
        self.was_found = False
        self._connection = get_connection()
        if self._connection is None:
            return
        self._xcb = _load_xcb()
        self._free = ctypes.CDLL(None).free
        self._free.argtypes = [ctypes.c_void_p]
        self._window = next(self._find(title.encode()), None)
        self.was_found = self._window is not None
        if self._window is not None:
            mask = (ctypes.c_uint32 * 1)(_STRUCTURE_NOTIFY)
            self._xcb.xcb_change_window_attributes(self._connection, self._window, _EVENT_MASK, mask)
            self._xcb.xcb_flush(self._connection)

    def is_gone(self) -> bool:
        """Return whether somebody has destroyed it; asks nobody, the server has reported it."""
        while self._window is not None and (event := self._xcb.xcb_poll_for_event(self._connection)):
            kind = ctypes.cast(event, ctypes.POINTER(ctypes.c_uint8))[0] & ~_SEQUENCE_BIT
            window = ctypes.cast(event, ctypes.POINTER(ctypes.c_uint32))[2]
            self._free(event)
            if kind == _DESTROY_NOTIFY and window == self._window:
                return True
        return False

    def _find(self, title: bytes) -> Iterator[int]:
        names = [self._get_atom(name) for name in (b"_NET_WM_NAME", b"WM_NAME")]
        process = self._get_atom(b"_NET_WM_PID")
        number = os.getpid().to_bytes(4, sys.byteorder)
        for window in self._walk(self._get_root(), _DEEPEST):
            if self._read(window, process) == number and title in [self._read(window, name) for name in names]:
                yield window

    def _get_root(self) -> int:
        screens = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(self._connection))
        return int(screens.first[0])

    def _walk(self, window: int, depth: int) -> Iterator[int]:
        reply = self._xcb.xcb_query_tree_reply(
            self._connection, self._xcb.xcb_query_tree(self._connection, window), None
        )
        if not reply:
            return
        children = self._xcb.xcb_query_tree_children(reply)[: self._xcb.xcb_query_tree_children_length(reply)]
        self._free(reply)
        yield from children
        for child in children if depth > 1 else ():
            yield from self._walk(child, depth - 1)

    def _get_atom(self, name: bytes) -> int:
        cookie = self._xcb.xcb_intern_atom(self._connection, 1, len(name), name)
        reply = self._xcb.xcb_intern_atom_reply(self._connection, cookie, None)
        if not reply:
            return 0
        atom = ctypes.cast(reply, ctypes.POINTER(ctypes.c_uint32))[2]
        self._free(reply)
        return int(atom)

    def _read(self, window: int, name: int) -> bytes:
        """Return a property of a window; empty if it has none or is gone."""
        cookie = self._xcb.xcb_get_property(self._connection, 0, window, name, _ANY_TYPE, 0, _LONGEST)
        reply = self._xcb.xcb_get_property_reply(self._connection, cookie, None)
        if not reply:
            return b""
        length = self._xcb.xcb_get_property_value_length(reply)
        value = ctypes.string_at(self._xcb.xcb_get_property_value(reply), length)
        self._free(reply)
        return value


def _load_xcb() -> Any:
    """Return the functions of libxcb that are called here."""
    xcb = ctypes.CDLL("libxcb.so.1")
    connection, word, pointer = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "xcb_get_setup": (pointer, [connection]),
        "xcb_setup_roots_iterator": (_Screens, [pointer]),
        "xcb_flush": (ctypes.c_int, [connection]),
        "xcb_poll_for_event": (pointer, [connection]),
        "xcb_change_window_attributes": (word, [connection, word, word, pointer]),
        "xcb_intern_atom": (word, [connection, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_char_p]),
        "xcb_intern_atom_reply": (pointer, [connection, word, pointer]),
        "xcb_query_tree": (word, [connection, word]),
        "xcb_query_tree_reply": (pointer, [connection, word, pointer]),
        "xcb_query_tree_children": (ctypes.POINTER(word), [pointer]),
        "xcb_query_tree_children_length": (ctypes.c_int, [pointer]),
        "xcb_get_property": (word, [connection, ctypes.c_uint8, word, word, word, word, word]),
        "xcb_get_property_reply": (pointer, [connection, word, pointer]),
        "xcb_get_property_value": (pointer, [pointer]),
        "xcb_get_property_value_length": (ctypes.c_int, [pointer]),
    }
    functions = {}
    for name, (result, arguments) in signatures.items():
        functions[name] = xcb[name]
        functions[name].restype, functions[name].argtypes = result, arguments
    return SimpleNamespace(**functions)
