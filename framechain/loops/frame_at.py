"""`framechain.frame_at`: the frame that a viewer sees at a time."""

from __future__ import annotations

from ..basics.timecode import TOLERANCE, Time, format_time, parse_time
from ..errors import ArgumentError, MediaError
from ..frame import Frame
from ..sources.open import SourceLike
from .reading import read
from .span import Span


def frame_at(source: SourceLike, time: Time) -> Frame:
    """Return the frame that is on display at a time: the last one that begins at it or before it.

    All frames up to there are decoded. Before a first frame that comes late, that one is returned.

    Args:
        source: What `read` takes, but no camera. It is closed. An image is on display at any time.
        time: Seconds such as 2.5, or text such as "0:03", "1:02:03.5" or "2.5s".

    Returns:
        The frame: `frame.bgr` are its pixels, `frame.info.time` is when it begins.

    Raises:
        ArgumentError: If the time is not understood or lies beyond the end, or it is a camera.
        ArgumentTypeError: If the source has a wrong type.
        MissingInputError: If there is no such file.
        MediaError: If it is no media.

    Example:
        >>> frame = frame_at("samples/clip.mp4", "0:01.02")
        >>> frame.info.index, f"{frame.info.time:.3f}", frame.bgr.shape
        (30, '1.001', (360, 640, 3))
    """
    seconds = parse_time("time", time)
    with read(source) as frames:
        info, shown, span = frames.info, None, Span()
        if info.live:
            raise ArgumentError(f"{info.name} is a camera, whose frames have no time beforehand: take next(read(...))")
        if info.kind == "image":
            return next(frames)
        if info.duration is None or seconds < info.duration:
            for frame in frames:
                if shown is not None and frame.info.time > seconds + TOLERANCE:
                    return shown
                shown = frame
                span.add(frame.info)
            if shown is None:
                raise MediaError(f"cannot read {info.name}: it has no frame")
        end = float(span.end) if info.duration is None else info.duration
    if seconds < end and shown is not None:
        return shown
    raise ArgumentError(f"time ({format_time(seconds)}) lies beyond {info.name}, which lasts {format_time(end)}")
