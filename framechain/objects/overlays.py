"""Objects that draw on the frame."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import overload

import cv2

from ..basics.arguments import check_bgr, check_count, check_number, check_position
from ..compositing.label import TextStyle, draw_label
from ..contracts import FrameObject
from ..frame import Frame
from ..pixels.image import Image

# OpenCV crashes where a letter would have more than some million pixels.
_LARGEST_FONT_SCALE = 1000


class FPSmetric(FrameObject):
    """Frames per second: drawn on the frame, or returned as a number.

    The rate is the number of calls over the time they took, across the last `range_average` of them.

    Example:
        >>> ticks = iter([0.0, 0.5, 1.0])
        >>> metric = FPSmetric(clock=lambda: next(ticks))
        >>> metric(), metric(), metric()
        (0.0, 2.0, 2.0)
    """

    history = 0  # What is drawn is the speed of the process that works on the segment.

    def __init__(
        self,
        range_average: int = 30,
        position: Sequence[int] = (7, 70),
        fontFace: int = cv2.FONT_HERSHEY_SIMPLEX,  # noqa: N803
        fontScale: float = 3,  # noqa: N803
        color: Sequence[int] = (100, 255, 0),
        thickness: int = 3,
        lineType: int = cv2.LINE_AA,  # noqa: N803
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Choose how the rate is measured and drawn.

        Args:
            range_average: How many calls the rate is averaged over; at least 1.
            position: (x, y) of the text's bottom left corner in pixels.
            fontFace: One of OpenCV's Hershey fonts.
            fontScale: Size of the text relative to the font's own.
            color: (blue, green, red), 0..255 each.
            thickness: Thickness of the strokes; OpenCV 5 draws 1 thin and anything above it bold.
            lineType: One of OpenCV's line types; OpenCV 5 smooths text in any case.
            clock: Returns seconds of a clock that never goes back.

        Raises:
            ArgumentError: If `range_average` is no whole number of at least 1, `color` no colour, or another argument
                no such number.
        """
        self.position = check_position("position", position)
        self.font_face = check_count("fontFace", fontFace, 0)
        self.font_scale = check_number("fontScale", fontScale, 0, _LARGEST_FONT_SCALE)
        self.color = check_bgr("color", color)
        self.thickness = check_count("thickness", thickness, cv2.FILLED)
        self.line_type = check_count("lineType", lineType, cv2.FILLED)
        self._clock = clock
        calls = check_count("range_average", range_average, 1)
        self._moments: deque[float] = deque(maxlen=min(calls, sys.maxsize - 1) + 1)

    @overload
    def __call__(self, frame: None = None) -> float: ...
    @overload
    def __call__(self, frame: Image) -> Image: ...
    def __call__(self, frame: Image | None = None) -> Image | float:
        """Count a frame, and draw the rate on it in place, uint8 (H, W, 3) BGR; without one return the rate.

        The first call has no rate yet: it leaves the frame unchanged, or returns 0.0.
        """
        self._moments.append(self._clock())
        if frame is None:
            return self.rate
        self.draw(frame)
        return frame

    def draw(self, frame: Image) -> None:
        """Draw the rate on an image without counting: on a frame that is shown again."""
        if len(self._moments) > 1:
            self._draw(frame)

    def process_frame(self, frame: Frame) -> Frame:
        """Count a frame and draw the rate on it, also in YUV."""
        self._moments.append(self._clock())
        if len(self._moments) > 1:
            if frame.is_yuv:
                draw_label(frame.own_planes(), self._text(), self._style, frame.info.stream.colour)
            else:
                self._draw(frame.bgr)
        return frame

    def _text(self) -> str:
        return f"{self.rate:.0f}"

    @property
    def _style(self) -> TextStyle:
        # Any of them may be set while running.
        return TextStyle(
            self.position, self.font_face, self.font_scale, self.color, self.thickness, self.line_type
        )  # fmt: skip

    def _draw(self, frame: Image) -> None:
        style = self._style
        cv2.putText(
            frame, self._text(), style.position, style.face, style.scale, style.colour, style.thickness, style.line_type
        )  # fmt: skip

    @property
    def rate(self) -> float:
        """Frames per second over the last calls; 0.0 before the second one, or if no time has passed."""
        span = self._moments[-1] - self._moments[0] if self._moments else 0.0
        return (len(self._moments) - 1) / span if span > 0 else 0.0

    def open(self, stream: object) -> None:
        """Start a new measurement for a new stream."""
        self.reset()

    def reset(self) -> None:
        """Discard the measured times."""
        self._moments.clear()
