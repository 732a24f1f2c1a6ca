"""What is drawn over the picture."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import overload

import cv2

from .errors import ArgumentError
from .stream import Frame, Image


def draw_caption(frame: Image, text: str, *, above: bool = False) -> None:
    """Write a line at the bottom of a frame, in place, readable on anything.

    Args:
        frame: uint8 (H, W, 3) BGR; drawn on.
        text: A short line.
        above: Whether there is such a line already, above which to write.
    """
    height, width = frame.shape[:2]
    margin = max(2, height // 60)
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1, 1)
    usual = max(0.5, height / 500)
    scale = min(usual, (width - 4 * margin) / max(wide, 1))
    if scale <= 0:
        return
    bottom = height - margin
    if above:
        (_, high), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, usual, 1)
        bottom = max(0, bottom - high - below - 3 * margin)
    (wide, high), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    top = max(0, bottom - high - below - 2 * margin)
    box = frame[top:bottom, margin : min(width, wide + 3 * margin)]
    box //= 3
    start = 2 * margin, bottom - below - margin
    cv2.putText(frame, text, start, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def draw_lines(frame: Image, lines: Sequence[tuple[str, str]]) -> None:
    """Write a table of two columns over a darkened frame, in place.

    Args:
        frame: uint8 (H, W, 3) BGR; drawn on.
        lines: (left, right) of each line.
    """
    height, width = frame.shape[:2]
    gap = "  "
    left = max((_width(text) for text, _ in lines), default=0)
    wide = left + max((_width(gap + text) for _, text in lines), default=0)
    line = height / (len(lines) + 2)
    # In Hershey's own size a line is some 22 pixels high.
    scale = min(line / 34, (width * 0.94) / max(wide, 1), max(0.6, height / 720))
    step = min(line, scale * 34)
    frame //= 4
    x, y = round(width * 0.03), (height - step * len(lines)) / 2
    for key, text in lines:
        y += step
        for column, words in ((x, key), (x + round(left * scale), gap + text)):
            start = column, round(y - step / 4)
            cv2.putText(frame, words, start, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _width(text: str) -> int:
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1, 1)[0][0])


class FPSmetric:
    """Frames per second: drawn on the frame, or told as a number.

    The rate is the number of calls over the time they took, across the last `range_average` of them.

    Example:
        >>> ticks = iter([0.0, 0.5, 1.0])
        >>> metric = FPSmetric(clock=lambda: next(ticks))
        >>> metric(), metric(), metric()
        (0.0, 2.0, 2.0)
    """

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
        """Set how it is measured and drawn.

        Args:
            range_average: Over how many calls the rate is taken; at least 1.
            position: (x, y) in pixels of the text's bottom left corner.
            fontFace: One of OpenCV's Hershey fonts.
            fontScale: Size of the text relative to the font's own.
            color: (blue, green, red), 0..255 each.
            thickness: Of the strokes: OpenCV 5 draws 1 thin and anything above it bold.
            lineType: One of OpenCV's line types; OpenCV 5 smooths text in any case.
            clock: Seconds from a clock that never goes back.

        Raises:
            ArgumentError: If `range_average` is below 1.
        """
        if range_average < 1:
            raise ArgumentError(f"range_average must be at least 1, got {range_average!r}")
        self.position = int(position[0]), int(position[1])
        self.font_face = fontFace
        self.font_scale = fontScale
        self.color = tuple(int(value) for value in color)
        self.thickness = thickness
        self.line_type = lineType
        self._clock = clock
        self._moments: deque[float] = deque(maxlen=range_average + 1)

    @overload
    def __call__(self, frame: None = None) -> float: ...
    @overload
    def __call__(self, frame: Image) -> Image: ...
    def __call__(self, frame: Image | None = None) -> Image | float:
        """Count a frame.

        Args:
            frame: uint8 (H, W, 3) BGR to draw the rate on, or None to have it as a number.

        Returns:
            The frame, drawn on in place, or frames per second. The first call has no rate yet: it
            leaves the frame as it is, and is 0.0 as a number.
        """
        self._moments.append(self._clock())
        if frame is None:
            return self.rate
        self.draw(frame)
        return frame

    def draw(self, frame: Image) -> None:
        """Draw the rate without counting: on a frame that is shown again.

        Args:
            frame: uint8 (H, W, 3) BGR; drawn on.
        """
        if len(self._moments) > 1:
            self._draw(frame)

    def process_planes(self, frame: Frame) -> Frame:
        """Count a frame that is still in YUV and draw the rate on it.

        Args:
            frame: The frame; drawn on.

        Returns:
            The frame.
        """
        self._moments.append(self._clock())
        if len(self._moments) > 1:
            (width, height), below = cv2.getTextSize(self._text(), self.font_face, self.font_scale, self.thickness)
            x, y = self.position
            room = self.thickness
            box = x - room, y - height - room, x + width + room, y + below + room
            frame.paint(box, lambda part, left, top: self._draw(part, left, top))
        return frame

    def _text(self) -> str:
        return f"{self.rate:.0f}"

    def _draw(self, frame: Image, left: int = 0, top: int = 0) -> None:
        position = self.position[0] - left, self.position[1] - top
        cv2.putText(
            frame, self._text(), position, self.font_face, self.font_scale, self.color, self.thickness, self.line_type
        )  # fmt: skip

    @property
    def rate(self) -> float:
        """Frames per second over the last calls; 0.0 before the second one, or if no time has passed."""
        span = self._moments[-1] - self._moments[0] if self._moments else 0.0
        return (len(self._moments) - 1) / span if span > 0 else 0.0

    def open(self, stream: object) -> None:
        """A new stream begins: what was measured before does not count.

        Args:
            stream: Not needed.
        """
        self.reset()

    def reset(self) -> None:
        """Forget what was measured."""
        self._moments.clear()
