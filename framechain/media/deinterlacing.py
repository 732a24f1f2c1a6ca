"""Interlaced frames made whole: of two fields, each from another moment, one moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..pixels.pyav import av

# FFmpeg's filter refuses planes of less than 3 columns or 4 lines; in 4:1:1 and 4:1:0 chroma has a quarter.
_LEAST_SIDE = 16
# Their decoders flag each field as a frame of its own: there are no two moments in one.
_CODECS_OF_FIELDS = frozenset({"hevc", "vvc"})
# Motion-adaptive: what stands still keeps all its lines. One frame out for each that came in, and none of those that
# the decoder does not flag is touched.
_FILTER, _OPTIONS = "bwdif", "mode=send_frame:parity=auto:deint=interlaced"
# From the picture's own lines alone, for one that has no neighbour in time.
_LONE_FILTER, _LONE_OPTIONS = "estdif", "mode=frame:parity=auto:deint=interlaced"


def deinterlace(
    pictures: Iterable[av.VideoFrame], codec: str, tell: Callable[[str], object]
) -> Iterator[av.VideoFrame]:
    """Pass pictures on, and those that the decoder flags as interlaced without their combs.

    Count, order, times, size, layout and colour stay. From the first flagged picture on each is held back until the
    next one has come; before it, nothing is done.

    Args:
        pictures: Decoded pictures.
        codec: FFmpeg's canonical name of what they were decoded from.
        tell: Called once, when the first flagged one comes, with what to say of the stream.

    Yields:
        As many pictures as came.
    """
    if codec in _CODECS_OF_FIELDS:
        yield from pictures
        return
    filtering: _Deinterlacer | None = None
    told = False
    for picture in pictures:
        if filtering is not None and _form(picture) != filtering.form:
            yield from filtering.finish()
            filtering = None
        if filtering is None:
            if not picture.interlaced_frame or min(picture.width, picture.height) < _LEAST_SIDE:
                yield picture
                continue
            filtering = _Deinterlacer(_form(picture))
            if not told:
                told = True
                tell("is interlaced: of the two moments in each frame the first is kept, without combs")
        yield from filtering.take(picture)
    if filtering is not None:
        yield from filtering.finish()


def _form(picture: av.VideoFrame) -> tuple[int, int, str]:
    return picture.width, picture.height, picture.format.name


class _Deinterlacer:
    """FFmpeg's filter for pictures of one form; it holds one of them back."""

    def __init__(self, form: tuple[int, int, str]) -> None:
        self.form = form
        self._waiting: deque[av.VideoFrame] = deque()
        self._graph: Any = None

    def take(self, picture: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Add a picture; gives the one before."""
        self._waiting.append(picture)
        if self._graph is None:
            if len(self._waiting) == 1:
                return
            # The filter takes the first picture for its own predecessor, sees nothing move and keeps the combs. Its
            # successor tells as well what moves.
            self._graph = self._opened(_FILTER, _OPTIONS, picture)
            self._graph.vpush(picture)
            self._graph.vpush(self._waiting[0])
            self._graph.vpull()
        self._graph.vpush(picture)
        yield self._filtered()

    def finish(self) -> Iterator[av.VideoFrame]:
        """Give the last picture."""
        if self._graph is not None:
            self._graph.vpush(None)
        while self._waiting:
            yield self._filtered()

    def _opened(self, name: str, options: str, picture: av.VideoFrame) -> Any:
        width, height, layout = self.form
        graph = av.filter.Graph()
        source = graph.add(
            "buffer",
            video_size=f"{width}x{height}",
            pix_fmt=layout,
            time_base="1/1000",  # Times are put back in any case.
            colorspace=str(int(picture.colorspace)),
            range=str(int(picture.color_range)),
        )
        graph.link_nodes(source, graph.add(name, options), graph.add("buffersink")).configure()
        return graph

    def _filtered(self) -> av.VideoFrame:
        original = self._waiting.popleft()
        picture: av.VideoFrame = original if self._graph is None else self._graph.vpull()
        # Beside a progressive frame that asks for a field to be repeated the filter lets combs pass.
        if picture.interlaced_frame:
            alone = self._opened(_LONE_FILTER, _LONE_OPTIONS, original)
            alone.vpush(original)
            alone.vpush(None)
            picture = alone.vpull()
        picture.pts, picture.time_base = original.pts, original.time_base
        picture.duration = original.duration
        return picture
