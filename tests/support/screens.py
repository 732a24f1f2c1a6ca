"""A screen for the tests: an X server that draws into memory; the tests read its pixels and send it keys."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import os
import queue
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
# Seconds until a key is pressed again, and until a window is shown again.
NUDGE, SHOW_AGAIN = 3.0, 1.2
_PIXEL_BYTES = 4

Found = TypeVar("Found")


def missing() -> str | None:
    """Return why there can be no screen here; None if there can."""
    if not sys.platform.startswith("linux"):
        return "an X server can only be started on Linux"
    lacking = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    return f"{' and '.join(lacking)} must be installed" if lacking else None


def wait_until(
    look: Callable[[], Found | None], what: str, nudge: Callable[[], object] = lambda: None, every: float = NUDGE
) -> Found:
    """Call `look` until it returns something true, and return that; call `nudge` after every so many seconds."""
    began = nudged = time.monotonic()
    while (now := time.monotonic()) - began < PATIENCE:
        if found := look():
            return found
        if now - nudged > every:
            nudge()
            nudged = now
        time.sleep(0.05)
    raise AssertionError(f"{what} did not appear")


class Screen:
    """An X server of the tests.

    Attributes:
        display: Its name, such as ":7".
        kill: Ends the server without a word.
    """

    def __init__(self, display: str, memory: Path, kill: Callable[[], object]) -> None:
        self.display, self.kill = display, kill
        self._memory = memory

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.display, "PYTHONPATH": str(ROOT)}

    def pixels(self) -> Any:
        """Read the screen, uint8 (H, W, 3) BGR, from the server's memory, which has the format of xwd."""
        data = self._memory.read_bytes()
        head = struct.unpack(">25I", data[:100])
        size, width, height, row, colours = head[0], head[4], head[5], head[12], head[19]
        start = size + colours * 12
        rows = np.frombuffer(data[start : start + row * height], np.uint8).reshape(height, row)
        return rows[:, : width * _PIXEL_BYTES].reshape(height, width, _PIXEL_BYTES)[..., :3].copy()

    def windows(self, title: str) -> list[str]:
        return self._xdotool("search", "--onlyvisible", "--name", f"^{title}$").split()

    def press(self, window: str, key: str) -> None:
        self._xdotool("key", "--window", window, key)

    def size(self, window: str) -> tuple[int, int]:
        """Return (width, height) of a window."""
        lines = self._xdotool("getwindowgeometry", "--shell", window).split()
        values = dict(line.split("=") for line in lines)
        return int(values["WIDTH"]), int(values["HEIGHT"])

    def resize(self, window: str, width: int, height: int) -> None:
        self._xdotool("windowsize", window, str(width), str(height))

    def drag(self, window: str, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press the mouse button at one place of a window and release it at another."""
        move = ["mousemove", "--window", window]
        self._xdotool(*move, *map(str, start), "mousedown", "1")
        self._xdotool(*move, *map(str, end))
        self._xdotool("mouseup", "1")

    def show_again(self, window: str) -> None:
        """Hide a window and show it again, so that it is drawn again."""
        self._xdotool("windowunmap", window, "windowmap", window)

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        return done.stdout

    def destroy(self, window: str) -> None:
        """Let another program destroy a window."""
        self._xdotool("windowclose", window)

    def end_connection(self, window: str) -> None:
        """Let the server end the connection of the program that owns a window, as xkill does."""
        self._xdotool("windowkill", window)

    def click_close(self, window: str) -> None:
        """Send a window what the close button of a window manager sends: WM_DELETE_WINDOW.

        A window that is gone already is no error: Xlib would end this process for it.
        """
        x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        x11.XInternAtom.restype = ctypes.c_ulong
        x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
        x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
        x11.XSetErrorHandler.restype = ctypes.c_void_p
        x11.XSetErrorHandler.argtypes = [ctypes.c_void_p]
        before = x11.XSetErrorHandler(ctypes.cast(_IGNORE, ctypes.c_void_p))
        connection = x11.XOpenDisplay(self.display.encode())
        event = _ClientMessage(type=33, window=int(window), format=32)
        event.message_type = x11.XInternAtom(connection, b"WM_PROTOCOLS", 0)
        event.data[0] = x11.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
        assert x11.XSendEvent(connection, int(window), 0, 0, ctypes.byref(event))
        x11.XCloseDisplay(connection)  # Xlib reports errors here.
        x11.XSetErrorHandler(before)


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def _IGNORE(display: int, error: int) -> int:  # noqa: N802
    return 0


class _ClientMessage(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("room", ctypes.c_long * 24),  # XSendEvent reads a whole XEvent.
    )


@contextlib.contextmanager
def screen(folder: Path, *options: str) -> Iterator[Screen]:
    """Start an X server, and end it afterwards.

    Args:
        folder: For the file with its memory.
        options: More options of Xvfb.
    """
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-noreset", "-fbdir", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        number = server.stdout.readline().strip()
        assert number.isdecimal(), "Xvfb did not start"
        yield Screen(f":{number}", folder / "Xvfb_screen0", server.kill)
    finally:
        server.terminate()
        server.wait(PATIENCE)


class Program:
    """A Python program on the screen; its window is found by its title."""

    def __init__(self, screen: Screen, program: str, *arguments: object, title: str = "framechain") -> None:
        self.screen, self.title = screen, title
        command = [program] if program.endswith(".py") else ["-c", program]
        self._process = subprocess.Popen(
            [sys.executable, *command, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=screen.environment,
        )

        # Threads read both pipes, so that no line is lost between `read_line` and `end`, and neither pipe is full.
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=read) for read in (self._read_lines, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.strip())
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as errors:
            self._errors.append(errors.read())

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()

    def read_line(self) -> str:
        """Wait for the next line that it prints."""
        line = self._lines.get(timeout=PATIENCE)
        assert line is not None, f"the program has ended: {self.end()}"
        return line

    def find_line(self, start: str) -> str | None:
        """Return the next line that starts so, of those that it has printed; None if there is none yet."""
        with contextlib.suppress(queue.Empty):
            while not (self._lines.queue and self._lines.queue[0] is None):
                if (line := self._lines.get_nowait()) is not None and line.startswith(start):
                    return line
        return None

    def press_until(self, key: str, start: str) -> str:
        """Press a key until the program prints a line that starts so, and return it.

        Qt loses a key of a new window now and then.
        """
        self.screen.press(self.window(), key)
        what = f"a line that starts with {start!r}"
        return wait_until(lambda: self.find_line(start), what, lambda: self.screen.press(self.window(), key))

    def end_by(self, key: str) -> tuple[int, list[str], str]:
        """Press a key until the program ends; return what `end` returns."""
        window = self.window()
        self.screen.press(window, key)
        wait_until(lambda: self._process.poll() is not None, "its end", lambda: self.screen.press(window, key))
        return self.end()

    def window(self) -> str:
        """Wait for its window."""
        return wait_until(self._windows, f"the window {self.title}")[-1]

    def _windows(self) -> list[str]:
        if self._process.poll() is not None:
            raise AssertionError(f"the program has ended: {self.end()}")
        return self.screen.windows(self.title)

    def await_screen(self, look: Callable[[Any], bool], what: str) -> None:
        """Wait until the screen's pixels look as they should.

        Without a window manager the Qt in OpenCV's wheels sometimes loses the first events of a new window and then
        draws nothing, also in a program of four lines; hiding and showing the window helps.
        """
        wait_until(lambda: look(self.screen.pixels()), what, lambda: self.screen.show_again(self.window()), SHOW_AGAIN)

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> tuple[int, list[str], str]:
        """Wait for its end and return the exit code, the rest of its lines, and stderr."""
        self._process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        lines = [line for line in self._lines.queue if line is not None]
        return self._process.returncode, lines, "".join(self._errors)
