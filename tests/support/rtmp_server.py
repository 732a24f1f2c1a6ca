"""A real RTMP server for the tests: nginx with its module, in the foreground, with a configuration of its own."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.patience import PATIENCE
from support.transport import await_listener, free_port

_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
_CONFIGURATION = """
load_module {module};
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log info; worker_processes 1;
events {{ worker_connections 64; }}
rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{ live on; record all; record_path {folder}/kept;
    record_unique on; }} application closed {{ live on; deny publish all; }} }} }}
"""


def missing() -> str | None:
    """Return why there can be no such server here; None if there can."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None or not _MODULE.exists():
        return "nginx and libnginx-mod-rtmp must be installed"
    return None


class RtmpServer:
    """A server that can be killed, frozen and started again; it keeps each stream that it gets in a file.

    Attributes:
        url: Where to publish.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = folder / "kept"
        self._kept.mkdir()
        self._kept.chmod(0o777)
        self._port = free_port(socket.SOCK_STREAM)
        self.url = f"rtmp://127.0.0.1:{self._port}/live/key"
        (folder / "nginx.conf").write_text(
            _CONFIGURATION.format(module=_MODULE, folder=folder, port=self._port), encoding="utf-8"
        )
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", str(self._folder), "-c", "nginx.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await_listener(self.url)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    @property
    def kept(self) -> list[Path]:
        """The streams that came, the oldest first."""
        return sorted(self._kept.glob("*.flv"), key=lambda path: path.stat().st_ctime_ns)


@contextlib.contextmanager
def rtmp_server(folder: Path) -> Iterator[RtmpServer]:
    """Run a server."""
    server = RtmpServer(folder)
    try:
        yield server
    finally:
        server.kill()
