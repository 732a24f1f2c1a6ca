"""Bytes of a URL, in order and from anywhere, from servers of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.web import Web, serving

from framechain.media.raw_stream import RawStream
from framechain.pixels.pyav import av

DATA = np.random.default_rng(0).bytes(400_000)
TIMEOUT = (5.0, 5.0)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    (tmp_path / "file").write_bytes(DATA)
    (tmp_path / "short").write_bytes(DATA[:50])
    (tmp_path / "empty").write_bytes(b"")
    with serving(tmp_path) as server:
        yield server


def connect(url: str, timeout: tuple[float, float] = TIMEOUT, *, may_seek: bool) -> RawStream:
    return RawStream(url, {}, timeout, may_seek=may_seek, check_time=lambda: None)


def read_all(stream: RawStream, place: int = 0, count: int = 10_000) -> bytes:
    parts = []
    while data := stream.read(place, count):
        assert len(data) <= count
        parts.append(data)
        place += len(data)
    return b"".join(parts)


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("has_ranges", [True, False])
def test_raw_stream_gives_all_bytes_in_order(has_ranges: bool, has_length: bool, web: Web) -> None:
    web.has_ranges, web.has_length = has_ranges, has_length
    stream = connect(web.url + "file", may_seek=True)
    assert stream.can_seek == has_ranges
    assert stream.size == (len(DATA) if has_length or has_ranges else stream.size)
    received = b""
    while len(received) < len(DATA):  # Without a length FFmpeg takes the end for a fault.
        received += stream.read(len(received), 10_000)
    assert received == DATA
    stream.close()


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_raw_stream_reads_from_anywhere(version: str, web: Web) -> None:
    web.version = version
    stream = connect(web.url + "file", may_seek=True)
    for place in (399_990, 5, 200_000, 0, 399_999, 131_072, 131_071, 70_000, 300_000, 1):
        assert stream.read(place, 100) == DATA[place : place + len(stream.read(place, 100))] != b""
        assert read_all(stream, place) == DATA[place:]
    assert stream.read(400_000, 10) == stream.read(500_000, 10) == b""


def test_raw_stream_short_file_needs_one_request(web: Web) -> None:
    web.has_ranges = False
    stream = connect(web.url + "short", may_seek=True)
    assert stream.can_seek
    assert [stream.read(place, 100) for place in (0, 49, 7, 50)] == [DATA[:50], DATA[49:50], DATA[7:50], b""]
    assert web.requests == [("/short", 0)]


def test_raw_stream_asked_not_to_seek_makes_one_request(web: Web) -> None:
    stream = connect(web.url + "file", may_seek=False)
    assert not stream.can_seek
    assert read_all(stream) == DATA
    assert stream.received == len(DATA)
    assert web.requests == [("/file", 0)]


def test_raw_stream_empty_file_gives_no_bytes(web: Web) -> None:
    assert read_all(connect(web.url + "empty", may_seek=True)) == b""


def test_raw_stream_missing_file_is_ffmpegs_error(web: Web) -> None:
    with pytest.raises(av.error.HTTPNotFoundError):
        connect(web.url + "none", may_seek=True)


def test_raw_stream_silent_server_ends_in_time(web: Web) -> None:
    web.piece, web.pause = 1000, 3.0
    stream = connect(web.url + "file", (1.0, 0.3), may_seek=False)
    with pytest.raises(av.error.ExitError):
        read_all(stream)


def test_raw_stream_server_that_forgets_to_seek_is_an_error(web: Web) -> None:
    stream = connect(web.url + "file", may_seek=True)
    web.has_ranges = False
    with pytest.raises(OSError, match=r"the server does not go on|Input/output error|End of file"):
        read_all(stream, 399_000)
