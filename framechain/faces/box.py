"""Boxes around faces."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A box in pixels of the upright frame.

    Attributes:
        x: Its left side.
        y: Its top.
        width: Its width.
        height: Its height.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y)."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def side(self) -> float:
        """The side of the square of the same area."""
        return math.sqrt(self.width * self.height)

    def move(self, dx: float, dy: float) -> Box:
        """Return the box at another place."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def scale(self, factor: float) -> Box:
        """Return a larger or smaller box around the same middle.

        Example:
            >>> Box(10, 10, 20, 20).scale(2)
            Box(x=0.0, y=0.0, width=40, height=40)
        """
        width, height = self.width * factor, self.height * factor
        return Box(self.x - (width - self.width) / 2, self.y - (height - self.height) / 2, width, height)

    def mix(self, other: Box, share: float) -> Box:
        """Return the box on the way to another one: itself for 0, the other for 1.

        Example:
            >>> Box(0, 0, 10, 10).mix(Box(10, 0, 20, 10), 0.5)
            Box(x=5.0, y=0.0, width=15.0, height=10.0)
        """
        own = 1 - share
        return Box(
            self.x * own + other.x * share,
            self.y * own + other.y * share,
            self.width * own + other.width * share,
            self.height * own + other.height * share,
        )

    def measure_overlap(self, other: Box) -> float:
        """Return the area of the intersection over that of the union, in [0, 1].

        Example:
            >>> box = Box(0, 0, 10, 10)
            >>> box.measure_overlap(Box(0, 0, 10, 5)), box.measure_overlap(Box(20, 0, 10, 10))
            (0.5, 0.0)
        """
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.width * self.height + other.width * other.height - shared)

    def distance(self, other: Box) -> float:
        """Return how far the middle of another box is away, in sides of the larger box of the two."""
        (x, y), (other_x, other_y) = self.centre, other.centre
        return math.hypot(x - other_x, y - other_y) / max(self.side, other.side, 1e-9)

    def is_inside(self, width: float, height: float) -> bool:
        """Return whether its middle lies in a frame of that size."""
        x, y = self.centre
        return 0 <= x < width and 0 <= y < height

    def is_cut(self, width: float, height: float) -> bool:
        """Return whether a part of it lies beyond the border of a frame of that size."""
        return self.x < 0 or self.y < 0 or self.x + self.width > width or self.y + self.height > height

    def pull_inside(self, width: float, height: float) -> Box:
        """Return the box with its middle in a frame of that size, or on the frame's border.

        Example:
            >>> Box(-30, 5, 20, 20).pull_inside(640, 360)
            Box(x=-10.0, y=5.0, width=20, height=20)
        """
        x, y = self.centre
        return self.move(min(max(x, 0), width) - x, min(max(y, 0), height) - y)
