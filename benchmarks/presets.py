"""Time, size and quality of x264's presets: the table by which the default was chosen.

    python benchmarks/presets.py                         # the sample clip at 720p
    python benchmarks/presets.py --size 1080 --frames 60
    python benchmarks/presets.py --clip holiday.mp4      # a clip of your own, its first frames

The encoder gets the finished frames of a background blur from memory. The presets take turns, after a round that is not
counted. CPU time is that of all threads. SSIM (Wang et al. 2004: Gaussian window of 11x11, sigma 1.5) and PSNR compare
the decoded Y with the encoder's input: SSIM is the mean over the frames, PSNR that of the mean squared error of all.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Any

import clips
import measure

# isort: split
import cv2
import numpy as np
from numpy.typing import NDArray

from framechain import Frame
from framechain.options import DEFAULT_PRESET, Encoding
from framechain.pixels.planes import get_planes
from framechain.sources.video import VideoSource

SHOWN = (DEFAULT_PRESET, "ultrafast", "superfast", "veryfast", "faster", "medium")
WINDOW, SIGMA = (11, 11), 1.5
PEAK = 255
# Wang et al.'s K1 and K2, for numbers up to 255.
C1, C2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2


def ssim(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return the structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004), with their Gaussian window.

    Args:
        first: uint8 (H, W).
        second: uint8 (H, W).

    Returns:
        The mean over the pixels around which the window fits; 1 for equal images.

    Example:
        >>> plane = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)
        >>> ssim(plane, plane)
        1.0
    """
    a, b = first.astype(np.float32), second.astype(np.float32)

    def mean(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(values, WINDOW, SIGMA), np.float32)

    mean_a, mean_b = mean(a), mean(b)
    squares, product = mean_a * mean_a + mean_b * mean_b, mean_a * mean_b
    spread, together = mean(a * a + b * b) - squares, mean(a * b) - product
    similar = ((2 * product + C1) * (2 * together + C2)) / ((squares + C1) * (spread + C2))
    border = WINDOW[0] // 2
    return float(similar[border:-border, border:-border].mean(dtype=np.float64))


def compute_squared_error(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return the mean squared difference of two planes, uint8 (H, W)."""
    return float(cv2.norm(first, second, cv2.NORM_L2SQR)) / first.size


def measure_quality(output: str, frames: list[Frame]) -> tuple[float, float]:
    """Return SSIM and PSNR, in dB, of a file against the frames that were written to it."""
    similar, errors = [], []
    with VideoSource(output) as source:
        for decoded, frame in zip(source, frames, strict=True):
            pair = get_planes(decoded.yuv)[0], get_planes(frame.yuv)[0]
            similar.append(ssim(*pair))
            errors.append(compute_squared_error(*pair))
    error = fmean(errors)
    return fmean(similar), 10 * math.log10(PEAK**2 / error) if error else math.inf


def process_frames(clip: str, limit: int) -> list[Frame]:
    """Return the first frames of a clip with a blurred background, as planes."""
    with measure.make_segmentation("blur") as replacement, VideoSource(clip) as source:
        replacement.open(source.info)
        return [replacement.process_frame(frame) for frame, _ in zip(source, range(limit), strict=False)]


def print_table(options: argparse.Namespace, folder: Path) -> None:
    """Print the table of each clip."""
    output = folder / "out.mp4"
    for clip, info in clips.make_clips(options, folder, sizes=[720]):
        frames = process_frames(clip, options.frames)
        works: dict[str, Callable[[], measure.Run]] = {}
        for preset in SHOWN:
            write = partial(measure.encode, frames, encoding=Encoding("libx264", preset, options.crf))
            works[preset] = partial(measure.time_run, write, output)
        runs = measure.take_turns(works, options.rounds)
        seconds = len(frames) / float(info.rate or 30)
        print(
            f"{Path(clip).name}: {info.width}x{info.height}, {len(frames)} frames, crf {options.crf:g}\n"
            "preset     | CPU ms/frame  wall ms/frame |     kB  kbit/s |   SSIM   PSNR"
        )
        for preset, every in runs.items():
            works[preset]()
            similarity, peak_ratio = measure_quality(str(output), frames)
            cpu, wall = median(run.cpu_ms for run in every), median(run.wall_ms for run in every)
            kilobytes = 1000 * every[0].megabytes
            print(
                f"{preset:10} | {cpu:12.2f} {wall:14.2f} | {kilobytes:6.0f} {8 * kilobytes / seconds:7.0f} | "
                f"{similarity:.4f}  {peak_ratio:.2f}",
                flush=True,
            )
        print()


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description="Time, size and quality of x264's presets.")
    measure.add_common_options(parser, rounds=3, frames=150)
    parser.add_argument("--crf", type=float, default=20, help="constant rate factor, 0 to 51 (default 20)")
    measure.run_benchmark(parser.parse_args(), print_table)


if __name__ == "__main__":
    main()
