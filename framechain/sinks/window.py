"""A window on the screen, through OpenCV."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import time
from collections.abc import Callable

import cv2

from ..errors import DisplayError
from ..media.native_messages import hide_native_messages
from ..pixels.image import Image

_ESCAPE = 27
# A waiting window looks this often whether it was closed, of which OpenCV tells nobody.
_LOOK_MILLISECONDS = 50
# The room that a trackbar takes under the picture.
_TRACKBAR_PIXELS = 24
# X11's codes of the plus and minus of a number pad, where a backend does not make characters of them.
_KEY_PAD = {0xFFAB: "+", 0xFFAD: "-", 0xFF8D: "\r"}
_X_SOCKETS = "/tmp/.X11-unix/X"  # nosec B108
_X_TCP_PORT = 6000
_X_ATTEMPTS, _X_RETRY_SECONDS = 10, 0.1
# To X servers that let us in, by name, open as long as the process lives: some start over when the last one is closed.
_connections: dict[str, int] = {}
# Of any size, in proportion, and without the toolbar of OpenCV's Qt, which would halve small pictures.
_WINDOW = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
# The Qt that OpenCV's wheels bring looks for fonts that they do not bring, and says so several times.
_QT_NOISE = ("QFontDatabase: Cannot find font directory", "Note that Qt no longer ships fonts")


# Where Linux distributions put some plain font, for the names of trackbars.
_FONTS = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/truetype/liberation",
    "/usr/share/fonts/truetype/freefont",
)


class Window:
    """A window that shows frames and tells what is pressed. Use it from one thread, on macOS the main one.

    Attributes:
        closed_by: "q", "esc" or "closed" (its close button) once the viewer wants to stop; None before.
    """

    def __init__(self, title: str = "framechain") -> None:
        """Check that a window can be shown; it opens with the first frame.

        Args:
            title: The window's title.

        Raises:
            DisplayError: If there is no screen, or OpenCV was built without windows.
        """
        self._title = title
        self._open = False
        self._size = 0, 0
        self._trackbars: dict[str, Callable[[int], None]] = {}
        self.closed_by: str | None = None
        _require_display()

    def show(self, frame: Image, *, wait: int = 1) -> str | None:
        """Show a frame and look whether a key was pressed.

        Args:
            frame: uint8 (H, W, 3) BGR.
            wait: Milliseconds to wait for a key; 0 waits until one is pressed or the window is closed.

        Returns:
            The key as one character, or None. q, Esc and the close button set `closed_by` instead.

        Raises:
            DisplayError: If OpenCV cannot show it.
        """
        try:
            if not self._open:
                _find_fonts()
                with hide_native_messages(*_QT_NOISE):
                    cv2.namedWindow(self._title, _WINDOW)
                    cv2.resizeWindow(self._title, frame.shape[1], frame.shape[0])
                self._size = frame.shape[1], frame.shape[0]
                self._open = True
            cv2.imshow(self._title, frame)
            return self._key(wait)
        except cv2.error as error:
            raise DisplayError(f"OpenCV cannot show a window ({error.err}); {_HEADLESS_ADVICE}") from error

    def poll(self, *, wait: int = 1) -> str | None:
        """Look whether a key was pressed, and let the window do what windows do, while nothing new is to be shown.

        OpenCV keeps one key of all that come between two looks, the last: look often.

        Args:
            wait: Milliseconds to wait for a key.

        Returns:
            As `show`; None before the first frame.

        Raises:
            DisplayError: If OpenCV cannot show it.
        """
        if not self._open:
            return None
        try:
            return self._key(wait)
        except cv2.error as error:
            raise DisplayError(f"OpenCV cannot show a window ({error.err}); {_HEADLESS_ADVICE}") from error

    def _key(self, wait: int) -> str | None:
        while True:
            # The plain waitKey cuts codes down to a byte, and makes a Q of the arrow to the left.
            key = cv2.waitKeyEx(wait or _LOOK_MILLISECONDS)
            if self._was_closed():
                self.closed_by = "closed"
                return None
            if key >= 0 or wait:
                break
        if key < 0:
            return None
        code = key & 0xFFFF  # GTK puts the state of Shift and the like above it.
        if code in (_ESCAPE, ord("q")):
            self.closed_by = "esc" if code == _ESCAPE else "q"
            return None
        return _KEY_PAD.get(code) or (chr(code) if 0 < code < 256 else None)

    def trackbar(self, name: str, position: int, last: int, change: Callable[[int], None]) -> None:
        """Put a trackbar under the picture, or bring one to a position; the window must have been shown.

        Args:
            name: What is written beside it.
            position: Where it stands, from 0.
            last: Its last position.
            change: Called with the new position when somebody moves it, while the window looks for keys.
        """
        if self.closed_by is not None:
            return  # There may be no window any more.
        if name not in self._trackbars:
            self._trackbars[name] = change
            width, height = self._size
            with hide_native_messages(*_QT_NOISE):
                cv2.createTrackbar(name, self._title, position, last, lambda value: self._trackbars[name](value))
                cv2.resizeWindow(self._title, width, height + _TRACKBAR_PIXELS * len(self._trackbars))
                cv2.waitKeyEx(1)  # It is drawn, and complains of fonts, only now.
        elif cv2.getTrackbarPos(name, self._title) != position:
            cv2.setTrackbarPos(name, self._title, position)

    def _was_closed(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True  # Qt takes its whole machinery down with the last window, and then knows no property.

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._open:
            self._open = False
            self._trackbars.clear()
            try:
                cv2.destroyWindow(self._title)
                cv2.waitKey(1)  # Some window systems close nothing until events are handled.
            except cv2.error:
                pass  # The viewer closed it first.

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _find_fonts() -> None:
    """Tell the Qt in OpenCV's wheels where fonts are: it looks for them in a folder that the wheels do not have."""
    if not os.path.isdir(os.environ.get("QT_QPA_FONTDIR", "/")):
        found = next((folder for folder in _FONTS if os.path.isdir(folder)), None)
        if found is not None:
            os.environ["QT_QPA_FONTDIR"] = found


