"""A server of another program, on this machine only."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from support.patience import PATIENCE
from support.transport import await_listener

if TYPE_CHECKING:
    from typing_extensions import Self


class Server:
    """A server that can be killed, frozen and started again; as a context it is killed at the end.

    Attributes:
        address: Where it listens, such as rtmp://127.0.0.1:1935.
    """

    def __init__(
        self, command: Sequence[str | Path], address: str, *, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it, and wait until it listens.

        Args:
            command: The program and its arguments.
            address: Where it listens.
            environment: Its environment variables; those of the tests if not given.
        """
        self.address = address
        self._command, self._environment = command, environment
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await_listener(self.address)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()
