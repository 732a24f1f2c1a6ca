"""A stream to the network, frame by frame."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.cameras import HEIGHT, WIDTH, number_of, numbered
from support.media import see
from support.memory_source import MemorySource
from support.patience import PATIENCE, eventually
from support.sink_cases import STEP, Case, decode, make_broadcast
from support.transport import free_port

from framechain import Encoding, Frame
from framechain.basics import back_off
from framechain.pixels.convert import convert_to_yuv
from framechain.pixels.pyav import av
from framechain.sinks.broadcast import Broadcast


@pytest.fixture
def case(tmp_path: Path) -> Case:
    folder = tmp_path / "out"
    folder.mkdir()
    return make_broadcast(folder)


def test_broadcast_frame_that_is_earlier_than_a_held_image_is_sent_in_order(case: Case, tmp_path: Path) -> None:
    sink = case.open()
    for number in range(4):
        case.write(case.make_frame(number))
    time.sleep(10 * STEP / 1000)
    sink.hold(numbered(4))
    eventually(lambda: sink.frames == 5, "the held image")
    for number in range(5, 9):
        case.write(case.make_frame(number))
    sink.finish()
    assert sink.problem is None
    assert [number_of(image) for image in case.read()] == list(range(9))
    times = [float(moment) for moment in see(tmp_path / "out-listener" / "received.ts").times]
    assert times == sorted(set(times))
    assert times[4] > times[0] + 9 * STEP / 1000
    # The later frames follow at once instead of going back.
    assert times[8] < times[4] + 0.1


@pytest.mark.slow
def test_broadcast_has_a_key_frame_each_second_and_times_from_the_first_frame(case: Case, tmp_path: Path) -> None:
    case.sink.open(MemorySource(replace(case.info, rate=Fraction(25))))
    for number in range(60):
        case.write(case.make_frame(number))
    case.sink.finish()
    case.read()
    with av.open(str(tmp_path / "out-listener" / "received.ts")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == [0, 25, 50]
    assert case.make_frame(0).info.time == 1
    assert packets[0].pts == 0
    assert all(packet.pts == packet.dts for packet in packets)


@pytest.mark.parametrize(("codec", "canonical"), [("h264", "h264"), ("hevc", "hevc"), ("libx265", "hevc")])
def test_broadcast_encoder_by_the_name_of_its_format_is_used(codec: str, canonical: str, tmp_path: Path) -> None:
    case = make_broadcast(tmp_path / "out", Encoding(codec))
    sink = case.open()
    case.write_all()
    sink.finish()
    assert case.read()
    assert see(tmp_path / "out-listener" / "received.ts").codec == canonical


def test_broadcast_held_image_before_the_first_frame_is_not_sent(case: Case) -> None:
    sink = case.open()
    sink.hold(numbered(9))
    case.write(case.make_frame(1))
    sink.finish()
    sink.hold(numbered(9))
    assert [number_of(image) for image in case.read()] == [1]


def test_broadcast_yuv_frame_keeps_its_own_time_for_other_sinks(case: Case) -> None:
    sink = case.open()
    video_frame = convert_to_yuv(numbered(5), case.info.colour)
    video_frame.pts = 777
    case.write(Frame(case.make_frame(5).info, yuv=video_frame))
    sink.finish()
    assert video_frame.pts == 777
    assert [number_of(image) for image in case.read()] == [5]


def test_broadcast_path_is_the_address_without_a_password_once_frames_are_sent(case: Case) -> None:
    sink = case.open()
    assert sink.path is None
    case.write_all()
    sink.finish()
    assert sink.path == sink.name
    assert Broadcast("rtmp://user:secret@host/live").name == "rtmp://host/live"
    assert case.read()


# A server that leaves


class Server:
    """A server that takes one stream after the other, each into a file, and can leave and come back."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port(socket.SOCK_STREAM)
        self.url = f"tcp://127.0.0.1:{self._port}"
        self.files: list[Path] = []
        self._leave = threading.Event()
        self.start()

    def start(self) -> None:
        self._leave.clear()
        self._thread = threading.Thread(target=self._receive, args=(socket.create_server(("127.0.0.1", self._port)),))
        self._thread.start()

    def _receive(self, server: socket.socket) -> None:
        with server:
            connection, _ = server.accept()
        path = self._folder / f"{len(self.files)}.ts"
        self.files.append(path)
        with connection, path.open("wb") as file:
            connection.settimeout(0.05)
            while not self._leave.is_set():
                with contextlib.suppress(TimeoutError):
                    if not (data := connection.recv(1 << 16)):
                        return
                    file.write(data)

    def leave(self) -> None:
        self._leave.set()
        self._thread.join()


