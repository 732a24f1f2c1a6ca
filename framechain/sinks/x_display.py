"""Checks that windows can be shown, because OpenCV's Qt aborts the process if the X server does not let it in.

The check asks through libxcb, the library that Qt itself uses: it knows the ways to reach a server and its passwords.
"""

from __future__ import annotations

import ctypes
import os
import sys

from ..errors import DisplayError
from ..media.native_messages import hide_native_messages

ADVICE = "leave show=False (no --show) to process without a window"
# One connection per server stays open: some servers restart when the last client leaves, and Qt would meet that moment.
_connections: dict[str, int] = {}


def get_connection() -> int | None:
    """Return libxcb's connection to the screen that `check_display` has found; None if there is none."""
    return _connections.get(os.environ.get("DISPLAY", ""))


def check_display() -> None:
    """Check that there is an X server for this process, on the systems whose windows need one.

    Raises:
        DisplayError: If there is none, if it refuses this process, or if a system library is missing.
    """
    if not sys.platform.startswith(("linux", "freebsd")):
        return
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise DisplayError(f"there is no screen to show a window on (DISPLAY is not set); {ADVICE}")
    if display in _connections:
        return
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        ctypes.CDLL("libSM.so.6")
    except OSError as error:
        advice = "sudo apt-get install -y libxcb1 libsm6"
        raise DisplayError(f"windows need a system library ({error}): {advice}") from error
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    with hide_native_messages("") as messages:
        connection = xcb.xcb_connect(os.fsencode(display), None)
        failed = xcb.xcb_connection_has_error(connection) != 0
    if not failed:
        _connections[display] = connection
        return
    xcb.xcb_disconnect(connection)
    if messages:  # Only a server that answers gives a reason.
        reason = " ".join(" ".join(messages).split())
        raise DisplayError(f"the screen {display} refuses this program ({reason}; XAUTHORITY): {ADVICE}")
    raise DisplayError(f"the screen {display} does not answer (DISPLAY); {ADVICE}")
