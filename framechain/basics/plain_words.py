"""What libraries say, in plain words: one table for FFmpeg, OpenCV and stow."""

from __future__ import annotations

import contextlib
import difflib
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

SCHEMES = ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp", "srt", "rtp", "s3")
"""The kinds of addresses that a misspelt one may mean."""

# FFmpeg waits for packets at these addresses, or sends them: without a port nothing can come or go.
_SCHEMES_WITH_PORT = ("udp", "rtp", "tcp", "srt")


@dataclass(frozen=True)
class _Place:
    """Where it happened: at an address or in a file, "" if that is not known."""

    address: str
    sends: bool

    @cached_property
    def scheme(self) -> str:
        return urlsplit(self.address).scheme.lower() if "://" in self.address else ""

    @cached_property
    def host(self) -> str:
        return find_host(self.address) if self.scheme else ""

    @cached_property
    def server(self) -> str:
        """The host and the port, if one is given."""
        port = urlsplit(self.address).port
        return self.host if port is None else f"{self.host}:{port}"

    def is_stream(self) -> bool:
        return bool(self.host)

    def is_publishing(self) -> bool:
        return self.sends and self.scheme in ("rtmp", "rtmps")

    def is_unknown_host(self) -> bool:
        if not self.host:
            return False
        try:
            socket.getaddrinfo(self.host, None)
        except (OSError, UnicodeError):
            return True
        return False


@dataclass(frozen=True)
class _Row:
    """A plain sentence for what a library says.

    Attributes:
        words: A regular expression for all that it says.
        sentence: May name {host}, {server}, {scheme}, and the groups of the expression by number.
        applies: Whether it holds for this place.
    """

    words: str
    sentence: str
    applies: Callable[[_Place], bool] = lambda place: True


_REFUSES = "the server refused the stream: check the name of its application and the key"
# The first row that fits counts.
_TABLE = (
    # FFmpeg
    _Row("Input/output error", "host {host} cannot be found", _Place.is_unknown_host),
    # Whether its answer is read, or the end of the connection is noticed first, is a matter of moments.
    _Row(
        "Input/output error|Broken pipe|Connection reset by peer|Operation not permitted",
        _REFUSES,
        _Place.is_publishing,
    ),
    _Row("Input/output error", "the connection to {server} failed", _Place.is_stream),
    _Row("Connection refused", "no server listens at {server}", _Place.is_stream),
    _Row("Broken pipe|Connection reset by peer", "{server} closed the connection", _Place.is_stream),
    _Row("Connection timed out", "no answer from {server}", _Place.is_stream),
    _Row("No route to host|Network is unreachable", "{host} cannot be reached from here", _Place.is_stream),
    _Row("End of file", "{server} closed the connection and sent no stream", _Place.is_stream),
    _Row(r"Server returned 401.*", "the server wants a user name and a password that are right"),
    _Row(r"Server returned 403.*", "the server does not allow it"),
    _Row(r"Server returned 404.*", "the server has nothing at this address"),
    _Row(r"Server returned (\d[\dX]+).*", "the server says {0}"),
    _Row("Invalid data found when processing input", "what came is no stream that FFmpeg knows", _Place.is_stream),
    _Row("Protocol not found", "this FFmpeg has no {scheme}://", _Place.is_stream),
    # OpenCV
    _Row("can't open camera by index|Camera index out of range", "there is no such camera"),
    # stow
    _Row(r"Couldn't find a manager called '([^']+)'.*", "unknown kind of address {0}://{guess}"),
)


def explain(words: str, address: str = "", *, sends: bool = False) -> str:
    """Return a plain sentence for what a library says, with its own words in brackets.

    Args:
        words: What it says; returned as it is if the table does not know it.
        address: The address where it happened; "" for a file or a device.
        sends: Whether something was sent there, not read.

    Example:
        >>> explain("Connection refused", "rtsp://127.0.0.1:8554/live")
        'no server listens at 127.0.0.1:8554 (Connection refused)'
        >>> explain("Out of cheese")
        'Out of cheese'
    """
    place = _Place(address, sends)
    for row in _TABLE:
        found = re.fullmatch(row.words, words, re.DOTALL)
        if found is None or not row.applies(place):
            continue
        guess = _guess_scheme(found[1]) if "{guess}" in row.sentence else ""
        names = {name: getattr(place, name) for name in ("host", "server", "scheme") if f"{{{name}}}" in row.sentence}
        sentence = row.sentence.format(*found.groups(), guess=guess, **names)
        # A guess says more than a library's list of what it has.
        return sentence if guess else f"{sentence} ({words})"
    return words


def _guess_scheme(scheme: str) -> str:
    swapped = [known for known in SCHEMES if sorted(known) == sorted(scheme.lower())]
    guesses = swapped or difflib.get_close_matches(scheme.lower(), SCHEMES, n=1, cutoff=0.5)
    return f", did you mean {guesses[0]}://?" if guesses else ""


def nest(sentence: str) -> str:
    """Return a sentence for use in brackets: its own become square.

    Example:
        >>> nest("host cam.local cannot be found (Input/output error)")
        'host cam.local cannot be found [Input/output error]'
    """
    return sentence.replace("(", "[").replace(")", "]")


def find_host(url: str) -> str:
    """Return the host of a URL, without user name, password and port.

    Example:
        >>> find_host("rtsp://admin:secret@Camera.local:554/live")
        'camera.local'
    """
    return urlsplit(url).hostname or ""


def find_address_fault(url: str) -> str | None:
    """Return what is wrong with an address, as a sentence; None if it may be right.

    Example:
        >>> find_address_fault("udp://127.0.0.1")
        'udp:// needs a port, such as udp://127.0.0.1:5000'
    """
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    with contextlib.suppress(ValueError):
        if parts.port is not None or parts.scheme.lower() not in _SCHEMES_WITH_PORT:
            return None if parts.hostname or parts.port else f"it names no host, such as {parts.scheme}://host/live"
        return f"{parts.scheme}:// needs a port, such as {parts.scheme}://{host or '127.0.0.1'}:5000"
    return "its port must be a whole number from 0 to 65535"
