"""What flows through the engine: frames, their times, and the stream that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .basics.arguments import convert_numbers
from .pixels.colour import ColourSpace
from .pixels.image import Image, Plane

if TYPE_CHECKING:
    from av import VideoFrame  # noqa: TID251  (for types only)

    from .pixels.convert import Painter
    from .pixels.luma import Planes, Range

_MAX_DENOMINATOR = 1_000_000


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream before its first frame is processed.

    Attributes:
        name: The path or the camera, for messages.
        kind: "image", "video" or "camera".
        width: Width in pixels, after rotation.
        height: Height in pixels, after rotation.
        time_base: Seconds per tick of `FrameInfo.pts`.
        rate: Frames per second; the average of a variable rate; None if unknown.
        frame_count: How many frames the container promises; None if it does not say.
        duration: Seconds that the container promises; None if it does not say.
        sample_aspect_ratio: Width of a pixel over its height (1 for square pixels).
        colour: How the stream's YUV is read and written.
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

    def __post_init__(self) -> None:
        """Convert plain numbers, as in `rate=25`, to fractions, and NumPy's numbers to Python's."""
        convert_numbers(self)
        ratios = {"time_base": self.time_base, "rate": self.rate, "sample_aspect_ratio": self.sample_aspect_ratio}
        for name, value in ratios.items():
            if value is not None and not isinstance(value, Fraction):
                object.__setattr__(self, name, Fraction(value).limit_denominator(_MAX_DENOMINATOR))

    @property
    def live(self) -> bool:
        """True if frames arrive at their own pace: a late frame is worthless and may be dropped."""
        return self.kind == "camera"


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """A frame's place in its stream; a custom object with a parameter `info` receives it.

    Attributes:
        index: 0 for the first frame of the stream.
        pts: Presentation time in ticks of `stream.time_base`.
        duration: How many ticks the frame is shown; 0 if the container does not say.
        stream: The stream that it belongs to.
    """

    index: int
    pts: int
    duration: int
    stream: StreamInfo

    def __post_init__(self) -> None:
        """Convert NumPy's numbers to Python's."""
        if not type(self.pts) is type(self.index) is type(self.duration) is int:
            convert_numbers(self)

    @property
    def time(self) -> float:
        """Presentation time in seconds."""
        return float(self.pts * self.stream.time_base)


class Frame:
    """One frame on its way from the source to the sink, in the layout in which it was last touched.

    A decoder gives YUV planes and an encoder needs them, while callables need BGR. Only this class knows which of the
    two is there and converts on demand: a frame that no object touches reaches the encoder bit for bit.

    Attributes:
        info: Its place in the stream.
        alpha: uint8 (H, W), once an object has made the frame transparent; the colours are straight, not multiplied
            by it. None for an opaque frame.
        matte_alpha: uint8 (H, W), 255 = foreground, read only: the finished alpha of the last matte that an object of
            the chain called, whatever the object did with it. It follows a change of the frame's size. None if there
            was none.
        full_view: Makes the image, uint8 (h, w, 3) BGR, of which the pixels are a smaller picture, such as two views
            side by side, each in full size. None if there is none, or once somebody may have drawn on `bgr`.
        prepared: What remains of the work of the chain's first object, if it started while this frame was waiting.
    """

    __slots__ = ("__weakref__", "_bgr", "_is_own", "_yuv", "alpha", "full_view", "info", "matte_alpha", "prepared")

    def __init__(
        self, info: FrameInfo, *, bgr: Image | None = None, yuv: VideoFrame | None = None, own: bool = False
    ) -> None:
        """Make a frame from pixels in one layout.

        Args:
            info: Its place in the stream.
            bgr: uint8 (H, W, 3) pixels, or
            yuv: an 8-bit yuv420p video frame in the stream's matrix and range.
            own: Whether `yuv` may be written to; a decoder may still refer to the frames that it returned.

        Raises:
            ValueError: If neither is given.
        """
        if bgr is None and yuv is None:
            raise ValueError("a Frame needs pixels: give bgr or yuv")
        self.info = info
        self.alpha: NDArray[np.uint8] | None = None
        self.matte_alpha: NDArray[np.uint8] | None = None
        self.full_view: Callable[[], Image] | None = None
        self.prepared: Callable[[Frame], Frame] | None = None
        self._bgr = bgr
        self._yuv = yuv
        self._is_own = own

    @property
    def is_yuv(self) -> bool:
        """True if the pixels are YUV: an object that works on planes saves a conversion."""
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
        """The pixels for callables: uint8 (H, W, 3) BGR, writable. The frame is BGR from now on."""
        self.convert_to_bgr()
        assert self._bgr is not None
        self.full_view = None  # What is drawn, such as to hide something, would be missing there.
        return self._bgr

    @property
    def yuv(self) -> VideoFrame:
        """The pixels for an encoder: yuv420p in the stream's matrix and range."""
        if self._yuv is None:
            from .pixels.convert import convert_to_yuv

            assert self._bgr is not None
            return convert_to_yuv(self._bgr, self.info.stream.colour)
        return self._yuv

    @property
    def planes(self) -> Sequence[Plane]:
        """The pixels in the layout that they have: BGR as the only plane, or Y, U and V. Do not write to them."""
        if self._bgr is not None:
            return (self._bgr,)
        from .pixels.planes import get_planes

        assert self._yuv is not None
        return get_planes(self._yuv)

    def convert_to_bgr(self) -> None:
        """Convert the pixels to BGR and drop the YUV: the caller may draw on `bgr`."""
        self._bgr, self._yuv = self.read_bgr(), None

    def read_bgr(self) -> Image:
        """Return the pixels as BGR, read only; the frame keeps its layout."""
        if self._bgr is not None:
            return self._bgr
        from .pixels.convert import convert_to_bgr

        assert self._yuv is not None
        return convert_to_bgr(self._yuv, self.info.stream.colour)

    def preview(self) -> Image:
        """Return the pixels as BGR, read only, over a checkerboard where they are transparent."""
        if self.alpha is None:
            return self.read_bgr()
        from .compositing.checkerboard import lay_over_checkerboard

        return lay_over_checkerboard(self.read_bgr(), self.alpha)

    def to_array(self) -> Image:
        """Return the pixels as one array: BGR, or BGRA if the frame has alpha."""
        return self.bgr if self.alpha is None else np.dstack([self.bgr, self.alpha])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        pixels = self.to_array()
        return pixels.astype(pixels.dtype if dtype is None else dtype, copy=bool(copy))

    def paint(self, box: tuple[int, int, int, int], painter: Painter) -> None:
        """Draw on a part of the frame in place, in the layout that it has.

        Args:
            box: (left, top, right, bottom) in pixels; the drawing stays within.
            painter: Called with that part, uint8 (h, w, 3) BGR, its left and its top; draws on it in place.
        """
        if self._bgr is not None:
            painter(self._bgr, 0, 0)
            return
        assert self._yuv is not None
        from .pixels.convert import paint_yuv

        self.own_planes()
        paint_yuv(self._yuv, self.info.stream.colour, box, painter)

    def own_planes(self) -> Sequence[Plane]:
        """Return the pixels as `planes` does, to be written to: a frame of the decoder's is copied first."""
        if self._yuv is not None and not self._is_own:
            from .pixels.planes import get_planes, join_planes

            full_range = self.info.stream.colour.full_range
            self._yuv, self._is_own = join_planes(get_planes(self._yuv), full_range=full_range), True
        return self.planes

    def make_blank(self) -> Frame:
        """Return a frame of the same place, size and layout; the caller writes all of its `planes`."""
        if self._bgr is not None:
            return self.with_bgr(np.empty(self._bgr.shape, np.uint8))
        from .pixels.planes import allocate_frame

        width, height = self.size
        return self.with_yuv(allocate_frame(width, height, full_range=self.info.stream.colour.full_range))

    def change_planes(self, change: Callable[[Planes, Range], Planes]) -> Frame:
        """Return a frame of the same layout with other luma and chroma; this one stays as it is.

        Args:
            change: Gets Y, U and V, uint8, read only, with the codes of black and white in Y; returns new planes of the
                same sizes. Those of a frame in BGR have full size and full range (ITU-T T.871, JFIF).
        """
        from .pixels.luma import FULL_RANGE, LIMITED_RANGE, convert_bgr, merge_bgr

        if not self.is_yuv:
            return self.with_bgr(merge_bgr(change(convert_bgr(self.read_bgr()), FULL_RANGE)))
        result = self.make_blank()
        levels = FULL_RANGE if self.info.stream.colour.full_range else LIMITED_RANGE
        for out, plane in zip(result.planes, change(self.planes, levels), strict=True):
            out[...] = plane
        return result

    def with_yuv(self, yuv: VideoFrame) -> Frame:
        """Return a frame of the same place with other pixels: a yuv420p video frame that may be written to."""
        return self._copy_alphas_to(Frame(self.info, yuv=yuv, own=True))

    def with_bgr(self, bgr: Image) -> Frame:
        """Return a frame of the same place with other pixels: BGR, or BGRA to make it transparent."""
        if bgr.shape[2] == 4:
            frame = self._copy_alphas_to(Frame(self.info, bgr=np.ascontiguousarray(bgr[..., :3])))
            frame.alpha = np.ascontiguousarray(bgr[..., 3])
            return frame
        return self._copy_alphas_to(Frame(self.info, bgr=bgr))

    def _copy_alphas_to(self, frame: Frame) -> Frame:
        frame.alpha = _fit_alpha(self.alpha, frame.size)
        frame.matte_alpha = _fit_alpha(self.matte_alpha, frame.size)
        return frame

    def __repr__(self) -> str:
        width, height = self.size
        return f"<Frame {self.info.index} of {self.info.stream.name}, {width}x{height}>"

    def _repr_html_(self) -> str:
        """Return the frame, and the alpha of its matte, as notebooks show it."""
        from .markup.elements import make_page, make_row
        from .markup.pictures import make_picture

        info = self.info
        pictures = [make_picture(self.preview(), f"frame {info.index} of {info.stream.name}, {info.time:.3f} s")]
        if self.matte_alpha is not None:
            pictures.append(make_picture(self.matte_alpha, "alpha of its matte"))
        return make_page(make_row(pictures))


def _fit_alpha(alpha: NDArray[np.uint8] | None, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Return alpha in a frame's size: objects see the colours and may resize them, the alpha follows."""
    if alpha is None or alpha.shape == size[::-1]:
        return alpha
    return np.asarray(cv2.resize(alpha, size), np.uint8)


def make_image_info(name: str, image: NDArray[Any]) -> FrameInfo:
    """Return the place of an image: the only frame of a stream of its own."""
    height, width = image.shape[:2]
    return FrameInfo(0, 0, 0, StreamInfo(name, "image", width, height, frame_count=1))
