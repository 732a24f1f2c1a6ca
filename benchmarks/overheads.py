"""What the engine costs besides the work itself: one more object, memory, imports, the command line.

    python benchmarks/overheads.py                        # everything; some minutes
    python benchmarks/overheads.py --only objects start
    python benchmarks/overheads.py --only memory --size 720 --times 4

objects: chains with 0, 1, 5 and 50 objects more that do nothing, on the same frames in memory, without reader and
writer, whose time would drown it; then whole runs of the engine with 0 and 50 of them. CPU time of all threads, medians
over rounds in turn. Of the first callable behind objects that work on planes the conversions to BGR and back, which are
no cost of the object's being there, are told apart.

memory: the most that a process had in memory (peak resident set) while it blurred a clip, and the same clip repeated,
each in a process of its own, by the wall clock besides.

start: the time of `import framechain`, beside that of OpenCV and NumPy, which it needs, and which of the large packages
it brings in; the time of `python main.py --help` beside that of Python alone. Each in processes of their own, in turn.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import measure

# isort: split
import cv2

from framechain import Frame
from framechain._av import av
from framechain.chain import Chain
from framechain.stream import Image

SECTIONS = ("objects", "memory", "start")
COUNTS = 0, 1, 5, 50
LARGE = "mediapipe", "av", "stow", "matplotlib"


# One more object


def identity(frame: Image) -> Image:
    """A callable that does nothing."""
    return frame


class OnPlanes:
    """An object that does nothing, in YUV as in BGR."""

    def __call__(self, frame: Image) -> Image:
        """Nothing, in BGR."""
        return frame

    def process_planes(self, frame: Frame) -> Frame:
        """Nothing, in YUV."""
        return frame


def chained(objects: list[Callable[..., Any]], frames: list[Frame], repeats: int) -> float:
    """CPU milliseconds per frame of a chain, with what comes out brought to planes for the encoder.

    Args:
        objects: The chain.
        frames: As they come from the decoder; not changed.
        repeats: How often to pass over them.

    Returns:
        Its mean over the frames.
    """
    chain = Chain(objects)
    with chain.opened(frames[0].info.stream):
        started = time.process_time()
        for _ in range(repeats):
            for frame in frames:
                _ = chain(Frame(frame.info, yuv=frame.yuv)).yuv
        return 1000 * (time.process_time() - started) / (repeats * len(frames))


def tell_objects(options: argparse.Namespace, folder: Path) -> None:
    """Print what objects that do nothing cost."""
    print("one more object, CPU ms/frame  |   " + "   ".join(f"+{count:<5}" for count in COUNTS) + "| each (of 50)")
    for clip, info in measure.clips(options, folder, sizes=[720]):
        frames = measure.held_frames(clip, min(measure.HELD, options.frames))
        repeats = max(1, options.frames // len(frames))
        segmentation = measure.segmentation("blur")
        chains: dict[str, tuple[list[Callable[..., Any]], Callable[..., Any]]] = {
            "MPSegmentation, in planes": ([segmentation], OnPlanes()),
            "callable, MPSegmentation": ([identity, segmentation], identity),
            "MPSegmentation, callable": ([segmentation, identity], identity),
            "callables alone": ([identity], identity),
        }
        works = {
            (name, count): partial(chained, [*objects, *[more] * count], frames, repeats)
            for name, (objects, more) in chains.items()
            for count in COUNTS
        }
        told = {row: median(times) for row, times in measure.in_turns(works, options.rounds).items()}
        size = f"{info.width}x{info.height}"
        for name in chains:
            print(_row(f"{size} {name}", {count: told[name, count] for count in COUNTS}), flush=True)
        for name, more in {"planes": OnPlanes(), "BGR": identity}.items():
            first: list[Callable[..., Any]] = [segmentation] if name == "planes" else [segmentation, identity]
            runs = measure.in_turns(
                {
                    count: partial(
                        measure.timed,
                        partial(_whole, clip, options.frames, [*first, *[more] * count]),
                        folder / "out.mp4",
                    )
                    for count in (COUNTS[0], COUNTS[-1])
                },
                options.rounds,
            )
            cpu = {count: median(run.cpu_ms for run in runs[count]) for count in runs}
            print(_row(f"{size} whole run, {name}", cpu), flush=True)


def _whole(clip: str, limit: int, objects: list[Callable[..., Any]], output: str) -> int:
    return measure.run_chain(clip, output, limit, objects)


def _row(name: str, times: Mapping[int, float]) -> str:
    cells = "  ".join(f"{times[count]:7.3f}" if count in times else " " * 7 for count in COUNTS)
    return f"{name:36} | {cells} | {(times[COUNTS[-1]] - times[COUNTS[0]]) / COUNTS[-1]:7.4f}"
