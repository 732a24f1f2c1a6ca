"""Windows on an X server of the tests: their pixels are read, keys are sent, and they are closed from outside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import hear
from support.cameras import camera, steadily
from support.media import flats, looped, photo, see, write_clip
from support.screens import Program, Screen, wait_until

RED, GREEN, BLUE = (0, 0, 200), (0, 200, 0), (200, 0, 0)
display = pytest.mark.display
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")

# A slow object that prints the frames and keys that it gets.
OBJECT = """
import sys, time
from framechain import Engine
class Slow:
    keys = 0
    def __call__(self, frame, info):
        if self.keys < 3:
            time.sleep(0.03)
        print("frame", info.index, flush=True)
        return frame
    def on_key(self, key):
        self.keys += 1
        print("key", key, flush=True)
        return True
"""
SHOWN_RUN = """
print(Engine(INPUT=sys.argv[1], output_path=sys.argv[2], show=True, custom_objects=[Slow()]).run())
"""
VIDEO_RUN, CAMERA_RUN = (OBJECT + SHOWN_RUN.replace("INPUT", name) for name in ("video_path", "webcam_id"))


@pytest.fixture(scope="module")
def long(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample repeated: a busy machine too can press a key before its end."""
    return looped(clip, tmp_path_factory.mktemp("long") / "long.mp4", 20)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a red, a green and a blue image."""
    folder = tmp_path_factory.mktemp("rooms")
    for number, colour in enumerate((RED, GREEN, BLUE), 1):
        assert cv2.imwrite(str(folder / f"{number}.png"), np.full((90, 160, 3), colour, np.uint8))
    return folder


def compute_share(image: Any, colour: tuple[int, int, int]) -> float:
    """Return the share of an image's pixels that have a colour."""
    return float((np.abs(image.astype(int) - colour).max(axis=2) < 40).mean())


def await_frame(program: Program, number: int) -> None:
    while program.read_line() != f"frame {number}":
        pass


# Ways to stop

STOPS = {"q": "q", "another program": "closed", "Escape": "esc", "the close button": "closed"}


@display
def test_window_each_way_to_stop_leaves_a_video_that_plays(desktop: Screen, long: str, tmp_path: Path) -> None:
    """Four runs of one program: a window that was closed does not disturb the next one."""
    outputs = [tmp_path / f"{number}.mp4" for number in range(len(STOPS))]
    runs = [SHOWN_RUN.replace("sys.argv[2]", f"sys.argv[{number}]") for number in range(2, 2 + len(STOPS))]
    with Program(desktop, OBJECT + "".join(runs).replace("INPUT", "video_path"), long, *outputs) as program:
        for (how, reported), output in zip(STOPS.items(), outputs, strict=True):
            window = program.window()
            await_frame(program, 5)
            if how in ("the close button", "another program"):
                (desktop.destroy if how == "another program" else desktop.click_close)(window)
                while not (result := program.read_line()).startswith("RunResult"):
                    pass
            else:
                result = program.press_until(how, "RunResult")
            assert f"stopped='{reported}'" in result
            check_output_plays(output, result)
            wait_until(lambda window=window: window not in desktop.windows("framechain"), "the window's end")
        code, lines, err = program.end()
    assert (code, lines, err) == (0, [], "")
    assert sorted(tmp_path.iterdir()) == outputs


def check_output_plays(output: Path, result: str) -> None:
    seen, heard = see(output), hear(output)
    assert 5 <= seen.count < 3000
    assert f"frames_written={seen.count}," in result
    assert heard.end == pytest.approx(float(seen.end), abs=0.06)


@pytest.mark.slow
@display
def test_window_other_keys_reach_the_objects_and_stop_nothing(desktop: Screen, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(300))
    # The run takes half a minute, in which three keys are pressed.
    run = VIDEO_RUN.replace("sleep(0.03)", "sleep(0.1)")
    with Program(desktop, run, clip, tmp_path / "o.mp4") as program:
        window = program.window()
        await_frame(program, 3)
        program.press_until("x", "key x")
        for key, line in (("d", "key d"), ("space", "key")):
            desktop.press(window, key)
            while program.read_line() != line:  # OpenCV keeps one key at a time.
                pass
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped=None" in lines[-1]
    assert see(tmp_path / "o.mp4").count == 300


# What is shown

ROOMS_RUN = (
    OBJECT
    + """
from framechain import LiveOptions, MPSegmentation
def corner(frame):
    print("corner", *frame[2, 2], flush=True)
    return frame
objects = [Slow(), MPSegmentation(bg_images_path=sys.argv[2], quality="fast"), corner]
arguments = dict(show=True, custom_objects=objects, output_path=sys.argv[3], live=LiveOptions(title="rooms"))
kind = "image_path" if sys.argv[1].endswith(".jpg") else "video_path"
print(Engine(**{kind: sys.argv[1]}, **arguments).run())
"""
)


