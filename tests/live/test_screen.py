"""What a person at the window of a camera can do: every key, the mirror, the trackbars, on a real screen."""

from __future__ import annotations

import re
import shlex
import signal
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.cameras import camera, steadily
from support.media import see
from support.screens import Program, Screen, until

from framechain import Engine
from framechain.cli.arguments import build_parser

WIDTH, HEIGHT = 320, 240
RED, GREEN, GREY = (0, 0, 200), (0, 200, 0), (90, 90, 90)
display = pytest.mark.display


def halves(number: int = 0) -> Any:
    """Red at the left, green at the right."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, : WIDTH // 2], picture[:, WIDTH // 2 :] = RED, GREEN
    return picture


def stepping(number: int) -> Any:
    """A bar that steps to the right with every picture."""
    picture = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    left = number * 8 % (WIDTH - 40)
    picture[:, left : left + 40] = (250, 250, 250)
    return picture


RUN = """
import os, sys
import numpy as np
from framechain import BackgroundReplacement, CameraOptions, Engine
from framechain.backgrounds import Blur, Color, Transparent
class Tell:
    def __call__(self, frame, info):
        print("frame", info.index, *frame[5, 5], flush=True)
        return frame
    def on_key(self, key):
        print("key", repr(key), flush=True)
        return False
def left(frame):
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha
os.chdir(sys.argv[2])
engine = Engine(webcam_id=sys.argv[1], show=True, progress=False, MORE)
print(engine.run())
print("end")
"""
TELL = RUN.replace("MORE", "custom_objects=[Tell()]")


def of(program: Program, start: str) -> str:
    """The next line that starts so."""
    while not (line := program.line()).startswith(start):
        pass
    return line


def frames(program: Program, count: int) -> int:
    """Wait for so many frames; the last one's index. Some are left out where the machine is busy."""
    return [int(of(program, "frame").split()[1]) for _ in range(count)][-1]


def at_rest(desktop: Screen, sent: list[float]) -> Any:
    """Wait until the screen shows the same while some pictures are sent."""

    def look() -> Any:
        held, enough = desktop.pixels(), len(sent) + 8
        until(lambda: len(sent) > enough, "more pictures")
        return (held,) if np.array_equal(desktop.pixels(), held) else None

    return until(look, "a screen at rest")[0]


def pixel(pixels: Any, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(value) for value in pixels[y, x])


def near(found: Any, colour: tuple[int, int, int], by: int = 40) -> bool:
    return all(abs(int(a) - b) <= by for a, b in zip(found, colour, strict=True))


def is_picture(pixels: Any, expected: Any, by: float = 8) -> bool:
    """Whether the window's picture, in the upper left corner of the screen, is this one."""
    height, width = expected.shape[:2]
    return float(np.abs(pixels[:height, :width].astype(int) - expected).mean()) < by


def press_until(program: Program, key: str, look: Any, what: str) -> None:
    """Press a key once and wait for what it does."""
    program.screen.press(program.window(), key)
    program.seen(look, what)


# The mirror


@display
def test_a_camera_is_seen_as_in_a_mirror(desktop: Screen, tmp_path: Path) -> None:
    with camera(steadily(30), picture=halves) as device, Program(desktop, TELL, device.url, tmp_path) as program:
        program.seen(lambda pixels: is_picture(pixels, halves()[:, ::-1]), "the mirrored picture")
        corner = [int(value) for value in of(program, "frame").split()[2:]]
        assert near(corner, GREEN)  # Objects see what is seen: what they write can be read.
        desktop.press(program.window(), "q")
        code, lines, err = program.end()
    assert (code, err, lines[-1]) == (0, "", "end")


@display
def test_a_recording_is_no_mirror(desktop: Screen, tmp_path: Path) -> None:
    run = RUN.replace("MORE", "custom_objects=[Tell()], output_path='rec.mp4'")
    with camera(steadily(30), picture=halves) as device, Program(desktop, run, device.url, tmp_path) as program:
        program.seen(lambda pixels: is_picture(pixels, halves()[:, ::-1]), "the mirrored picture")
        assert near([int(value) for value in of(program, "frame").split()[2:]], RED)
        desktop.press(program.window(), "q")
        assert program.end()[::2] == (0, "")
    written = see(tmp_path / "rec.mp4")
    assert near(written.bgr(0)[5, 5], RED)


@display
@pytest.mark.parametrize(("flip", "corner"), [(False, RED), (True, GREEN)])
def test_who_says_what_is_mirrored_gets_it(
    flip: bool, corner: tuple[int, int, int], desktop: Screen, tmp_path: Path
) -> None:
    run = RUN.replace("MORE", f"custom_objects=[Tell()], output_path='rec.mp4', flip_view={flip}")
    with camera(steadily(30), picture=halves) as device, Program(desktop, run, device.url, tmp_path) as program:
        expected = halves()[:, ::-1] if flip else halves()
        program.seen(lambda pixels: is_picture(pixels, expected), "the picture")
        desktop.press(program.window(), "q")
        assert program.end()[::2] == (0, "")
    assert near(see(tmp_path / "rec.mp4").bgr(0)[5, 5], corner)


