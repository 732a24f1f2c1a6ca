"""Any matte with any background."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .chain import Bound, Chain, checked_frame, name_of
from .compositing import as_alpha, composite, edge_curve
from .errors import ArgumentError, ArgumentTypeError, ObjectResultError
from .images import fit
from .stream import FrameInfo, Image, StreamInfo, still_info

Matte = Callable[..., NDArray[Any]]
"""`frame -> alpha`: uint8 (H, W) in 0..255 or float32 (H, W) in [0, 1], 1 = in front."""

Background = Callable[..., Image]
"""`frame -> frame`; one with a parameter `alpha` is given the shaped matte, uint8 (H, W)."""

DEFAULT_SOFTNESS = 0.2


class BackgroundReplacement:
    """Cuts out what a matte finds and lays it over a background; a custom object for an `Engine`.

    Mattes and backgrounds are callables with the same optional hooks as custom objects (`open`, `close`,
    `on_key`, `reset`), which are passed on to them, and may take the frame's `FrameInfo` as `info`.

    Example:
        >>> import numpy as np
        >>> from framechain.backgrounds import Color
        >>> def left_half(frame):
        ...     alpha = np.zeros(frame.shape[:2], np.uint8)
        ...     alpha[:, : frame.shape[1] // 2] = 255
        ...     return alpha
        >>> replace = BackgroundReplacement(left_half, Color((0, 255, 0)))
        >>> replace(np.full((2, 4, 3), 9, np.uint8))[0, :, 1].tolist()
        [9, 9, 255, 255]
    """

    def __init__(
        self, matte: Matte, background: Background, *, threshold: float = 0.5, softness: float = DEFAULT_SOFTNESS
    ) -> None:
        """Join a matte and a background.

        Args:
            matte: Who is in front.
            background: What goes behind.
            threshold: The matte's value, in [0, 1], that becomes half see-through: the middle of the edge.
            softness: Half the width of the edge in the matte's values, in [0, 1]; 0 for a hard cut.

        Raises:
            ArgumentError: If threshold or softness is out of range.
            ArgumentTypeError: If matte or background is not callable.
        """
        self.matte = matte
        self.background = background
        self._threshold = _fraction("threshold", threshold)
        self._softness = _fraction("softness", softness)
        self._curve = edge_curve(self._threshold, self._softness)

    @property
    def matte(self) -> Matte:
        """Who is in front; may be set while running."""
        return self._matte.thing

    @matte.setter
    def matte(self, matte: Matte) -> None:
        self._matte = _bound("matte", matte, "info")

    @property
    def background(self) -> Background:
        """What goes behind; may be set while running."""
        return self._background.thing

    @background.setter
    def background(self, background: Background) -> None:
        self._background = _bound("background", background, "alpha", "info")

    @property
    def threshold(self) -> float:
        """The middle of the edge, in [0, 1]; may be set while running."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        self._threshold = _fraction("threshold", value)
        self._curve = edge_curve(self._threshold, self._softness)

    @property
    def softness(self) -> float:
        """Half the width of the edge, in [0, 1]; may be set while running."""
        return self._softness

    @softness.setter
    def softness(self, value: float) -> None:
        self._softness = _fraction("softness", value)
        self._curve = edge_curve(self._threshold, self._softness)

    def alpha(self, frame: Image, info: FrameInfo | None = None) -> NDArray[np.uint8]:
        """The shaped matte of a frame.

        Args:
            frame: uint8 (H, W, 3) BGR.
            info: Its place in the stream.

        Returns:
            uint8 (H, W), 255 = in front.

        Raises:
            ObjectResultError: If the matte returns something else.
        """
        raw = self._matte(frame, info=info)
        try:
            alpha = as_alpha(raw, *frame.shape[:2])
        except ValueError as error:
            raise ObjectResultError(f"the matte {name_of(self.matte)} {error}") from error
        return np.asarray(cv2.LUT(alpha, self._curve), np.uint8)

    def __call__(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Replace what is behind.

        Args:
            frame: uint8 (H, W, 3) BGR; written to.
            info: Its place in the stream; an `Engine` fills it in.

        Returns:
            uint8 (H, W, 3): the same array.

        Raises:
            ObjectResultError: If the matte or the background returns something else than it should.
        """
        alpha = self.alpha(frame, info)
        behind = self._background(frame, alpha=alpha, info=info)
        behind = checked_frame(behind, self.background, info or still_info("frame", frame))
        if behind.shape != frame.shape:
            behind = fit(behind, frame.shape[1], frame.shape[0])
        return composite(frame, behind, alpha)

    def _parts(self) -> Chain:
        return Chain([self.matte, self.background])

    def open(self, stream: StreamInfo) -> None:
        """Pass on that a stream begins.

        Args:
            stream: The stream.
        """
        self._parts().open(stream)

    def reset(self) -> None:
        """Pass on that what was learnt is to be forgotten."""
        self._parts().reset()

    def on_key(self, key: str) -> bool:
        """Pass on a key press.

        Args:
            key: One character.

        Returns:
            Whether the matte or the background used it.
        """
        return self._parts().on_key(key)

    def close(self) -> None:
        """Release what the matte and the background hold; it is made again on the next use."""
        self._parts().close()

    def __enter__(self) -> BackgroundReplacement:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _bound(role: str, thing: Callable[..., Any], *offered: str) -> Bound:
    if not callable(thing):
        raise ArgumentTypeError(f"the {role} is not callable: {thing!r} ({type(thing).__name__})")
    return Bound(thing, *offered)


def _fraction(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1:
        raise ArgumentError(f"{name} must be a number from 0 to 1, got {value!r}")
    return float(value)
