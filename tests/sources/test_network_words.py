"""What is said when a network camera cannot be opened, on real servers of this machine."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from support.web import serving

from framechain.errors import CameraError, FramechainError
from framechain.options import CameraOptions
from framechain.sources.camera import CameraSource
from framechain.sources.open import open_source

PAGE = "<!DOCTYPE html>\n<html><head><title>Camera</title></head><body>" + "<p>Log in.</p>" * 200 + "</body></html>"


def refuse(url: str, timeout: float = 30) -> str:
    with pytest.raises(CameraError) as caught:
        CameraSource(url, CameraOptions(timeout=timeout))
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["rtsp", pytest.param("http", marks=pytest.mark.slow)])
def test_network_camera_silent_server_is_no_answer_from_its_host(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{scheme}://127.0.0.1:{server.getsockname()[1]}/live"
        message = refuse(url, timeout=1)
    assert message.startswith(f"camera {url} cannot be opened: no answer from 127.0.0.1 within 1 s; ")


@pytest.mark.parametrize("name", ["login.html", "video.mjpg", "clip.mp4", "page"])
@pytest.mark.parametrize(
    "page", [PAGE, "\n <html lang=en>" + PAGE, f"<!-- made by {'x' * 200} -->\n{PAGE}", f'<?xml version="1.0"?>{PAGE}']
)
def test_network_camera_web_page_is_named(name: str, page: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(page)
    with serving(tmp_path) as web:
        message = refuse(f"{web.url}{name}")
        with pytest.raises(FramechainError, match=r"it is a web page \(text/html\), not a stream"):
            open_source(f"{web.url}{name}", kind="video")
    assert "cannot be opened: it is a web page (text/html), not a stream" in message


def test_network_camera_other_text_is_no_web_page(tmp_path: Path) -> None:
    (tmp_path / "video").write_text("header and html are words " * 99)
    with serving(tmp_path) as web:
        message = refuse(f"{web.url}video")
    assert "cannot be opened: what came is no stream that FFmpeg knows (Invalid data found when" in message


@pytest.mark.parametrize("scheme", ["rtsp", "http", "rtmp", "tcp"])
def test_network_camera_unknown_host_is_named(scheme: str) -> None:
    message = refuse(f"{scheme}://no-such-host.invalid:8554/live")
    assert "cannot be opened: host no-such-host.invalid cannot be found (Input/output error)" in message


def test_video_on_an_unknown_host_is_named() -> None:
    with pytest.raises(FramechainError, match=r"clip\.mp4: host no-such-host\.invalid cannot be found \(Input/output"):
        open_source("http://no-such-host.invalid/clip.mp4")


@pytest.mark.parametrize("scheme", ["udp", "tcp", "rtp"])
def test_network_camera_without_a_port_is_told_at_once(scheme: str) -> None:
    begun = time.monotonic()
    message = refuse(f"{scheme}://127.0.0.1")
    assert f"{scheme}:// needs a port, such as {scheme}://127.0.0.1:5000" in message
    assert time.monotonic() - begun < 15  # Half of the time limit.


@pytest.mark.parametrize("address", ["rstp://127.0.0.1/live", "rtps://127.0.0.1/clip.mp4"])
def test_open_source_misspelt_scheme_names_the_right_one(address: str) -> None:
    with pytest.raises(FramechainError, match=r"unknown kind of address r\w+://, did you mean rtsp://\?$"):
        open_source(address)
