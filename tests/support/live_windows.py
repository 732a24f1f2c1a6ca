"""Programs that show a camera in a window, and looks at what the screen shows of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from support.screens import Program, Screen, wait_until

WIDTH, HEIGHT = 320, 240
RED, GREEN, BLUE, GREY = (0, 0, 200), (0, 200, 0), (200, 0, 0), (90, 90, 90)

_SETUP = """
import os, sys
import numpy as np
from framechain import BackgroundReplacement, CameraOptions, Engine
from framechain.backgrounds import Blur, Color, Transparent
class Report:
    def __call__(self, frame, info):
        print("frame", info.index, *frame[5, 5], flush=True)
        return frame
    def on_key(self, key):
        print("key", repr(key), flush=True)
        return key in CLAIMED
def find_left(frame):
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha
class StillLearning:
    status = "hold still"
    def __call__(self, frame):
        return find_left(frame)
os.chdir(sys.argv[2])
"""
_RUN = """
try:
    result = Engine(webcam_id=sys.argv[1], show=True, progress=False, MORE).run()
except KeyboardInterrupt as interrupted:
    result = interrupted.result
print(result)
print("end")
"""
REPORT = "custom_objects=[Report()]"


def make_program(*runs: str, claimed: str = "") -> str:
    """Make a program: its arguments are the camera's address and the current folder.

    Args:
        runs: Arguments of `Engine` for each run in turn.
        claimed: The keys that the object `Report` uses.
    """
    return _SETUP.replace("CLAIMED", repr(claimed)) + "".join(_RUN.replace("MORE", run) for run in runs)


def make_halves(number: int = 0) -> Any:
    """Red at the left, green at the right."""
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    image[:, : WIDTH // 2], image[:, WIDTH // 2 :] = RED, GREEN
    return image


def make_moving_bar(number: int) -> Any:
    """A bar that moves to the right with every image."""
    image = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    left = number * 8 % (WIDTH - 40)
    image[:, left : left + 40] = (250, 250, 250)
    return image


def read_until(program: Program, start: str) -> str:
    """Read lines until one starts so, and return it."""
    while not (line := program.read_line()).startswith(start):
        pass
    return line


def await_keys(program: Program) -> None:
    """Wait until the window of a program with the object `Report` takes keys; the key "x" has no use in it."""
    program.press_until("x", "key 'x'")


def await_frames(program: Program, count: int) -> int:
    """Wait for so many frames; returns the last one's index. A busy machine leaves some out."""
    return [int(read_until(program, "frame").split()[1]) for _ in range(count)][-1]


def await_still_screen(desktop: Screen, sent: Sequence[float]) -> Any:
    """Wait until the screen shows the same while the camera sends some images; returns the screen's pixels."""

    def look() -> Any:
        held, enough = desktop.pixels(), len(sent) + 8
        wait_until(lambda: len(sent) > enough, "more images")
        return (held,) if np.array_equal(desktop.pixels(), held) else None

    return wait_until(look, "a screen at rest")[0]


def is_near(found: Any, colour: tuple[int, int, int], by: int = 40) -> bool:
    return all(abs(int(a) - b) <= by for a, b in zip(found, colour, strict=True))


def is_shown(pixels: Any, expected: Any, by: float = 8) -> bool:
    """Return whether the window shows an image; the window is in the upper left corner of the screen."""
    height, width = expected.shape[:2]
    return float(np.abs(pixels[:height, :width].astype(int) - expected).mean()) < by


def press_until(program: Program, key: str, look: Callable[[Any], bool], what: str) -> None:
    """Press a key once and wait for its effect on the screen."""
    program.screen.press(program.window(), key)
    program.await_screen(look, what)
