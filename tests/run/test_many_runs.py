"""Two hundred runs in one process, of each kind: what it holds afterwards is what it held after the first ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from support.audio import beeps
from support.media import photo, photos, write_clip
from support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
RUNS = 200
# A frame of each run that was kept would be 12 MB, and an encoder of each run far more.
ALLOWED_MEGABYTES = 8

PROGRAM = """
import ctypes, gc, itertools, os, signal, sys, threading, time, warnings
for folder in ("", "benchmarks", "tests"):
    sys.path.insert(0, os.path.join(sys.argv[1], folder))
import cv2, numpy as np
import framechain
from framechain import *
from framechain.backgrounds import Blur, Transparent, Video
from framechain.mattes import KNN, ChromaKey
from stress import read_holdings
numbers = itertools.count()

class Camera(Source):
    info = StreamInfo("synthetic", "camera", 64, 48)
    def __iter__(self):
        for index in range(3):
            yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=np.full((48, 64, 3), 9, np.uint8))
            time.sleep(0.001)

def run(*objects, **options):
    usual = {"video_path": "clip.mp4", "output_path": "out.mp4", "progress": False, "custom_objects": objects}
    return Engine(**usual | options).run()

def video():
    run(FPSmetric())

def image():
    run(lambda frame: 255 - frame, video_path="", image_path="image.png", output_path="out.png")

def array():
    Engine(custom_objects=[lambda frame: 255 - frame]).process_image(np.zeros((48, 64, 3), np.uint8))

def arrays():
    run(source=(np.full((48, 64, 3), value, np.uint8) for value in range(3)), video_path="")

def live():
    run(source=Camera(), video_path="", object_timeout=5)

def replaced():
    run(BackgroundReplacement(KNN(warm_up=2), Video("clip.mp4")))

def transparent():
    run(BackgroundReplacement(ChromaKey(), Transparent()), output_path="out.webm")

def failing():
    def fail(frame, info):
        return 1 / (2 - info.index) and frame
    try:
        run(fail)
    except ObjectError:
        return
    raise AssertionError("it went on")

def late():
    def sleep(frame):
        time.sleep(0.02)
        return frame
    try:
        run(sleep, object_timeout=0.005)
    except LateError:
        time.sleep(0.03)  # Until the late call has returned.
        return
    raise AssertionError("it was not late")

def interrupted():
    def interrupt(frame, info):
        if info.index == 1:
            signal.raise_signal(signal.SIGINT)
        return frame
    try:
        run(interrupt)
    except Interrupted:
        return
    raise AssertionError("it went on")

def missing():
    try:
        run(video_path="none.mp4")
    except MissingInputError:
        return
    raise AssertionError("it is there")

def thread():
    thread = threading.Thread(target=video)
    thread.start()
    thread.join()

def loop():
    with open_source("clip.mp4") as source, open_sink("out.mp4", like=source) as sink:
        for frame in source:
            sink.write(frame.with_bgr(255 - frame.bgr))

def read_and_write():
    with framechain.read("clip.mp4") as frames, framechain.write("out.mp4", fps=25) as out:
        for frame in itertools.islice(frames, 3):  # Closed early.
            out(frame.bgr)

kind = globals()[sys.argv[2]]
def settle():
    gc.collect()
    time.sleep(0.2)
    ctypes.CDLL(None).malloc_trim(0)
    return read_holdings()
for _ in range(60):
    kind()
megabytes, files, threads = settle()
for _ in range(int(sys.argv[3])):
    kind()
after = settle()
left = sorted(name for name in os.listdir(".") if name[0] == ".")
print(round(after[0] - megabytes, 1), after[1] - files, after[2] - threads, left)
"""

KINDS = [
    "video", "image", "array", "arrays", "live", "replaced", "transparent", "failing", "late", "interrupted", "missing",
    "thread", "loop", "read_and_write",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from Linux' /proc")
@pytest.mark.parametrize("kind", KINDS)
def test_many_runs_leave_no_memory_files_or_threads(kind: str, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", photos(5), audio=beeps(0.2))
    cv2.imwrite(str(tmp_path / "image.png"), photo())
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(ROOT), kind, str(RUNS)]
    # What the allocator keeps for later, in an arena for each thread, is no leak.
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE)
    assert done.returncode == 0, done.stderr
    megabytes, files, threads, left = done.stdout.strip().split(maxsplit=3)
    assert float(megabytes) < ALLOWED_MEGABYTES
    assert (files, threads, left) == ("0", "0", "[]")
