"""The keys of a camera's window, on a real screen."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.cameras import camera, steadily
from support.live_windows import (
    BLUE,
    GREEN,
    HEIGHT,
    RED,
    REPORT,
    WIDTH,
    await_frames,
    await_keys,
    await_still_screen,
    is_near,
    is_shown,
    make_halves,
    make_moving_bar,
    make_program,
    press_until,
    read_until,
)
from support.media import see
from support.screens import Program, Screen, wait_until

pytestmark = pytest.mark.display
PROGRAM = make_program(REPORT)


def has_frame_rate(pixels: Any) -> bool:
    corner = pixels[:40, :60].astype(int)
    return bool((np.abs(corner - (100, 255, 0)).max(axis=2) < 30).sum() > 10)


@pytest.mark.slow
def test_camera_window_mirror_help_rate_snapshot_and_resize(desktop: Screen, tmp_path: Path) -> None:
    with (
        camera(steadily(25), image=make_halves) as device,
        Program(desktop, PROGRAM, device.url, tmp_path) as program,
    ):
        mirrored = make_halves()[:, ::-1]
        program.await_screen(lambda pixels: is_shown(pixels, mirrored), "the mirrored image")
        corner = [int(value) for value in read_until(program, "frame").split()[2:]]
        assert is_near(corner, GREEN)  # Objects get the mirrored frame, so that what they write can be read.

        await_keys(program)
        press_until(program, "h", lambda pixels: is_shown(pixels, mirrored // 4, 25), "the help")
        help_image = desktop.pixels()[:HEIGHT, :WIDTH]
        assert (help_image.min(axis=2) > 200).sum() > 200  # White letters.
        press_until(program, "h", lambda pixels: is_shown(pixels, mirrored, 2), "the image without the help")

        press_until(program, "f", has_frame_rate, "the frame rate")
        press_until(program, "f", lambda pixels: not has_frame_rate(pixels), "no frame rate")

        press_until(program, "s", lambda _: bool(list(tmp_path.glob("*.png"))), "a snapshot")
        press_until(program, "s", lambda _: len(list(tmp_path.glob("*.png"))) == 2, "a second snapshot")
        for path in tmp_path.glob("framechain-*.png"):
            assert is_shown(cv2.imread(str(path)), mirrored, 2)

        desktop.resize(program.window(), 2 * WIDTH, 2 * HEIGHT)
        large = cv2.resize(mirrored, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_NEAREST)
        program.await_screen(lambda pixels: is_shown(pixels, large), "a larger image")
        code, lines, err = program.end_by("Escape")
    assert (code, err, lines[-1]) == (0, "", "end")
    assert "stopped='esc'" in lines[-2]
    pressed = [line.split(" ", 1)[1] for line in lines if line.startswith("key") and line != "key 'x'"]
    assert pressed == ["'h'", "'h'", "'f'", "'f'", "'s'", "'s'"]  # Objects are offered a key first.


@pytest.mark.slow
def test_snapshot_and_recording_folder_is_gone_the_run_goes_on(desktop: Screen, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with (
        camera([0.04] * 900, image=make_halves) as device,
        Program(desktop, PROGRAM, device.url, folder) as program,
    ):
        window = program.window()
        await_keys(program)
        folder.rmdir()
        for key in ("s", "r"):
            desktop.press(window, key)
            read_until(program, f"key {key!r}")
        read_until(program, f"frame {int(read_until(program, 'frame').split()[1]) + 5}")
        code, lines, err = program.end_by("q")
    assert (code, err, lines[-1]) == (0, "", "end")


@pytest.mark.slow
def test_pause_holds_the_image_until_the_same_key(desktop: Screen, tmp_path: Path) -> None:
    with (
        camera(steadily(50), image=make_moving_bar) as device,
        Program(desktop, PROGRAM, device.url, tmp_path) as program,
    ):
        program.await_screen(lambda pixels: bool(pixels[:HEIGHT, :WIDTH].any()), "an image")
        window = program.window()
        await_keys(program)
        desktop.press(window, "space")
        read_until(program, "key ' '")
        held = await_still_screen(desktop, device.sent)
        before = len(device.sent)
        wait_until(lambda: len(device.sent) > before + 40, "more images")
        assert np.array_equal(desktop.pixels(), held)
        desktop.press(window, "space")
        read_until(program, "key ' '")
        program.await_screen(lambda pixels: not np.array_equal(pixels[:100], held[:100]), "another image")
        # Frames that came during the pause are left out, except one that may have been on its way.
        assert await_frames(program, 2) > before
        desktop.press(window, "space")
        read_until(program, "key ' '")
        desktop.click_close(window)
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped='closed'" in lines[-2]


@pytest.mark.slow
def test_pause_ctrl_c_ends_the_run(desktop: Screen, tmp_path: Path) -> None:
    with (
        camera(steadily(25), image=make_halves) as device,
        Program(desktop, PROGRAM, device.url, tmp_path) as program,
    ):
        window = program.window()
        await_keys(program)
        desktop.press(window, "space")
        read_until(program, "key ' '")
        program.send(signal.SIGINT)
        code, lines, err = program.end()
    assert code == 0, err
    assert "stopped='SIGINT'" in lines[-2]


@pytest.mark.parametrize(("key", "claimed"), [pytest.param("r", "", marks=pytest.mark.slow), ("v", "rsh=")])
def test_recording_key_starts_and_ends_one_and_an_object_goes_first(
    key: str, claimed: str, desktop: Screen, tmp_path: Path
) -> None:
    run = make_program(REPORT, claimed=claimed)
    with (
        camera(steadily(25), image=make_halves) as device,
        Program(desktop, run, device.url, tmp_path) as program,
    ):
        mirrored = make_halves()[:, ::-1]
        program.await_screen(lambda pixels: is_shown(pixels, mirrored, 4), "the image")
        window = program.window()
        await_keys(program)
        if claimed:
            for name, expected in (("r", "'r'"), ("s", "'s'"), ("h", "'h'"), ("equal", "'='"), ("underscore", "'-'")):
                desktop.press(window, name)
                read_until(program, f"key {expected}")
            desktop.press(window, "Left")
            await_frames(program, 8)
            assert is_shown(desktop.pixels(), mirrored, 4)  # No help.
        assert list(tmp_path.iterdir()) == []
        desktop.press(window, key)
        read_until(program, f"key {key!r}")
        await_frames(program, 10)
        desktop.press(window, key)
        wait_until(lambda: list(tmp_path.glob("recording_*.mp4")), "the recording")
        count = sum(program.read_line().startswith("frame") for _ in range(15))
        code, lines, err = program.end_by("q")
    assert (code, err) == (0, "")
    (path,) = tmp_path.glob("*")
    written = see(path)
    assert 5 <= written.count < 3 + 10 + count + sum(line.startswith("frame") for line in lines)
    assert is_shown(written.bgr(0), mirrored, 10)  # As it was shown.


def test_view_key_shows_result_matte_and_both(desktop: Screen, tmp_path: Path) -> None:
    objects = "custom_objects=[BackgroundReplacement(find_left, Color((200, 0, 0)))], flip_view=False"
    with (
        camera(steadily(25), image=make_halves) as device,
        Program(desktop, make_program(objects), device.url, tmp_path) as program,
    ):
        result = make_halves()
        result[:, WIDTH // 2 :] = BLUE
        program.await_screen(lambda pixels: is_shown(pixels, result, 4), "the result")
        matte = np.zeros_like(result)
        matte[:, : WIDTH // 2] = 255
        press_until(program, "m", lambda pixels: is_shown(pixels, matte, 4), "the matte")

        def shows_both(pixels: Any) -> bool:
            found = [pixels[HEIGHT // 2, x] for x in (40, 120, 200, 280)]
            return all(map(is_near, found, [(255,) * 3, (0,) * 3, RED, BLUE]))

        press_until(program, "m", shows_both, "both")
        press_until(program, "m", lambda pixels: is_shown(pixels, result, 4), "the result again")
        assert program.end_by("q")[::2] == (0, "")


@pytest.mark.slow
def test_window_camera_stalls_keys_still_work(desktop: Screen, tmp_path: Path) -> None:
    run = make_program(f"{REPORT}, camera=CameraOptions(reconnect=1000)")  # It does not give up by itself.
    with (
        camera([0.04] * 12, hang=True, image=make_halves) as device,
        Program(desktop, run, device.url, tmp_path) as program,
    ):
        mirrored = make_halves()[:, ::-1]
        program.await_screen(lambda pixels: is_shown(pixels, mirrored), "the image")
        wait_until(lambda: len(device.sent) == 12, "the last image")
        press_until(program, "h", lambda pixels: is_shown(pixels, mirrored // 4, 25), "the help")
        code, _, err = program.end_by("q")
        assert (code, err) == (0, "")
