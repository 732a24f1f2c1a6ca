"""Deinterlacing: a frame of two fields, each from another moment, becomes a frame of one moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..pixels.pyav import av

# FFmpeg's filter refuses planes below 3 columns or 4 lines; chroma of 4:1:1 and 4:1:0 has a quarter of the columns.
_LEAST_SIDE = 16
# Their decoders return each field as a frame of its own, and flag it as interlaced.
_CODECS_OF_FIELDS = frozenset({"hevc", "vvc"})
# Motion-adaptive: still areas keep all their lines. It returns one frame for each, and leaves frames alone that the
# decoder does not flag.
_FILTER, _OPTIONS = "bwdif", "mode=send_frame:parity=auto:deint=interlaced"
# It uses the frame's own lines alone, for a frame without a neighbour in time.
_LONE_FILTER, _LONE_OPTIONS = "estdif", "mode=frame:parity=auto:deint=interlaced"


def deinterlace(
    images: Iterable[av.VideoFrame], codec: str, report: Callable[[str], object]
) -> Iterator[av.VideoFrame]:
    """Remove the combs from images that the decoder flags as interlaced; pass the others on.

    Count, order, times, size, layout and colour stay. From the first flagged image on, each is held back until the
    next one has come; before it, nothing is changed.

    Args:
        images: Decoded images.
        codec: FFmpeg's canonical name of their codec.
        report: Called once, at the first flagged image, with the rest of a sentence on the stream.

    Yields:
        As many images as came.
    """
    if codec in _CODECS_OF_FIELDS:
        yield from images
        return
    deinterlacer: _Deinterlacer | None = None
    is_reported = False
    for image in images:
        if deinterlacer is not None and _get_form(image) != deinterlacer.form:
            yield from deinterlacer.finish()
            deinterlacer = None
        if deinterlacer is None:
            if not image.interlaced_frame or min(image.width, image.height) < _LEAST_SIDE:
                yield image
                continue
            deinterlacer = _Deinterlacer(_get_form(image))
            if not is_reported:
                is_reported = True
                report("is interlaced: of the two moments in each frame the first is kept, without combs")
        yield from deinterlacer.take(image)
    if deinterlacer is not None:
        yield from deinterlacer.finish()


def _get_form(image: av.VideoFrame) -> tuple[int, int, str]:
    return image.width, image.height, image.format.name


class _Deinterlacer:
    """FFmpeg's filter for images of one size and layout; it holds one of them back."""

    def __init__(self, form: tuple[int, int, str]) -> None:
        self.form = form
        self._waiting: deque[av.VideoFrame] = deque()
        self._graph: Any = None

    def take(self, image: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Add an image; yield the one before it."""
        self._waiting.append(image)
        if self._graph is None:
            if len(self._waiting) == 1:
                return
            # The filter uses the first image as its own predecessor: it would see no motion and keep the combs. With
            # the second image in that place it sees the motion.
            self._graph = self._open_filter(_FILTER, _OPTIONS, image)
            self._graph.vpush(image)
            self._graph.vpush(self._waiting[0])
            self._graph.vpull()
        self._graph.vpush(image)
        yield self._filter_next()

    def finish(self) -> Iterator[av.VideoFrame]:
        """Yield the last image."""
        if self._graph is not None:
            self._graph.vpush(None)
        while self._waiting:
            yield self._filter_next()

    def _open_filter(self, name: str, options: str, image: av.VideoFrame) -> Any:
        width, height, layout = self.form
        graph = av.filter.Graph()
        source = graph.add(
            "buffer",
            video_size=f"{width}x{height}",
            pix_fmt=layout,
            time_base="1/1000",  # The original times are restored afterwards.
            colorspace=str(int(image.colorspace)),
            range=str(int(image.color_range)),
        )
        graph.link_nodes(source, graph.add(name, options), graph.add("buffersink")).configure()
        return graph

    def _filter_next(self) -> av.VideoFrame:
        original = self._waiting.popleft()
        image: av.VideoFrame = original if self._graph is None else self._graph.vpull()
        # Next to a progressive frame that asks for a repeated field, the filter leaves the combs.
        if image.interlaced_frame:
            graph = self._open_filter(_LONE_FILTER, _LONE_OPTIONS, original)
            graph.vpush(original)
            graph.vpush(None)
            image = graph.vpull()
        image.pts, image.time_base = original.pts, original.time_base
        image.duration = original.duration
        return image
