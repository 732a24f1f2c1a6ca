"""`python main.py serve` as a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from .patience import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]


class ServeProcess:
    """A server that runs.

    Attributes:
        lines: What it printed on stdout.
        address: Where the page is.
    """

    def __init__(self, *words: str, folder: Path, start: str = "main.py") -> None:
        """Start it and wait for the page.

        Args:
            words: Further arguments.
            folder: The folder for temporary files.
            start: The program.
        """
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / start), "serve", "--port", "0", "--no-browser", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        for stream, lines in ((self._process.stdout, self.lines), (self._process.stderr, self.errors)):
            assert stream is not None
            threading.Thread(target=lines.extend, args=(stream,), daemon=True).start()
        eventually(
            lambda: any("the page is at" in line for line in self.lines) or self._process.poll() is not None,
            "the address of the page",
        )
        assert self._process.poll() is None, "".join(self.errors)
        self.address = next(line for line in self.lines if "the page is at" in line).split()[-1]

    @property
    def id(self) -> int:
        """The number of the process."""
        return self._process.pid

    def send(self, name: str) -> None:
        """Send a signal, such as SIGINT."""
        self._process.send_signal(signal.Signals[name])

    def wait(self) -> int:
        """Return the exit code."""
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        """End it in any case."""
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def serve_process(*words: str, folder: Path) -> Iterator[ServeProcess]:
    """Run a server."""
    server = ServeProcess(*words, folder=folder)
    try:
        yield server
    finally:
        server.close()
