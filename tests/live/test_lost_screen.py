"""A camera is recorded while it is shown, and then the screen goes: the recording is finished and named."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cameras import camera, steadily
from support.live_windows import await_frames, make_program
from support.media import see
from support.patience import eventually
from support.screens import Program, missing, screen

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
RECORDED = 'custom_objects=[Report()], live=__import__("framechain").LiveOptions(record="rec.mp4")'


@pytest.mark.parametrize(
    "how", ["the server ends", pytest.param("the server ends the connection", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("while_it_is", ["shown", pytest.param("paused", marks=pytest.mark.slow)])
def test_lost_screen_recording_is_finished_and_named(how: str, while_it_is: str, tmp_path: Path) -> None:
    with (
        screen(tmp_path_of(tmp_path, "screen")) as desktop,
        camera(steadily(30)) as device,
        Program(desktop, make_program(RECORDED), device.url, tmp_path) as program,
    ):
        window = program.window()
        await_frames(program, 20)
        if while_it_is == "paused":
            program.press_until("space", "key ' '")
        if how == "the server ends":
            desktop.kill()
        else:
            desktop.end_connection(window)
        code, lines, err = program.end()
    if how != "the server ends" and code == 0:
        # The server tells that the window is gone before it ends the connection: that is as the close button.
        assert "stopped='closed'" in lines[-2]
    else:
        assert code == 1
        assert err.splitlines()[-1] == (
            f"framechain: the screen {desktop.display} has gone, or has ended this program's connection to it; what "
            "was recorded until then is in rec.mp4"
        )
    assert see(tmp_path / "rec.mp4").count >= 15
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rec.mp4", "screen"]


@pytest.mark.slow
def test_lost_screen_without_a_recording_is_told(tmp_path: Path) -> None:
    with (
        screen(tmp_path_of(tmp_path, "screen")) as desktop,
        camera(steadily(30)) as device,
        Program(desktop, make_program("custom_objects=[Report()]"), device.url, tmp_path) as program,
    ):
        program.window()
        await_frames(program, 3)
        desktop.kill()
        code, _, err = program.end()
    assert code == 1
    assert err.splitlines()[-1].endswith("has ended this program's connection to it")
    eventually(lambda: [path.name for path in tmp_path.iterdir()] == ["screen"], "an empty folder")


def tmp_path_of(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name
