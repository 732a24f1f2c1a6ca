"""Latency from a camera to the screen: background blur at 1280x720, over a minute, at 30 and 60 frames/s.

    python benchmarks/live.py --seconds 60
    xvfb-run -a python benchmarks/live.py --seconds 60      # with a window on a virtual screen
    xvfb-run -a python benchmarks/live.py --rate 30 --busy  # beside a loop that keeps one core busy

Latency is the time from a frame's arrival in the program to the moment at which the window has drawn it, or, without a
window, at which it leaves the chain. With --source mjpeg the frames come from a server in a process of its own, and
arrive when they are decoded. Latency must not grow: the first ten seconds are printed beside the last. Below each row
stands when the quality changed, unless --quality fixes it.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import logging
import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

from framechain import (  # noqa: E402
    Engine,
    Frame,
    FrameInfo,
    MPSegmentation,
    RunResult,
    Source,
    StreamInfo,
    open_source,
)
from framechain.live import session as live_module  # noqa: E402
from framechain.sinks.window import Window  # noqa: E402

CLIP = ROOT / "samples" / "clip.mp4"
WIDTH, HEIGHT = 1280, 720
_IMAGES = 60
_TIME_BASE = Fraction(1, 1_000_000)
_BEGINNING = 10.0


def make_images() -> list[Any]:
    """Return frames of the sample clip, uint8 (720, 1280, 3)."""
    capture = cv2.VideoCapture(str(CLIP))
    try:
        return [cv2.resize(capture.read()[1], (WIDTH, HEIGHT)) for _ in range(_IMAGES)]
    finally:
        capture.release()


class PacedSource(Source):
    """A synthetic camera that gives images at its rate, whether or not they are taken."""

    def __init__(self, rate: float, seconds: float) -> None:
        self._images = make_images()
        self._rate, self._count = rate, round(rate * seconds)
        self._stopped = False
        self.info = StreamInfo("synthetic", "camera", WIDTH, HEIGHT, _TIME_BASE, Fraction(rate).limit_denominator(1001))
        self.began = 0.0

    def __iter__(self) -> Iterator[Frame]:
        self.began = time.monotonic()
        for index in range(self._count):
            time.sleep(max(0.0, self.began + index / self._rate - time.monotonic()))
            if self._stopped:
                return
            image = self._images[index % len(self._images)].copy()
            pts = round((time.monotonic() - self.began) / _TIME_BASE)
            yield Frame(FrameInfo(index, pts, 0, self.info), bgr=image)

    def stop(self) -> None:
        """End before the next frame."""
        self._stopped = True

    def close(self) -> None:
        """End before the next frame."""
        self.stop()


class LatencyRecorder:
    """Records when frames arrive and when they are shown."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.latencies: list[tuple[float, float]] = []

    def record(self, info: FrameInfo) -> None:
        """Record that a frame is shown."""
        source = self._source
        began = source.began if isinstance(source, PacedSource) else source.source._start
        arrived = began + info.time
        self.latencies.append((info.time, time.monotonic() - arrived))


class TimedEngine(Engine):
    """An engine with a given camera that records latencies."""

    def __init__(self, source: Any, show: bool, quality: str | None) -> None:
        self.timed = LatencyRecorder(source)
        super().__init__(
            source=source,
            custom_objects=[MPSegmentation(quality=quality), self._last],
            show=show,
            progress=False,
            flip_view=False,
        )
        self._shown: FrameInfo | None = None

    def _last(self, frame: Any, info: FrameInfo) -> Any:
        self._shown = info
        if not self.show:
            self.timed.record(info)
        return frame

    def record_shown(self) -> None:
        """Record that the window has drawn the last frame of the chain."""
        assert self._shown is not None
        self.timed.record(self._shown)


class Changes(logging.Handler):
    """Takes down when the run changed the quality."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.time()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take down a line of the log."""
        self.lines.append(f"      {record.created - self.began:5.1f} s  {record.getMessage()}")


@contextlib.contextmanager
def watch_quality() -> Iterator[list[str]]:
    """Collect the lines of the log that tell of a change."""
    log, changes = logging.getLogger("framechain.live.levels"), Changes()
    log.setLevel(logging.INFO)
    log.addHandler(changes)
    try:
        yield changes.lines
    finally:
        log.removeHandler(changes)


