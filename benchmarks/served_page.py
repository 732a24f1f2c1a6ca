"""The page's server as a process of its own: `python main.py serve`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 100.0


class ServedPage:
    """A server that can be killed and started again at its address; as a context it is ended.

    Attributes:
        address: Where the page is, such as http://127.0.0.1:8484/.
    """

    def __init__(self, *arguments: str | Path) -> None:
        """Start it.

        Args:
            arguments: What stands behind `serve`; the port is a free one.
        """
        self._arguments = [str(argument) for argument in arguments]
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it has printed its address."""
        self._lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-u", "main.py", "serve", *self._arguments, "--port", self._port, "--no-browser"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        deadline = time.monotonic() + _PATIENCE
        while (found := re.search(r"https?://\S+?:(\d+)\S*", self.said)) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"the server does not start: {self.said}")
            time.sleep(0.02)
        self.address, self._port = found[0], found[1]

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.append(line)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def said(self) -> str:
        """What it has printed."""
        return "".join(self._lines)

    def count_threads(self) -> int:
        """Return how many threads it has now."""
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def kill(self) -> None:
        """End it without a word, as a fault of the machine does."""
        self._process.kill()
        self._await_end()

    def end(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        return self._await_end()

    def _await_end(self) -> int:
        code = self._process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.poll() is None:
            self.kill()
