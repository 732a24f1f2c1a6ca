"""How the confidence of a matte becomes the alpha of a frame."""

from __future__ import annotations

import cv2
import numpy as np

from ..basics.arguments import check_number
from ..pixels.image import Plane
from .alpha import choke_edge, fade_in, feather_edge, make_edge_curve, resize_alpha, upsample_alpha

DEFAULT_SOFTNESS = 0.2
# Pixels over which an edge that was moved outwards ends where the background is sure.
_GROWN_EDGE = 3.0


class AlphaShape:
    """The edge curve, the choke and the feather of an alpha.

    No setting shows what is surely background: where the confidence is 0, alpha is 0. An edge next to it moves and
    blurs inwards only.

    Attributes:
        choke: How many pixels the edge moves inwards; outwards if negative, as far as the confidence is above 0.
        feather: How many pixels the edge is blurred; if negative, how many times steeper it becomes.

    Example:
        >>> shape = AlphaShape(threshold=0.5, softness=0.0)
        >>> [plane.tolist() for plane in shape.apply(np.full((2, 2), 200, np.uint8), 2, 2, subsampled=True)]
        [[[255, 255], [255, 255]], [[255]], [[255]]]
    """

    def __init__(
        self,
        threshold: float | None = None,
        softness: float = DEFAULT_SOFTNESS,
        choke: float = 0.0,
        feather: float = 0.0,
    ) -> None:
        """Choose the shape; `choke` and `feather` lie in -100 to 100, the others in [0, 1].

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.choke = check_number("choke", choke, -100, 100, unit="pixels")
        self.feather = check_number("feather", feather, -100, 100, unit="pixels")
        self._softness = check_number("softness", softness, 0, 1)
        self.threshold = threshold

    @property
    def threshold(self) -> float | None:
        """The middle of the edge, in [0, 1]; None if the matte's values are alpha already."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        self._threshold = None if value is None else check_number("threshold", value, 0, 1)
        self._make_curve()

    @property
    def softness(self) -> float:
        """Half the width of the edge, in [0, 1]."""
        return self._softness

    @softness.setter
    def softness(self, value: float) -> None:
        self._softness = check_number("softness", value, 0, 1)
        self._make_curve()

    def _make_curve(self) -> None:
        self._curve = None if self._threshold is None else make_edge_curve(self._threshold, self._softness)

    def apply(self, confidence: Plane, width: int, height: int, *, subsampled: bool) -> list[Plane]:
        """Make the alpha of each plane of a frame.

        Args:
            confidence: uint8 (h, w), 255 = foreground, of the frame's size or smaller.
            width: The frame's width in pixels.
            height: The frame's height in pixels.
            subsampled: True for Y, U and V; False for BGR, which is one plane.

        Returns:
            uint8 (height, width); if subsampled also that of U and of V, the same array, half the size rounded up.
        """
        if confidence.shape == (height, width) and not subsampled:
            return [self._shape(confidence)]
        half = (width + 1) // 2, (height + 1) // 2
        is_hard_cut = self._curve is not None and self._softness <= 0
        if confidence.shape[1] <= half[0] and not is_hard_cut:
            # Confidence of at most half the size has no finer detail: shaping it at that size looks the same.
            alpha_half = self._shape(resize_alpha(confidence, *half), smaller=2)
            alpha = upsample_alpha(alpha_half, width, height)
        else:
            alpha = self._shape(resize_alpha(confidence, width, height))
            alpha_half = np.asarray(cv2.resize(alpha, half, interpolation=cv2.INTER_AREA), np.uint8)
        return [alpha, alpha_half, alpha_half] if subsampled else [alpha]

    def _shape(self, confidence: Plane, smaller: int = 1) -> Plane:
        """Shape confidence that is `smaller` times smaller than the frame."""
        alpha = confidence if self._curve is None else np.asarray(cv2.LUT(confidence, self._curve), np.uint8)
        choke, feather = self.choke / smaller, self.feather / smaller
        if choke < 0:
            grown = cv2.min(choke_edge(alpha, choke), fade_in(confidence, _GROWN_EDGE / smaller))
            alpha = np.asarray(cv2.max(alpha, grown), np.uint8)
        elif choke:
            alpha = choke_edge(alpha, choke)
        if feather <= 0:
            return feather_edge(alpha, self.feather)
        # The blur reaches as far outwards as inwards.
        return np.asarray(cv2.min(feather_edge(alpha, feather), fade_in(confidence, 2 * feather)), np.uint8)
