"""Processes that are forked during a run or after one: they end when they are told to, and may run engines themselves."""

from __future__ import annotations

import os
import re
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
@pytest.mark.parametrize("options", ["{}", "{'object_timeout': 60}"], ids=["usual", "object_timeout"])
def test_process_forked_by_an_object_ends_at_sigterm(options: str, tmp_path: Path) -> None:
    lines = run_program(tmp_path, TERMINATED.replace("OPTIONS", options))
    assert lines == ["process -15"] * 5 + ["[1, 2]", "pool", "10"]
