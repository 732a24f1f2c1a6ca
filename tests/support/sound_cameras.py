"""A network camera with sound for the tests: numbered images and two beeps in each second, over HTTP."""

from __future__ import annotations

import contextlib
import itertools
import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framechain import Engine, FrameInfo, RunResult
from framechain.pixels.pyav import av
from support.audio import hear
from support.cameras import HEIGHT, WIDTH, number_of, numbered
from support.media import bgr_of, see

RATE = 25
_BEEP_SECONDS = 0.06
_OPTIONS = {"flush_packets": "1", "max_interleave_delta": "100000"}
EVERY = 0.5


@dataclass(frozen=True)
class Call:
    """How the camera treats one connection.

    Attributes:
        seconds: How long it sends; then it closes the connection.
        begin: Its first time stamp.
        jump: Seconds after which its time stamps begin anew, at `begin`; None for never.
        jitter: Each frame is sent up to so many seconds late, its audio with it.
        codec: The audio's encoder; None for no audio.
        sample_rate: The audio's samples per second.
        form: FFmpeg's name of the container.
        audio_ends: Seconds after which there is no more audio.
    """

    seconds: float = 1e9
    begin: float = 0.0
    jump: float | None = None
    jitter: float = 0.0
    codec: str | None = "aac"
    sample_rate: int = 48000
    form: str = "mpegts"
    audio_ends: float = 1e9


class SoundCamera:
    """Shows image number n, and has played n / RATE seconds of beeps, n / RATE seconds after it was switched on.

    Attributes:
        url: Where it is.
        calls: How many connections there were.
    """

    def __init__(self, server: socket.socket, calls: Sequence[Call]) -> None:
        self.url = f"http://127.0.0.1:{server.getsockname()[1]}/live"
        self.calls = 0
        self._server, self._plan = server, iter(calls)
        self._began = time.monotonic()
        self.closed = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self.closed.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._server.accept()
                self.calls += 1
                call = next(self._plan, None)
                # The viewer may leave at any time.
                with connection, contextlib.suppress(av.FFmpegError):
                    if call is not None:
                        connection.recv(65536)
                        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
                        self._send(call, connection)

    def _send(self, call: Call, connection: socket.socket) -> None:
        first = int((time.monotonic() - self._began) * RATE) + 1
        step = 0
        for length in (call.jump, None):
            count = int((call.seconds if length is None else length) * RATE)
            if length is not None or call.jump is None or count > step:
                step += self._send_part(call, connection, first + step, count if length else count - step)
            if call.jump is None:
                return

    def _send_part(self, call: Call, connection: socket.socket, first: int, count: int) -> int:
        with av.open(_Pipe(connection), "w", format=call.form, container_options=_OPTIONS) as container:
            video: Any = container.add_stream(
                "libx264", rate=RATE, options={"preset": "ultrafast", "tune": "zerolatency", "g": "10", "qp": "10"}
            )
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            audio: Any = None
            if call.codec is not None:
                layout = "mono" if call.sample_rate == 8000 else "stereo"
                audio = container.add_stream(call.codec, rate=call.sample_rate, layout=layout)
                audio.codec_context.open()
                fit = av.AudioResampler(
                    audio.format, layout, call.sample_rate, audio.codec_context.frame_size or call.sample_rate // RATE
                )
            for turn in itertools.count():
                number = first + turn
                late = random.Random(number).uniform(0, call.jitter)
                if self.closed.wait(max(0.0, self._began + number / RATE + late - time.monotonic())) or turn >= count:
                    return turn
                begin = Fraction(call.begin).limit_denominator(1000) + Fraction(turn, RATE)
                if audio is not None and turn / RATE < call.audio_ends:
                    for ready in fit.resample(_beep(number, call.sample_rate, layout, begin)):
                        container.mux(audio.encode(ready))
                frame = av.VideoFrame.from_ndarray(numbered(number % 1024), "bgr24")
                frame.pts, frame.time_base = int(begin * 1000), Fraction(1, 1000)
                video.codec_context.time_base = Fraction(1, 1000)
                container.mux(video.encode(frame))
        return 0


class _Pipe:
    """A connection as a file for PyAV."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> int:
        self._connection.sendall(data)
        return len(data)


def make_wave(times: NDArray[Any]) -> NDArray[Any]:
    """Return the beeps at some times after the camera was switched on, as float32 samples up to 0.5."""
    since = (times + 1e-6) % EVERY
    return np.where(since < _BEEP_SECONDS, 0.5 * np.sin(2 * np.pi * 1000 * since), 0).astype(np.float32)


def _beep(number: int, rate: int, layout: str, begin: Fraction) -> Any:
    """Make the audio of one image: silence, or a part of a beep."""
    count = rate // RATE
    wave = make_wave((number * count + np.arange(count)) / rate)
    channels = 1 if layout == "mono" else 2
    frame = av.AudioFrame.from_ndarray(np.repeat(wave[None], channels, 0), "fltp", layout)
    frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), round(begin * rate)
    return frame


@contextlib.contextmanager
def sound_camera(*calls: Call) -> Iterator[SoundCamera]:
    """Run a camera; without calls it sends for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        device = SoundCamera(server, calls or (Call(),))
        try:
            yield device
        finally:
            device.closed.set()
            server.shutdown(socket.SHUT_RDWR)


def record(device: SoundCamera | int, path: Path | str | None, seconds: float, *objects: Any, **more: Any) -> RunResult:
    """Record a camera, or the webcam of a number, for some seconds; further arguments are those of `Engine`."""
    begun: list[float] = []

    def end(frame: Any, info: FrameInfo) -> Any:
        begun.append(info.time)
        if info.time >= begun[0] + seconds:
            engine.stop()
        return frame

    camera = device if isinstance(device, int) else device.url
    engine = Engine(webcam_id=camera, output_path=path, progress=False, custom_objects=[*objects, end], **more)
    return engine.run()


@dataclass(frozen=True)
class Beep:
    """A beep of a recording.

    Attributes:
        time: When it begins.
        late: How many seconds it comes after the image that it belongs to.
    """

    time: float
    late: float


def find_beeps(path: Path | str) -> list[Beep]:
    """Measure how far apart audio and image are in a recording of a `SoundCamera`, at each beep that is whole.

    The time of the image that belongs to a beep is that of the images around, moved by the differences of their
    numbers: the median, as a busy machine takes one or the other image of a webcam late.
    """
    seen, heard = see(path), hear(path)
    numbers: list[int] = []
    for planes in seen.planes:
        number = number_of(bgr_of(planes, seen.tags))
        numbers.append(number + 1024 * round(((numbers[-1] if numbers else number) - number) / 1024))
    times = np.array([float(time) for time in seen.times])
    switched_on = times - np.array(numbers) / RATE
    loud = np.abs(heard.samples).max(1) > 0.1
    found = []
    for onset in heard.onsets():
        begin = round((onset - heard.start) * heard.rate)
        ends = begin + round(_BEEP_SECONDS * heard.rate)
        # A beep whose beginning was lost is shorter.
        if not loud[ends - heard.rate // 100 : ends].any():
            continue
        apart = np.abs(times - onset)
        late = onset - float(np.median(switched_on[apart <= max(0.2, apart.min())]))
        found.append(Beep(onset, float(late - EVERY * round(late / EVERY))))
    return found
