"""The accuracy and the speed of each matte.

    python benchmarks/mattes.py                     # all of them
    python benchmarks/mattes.py --only MOG2 KNN     # some
    python benchmarks/mattes.py --frames 120        # longer sequences

Time is the CPU time of one frame of 1280x720 on one core: the median over a sequence, after the warm-up. F-measure is
CDnet's (changedetection.net), on sequences of that size from scenes.py: the person of the sample portrait walks
through the scene. Mattes that need the empty scene see it first. "Hard" adds an exposure that drifts by 15 % and a
cast shadow that removes 40 % of the light. The screen's row also reports the mean absolute error of alpha.
"""

from __future__ import annotations

import os

# Before NumPy is imported, because its linear algebra starts threads.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse  # noqa: E402
import platform  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from statistics import median  # noqa: E402
from typing import Any  # noqa: E402

import scenes  # noqa: E402

# isort: split
import cv2  # noqa: E402
import numpy as np  # noqa: E402

from framechain import Matte, mattes  # noqa: E402

SIZE = 1280, 720
WARM_UP = 60
BUDGET = 8.0


@dataclass(frozen=True)
class Entry:
    """A matte and the scene that suits it."""

    name: str
    make: Callable[[], Matte]
    scene: str


ENTRIES = (
    Entry("MediaPipeMatte", lambda: mattes.MediaPipeMatte(quality="balanced"), "view"),
    Entry("ReferenceFrame", lambda: mattes.ReferenceFrame(), "view"),
    Entry("RunningAverage", lambda: mattes.RunningAverage(WARM_UP), "view"),
    Entry("MOG2", lambda: mattes.MOG2(warm_up=WARM_UP), "view"),
    Entry("KNN", lambda: mattes.KNN(warm_up=WARM_UP), "view"),
    Entry("OtsuThreshold", lambda: mattes.OtsuThreshold(), "wall"),
    Entry("ContourFill", lambda: mattes.ContourFill(), "wall"),
    Entry("ChromaKey", lambda: mattes.ChromaKey(), "screen"),
)
BACKDROPS: dict[str, Callable[[tuple[int, int]], scenes.Floats]] = {
    "view": scenes.make_view,
    "wall": scenes.make_wall,
    "screen": scenes.make_green_screen,
}


class Timed:
    """A matte that records the time of each answer, and of each correction of the foreground if there is one."""

    def __init__(self, matte: Matte) -> None:
        self.matte = matte
        self.seconds: list[float] = []
        self.correction: list[float] = []

    def __call__(self, frame: scenes.Bytes) -> scenes.Bytes:
        """Return the matte's answer."""
        start = time.process_time()
        answer: scenes.Bytes = self.matte(frame)
        self.seconds.append(time.process_time() - start)
        if self.matte.corrects_foreground:
            start = time.process_time()
            self.matte.correct_foreground(frame, answer)
            self.correction.append(time.process_time() - start)
        return answer


def measure(entry: Entry, count: int) -> str:
    """Return one row of the table, for sequences of `count` frames."""
    backdrop = BACKDROPS[entry.scene](SIZE)
    is_screen = entry.scene == "screen"
    scores, seconds, correction = [], [], []
    for hard in (False, True):
        timed = Timed(entry.make())
        extra: dict[str, Any] = {"motion_blur": True, "spill": 0.12 if hard else 0.0} if is_screen else {}
        if hard:
            extra |= {"drift": 0.15, "shadow": 0.0 if is_screen else 0.4}
        empty = scenes.make_empty_shots(backdrop, WARM_UP if entry.scene == "view" else 1)
        scores.append(scenes.evaluate(timed, empty, scenes.make_shots(backdrop, count, **extra)))
        seconds += timed.seconds[-count:]
        correction += timed.correction[-count:]
        timed.matte.close()
    note = ""
    if is_screen:
        error = max(score.alpha_error for score in scores)
        note = f"alpha error {error:.3f}; cleaning the foreground takes {1000 * median(correction):.1f} ms more"
    elif 1000 * median(seconds) > BUDGET:
        note = f"over {BUDGET:g} ms"
    return (
        f"{entry.name:15} | {entry.scene:6} | {1000 * median(seconds):8.1f} | {scores[0].f_measure:7.3f} | "
        f"{scores[1].f_measure:7.3f} | {note}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Quality and speed of the mattes.")
    names = [entry.name for entry in ENTRIES]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="MATTE", help=", ".join(names))
    parser.add_argument("--frames", type=int, default=60, help="frames of a sequence (default 60)")
    options = parser.parse_args()
    if options.frames < 2:
        parser.error("at least 2 frames are needed")
    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(
        f"Python {platform.python_version()}, OpenCV {cv2.__version__}, NumPy {np.__version__}; one core, "
        f"{SIZE[0]}x{SIZE[1]}, {options.frames} frames\n\n"
        f"{'matte':15} | {'scene':6} | {'ms/frame':>8} | {'F clean':>7} | {'F hard':>7} |"
    )
    for entry in ENTRIES:
        if entry.name in options.only:
            print(measure(entry, options.frames), flush=True)


if __name__ == "__main__":
    main()
