"""How much of its frames a matte takes for foreground: a file in which it finds nobody, or everything, is a mistake."""

from __future__ import annotations

import cv2

from ..pixels.image import Plane

# Of a frame of 1920x1080 this is a square of 45 pixels a side: a person who is meant to be cut out is larger, what a
# matte takes for one by mistake is usually larger than nothing.
_NOBODY = 0.001
# A person who fills a frame leaves more than this around the head, and a scene with less has no background.
_EVERYTHING = 0.99
# People come and go: only a file in which nearly every frame is like that is worth a warning.
_MOST_FRAMES = 0.9
# The share is measured on every n-th row, so that about this many are left.
_ROWS = 135


class ForegroundShare:
    """Counts the frames of a stream in which nobody was found, or everything."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start to count."""
        self._frames = self._nobody = self._everything = 0

    def count(self, alpha: Plane) -> None:
        """Count a frame.

        Args:
            alpha: uint8 (H, W), 255 = foreground.
        """
        share = cv2.mean(alpha[:: max(1, alpha.shape[0] // _ROWS)])[0] / 255
        self._frames += 1
        self._nobody += share < _NOBODY
        self._everything += share > _EVERYTHING

    def describe(self, matte: str, *, is_image: bool) -> str | None:
        """Return what should be looked into, as a sentence; None if all is well.

        Args:
            matte: The matte's name.
            is_image: Whether the stream is an image.
        """
        for count, found, threshold in (
            (self._nobody, "nobody was found", "lower"),
            (self._everything, "nearly everything was taken for foreground", "higher"),
        ):
            if self._frames and count >= _MOST_FRAMES * self._frames:
                where = "the image" if is_image else f"{100 * count // self._frames} % of the frames"
                return (
                    f"{found} in {where} ({matte}): look at its answer with --matte-only or BackgroundReplacement(..., "
                    f"matte_only=True); another matte, or a {threshold} threshold of that object, may help"
                )
        return None
