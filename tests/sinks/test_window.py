"""Real windows on a real X server: seen, typed into and closed from outside."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.cameras import camera, steadily
from support.media import flats, looped, photo, see, write_clip
from support.screens import Program, Screen, missing, screen, until
from support.sounds import hear

from framechain import Engine
from framechain.errors import DisplayError

RED, GREEN, BLUE = (0, 0, 200), (0, 200, 0), (200, 0, 0)
display = pytest.mark.display
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")

# A run that takes some time, tells how far it is and what it was told.
SLOW_RUN = """
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
SHOWN_RUN = f"""{SLOW_RUN}
print(Engine(INPUT=sys.argv[1], output_path=sys.argv[2], show=True, custom_objects=[Slow()]).run())
"""
VIDEO_RUN, CAMERA_RUN = SHOWN_RUN.replace("INPUT", "video_path"), SHOWN_RUN.replace("INPUT", "webcam_id")


@pytest.fixture(scope="module")
def long(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample over and over: it does not end before somebody has pressed a key, however busy the machine is."""
    return looped(clip, tmp_path_factory.mktemp("long") / "long.mp4", 20)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures: red, green and blue."""
    folder = tmp_path_factory.mktemp("rooms")
    for number, colour in enumerate((RED, GREEN, BLUE), 1):
        assert cv2.imwrite(str(folder / f"{number}.png"), np.full((90, 160, 3), colour, np.uint8))
    return folder


def share(picture: Any, colour: tuple[int, int, int]) -> float:
    """How much of a picture is of a colour."""
    return float((np.abs(picture.astype(int) - colour).max(axis=2) < 40).mean())


def await_frame(program: Program, number: int) -> None:
    while program.line() != f"frame {number}":
        pass


# Ways to stop


@display
@pytest.mark.parametrize(("key", "told"), [("q", "q"), ("Escape", "esc")])
def test_a_stopped_video_plays(key: str, told: str, desktop: Screen, long: str, tmp_path: Path) -> None:
    with Program(desktop, VIDEO_RUN, long, tmp_path / "o.mp4") as program:
        window = program.window()
        await_frame(program, 5)
        desktop.press(window, key)
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert f"stopped='{told}'" in lines[-1]
    _plays_what_was_done(tmp_path / "o.mp4", lines[-1])


@display
def test_the_close_button_stops(desktop: Screen, long: str, tmp_path: Path) -> None:
    with Program(desktop, VIDEO_RUN, long, tmp_path / "o.mp4") as program:
        window = program.window()
        await_frame(program, 5)
        desktop.click_close(window)
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped='closed'" in lines[-1]
    _plays_what_was_done(tmp_path / "o.mp4", lines[-1])


def _plays_what_was_done(output: Path, result: str) -> None:
    seen, heard = see(output), hear(output)
    assert 5 <= seen.count < 3000
    assert f"frames_written={seen.count}," in result
    assert heard.end == pytest.approx(float(seen.end), abs=0.06)
    assert [path.name for path in output.parent.iterdir()] == [output.name]


@display
def test_a_closed_window_does_not_spoil_the_next_run(desktop: Screen, long: str, tmp_path: Path) -> None:
    twice = "\n".join([VIDEO_RUN.replace("sys.argv[2]", f"sys.argv[{number}]") for number in (2, 3)])
    with Program(desktop, twice, long, tmp_path / "1.mp4", tmp_path / "2.mp4") as program:
        for _ in range(2):
            window = program.window()
            await_frame(program, 3)
            desktop.click_close(window)
            until(lambda: not desktop.windows("framechain") or program.line().startswith("RunResult"), "its end")
        code, _, err = program.end()
    assert (code, err) == (0, "")
    assert all(see(tmp_path / f"{number}.mp4").count >= 3 for number in (1, 2))


@display
def test_other_keys_reach_the_objects_and_stop_nothing(desktop: Screen, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(300))
    # Half a minute for three keys.
    run = VIDEO_RUN.replace("sleep(0.03)", "sleep(0.1)")
    with Program(desktop, run, clip, tmp_path / "o.mp4") as program:
        window = program.window()
        await_frame(program, 3)
        for key, told in (("x", "key x"), ("d", "key d"), ("space", "key")):
            desktop.press(window, key)
            while program.line() != told:  # OpenCV keeps one key at a time.
                pass
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped=None" in lines[-1]
    assert see(tmp_path / "o.mp4").count == 300


# What is seen

ROOMS_RUN = (
    SLOW_RUN
    + """
from framechain import LiveOptions, MPSegmentation
def corner(frame):
    print("corner", *frame[2, 2], flush=True)
    return frame
objects = [Slow(), MPSegmentation(bg_images_path=sys.argv[2]), corner]
arguments = dict(show=True, custom_objects=objects, output_path=sys.argv[3], live=LiveOptions(title="rooms"))
kind = "image_path" if sys.argv[1].endswith(".jpg") else "video_path"
print(Engine(**{kind: sys.argv[1]}, **arguments).run())
"""
)


@display
def test_a_and_d_change_the_background_on_the_screen_and_in_the_output(
    desktop: Screen, long: str, rooms: Path, tmp_path: Path
) -> None:
    with Program(desktop, ROOMS_RUN, long, rooms, tmp_path / "o.mp4", title="rooms") as program:
        window = program.window()

        def see_colour(colour: tuple[int, int, int]) -> None:
            program.seen(lambda pixels: share(pixels, colour) > 0.2, f"{colour} on the screen")
            others = {RED, GREEN, BLUE} - {colour}
            assert all(share(desktop.pixels(), other) < 0.1 for other in others)

        see_colour(RED)
        for key, colour in (("a", GREEN), ("a", BLUE), ("d", GREEN)):
            desktop.press(window, key)
            see_colour(colour)
        desktop.press(window, "q")
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped='q'" in lines[-1]
    corners = [tuple(map(int, line.split()[1:])) for line in lines if line.startswith("corner")]
    assert set(corners) == {RED, GREEN, BLUE}
    written = see(tmp_path / "o.mp4")
    assert written.count == len(corners)
    for index in range(0, written.count, 5):
        assert written.bgr(index)[2, 2].tolist() == pytest.approx(list(corners[index]), abs=12)


@display
def test_a_picture_is_written_with_the_background_that_was_chosen(
    desktop: Screen, samples: Path, rooms: Path, tmp_path: Path
) -> None:
    with Program(desktop, ROOMS_RUN, samples / "portrait.jpg", rooms, tmp_path / "o.png", title="rooms") as program:
        window = program.window()
        program.seen(lambda pixels: share(pixels, RED) > 0.1, "red on the screen")
        desktop.press(window, "a")
        program.seen(lambda pixels: share(pixels, GREEN) > 0.1, "green on the screen")
        desktop.press(window, "q")
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "frames_written=1" in lines[-1]
    assert tuple(cv2.imread(str(tmp_path / "o.png"))[2, 2]) == GREEN


@display
def test_a_picture_shown_may_be_closed(desktop: Screen, samples: Path, tmp_path: Path) -> None:
    program = "import sys; from framechain import Engine; Engine(sys.argv[1], show=True, output_path=sys.argv[2]).run()"
    with Program(desktop, program, samples / "portrait.jpg", tmp_path / "o.png") as running:
        desktop.click_close(running.window())
        assert running.end() == (0, [], "")
    assert cv2.imread(str(tmp_path / "o.png")).shape == (512, 512, 3)


@display
def test_a_camera_is_shown_and_recorded_until_q(desktop: Screen, tmp_path: Path) -> None:
    with camera(steadily(30)) as device, Program(desktop, CAMERA_RUN, device.url, tmp_path / "rec.mp4") as program:
        window = program.window()
        assert sum(program.line().startswith("frame") for _ in range(6)) == 6
        desktop.press(window, "q")
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped='q'" in lines[-1]
    seen = see(tmp_path / "rec.mp4")
    assert seen.count >= 6
    assert f"frames_written={seen.count}," in lines[-1]


@display
def test_the_command_line_shows_a_camera_by_itself(desktop: Screen) -> None:
    with camera(steadily(30)) as device, Program(desktop, "main.py", device.url, "--background", "#00c800") as program:
        window = program.window()
        program.seen(lambda pixels: share(pixels, GREEN) > 0.01, "a green background")
        desktop.press(window, "Escape")
        code, lines, err = program.end()
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


@display
def test_display_in_ones_own_loop_shows_every_pixel(desktop: Screen, tmp_path: Path) -> None:
    picture = photo(200, 150)
    np.save(tmp_path / "frame.npy", picture)
    with Program(desktop, OWN_LOOP, tmp_path / "frame.npy", title="loop") as running:
        window = running.window()
        running.seen(lambda pixels: np.array_equal(pixels[:150, :200], picture), "the frame on the screen")
        desktop.press(window, "k")
        assert running.line() == "key k"
        desktop.press(window, "q")
        assert running.end() == (0, ["ended"], "")


@display
def test_a_window_that_was_closed_at_once_has_no_trackbars(desktop: Screen) -> None:
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


# No screen


@display
def test_a_screen_that_lets_nobody_in_is_an_error_and_no_abort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := missing():
        pytest.skip(reason)
    # One entry of the family that stands for every host and display, as Xau's library writes them.
    words = [b"", b"", b"MIT-MAGIC-COOKIE-1", bytes(range(16))]
    entry = b"\xff\xff" + b"".join(len(word).to_bytes(2, "big") + word for word in words)
    (tmp_path / "cookie").write_bytes(entry)
    program = """
import numpy as np
from framechain.errors import DisplayError
from framechain.sinks.window import Window
for turn in range(3):
    try:
        with Window() as window:
            window.show(np.zeros((90, 160, 3), np.uint8))
        print("shown")
    except DisplayError as error:
        print(error)
"""
    with screen(tmp_path, "-auth", str(tmp_path / "cookie")) as locked:
        monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
        with Program(locked, program) as outside:
            code, lines, err = outside.end()
        assert (code, err, len(lines)) == (0, "", 3)
        assert re.match(rf"the screen {locked.display} refuses this program \(.+; XAUTHORITY\): leave show=F", lines[0])
        monkeypatch.setenv("XAUTHORITY", str(tmp_path / "cookie"))
        with Program(locked, program) as inside:
            assert inside.end() == (0, ["shown"] * 3, "")


@linux
@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, r"no screen to show a window on \(DISPLAY is not set\)"),
        (":987", r"the screen :987 does not answer"),
        ("nonsense", r"the screen nonsense does not answer"),
        ("127.0.0.1:59000", "the screen 127.0.0.1:59000 does not answer"),
    ],
)
@pytest.mark.parametrize("kind", ["video", "image", "camera", "display"])
def test_without_a_screen_it_says_so_and_leaves_nothing(
    kind: str,
    name: str | None,
    message: str,
    clip: Path,
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if name is None:
        monkeypatch.delenv("DISPLAY", raising=False)
    else:
        monkeypatch.setenv("DISPLAY", name)
    inputs: dict[str, Any] = {
        "video": {"video_path": clip, "output_path": tmp_path / "o.mp4"},
        "image": {"image_path": samples / "portrait.jpg", "output_path": tmp_path / "o.png"},
        "camera": {"webcam_id": str(clip), "output_path": tmp_path / "o.mp4"},
        "display": {},
    }[kind]
    engine = Engine(show=True, progress=False, **inputs)
    with pytest.raises(DisplayError, match=message) as caught:
        _ = engine.display(photo()) if kind == "display" else engine.run()
    assert "leave show=False" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
