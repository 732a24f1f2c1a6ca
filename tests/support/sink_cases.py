"""Every kind of sink, ready to be tried by the conformance suite."""

from __future__ import annotations

import functools
import io
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from framechain import Encoding, Frame, FrameInfo, Sink, StreamInfo
from framechain.live.outputs import LiveOutputs
from framechain.options import LiveTargets
from framechain.pixels.colour import ColourSpace
from framechain.sinks.broadcast import Broadcast
from framechain.sinks.files.binary_file import BinaryFileSink
from framechain.sinks.files.image import ImageSink
from framechain.sinks.files.recorder import Recorder
from framechain.sinks.files.video import VideoSink
from framechain.sinks.virtual_camera import VirtualCamera
from support.cameras import HEIGHT, WIDTH, number_of, numbered
from support.media import bgr_of, decode_bgra, see
from support.memory_source import MemorySource
from support.patience import eventually
from support.virtual_cameras import Loopback

COLOUR = ColourSpace(6, False, 6, 6)
STEP = 40


class Listener:
    """A server that takes whatever is sent to it and keeps it in a file."""

    def __init__(self, folder: Path) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self._file = folder / "received.ts"
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self) -> None:
        with self._server:
            connection, _ = self._server.accept()
            with connection, self._file.open("wb") as file:
                while data := connection.recv(1 << 16):
                    file.write(data)

    def received(self) -> list[Any]:
        """The images, BGR, once the sender has closed the connection."""
        self._thread.join(30)
        assert not self._thread.is_alive()
        return decode(self._file)


