"""The command line: its options, what it prints, and its exit codes."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import has_audio, hear
from support.cameras import camera, steadily
from support.media import looped, see
from support.patience import PATIENCE, eventually

from framechain import __version__
from framechain.cli.arguments import build_parser
from framechain.cli.program import main
from framechain.cli.summary import make_tuned_command

ROOT = Path(__file__).resolve().parents[2]
GREEN = [0, 255, 0]
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these signals nor these terminals")


@pytest.fixture
def place(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with clip.mp4, me.jpg, wall.jpg and rooms/."""
    monkeypatch.chdir(tmp_path)
    for source, name in (("clip.mp4", "clip.mp4"), ("portrait.jpg", "me.jpg"), ("background.jpg", "wall.jpg")):
        shutil.copy(samples / source, name)
    Path("rooms").mkdir()
    for number, value in ((2, 60), (10, 180)):
        assert cv2.imwrite(f"rooms/{number}.png", np.full((36, 64, 3), value, np.uint8))
    return tmp_path


def run(*arguments: str) -> None:
    assert main(["--quiet", *arguments]) == 0


def process_image(*arguments: str) -> Any:
    """Process the portrait, in the fast quality."""
    run("me.jpg", "--output", "o.png", "--quality", "fast", *arguments)
    return cv2.imread("o.png").astype(int)


def process_video(*arguments: str) -> Any:
    """Process the clip's first six frames."""
    run("clip.mp4", "--output", "o.mp4", "--end", "5", "--break-on-end", *arguments)
    return see("o.mp4")


# The result


@pytest.mark.slow
def test_background_option_colour_image_and_folder(place: Path) -> None:
    assert process_image("--background", "#00ff00")[5, 5].tolist() == GREEN
    assert process_image("--background", "#FA8")[5, 5].tolist() == [0x88, 0xAA, 0xFF]
    assert process_image("--background", "rooms")[5, 5].tolist() == [60, 60, 60]
    wall = process_image("--background", "wall.jpg")[:40, :40]
    expected = cv2.resize(cv2.imread("wall.jpg")[:, 280:1000], (512, 512), interpolation=cv2.INTER_AREA)[:40, :40]
    assert np.abs(wall - expected).mean() < 3


@pytest.mark.slow
def test_blur_option_is_the_default_and_has_a_strength(place: Path) -> None:
    original = cv2.imread("me.jpg")[:60, :60]
    weak, usual, strong = (
        np.abs(process_image(*arguments)[:60, :60] - original).mean()
        for arguments in (["--blur", "5"], ["--background", "blur"], ["--blur", "101"])
    )
    assert 0 < weak < usual < strong
    np.testing.assert_array_equal(process_image(), process_image("--blur", "35", "--background", "blur"))


def test_threshold_option_lower_keeps_more_foreground(place: Path) -> None:
    green = [
        (process_image("--background", "#00ff00", "--threshold", value) == GREEN).all(axis=2).mean()
        for value in ("0.1", "0.5", "0.9")
    ]
    assert green[0] < green[1] < green[2]


def test_model_option_changes_the_matte(place: Path) -> None:
    usual = process_image("--background", "#00ff00")
    np.testing.assert_array_equal(process_image("--background", "#00ff00", "--model", "landscape"), usual)
    assert (process_image("--background", "#00ff00", "--model", "general") != usual).any()


def test_flip_option_mirrors(place: Path) -> None:
    plain, flipped = process_image("--blur", "1"), process_image("--blur", "1", "--flip")
    assert np.abs(flipped - plain[:, ::-1]).mean() < 2 < np.abs(flipped - plain).mean()


@pytest.mark.slow
def test_fps_option_draws_the_rate(place: Path) -> None:
    drawn, plain = (
        process_video("--background", "#000000", *arguments).bgr(3)[:75, :60] for arguments in (["--fps"], [])
    )
    assert plain.max() < 60
    assert (np.abs(drawn.astype(int) - (100, 255, 0)).max(axis=2) < 60).sum() > 50


# The output


@pytest.mark.slow
def test_start_and_end_options_leave_other_frames_unchanged(place: Path) -> None:
    run("clip.mp4", "--background", "#00ff00", "--start", "3", "--end", "5", "--crf", "5")
    written, before = see("clip_out.mp4", 10), see("clip.mp4", 10)
    green = [bool(np.abs(written.bgr(index)[5, 5].astype(int) - GREEN).max() < 40) for index in range(9)]
    assert green == [3 <= index <= 5 for index in range(9)]
    assert np.abs(written.bgr(7).astype(int) - before.bgr(7)).mean() < 3


