"""What is called when native code ends the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="C's exit is watched on Linux only")
_START = """
import ctypes, os, sys, threading
from framechain.threads.native_exit import called_at_native_exit
def leave():
    thread = threading.Thread(target=print, args=("finished",))
    thread.start()
    thread.join()
    sys.stdout.flush()
libc = ctypes.CDLL(None)
"""


def run(program: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", _START + program],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout.split(), done.stderr


def test_native_exit_in_the_context_calls_the_function_and_ends_the_process() -> None:
    assert run("with called_at_native_exit(leave): libc.exit(0)\nprint('on')") == (1, ["finished"], "")


def test_native_exit_function_that_fails_ends_the_process_too() -> None:
    code, lines, err = run("with called_at_native_exit(lambda: 1 / 0): libc.exit(0)\nprint('on')")
    assert (code, lines) == (1, [])
    assert "Traceback" not in err or "ZeroDivisionError" in err


def test_native_exit_after_the_context_calls_nothing() -> None:
    assert run("with called_at_native_exit(leave): pass\nprint('on', flush=True)\nlibc.exit(0)") == (0, ["on"], "")


@pytest.mark.slow
def test_native_exit_usual_ends_of_python_call_nothing() -> None:
    assert run("with called_at_native_exit(leave): print('on')") == (0, ["on"], "")
    assert run("with called_at_native_exit(leave): sys.exit(3)") == (3, [], "")
    # The main thread ends while another one is still inside.
    assert run(
        "def stay():\n    with called_at_native_exit(leave): threading.Event().wait()\n"
        "threading.Thread(target=stay, daemon=True).start()\nimport time; time.sleep(0.2); print('on')"
    ) == (0, ["on"], "")


def test_native_exit_of_a_forked_child_calls_nothing() -> None:
    program = """
with called_at_native_exit(leave):
    if os.fork() == 0:
        sys.exit(7)
    print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run(program) == (0, ["7"], "")