def test_without_a_window_there_is_no_mirror() -> None:
    seen: list[Any] = []

    def look(frame: Any) -> Any:
        seen.append(frame[5, 5].copy())
        signal.raise_signal(signal.SIGINT)
        return frame

    with camera(steadily(30), picture=halves) as device:
        Engine(webcam_id=device.url, custom_objects=[look], progress=False).run()
    assert near(seen[0], RED)


@display
def test_what_a_learning_matte_says_can_be_read_in_a_mirror(desktop: Screen, tmp_path: Path) -> None:
    run = RUN.replace("MORE", "output_path='rec.mp4', custom_objects=[BackgroundReplacement(M(), Color((9, 9, 9)))]")
    run = run.replace(
        "def left", "class M:\n    status = 'hold still'\n    def __call__(self, f): return left(f)\ndef left"
    )
    with camera(steadily(30), picture=halves) as device, Program(desktop, run, device.url, tmp_path) as program:
        # At the lower left, where it begins, and not mirrored to the right.
        program.seen(
            lambda pixels: pixels[HEIGHT - 40 : HEIGHT, :100].max() > 200 > pixels[HEIGHT - 40 : HEIGHT, 220:320].max(),
            "the caption",
        )
        desktop.press(program.window(), "q")
        assert program.end()[::2] == (0, "")
    assert see(tmp_path / "rec.mp4").bgr(0).max() < 60  # Covered, and without the caption.


@display
def test_what_the_window_says_hides_not_what_an_object_says(desktop: Screen, tmp_path: Path) -> None:
    run = RUN.replace("MORE", "flip_view=False, custom_objects=[BackgroundReplacement(M(), Color((9, 9, 9)))]")
    run = run.replace(
        "def left", "class M:\n    status = 'hold still'\n    def __call__(s, f): return left(f)\ndef left"
    )
    with camera([0.03] * 900, picture=halves) as device, Program(desktop, run, device.url, tmp_path) as program:
        lowest = slice(HEIGHT - 22, HEIGHT)  # The object's line.
        program.seen(lambda pixels: pixels[lowest, :100].max() > 200, "the caption")
        before = desktop.pixels()[:HEIGHT, :WIDTH]
        desktop.press(program.window(), "space")
        program.seen(lambda pixels: not np.array_equal(pixels[:HEIGHT, :WIDTH], before), "the word paused")
        assert np.array_equal(desktop.pixels()[lowest, :WIDTH], before[lowest])
        desktop.press(program.window(), "q")
        assert program.end()[0] == 0


# Keys


