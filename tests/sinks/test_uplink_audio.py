"""The audio of streams to the network: in step, for servers that come and go, and while the camera is away."""

from __future__ import annotations

import contextlib
import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.audio import hear
from support.media import see
from support.patience import PATIENCE
from support.sound_cameras import Call, find_beeps, record, sound_camera
from support.transport import await_listener, free_port

from framechain import FramechainWarning
from framechain.basics import back_off
from framechain.media.live_audio import writer
from framechain.pixels.pyav import av
from framechain.sources import camera as camera_module

IN_STEP = 0.04


def check_step(path: Path, least: int) -> None:
    beeps = find_beeps(path)
    assert len(beeps) >= least
    assert max(abs(beep.late) for beep in beeps) < IN_STEP, beeps


# In a process of its own: PyAV closes a connection with Python's lock held, until the receiver has taken all.
_TCP = """
import itertools, socket, sys
most = [int(word) for word in sys.argv[2:]]
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    for number in range(len(most) + 1):
        connection, _ = server.accept()
        with connection, open(f"{sys.argv[1]}/{number}.ts", "wb") as file:
            while data := connection.recv(65536):
                file.write(data)
                if number < len(most) and file.tell() > most[number]:
                    break
"""
_RTMP = """
import sys, av
print("ready", flush=True)
with av.open(sys.argv[2], options={"listen": "1"}) as container, av.open(sys.argv[1], "w") as output:
    streams = {stream.index: output.add_stream_from_template(stream) for stream in container.streams}
    try:
        for packet in container.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
    except (av.FFmpegError, OSError):
        pass  # The sender hangs up.
"""


@contextlib.contextmanager
def receiver(code: str, *arguments: object) -> Iterator[str]:
    """Run a receiver; yield its first line. It ends when its last sender hangs up."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
            process.wait(PATIENCE)
        finally:
            process.kill()


@contextlib.contextmanager
def tcp_server(folder: Path, *most: int) -> Iterator[str]:
    """Write what comes over each connection in turn into 0.ts, 1.ts, ...; hang up after a number of bytes of each."""
    with receiver(_TCP, folder, *most) as port:
        yield f"tcp://127.0.0.1:{port}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(Call(), id="copied"),
        # Its encoder begins an eighth of a second before the image.
        pytest.param(Call(form="flv", codec="pcm_alaw", sample_rate=8000), id="encoded"),
    ],
)
def test_stream_out_audio_is_in_step(call: Call, tmp_path: Path) -> None:
    with sound_camera(call) as device, tcp_server(tmp_path) as address:
        result = record(device, address, 2)
    assert result.warnings == ()
    assert hear(tmp_path / "0.ts").codec == "aac"
    check_step(tmp_path / "0.ts", 3)


@pytest.mark.slow
def test_stream_out_no_audio_is_silent(tmp_path: Path) -> None:
    with sound_camera() as device, tcp_server(tmp_path) as address:
        record(device, address, 0.5, audio=False)
    with av.open(str(tmp_path / "0.ts")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["aac", "mp2"])
def test_stream_out_rtmp_audio_is_in_step(codec: str, tmp_path: Path) -> None:
    url, path = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/key", tmp_path / "received.mkv"

    with receiver(_RTMP, path, url), sound_camera(Call(codec=codec)) as device:
        await_listener(url)
        result = record(device, url, 4)
    assert result.warnings == ()
    assert hear(path).codec == "aac"
    check_step(path, 6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::framechain.FramechainWarning")
def test_stream_out_audio_is_in_step_after_the_server_came_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 0.2)
    with sound_camera(Call()) as device, tcp_server(tmp_path, 40_000) as address:
        record(device, address, 8)
    check_step(tmp_path / "0.ts", 2)
    check_step(tmp_path / "1.ts", 4)


@pytest.mark.slow
def test_stream_out_has_silence_while_the_camera_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_LOST_SECONDS", 1.0)
    monkeypatch.setattr(back_off, "FIRST_SECONDS", 4.0)
    with sound_camera(Call(seconds=3), Call()) as device, tcp_server(tmp_path) as address:
        record(device, address, 9)
    check_step(tmp_path / "0.ts", 6)
    heard, seen = hear(tmp_path / "0.ts"), see(tmp_path / "0.ts")
    gaps = [later - earlier for earlier, later in itertools.pairwise(heard.packet_times)]
    assert max(gaps) < 0.1
    assert max(later - earlier for earlier, later in itertools.pairwise(seen.times)) < 1.5


@pytest.mark.slow
def test_stream_out_audio_that_is_refused_is_a_warning_and_the_image_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any) -> Any:
        raise av.error.InvalidDataError(1, "not with this container")

    monkeypatch.setattr(writer, "add_copied_stream", refuse)
    lost = "goes on without audio: the audio could not be kept .not with this container"
    with sound_camera() as device, tcp_server(tmp_path) as address, pytest.warns(FramechainWarning, match=lost):
        result = record(device, address, 1)
    assert result.frames_written > 10
    assert see(tmp_path / "0.ts").count > 10
