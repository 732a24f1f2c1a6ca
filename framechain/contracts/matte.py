"""A matte: it says who is foreground."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frame import Frame
from ..pixels.image import Image
from ..results import check_alpha
from .component import Component


class Matte(Component):
    """Says who is foreground: it must have `__call__`.

    Attributes:
        edge: (threshold, softness), both in [0, 1], that turn the returned confidence into alpha. Default: None, the
            returned values are alpha.
        status: A line for the viewer while the matte has no answer; live frames are covered. Default: None.
        works_on_yuv: True if `estimate` does not need the whole frame in BGR. Default: False.
        can_prepare: True if `estimate` may be called for a later frame, in another thread, while an earlier one is
            composited. Default: False.
        mixes_edges: True if partial alpha marks pixels of mixed colour, so that decontamination helps. Default: False.
        corrects_foreground: True if `correct_foreground` changes pixels; frames are then BGR. Default: False.
        needs_alpha: True if it works on the alpha that an earlier object found (`Frame.matte_alpha`). Default: False.

    Example:
        >>> class LeftHalf(Matte):
        ...     def __call__(self, frame):
        ...         alpha = np.zeros(frame.shape[:2], np.uint8)
        ...         alpha[:, : frame.shape[1] // 2] = 255
        ...         return alpha
        >>> LeftHalf()(np.zeros((1, 4, 3), np.uint8)).tolist()
        [[255, 255, 0, 0]]
    """

    edge: tuple[float, float] | None = None
    status: str | None = None
    works_on_yuv: bool = False
    can_prepare: bool = False
    mixes_edges: bool = False
    corrects_foreground: bool = False
    needs_alpha: bool = False

    def __call__(self, frame: Image) -> NDArray[Any]:
        """Estimate the matte of an image.

        Args:
            frame: uint8 (H, W, 3) BGR; read only. Parameters `info` and `alpha` are filled in as for a `FrameObject`.

        Returns:
            (H, W): uint8 in 0..255 or floats in [0, 1]; 255 and 1 are foreground.
        """
        raise NotImplementedError

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Estimate the matte of a frame; override it to work on YUV or at a smaller size. Default: call the matte.

        Returns:
            uint8 (h, w), 255 = foreground, of the frame's size or smaller.
        """
        image = frame.read_bgr()
        return check_alpha(self(image), self, image.shape[0], image.shape[1])

    def correct_foreground(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        """Remove the old background's colour from the foreground (despill). Default: change nothing.

        Args:
            frame: uint8 (H, W, 3) BGR; may be written to.
            alpha: uint8 (H, W), 255 = foreground.
        """
        return frame
