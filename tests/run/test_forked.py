"""Processes that are forked during or after a run: they end when they are told to, and may run engines themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.children import fork
from support.media import flats, see, write_clip
from support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import multiprocessing, os, signal, sys, time
sys.path.insert(0, sys.argv[1])
from framechain import Engine
forking = multiprocessing.get_context("fork")

def run(target, *objects, **options):
    return Engine(video_path=sys.argv[2], output_path=target, custom_objects=objects, progress=False, **options).run()

def report(name, process):
    # Prints how a process ends; one that hangs is killed.
    process.join(20)
    if process.exitcode is None:
        process.kill()
    print(name, process.exitcode, flush=True)
"""


def run_program(tmp_path: Path, program: str) -> list[str]:
    """Run a program whose clip has 10 frames; return the lines that it prints."""
    source = write_clip(tmp_path / "clip.mp4", flats(10))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program, str(ROOT), source],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


TERMINATED = """
class Helped:
    # Has helpers, as an object with a model in processes of its own.
    def __call__(self, frame, info):
        if info.index == 3:
            for _ in range(5):
                process = forking.Process(target=time.sleep, args=(600,))
                process.start()
                process.terminate()
                report("process", process)
            pool = forking.Pool(2)
            print(pool.map(abs, [-1, -2]), flush=True)
            pool.terminate()
            pool.join()
            print("pool", flush=True)
        return frame

print(run("out.mp4", Helped(), **OPTIONS).frames_written)
"""


@fork
@pytest.mark.parametrize(
    "options",
    [
        pytest.param("{}", id="usual", marks=pytest.mark.slow),
        pytest.param("{'object_timeout': 60}", id="object_timeout"),
    ],
)
def test_process_forked_by_an_object_ends_at_sigterm(options: str, tmp_path: Path) -> None:
    lines = run_program(tmp_path, TERMINATED.replace("OPTIONS", options))
    assert lines == ["process -15"] * 5 + ["[1, 2]", "pool", "10"]


POOLED = """
import cv2, numpy
noise = numpy.zeros((600, 600, 3), numpy.uint8)

def blur(frame=None):  # It starts OpenCV's threads.
    cv2.GaussianBlur(noise, (31, 31), 0)
    return frame

def work(name):
    before = cv2.getNumThreads()
    written = run(name, blur).frames_written
    blur()
    print(written, cv2.getNumThreads() == before, flush=True)

def fork_and_work(frame, info):
    if info.index == 3:
        process = forking.Process(target=work, args=("inside.mp4",))
        process.start()
        report("inside", process)
    return frame

os.cpu_count = lambda: CORES
cv2.setNumThreads(CORES)
blur()
process = forking.Process(target=work, args=("before.mp4",))
process.start()
report("before", process)
run("out.mp4", fork_and_work)
work("after.mp4")
"""


@fork
@pytest.mark.parametrize("cores", [pytest.param(2, marks=pytest.mark.slow), 8])
def test_process_forked_from_opencvs_threads_runs_engines(cores: int, tmp_path: Path) -> None:
    """OpenCV's threads are not in the forked process: it must not wait for them."""
    lines = run_program(tmp_path, POOLED.replace("CORES", str(cores)))
    assert lines == ["10 True", "before 0", "10 True", "inside 0", "10 True"]
    for name in ("before", "inside", "out", "after"):
        assert see(tmp_path / f"{name}.mp4").count == 10


COLLECTING = """
import gc
gc.disable()
for name in ("first.mp4", "second.mp4"):
    run(name)
process = forking.Process(target=lambda: print(gc.collect() >= 0, run("forked.mp4").frames_written, flush=True))
process.start()
report("forked", process)
"""


@fork
def test_process_forked_after_a_run_collects_garbage(tmp_path: Path) -> None:
    """Decoders are part of it: their threads, for whose end the collection would wait, are not in the process."""
    assert run_program(tmp_path, COLLECTING) == ["True 10", "forked 0"]
    assert see(tmp_path / "forked.mp4").count == 10
