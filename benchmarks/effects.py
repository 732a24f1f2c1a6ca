"""The cost of each effect for a frame of 1920x1080, on one core.

    python benchmarks/effects.py                 # the table of docs/objects.md; half a minute
    python benchmarks/effects.py --size 1280 720 --only Gamma Text

Each effect processes frames of a video, YUV planes that belong to the decoder, as in a run, and the same frames in BGR.
OpenCV has one thread. What is printed is the CPU time of the process, the median over frames, so that a busy machine
changes it little; the frames before the warm-up's end are not counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from framechain import Frame, FrameInfo, StreamInfo, effects
from framechain.chain import Chain
from framechain.mattes import Region
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv
from framechain.pixels.image import Image, fit

PORTRAIT = Path(__file__).resolve().parent.parent / "samples" / "portrait.jpg"
COLOUR = ColourSpace(1, False, 1, 1)
WARM_UP, FRAMES, IMAGES = 3, 12, 4
LIMIT = 12.0


def make_logo() -> Image:
    """Return a picture with soft alpha."""
    logo = np.full((200, 400, 4), (40, 90, 220, 0), np.uint8)
    cv2.ellipse(logo, (200, 100), (190, 90), 0, 0, 360, (40, 90, 220, 255), -1, cv2.LINE_AA)
    return logo


CASES: dict[str, Callable[[], Any]] = {
    "Gamma": effects.Gamma,
    "WhiteBalance": effects.WhiteBalance,
    "Sharpen": effects.Sharpen,
    "Vignette": effects.Vignette,
    "LowLight": effects.LowLight,
    "PencilSketch": effects.PencilSketch,
    "Hologram": effects.Hologram,
    "Text": lambda: effects.Text("{timecode}"),
    "Overlay": lambda: effects.Overlay(make_logo()),
    "Crop": lambda: effects.Crop(0.1, 0.1, 0.9, 0.9),
    "Resize": lambda: effects.Resize(1280),
    "Rotate": lambda: effects.Rotate(90),
    "Rotate, tilted": lambda: effects.Rotate(3),
    "Mask of Gamma": lambda: effects.Mask(effects.Gamma(), Region((0.3, 0.0, 0.7, 1.0))),
    "Cartoon": effects.Cartoon,
    "Denoise": effects.Denoise,
}


def make_images(size: tuple[int, int]) -> list[Image]:
    """Return a photograph that moves, with a camera's noise."""
    whole = fit(np.asarray(cv2.imread(str(PORTRAIT)), np.uint8), size[0] + 8 * IMAGES, size[1])
    random = np.random.default_rng(0)
    images = []
    for index in range(IMAGES):
        part = whole[:, 8 * index : 8 * index + size[0]]
        images.append((part + random.normal(0, 2, part.shape)).clip(0, 255).astype(np.uint8))
    return images


def measure(make: Callable[[], Any], images: Sequence[Image], *, in_yuv: bool) -> float:
    """Return the milliseconds of CPU time for a frame."""
    height, width = images[0].shape[:2]
    stream = StreamInfo("bench", "video", width, height, Fraction(1, 1000), Fraction(25), colour=COLOUR)
    decoded = [convert_to_yuv(image, COLOUR) for image in images]
    chain, times = Chain([make()]), []
    chain.open(stream)
    for index in range(WARM_UP + FRAMES):
        info, which = FrameInfo(index, 40 * index, 40, stream), index % len(images)
        frame = Frame(info, yuv=decoded[which]) if in_yuv else Frame(info, bgr=images[which].copy())
        started = time.process_time()
        chain(frame)
        times.append(time.process_time() - started)
    chain.close()
    return 1000 * median(times[WARM_UP:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", nargs=2, type=int, default=(1920, 1080), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    width, height = arguments.size
    images = make_images((width, height))
    print(f"| effect | ms for a frame of {width}x{height}, YUV | BGR |\n| --- | --- | --- |")
    for name in arguments.only:
        yuv, bgr = (measure(CASES[name], images, in_yuv=in_yuv) for in_yuv in (True, False))
        print(f"| `{name}` | {yuv:.1f}{' (above the limit)' if yuv > LIMIT else ''} | {bgr:.1f} |", flush=True)


if __name__ == "__main__":
    main()
