"""An effect on the foreground alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from ..adapters import check_callable
from ..chain import Chain
from ..errors import ObjectResultError
from ..frame import Frame
from ..pixels.image import Plane


class ForegroundEffect:
    """A callable `frame -> frame`, adapted as every object of a chain, whose result is seen in the foreground only.

    Attributes:
        effect: The callable.
        chain: The callable with its hooks.
    """

    def __init__(self, effect: Callable[..., Any]) -> None:
        """Adapt a callable, which gets `alpha` and `info` too if it has these parameters.

        Raises:
            ArgumentTypeError: If it is not callable.
        """
        self.effect = effect
        check_callable("foreground effect", effect)
        self.chain = Chain([effect], has_alpha=True)

    def apply(self, frame: Frame, alphas: Sequence[Plane]) -> tuple[list[Plane], list[Plane]]:
        """Apply the effect.

        Args:
            frame: The frame, which the effect may draw on.
            alphas: The alpha of each of its planes.

        Returns:
            The planes in the layout that the frame had, and their alphas; an alpha of the effect's own, if it returns
            BGRA, makes the foreground more transparent.

        Raises:
            ObjectResultError: If the effect returns another size.
            ObjectError: If it raises.
        """
        is_yuv, size, earlier_alpha = frame.is_yuv, frame.size, frame.alpha
        result = self.chain(frame)
        if result.size != size:
            raise ObjectResultError(
                f"the foreground effect {self.chain.adapted[0].name} returned a frame of {result.size[0]}x"
                f"{result.size[1]} for one of {size[0]}x{size[1]}: it must keep the size; place=Place(...) scales the "
                "foreground"
            )
        planes = list(Frame(result.info, yuv=result.yuv).planes) if is_yuv else [result.read_bgr()]
        if result.alpha is None or result.alpha is earlier_alpha:
            return planes, list(alphas)
        alpha = np.asarray(cv2.multiply(alphas[0], result.alpha, scale=1 / 255), np.uint8)
        if not is_yuv:
            return planes, [alpha]
        half = np.asarray(cv2.resize(alpha, alphas[-1].shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
        return planes, [alpha, half, half]