@pytest.mark.slow
@display
def test_window_a_and_d_change_the_background_on_screen_and_in_the_output(
    desktop: Screen, long: str, rooms: Path, tmp_path: Path
) -> None:
    with Program(desktop, ROOMS_RUN, long, rooms, tmp_path / "o.mp4", title="rooms") as program:
        window = program.window()

        def see_colour(colour: tuple[int, int, int]) -> None:
            program.await_screen(lambda pixels: compute_share(pixels, colour) > 0.2, f"{colour} on the screen")
            others = {RED, GREEN, BLUE} - {colour}
            assert all(compute_share(desktop.pixels(), other) < 0.1 for other in others)

        see_colour(RED)
        for key, colour in (("a", GREEN), ("a", BLUE), ("d", GREEN)):
            desktop.press(window, key)
            see_colour(colour)
        code, lines, err = program.end_by("q")
    assert (code, err) == (0, "")
    assert "stopped='q'" in lines[-1]
    corners = [tuple(map(int, line.split()[1:])) for line in lines if line.startswith("corner")]
    assert set(corners) == {RED, GREEN, BLUE}
    written = see(tmp_path / "o.mp4")
    assert written.count == len(corners)
    for index in range(0, written.count, 5):
        assert written.bgr(index)[2, 2].tolist() == pytest.approx(list(corners[index]), abs=12)


@pytest.mark.slow
@display
def test_window_image_is_written_with_the_chosen_background(
    desktop: Screen, samples: Path, rooms: Path, tmp_path: Path
) -> None:
    with Program(desktop, ROOMS_RUN, samples / "portrait.jpg", rooms, tmp_path / "o.png", title="rooms") as program:
        window = program.window()
        program.await_screen(lambda pixels: compute_share(pixels, RED) > 0.1, "red on the screen")
        desktop.press(window, "a")
        program.await_screen(lambda pixels: compute_share(pixels, GREEN) > 0.1, "green on the screen")
        code, lines, err = program.end_by("q")
    assert (code, err) == (0, "")
    assert "frames_written=1" in lines[-1]
    assert tuple(cv2.imread(str(tmp_path / "o.png"))[2, 2]) == GREEN


@pytest.mark.slow
@display
def test_window_image_close_button_writes_the_image(desktop: Screen, samples: Path, tmp_path: Path) -> None:
    program = "import sys; from framechain import Engine; Engine(sys.argv[1], show=True, output_path=sys.argv[2]).run()"
    with Program(desktop, program, samples / "portrait.jpg", tmp_path / "o.png") as running:
        desktop.click_close(running.window())
        assert running.end() == (0, [], "")
    assert cv2.imread(str(tmp_path / "o.png")).shape == (512, 512, 3)


@pytest.mark.slow
@display
def test_window_camera_is_recorded_until_q(desktop: Screen, tmp_path: Path) -> None:
    with camera(steadily(30)) as device, Program(desktop, CAMERA_RUN, device.url, tmp_path / "rec.mp4") as program:
        assert sum(program.read_line().startswith("frame") for _ in range(6)) == 6
        code, lines, err = program.end_by("q")
    assert (code, err) == (0, "")
    assert "stopped='q'" in lines[-1]
    seen = see(tmp_path / "rec.mp4")
    assert seen.count >= 6
    assert f"frames_written={seen.count}," in lines[-1]


@pytest.mark.slow
@display
def test_command_line_camera_without_output_is_shown(desktop: Screen) -> None:
    with (
        camera(steadily(30)) as device,
        Program(desktop, "main.py", device.url, "--background=#00c800", "--quality=fast") as program,
    ):
        program.await_screen(lambda pixels: compute_share(pixels, GREEN) > 0.01, "a green background")
        code, lines, err = program.end_by("Escape")
    assert (code, err) == (0, "")
    assert lines[-1].startswith("nothing written: ")
    assert lines[-1].endswith("(stopped by esc)")


OWN_LOOP = """
import sys
import numpy as np
from framechain import Engine, LiveOptions
class Object:
    def __call__(self, frame):
        return frame
    def on_key(self, key):
        print("key", key, flush=True)
engine = Engine(show=True, live=LiveOptions(title="loop"), custom_objects=[Object()])
frame = np.load(sys.argv[1])
while engine.display(frame, waitTime=20):
    pass
print("ended")
"""


@pytest.mark.slow
@display
def test_display_in_a_loop_shows_every_pixel(desktop: Screen, tmp_path: Path) -> None:
    image = photo(200, 150)
    np.save(tmp_path / "frame.npy", image)
    with Program(desktop, OWN_LOOP, tmp_path / "frame.npy", title="loop") as running:
        running.await_screen(lambda pixels: np.array_equal(pixels[:150, :200], image), "the frame on the screen")
        running.press_until("k", "key k")
        code, lines, err = running.end_by("q")
    assert (code, err) == (0, "")
    assert [line for line in lines if line != "key k"] == ["ended"]  # The key may have been pressed twice.


@pytest.mark.slow
@display
def test_trackbar_window_was_closed_adds_none(desktop: Screen) -> None:
    program = """
import numpy as np
from framechain.sinks.window import Window
window = Window()
while window.closed_by is None:
    window.show(np.zeros((90, 160, 3), np.uint8), wait=20)
window.trackbar("blur", 1, 9, print)
print(window.closed_by)
"""
    with Program(desktop, program) as running:
        desktop.click_close(running.window())
        assert running.end() == (0, ["closed"], "")