@contextlib.contextmanager
def keep_a_core_busy() -> Iterator[None]:
    """Run a loop without a pause in another process, where possible on the first core alone."""
    process = multiprocessing.get_context("spawn").Process(target=_loop, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _loop() -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    while True:
        pass


def run(source: Any, show: bool, quality: str | None = None) -> tuple[RunResult, list[tuple[float, float]], float]:
    """Run the blur on a camera; return the result, (time, latency) of each frame and CPU seconds."""
    bench = TimedEngine(source, show, quality)

    class TimedWindow(Window):
        def show(self, frame: Any, *, wait: int = 1) -> str | None:
            key = super().show(frame, wait=wait)
            bench.record_shown()
            return key

    setattr(live_module, "Window", TimedWindow)  # noqa: B010
    began = time.process_time()
    try:
        result = bench.run()
    finally:
        setattr(live_module, "Window", Window)  # noqa: B010
    assert isinstance(result, RunResult)
    return result, bench.timed.latencies, time.process_time() - began


@contextlib.contextmanager
def open_network_camera(rate: float, seconds: float) -> Iterator[Source]:
    """Open a camera that sends MJPEG over HTTP from another process, for a number of seconds."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, rate), daemon=True)
    process.start()
    try:
        with open_source(f"http://127.0.0.1:{ours.recv()}/video.mjpg") as source:
            timer = threading.Timer(seconds, source.stop)
            timer.start()
            yield source
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Any, rate: float) -> None:
    import socket

    jpegs = [cv2.imencode(".jpg", image)[1].tobytes() for image in make_images()]
    with socket.create_server(("127.0.0.1", 0)) as server:
        pipe.send(server.getsockname()[1])
        while True:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.recv(65536)
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=p\r\n\r\n")
                began = time.monotonic()
                for index in itertools.count():
                    time.sleep(max(0.0, began + index / rate - time.monotonic()))
                    data = jpegs[index % len(jpegs)]
                    head = f"--p\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    connection.sendall(head.encode() + data + b"\r\n")


def format_quantiles(latencies: Sequence[float]) -> str:
    """Return p50, p95 and p99 in milliseconds."""
    if len(latencies) < 2:
        return "-"
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return " ".join(f"{1000 * cuts[place - 1]:5.1f}" for place in (50, 95, 99))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="latency of background blur on a camera")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, action="append", help="frames per second (default: 30 and 60)")
    parser.add_argument("--source", choices=("made", "mjpeg"), default="made")
    parser.add_argument("--no-window", action="store_true", help="no window, even if there is a screen")
    parser.add_argument("--busy", action="store_true", help="beside a loop that keeps one core busy")
    parser.add_argument("--quality", choices=("fast", "balanced", "best"), help="a fixed one (default: None)")
    options = parser.parse_args()
    windows = [False] if options.no_window or not os.environ.get("DISPLAY") else [False, True]
    beside = ", one of them busy" if options.busy else ""
    print(
        f"{WIDTH}x{HEIGHT}, {options.source} source, {options.seconds:g} s, {os.cpu_count()} cores{beside}; "
        "ms: p50 p95 p99"
    )
    print("rate  window  all                first 10 s         last 10 s          frames/s  dropped    CPU")
    for rate in options.rate or [30.0, 60.0]:
        for show in windows:
            with contextlib.ExitStack() as stack:
                source = (
                    PacedSource(rate, options.seconds)
                    if options.source == "made"
                    else stack.enter_context(open_network_camera(rate, options.seconds))
                )
                if options.busy:
                    stack.enter_context(keep_a_core_busy())
                changes = stack.enter_context(watch_quality())
                result, latencies, cpu = run(source, show, options.quality)
            end = latencies[-1][0]
            parts = (
                [latency for _, latency in latencies],
                [latency for at, latency in latencies if at < _BEGINNING],
                [latency for at, latency in latencies if at > end - _BEGINNING],
            )
            share = result.dropped / max(1, result.frames_read)
            print(
                f"{rate:4g}  {'yes' if show else 'no':6}  {'  '.join(format_quantiles(part) for part in parts)}"
                f"  {len(latencies) / max(end, 1e-9):8.1f}  {share:7.1%}  {cpu / result.seconds:5.0%}",
                *changes,
                sep="\n",
                flush=True,
            )


if __name__ == "__main__":
    main()
