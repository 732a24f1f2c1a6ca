"""An object of the chain."""

from __future__ import annotations

from collections.abc import Callable

from ..frame import Frame, FrameInfo
from ..pixels.image import Image
from ..results import call_with_bgr
from ..steering import Skip
from .component import Component


class FrameObject(Component):
    """An object of the chain: it must have `__call__`.

    The frames come in order and from one thread. The object owns the array that it is given: it may draw on it and
    return it, or return another one. The next object owns what is returned and may draw on it.

    Attributes:
        gives_alpha: True if the returned frames have alpha, (H, W, 4) BGRA. Default: False.
        finds_alpha: True if the returned frames have `Frame.matte_alpha`, for later objects. Default: False.
        needs_alpha: True if an earlier object must find it: a chain without one is refused. Default: False.
        hides_background: True if a live stream shows `cover` instead of a frame that fails. Default: False.
        status: A line for the viewer, such as "learning the background". Default: None.
        history: How many earlier frames a result depends on: 0 for each frame by itself, or so many that the result is
            the same afterwards, or as good. Default: None, all of them; a film is not processed in segments then.
        draws_status: True while the object itself draws `status` on the frame. A mirrored window sets it to False and
            draws the line unmirrored. Default: False.

    Example:
        >>> import numpy as np
        >>> class Darken(FrameObject):
        ...     keys = {"n": "darker at night"}
        ...     divisor = 2
        ...     def __call__(self, frame):
        ...         return frame // self.divisor
        ...     def on_key(self, key):
        ...         self.divisor = 6 - self.divisor if key == "n" else self.divisor
        ...         return key == "n"
        >>> darken, white = Darken(), np.full((2, 2, 3), 200, np.uint8)
        >>> int(darken(white).max()), darken.on_key("n"), int(darken(white).max())
        (100, True, 50)
    """

    gives_alpha: bool = False
    finds_alpha: bool = False
    needs_alpha: bool = False
    hides_background: bool = False
    history: int | None = None
    status: str | None = None
    draws_status: bool = False

    def __call__(self, frame: Image) -> Image | Skip:
        """Process a frame.

        Args:
            frame: uint8 (H, W, 3) BGR, C-contiguous. Further parameters are filled in: `info`, the `FrameInfo`, and
                `alpha`, unless it has a default other than None: the finished alpha of the last matte before this
                object, uint8 (H, W), 255 = foreground, read only.

        Returns:
            uint8 (H, W, 3) BGR, or (H, W, 4) BGRA. The size may differ from the input's, but not between frames.
            `framechain.SKIP` leaves the frame out of the output; later objects are not called for it.
        """
        raise NotImplementedError

    def process_frame(self, frame: Frame) -> Frame | Skip:
        """Process a frame in its layout; override it to work on YUV planes. Default: call the object with BGR.

        Returns:
            The frame, drawn on with `frame.paint`, or `frame.with_bgr(...)` or `frame.with_yuv(...)`, or `SKIP`.
        """
        return call_with_bgr(self, frame)

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        """Start on a frame while the chain processes an earlier one. Default: None, there is nothing to start.

        It is called in another thread, only for files and for the first object of the chain.

        Returns:
            The rest of the work, called instead of `process_frame`.
        """
        return None

    def cover(self, frame: Image, info: FrameInfo) -> Image:
        """Return what a live stream shows instead of a frame that failed. Default: the blurred frame.

        Args:
            frame: uint8 (H, W, 3) BGR, blurred beyond recognition.
            info: Its place in the stream.
        """
        return frame
