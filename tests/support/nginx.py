"""nginx with its module for RTMP, on this machine only (Debian: nginx, libnginx-mod-rtmp)."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from support.servers import Server
from support.transport import free_port

_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
_PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_KEEPING = (
    "application live {{ live on; record all; record_path {kept}; record_unique on; }}"
    " application closed {{ live on; deny publish all; }}"
)


def missing() -> str | None:
    """Return why nginx cannot be run with RTMP here; None if it can."""
    if _PROGRAM is None or not _MODULE.exists():
        return "needs nginx with RTMP (apt-get install nginx libnginx-mod-rtmp)"
    return None


class RtmpServer(Server):
    """A server that takes streams.

    Attributes:
        url: Where to publish to the application `live`.
    """

    def __init__(self, folder: Path, applications: str | None = None) -> None:
        """Start it.

        Args:
            folder: For its configuration and logs; it must exist.
            applications: Blocks of its configuration. If not given: `live`, whose streams are kept in files, and
                `closed`, to which nobody may publish.
        """
        assert _PROGRAM is not None
        self._kept = folder / "kept"
        self._kept.mkdir()
        self._kept.chmod(0o777)
        port = free_port(socket.SOCK_STREAM)
        address = f"rtmp://127.0.0.1:{port}"
        self.url = f"{address}/live/key"
        (folder / "nginx.conf").write_text(
            f"""
            load_module {_MODULE};
            daemon off; master_process off; worker_processes 1;
            pid {folder}/nginx.pid;
            error_log {folder}/nginx.log info;
            events {{ worker_connections 64; }}
            rtmp {{ server {{ listen 127.0.0.1:{port}; {applications or _KEEPING.format(kept=self._kept)} }} }}
            """,
            encoding="utf-8",
        )
        super().__init__([_PROGRAM, "-p", folder, "-c", "nginx.conf"], address)

    @property
    def kept(self) -> list[Path]:
        """The streams that came, the oldest first."""
        return sorted(self._kept.glob("*.flv"), key=lambda path: path.stat().st_ctime_ns)
