"""What a viewer can change of a background replacement: the view and the edge."""

from __future__ import annotations

import cv2
import numpy as np

from ..basics.arguments import check_choice
from ..basics.tunables import Tunable
from ..compositing.alpha_shape import AlphaShape
from ..pixels.image import Image, Plane, fit

VIEWS = ("result", "matte", "both")
VIEW_KEYS = {"m": "result, matte, or both side by side"}
EDGE_KEYS = {"+": "softer edge", "-": "harder edge"}
_EDGE_STEP = 0.05


class EdgeControls:
    """The keys and trackbars for the edge of an alpha, whose shape they change."""

    def __init__(self, shape: AlphaShape) -> None:
        """Control the edge of a shape."""
        self._shape = shape

    @property
    def keys(self) -> dict[str, str]:
        """The keys that are used, and what each does; none if the matte's values are alpha already."""
        return {} if self._shape.threshold is None else EDGE_KEYS

    def on_key(self, key: str) -> bool:
        """Change the softness on `+` and `-`; return True if the key was used."""
        if key not in self.keys:
            return False
        step = _EDGE_STEP if key == "+" else -_EDGE_STEP
        self._shape.softness = round(min(1.0, max(0.0, self._shape.softness + step)), 6)
        return True

    @property
    def tunables(self) -> list[Tunable]:
        """Threshold and softness; none if the matte's values are alpha already."""
        shape = self._shape
        threshold = shape.threshold
        if threshold is None:
            return []
        return [
            Tunable(
                "threshold",
                lambda: threshold if shape.threshold is None else shape.threshold,
                lambda value: setattr(shape, "threshold", value),
                0,
                1,
            ),
            Tunable("softness", lambda: shape.softness, lambda value: setattr(shape, "softness", value), 0, 1),
        ]


class ReplacementControls(EdgeControls):
    """The view of a replacement, and the keys and trackbars for its view and its edge."""

    def __init__(self, shape: AlphaShape) -> None:
        """Control the edge of a shape, and start with the view "result"."""
        super().__init__(shape)
        self._view = "result"

    @property
    def view(self) -> str:
        """One of `VIEWS`."""
        return self._view

    @view.setter
    def view(self, view: str) -> None:
        self._view = check_choice("view", view, VIEWS)

    def show(self, result: Image, alpha: Plane) -> Image:
        """Return what the view shows of a result, uint8 (H, W, 3), and its alpha, uint8 (H, W)."""
        if self._view == "result":
            return result
        matte = to_grey_image(alpha)
        return matte if self._view == "matte" else join_side_by_side(matte, result)

    @property
    def keys(self) -> dict[str, str]:
        """The keys that are used, and what each does."""
        return {**VIEW_KEYS, **super().keys}

    def on_key(self, key: str) -> bool:
        """Change the view on `m`, the edge on its keys; return True if the key was used."""
        if key != "m":
            return super().on_key(key)
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        return True


def to_grey_image(alpha: Plane) -> Image:
    """Return alpha, uint8 (H, W), as a grey image, uint8 (H, W, 3)."""
    return cv2.merge([alpha] * 3).astype(np.uint8, copy=False)


def join_side_by_side(left: Image, right: Image) -> Image:
    """Place two images of one shape side by side in the space of one, each whole and in proportion.

    Example:
        >>> white, black = np.full((90, 160, 3), 255, np.uint8), np.zeros((90, 160, 3), np.uint8)
        >>> join_side_by_side(white, black)[45, ::40, 0].tolist()
        [255, 255, 0, 0]
    """
    height, width = left.shape[:2]
    half = width // 2
    pair = [fit(image, part, height, "contain") for image, part in ((left, half), (right, width - half))]
    return np.ascontiguousarray(np.hstack(pair)) if half else right
