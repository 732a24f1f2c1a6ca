"""Interlaced images for the tests, made of two moments, and a measure of the combing that is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from framechain.pixels.pyav import av
from support.media import BT601, Array, encodable, flat

WIDTH, HEIGHT = 160, 96
INTERLACED = {"flags": "+ildct+ilme"}
# Three combed lines of 96 are above it, and so are blurred combs; an edge of a lossy codec is below it.
COMBED = 4.0


def edge(place: int, width: int = WIDTH, height: int = HEIGHT) -> Array:
    """Make an image that is light to the left of a column and dark to the right."""
    image = flat(40, width, height)
    image[:, : max(0, place)] = 200
    return image


def woven(first: Array, second: Array, top_first: bool = True) -> Array:
    """Weave the lines of two moments into one frame."""
    image = first.copy()
    lines = slice(1 if top_first else 0, None, 2)
    image[lines] = second[lines]
    return image


def moving(count: int, width: int = WIDTH, height: int = HEIGHT, top_first: bool = True) -> list[Array]:
    """Make frames of an edge that moves by six pixels from field to field."""
    return [woven(edge(20 + 12 * n, width, height), edge(26 + 12 * n, width, height), top_first) for n in range(count)]


def flagged(
    images: Sequence[Array | av.VideoFrame],
    pix_fmt: str = "yuv420p",
    top_first: bool = True,
    which: list[bool] | None = None,
) -> Iterator[av.VideoFrame]:
    """Flag frames as interlaced, as a decoder does; `which` says which of them, by default all."""
    for index, image in enumerate(images):
        frame = image if isinstance(image, av.VideoFrame) else encodable(image, pix_fmt, BT601)
        frame.pts, frame.time_base = 10 * index, Fraction(1, 250)
        if which is None or which[index]:
            graph = av.filter.Graph()
            source = graph.add_buffer(template=frame)
            setting = graph.add("setfield", "mode=tff" if top_first else "mode=bff")
            graph.link_nodes(source, setting, graph.add("buffersink")).configure()
            graph.vpush(frame)
            frame = graph.vpull()
            assert frame.interlaced_frame
        yield frame


def combs(luma: Array) -> float:
    """Return the mean difference between neighbouring lines in grey levels, in the column where it is largest."""
    return float(np.abs(np.diff(luma.astype(float), axis=0)).mean(0).max())
