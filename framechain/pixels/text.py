"""Text drawn on an image."""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from .image import Image


def draw_caption(frame: Image, text: str, *, above: bool = False) -> None:
    """Draw a line of text at the bottom of a frame, uint8 (H, W, 3) BGR, in place, on a darkened background.

    `above` leaves room for another line below.
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
    """Draw a table of two columns, (left, right) in each line, over a darkened frame in place."""
    height, width = frame.shape[:2]
    gap = "  "
    left = max((_measure_width(text) for text, _ in lines), default=0)
    wide = left + max((_measure_width(gap + text) for _, text in lines), default=0)
    line = height / (len(lines) + 2)
    # At scale 1 a line of the Hershey font is some 22 pixels high; 34 leave a gap.
    scale = min(line / 34, (width * 0.94) / max(wide, 1), max(0.6, height / 720))
    step = min(line, scale * 34)
    frame //= 4
    x, y = round(width * 0.03), (height - step * len(lines)) / 2
    for key, text in lines:
        y += step
        for column, words in ((x, key), (x + round(left * scale), gap + text)):
            start = column, round(y - step / 4)
            cv2.putText(frame, words, start, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _measure_width(text: str) -> int:
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1, 1)[0][0])
