"""What is known of a face."""

from __future__ import annotations

from dataclasses import dataclass

from .box import Box

Point = tuple[float, float]
"""x and y in pixels."""

POINT_NAMES = ("right eye", "left eye", "nose tip", "mouth", "right ear", "left ear")
"""The points of a face, in order; right and left are the person's own."""


@dataclass(frozen=True, slots=True)
class Face(Box):
    """A face in a frame, in pixels of the upright frame; a part may lie beyond the frame's border.

    The box is BlazeFace's: from the brow to the chin and about from ear to ear. A head is larger.

    Attributes:
        x: The box's left side.
        y: Its top.
        width: Its width.
        height: Its height.
        score: How sure the detector is, in [0, 1].
        points: (x, y) of right eye, left eye, nose tip, mouth, right ear and left ear; none where nothing is known of
            them. Right and left are the person's own.

    Example:
        >>> face = Face(10, 20, 40, 40, 0.9)
        >>> face.centre, face.measure_overlap(Face(10, 40, 40, 40, 0.8))
        ((30.0, 40.0), 0.3333333333333333)
    """

    score: float
    points: tuple[Point, ...] = ()

    def surround(self, scale: float) -> tuple[float, float, float, float]:
        """Return the square around the face, left, top, right and bottom, whose side is `scale` times the face's."""
        (x, y), half = self.centre, scale / 2 * max(self.width, self.height)
        return x - half, y - half, x + half, y + half