_HEADLESS_ADVICE = "leave show=False (no --show) to process without a window"


def _require_display() -> None:
    """Refuse what would abort the whole process: OpenCV's Qt does so when it finds no X server.

    Raises:
        DisplayError: If there is no X server to talk to, or a library that its windows need is missing.
    """
    if not sys.platform.startswith(("linux", "freebsd")):
        return
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise DisplayError(f"there is no screen to show a window on (DISPLAY is not set); {_HEADLESS_ADVICE}")
    if not _x_server_answers(display):
        raise DisplayError(f"the screen {display} does not answer (DISPLAY); {_HEADLESS_ADVICE}")
    if (why := _refusal(display)) is not None:
        raise DisplayError(f"the screen {display} refuses this program ({why}; XAUTHORITY): {_HEADLESS_ADVICE}")
    try:
        ctypes.CDLL("libSM.so.6")
    except OSError as error:
        raise DisplayError(f"windows need a system library ({error}): sudo apt-get install -y libsm6") from error


def _x_server_answers(display: str) -> bool:
    host, _, number = display.rpartition(":")
    number = number.split(".")[0]
    if not number.isdecimal():
        return False
    if host in ("", "unix"):
        for address in (f"{_X_SOCKETS}{number}", f"\0{_X_SOCKETS}{number}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                if connection.connect_ex(address) == 0:
                    return True
        return False
    if host.startswith("/"):  # macOS' launchd and XQuartz name the socket itself.
        return os.path.exists(display) or os.path.exists(host)
    with socket.socket() as connection:
        connection.settimeout(2)
        return connection.connect_ex((host, _X_TCP_PORT + int(number))) == 0


def _refusal(display: str) -> str | None:
    """Why an X server turns this user away, asked through the library that Qt asks with; None if it does not."""
    if display in _connections:
        return None
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return None
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    for _ in range(_X_ATTEMPTS):
        with hide_native_messages("") as said:
            connection = xcb.xcb_connect(os.fsencode(display), None)
            refused = xcb.xcb_connection_has_error(connection) != 0
        if not refused:
            _connections[display] = connection
            return None
        xcb.xcb_disconnect(connection)
        if said:
            return " ".join(" ".join(said).split())
        time.sleep(_X_RETRY_SECONDS)  # It may be starting over.
    return "it hangs up"
