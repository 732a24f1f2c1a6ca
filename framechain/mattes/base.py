"""The base of the mattes that work on a small copy of the frame and enlarge their answer."""

from __future__ import annotations

import numpy as np

from ..basics.arguments import check_count
from ..frame import Frame, StreamInfo
from ..pixels.image import Image, shrink
from .arrays import Bytes, limit_size, resize_bytes
from .cleanup import CleanUp
from .opened import OpenedMatte


class SmallMatte(OpenedMatte):
    """Base of mattes that work on a small copy of the frame.

    An outline found on half as many rows looks the same once its edge is shaped, in a quarter of the time.
    Subclasses implement `find`; those that learn also implement `forget`.
    """

    # The threshold is above one half: a rim of the old background is more visible than half a missing pixel.
    edge: tuple[float, float] | None = (0.6, 0.3)
    works_on_yuv = True

    def __init__(self, *, working_size: int = 640, speck_size: float = 0.002, hole_size: float = 0.004) -> None:
        """Set what all small mattes share.

        Args:
            working_size: Longer side in pixels of the copy to work on; smaller frames keep their size.
            speck_size: Specks of foreground below this share of the frame's area are removed.
            hole_size: Holes in it below this share are closed.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.working_size = check_count("working_size", working_size, 16)
        self.clean_up = CleanUp(speck_size, hole_size)
        self._frame_size: tuple[int, int] | None = None

    def find(self, small: Image) -> Bytes | None:
        """Find the foreground of a small image, uint8 (h, w, 3) BGR: uint8 (h, w); None for no answer yet."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop what was learnt of the scene."""

    def __call__(self, frame: Image) -> Bytes:
        """Find the foreground of an image: uint8 (H, W), the confidence; all 0 while the matte cannot answer yet.

        A new size of the frames drops what was learnt.
        """
        height, width = frame.shape[:2]
        self._note_size(width, height)
        return resize_bytes(self._find_or_empty(shrink(frame, *limit_size(frame, self.working_size))), width, height)

    def estimate(self, frame: Frame) -> Bytes:
        """Find the foreground of a frame; of a frame in YUV at the working size."""
        if not frame.is_yuv:
            return self(frame.read_bgr())
        from ..pixels.convert import convert_to_small_rgb
        from ..pixels.planes import get_planes

        video_frame, colour = frame.yuv, frame.info.stream.colour
        self._note_size(video_frame.width, video_frame.height)
        size = limit_size(get_planes(video_frame)[0], self.working_size)
        rgb = convert_to_small_rgb(video_frame, colour, *size)
        return self._find_or_empty(np.ascontiguousarray(rgb[..., ::-1]))

    def _find_or_empty(self, small: Image) -> Bytes:
        self._check_open()
        found = self.find(small)
        return np.zeros(small.shape[:2], np.uint8) if found is None else found

    def _note_size(self, width: int, height: int) -> None:
        if self._frame_size not in (None, (width, height)):
            self.reset()
        self._frame_size = width, height

    def open(self, stream: StreamInfo) -> None:
        """Begin a new stream: what was learnt of another scene is dropped. A subclass that overrides it calls it."""
        super().open(stream)
        self.reset()

    def reset(self) -> None:
        """Drop what was learnt of the scene."""
        self._frame_size = None
        self.forget()
