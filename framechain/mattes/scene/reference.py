"""A matte that is told, or shown, the empty scene once."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError, ArgumentTypeError
from ...files.stores import open_local_copy
from ...media.images import read_image
from ...pixels.image import Image, shrink, to_bgr_image
from ..arrays import Bytes, softened
from .plate import SceneMatte

_SAME_SHAPE = 0.02


class ReferenceFrame(SceneMatte):
    """What differs from one picture of the empty scene is in front.

    Use it with a camera that stands still and a room that can be left for a moment: press `r` when nobody is in the
    picture. It needs no time to learn, and whoever stands still stays in front for good. Global changes of the
    exposure and the white balance are compensated for. It fails where the camera moves, a lamp is switched on, or
    furniture is moved (take a new picture), and where clothes are of the colour of what is behind them. A single
    picture carries its own noise: where there is time to learn, `RunningAverage` finds more of what is alike.

    The answer is the difference, brighter or darker, above a threshold (see `SceneMatte`).

    Example:
        >>> room = np.full((90, 160, 3), 90, np.uint8)
        >>> frame = room.copy()
        >>> frame[30:, 60:100] = 200
        >>> alpha = ReferenceFrame(room)(frame)
        >>> int(alpha[60, 80]), int(alpha[10, 10])
        (255, 0)
    """

    keys = MappingProxyType({"r": "take the empty scene anew"})

    def __init__(
        self,
        reference: str | os.PathLike[str] | NDArray[Any] | None = None,
        *,
        threshold: float = 16,
        shadow_threshold: float = 0.5,
        **small: Any,
    ) -> None:
        """Choose where the picture of the empty scene comes from.

        Args:
            reference: A path, local or one that stow reaches; or an array (H, W), (H, W, 3) BGR or (H, W, 4); of
                the frames' proportions. None for the first frame of each stream.
            threshold: Difference in grey levels, 1..255, from which on a pixel is in front.
            shadow_threshold: Shadows go down to this share of the brightness; 1 = no shadow is looked for.
            small: `working_size`, `speck_size` and `hole_size`, as for `SmallMatte`.

        Raises:
            ArgumentError: If a value is out of range.
            ArgumentTypeError: If `reference` is neither a path nor a picture.
            MissingInputError: If there is no such file.
            MediaError: If it is no picture.
        """
        self._given: Image | None = None
        if isinstance(reference, str | os.PathLike):
            with open_local_copy(reference, "reference picture") as path:
                self._given = read_image(path, name=os.fspath(reference)).pixels
        elif isinstance(reference, np.ndarray):
            self._given = to_bgr_image(reference)
        elif reference is not None:
            raise ArgumentTypeError(f"reference must be a path or a numpy array, got {type(reference).__name__}")
        self._take_next = False
        super().__init__(threshold=threshold, shadow_threshold=shadow_threshold, **small)

    def find(self, small: Image) -> Bytes | None:
        """Find what is in front.

        Args:
            small: uint8 (h, w, 3) BGR.

        Returns:
            uint8 (h, w), 255 = in front; None for a frame that is taken as the reference itself.

        Raises:
            ArgumentError: If the reference has other proportions than the frame.
        """
        if self.scene is None or self._take_next:
            given = None if self._take_next else self._given
            self._take_next = False
            super().forget()
            self.scene = small.copy() if given is None else _fitted(given, small)
            if given is None:
                return None
        self.adapt_exposure(small)
        mask, _ = self.compare(small)
        return softened(mask)

    def on_key(self, key: str) -> bool:
        """Take the next frame as the reference at `r`.

        Args:
            key: One character.

        Returns:
            Whether it was `r`.
        """
        if key.lower() != "r":
            return False
        self._take_next = True
        return True


def _fitted(reference: Image, small: Image) -> Image:
    height, width = small.shape[:2]
    ratio = (reference.shape[1] / reference.shape[0]) / (width / height)
    if abs(ratio - 1) > _SAME_SHAPE + 1 / min(width, height):
        raise ArgumentError(
            f"the reference picture is {reference.shape[1]}x{reference.shape[0]}, of other proportions than the frames "
            f"({width}x{height} at the size worked at): take it with the same camera and settings"
        )
    return shrink(reference, width, height)
