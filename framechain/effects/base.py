"""The base of effects: numbers that may be set while running, and work on luma and chroma."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_number
from ..basics.tunables import Tunable
from ..contracts import FrameObject
from ..frame import Frame, FrameInfo, make_image_info
from ..pixels.image import Image, Plane, check_image

if TYPE_CHECKING:
    from typing_extensions import Self


class Number:
    """An attribute that is a number within a range, checked whenever it is set.

    Example:
        >>> class Glow(Effect):
        ...     radius = Number(0, 9)
        >>> glow = Glow()
        >>> glow.radius = 12
        Traceback (most recent call last):
        ...
        framechain.errors.ArgumentError: radius must be a number from 0 to 9, got 12
    """

    def __init__(self, low: float, high: float, *, tunable: str | None = None, step: float = 0.01) -> None:
        """Choose the range.

        Args:
            low: The smallest number allowed.
            high: The largest one.
            tunable: The name of its trackbar; None for no trackbar.
            step: The distance between two values of the trackbar.
        """
        self._low, self._high, self._tunable, self._step = low, high, tunable, step

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> float: ...
    def __get__(self, instance: object | None, owner: type) -> float | Self:
        if instance is None:
            return self
        value: float = vars(instance)[f"_{self._name}"]
        return value

    def __set__(self, instance: object, value: float) -> None:
        vars(instance)[f"_{self._name}"] = check_number(self._name, value, self._low, self._high)

    def make_tunable(self, instance: object) -> Tunable | None:
        """Return the trackbar of the number of an instance."""
        if self._tunable is None:
            return None
        return Tunable(
            self._tunable,
            lambda: self.__get__(instance, type(instance)),
            lambda value: self.__set__(instance, value),
            self._low,
            self._high,
            self._step,
        )


class Effect(FrameObject):
    """Base of the effects: a subclass has `process_frame`, and `Number`s as attributes."""

    history: int | None = 0

    def __call__(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Process an image.

        Args:
            frame: uint8 (H, W, 3) BGR; it may be drawn on.
            info: Its place in the stream; an `Engine` fills it in.

        Returns:
            uint8 (H, W, 3).

        Raises:
            ArgumentTypeError: If `frame` is no such array.
        """
        frame = check_image(frame)
        result = self.process_frame(Frame(info or make_image_info("frame", frame), bgr=frame))
        assert isinstance(result, Frame)
        return result.to_array()

    @property
    def tunables(self) -> Sequence[Tunable]:
        """The numbers that have a trackbar."""
        numbers = {name: value for kind in type(self).__mro__[::-1] for name, value in vars(kind).items()}
        found = (number.make_tunable(self) for number in numbers.values() if isinstance(number, Number))
        return [tunable for tunable in found if tunable is not None]


class Range(NamedTuple):
    """The codes of black and of white in Y.

    Attributes:
        black: 16, or 0 in full range.
        white: 235, or 255 in full range.
    """

    black: int
    white: int


LIMITED_RANGE, FULL_RANGE = Range(16, 235), Range(0, 255)
Planes = Sequence[Plane]
"""Y (H, W), U and V; chroma has that size or half of it, rounded up, and 128 is grey."""


class PlaneEffect(Effect):
    """Base of the effects that work on luma and chroma: those of video are used as they are.

    A frame in BGR is converted to Y, Cb and Cr of full size and full range (ITU-T T.871, JFIF) and back.
    """

    @property
    def does_nothing(self) -> bool:
        """Whether frames are passed on as they are."""
        return False

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Return new planes of the same sizes.

        Args:
            planes: Y, U and V, uint8; read only.
            levels: Black and white of Y.
            info: The frame's place in the stream.
        """
        raise NotImplementedError

    def process_frame(self, frame: Frame) -> Frame:
        """Change luma and chroma of a frame, in the layout that it has."""
        if self.does_nothing:
            return frame
        if frame.is_yuv:
            levels = FULL_RANGE if frame.info.stream.colour.full_range else LIMITED_RANGE
            changed = self.change(frame.planes, levels, frame.info)
            result = frame.make_blank()
            for out, plane in zip(result.planes, changed, strict=True):
                out[...] = plane
            return result
        y, v, u = cv2.split(cv2.cvtColor(frame.bgr, cv2.COLOR_BGR2YCrCb))
        y, u, v = self.change((as_bytes(y), as_bytes(u), as_bytes(v)), FULL_RANGE, frame.info)
        return frame.with_bgr(as_bytes(cv2.cvtColor(cv2.merge([y, v, u]), cv2.COLOR_YCrCb2BGR)))


def as_bytes(array: Any) -> NDArray[np.uint8]:
    """Return what OpenCV returned, as bytes."""
    return np.asarray(array, np.uint8)


def make_luma_table(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]], levels: Range) -> NDArray[np.float64]:
    """Return the new Y, as floats, for each Y from 0 to 255; codes beyond black and white keep their distance.

    Args:
        curve: From [0, 1] to [0, 1].
        levels: Black and white of Y.
    """
    span = levels.white - levels.black
    x = (np.arange(256) - levels.black) / span
    inside = x.clip(0, 1)
    table: NDArray[np.float64] = levels.black + span * (curve(inside) + x - inside)
    return table


def fit_luma(luma: Plane, chroma: Plane) -> Plane:
    """Return luma in the size of chroma."""
    if luma.shape == chroma.shape:
        return luma
    return as_bytes(cv2.resize(luma, chroma.shape[::-1], interpolation=cv2.INTER_AREA))


def scale_chroma(chroma: Plane, gain: NDArray[np.float32] | float) -> Plane:
    """Return 128 + gain (chroma - 128), rounded.

    Example:
        >>> scale_chroma(np.array([[28, 128, 228]], np.uint8), 0.5)[0].tolist()
        [78, 128, 178]
    """
    if isinstance(gain, float | int):
        return as_bytes(cv2.addWeighted(chroma, gain, chroma, 0, 128 * (1 - gain)))
    centred = shift(chroma, -128, cv2.CV_32F)
    return as_bytes(shift(cv2.multiply(centred, gain, dst=centred), 128, cv2.CV_8U))


def shift(plane: NDArray[Any], offset: float, kind: int = -1) -> NDArray[Any]:
    """Return plane + offset, rounded and within the range of its kind; `cv2.add` misreads scalars beside few pixels.

    Args:
        plane: (H, W).
        offset: What is added.
        kind: The kind of the result, such as `cv2.CV_32F`; that of the plane if not given.
    """
    return np.asarray(cv2.addWeighted(plane, 1, plane, 0, offset, dtype=kind))


def blur_widely(plane: Plane, sigma: float) -> Plane:
    """Return a plane blurred by a Gaussian of many pixels: a small copy is blurred and enlarged.

    Args:
        plane: uint8 (H, W).
        sigma: Standard deviation in pixels.
    """
    height, width = plane.shape
    # A Gaussian of three pixels has no detail that a linear enlargement would lose.
    factor = max(1.0, min(sigma / 3, 16.0))
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.3, sigma / factor), borderType=cv2.BORDER_REPLICATE)
    return as_bytes(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
