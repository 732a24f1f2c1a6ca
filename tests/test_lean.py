"""The lean installation of docs/install.md; `.ci/lean` makes it, which needs a network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import cv2
import pytest
from support.patience import PATIENCE

from framechain.errors import DisplayError
from framechain.sinks.window import Window

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {"opencv-python", "opencv-contrib-python", "mediapipe"}
# The whole chain without what is left out and what that brings along.
PROGRAM = """
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

class Refusal(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ImportError(name + " is not in a lean installation")

sys.meta_path.insert(0, Refusal())
from framechain import Engine, MPSegmentation
from framechain.effects import Text
for options in ({"image_path": "portrait.jpg"}, {"video_path": "clip.mp4", "end": 0.3, "cut": True}):
    (path,) = list(options.values())[:1]
    chain = [MPSegmentation(quality="best" if path == "portrait.jpg" else None), Text("{index} γειά")]
    print(Engine(**options, custom_objects=chain, output_path=str(Path(sys.argv[1]) / path)).run().frames_written)
"""


def read_requirements(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and line[0] not in "#-"}


def get_name(requirement: str) -> str:
    return re.split("[<>=]", requirement)[0]


def test_lean_requirements_are_the_default_ones_but_for_opencv_and_mediapipe() -> None:
    default, lean = read_requirements("requirements.txt"), read_requirements("requirements-lean.txt")
    assert {get_name(line) for line in lean - default} == {"opencv-python-headless", "sounddevice"}
    assert {get_name(line) for line in default - lean} == LEFT_OUT
    headless = next(line for line in lean if get_name(line) == "opencv-python-headless")
    assert headless.replace("-headless", "") in default


def test_window_of_an_opencv_without_windows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    information = re.sub(r"GUI: .*", "GUI:                           NONE", cv2.getBuildInformation())
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: information)
    with pytest.raises(DisplayError, match=r"built without windows, as opencv-python-headless is: .* \(no --show\)"):
        Window()


@pytest.mark.slow
def test_lean_installation_needs_none_of_the_packages_left_out(tmp_path: Path) -> None:
    # "backports" and the like belong to several distributions.
    lean = {get_name(line) for line in read_requirements("requirements-lean.txt")} | {"opencv-python"}
    lean |= {"protobuf", "flatbuffers", "ml_dtypes", "typing_extensions", "backports.strenum", "cffi", "pycparser"}
    refused = sorted(
        module
        for module, owners in packages_distributions().items()
        if not lean & {name.lower() for name in owners} and module not in {"_virtualenv", "framechain"}
    )
    assert {"mediapipe", "matplotlib", "pytest"} <= set(refused)
    done = subprocess.run(
        [sys.executable, "-c", f"REFUSED = {json.dumps(refused)}{PROGRAM}", str(tmp_path)],
        cwd=ROOT / "samples",
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["1", "9"], "")
