"""The limits of a server and where it listens."""

from __future__ import annotations

from dataclasses import dataclass

from ..threads.cores import count_cores


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """The limits of a server and where it listens.

    Attributes:
        host: The address to listen at.
        port: The port; 0 for a free one.
        token: What a visitor has to know; None: nothing, for a loopback address.
        certificate: The file of the TLS certificate; None for plain HTTP.
        key: The file of its key.
        camera: A camera of the server's, as `INPUT` of the command line; None for the browser's.
        max_upload: Bytes of one upload.
        max_storage: Bytes of all that is kept for all visitors.
        max_jobs: Jobs of all visitors that wait or run.
        max_sessions: Live runs at a time.
        keep_minutes: Minutes that a result is kept.
    """

    host: str = "127.0.0.1"
    port: int = 8484
    token: str | None = None
    certificate: str | None = None
    key: str | None = None
    camera: int | str | None = None
    max_upload: int = 2_000_000_000
    max_storage: int = 20_000_000_000
    max_jobs: int = 20
    max_sessions: int = max(1, count_cores() // 2)
    keep_minutes: float = 60.0
