"""The clips to measure with: the sample clip, enlarged and repeated, clean or with the noise of a camera's sensor."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import measure

# isort: split
import cv2
import numpy as np
from numpy.typing import NDArray

from framechain import Frame
from framechain.frame import StreamInfo
from framechain.pixels.planes import get_planes
from framechain.pixels.pyav import av
from framechain.sources.video import VideoSource

RATE, SAMPLE_RATE = Fraction(30000, 1001), 48000
_SEED = 14
# Standard deviation of a sensor's noise in grey levels: of luma in the dark and where it is bright, and of chroma.
_DARK, _BRIGHT, _CHROMA = 3.6, 2.2, 1.0
# So many fields of noise take turns, each shifted at random: a new one for each frame takes longer than encoding it.
_FIELDS = 8
# Bits for each pixel of a camera's encoder: some 6 Mbit/s at 1280x720, 12 at 1920x1080.
_CAMERA_BITS = 0.21
# The clean clip has x264's usual preset. A camera's encoder has neither B frames nor a long search, and many bytes.
_CLEAN = {"crf": "20"}
_CAMERA = {"preset": "veryfast", "tune": "zerolatency", "x264-params": "sliced-threads=0:keyint=60"}


class SensorNoise:
    """Adds the noise of a camera's sensor: Gaussian, new in each frame, and stronger in the dark.

    Shot noise grows with the square root of the light, and the camera's gamma lifts the dark parts.
    """

    def __init__(self, width: int, height: int) -> None:
        """Make the fields of noise for frames of a size in pixels."""
        self._random = np.random.default_rng(_SEED)
        levels = np.linspace(_DARK, _BRIGHT, 256).astype(np.float32)
        self._gain, self._chroma_gain = levels, np.full(256, _CHROMA, np.float32)
        shape = (height, width)
        self._fields = [self._random.standard_normal(shape, np.float32) for _ in range(_FIELDS)]

    def add(self, frame: Any) -> None:
        """Add noise to an 8-bit yuv420p video frame in place."""
        luma, *chroma = get_planes(frame)
        self._add(luma, self._gain)
        for plane in chroma:
            self._add(plane, self._chroma_gain)

    def _add(self, plane: NDArray[np.uint8], gain: NDArray[np.float32]) -> None:
        field = self._fields[self._random.integers(_FIELDS)]
        shift = self._random.integers(0, field.shape)
        noise = np.roll(field, shift, axis=(0, 1))[: plane.shape[0], : plane.shape[1]]
        noisy = cv2.multiply(noise, cv2.LUT(plane, gain))
        plane[...] = cv2.add(plane, noisy, dtype=cv2.CV_8U)


def make_clip(path: Path, width: int, height: int, frames: int, *, noisy: bool = False) -> None:
    """Write the sample clip, enlarged and repeated, as H.264 with AAC audio.

    Args:
        path: The file to write.
        width: Pixels across.
        height: Pixels down.
        frames: How many frames.
        noisy: Whether to add a sensor's noise, and to encode as a camera does, so that it survives.
    """
    step, blocks, samples = 1 / RATE, repeat_decoding("audio"), 0
    noise = SensorNoise(width, height) if noisy else None
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=RATE, options=_CAMERA if noisy else _CLEAN)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        if noisy:
            video.bit_rate = round(_CAMERA_BITS * width * height * RATE)
        audio = out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        for index, video_frame in enumerate(islice(repeat_decoding("video"), frames)):
            large = video_frame.reformat(width, height, "yuv420p", interpolation="BICUBIC")
            if noise is not None:
                noise.add(large)
            large.pts, large.time_base, large.pict_type = index, step, 0
            out.mux(video.encode(large))
            while samples < (index + 1) * step * SAMPLE_RATE:
                block = next(blocks)
                block.pts, block.time_base = samples, Fraction(1, SAMPLE_RATE)
                samples += block.samples
                out.mux(audio.encode(block))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))


def repeat_decoding(kind: str) -> Iterator[Any]:
    """Decode the "video" or "audio" of the sample clip over and over."""
    while True:
        with av.open(str(measure.SAMPLE)) as container:
            yield from container.decode(**{kind: 0})


def make_clips(
    options: argparse.Namespace, folder: Path, sizes: Iterable[int] = measure.WIDTHS, *, noisy: bool = False
) -> Iterator[tuple[str, StreamInfo]]:
    """Yield the clips to measure with: the user's own, or clips that are made here.

    Args:
        options: The arguments of `measure.add_common_options`: clip, size, frames.
        folder: The folder for the clips.
        sizes: The heights if the user gives none.
        noisy: Whether the clips that are made have a sensor's noise.

    Yields:
        The path and the stream.
    """
    for path in options.clip:
        yield read_info(path)
    for height in options.size or ([] if options.clip else sizes):
        path = folder / f"clip{height}.mp4"
        make_clip(path, measure.WIDTHS[height], height, options.frames, noisy=noisy)
        yield read_info(str(path))
        path.unlink()


def read_info(path: str) -> tuple[str, StreamInfo]:
    """Return a clip's path and its stream."""
    with VideoSource(path) as source:
        return path, source.info


def read_frames(clip: str, count: int) -> list[Frame]:
    """Return a clip's first frames, as the decoder gives them."""
    with VideoSource(clip) as source:
        return list(islice(source, count))
