"""The tutorial's programs run word for word in a clone, and its names stay as they are."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import hear
from support.cameras import camera, steadily
from support.media import see
from support.patience import PATIENCE
from support.screens import Program, Screen, missing, screen

from framechain import Engine, FPSmetric, MPSegmentation, RunResult

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
from utils import FPSmetric
from selfieSegmentation import MPSegmentation
from engine import Engine

if __name__ == '__main__':
    fpsMetric = FPSmetric()
    segmentationModule = MPSegmentation(threshold=0.3, bg_images_path='', bg_blur_ratio=(45, 45))
    selfieSegmentation = Engine(webcam_id=0, show=True, custom_objects=[segmentationModule, fpsMetric])
    selfieSegmentation.run()
"""
CAMERA = "webcam_id=0, show=True"


@pytest.fixture
def clone(samples: Path, tmp_path: Path) -> Path:
    """What of a clone these programs need, with clip.mp4 and me.jpg in it."""
    for name in ("engine.py", "selfieSegmentation.py", "utils.py"):
        shutil.copy(ROOT / name, tmp_path)
    # With its byte code, but for files that Python is about to rename.
    shutil.copytree(ROOT / "framechain", tmp_path / "framechain", ignore=shutil.ignore_patterns("*.pyc.*"))
    shutil.copy(samples / "clip.mp4", tmp_path)
    shutil.copy(samples / "portrait.jpg", tmp_path / "me.jpg")
    return tmp_path


def run(clone: Path, program: str) -> subprocess.CompletedProcess[str]:
    (clone / "tutorial.py").write_text(program)
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "PYTHONPATH")}
    return subprocess.run(
        [sys.executable, "tutorial.py"], cwd=clone, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )


def detail(image: Any) -> float:
    """How much goes on from pixel to pixel."""
    return float(np.abs(np.diff(image.astype(int), axis=1)).mean())


def test_tutorial_video_program(clone: Path) -> None:
    done = run(clone, PROGRAM.replace(CAMERA, "video_path='clip.mp4'"))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    before, after = see(clone / "clip.mp4"), see(clone / "clip_out.mp4")
    assert (after.count, after.size, after.ticks) == (150, (640, 360), before.ticks)
    assert after.rate == before.rate
    assert len(hear(clone / "clip_out.mp4").packets) == len(hear(clone / "clip.mp4").packets)
    # Behind the person it is blurred, she herself is not, and the rate is drawn.
    sharp, blurred = before.bgr(75).astype(int), after.bgr(75).astype(int)
    assert detail(blurred[120:, :120]) < detail(sharp[120:, :120]) / 3
    assert detail(blurred[240:, 350:420]) > detail(sharp[240:, 350:420]) * 0.8
    assert (np.abs(blurred[:75, :60] - (100, 255, 0)).max(axis=2) < 70).sum() > 50


@pytest.mark.slow
def test_tutorial_image_program(clone: Path) -> None:
    done = run(clone, PROGRAM.replace(CAMERA, "image_path='me.jpg'"))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    before, after = cv2.imread(str(clone / "me.jpg")), cv2.imread(str(clone / "me_out.jpg"))
    assert after.shape == before.shape
    assert detail(after[:200, 330:]) < detail(before[:200, 330:]) * 0.6
    assert np.abs(before.astype(int) - after)[300:400, 200:260].mean() < 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_tutorial_webcam_program_without_a_camera(clone: Path) -> None:
    """A clean error in seconds, whether it is the camera or, on a machine that has one, the screen that is missing."""
    done = run(clone, PROGRAM)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        ("framechain.errors.CameraError: camera 0 cannot be opened", "framechain.errors.CameraError: camera 0 gave no")
    ) or (last.startswith("framechain.errors.DisplayError") and Path("/dev/video0").exists())
    assert "During handling of the above exception" not in done.stderr


