"""How many threads OpenCV should have during a run: rules for the number, tried on chains of different kinds.

    python benchmarks/threads.py
    python benchmarks/threads.py --size 1080 --rounds 7

A rule is the number of OpenCV's threads while a run lasts:

    run       fewer for the whole run: on two cores one, as decoder, encoder and chain keep both busy
    usual     OpenCV's own number for the whole run
    objects   fewer, but the usual number while an object that is not framechain's is called: what the engine does

The figures are wall milliseconds per frame of whole runs of the engine, H.264 and all: the least of the rounds, in
which the rules take turns, and in brackets its ratio to that of the rule `run`. Each chain has objects of framechain,
of a user, or of both; what a user's object does in OpenCV alone, without a run, is printed below.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import clips
import measure

# isort: split
import cv2
import numpy as np

from framechain.pixels.image import Image

KERNEL = (101, 101)
Object = Callable[..., Any]


def blur_much(frame: Image) -> Image:
    """Return the frame under a Gaussian blur that OpenCV divides among its threads."""
    return cv2.GaussianBlur(frame, KERNEL, 0).astype(np.uint8, copy=False)


def smooth(frame: Image) -> Image:
    """Return the frame under a bilateral filter, as in docs/objects.md."""
    return cv2.bilateralFilter(frame, 7, 40, 40).astype(np.uint8, copy=False)


def draw(frame: Image) -> Image:
    """Return the frame with a line of text: an object whose work is nothing beside the rest."""
    return cv2.putText(frame, "framechain", (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255)).astype(
        np.uint8, copy=False
    )


USERS: dict[str, Object] = {"blur 101": blur_much, "bilateral": smooth, "text": draw}
CHAINS: dict[str, tuple[str, ...]] = {
    "ours: blur": ("blur",),
    "ours: image": ("image",),
    "user's: blur 101": ("blur 101",),
    "user's: bilateral": ("bilateral",),
    "ours: image, user's: blur 101": ("image", "blur 101"),
    "ours: image, user's: text": ("image", "text"),
}


class LikeOurs:
    """Stands for `GuestCall`: the objects of users are called as framechain's own."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        pass


@contextlib.contextmanager
def apply_rule(rule: str) -> Iterator[None]:
    """Make a context in which runs follow a rule."""
    with contextlib.ExitStack() as stack:
        if rule == "usual":
            stack.enter_context(mock.patch("framechain.run.pipeline.limit_opencv_threads", contextlib.nullcontext))
        if rule != "objects":
            stack.enter_context(mock.patch("framechain.chain._GUEST", LikeOurs()))
        yield


RULES = "run", "usual", "objects"


def time_chain(clip: str, output: Path, limit: int, names: tuple[str, ...], rule: str) -> float:
    """Return wall milliseconds per frame of a chain under a rule."""
    with apply_rule(rule):
        objects = [USERS[name] if name in USERS else measure.make_segmentation(name) for name in names]
        return measure.time_run(lambda path: measure.run_chain(clip, path, limit, objects), output).wall_ms


def time_alone(thing: Object, frame: Image, threads: int, repeats: int = 8) -> float:
    """Return the least milliseconds of a call outside of a run."""
    usual = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    times = []
    for _ in range(repeats):
        copy = frame.copy()
        started = time.perf_counter()
        thing(copy)
        times.append(1000 * (time.perf_counter() - started))
    cv2.setNumThreads(usual)
    return min(times)


def print_table(options: argparse.Namespace, folder: Path) -> None:
    """Print the table of each clip."""
    for clip, info in clips.make_clips(options, folder, sizes=[720]):
        print(f"{Path(clip).name}: {info.width}x{info.height}")
        print(f"{'chain':32} | " + "  ".join(f"{rule:>14}" for rule in RULES))
        for chain, names in CHAINS.items():
            works = {rule: partial(time_chain, clip, folder / "out.mp4", options.frames, names, rule) for rule in RULES}
            times = measure.take_turns(works, options.rounds)
            least = {rule: min(every) for rule, every in times.items()}
            cells = [f"{each:7.1f} ({each / least['run']:.2f})" for each in least.values()]
            print(f"{chain:32} | " + "  ".join(cells), flush=True)
        [frame] = clips.read_frames(clip, 1)
        for name, thing in USERS.items():
            each = [f"{time_alone(thing, frame.bgr, count):.1f} ms" for count in (1, cv2.getNumThreads())]
            print(f"{name} alone: {each[0]} with one thread, {each[1]} with {cv2.getNumThreads()}")
        print()


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description="Rules for the number of OpenCV's threads during a run.")
    measure.add_common_options(parser, rounds=5, frames=60)
    measure.run_benchmark(parser.parse_args(), print_table)


if __name__ == "__main__":
    main()
