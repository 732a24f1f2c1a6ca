"""FaceBoxes: draws what the detector finds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2

from ..basics.arguments import check_bgr
from ..effects.base import Effect, Number
from ..frame import Frame, StreamInfo
from ..pixels.image import Image
from .detector import FaceDetector
from .face import Face

# Shares of the frame's shorter side.
_LINE, _POINT, _TEXT = 1 / 360, 1 / 240, 1 / 720
_FONT = cv2.FONT_HERSHEY_SIMPLEX


class FaceBoxes(Effect):
    """Draws a box around each face, its score, and its six points: eyes, nose tip, mouth and ears.

    Each frame is looked at by itself, see `FaceDetector`.

    Attributes:
        faces: The faces of the last frame.

    Example:
        >>> boxes = FaceBoxes()
        >>> drawn = boxes(cv2.imread("samples/portrait.jpg"))
        >>> [round(face.score, 1) for face in boxes.faces]
        [0.9]
    """

    min_score = Number(0.05, 1, tunable="face_score", step=0.05)

    def __init__(
        self, *, min_score: float = 0.5, small_faces: bool = False, color: Sequence[int] = (100, 255, 0)
    ) -> None:
        """Choose what is drawn.

        Args:
            min_score: Faces below it are left out, from 0.05 to 1.
            small_faces: Whether faces below a ninth of the picture's height are looked for too: about ten times as
                much work.
            color: (blue, green, red) of the lines, 0..255 each.

        Raises:
            ArgumentError: If a number is out of range.
        """
        self.min_score = min_score
        self.color = check_bgr("color", color)
        self._detector = FaceDetector(small_faces=small_faces)
        self.faces: list[Face] = []

    def open(self, stream: StreamInfo) -> None:
        """Load the networks."""
        self._detector.open()

    def close(self) -> None:
        """Release the networks."""
        self._detector.close()

    def process_frame(self, frame: Frame) -> Frame:
        """Draw the faces of a frame, in the layout that it has."""
        self._detector.min_score = self.min_score
        self.faces = self._detector.detect(frame)
        for face in self.faces:
            self._draw(frame, face)
        return frame

    def _draw(self, frame: Frame, face: Face) -> None:
        shorter = min(frame.size)
        line, radius = max(1, round(_LINE * shorter)), max(1, round(_POINT * shorter))
        scale, text = max(0.3, _TEXT * shorter), f"{face.score:.2f}"
        (width, height), _ = cv2.getTextSize(text, _FONT, scale, line)
        corners = (round(face.x), round(face.y)), (round(face.x + face.width), round(face.y + face.height))
        places = [*face.points, *corners, (face.x + width, face.y - 2 * height)]
        margin = line + radius + 2
        box = (
            math.floor(min(x for x, _ in places)) - margin,
            math.floor(min(y for _, y in places)) - margin,
            math.ceil(max(x for x, _ in places)) + margin,
            math.ceil(max(y for _, y in places)) + margin,
        )

        def paint(part: Image, left: int, top: int) -> None:
            (x, y), (right, bottom) = corners
            cv2.rectangle(part, (x - left, y - top), (right - left, bottom - top), self.color, line)
            cv2.putText(part, text, (x - left, y - top - line - 2), _FONT, scale, self.color, line, cv2.LINE_AA)
            for across, down in face.points:
                cv2.circle(part, (round(across) - left, round(down) - top), radius, self.color, -1, cv2.LINE_AA)

        frame.paint(box, paint)
