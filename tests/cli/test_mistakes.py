"""Mistakes at the command line: one clear sentence on stderr, exit code 1 or 2, and no file is left."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps, write_audio
from support.cameras import camera, steadily
from support.media import flats, see, write_clip
from support.patience import PATIENCE

from framechain import Engine
from framechain.cli.program import main

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="depends on Linux")


@pytest.fixture
def place(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with good and bad files; there is no screen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    write_clip("clip.mp4", flats(6), audio=beeps(0.24))
    write_audio("sound.m4a", beeps(1.0))
    Path("me.jpg").write_bytes((samples / "portrait.jpg").read_bytes())
    Path("text.mp4").write_text("This is no video.")
    Path("text.jpg").write_text("This is no image.")
    Path("empty.mp4").touch()
    Path("empty.jpg").touch()
    Path("folder").mkdir()
    Path("notes").mkdir()
    Path("notes", "readme.txt").write_text("no image")
    return tmp_path


def contents(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*")}


MISTAKES: dict[str, tuple[str, int, str]] = {
    "missing video": ("nowhere.mp4", 1, r"video not found: nowhere\.mp4 \(looked in .*\)"),
    "missing image": ("nowhere.jpg", 1, r"image not found: nowhere\.jpg"),
    "a folder": (
        "folder",
        1,
        "there is no image or video in folder",
    ),
    "empty video": ("empty.mp4", 1, r"cannot read empty\.mp4: the file is empty"),
    "empty image": ("empty.jpg", 1, r"cannot read empty\.jpg: the file is empty"),
    "text as video": ("text.mp4", 1, r"cannot read text\.mp4: it is no video or image"),
    "text as image": ("text.jpg", 1, r"cannot read text\.jpg: it is not an image in a known format"),
    "only audio": ("sound.m4a", 1, r"cannot read sound\.m4a: it holds no video stream, only audio"),
    "no camera": ("97", 1, "camera 97 cannot be opened: .*: .*; (no camera was found|found /dev/video)"),
    "no such device": ("/dev/video97", 1, "camera /dev/video97 cannot be opened"),
    "no such name": ("/dev/v4l/by-id/usb-x", 1, "camera /dev/v4l/by-id/usb-x cannot be opened"),
    "threshold": ("clip.mp4 --threshold 1.5", 2, r"threshold must be a number from 0 to 1, got 1\.5"),
    "threshold below": ("clip.mp4 --threshold -0.1", 2, r"threshold must be a number from 0 to 1, got -0\.1"),
    "threshold of letters": ("clip.mp4 --threshold much", 2, "--threshold: invalid float value: 'much'"),
    "even blur": ("clip.mp4 --blur 34", 2, r"--blur\).* must be two odd numbers of at least 1.* got"),
    "negative blur": ("clip.mp4 --blur -3", 2, "must be two odd numbers of at least 1"),
    "start after end": ("clip.mp4 --start 5 --end 4", 2, r"start_video_frame \(5\) lies after end_video_frame \(4\)"),
    "start beyond": ("clip.mp4 --start 6", 2, r"start_video_frame \(6\) lies beyond clip\.mp4, .* 6 frames \(0 to 5\)"),
    "negative start": ("clip.mp4 --start -1", 2, "start_video_frame must be a whole number of at least 0, got -1"),
    "empty background folder": ("clip.mp4 --background folder", 1, "no image in the background folder folder"),
    "folder without images": ("clip.mp4 --background notes", 1, "no image in the background folder notes"),
    "missing background": ("clip.mp4 --background wall.jpg", 1, r"background image not found: wall\.jpg"),
    "text as background": ("clip.mp4 --background text.jpg", 1, r"cannot read text\.jpg: it is not an image in a"),
    "colour": ("clip.mp4 --background #00ff0g", 2, "#00ff0g is not a colour: write '#RRGGBB', such as '#00ff00'"),
    "short colour": ("clip.mp4 --background #0", 2, "#0 is not a colour"),
    "output into nowhere": ("clip.mp4 --output no/o.mp4", 1, r"cannot write no/o\.mp4: the folder no does not exist"),
    "output onto a folder": ("me.jpg --output folder", 1, "cannot write folder: "),
    "output of no format": ("clip.mp4 --output o.xyz", 1, r"cannot write o\.xyz: '\.xyz' is no video format .* \.mp4"),
    "video into an image": ("clip.mp4 --output o.jpg", 1, r"cannot write o\.jpg: '\.jpg' is no video format"),
    "image into a video": ("me.jpg --output o.mp4", 1, r"cannot write o\.mp4: '\.mp4' is not an image format"),
    "output onto the input": ("clip.mp4 --output clip.mp4", 1, "it is the input, choose another output"),
    "codec": ("clip.mp4 --codec h999", 2, "codec 'h999' is not a video encoder .*, try libx264"),
    "codec in this container": ("clip.mp4 --codec libx264 --output o.webm", 1, r"cannot write o\.webm: "),
    "preset": ("clip.mp4 --preset hasty", 2, "preset must be one of realtime, ultrafast, .*, got 'hasty'"),
    "quality": ("clip.mp4 --crf 99", 2, "crf must be a number from 0"),
    "bit rate": ("clip.mp4 --bitrate 2500", 2, r"the bit rate must be from 10k .*, did you mean 2500k\?"),
    "bit rate and quality": ("clip.mp4 --bitrate 2500k --crf 18", 2, "give a crf or a bit rate, not both"),
    "model": ("clip.mp4 --model huge", 2, "--model: invalid choice: 'huge'"),
    "option": ("clip.mp4 --colour red", 2, "unrecognized arguments: --colour red"),
    "two inputs of two folders": ("clip.mp4 folder/a.mp4", 2, r"in different folders .*: say with --output FOLDER"),
    "two inputs for one file": ("clip.mp4 me.jpg --output o.mp4", 2, r"o\.mp4 is named as a file, .* need a folder"),
    "two inputs of one name": (
        "clip.mp4 notes/clip.mp4 --output o",
        2,
        r"clip\.mp4 and notes/clip\.mp4 would both write o/clip\.mp4: rename one",
    ),
    "a camera among files": ("clip.mp4 0", 2, "0 is a camera, which is not for a batch"),
    "a window for files": ("clip.mp4 me.jpg --show", 2, "--show is for one input"),
    "two places": ("clip.mp4 --workers 2 --cluster tcp://h:1", 2, "workers and cluster are different places"),
    "no worker": ("clip.mp4 --workers -1", 2, "workers must be a whole number of at least 1, got -1"),
    "no folder for the report": ("notes clip.mp4 --output o --report a/b.json", 2, "name a file in a folder that"),
    "an input too many and no option": ("clip.mp4 me.jpg --colour", 2, r"unrecognized arguments: me\.jpg --colour"),
    "a pattern": ("in/*.mp4", 1, r"no file matches in/\*\.mp4 \(looked in .*/in\)"),
    "output without a suffix": ("clip.mp4 --output o", 1, r"cannot write o: it has no suffix, choose one of \.mp4"),
    "output into a folder": (
        "clip.mp4 --output folder",
        1,
        r"cannot write folder: it is a folder, name a file in it such as folder/out\.mp4$",
    ),
    "output into a new folder": ("me.jpg --output new/", 1, r"it is a folder, name a file in it such as new/out\.png$"),
    "recording into a folder": ("0 --record folder", 1, r"it is a folder, name a file in it such as folder/out\.mp4$"),
    "start of letters": (
        "clip.mp4 --start x",
        2,
        r"--start: 'x' is not understood: give a time such as 0:03",
    ),
    "end without a unit": (
        "clip.mp4 --end 2.5",
        2,
        r"--end: '2\.5' is not understood: .* 2\.5s, or a frame",
    ),
    "start as a time beyond": (
        "clip.mp4 --start 0:06",
        2,
        r"start \(0:06\) lies beyond clip\.mp4, .* lasts 0:00\.24",
    ),
    "end before the start": ("clip.mp4 --start 0:03 --end 2s", 2, r"end \(0:02\) must lie after start \(0:03\)"),
    "a time and a frame": ("clip.mp4 --start 0.1s --end 3", 2, "the range is given both in frames and in seconds"),
    "misspelt address": ("rstp://127.0.0.1/live", 1, r"unknown kind of address rstp://, did you mean rtsp://\?$"),
    "address without a port": ("udp://127.0.0.1", 1, "opened: udp:// needs a port, such as udp://127.0.0.1:5000"),
    "stream without a port": ("0 --stream-to udp://127.0.0.1", 1, "cannot stream to .*: udp:// needs a port, such as"),
    "no value": ("clip.mp4 --output", 2, "argument --output/--output-path: expected one argument"),
}
if sys.platform.startswith("linux"):
    MISTAKES |= {
        "no screen": ("clip.mp4 --show", 1, r"no screen .* \(DISPLAY is not set\); leave show=False \(no --show\)"),
        "unwritable": ("clip.mp4 --output /proc/o.mp4", 1, "cannot write /proc/o.mp4: "),
    }


@pytest.mark.parametrize("kind", MISTAKES)
def test_main_mistake_is_one_sentence(kind: str, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command, expected, message = MISTAKES[kind]
    before = contents(place)
    try:
        code: Any = main(command.split())
    except SystemExit as stopped:
        code = stopped.code
    out, err = capfd.readouterr()
    assert code == expected
    assert out == ""
    assert err.count("\n") == 1, err
    assert re.search(message, err), err
    assert re.match(r"\S+: \S", err)
    assert contents(place) == before


def test_main_address_without_a_server_is_one_sentence(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    for url in (f"{address}/video.mjpg", f"{address}/clip.mp4"):
        assert main([url]) == 1
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1), err
        assert url in err


def test_main_without_arguments_opens_camera_0(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert re.search("camera 0 |there is no screen", capfd.readouterr().err)


# Damaged inputs


@pytest.mark.slow
def test_main_truncated_clip_is_written_with_a_warning(
    clip: Path, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = clip.read_bytes()
    Path("cut.mp4").write_bytes(data[: len(data) // 2])
    assert main(["cut.mp4", "--background", "#00ff00"]) == 0
    out, err = capfd.readouterr()
    written = see("cut_out.mp4").count
    assert 20 < written < 140
    assert f"wrote cut_out.mp4: {written} frames" in out
    assert err.count("\n") == 1
    assert re.search(rf"warning: cut\.mp4 is damaged or cut short: only {written} of 150 frames", err)


def test_main_damaged_background_in_a_folder_is_skipped_with_a_warning(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("notes", "a.jpg").write_text("no image")
    Path("notes", "b.jpg").write_bytes(Path("me.jpg").read_bytes())
    assert main(["me.jpg", "--background", "notes"]) == 0
    err = capfd.readouterr().err
    assert re.fullmatch(r"\S+: warning: cannot read notes.a\.jpg: .*; skipped\n", err)


# Errors of objects


def failing(error: BaseException) -> Callable[[Any], Any]:
    def part(options: Any) -> Any:
        def detector(frame: Any) -> Any:
            raise error

        return detector

    return part


def test_main_object_raises_is_named(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["clip.mp4"], parts=[failing(KeyError("nose"))]) == 1
    assert re.fullmatch(r"\S+: detector raised KeyError at frame 0: 'nose'\n", capfd.readouterr().err)
    assert not Path("clip_out.mp4").exists()


def test_main_object_returns_none_is_named(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def forget(frame: Any) -> Any:
        np.negative(frame, out=frame)

    assert main(["clip.mp4"], parts=[lambda options: forget]) == 1
    assert "forget returned None at frame 0" in capfd.readouterr().err


def unforeseen(options: Any) -> Any:
    raise RuntimeError("a bug\nof two lines")


def test_main_unexpected_error_is_one_line(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["clip.mp4"], parts=[unforeseen]) == 1
    err = capfd.readouterr().err
    assert re.fullmatch(r"\S+: unexpected RuntimeError: a bug of two lines \(set FRAMECHAIN_TRACEBACK=1 .*\)\n", err)


def test_main_traceback_variable_is_set_shows_the_traceback(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMECHAIN_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="a bug"):
        main(["clip.mp4"], parts=[unforeseen])


def test_main_second_ctrl_c_leaves_an_object_that_hangs(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The first Ctrl-C asks the run to stop, the second one leaves the object."""

    def endless(frame: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    before, handler = contents(place), signal.getsignal(signal.SIGINT)
    assert main(["clip.mp4"], parts=[lambda options: endless]) == 130
    printed = capfd.readouterr()
    assert re.fullmatch(r"nothing written: 0 frames in \S+ s \(stopped by SIGINT\)\n", printed.out)
    assert printed.err == ""
    assert contents(place) == before
    assert signal.getsignal(signal.SIGINT) is handler


# In a process of their own


def program(*arguments: object, environment: dict[str, str] | None = None, limit: int | None = None) -> Any:
    def limit_files() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, ROOT / "main.py", *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        preexec_fn=limit_files if limit else None,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.slow
@linux
def test_main_full_disk_is_reported_and_leaves_nothing(clip: Path, samples: Path, place: Path) -> None:
    """A limit for the size of files: the system reports it in the same way as a full disk."""
    before = contents(place)
    for source, target in ((clip, place / "o.mp4"), (samples / "portrait.jpg", place / "o.png")):
        done = program(source, "--output", target, "--crf", 5, "--quality", "fast", limit=60_000)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"main.py: cannot write {target}: File too large\n"
        assert contents(place) == before


@linux
@pytest.mark.parametrize(
    "full", ["stdout", *(pytest.param(full, marks=pytest.mark.slow) for full in ("stderr", "both"))]
)
def test_main_full_stdout_or_stderr_keeps_output_and_exit_code(full: str, place: Path) -> None:
    """A log on a full disk: each line that is printed fails, also the warning about the missing part."""
    write_clip("cut.mkv", flats(60), options={"g": "1"}, audio=beeps(2.4))
    data = Path("cut.mkv").read_bytes()
    Path("cut.mkv").write_bytes(data[: len(data) * 2 // 3])
    with open("/dev/full", "w") as nowhere, open("printed", "w") as printed:
        done = subprocess.run(
            [sys.executable, ROOT / "main.py", "cut.mkv", "--background", "#00ff00"],
            stdout=printed if full == "stderr" else nowhere,
            stderr=printed if full == "stdout" else nowhere,
            timeout=PATIENCE,
        )
    assert done.returncode == 0
    assert 20 < see("cut_out.mkv").count < 60
    text = Path("printed").read_text()
    assert "Exception ignored" not in text
    assert ("damaged or cut short" in text) == (full == "stdout")
    assert ("wrote cut_out.mkv" in text) == (full == "stderr")


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_engine_full_stderr_under_a_progress_bar_ends_no_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())
    result = Engine(video_path="clip.mp4", progress=True).run()
    monkeypatch.undo()
    assert see(place / (result.output_path or "")).count == result.frames_written == 6


@linux
@pytest.mark.slow
def test_main_missing_system_library_names_the_command_to_install_it(place: Path) -> None:
    """The loader finds a broken libEGL, which has the same effect as none."""
    (place / "libraries").mkdir()
    (place / "libraries" / "libEGL.so.1").write_text("broken")
    # LiteRT needs no such library: it must be missing too.
    (place / "libraries" / "ai_edge_litert.py").write_text("raise ImportError('not installed')")
    before = contents(place)
    environment = dict.fromkeys(("LD_LIBRARY_PATH", "PYTHONPATH"), str(place / "libraries"))
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    for source in ("clip.mp4", "me.jpg"):
        done = program(place / source, environment=environment)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        assert re.search(r"MediaPipe .*libEGL\.so\.1.*sudo apt-get install -y libegl1 libgles2", done.stderr)
        assert contents(place) == before


@linux
@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ("", r"record with --output FILE, or stream with --stream-to URL"),
        (" --show", r"leave show=False \(no --show\) to process without a window"),
    ],
)
def test_main_camera_without_a_screen_says_what_else_it_can_do(
    options: str, advice: str, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with camera(steadily(30)) as device:
        assert main([device.url, *options.split()]) == 1
    assert re.search(rf": there is no screen .*\(DISPLAY is not set\); {advice}$", capfd.readouterr().err.strip())
