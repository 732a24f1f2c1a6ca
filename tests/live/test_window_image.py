"""The window of a single image, on a real screen: it has the keys and trackbars of a video's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.live_windows import BLUE, HEIGHT, WIDTH, is_shown, make_halves, press_until
from support.screens import Program, Screen, wait_until

from framechain.objects.replacement_controls import join_side_by_side

pytestmark = pytest.mark.display

PROGRAM = """
import os, sys
import numpy as np
from framechain import BackgroundReplacement, Engine, FrameObject, LiveOptions
from framechain.backgrounds import Color
from framechain.basics.tunables import Tunable
def find_left(frame):
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha
class Darken(FrameObject):
    by = 0
    def __call__(self, frame):
        return np.clip(frame.astype(int) - self.by, 0, 255).astype(np.uint8)
    def set(self, value):
        self.by = value
        print("darken", value, flush=True)
    @property
    def tunables(self):
        return [Tunable("darken", lambda: self.by, self.set, 0, 200, 1)]
os.chdir(sys.argv[1])
objects = [BackgroundReplacement(find_left, Color((200, 0, 0))), Darken()]
engine = Engine("in.png", show=True, output_path="out.png", custom_objects=objects, live=LiveOptions(tune=TUNE))
print(engine.run())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with in.png: red at the left, green at the right."""
    assert cv2.imwrite(str(tmp_path / "in.png"), make_halves())
    return tmp_path


def make_result() -> Any:
    result = make_halves()
    result[:, WIDTH // 2 :] = BLUE
    return result


@pytest.mark.slow
def test_image_window_help_view_and_snapshot_and_writes_what_is_shown(desktop: Screen, folder: Path) -> None:
    matte = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    matte[:, : WIDTH // 2] = 255
    with Program(desktop, PROGRAM.replace("TUNE", "False"), folder) as program:
        program.await_screen(lambda pixels: is_shown(pixels, make_result(), 2), "the result")
        press_until(program, "h", lambda pixels: is_shown(pixels, make_result() // 4, 25), "the help")
        press_until(program, "h", lambda pixels: is_shown(pixels, make_result(), 2), "the result without the help")
        press_until(program, "m", lambda pixels: is_shown(pixels, matte, 2), "the matte")
        press_until(program, "s", lambda _: bool(list(folder.glob("framechain-*.png"))), "a snapshot")
        program.await_screen(lambda pixels: not is_shown(pixels, matte, 0.01), "the message")
        code, lines, err = program.end_by("q")
    assert (code, err) == (0, "")
    assert "frames_written=1" in lines[-1]
    for path in (folder / "out.png", *folder.glob("framechain-*.png")):
        np.testing.assert_array_equal(cv2.imread(str(path)), matte)


@pytest.mark.slow
def test_image_window_snapshot_of_both_views_has_each_in_full_size(desktop: Screen, folder: Path) -> None:
    run = PROGRAM.replace("TUNE", "False").replace(", Darken()", "")
    with Program(desktop, run, folder) as program:
        program.await_screen(lambda pixels: is_shown(pixels, make_result(), 2), "the result")
        matte = np.dstack(
            [np.where(np.arange(WIDTH) < WIDTH // 2, 255, 0).astype(np.uint8)[None].repeat(HEIGHT, 0)] * 3
        )
        press_until(program, "m", lambda pixels: is_shown(pixels, matte, 2), "the matte")
        press_until(
            program, "m", lambda pixels: is_shown(pixels, join_side_by_side(matte, make_result()), 2), "both views"
        )
        press_until(program, "s", lambda _: bool(list(folder.glob("framechain-*.png"))), "a snapshot")
        assert program.end_by("q")[0] == 0
    saved = cv2.imread(str(next(folder.glob("framechain-*.png"))))
    np.testing.assert_array_equal(saved, np.hstack([matte, make_result()]))


@pytest.mark.slow
def test_image_window_trackbar_processes_the_image_again(desktop: Screen, folder: Path) -> None:
    with Program(desktop, PROGRAM.replace("TUNE", "True"), folder) as program:
        window = program.window()
        program.await_screen(
            lambda pixels: is_shown(pixels[: HEIGHT - 40], make_result()[: HEIGHT - 40], 2), "the result"
        )
        wait_until(lambda: desktop.size(window)[1] > HEIGHT, "a trackbar below the image")
        time.sleep(0.5)
        width, height = desktop.size(window)
        for y in range(height - 4, height - 24, -5):
            desktop.drag(window, (width - 12, y), (width - 12, y))
            time.sleep(0.05)
        value = int(program.read_line().removeprefix("darken "))
        program.await_screen(lambda pixels: not is_shown(pixels[:100], make_result()[:100], 2), "a darker image")
        code, lines, err = program.end_by("x")  # A key without a use closes the window of an image.
    assert (code, err) == (0, "")
    values = [value, *(int(line.removeprefix("darken ")) for line in lines[:-1])]
    assert values[-1] > 0
    assert f"tuned={{'darken': {values[-1]}}}" in lines[-1]
    darker = np.clip(make_result().astype(int) - values[-1], 0, 255)
    np.testing.assert_array_equal(cv2.imread(str(folder / "out.png")), darker)
