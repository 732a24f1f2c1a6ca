"""A web server for the tests: it counts its requests, and does what servers do in different ways."""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class Web:
    """Serves the files of a folder.

    Attributes:
        url: The folder's URL, with a slash at its end.
        requests: The path of each request and the first byte that was asked for.
        has_ranges: Whether it gives parts of a file.
        has_length: Whether it says how long a file is.
        piece: So many bytes are sent at once.
        pause: Seconds between two pieces, from `fast_bytes` on.
        version: "HTTP/1.0", or "HTTP/1.1" for a server that closes a connection without saying so.
        change: Gives the content of a file for a request, if set: from its own content and the number of the request.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[tuple[str, int]] = []
        self.has_ranges = self.has_length = True
        self.piece, self.pause, self.fast_bytes = 1 << 16, 0.0, 0
        self.version = "HTTP/1.0"
        self.change: Callable[[bytes, int], bytes] | None = None
        self.is_closed = False
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _make_handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.protocol_version, self.close_connection = web.version, True
                with contextlib.suppress(OSError):
                    web._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        asked = re.match(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.requests.append((request.path, start))
        path = self.folder / request.path.lstrip("/")
        if not path.is_file():
            request.send_error(404)
            return
        data = path.read_bytes()
        if self.change is not None:
            data = self.change(data, len(self.requests))
        if asked and self.has_ranges:
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            data = data[start:]
        else:
            request.send_response(200)
        if self.has_length:
            request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        for place in range(0, len(data), self.piece):
            request.wfile.write(data[place : place + self.piece])
            if self.is_closed:
                return
            if place >= self.fast_bytes:
                time.sleep(self.pause)

    def close(self) -> None:
        self.is_closed = True
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Web]:
    """Serve the files of a folder."""
    web = Web(folder)
    try:
        yield web
    finally:
        web.close()
