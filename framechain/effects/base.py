"""The bases of effects: numbers that may be set while running, and work on luma and chroma."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from ..basics.arguments import check_number
from ..basics.tunables import Tunable
from ..contracts import FrameObject
from ..frame import Frame, FrameInfo, make_image_info
from ..pixels.image import Image, check_image
from ..pixels.luma import Planes, Range

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
        return frame.change_planes(lambda planes, levels: self.change(planes, levels, frame.info))
