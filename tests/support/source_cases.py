"""Every kind of source, ready to be read: what the conformance suite runs over."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from framechain import CameraOptions, Frame, FrameInfo, Source, StreamInfo, open_source
from framechain.sources import open as open_module
from framechain.sources import webcam as webcam_module
from framechain.sources.camera import CameraSource
from framechain.sources.reader import Reader
from framechain.sources.video import VideoSource
from support import fields
from support.cameras import HEIGHT, WIDTH, camera, steadily
from support.media import write_clip
from support.patience import PATIENCE
from support.webcams import Webcam

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FRAMES = 14
# More than a test waits for: a source that stays silent is ended by the test, not by its own time limit.
OPTIONS = CameraOptions(timeout=PATIENCE, size=(320, 200), fps=25)


@dataclass
class Case:
    """A source and what is known of it.

    Attributes:
        source: The source, open.
        count: How many frames it has; None for an endless one.
        is_gapless: Whether no frame is dropped.
        warns: Whether it has something to warn of.
        silence: Lets it wait for ever for its next frame; None for a source that never waits.
    """

    source: Source
    count: int | None = None
    is_gapless: bool = True
    warns: bool = True
    silence: Callable[[], object] | None = None


Maker = Callable[[contextlib.ExitStack, Path, pytest.MonkeyPatch], Case]


def _write_interlaced_clip(folder: Path) -> str:
    images = list(fields.flagged(fields.moving(FRAMES // 2) * 2))
    options = {"qmin": "1", "g": "5", **fields.INTERLACED}
    return write_clip(folder / "clip.mkv", images, codec="mpeg2video", options=options)


def _make_image(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    return Case(open_source(SAMPLES / "portrait.jpg"), count=1, warns=False)


def _make_video(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    return Case(open_source(_write_interlaced_clip(folder)), count=FRAMES)


def _make_video_reader(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    return Case(Reader(VideoSource(_write_interlaced_clip(folder))), count=FRAMES)


def _make_stored_video(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    @contextlib.contextmanager
    def copy(name: str, what: str) -> Iterator[str]:
        target = folder / "copy" / name.rsplit("/", 1)[-1]
        target.parent.mkdir()
        shutil.copy(_write_interlaced_clip(folder), target)
        try:
            yield str(target)
        finally:
            shutil.rmtree(target.parent)

    patch.setattr(open_module, "open_local_copy", copy)
    return Case(open_source("s3://bucket/clip.mkv"), count=FRAMES)


def _make_file_as_camera(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    return Case(open_source(_write_interlaced_clip(folder), kind="camera"), count=FRAMES)


def _plug_in(stack: contextlib.ExitStack, patch: pytest.MonkeyPatch) -> Webcam:
    webcam = Webcam()
    patch.setattr(webcam_module, "_make_capture", webcam)
    stack.callback(webcam.free.set)
    return webcam


def _make_webcam(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    webcam = _plug_in(stack, patch)
    return Case(open_source(0, camera=OPTIONS), is_gapless=False, silence=webcam.free.clear)


def _make_webcam_without_reader(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    _plug_in(stack, patch)
    return Case(CameraSource(0, OPTIONS))


def _make_network_camera(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    silent = threading.Event()
    # Once it is silent it stays connected.
    waits = itertools.takewhile(lambda _: not silent.is_set(), steadily(50))
    device = stack.enter_context(camera(waits, hang=True))
    return Case(open_source(device.url, camera=OPTIONS), is_gapless=False, silence=silent.set)


def _make_bytes(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    return Case(open_source(Path(_write_interlaced_clip(folder)).read_bytes()), count=FRAMES)


def _make_open_file(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    path = Path(_write_interlaced_clip(folder))
    return Case(open_source(stack.enter_context(path.open("rb"))), count=FRAMES)


def _make_list(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    return Case(open_source([np.full((HEIGHT, WIDTH, 3), 128, np.uint8)] * FRAMES), count=FRAMES, warns=False)


def _make_generator(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    silent, freed = threading.Event(), threading.Event()
    stack.callback(freed.set)

    def generate() -> Iterator[np.ndarray]:
        while True:
            yield np.full((HEIGHT, WIDTH), 128, np.uint8)
            if silent.is_set() or freed.wait(0.01):
                freed.wait(PATIENCE)
                return

    return Case(open_source(generate()), warns=False, silence=silent.set)


class Grey(Source):
    """What a user writes: a source in ten lines."""

    info = StreamInfo("grey", "video", WIDTH, HEIGHT)

    def __iter__(self) -> Iterator[Frame]:
        for index in range(FRAMES):
            bgr = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
            yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=bgr)


def _make_own(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    # The engine reads every source through a Reader.
    return Case(Reader(Grey()), count=FRAMES, warns=False)


class Ticking(Grey):
    """A user's live source: a frame every 20 ms, until it is silent; then it waits until it is stopped."""

    info = StreamInfo("ticking", "camera", WIDTH, HEIGHT)

    def __init__(self) -> None:
        self.silent, self.stopped = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        for index in itertools.count():
            if self.silent.is_set() or self.stopped.wait(0.02):
                self.stopped.wait(PATIENCE)
                return
            yield Frame(FrameInfo(index, 20 * index, 0, self.info), bgr=np.full((HEIGHT, WIDTH, 3), 128, np.uint8))

    def stop(self) -> None:
        self.stopped.set()


def _make_own_live(stack: contextlib.ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> Case:
    source = Ticking()
    return Case(Reader(source), is_gapless=False, warns=False, silence=source.silent.set)


CASES: dict[str, Maker] = {
    "image": _make_image,
    "video": _make_video,
    "video in a Reader": _make_video_reader,
    "stored video": _make_stored_video,
    "file as camera": _make_file_as_camera,
    "webcam": _make_webcam,
    "webcam without Reader": _make_webcam_without_reader,
    "network camera": _make_network_camera,
    "bytes": _make_bytes,
    "open file": _make_open_file,
    "list of arrays": _make_list,
    "generator of arrays": _make_generator,
    "own source": _make_own,
    "own live source": _make_own_live,
}

ENDLESS = ("webcam", "webcam without Reader", "network camera", "generator of arrays", "own live source")
FINITE = tuple(name for name in CASES if name not in ENDLESS)
# A read of the bare CameraSource is not waited for either, but only its Reader returns at once.
WAITING = ("webcam", "network camera", "generator of arrays", "own live source")