class Collector(Sink):
    """A user's own sink in ten lines: all frames in one file of numpy."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def open(self, source: Any) -> None:
        self.path, self.frames, self.images = None, 0, []

    def write(self, frame: Frame) -> None:
        self.images.append(frame.read_bgr().copy())
        self.frames += 1

    def finish(self, *, complete: bool = True) -> None:
        if self.images:
            self.path = str(self.target)
            np.save(self.path, self.images)
        self.images = []

    def abort(self) -> None:
        self.images = []


@dataclass
class Case:
    """A sink and what is expected of it.

    Attributes:
        sink: Not open yet.
        kind: The kind of source that it takes.
        count: How many frames are written.
        read: The images of the finished output, BGR or BGRA.
        seen: How many frames the sink has passed on so far; None if `write` does it at once.
        repeats: Whether the sink passes frames on again while no new one comes.
        survives_abort: Whether what was written stays after `abort`.
    """

    sink: Any
    read: Callable[[], list[Any]]
    kind: str = "video"
    count: int = 12
    seen: Callable[[], int] | None = None
    repeats: bool = False
    survives_abort: bool = False

    @property
    def info(self) -> StreamInfo:
        return StreamInfo("memory", self.kind, WIDTH, HEIGHT, frame_count=None, colour=COLOUR)

    def open(self) -> Any:
        self.sink.open(MemorySource(self.info))
        return self.sink

    def make_frame(self, index: int, image: Any = None) -> Frame:
        bgr = numbered(index) if image is None else image
        info = FrameInfo(index, 1000 + index * STEP, STEP, self.info)
        return Frame(info, bgr=np.ascontiguousarray(bgr[..., :3])).with_bgr(bgr)

    def write(self, frame: Frame) -> None:
        """Write a frame; wait until a sink with a thread of its own has passed it on."""
        before = self.seen() if self.seen else 0
        self.sink.write(frame)
        if self.seen is not None:
            eventually(lambda: self.seen() > before or self.sink.problem, f"frame {frame.info.index}")  # type: ignore[misc]

    def write_all(self) -> None:
        for index in range(self.count):
            self.write(self.make_frame(index))


def decode(path: Path | str) -> list[Any]:
    seen = see(path)
    return [bgr_of(planes, seen.tags) for planes in seen.planes]


def read_image(path: Path) -> list[Any]:
    return [cv2.imread(str(path), cv2.IMREAD_UNCHANGED)]


def make_video(suffix: str, folder: Path, *, alpha: bool = False) -> Case:
    path = folder / f"out{suffix}"
    return Case(VideoSink(path, alpha=alpha), functools.partial(decode_bgra if alpha else decode, path))


def make_image(suffix: str, folder: Path, *, alpha: bool = False) -> Case:
    path = folder / f"out{suffix}"
    return Case(ImageSink(path, alpha=alpha), functools.partial(read_image, path), kind="image", count=1)


def make_recorder(folder: Path, *, alpha: bool = False) -> Case:
    path = folder / ("out.webm" if alpha else "out.mp4")
    return Case(
        Recorder(path, alpha=alpha),
        functools.partial(decode_bgra if alpha else decode, path),
        kind="camera",
        survives_abort=True,
    )


def make_broadcast(folder: Path, encoding: Encoding | None = None) -> Case:
    elsewhere = folder.parent / f"{folder.name}-listener"
    elsewhere.mkdir()
    listener = Listener(elsewhere)
    sink = Broadcast(listener.url, encoding=encoding)
    return Case(sink, listener.received, kind="camera", seen=lambda: sink.frames, survives_abort=True)


def make_virtual_camera(folder: Path) -> Case:
    """Needs the fixture `loopback`. An even rate shows frames twice: equal neighbours are one."""

    def read() -> list[Any]:
        shown = Loopback.made[-1].images
        return [
            image for image, before in zip(shown, [None, *shown], strict=False) if not np.array_equal(image, before)
        ]

    return Case(VirtualCamera(), read, kind="camera", seen=lambda: len(read()), repeats=True, survives_abort=True)


def make_live_outputs(folder: Path) -> Case:
    """A recording and a virtual camera; what is read is the recording."""
    path = folder / "out.mp4"
    return Case(
        LiveOutputs(LiveTargets(record=str(path), virtual_camera="auto"), watched=False),
        functools.partial(decode, path),
        kind="camera",
        survives_abort=True,
    )


def make_open_file(sink: Any, suffix: str, folder: Path) -> Case:
    """The file is in memory; the folder stays empty."""
    file = io.BytesIO()
    is_image = sink is ImageSink

    def read() -> list[Any]:
        path = folder.parent / f"{folder.name}{suffix}"
        path.write_bytes(file.getvalue())
        return read_image(path) if is_image else decode(path)

    kind = {ImageSink: "image", VideoSink: "video", Recorder: "camera"}[sink]
    return Case(BinaryFileSink(file, sink, suffix), read, kind=kind, count=1 if is_image else 12)


def make_collector(folder: Path) -> Case:
    path = folder / "out.npy"
    return Case(Collector(path), lambda: list(np.load(path)))


CASES: dict[str, Callable[[Path], Case]] = {
    "mp4": functools.partial(make_video, ".mp4"),
    "mkv": functools.partial(make_video, ".mkv"),
    "webm": functools.partial(make_video, ".webm"),
    "mov": functools.partial(make_video, ".mov"),
    "png": functools.partial(make_image, ".png"),
    "jpg": functools.partial(make_image, ".jpg"),
    "recorder": make_recorder,
    "broadcast": make_broadcast,
    "virtual camera": make_virtual_camera,
    "live outputs": make_live_outputs,
    "mp4 in an open file": functools.partial(make_open_file, VideoSink, ".mp4"),
    "png in an open file": functools.partial(make_open_file, ImageSink, ".png"),
    "recording in an open file": functools.partial(make_open_file, Recorder, ".mp4"),
    "user's own": make_collector,
}
ALPHA_CASES: dict[str, Callable[[Path], Case]] = {
    "webm with alpha": functools.partial(make_video, ".webm", alpha=True),
    "mov with alpha": functools.partial(make_video, ".mov", alpha=True),
    "png with alpha": functools.partial(make_image, ".png", alpha=True),
    "recorder with alpha": functools.partial(make_recorder, alpha=True),
}
NEED_LOOPBACK = ("virtual camera", "live outputs")


def read_numbers(case: Case) -> list[int]:
    return [number_of(image) for image in case.read()]
