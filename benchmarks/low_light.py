"""Whether a matte finds people in the dark better if `LowLight` lightens the frames that it looks at.

    python benchmarks/low_light.py                              # clips made of samples/, at four levels of light
    python benchmarks/low_light.py --video ../shared/masks/video --frames 60

A clip whose alpha is known is darkened in linear light as by a camera whose gain is exhausted: the light is divided by
a factor, photons are counted (shot noise), the sensor adds read noise, and the sum is quantised to 8 bits with the
gamma of video. IoU is that of the finished alpha, the mean over frames, without and with `LowLight` before the matte.
"the matte lightens" is `MediaPipeMatte(low_light=0.6)`: the output keeps the light of the source.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import sequences
from labelled import Pair, find_composites, read_keyed_clip
from scores import Bytes, compute_iou

from framechain import FindMatte, Frame, FrameInfo, StreamInfo
from framechain.chain import Chain
from framechain.effects import Denoise, LowLight
from framechain.mattes import MediaPipeMatte

FACTORS = 1, 8, 32, 128
# Electrons of a white pixel in full light, and the standard deviation of reading one, as of a webcam's sensor.
_FULL_WELL, _READ_NOISE = 6000.0, 3.0
_GAMMA = 2.2
# What is before the matte, and the matte's own number.
BEFORE: dict[str, tuple[Callable[[], list[Any]], float]] = {
    "the frame as it is": (list, 0.0),
    "the matte lightens": (list, 0.6),
    "LowLight(0.6)": (lambda: [LowLight(0.6)], 0.0),
    "LowLight(1)": (lambda: [LowLight(1.0)], 0.0),
    "Denoise, LowLight(1)": (lambda: [Denoise(), LowLight(1.0)], 0.0),
}


def darken(frame: Bytes, factor: int, random: np.random.Generator) -> Bytes:
    """Return a frame, uint8 (H, W, 3), as a camera would take it in so much less light."""
    if factor == 1:
        return frame
    linear = (np.arange(256) / 255) ** _GAMMA * _FULL_WELL / factor
    electrons = cv2.LUT(frame, linear.astype(np.float32))
    noise = random.standard_normal(frame.shape, np.float32) * np.sqrt(electrons + _READ_NOISE**2)
    light = ((electrons + noise) / _FULL_WELL).clip(0, 1)
    return np.asarray(np.rint(255 * light ** (1 / _GAMMA)), np.uint8)


def measure(name: str, quality: str, pairs: Iterable[Pair], factor: int) -> tuple[float, float]:
    """Return the mean and the worst tenth of the IoU over the frames of a clip."""
    random, overlaps = np.random.default_rng(0), []
    make_objects, low_light = BEFORE[name]
    chain = Chain([*make_objects(), FindMatte(MediaPipeMatte(quality=quality, low_light=low_light))])
    stream: StreamInfo | None = None
    try:
        for index, (frame, truth) in enumerate(pairs):
            if stream is None:
                stream = StreamInfo("dark", "video", frame.shape[1], frame.shape[0], Fraction(1, 1000), Fraction(25))
                chain.open(stream)
            given = Frame(FrameInfo(index, 40 * index, 40, stream), bgr=darken(frame, factor, random))
            alpha = chain(given).matte_alpha
            assert alpha is not None
            overlaps.append(compute_iou(alpha > 127, truth > 127))
    finally:
        chain.close()
    return float(np.mean(overlaps)), float(np.quantile(overlaps, 0.1))


def list_clips(folder: Path | None) -> dict[str, Callable[[], Iterator[Pair]]]:
    """Return the clips of a folder, or those made of samples/."""
    if folder is None:
        return {clip.name: clip.frames for clip in sequences.SEQUENCES if clip.event is None}
    found = find_composites(folder)
    if not found:
        raise SystemExit(f"low_light.py: no *_composite.mp4 in {folder}: give --video a folder that has some")
    return {path.name.removesuffix("_composite.mp4"): lambda path=path: read_keyed_clip(path) for path in found}  # type: ignore[misc]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Mattes in the dark, with and without LowLight before them.")
    parser.add_argument("--video", type=Path, metavar="FOLDER", help="with *_composite.mp4 and *_alpha.mkv")
    parser.add_argument("--frames", type=int, default=40, help="how many frames of each clip")
    parser.add_argument("--quality", default="balanced", help="of the matte: fast, balanced, best")
    parser.add_argument("--only", nargs="+", choices=BEFORE, default=list(BEFORE), metavar="NAME")
    options = parser.parse_args()
    clips = list_clips(options.video)
    print(f"{'light':>6} | {'before the matte':22} | IoU, mean and worst tenth: {', '.join(clips)} | mean")
    for factor, name in itertools.product(FACTORS, options.only):
        rows = [
            measure(name, options.quality, itertools.islice(frames(), options.frames), factor)
            for frames in clips.values()
        ]
        cells = " | ".join(f"{mean:.4f} {worst:.4f}" for mean, worst in rows)
        share = f"1/{factor}" if factor > 1 else "1"
        print(f"{share:>6} | {name:22} | {cells} | {np.mean([mean for mean, _ in rows]):.4f}", flush=True)


if __name__ == "__main__":
    main()
