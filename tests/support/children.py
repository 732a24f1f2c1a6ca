"""Child processes that may be killed: forked from a process that has imported everything, so that each starts fast."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.patience import PATIENCE, eventually

TESTS = Path(__file__).resolve().parents[1]

fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")

# Each line names a folder: a child is forked that does the work there. Its output goes to files: nobody blocks.
_NURSERY = """
import os, signal, sys, traceback
sys.path[:0] = [{root!r}, {tests!r}]
import framechain, framechain.sinks.files.video, framechain.sources.video, framechain.cli.program
from framechain import Engine
from framechain.pixels.pyav import av
{program}
for line in sys.stdin:
    folder, *arguments = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.chdir(folder)
            for number, name in ((1, "stdout"), (2, "stderr")):
                handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(handle, number)
                os.close(handle)
            code = work(*arguments) or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Child:
    """A process at work in a folder."""

    def __init__(self, nursery: subprocess.Popen[str], folder: Path) -> None:
        self._nursery = nursery
        self.folder = folder
        self.pid = int(self._line())
        self._code: int | None = None

    def _line(self) -> str:
        assert self._nursery.stdout is not None
        line = self._nursery.stdout.readline()
        assert line, "the nursery has ended"
        return line

    def send(self, number: int) -> None:
        """Send a signal. It may come too late, but never to another process: `end` waits for the child."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def insist(self, number: int) -> None:
        """Send a signal again and again until it has ended: Python sees one only that came in the last moment before
        a sleep when the next one comes, and two that come together as one.
        """
        deadline = time.monotonic() + PATIENCE
        while self._has_not_ended() and time.monotonic() < deadline:
            self.send(number)
            time.sleep(0.2)

    def _has_not_ended(self) -> bool:
        # The nursery says so as soon as it knows.
        assert self._nursery.stdout is not None
        return self._code is None and not select.select([self._nursery.stdout], [], [], 0)[0]

    def end(self, seconds: float = PATIENCE) -> int:
        """Return its exit code, or minus the signal's number; a child that hangs is killed and reported."""
        if self._code is None:
            late = threading.Timer(seconds, self.send, (signal.SIGKILL,))
            late.start()
            began = time.monotonic()
            self._code = int(self._line())
            late.cancel()
            late.join()
            assert time.monotonic() - began < seconds, f"it hangs: {self.err}"
        return self._code

    @property
    def out(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "stderr").read_text()

    def wait_for(self, text: str) -> None:
        """Wait until it has printed something."""

        def printed() -> bool:
            with contextlib.suppress(FileNotFoundError):
                # One that has ended prints no more.
                return text in self.out or not self._has_not_ended()
            return False

        eventually(printed, f"{text!r} in {self.folder}", pause=0.005)
        assert text in self.out, f"it ended without {text!r}: {self.out} {self.err}"


class Nursery:
    """Where children come from, one at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._last: Child | None = None

    def child(self, folder: Path, *arguments: object) -> Child:
        """Start a child that calls `work(*arguments)` in a folder; what it prints is in `out` and `err`."""
        if self._last is not None:
            self._last.end()
        assert self._process.stdin is not None
        for name in ("stdout", "stderr"):
            (folder / name).unlink(missing_ok=True)
        self._process.stdin.write("\t".join([str(folder), *map(str, arguments)]) + "\n")
        self._process.stdin.flush()
        self._last = Child(self._process, folder)
        return self._last


@contextlib.contextmanager
def nursery(program: str) -> Iterator[Nursery]:
    """Start the process that children are forked from, and end all of them.

    Args:
        program: Python that defines `work(*arguments: str) -> int | None`, whose answer is the exit code.
    """
    code = _NURSERY.format(root=str(TESTS.parent), tests=str(TESTS), program=program)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Nursery(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
