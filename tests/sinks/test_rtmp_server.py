"""Streams to a real RTMP server, nginx, which is killed, frozen, started again, and behind TLS."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from support.cameras import camera, steadily
from support.media import see
from support.memory_source import MemorySource
from support.nginx import RtmpServer, missing
from support.patience import PATIENCE, eventually

from framechain import Encoding, Frame, FrameInfo, StreamInfo
from framechain.pixels.pyav import av
from framechain.sinks.broadcast import Broadcast

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=str(missing()))]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RtmpServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with RtmpServer(folder) as started:
        yield started


def test_rtmp_server_that_is_killed_and_started_again_goes_on_with_newer_frames(
    server: RtmpServer, tmp_path: Path
) -> None:
    recording = tmp_path / "rec.mp4"
    with camera(steadily(30)) as device:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), device.url, "-v", "--matte", "knn", "--matte-only",
             "--record", str(recording), "--stream-to", server.url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        log: list[str] = []
        assert process.stderr is not None
        reader = threading.Thread(target=log.extend, args=(process.stderr,))
        reader.start()
        eventually(lambda: server.kept and server.kept[0].stat().st_size > 10_000, "a stream")
        server.kill()
        eventually(lambda: any("was lost" in line for line in log), "its loss in the log")
        time.sleep(3)  # Some attempts fail.
        server.start()
        eventually(lambda: len(server.kept) == 2 and server.kept[1].stat().st_size > 10_000, "the stream again")
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        reader.join()
    assert process.returncode == 130
    assert any(re.search(rf"the stream to {server.url} is back", line) for line in log)
    (warning,) = (line for line in log if "warning" in line)
    assert re.search(rf"the stream to {server.url} was lost 1 time \(.+\): \d+ frames were not sent", warning)
    with av.open(str(server.kept[1])) as container:
        packet = next(packet for packet in container.demux(video=0) if packet.size)
    assert packet.is_keyframe
    first, second = (see(path) for path in server.kept)
    assert first.count > 10
    assert second.count > 10
    # What came while the server was away is missing in the stream, and not in the recording.
    assert see(recording).count > first.count + second.count + 60


def test_rtmp_server_that_freezes_is_left_and_comes_back(server: RtmpServer) -> None:
    stream = StreamInfo("camera", "camera", 640, 480)
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (480, 640, 3), np.uint8) for _ in range(4)]
    sink = Broadcast(server.url, encoding=Encoding(crf=10), reconnect=100)
    sink.open(MemorySource(stream))
    began, number = time.monotonic(), 0

    def send() -> None:
        nonlocal number
        moment = round(1000 * (time.monotonic() - began))
        sink.write(Frame(FrameInfo(number, moment, 33, stream), bgr=noise[number % 4]))
        number += 1
        time.sleep(1 / 30)

    while sink.frames < 20:
        send()
    server.freeze()
    while sink.notice is None and time.monotonic() - began < PATIENCE:
        send()
    assert sink.notice == "stream lost, reconnecting..."
    server.thaw()
    while sink.notice is not None and time.monotonic() - began < PATIENCE:
        send()
    sent = sink.frames
    while sink.frames < sent + 20 and sink.problem is None:
        send()
    sink.finish()
    assert "was lost 1 time (no answer within 5 s)" in str(sink.problem)
    eventually(lambda: len(server.kept) == 2, "a second stream")


def test_rtmps_reaches_a_server_behind_tls(server: RtmpServer, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    stream = StreamInfo("camera", "camera", 160, 120)
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=_decrypt, args=(door, context, server.url), daemon=True).start()
        sink = Broadcast(f"rtmps://localhost:{door.getsockname()[1]}/live/key")
        sink.open(MemorySource(stream))
        grey = np.full((120, 160, 3), 90, np.uint8)
        for number in range(60):
            sink.write(Frame(FrameInfo(number, 33 * number, 33, stream), bgr=grey))
            time.sleep(1 / 30)
        sink.finish()
    assert sink.problem is None
    eventually(lambda: server.kept and see(server.kept[0]).count == sink.frames, "all frames")
    assert sink.frames > 30


def _decrypt(door: socket.socket, context: ssl.SSLContext, url: str) -> None:
    plain, _ = door.accept()
    outside = context.wrap_socket(plain, server_side=True)
    inside = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))
    back = threading.Thread(target=_pass_on, args=(inside, outside), daemon=True)
    back.start()
    _pass_on(outside, inside)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
