"""The most memory that an input takes: each is opened in a process of its own, forked from one with all imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from support.patience import PATIENCE

_CHILD = """
import json, os, resource, sys, warnings
sys.path[:0] = sys.argv[1:]
warnings.simplefilter("ignore")
import framechain.sinks.files.video, framechain.sources.camera, framechain.sources.network, framechain.sources.video
from framechain import CameraOptions, Engine, FramechainError
from framechain.backgrounds import Video
def read_peak():
    try:  # What Linux calls ru_maxrss begins with the parent's.
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
def video(path, out): return Engine(video_path=path, output_path=out, progress=False).run().frames_written
def background(path, out): return Video(path)(__import__("numpy").zeros((48, 64, 3), "uint8")).shape
def camera(path, out):
    options = CameraOptions(timeout=5, reconnect=0)
    return Engine(webcam_id=path, output_path=out, camera=options, progress=False).run().frames_written
for name, (way, path, out) in json.load(sys.stdin).items():
    if os.fork() == 0:
        if os.path.exists("/proc/self/clear_refs"):
            with open("/proc/self/clear_refs", "w") as reset:
                reset.write("5")
        try:
            text = f"took {globals()[way](path, out)}"
        except FramechainError as error:
            text = str(error)
        except BaseException as error:
            text = f"raised {error!r}"
        print(json.dumps([name, text, read_peak()]), flush=True)
        os._exit(0)
    os.wait()
"""


class Peak(NamedTuple):
    """What became of an input.

    Attributes:
        text: Its error, or "took " and the number of frames.
        megabytes: The most memory of the process; Python, OpenCV and FFmpeg themselves take a good 100.
    """

    text: str
    megabytes: float


def measure(cases: Mapping[str, tuple[str, str]], folder: Path) -> dict[str, Peak]:
    """Open each input in a process of its own.

    Args:
        cases: For each name the way in ("video", "background" or "camera") and the path or URL.
        folder: For the outputs.
    """
    pytest.importorskip("resource", reason="Windows does not report the peak of memory")
    tests = Path(__file__).resolve().parents[1]
    todo = {name: (*case, str(folder / f"out{index}.mp4")) for index, (name, case) in enumerate(cases.items())}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tests.parent), str(tests)],
        input=json.dumps(todo), capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip
    return {name: Peak(text, megabytes) for name, text, megabytes in map(json.loads, done.stdout.splitlines())}
