"""Whether a stream on the web is live, as its server says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cameras import camera, steadily
from support.segments import segmented_camera
from support.web import Web, serving

from framechain.media import liveness
from framechain.media.liveness import find_live, may_be_live, take_kept


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    for name in ("clip.ts", "clip.FLV", "me.jpg"):
        (tmp_path / name).write_bytes(bytes(range(200, 256)) * 100)
    (tmp_path / "page.ts").write_text("\n<!DOCTYPE html><html></html>")
    with serving(tmp_path) as served:
        yield served


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host/live.m3u8?key=1", True),
        ("https://host/live.TS", True),
        ("http://host/live.flv", True),
        ("http://host/faststream.jpg", True),
        ("http://host/clip.mp4", False),
        ("http://host/video.mjpg", False),
        ("rtsp://host/live.ts", False),
        ("clip.ts", False),
    ],
)
def test_may_be_live_addresses_whose_server_must_be_asked(url: str, expected: bool) -> None:
    assert may_be_live(url) is expected


@pytest.mark.parametrize("name", ["clip.ts", "clip.FLV"])
def test_find_live_stream_is_live_if_its_server_gives_no_length(name: str, web: Web) -> None:
    assert find_live(web.url + name, 5) is False
    web.has_length = web.has_ranges = False
    assert find_live(web.url + name, 5) is True


def test_find_live_image_and_page_without_length_are_not_live(web: Web) -> None:
    web.has_length = web.has_ranges = False
    assert find_live(web.url + "me.jpg", 5) is False
    assert find_live(web.url + "page.ts", 5) is False


def test_find_live_series_of_images_under_the_name_of_one_is_live() -> None:
    with camera(steadily(30)) as device:
        assert find_live(device.url.replace("video.mjpg", "faststream.jpg"), 5) is True


def test_find_live_playlist_is_live_until_it_has_an_end(tmp_path: Path) -> None:
    with segmented_camera(tmp_path, master_pl_name="all.m3u8") as device:
        for url in (device.url, device.url.replace("live", "all")):
            assert find_live(url, 5) is True
        device.close()
        for url in (device.url, device.url.replace("live", "all")):
            assert find_live(url, 5) is False


def test_find_live_server_without_an_answer_is_unknown(web: Web) -> None:
    assert find_live(web.url + "nothing.ts", 5) is None
    assert find_live(web.url + "nothing.m3u8", 5) is None
    assert find_live("http://127.0.0.1:9/live.ts", 5) is None


def test_find_live_stream_that_gives_nothing_yet_is_live() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n")
        connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: serve(server.accept()[0]), daemon=True).start()
        assert find_live(f"http://127.0.0.1:{server.getsockname()[1]}/live.ts", 0.5) is True


def test_find_live_leaves_no_thread_behind(web: Web) -> None:
    find_live(web.url + "clip.ts", 5)
    assert not [thread for thread in threading.enumerate() if thread.name == "framechain-probe"]


@pytest.mark.slow
def test_find_live_server_that_is_silent_is_left_in_time() -> None:
    with camera([], hang=True) as device:
        began = time.monotonic()
        assert find_live(device.url.replace(".mjpg", ".ts"), 1.0) is None
    assert time.monotonic() - began < 30


def test_find_live_connection_is_kept_for_one_who_opens_it_soon(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.has_length = web.has_ranges = False
    url = web.url + "clip.ts"
    for _ in range(2):
        assert find_live(url, 5) is True
    stream = take_kept(url)
    assert stream is not None
    assert stream.read(0, 10) == bytes(range(200, 210))
    stream.close()
    assert take_kept(url) is None
    find_live(url, 5)
    monkeypatch.setattr(liveness, "_KEPT_SECONDS", 0.0)
    assert take_kept(url) is None
    assert url not in liveness._kept
