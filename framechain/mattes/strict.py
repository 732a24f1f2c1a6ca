"""`StrictMatte`: any matte, so that as little of the room as possible is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..adapters import unwrap
from ..contracts.matte import ModifiedMatte
from ..contracts.modifiers import Edge, Modifier, translate
from ..frame import Frame
from ..pixels.image import shrink
from .arrays import Bytes, as_bytes, resize_bytes
from .leak_guard import LeakGuard

# Longer side in pixels of the copy of the frame that is compared with the room.
_LONGEST = 640


class StrictMatte(ModifiedMatte):
    """A matte that shows as little of the room as possible, at the cost of the edge.

    A matte errs at the edge, and where something moves; somebody who adds up what it shows by mistake sees parts of the
    room. In a stream, this one

    - remembers the room where it was seen, and removes what looks like it, but not deep inside the foreground;
    - moves the edge inwards where nothing shows that it lies on the person;
    - takes nothing for foreground before two frames agree on it: the first frame has no foreground;
    - has no foreground while the motion is too fast, and at a cut: only the background is shown.

    In a single image, only the edge moves inwards. The room is not recognized while the camera moves. A background that
    shows the scene, such as `Blur`, still shows it.

    Example:
        >>> from framechain import BackgroundReplacement
        >>> from framechain.backgrounds import Color
        >>> from framechain.mattes import MOG2
        >>> BackgroundReplacement(StrictMatte(MOG2()), Color((0, 255, 0))).matte.name
        'StrictMatte(MOG2)'
    """

    def __init__(self, matte: Callable[..., NDArray[Any]]) -> None:
        """Take a matte.

        Args:
            matte: A `Matte`, or a callable `frame -> alpha`.

        Raises:
            ArgumentTypeError: If it is not callable.
        """
        self._guard = LeakGuard()
        super().__init__(Modifier("StrictMatte({})", self._tighten, reset=self._guard.reset, memory=None), matte)

    @property
    def matte(self) -> Callable[..., NDArray[Any]]:
        """The matte whose answers are tightened."""
        matte: Callable[..., NDArray[Any]] = unwrap(self._parts[0][1])
        return matte

    def _tighten(self, confidences: Sequence[Bytes], edges: Sequence[Edge], frame: Frame) -> Bytes:
        (confidence,), (edge,) = confidences, edges
        factor = max(1.0, max(frame.size) / _LONGEST)
        width, height = (max(1, round(side / factor)) for side in frame.size)
        small = _resize(confidence, width, height)
        alpha = translate(small, edge, None)
        if frame.info.stream.kind == "image":
            tight = self._guard.tighten_image(alpha)
        else:
            tight = self._guard(alpha, _make_small_image(frame, width, height))
        # A smaller answer is refined; a finer one keeps its detail below the limit.
        if confidence.size < small.size:
            confidence = small
        limit = resize_bytes(tight, confidence.shape[1], confidence.shape[0])
        return as_bytes(cv2.min(confidence, translate(limit, None, edge)))


def _resize(confidence: Bytes, width: int, height: int) -> Bytes:
    if confidence.shape[0] > height or confidence.shape[1] > width:
        return as_bytes(cv2.resize(confidence, (width, height), interpolation=cv2.INTER_AREA))
    return resize_bytes(confidence, width, height)


def _make_small_image(frame: Frame, width: int, height: int) -> Bytes:
    """Return a frame, BGR or YUV, as uint8 (height, width, 3) BGR."""
    if not frame.is_yuv:
        return shrink(frame.read_bgr(), width, height)
    from ..pixels.convert import convert_to_small_rgb

    rgb = convert_to_small_rgb(frame.yuv, frame.info.stream.colour, width, height)
    return np.ascontiguousarray(rgb[..., ::-1])
