"""FindMatte: the alpha for later objects, without a change of the pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..adapters import adapt_matte
from ..contracts import Matte
from ..frame import Frame
from ..pixels.image import Image, Plane
from ..results import make_no_alpha_error
from .matte_object import MatteObject


class FindMatte(MatteObject):
    """Finds the alpha of each frame and leaves the pixels as they are.

    The matte runs once; every later object of the chain that has a parameter `alpha`, or that reads
    `Frame.matte_alpha`, gets what it found: the finished alpha, not the matte's confidence.

    A live stream is covered while there is no alpha, as with `BackgroundReplacement`: a later object may rely on it to
    hide the room.

    Example:
        >>> import numpy as np
        >>> from framechain import Engine
        >>> def left_half(frame):
        ...     alpha = np.zeros(frame.shape[:2], np.uint8)
        ...     alpha[:, : frame.shape[1] // 2] = 255
        ...     return alpha
        >>> def darken_background(frame, alpha):
        ...     frame[alpha < 128] //= 2
        ...     return frame
        >>> chain = [FindMatte(left_half), darken_background]
        >>> Engine(custom_objects=chain).custom_processing(np.full((1, 4, 3), 80, np.uint8))[0, :, 0].tolist()
        [80, 80, 40, 40]
    """

    @property
    def found(self) -> Matte:
        """What this object found, as a matte for a later `BackgroundReplacement`; edges are as clean as the matte's."""
        return _FoundMatte(self)

    def use_alpha(self, frame: Frame, alphas: list[Plane]) -> Frame:
        """Return the frame; its `matte_alpha` is set."""
        return frame


class _FoundMatte(Matte):
    """What a `FindMatte` found; it says of the edges what that one's matte says."""

    works_on_yuv = True
    needs_alpha = True
    memory = 0

    def __init__(self, finder: FindMatte) -> None:
        self._finder = finder

    @property
    def _matte(self) -> Matte:
        return adapt_matte(self._finder.matte)

    @property
    def name(self) -> str:
        return self._matte.name

    @property
    def mixes_edges(self) -> bool:  # type: ignore[override]
        return self._matte.mixes_edges

    @property
    def corrects_foreground(self) -> bool:  # type: ignore[override]
        return self._matte.corrects_foreground

    def correct_foreground(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        return self._matte.correct_foreground(frame, alpha)

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        if frame.matte_alpha is None:
            raise make_no_alpha_error(self.name)
        return frame.matte_alpha