@pytest.mark.slow
def test_start_and_end_options_as_times_and_as_frames_give_the_same_output(place: Path) -> None:
    run("clip.mp4", "--background", "#00ff00", "--start", "3", "--end", "5", "--output", "frames.mp4")
    begin, end = (f"0:00.{round(float(see('clip.mp4').times[index]) * 1000):03d}" for index in (3, 6))
    run("clip.mp4", "--background", "#00ff00", "--start", begin, "--end", end, "--output", "times.mp4")
    assert Path("times.mp4").read_bytes() == Path("frames.mp4").read_bytes()


def test_break_on_end_option_ends_video_and_audio(place: Path) -> None:
    assert process_video("--background", "#00ff00").count == 6
    assert hear("o.mp4").end == pytest.approx(6 * 1001 / 30000, abs=0.06)


@pytest.mark.slow
def test_codec_crf_and_preset_options_reach_the_encoder(place: Path) -> None:
    assert process_video("--codec", "libx265").codec == "hevc"
    sizes = []
    for arguments in (["--crf", "35"], ["--crf", "10"], ["--crf", "10", "--preset", "slow"]):
        assert process_video(*arguments).codec == "h264"
        sizes.append(Path("o.mp4").stat().st_size)
    assert sizes[0] < sizes[1] / 2
    assert sizes[1] != sizes[2]


def test_no_audio_option_leaves_the_audio_out(place: Path) -> None:
    process_video("--background", "#00ff00")
    assert has_audio("o.mp4")
    process_video("--background", "#00ff00", "--no-audio")
    assert not has_audio("o.mp4")


