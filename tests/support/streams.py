"""A live source without a device: images from memory, as BGR or YUV frames."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest

import framechain
from framechain import BackgroundReplacement, Frame, FrameInfo, Sink, StreamInfo
from framechain.chain import Chain
from framechain.pixels.convert import convert_to_yuv
from framechain.run.result import RunResult
from framechain.run.run import run
from framechain.run.run_options import RunOptions
from framechain.run.sink_openers import make_opener

WIDTH, HEIGHT = 160, 120
PERSON = WIDTH // 3 // 20  # Columns of blocks that are all person.
covered_ones = pytest.mark.filterwarnings("ignore:.*covered:framechain.FramechainWarning")
BLOCK = 20


def texture() -> Any:
    """Return a scene full of detail: noise that no other image resembles. uint8 (HEIGHT, WIDTH, 3)."""
    noise = np.random.default_rng(7).normal(0, 60, (HEIGHT, WIDTH, 1)) + np.linspace(90, 150, WIDTH)[None, :, None]
    return np.ascontiguousarray(np.broadcast_to(np.clip(noise, 0, 255).astype(np.uint8), (HEIGHT, WIDTH, 3)))


def _fine(image: Any) -> Any:
    grey = image[..., :3].astype(np.float32).mean(axis=2)
    return grey - cv2.GaussianBlur(grey, (0, 0), 2)


def raw_blocks(image: Any, raw: Any) -> Any:
    """Return which blocks of an image show the fine detail of the raw one: bool (rows, columns)."""
    assert image.shape[:2] == raw.shape[:2]

    def blocks(fine: Any) -> Any:
        rows, columns = fine.shape[0] // BLOCK, fine.shape[1] // BLOCK
        return fine[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(
            rows, columns, -1
        )  # fmt: skip

    seen, known = blocks(_fine(image)), blocks(_fine(raw))
    energy = np.sqrt((seen**2).sum(axis=2) * (known**2).sum(axis=2))
    return (seen * known).sum(axis=2) / np.maximum(energy, 1e-6) > 0.3


LAYOUT = "bgr"
"""The layout of the frames that a `Source` gives: "bgr" as webcams, "yuv" as network cameras. A fixture changes it."""


class Source(framechain.Source):
    """A live source.

    Attributes:
        wait: At least so many seconds lie between its frames.
        patient: Whether it waits for each frame to be processed before it gives the next, so that on a busy machine
            too none is dropped; `taken` reports that one was.
    """

    def __init__(self, count: int, wait: float = 0.001, image: Callable[[int], Any] = lambda _: texture()) -> None:
        self.count, self.wait, self.image = count, wait, image
        self.info = StreamInfo("made", "camera", WIDTH, HEIGHT, Fraction(1, 1000), Fraction(30))
        self.notice: str | None = None
        self.patient = False
        self._processed = threading.Event()
        self._stopped = False

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self.count):
            time.sleep(self.wait)
            if self._stopped:
                return
            self._processed.clear()
            yield self._make_frame(index)
            while self.patient and not self._stopped and not self._processed.wait(0.1):
                pass

    def _make_frame(self, index: int) -> Frame:
        info = FrameInfo(index, 33 * index, 33, self.info)
        image = self.image(index).copy()
        return Frame(info, bgr=image) if LAYOUT == "bgr" else Frame(info, yuv=convert_to_yuv(image, self.info.colour))

    def taken(self) -> None:
        self._processed.set()

    def stop(self) -> None:
        self._stopped = True
        self._processed.set()


class Viewer(Sink):
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.frames: dict[int, Any] = {}

    def write(self, frame: Frame) -> None:
        self.frames[frame.info.index] = frame.read_bgr().copy()
        if frame.alpha is not None:
            self.frames[frame.info.index] = np.dstack([self.frames[frame.info.index], frame.alpha])


class LeftThird:
    """A matte that finds a person in the left third, and fails on some frames."""

    def __init__(self, fails: Callable[[int], bool] = lambda _: False, how: Callable[[], Any] = lambda: None) -> None:
        self.fails, self.how = fails, how
        self.asked: list[int] = []
        self.keys: list[str] = []

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        self.asked.append(info.index)
        if self.fails(info.index):
            return self.how()
        alpha = np.zeros(frame.shape[:2], np.uint8)
        alpha[:, : frame.shape[1] // 3] = 255
        return alpha

    def on_key(self, key: str) -> bool:
        self.keys.append(key)
        return False


class _Telling(Chain):
    """A chain that reports to its source when a frame is done."""

    def __init__(self, objects: Sequence[Callable[..., Any]], source: Source) -> None:
        super().__init__(objects)
        self._source = source

    def __call__(self, frame: Frame) -> Frame:
        try:
            return super().__call__(frame)
        finally:
            self._source.taken()


def watch(source: Source, *objects: Callable[..., Any], max_failures: int = 60) -> tuple[RunResult, Viewer]:
    """Run a live chain on every frame of a source and keep all that it gives out."""
    viewer = Viewer()
    source.patient = True
    result = run_source(source, _Telling(objects, source), viewer, max_failures=max_failures)
    return result, viewer


def run_source(source: Source, chain: Chain, *sinks: Sink, **options: Any) -> RunResult:
    """Run a chain on a source; options as in `RunOptions`."""

    openers = [make_opener(sink) for sink in sinks]
    return run(chain, lambda: source, openers, options=RunOptions(**{"max_failures": 60} | options))


def replacement(matte: Any, background: Any, **more: Any) -> BackgroundReplacement:
    """Return a matte's own result over a background."""
    return BackgroundReplacement(matte, background, **more)


def broken() -> Any:
    raise RuntimeError("the model has a hiccup")