@pytest.fixture
def impatient_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 0.05)


def send_until(sink: Broadcast, case: Case, number: int, look: Callable[[], object], what: str) -> int:
    """Send frames, the first with this number, until there is something to see; return the number of the next one."""

    def send() -> object:
        nonlocal number
        sink.write(case.make_frame(number))
        number += 1
        return look()

    eventually(send, what, pause=STEP / 1000)
    return number


@pytest.mark.slow
@pytest.mark.usefixtures("impatient_streams")
def test_broadcast_server_that_comes_back_gets_newer_frames_from_a_key_frame_on(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server, problems = Server(tmp_path), list[str]()
    sink = Broadcast(server.url, reconnect=1000, on_problem=problems.append)
    caplog.set_level("INFO", "framechain")
    sink.open(MemorySource(case.info))
    number = send_until(sink, case, 0, lambda: sink.frames >= 10, "frames")
    assert sink.notice is None
    server.leave()
    number = send_until(sink, case, number, lambda: sink.notice, "the loss")
    assert sink.notice == "stream lost, reconnecting..."
    number = send_until(sink, case, number, lambda: sink.notice != "stream lost, reconnecting...", "an attempt")
    assert sink.notice == "stream lost, reconnecting (2 of 1000)..."
    back = number
    server.start()
    number = send_until(sink, case, number, lambda: sink.notice is None, "its return")
    sent = sink.frames
    number = send_until(sink, case, number, lambda: sink.frames >= sent + 10, "more frames")
    assert sink.problem is None
    sink.finish()
    server.leave()
    assert re.fullmatch(
        rf"the stream to {server.url} was lost 1 time \(.+\): \d+ frames were not sent", str(sink.problem)
    )
    assert problems == [sink.problem]
    first, second = ([number_of(image) for image in decode(path)] for path in server.files)
    assert first == list(range(len(first)))
    # Nothing was queued: what comes is no older than the attempt that succeeded, but for FFmpeg's and our own queue.
    assert second[0] >= back - 3
    assert second == sorted(set(second))
    assert second[-1] >= back + 10
    with av.open(str(server.files[1])) as container:
        packet = next(packet for packet in container.demux(video=0))
        assert packet.is_keyframe
        assert packet.pts == 0
    assert any(re.search("the stream to .* was lost: ", line) for line in caplog.messages)
    assert caplog.messages[-1] == f"the stream to {server.url} is back"


@pytest.mark.slow
@pytest.mark.usefixtures("impatient_streams")
@pytest.mark.parametrize("attempts", [0, 2])
def test_broadcast_server_that_stays_away_ends_the_stream_after_the_attempts(
    attempts: int, case: Case, tmp_path: Path
) -> None:
    server, problems = Server(tmp_path), list[str]()
    sink = Broadcast(server.url, reconnect=attempts, on_problem=problems.append)
    sink.open(MemorySource(case.info))
    number = send_until(sink, case, 0, lambda: sink.frames >= 10, "frames")
    server.leave()
    send_until(sink, case, number, lambda: sink.problem, "its end")
    refused = r"\(no server .* \[Connection refused\]\)"
    tried = f"; it did not come back after {attempts} attempts {refused}" if attempts else ""
    assert re.fullmatch(rf"the stream to {server.url} broke off after \d+ frames: .+{tried}", str(sink.problem))
    assert ("attempts" in str(sink.problem)) == bool(attempts)
    assert sink.notice is None
    sink.finish()
    assert problems == [sink.problem]


@pytest.mark.slow
def test_broadcast_server_that_freezes_is_lost_after_five_seconds(case: Case) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink = Broadcast(f"tcp://127.0.0.1:{server.getsockname()[1]}", encoding=Encoding(crf=0))
        sink.open(MemorySource(case.info))
        random = np.random.default_rng(0)
        began, number = time.monotonic(), 0
        while sink.notice is None and time.monotonic() - began < PATIENCE:
            sink.write(case.make_frame(number, random.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)))
            number += 1
            time.sleep(STEP / 1000)
        assert sink.notice == "stream lost, reconnecting..."
        sink.finish()
    assert "(no answer within 5 s)" in str(sink.problem)