# The input


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_main_video_on_the_web_is_written_to_the_current_folder(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with web_server(samples) as address:
        run(f"{address}/clip.mp4?from=here", "--end", "4", "--break-on-end", "--background", "#00ff00")
    assert see("clip_out.mp4").count == 5
    assert has_audio("clip_out.mp4")


@pytest.mark.usefixtures("patient_recordings")
def test_main_mjpeg_address_is_a_camera(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kinds: list[str] = []

    def look(frame: Any, info: Any) -> Any:
        kinds.append(info.stream.kind)
        if len(kinds) == 4:
            signal.raise_signal(signal.SIGINT)
        return frame

    with camera(steadily(30)) as device:
        assert device.url.endswith(".mjpg")
        code = main([device.url, "--output", str(tmp_path / "rec.mp4")], parts=[lambda options: look])
    out, err = capfd.readouterr()
    assert (code, err) == (130, "")
    assert set(kinds) == {"camera"}
    expected = (
        rf"wrote .*rec\.mp4: {len(kinds)} frames in [\d.]+ s, \d+ frames/s(, \d+ dropped)? \(stopped by SIGINT\)\n"
    )
    assert re.fullmatch(expected, out)
    assert see(tmp_path / "rec.mp4").count == len(kinds)


@pytest.mark.slow
@pytest.mark.usefixtures("patient_recordings")
def test_main_dropped_frames_are_in_the_summary(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    calls: list[int] = []

    def slow(frame: Any) -> Any:
        calls.append(len(device.sent))
        eventually(lambda: len(device.sent) >= calls[-1] + 7, "more images")
        if len(calls) == 5:
            signal.raise_signal(signal.SIGINT)
        return frame

    with camera(steadily(30)) as device:
        main([device.url, "--output", str(tmp_path / "rec.mp4")], parts=[lambda options: slow])
    printed = capfd.readouterr()
    found = re.search(r", (\d+) dropped \(stopped by SIGINT\)", printed.out)
    assert found is not None, printed
    assert int(found[1]) > 15


@pytest.mark.parametrize("size", ["1280", "1280x", "0x720", "axb", "1280x720x3"])
def test_camera_size_option_wrong_form_is_an_error(size: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["0", "--camera-size", size])
    assert f"'{size}' is not a size: write WIDTHxHEIGHT, such as 1280x720" in capfd.readouterr().err


def test_camera_options_reach_the_camera(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def stop(frame: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return frame

    with camera(steadily(30)) as device:
        target = str(tmp_path / "rec.mp4")
        arguments = [
            device.url,
            "--output",
            target,
            "--camera-size",
            "640X480",
            "--camera-fps",
            "25",
            "--reconnect",
            "0",
        ]
        assert main(arguments, parts=[lambda options: stop]) == 130
    assert "warning: camera http://127.0.0.1" in (err := capfd.readouterr().err)
    assert "decides on its own size and rate" in err
    assert main(["clip.mp4", "--record", "b.mp4"], parts=[]) == 2
    assert "are for cameras, not for files" in capfd.readouterr().err


def test_virtual_camera_option_device_is_missing_says_what_to_do(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyvirtualcam")
    with camera(steadily(30)) as device:
        assert main([device.url, "--virtual-camera", "/dev/video97"], parts=[]) == 1
    out, err = capfd.readouterr()
    assert re.fullmatch(r"\S+: cannot open virtual camera /dev/video97: '.+' backend: .+; if there is none, .+\n", err)
    assert out == ""


# The printed lines


def program(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, env=environment)


def test_main_prints_one_line_of_summary(place: Path) -> None:
    done = program("clip.mp4", "--end", "9", "--break-on-end", "--quality", "fast", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"wrote clip_out\.mp4: 10 frames in \d+\.\d s, \d+ frames/s\n", done.stdout)
    done = program("me.jpg", "--quality", "fast", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"wrote me_out\.jpg: 1 frame in \d+\.\d s\n", done.stdout)


@pytest.mark.slow
def test_quiet_option_prints_nothing(place: Path) -> None:
    done = program("clip.mp4", "--quiet", "--end", "4", "--break-on-end", "--fps", "--quality", "fast", cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert see("clip_out.mp4").count == 5


@pytest.mark.slow
def test_version_and_help_options_print_every_option(tmp_path: Path) -> None:
    assert program("--version", cwd=tmp_path).stdout == f"framechain {__version__}\n"
    done = program("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for action in build_parser()._actions:
        assert action.help
        assert all(option in done.stdout for option in action.option_strings)
    examples = done.stdout.split("examples:\n")[1]
    assert len(re.findall(r"^  main\.py .*\n      \S", examples, re.MULTILINE)) >= 4
    assert "q, Esc" in examples


@pytest.mark.slow
@posix
@pytest.mark.parametrize("quiet", [False, True])
def test_main_on_a_terminal_shows_a_progress_bar(quiet: bool, place: Path) -> None:
    import fcntl
    import pty
    import termios

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 100, 0, 0))
    some = ["--end", "39", "--break-on-end", "--quality", "fast"]
    command = [sys.executable, str(ROOT / "main.py"), "clip.mp4", *some, *["--quiet"] * quiet]
    process = subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal with an error.
        while data := os.read(controller, 4096):
            shown += data
    os.close(controller)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    if quiet:
        assert (shown, out) == (b"", b"")
    else:
        assert re.search(rb"clip\.mp4: 100%.*40/40 \[\d+:\d+<\d+:\d+, *\d+\.\d+frame/s\]", shown)
        assert out.startswith(b"wrote clip_out.mp4: 40 frames in ")


# The end


@posix
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_main_signal_ends_with_an_output_that_plays(number: signal.Signals, code: int, place: Path) -> None:
    looped("clip.mp4", "long.mp4", 40)
    command = [sys.executable, str(ROOT / "main.py"), "long.mp4", "--background", "#00ff00", "--quality", "fast"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    eventually(lambda: any(path.stat().st_size > 60_000 for path in place.glob(".long_out*")), "an output that grows")
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (code, "")
    count = see("long_out.mp4").count
    assert 1 < count < 6000
    assert re.fullmatch(rf"wrote long_out\.mp4: {count} frames in .* \(stopped by {number.name}\)\n", out)
    assert list(place.glob(".long_out*")) == []


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("0 --tune", "0 --show --threshold 0.6 --blur 41"),
        (
            "0 --blur 9 --tune --fps --threshold=0.2",
            "0 --blur 9 --show --fps --threshold=0.2 --threshold 0.6 --blur 41",
        ),
        ("--virtual-camera --tune 0", "--virtual-camera --show 0 --threshold 0.6 --blur 41"),
        ("--tune --virtual-camera --blur 9 1", "--show --virtual-camera --blur 9 1 --threshold 0.6 --blur 41"),
        ("--virtual-camera /dev/video9 --tune 0", "--virtual-camera /dev/video9 --show 0 --threshold 0.6 --blur 41"),
        ("0 --tune --virtual-camera", "0 --show --virtual-camera --threshold 0.6 --blur 41"),
    ],
)
def test_tuned_command_means_the_same_with_the_tuned_values(given: str, printed: str) -> None:
    parser = build_parser("framechain")
    command = make_tuned_command(parser, given.split(), {"threshold": 0.6, "blur": 41, "no-option": 3})
    assert command == f"framechain {printed}"
    asked, means = parser.parse_args(given.split()), parser.parse_args(printed.split())
    expected = {**vars(asked), "threshold": 0.6, "blur": 41, "tune": False, "show": True}
    assert vars(means) == expected
