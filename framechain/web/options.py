"""The limits of a server and where it listens."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..basics.arguments import check_count, check_number
from ..errors import ArgumentError
from ..options import CameraOptions
from ..threads.cores import count_cores


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """The limits of a server and where it listens.

    Attributes:
        host: The address to listen at.
        port: The port; 0 for a free one.
        origin: The address that browsers know a server by that is behind a proxy, such as "https://page.example.org".
        token: What a visitor has to know; None: nothing, for a loopback address.
        certificate: The file of the TLS certificate; None for plain HTTP.
        key: The file of its key; None if the certificate's has it.
        camera: A camera of the server's, as `INPUT` of the command line; None for the browser's.
        camera_options: How it is opened.
        max_upload: Bytes of one upload.
        max_storage: Bytes of all that is kept for all visitors.
        max_jobs: Jobs of all visitors that wait or run.
        max_sessions: Live runs at a time.
        keep_minutes: Minutes that a result is kept.

    Example:
        >>> WebOptions(host="::1").is_loopback, WebOptions(host="0.0.0.0").is_loopback
        (True, False)
    """

    host: str = "127.0.0.1"
    port: int = 8484
    origin: str | None = None
    token: str | None = None
    certificate: str | None = None
    key: str | None = None
    camera: int | str | None = None
    camera_options: CameraOptions = field(default_factory=CameraOptions)
    max_upload: int = 2_000_000_000
    max_storage: int = 20_000_000_000
    max_jobs: int = 20
    max_sessions: int = max(1, count_cores() // 2)
    keep_minutes: float = 60.0

    def __post_init__(self) -> None:
        """Check all but what only the system can tell.

        Raises:
            ArgumentError: If a value cannot be used.
        """
        check_number("port", self.port, 0, 65535)
        for name, value in (("max_upload", self.max_upload), ("max_storage", self.max_storage)):
            check_count(name, value, 1)
        for name, value in (("max_jobs", self.max_jobs), ("max_sessions", self.max_sessions)):
            check_count(name, value, 0)
        check_number("keep_minutes", self.keep_minutes, 0.01, math.inf)
        if self.token == "":  # An unset variable in a script.
            raise ArgumentError("token is empty: give one that nobody guesses, or none to have one made")
        if self.key and not self.certificate:
            raise ArgumentError("a key is given without a certificate: give both")
        if self.origin is not None and not _is_origin(self.origin):
            raise ArgumentError(f"origin must be an address such as https://page.example.org, got {self.origin!r}")

    @property
    def is_loopback(self) -> bool:
        """True if only programs of this machine reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def needs_token(self) -> bool:
        """True if others than the users of this machine may reach it."""
        return not self.is_loopback or self.origin is not None


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and f"{parts.scheme}://{parts.netloc}" == text
    except ValueError:
        return False
