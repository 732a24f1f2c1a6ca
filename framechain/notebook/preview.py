"""A small preview of a video that browsers do not play."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..contracts import Source
from ..errors import MediaError
from ..frame import Frame, FrameInfo, StreamInfo
from ..options import Encoding
from ..pixels.image import fit
from ..sinks.open import open_sink
from ..sources.open import open_source

PREVIEW_SECONDS = 10
"""So much of a long video is in its preview: it is made while somebody waits."""

_LONGEST_SIDE = 640
_ENCODING = Encoding(crf=26)


@dataclass(frozen=True, slots=True)
class Preview:
    """A small video that browsers play.

    Attributes:
        content: An mp4, without audio.
        width: Its width in pixels.
        height: Its height in pixels.
        seconds: Its length; 0 if the video does not say.
        is_cut: Whether it ends before the video does.
    """

    content: bytes
    width: int
    height: int
    seconds: float
    is_cut: bool


class _Described(Source):
    """What a sink has to know of the frames."""

    def __init__(self, info: StreamInfo) -> None:
        self.info = info

    def __iter__(self) -> Iterator[Frame]:
        return iter(())


def make_preview(path: str) -> Preview:
    """Encode the beginning of a video again, small and without audio.

    Args:
        path: A local file.

    Raises:
        FramechainError: If it cannot be read or encoded.
    """
    with open_source(path, kind="video") as source:
        width, height = _choose_size(source.info)
        info = replace(source.info, width=width, height=height, frame_count=None)
        content, seconds = io.BytesIO(), info.duration or 0.0
        is_cut = False
        with open_sink(content, like=_Described(info), encoding=_ENCODING) as sink:
            for frame in source:
                if frame.info.time >= PREVIEW_SECONDS:
                    seconds, is_cut = PREVIEW_SECONDS, True
                    break
                place = FrameInfo(frame.info.index, frame.info.pts, frame.info.duration, info)
                sink.write(Frame(place, bgr=fit(frame.read_bgr(), width, height, "stretch")))
        if not sink.frames:
            raise MediaError(f"cannot read {path}: it has no frame")
    return Preview(content.getvalue(), width, height, seconds, is_cut)


def _choose_size(info: StreamInfo) -> tuple[int, int]:
    """Return a width and a height, even as H.264 needs them."""
    scale = min(1.0, _LONGEST_SIDE / max(info.width, info.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (info.width, info.height))
    return width, height
