"""What flows through the engine: frames, their times, and the stream they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .pixels.colour import ColourSpace
from .pixels.image import Image

if TYPE_CHECKING:
    from av import VideoFrame

    from .pixels.convert import Painter


_CHEQUER = 16


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream before its first frame is processed.

    Attributes:
        name: What a person calls it: the path or the camera.
        kind: "image", "video" or "camera".
        width: Pixels across, after rotation: what the objects see.
        height: Pixels down, after rotation.
        time_base: Seconds per tick of `FrameInfo.pts`.
        rate: Frames per second where known; of a variable rate, the average.
        frame_count: How many frames the container promises; None where it does not say.
        duration: Seconds the container promises; None where it does not say.
        sample_aspect_ratio: Width of a pixel over its height (1 for square ones).
        colour: How the stream's YUV is to be read and written.
    """

    name: str
    kind: str
    width: int
    height: int
    time_base: Fraction = Fraction(1, 1000)
    rate: Fraction | None = None
    frame_count: int | None = None
    duration: float | None = None
    sample_aspect_ratio: Fraction = Fraction(1)
    colour: ColourSpace = field(default_factory=ColourSpace)

    @property
    def live(self) -> bool:
        """Whether frames come when they come: a late one is worthless and may be dropped."""
        return self.kind == "camera"


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """Where a frame stands in its stream; a custom object with a parameter `info` is given it.

    Attributes:
        index: 0 for the first frame of the stream.
        pts: Presentation time in ticks of `stream.time_base`.
        duration: Ticks the frame is shown; 0 where the container does not say.
        stream: The stream it belongs to.
    """

    index: int
    pts: int
    duration: int
    stream: StreamInfo

    @property
    def time(self) -> float:
        """Presentation time in seconds."""
        return float(self.pts * self.stream.time_base)


class Frame:
    """One picture on its way from the source to the sink, in whichever layout it was last touched.

    A decoder gives YUV planes and an encoder wants them back, while callables want BGR. Only this class
    knows which of the two is there: `bgr` and `yuv` convert on demand, so that a frame no object touches
    reaches the encoder bit for bit.

    Attributes:
        info: Its place in the stream.
        alpha: How much of each pixel is there, uint8 (H, W), once an object has made it see-through; the
            colours are straight, not multiplied by it. None for a frame that covers everything.
        prepared: What is left to do of the chain's first object, where it began while this frame was waiting.
    """

    __slots__ = ("__weakref__", "_bgr", "_own", "_yuv", "alpha", "info", "prepared")

    def __init__(
        self, info: FrameInfo, *, bgr: Image | None = None, yuv: VideoFrame | None = None, own: bool = False
    ) -> None:
        """Make a frame from pixels in one layout.

        Args:
            info: Its place in the stream.
            bgr: uint8 (H, W, 3) pixels, or
            yuv: an 8-bit yuv420p picture in the stream's matrix and range.
            own: Whether `yuv` may be written to; a decoder may still refer to what it gave out.

        Raises:
            ValueError: If neither is given.
        """
        self.alpha: NDArray[np.uint8] | None = None
        self.prepared: Callable[[Frame], Frame] | None = None
        if bgr is None and yuv is None:
            raise ValueError("a Frame needs pixels: give bgr or yuv")
        self.info = info
        self._bgr = bgr
        self._yuv = yuv
        self._own = own

    @property
    def is_yuv(self) -> bool:
        """Whether the pixels are there as YUV, so that an object that works on planes saves a conversion."""
        return self._yuv is not None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        if self._bgr is not None:
            return self._bgr.shape[1], self._bgr.shape[0]
        assert self._yuv is not None
        return self._yuv.width, self._yuv.height

    @property
    def bgr(self) -> Image:
        """The pixels as callables see them: uint8 (H, W, 3) BGR, writable."""
        self.convert_to_bgr()
        assert self._bgr is not None
        return self._bgr

    def convert_to_bgr(self) -> None:
        """Convert the pixels to BGR: from here on `bgr` is the only truth, as whoever has it may draw on it."""
        self._bgr, self._yuv = self.read_bgr(), None

    def preview(self) -> Image:
        """The pixels for looking only, over a chequerboard where they are see-through."""
        if self.alpha is None:
            return self.read_bgr()
        from .compositing.over import composite_in_place

        rows, columns = np.indices(self.alpha.shape) // _CHEQUER
        board = np.repeat(((rows + columns) % 2 * 51 + 102).astype(np.uint8)[..., None], 3, axis=2)
        composite_in_place(board, self.read_bgr(), self.alpha)
        return board

    def read_bgr(self) -> Image:
        """The pixels as BGR for looking only: the frame stays in the layout it is in."""
        if self._bgr is not None:
            return self._bgr
        from .pixels.convert import convert_to_bgr

        assert self._yuv is not None
        return convert_to_bgr(self._yuv, self.info.stream.colour)

    @property
    def yuv(self) -> VideoFrame:
        """The pixels as an encoder wants them: yuv420p in the stream's matrix and range."""
        if self._yuv is None:
            from .pixels.convert import convert_to_yuv

            assert self._bgr is not None
            return convert_to_yuv(self._bgr, self.info.stream.colour)
        return self._yuv

    def paint(self, box: tuple[int, int, int, int], painter: Painter) -> None:
        """Draw on a part of the frame in place, in whichever layout it is.

        Args:
            box: (left, top, right, bottom) in pixels: what the drawing stays within.
            painter: Called with that part, uint8 (h, w, 3) BGR, and its left and top; draws on it in place.
        """
        if self._yuv is None:
            painter(self.bgr, 0, 0)
            return
        from .pixels.convert import paint
        from .pixels.planes import get_planes, join_planes

        colour = self.info.stream.colour
        if not self._own:
            self._yuv, self._own = join_planes(get_planes(self._yuv), full_range=colour.full_range), True
        paint(self._yuv, colour, box, painter)

    def to_array(self) -> Image:
        """Return the pixels as one array: BGR, or BGRA if the frame has alpha."""
        return self.bgr if self.alpha is None else np.dstack([self.bgr, self.alpha])

    def with_yuv(self, yuv: VideoFrame) -> Frame:
        """The same place in the stream with other pixels, given as a yuv420p picture of one's own."""
        return self._inherited(Frame(self.info, yuv=yuv, own=True))

    def with_bgr(self, bgr: Image) -> Frame:
        """The same place in the stream with other pixels: BGR, or BGRA to make it see-through."""
        if bgr.shape[2] == 4:
            frame = Frame(self.info, bgr=np.ascontiguousarray(bgr[..., :3]))
            frame.alpha = np.ascontiguousarray(bgr[..., 3])
            return frame
        return self._inherited(Frame(self.info, bgr=bgr))

    def _inherited(self, frame: Frame) -> Frame:
        if self.alpha is not None:
            # Later objects see colours only and may resize them: what is see-through stays so.
            same = self.alpha.shape == frame.size[::-1]
            frame.alpha = self.alpha if same else cv2.resize(self.alpha, frame.size).astype(np.uint8, copy=False)
        return frame

    def __repr__(self) -> str:
        width, height = self.size
        return f"<Frame {self.info.index} of {self.info.stream.name}, {width}x{height}>"


def make_image_info(name: str, image: NDArray[Any]) -> FrameInfo:
    """The place of a lone picture: the only frame of a stream of its own."""
    height, width = image.shape[:2]
    return FrameInfo(0, 0, 0, StreamInfo(name, "image", width, height, frame_count=1))
