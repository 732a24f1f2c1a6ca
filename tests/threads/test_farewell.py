"""The end of the interpreter while a thread that nobody waits for is in native code."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.patience import PATIENCE, best_of

ROOT = Path(__file__).resolve().parents[2]

# Python that comes back from OpenCV's C++ some hundred times a second, for a second and a half.
BUSY = """
import threading, time
import cv2
import numpy as np
import framechain

at_work = threading.Event()

def busy(frame):
    at_work.set()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        cv2.GaussianBlur(np.zeros((400, 400, 3), np.uint8), (31, 31), 0)
    return frame

def frames():
    for number in range(4):
        yield busy(np.full((36, 64, 3), number, np.uint8))

image = np.zeros((36, 64, 3), np.uint8)
"""
LATE = """
try:
    framechain.Engine(source=image, custom_objects=[busy], object_timeout=0.2).run()
except framechain.LateError:
    pass
"""
DAEMON_RUN = """
engine = framechain.Engine(source=frames(), custom_objects=[busy], output_path="out.mp4")
threading.Thread(target=engine.run, daemon=True).start()
at_work.wait()
time.sleep(0.1)
"""
LEFT_LOOP = """
reading = framechain.read(frames())
at_work.wait()
"""


def end_process(program: str, folder: Path) -> tuple[int, float]:
    began = time.monotonic()
    child = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{BUSY}{program}\nsys.exit(7)"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert child.stderr == ""
    return child.returncode, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("program", [LATE, DAEMON_RUN, LEFT_LOOP])
def test_exit_thread_in_native_code_does_not_abort_the_process(program: str, tmp_path: Path) -> None:
    assert end_process(program, tmp_path)[0] == 7
    assert list(tmp_path.iterdir()) == []  # A run in a daemon thread leaves no temporary file.


def test_exit_object_that_waits_for_a_lock_is_not_waited_for(tmp_path: Path) -> None:
    def end() -> float:
        code, seconds = end_process(LATE.replace("[busy]", "[lambda frame: threading.Event().wait()]"), tmp_path)
        assert code == 7
        return seconds

    assert best_of(end, 4.5) < 4.5  # Some two seconds for the imports.


@pytest.mark.slow
def test_exit_object_that_hangs_is_left_after_some_seconds(tmp_path: Path) -> None:
    code, seconds = end_process(LATE.replace("[busy]", "[lambda frame: time.sleep(600)]"), tmp_path)
    assert code == 7
    assert seconds > 5
