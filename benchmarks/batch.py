"""What a batch costs: clips by one process and by workers, overhead per picture, and many simulated workers.

python benchmarks/batch.py                       # 20 clips: one process against --workers 2
python benchmarks/batch.py --pictures 10000      # tiny pictures: overhead per file and memory
python benchmarks/batch.py --simulate            # 1, 10 and 100 workers that sleep instead of working
"""

from __future__ import annotations

import argparse
import gc
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from framechain import BackgroundReplacement, Batch
from framechain.backgrounds import Blur
from framechain.batch.dask_runner import DaskRunner
from framechain.mattes import MediaPipeMatte

CLIP = Path(__file__).resolve().parents[1] / "samples" / "clip.mp4"


def keep(frame: Any) -> Any:
    """Return the frame as it is."""
    return frame


def compare_clips(count: int, workers: int) -> None:
    """Print how long the same clips take in one process and by workers."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            shutil.copy(CLIP, Path(folder, f"{number}.mp4"))
        seconds = {}
        for places in (None, workers):
            batch = Batch(
                f"{folder}/*.mp4",
                [BackgroundReplacement(MediaPipeMatte(), Blur())],
                output=Path(folder, f"out{places}"),
                workers=places,
                progress=False,
            )
            result = batch.run()
            assert len(result.done) == count, result
            seconds[places] = result.seconds
            print(f"{places or 'no'} workers: {count} clips, {result.frames} frames in {result.seconds:.1f} s")
        print(f"ratio: {seconds[workers] / seconds[None]:.2f} (below 1: the workers are faster, with their start)")


def measure_pictures(count: int, workers: int | None) -> None:
    """Print the overhead for each of many tiny pictures, and how memory grows."""
    import psutil

    memory = psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in").mkdir()
        cv2.imwrite(f"{folder}/in/0.png", np.zeros((16, 16, 3), np.uint8))
        for number in range(1, count):
            shutil.copy(f"{folder}/in/0.png", f"{folder}/in/{number}.png")
        for part in (count // 10, count):
            gc.collect()
            before = memory.memory_info().rss
            names = [f"{folder}/in/{number}.png" for number in range(part)]
            batch = Batch(names, [keep], output=f"{folder}/out{part}", workers=workers, progress=False)
            started = time.perf_counter()
            result = batch.run()
            seconds = time.perf_counter() - started
            assert len(result.done) == part, result.summary
            work = sum(record.seconds for record in result.records)
            overhead = (seconds * (workers or 1) - work) / part
            grown = (memory.memory_info().rss - before) / 1e6
            print(
                f"{part} pictures, {workers or 'no'} workers: {seconds:.1f} s, {1000 * work / part:.1f} ms of work and "
                f"{1000 * overhead:.1f} ms beside it for each; memory {grown:+.0f} MB"
            )


def simulate(scale: float) -> None:
    """Print how well workers that sleep are used: 1,000 clips, and a film of two hours in segments.

    Args:
        scale: Seconds of sleep that stand for a minute of work.
    """
    import distributed

    chance = random.Random(16)
    clips = [scale * chance.lognormvariate(0, 0.6) for _ in range(1000)]
    film = [scale * chance.uniform(0.9, 1.1) for _ in range(120)]
    for places in (1, 10, 100):
        with (
            distributed.LocalCluster(
                n_workers=places, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            runner = DaskRunner(client)
            list(runner.map(time.sleep, [0.0] * places))
            # Fewer for few workers, who would sleep for an hour.
            for name, sleeps in (("clips", clips[: 20 * places]), ("segments of a film", film[: 12 * places])):
                started = time.perf_counter()
                list(runner.map(time.sleep, sorted(sleeps, reverse=True)))
                seconds = time.perf_counter() - started
                print(
                    f"{places:3d} workers, {len(sleeps)} {name}: {seconds:.1f} s for {sum(sleeps):.0f} s of sleep, "
                    f"efficiency {sum(sleeps) / seconds / places:.0%}"
                )


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pictures", type=int, help="how many tiny pictures")
    parser.add_argument("--simulate", action="store_true")
    parser.add_argument("--scale", type=float, default=0.5, help="seconds of sleep for a minute of work")
    options = parser.parse_args()
    if options.simulate:
        simulate(options.scale)
    elif options.pictures:
        measure_pictures(options.pictures, None)
        measure_pictures(options.pictures, options.workers)
    else:
        compare_clips(options.clips, options.workers)


if __name__ == "__main__":
    main()