@pytest.mark.slow
@pytest.mark.display
def test_tutorial_webcam_program_with_a_network_camera(tmp_path: Path) -> None:
    """The one word that differs is the camera's number."""
    if reason := missing():
        pytest.skip(reason)
    with camera(steadily(30)) as device, screen(tmp_path) as desktop:
        _until_q(desktop, PROGRAM.replace("webcam_id=0", f"webcam_id={device.url!r}"))


def _until_q(desktop: Screen, program: str) -> None:
    with Program(desktop, program) as running:
        running.await_screen(lambda pixels: bool(pixels[:120, :160].any()), "the camera's image")
        assert running.end_by("q") == (0, [], "")


# Names


def positional(thing: Any) -> list[tuple[str, Any]]:
    parameters = inspect.signature(thing).parameters.values()
    return [(p.name, p.default) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


def keywords(thing: Any) -> set[str]:
    return {p.name for p in inspect.signature(thing).parameters.values() if p.kind is p.KEYWORD_ONLY}


def test_tutorial_engine_arguments() -> None:
    assert positional(Engine) == [
        ("image_path", ""),
        ("video_path", ""),
        ("webcam_id", 0),
        ("show", False),
        ("flip_view", None),  # False but for the window of a camera, which is a mirror.
        ("custom_objects", ()),
        ("output_extension", "out"),
        ("start_video_frame", 0),
        ("end_video_frame", 0),
        ("break_on_end", False),
    ]
    assert keywords(Engine) == {
        "output_path", "encoding", "camera", "live", "audio", "progress", "object_timeout", "source", "sinks", "fps",
        "start", "end", "on_progress", "cut",
    }  # fmt: skip
    defaults = inspect.signature(Engine).parameters
    assert (defaults["audio"].default, defaults["progress"].default) == (True, None)


def test_tutorial_mpsegmentation_arguments() -> None:
    assert positional(MPSegmentation) == [
        ("bg_blur_ratio", (35, 35)),
        ("bg_image", None),
        ("threshold", 0.5),
        ("model_selection", 1),
        ("bg_images_path", None),
        ("bg_color", None),
    ]


def test_tutorial_fpsmetric_arguments() -> None:
    names = positional(FPSmetric)
    fonts = {value for name, value in vars(cv2).items() if name.startswith("FONT_")}
    lines = {value for name, value in vars(cv2).items() if name.startswith("LINE_")}
    assert dict(names).pop("fontFace") in fonts
    assert dict(names).pop("lineType") in lines
    assert [name for name, _ in names] == [
        "range_average", "position", "fontFace", "fontScale", "color", "thickness", "lineType",
    ]  # fmt: skip
    usual = {"range_average": 30, "position": (7, 70), "fontScale": 3, "color": (100, 255, 0), "thickness": 3}
    assert usual.items() <= dict(names).items()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("flip", ["frame"]),
        ("custom_processing", ["frame"]),
        ("display", ["frame", "webcam", "waitTime"]),
        ("process_image", [("image", None), ("output_path", None)]),
        ("process_webcam", [("return_frame", False)]),
        ("check_video_frames_range", ["fnum"]),
        ("process_video", []),
        ("run", []),
    ],
)
def test_tutorial_engine_methods(method: str, arguments: list[Any]) -> None:
    found = positional(getattr(Engine(), method))
    assert [name for name, _ in found] == [entry if isinstance(entry, str) else entry[0] for entry in arguments]
    assert [entry for entry in arguments if isinstance(entry, tuple) and entry not in found] == []


def test_tutorial_other_methods() -> None:
    assert positional(MPSegmentation().change_image) == [("prevOrNext", True)]
    assert positional(FPSmetric().__call__) == [("frame", None)]


def test_tutorial_run_returns_the_result(clone: Path) -> None:
    result = Engine(image_path=str(clone / "me.jpg")).run()
    assert result == RunResult(
        output_path=str(clone / "me_out.jpg"),
        frames_read=1,
        frames_processed=1,
        frames_written=1,
        seconds=result.seconds,
    )
    assert 0 < result.seconds < PATIENCE
    assert not result.stopped_early
