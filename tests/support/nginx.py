"""nginx with its module for RTMP, on this machine only (Debian: nginx, libnginx-mod-rtmp)."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.patience import PATIENCE
from support.transport import await_listener, free_port

MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")


def missing() -> str | None:
    """Return why nginx cannot be run with RTMP here; None if it can."""
    if shutil.which("nginx") is None or not MODULE.exists():
        return "needs nginx with RTMP (apt-get install nginx libnginx-mod-rtmp)"
    return None


@contextlib.contextmanager
def serving_rtmp(folder: Path, applications: str = "application live { live on; }") -> Iterator[str]:
    """Run nginx as an RTMP server.

    Args:
        folder: For its configuration and logs; it must exist.
        applications: Blocks of its configuration.

    Yields:
        Its address, such as rtmp://127.0.0.1:1935.
    """
    port = free_port(socket.SOCK_STREAM)
    (folder / "nginx.conf").write_text(
        f"""
        load_module {MODULE};
        daemon off;
        pid {folder}/nginx.pid;
        error_log {folder}/nginx.log;
        events {{}}
        rtmp {{ server {{ listen 127.0.0.1:{port}; {applications} }} }}
        """
    )
    server = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        await_listener(f"rtmp://127.0.0.1:{port}")
        yield f"rtmp://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE)
