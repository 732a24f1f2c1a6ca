"""What a camera's window shows: the mirror, captions and trackbars, on a real screen."""

from __future__ import annotations

import re
import shlex
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cameras import Visit, camera, steadily
from support.interrupting import run_until_interrupted
from support.live_windows import (
    GREEN,
    HEIGHT,
    RED,
    REPORT,
    WIDTH,
    is_near,
    is_shown,
    make_halves,
    make_program,
    read_until,
)
from support.media import see
from support.screens import Program, Screen, wait_until

from framechain import Engine
from framechain.cli.arguments import build_parser

display = pytest.mark.display


# The mirror


@pytest.mark.slow
@display
def test_recording_is_mirrored_only_if_flip_view_says_so(desktop: Screen, tmp_path: Path) -> None:
    """Without `flip_view` the window is a mirror and the recording is not; with it both are as it says."""
    flips = {None: ("mirrored", RED), False: ("unmirrored", RED), True: ("mirrored", GREEN)}
    run = make_program(*(f"{REPORT}, output_path='{flip}.mp4', flip_view={flip}" for flip in flips))
    visits = [Visit(steadily(30)) for _ in range(2)]
    with (
        camera(steadily(30), *visits, image=make_halves) as device,
        Program(desktop, run, device.url, tmp_path) as program,
    ):
        for window_is, corner in flips.values():
            expected = make_halves()[:, ::-1] if window_is == "mirrored" else make_halves()
            program.await_screen(lambda pixels, expected=expected: is_shown(pixels, expected), window_is)
            assert is_near([int(value) for value in read_until(program, "frame").split()[2:]], corner)
            program.press_until("q", "end")
        assert program.end() == (0, [], "")
    for flip, (_, corner) in flips.items():
        assert is_near(see(tmp_path / f"{flip}.mp4").bgr(0)[5, 5], corner)


def test_camera_without_a_window_is_not_mirrored() -> None:
    corners: list[Any] = []

    def look(frame: Any) -> Any:
        corners.append(frame[5, 5].copy())
        signal.raise_signal(signal.SIGINT)
        return frame

    with camera(steadily(30), image=make_halves) as device:
        run_until_interrupted(Engine(webcam_id=device.url, custom_objects=[look], progress=False))
    assert is_near(corners[0], RED)


# Captions

LEARNING = "custom_objects=[BackgroundReplacement(StillLearning(), Color((9, 9, 9)))]"


@pytest.mark.slow
@display
def test_status_of_a_matte_in_a_mirror_can_be_read(desktop: Screen, tmp_path: Path) -> None:
    run = make_program(f"output_path='rec.mp4', {LEARNING}")
    with (
        camera(steadily(30), image=make_halves) as device,
        Program(desktop, run, device.url, tmp_path) as program,
    ):
        lowest = slice(HEIGHT - 40, HEIGHT)
        # The caption begins at the lower left; it is not mirrored to the right.
        program.await_screen(
            lambda pixels: pixels[lowest, :100].max() > 200 > pixels[lowest, 220:320].max(), "the caption"
        )
        assert program.end_by("q")[::2] == (0, "")
    assert see(tmp_path / "rec.mp4").bgr(0).max() < 60  # Covered, and without the caption.


@pytest.mark.slow
@display
def test_caption_of_the_window_leaves_the_objects_caption_visible(desktop: Screen, tmp_path: Path) -> None:
    run = make_program(f"flip_view=False, {LEARNING}")
    with (
        camera([0.03] * 900, image=make_halves) as device,
        Program(desktop, run, device.url, tmp_path) as program,
    ):
        lowest = slice(HEIGHT - 22, HEIGHT)  # The object's line.
        program.await_screen(lambda pixels: pixels[lowest, :100].max() > 200, "the caption")
        before = desktop.pixels()[:HEIGHT, :WIDTH]
        desktop.press(program.window(), "space")
        program.await_screen(lambda pixels: not np.array_equal(pixels[:HEIGHT, :WIDTH], before), "the word paused")
        assert np.array_equal(desktop.pixels()[lowest, :WIDTH], before[lowest])
        assert program.end_by("q")[0] == 0


# Trackbars


@pytest.mark.slow
@display
def test_trackbars_change_values_which_are_printed(desktop: Screen) -> None:
    with (
        camera(steadily(25), image=make_halves) as device,
        Program(
            *(desktop, "main.py", device.url, "--tune", "--blur=35", "--threshold", "0.5", "--quality=fast", "--quiet"),
            "--matte-timeout=30",  # A busy machine is not what is tested.
        ) as program,
    ):
        window = program.window()
        program.await_screen(lambda pixels: is_near(pixels[20, 20], GREEN, 60), "the image")
        # The window may need a moment to grow for the trackbars.
        wait_until(lambda: desktop.size(window)[1] > HEIGHT, "trackbars below the image")
        time.sleep(0.5)
        width, height = desktop.size(window)
        # Three trackbars below the image, with a slider at the right: a click beside the handle moves it.
        for y in range(height - 4, height - 70, -5):
            desktop.drag(window, (width - 12, y), (width - 12, y))
            time.sleep(0.05)
        code, lines, err = program.end_by("q")
    assert (code, err) == (0, "")
    command = shlex.split(lines[-1])
    given = ["--show", "--blur=35", "--threshold", "0.5", "--quality=fast", "--quiet", "--matte-timeout=30"]
    assert command[:10] == ["python", "main.py", device.url, *given]
    assert command[10::2] == ["--threshold", "--softness", "--blur"]
    threshold, softness, blur = map(float, command[11::2])
    assert 0.5 < threshold <= 1
    assert 0.2 < softness <= 1
    assert 35 < blur <= 199
    assert blur % 2 == 1
    assert build_parser().parse_args(command[2:]).blur == int(command[-1])


TUNED = """
import sys
from framechain.cli.program import main
from framechain.cli.builders import make_replacement
class Report:
    def __call__(self, frame, info):
        print("frame", info.index, flush=True)
        return frame
    def on_key(self, key):
        print("key", repr(key), flush=True)
sys.exit(main(sys.argv[1:], parts=[make_replacement, lambda options: Report()]))
"""


@display
@pytest.mark.parametrize("key", ["plus", pytest.param(None, marks=pytest.mark.slow)])
def test_tuned_values_camera_is_lost_are_printed_if_changed(key: str | None, desktop: Screen) -> None:
    arguments = ["--tune", "--reconnect", "0", "--matte", "otsu"]
    with (
        camera([0.04] * 900, image=make_halves) as device,
        Program(desktop, TUNED, device.url, *arguments) as program,
    ):
        program.await_screen(lambda pixels: bool(pixels[:HEIGHT, :WIDTH].any()), "an image")
        read_until(program, "frame")
        if key is not None:
            program.press_until(key, "key '+'")
        device.released.set()  # The camera hangs up.
        code, lines, err = program.end()
    assert code == 1
    assert "was lost after" in err
    more = sum(line == "key '+'" for line in lines)  # A key that was late, not lost.
    printed = [line for line in lines if not line.startswith(("frame", "key"))]
    if key is None:
        assert printed == []
    else:
        (line,) = printed
        given = f"{re.escape(device.url)} --show --reconnect 0 --matte otsu"
        assert re.search(rf" {given} --threshold \S+ --softness \S+ --blur {45 + 10 * more}$", line)
