"""The runtimes of the models: LiteRT alone beside MediaPipe's task, which contains it.

    python benchmarks/runtimes.py --rounds 5

Prints CPU milliseconds per inference of each model on the sample clip's frames, with both runtimes in turn, and the
largest difference of their answers; and the cold start: seconds from the import of a runtime to its first answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import clips
import measure

# isort: split
import numpy as np

from framechain.mattes.selfie.model import GENERAL, LANDSCAPE, SelfieModel, read_model
from framechain.mattes.selfie.runtimes import LiteRtRuntime, MediaPipeRuntime, Runtime
from framechain.models.views import YuvView, make_full_crop

RUNTIMES: dict[str, Callable[[bytes], Runtime]] = {"LiteRt": LiteRtRuntime, "MediaPipe": MediaPipeRuntime}
MODELS = {"landscape": LANDSCAPE, "general": GENERAL}

START = """
import sys, time
started = time.perf_counter()
import numpy
from framechain.mattes.selfie import model, runtimes
before = time.perf_counter()
getattr(runtimes, sys.argv[1])(model.read_model(model.LANDSCAPE))(numpy.zeros((144, 256, 3), numpy.uint8))
print(time.perf_counter() - before)
"""


def print_tables(options: argparse.Namespace, folder: Path) -> None:
    """Print both tables."""
    del folder
    frames = clips.read_frames(str(measure.SAMPLE), min(measure.HELD, options.frames))
    colour = frames[0].info.stream.colour
    print("CPU ms / inference | LiteRt  MediaPipe   ratio | largest difference of the answers")
    for name, selection in MODELS.items():
        views = [YuvView(frame.yuv, colour) for frame in frames]
        images = [view.crop_rgb(make_full_crop(view), *SelfieModel(selection).size) for view in views]
        answers: dict[str, list[Any]] = {}
        works = {}
        for runtime, kind in RUNTIMES.items():
            model = kind(read_model(selection))
            answers[runtime] = [model(image) for image in images]
            works[runtime] = partial(measure.measure_cpu_ms, measure.loop_over(model, images), 1)
        results = {runtime: median(times) for runtime, times in measure.take_turns(works, options.rounds).items()}
        difference = max(float(np.abs(one - other).max()) for one, other in zip(*answers.values(), strict=True))
        lite, task = results["LiteRt"], results["MediaPipe"]
        print(f"{name:18} | {lite:6.2f} {task:10.2f} {task / lite:7.2f} | {difference:g}", flush=True)
    print("\nuntil first answer     | seconds  (least - most)")
    starts = {name: partial(measure.run_python, "-c", START, f"{name}Runtime") for name in RUNTIMES}
    for runtime, printed in measure.take_turns(starts, options.rounds).items():
        seconds = [float(text) for text in printed]
        print(f"{runtime:22} | {median(seconds):7.3f}  ({min(seconds):.3f} - {max(seconds):.3f})", flush=True)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description="LiteRT beside MediaPipe's task.")
    measure.add_common_options(parser, frames=measure.HELD)
    measure.run_benchmark(parser.parse_args(), print_tables)


if __name__ == "__main__":
    main()