@display
def test_help_pause_rate_and_snapshot(desktop: Screen, tmp_path: Path) -> None:
    with camera(steadily(25), picture=halves) as device, Program(desktop, TELL, device.url, tmp_path) as program:
        mirrored = halves()[:, ::-1]
        program.seen(lambda pixels: is_picture(pixels, mirrored), "the picture")

        press_until(program, "h", lambda pixels: is_picture(pixels, mirrored // 4, 25), "the help")
        helped = desktop.pixels()[:HEIGHT, :WIDTH]
        assert (helped.min(axis=2) > 200).sum() > 200  # White letters.
        press_until(program, "h", lambda pixels: is_picture(pixels, mirrored, 2), "the picture without the help")

        def rate_is_drawn(pixels: Any) -> bool:
            corner = pixels[:40, :60].astype(int)
            return bool((np.abs(corner - (100, 255, 0)).max(axis=2) < 30).sum() > 10)

        press_until(program, "f", rate_is_drawn, "the frame rate")
        press_until(program, "f", lambda pixels: not rate_is_drawn(pixels), "no frame rate")

        press_until(program, "s", lambda _: bool(list(tmp_path.glob("*.png"))), "a snapshot")
        press_until(program, "s", lambda _: len(list(tmp_path.glob("*.png"))) == 2, "another one")
        for path in tmp_path.glob("framechain-*.png"):
            assert is_picture(cv2.imread(str(path)), mirrored, 2)
        desktop.press(program.window(), "Escape")
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped='esc'" in lines[-2]
    pressed = [line.split(" ", 1)[1] for line in lines if line.startswith("key")]
    assert pressed == ["'h'", "'h'", "'f'", "'f'", "'s'", "'s'"]  # Objects are asked first.


@display
def test_a_folder_that_is_gone_takes_no_snapshot_and_ends_nothing(desktop: Screen, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with camera([0.04] * 900, picture=halves) as device, Program(desktop, TELL, device.url, folder) as program:
        window = program.window()
        of(program, "frame 2")
        folder.rmdir()
        for key in ("s", "r"):
            desktop.press(window, key)
            assert of(program, "key") == f"key {key!r}"
        of(program, f"frame {int(of(program, 'frame').split()[1]) + 5}")
        desktop.press(window, "q")
        code, lines, err = program.end()
    assert (code, err, lines[-1]) == (0, "", "end")


@display
def test_a_pause_holds_the_picture(desktop: Screen, tmp_path: Path) -> None:
    with camera(steadily(25), picture=stepping) as device, Program(desktop, TELL, device.url, tmp_path) as program:
        program.seen(lambda pixels: bool(pixels[:HEIGHT, :WIDTH].any()), "a picture")
        window = program.window()
        desktop.press(window, "space")
        assert of(program, "key") == "key ' '"
        held = at_rest(desktop, device.sent)
        before = len(device.sent)
        until(lambda: len(device.sent) > before + 40, "more pictures")
        assert np.array_equal(desktop.pixels(), held)
        desktop.press(window, "space")
        assert of(program, "key") == "key ' '"
        program.seen(lambda pixels: not np.array_equal(pixels[:100], held[:100]), "another picture")
        # What came during the pause is left out, but for one that may have been under way.
        assert frames(program, 2) > before
        desktop.press(window, "space")
        of(program, "key")
        desktop.click_close(window)
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped='closed'" in lines[-2]


@display
def test_ctrl_c_ends_a_pause(desktop: Screen, tmp_path: Path) -> None:
    with camera(steadily(25), picture=halves) as device, Program(desktop, TELL, device.url, tmp_path) as program:
        window = program.window()
        frames(program, 3)
        desktop.press(window, "space")
        of(program, "key")
        program.send(signal.SIGINT)
        code, lines, err = program.end()
    assert code == 0, err
    assert "stopped='SIGINT'" in lines[-2]


@display
@pytest.mark.parametrize(("key", "claims"), [("r", ""), ("v", "r")])
def test_a_recording_is_begun_and_ended_by_key(key: str, claims: str, desktop: Screen, tmp_path: Path) -> None:
    run = TELL.replace("return False", f"return key in {claims!r}") if claims else TELL
    with camera(steadily(25), picture=halves) as device, Program(desktop, run, device.url, tmp_path) as program:
        window = program.window()
        frames(program, 3)
        if claims:
            desktop.press(window, claims)
            assert of(program, "key") == f"key {claims!r}"
        assert list(tmp_path.iterdir()) == []
        desktop.press(window, key)
        frames(program, 10)
        desktop.press(window, key)
        until(lambda: list(tmp_path.glob("recording_*.mp4")), "the recording")
        seen = sum(program.line().startswith("frame") for _ in range(15))
        desktop.press(window, "q")
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    (path,) = tmp_path.glob("*")
    written = see(path)
    assert 5 <= written.count < 3 + 10 + seen + sum(line.startswith("frame") for line in lines)
    assert is_picture(written.bgr(0), halves()[:, ::-1], 10)  # As it was seen.


@display
def test_views_and_blur_reach_the_object(desktop: Screen, tmp_path: Path) -> None:
    objects = "custom_objects=[BackgroundReplacement(left, Color((200, 0, 0)))], flip_view=False"
    run = RUN.replace("MORE", objects)
    with camera(steadily(25), picture=halves) as device, Program(desktop, run, device.url, tmp_path) as program:
        result = halves()
        result[:, WIDTH // 2 :] = (200, 0, 0)
        program.seen(lambda pixels: is_picture(pixels, result, 4), "the result")
        matte = np.zeros_like(result)
        matte[:, : WIDTH // 2] = 255
        press_until(program, "m", lambda pixels: is_picture(pixels, matte, 4), "the matte")

        def both(pixels: Any) -> bool:
            y = HEIGHT // 2
            found = [pixel(pixels, x, y) for x in (40, 120, 200, 280)]
            return all(map(near, found, [(255,) * 3, (0,) * 3, RED, (200, 0, 0)]))

        press_until(program, "m", both, "both")
        press_until(program, "m", lambda pixels: is_picture(pixels, result, 4), "the result again")
        desktop.press(program.window(), "q")
        assert program.end()[::2] == (0, "")


@display
def test_an_object_has_the_first_word(desktop: Screen, tmp_path: Path) -> None:
    run = TELL.replace("return False", "return key in 'sh='")
    with camera(steadily(25), picture=halves) as device, Program(desktop, run, device.url, tmp_path) as program:
        program.seen(lambda pixels: is_picture(pixels, halves()[:, ::-1], 4), "the picture")
        window = program.window()
        for key, told in (("s", "'s'"), ("h", "'h'"), ("equal", "'='"), ("underscore", "'-'"), ("Left", None)):
            desktop.press(window, key)
            if told:
                assert of(program, f"key {told}")
        frames(program, 8)
        assert is_picture(desktop.pixels(), halves()[:, ::-1], 4)  # No help.
        desktop.press(window, "q")
        _, lines, _ = program.end()
    assert list(tmp_path.iterdir()) == []
    assert not [line for line in lines if line.startswith("key")]  # An arrow is no letter.


@display
def test_a_camera_that_stalls_does_not_freeze_the_window(desktop: Screen, tmp_path: Path) -> None:
    # It gives up when it is told to.
    run = TELL.replace("progress=False", "progress=False, camera=CameraOptions(reconnect=1000)")
    with (
        camera([0.04] * 12, hang=True, picture=halves) as device,
        Program(desktop, run, device.url, tmp_path) as program,
    ):
        mirrored = halves()[:, ::-1]
        program.seen(lambda pixels: is_picture(pixels, mirrored), "the picture")
        until(lambda: len(device.sent) == 12, "the last picture")
        press_until(program, "h", lambda pixels: is_picture(pixels, mirrored // 4, 25), "the help")
        desktop.press(program.window(), "q")
        code, _, err = program.end()
        assert (code, err) == (0, "")


# Trackbars and size


@display
def test_trackbars_tune_and_their_values_are_printed(desktop: Screen, tmp_path: Path) -> None:
    with (
        camera(steadily(25), picture=halves) as device,
        Program(desktop, "main.py", device.url, "--tune", "--blur=35", "--threshold", "0.5", "--quiet") as program,
    ):
        window = program.window()
        program.seen(lambda pixels: near(pixel(pixels, 20, 20), GREEN, 60), "the picture")
        # Trackbars have room of their own, which the window may need a moment to find.
        until(lambda: desktop.size(window)[1] > HEIGHT, "trackbars below the picture")
        time.sleep(0.5)
        width, height = desktop.size(window)
        # Three trackbars below the picture, each a slider at the right: a click beside the handle moves it on.
        for y in range(height - 4, height - 70, -5):
            desktop.drag(window, (width - 12, y), (width - 12, y))
            time.sleep(0.05)
        desktop.press(window, "q")
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    command = shlex.split(lines[-1])
    assert command[:7] == ["python", "main.py", device.url, "--show", "--blur=35", "--threshold", "0.5"]
    assert command[7] == "--quiet"
    assert command[8::2] == ["--threshold", "--softness", "--blur"]
    threshold, softness, blur = map(float, command[9::2])
    assert 0.5 < threshold <= 1
    assert 0.2 < softness <= 1
    assert 35 < blur <= 199
    assert blur % 2 == 1
    assert build_parser().parse_args(command[2:]).blur == int(command[-1])


TUNED = """
import sys
from framechain.cli.program import main
from framechain.cli.builders import make_replacement
class Tell:
    def __call__(self, frame, info):
        print("frame", info.index, flush=True)
        return frame
    def on_key(self, key):
        print("key", repr(key), flush=True)
sys.exit(main(sys.argv[1:], parts=[make_replacement, lambda options: Tell()]))
"""


@display
@pytest.mark.parametrize("key", ["plus", None])
def test_what_was_tuned_is_printed_even_if_the_camera_is_lost(key: str | None, desktop: Screen) -> None:
    arguments = ["--tune", "--reconnect", "0", "--matte", "otsu"]
    with (
        camera([0.04] * 900, picture=halves) as device,
        Program(desktop, TUNED, device.url, *arguments) as program,
    ):
        of(program, "frame 2")
        if key is not None:
            desktop.press(program.window(), key)
            of(program, "key '+'")
        device.released.set()  # The camera hangs up.
        code, lines, err = program.end()
    assert code == 1
    assert "was lost after" in err
    printed = [line for line in lines if not line.startswith("frame")]
    if key is None:
        assert printed == []  # Nobody has changed anything.
    else:
        (line,) = printed
        assert re.search(
            rf" {re.escape(device.url)} --show --reconnect 0 --matte otsu --threshold \S+ --softness \S+ --blur 45$",
            line,
        )


@display
def test_a_window_can_be_made_larger(desktop: Screen, tmp_path: Path) -> None:
    with camera(steadily(25), picture=halves) as device, Program(desktop, TELL, device.url, tmp_path) as program:
        mirrored = halves()[:, ::-1]
        program.seen(lambda pixels: is_picture(pixels, mirrored), "the picture")
        desktop.resize(program.window(), 2 * WIDTH, 2 * HEIGHT)
        large = cv2.resize(mirrored, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_NEAREST)
        program.seen(lambda pixels: is_picture(pixels, large), "a larger picture")
        desktop.press(program.window(), "q")
        assert program.end()[::2] == (0, "")
