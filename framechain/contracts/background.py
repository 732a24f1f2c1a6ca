"""A background: it says what replaces the background of a frame."""

from __future__ import annotations

from collections.abc import Sequence

from ..frame import FrameInfo
from ..pixels.image import Image, Plane
from ..results import write_background
from .component import Component


class Background(Component):
    """Says what replaces the background: it must have `__call__` or `render`.

    Attributes:
        shows_scene: True if the scene stays visible, such as blurred, and soft edges may keep it. Default: False.
        gives_alpha: True if frames get alpha instead of a background. Default: False.
        works_on_yuv: True if `render` writes Y, U and V as well as BGR. Default: False.
        memory: How many earlier frames it depends on, see `FrameObject.history`. Default: None, all of them.

    Example:
        >>> import numpy as np
        >>> class Red(Background):
        ...     def __call__(self, frame):
        ...         return np.full_like(frame, (0, 0, 255))
        >>> Red()(np.zeros((1, 1, 3), np.uint8)).tolist()
        [[[0, 0, 255]]]
    """

    shows_scene: bool = False
    gives_alpha: bool = False
    works_on_yuv: bool = False
    memory: int | None = None

    def __call__(self, frame: Image) -> Image:
        """Return the background of an image.

        Args:
            frame: uint8 (H, W, 3) BGR; read only. Further parameters `alpha`, the finished matte as uint8 (H, W), and
                `info`, the `FrameInfo`, are filled in.

        Returns:
            uint8 (H, W, 3) of any size; fitted to the frame. It is read, not written to.
        """
        raise NotImplementedError

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Write the background of a frame, plane by plane. Default: call the background and write its image.

        BGR is one plane of three channels, uint8 (H, W, 3). YUV, given only if `works_on_yuv`, is three planes: Y
        (H, W), U and V (ceil H/2, ceil W/2), in the matrix and range of `info.stream.colour`.

        Args:
            out: Where to write; all of it must be written.
            source: The frame's planes; read only.
            alphas: The finished matte of each plane, uint8, 255 = foreground.
            info: The frame's place in the stream.
        """
        write_background(self(source[0]), out[0], self.name, info)
