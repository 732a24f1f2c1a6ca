"""A window on the screen, through OpenCV."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator

import cv2

from ..errors import DisplayError
from ..media.native_messages import hide_native_messages
from ..pixels.image import Image
from .x_display import ADVICE, check_display
from .x_window import XWindow

_ESCAPE = 27
# OpenCV does not report that a window was closed: while it waits for a key, it is asked this often.
_CLOSE_CHECK_MILLISECONDS = 50
# The server may show a new window to others a moment later.
_MOST_SEARCHES = 5
# The height that a trackbar takes below the image.
_TRACKBAR_PIXELS = 24
# X11's codes of plus, minus and Enter of a number pad, which some of OpenCV's backends do not translate.
_NUMBER_PAD = {0xFFAB: "+", 0xFFAD: "-", 0xFF8D: "\r"}
# Resizable in proportion, and without the toolbar of OpenCV's Qt, which would halve small images.
_WINDOW = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
# The Qt in OpenCV's wheels searches for fonts that the wheels do not contain, and reports that several times.
_QT_NOISE = ("QFontDatabase: Cannot find font directory", "Note that Qt no longer ships fonts")
# Where Linux distributions install a plain font, for the names of the trackbars.
_FONT_FOLDERS = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/truetype/liberation",
    "/usr/share/fonts/truetype/freefont",
)


class Window:
    """A window that shows frames and reports keys. Use it from one thread, on macOS the main one.

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
        self._is_open = False
        self._size = 0, 0
        self._trackbars: dict[str, Callable[[int], None]] = {}
        self._x_window: XWindow | None = None
        self._searches = 0
        self.closed_by: str | None = None
        _check_build()
        check_display()

    def show(self, frame: Image, *, wait: int = 1) -> str | None:
        """Show a frame and read a key.

        Args:
            frame: uint8 (H, W, 3) BGR.
            wait: Milliseconds to wait for a key; 0 waits until one is pressed or the window is closed.

        Returns:
            The key as one character, or None. q, Esc and the close button set `closed_by` instead.

        Raises:
            DisplayError: If OpenCV cannot show it.
        """
        with _report_errors():
            if not self._is_open:
                _set_font_folder()
                with hide_native_messages(*_QT_NOISE):
                    cv2.namedWindow(self._title, _WINDOW)
                    cv2.resizeWindow(self._title, frame.shape[1], frame.shape[0])
                self._size = frame.shape[1], frame.shape[0]
                self._is_open = True
            cv2.imshow(self._title, frame)
            return self._read_key(wait)

    def poll(self, *, wait: int = 1) -> str | None:
        """Read a key and let the window handle its events while there is no new frame.

        OpenCV keeps only the last of the keys that were pressed between two calls: call it often.

        Args:
            wait: Milliseconds to wait for a key.

        Returns:
            As `show`; None before the first frame.

        Raises:
            DisplayError: If OpenCV cannot show it.
        """
        if not self._is_open:
            return None
        with _report_errors():
            return self._read_key(wait)

    def trackbar(self, name: str, position: int, last: int, change: Callable[[int], None]) -> None:
        """Add a trackbar below the image, or move it; the window must have been shown.

        Args:
            name: The text beside it.
            position: Its position, from 0.
            last: Its last position.
            change: Called with the new position when the viewer moves it, while a key is read.
        """
        if self.closed_by is not None:
            return  # The window may be gone.
        if name not in self._trackbars:
            self._trackbars[name] = change
            width, height = self._size
            with hide_native_messages(*_QT_NOISE):
                cv2.createTrackbar(name, self._title, position, last, lambda value: self._trackbars[name](value))
                cv2.resizeWindow(self._title, width, height + _TRACKBAR_PIXELS * len(self._trackbars))
                cv2.waitKeyEx(1)  # Qt draws it, and reports missing fonts, only now.
        elif cv2.getTrackbarPos(name, self._title) != position:
            cv2.setTrackbarPos(name, self._title, position)

    def _read_key(self, wait: int) -> str | None:
        while True:
            # waitKey would cut codes to one byte and turn the left arrow into a Q.
            key = cv2.waitKeyEx(wait or _CLOSE_CHECK_MILLISECONDS)
            if self._was_closed():
                self.closed_by = "closed"
                return None
            if key >= 0 or wait:
                break
        if key < 0:
            return None
        code = key & 0xFFFF  # GTK adds the state of Shift and other keys above it.
        if code in (_ESCAPE, ord("q")):
            self.closed_by = "esc" if code == _ESCAPE else "q"
            return None
        return _NUMBER_PAD.get(code) or (chr(code) if 0 < code < 256 else None)

    def _was_closed(self) -> bool:
        if self._is_destroyed():
            return True
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True  # Qt ends with its last window and then knows no property.

    def _is_destroyed(self) -> bool:
        """Return whether another program has destroyed the window, which Qt does not notice."""
        if self._x_window is None or not self._x_window.was_found:
            if self._searches == _MOST_SEARCHES:
                return False
            self._searches += 1
            self._x_window = XWindow(self._title)
        return self._x_window.is_gone()

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._is_open:
            self._is_open = False
            self._trackbars.clear()
            with contextlib.suppress(cv2.error):  # The viewer may have closed it.
                cv2.destroyWindow(self._title)
                cv2.waitKey(1)  # Some window systems close nothing until events are handled.

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _check_build() -> None:
    """Check that this OpenCV can show windows at all.

    Raises:
        DisplayError: If it cannot.
    """
    if re.search(r"\bGUI: +NONE\b", cv2.getBuildInformation()):
        raise DisplayError(
            "this OpenCV was built without windows, as opencv-python-headless is: put opencv-python in its place "
            f"(docs/install.md), or {ADVICE}"
        )


@contextlib.contextmanager
def _report_errors() -> Iterator[None]:
    try:
        yield
    except cv2.error as error:
        raise DisplayError(f"OpenCV cannot show a window ({error.err}); {ADVICE}") from error


def _set_font_folder() -> None:
    """Set the folder of fonts for the Qt in OpenCV's wheels: its own default is a folder that the wheels lack."""
    if not os.path.isdir(os.environ.get("QT_QPA_FONTDIR", "/")):
        folder = next((folder for folder in _FONT_FOLDERS if os.path.isdir(folder)), None)
        if folder is not None:
            os.environ["QT_QPA_FONTDIR"] = folder
