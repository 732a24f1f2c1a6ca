"""`ReferenceFrame`: the difference to one image of the empty scene."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError, ArgumentTypeError
from ...files.stores import open_local_copy
from ...images.codec import read_image
from ...pixels.image import Image, shrink, to_bgr_image
from ..arrays import Bytes, soften_edges
from .difference import DifferenceMatte

_SHAPE_TOLERANCE = 0.02
# Frames after which exposure and noise, which follow the frames, are as good as after all of them.
_MEMORY = 50


class ReferenceFrame(DifferenceMatte):
    """What differs from one image of the empty scene is foreground.

    Use it with a camera that stands still, in a room that you can leave for a moment: press `r` when nobody is in the
    image. It compensates for changes of the exposure and the white balance. It fails where the camera moves, a lamp
    is switched on, or furniture is moved (take a new image), and where clothes have the colour of the background. If
    there is time to learn, `RunningAverage` finds smaller differences.

    Example:
        >>> room = np.full((90, 160, 3), 90, np.uint8)
        >>> frame = room.copy()
        >>> frame[30:, 60:100] = 200
        >>> alpha = ReferenceFrame(room)(frame)
        >>> int(alpha[60, 80]), int(alpha[10, 10])
        (255, 0)
    """

    keys = MappingProxyType({"r": "take the empty scene again"})

    def __init__(
        self,
        reference: str | os.PathLike[str] | NDArray[Any] | None = None,
        *,
        threshold: float = 16,
        shadow_threshold: float = 0.5,
        **small: Any,
    ) -> None:
        """Choose the image of the empty scene.

        Args:
            reference: A path, local or one that stow reaches; or an array (H, W), (H, W, 3) BGR or (H, W, 4); with
                the frames' proportions. None for the first frame of each stream.
            threshold: Difference in grey levels, 1..255, from which a pixel is foreground.
            shadow_threshold: Least brightness of a shadow as a share of the scene's; 1 = no shadow is looked for.
            small: `working_size`, `speck_size` and `hole_size`, as for `SmallMatte`.

        Raises:
            FramechainError: If a value is out of range, or `reference` is no image that can be read.
        """
        self._given: Image | None = None
        if isinstance(reference, str | os.PathLike):
            with open_local_copy(reference, "reference image") as path:
                self._given = read_image(path, name=os.fspath(reference)).pixels
        elif isinstance(reference, np.ndarray):
            self._given = to_bgr_image(reference)
        elif reference is not None:
            raise ArgumentTypeError(f"reference must be a path or a numpy array, got {type(reference).__name__}")
        self._take_next = False
        super().__init__(threshold=threshold, shadow_threshold=shadow_threshold, **small)

    @property
    def memory(self) -> int | None:  # type: ignore[override]
        """Few frames for the exposure if the reference is given; otherwise it is the first frame."""
        return None if self._given is None else _MEMORY

    def find(self, small: Image) -> Bytes | None:
        """Find the foreground of a small image, see `SmallMatte.find`; None for a frame that becomes the reference.

        Raises:
            ArgumentError: If the reference has other proportions than the frame.
        """
        if self.scene is None or self._take_next:
            given = None if self._take_next else self._given
            self._take_next = False
            super().forget()
            self.scene = small.copy() if given is None else _fit_reference(given, small)
            if given is None:
                return None
        self.adapt_exposure(small)
        mask, _ = self.compare(small)
        return soften_edges(mask)

    def on_key(self, key: str) -> bool:
        """Take the next frame as the reference at the key `r`."""
        if key.lower() != "r":
            return False
        self._take_next = True
        return True


def _fit_reference(reference: Image, small: Image) -> Image:
    height, width = small.shape[:2]
    ratio = (reference.shape[1] / reference.shape[0]) / (width / height)
    if abs(ratio - 1) > _SHAPE_TOLERANCE + 1 / min(width, height):
        raise ArgumentError(
            f"the reference image is {reference.shape[1]}x{reference.shape[0]}, but the frames have other proportions "
            f"({width}x{height} at the working size): take it with the same camera and settings"
        )
    return shrink(reference, width, height)
