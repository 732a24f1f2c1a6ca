"""Crop, Resize and Rotate: the size of the frames and their direction.

The output has the size of the frames that reach it, so that nothing else is to be told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_choice, check_count, is_number, is_whole_number, to_python
from ..errors import ArgumentError
from ..frame import Frame
from ..media.limits import MAX_IMAGE_PIXELS, MAX_VIDEO_PIXELS, VARIABLE, get_pixel_limit
from ..pixels.colour import choose_matrix
from ..pixels.image import FITS
from ..pixels.luma import as_bytes
from .base import Effect, Number

Change = Callable[[NDArray[np.uint8], int, int], NDArray[np.uint8]]
"""Makes a new plane of one, given how many pixels its samples cover (1 or 2), and what lies beyond the frame."""


class Crop(Effect):
    """Cuts a rectangle out of the frames.

    Example:
        >>> Crop(0.25, 0.0, 0.75, 1.0)(np.zeros((90, 160, 3), np.uint8)).shape
        (90, 80, 3)
        >>> Crop(left=10, top=20)(np.zeros((90, 160, 3), np.uint8)).shape
        (70, 150, 3)
    """

    def __init__(
        self, left: int | float = 0, top: int | float = 0, right: int | float = 1.0, bottom: int | float = 1.0
    ) -> None:
        """Choose the rectangle.

        Args:
            left: Its left side: whole numbers are pixels, floats are shares of the frame from 0.0 to 1.0, rounded to
                even pixels. The same holds for the others.
            top: Its top.
            right: Its right side, one pixel beyond; what is beyond the frame is cut off.
            bottom: Its bottom.

        Raises:
            ArgumentError: If one is neither, or the rectangle is empty.
        """
        sides = {"left": left, "top": top, "right": right, "bottom": bottom}
        self.left, self.top, self.right, self.bottom = (_check_side(name, value) for name, value in sides.items())
        for low, high in (("left", "right"), ("top", "bottom")):
            first, last = to_python(sides[low]), to_python(sides[high])
            if isinstance(first, int) == isinstance(last, int) and first >= last:
                raise ArgumentError(f"{low} must be less than {high}, got {first!r} and {last!r}")

    def locate(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) in pixels for a frame.

        Raises:
            ArgumentError: If nothing of the frame is left.
        """
        left, right = _to_pixels(self.left, width), _to_pixels(self.right, width)
        top, bottom = _to_pixels(self.top, height), _to_pixels(self.bottom, height)
        if left >= right or top >= bottom:
            raise ArgumentError(
                f"Crop({self.left!r}, {self.top!r}, {self.right!r}, {self.bottom!r}) leaves no pixel of a frame of "
                f"{width}x{height}"
            )
        return left, top, right, bottom

    def process_frame(self, frame: Frame) -> Frame:
        """Cut the rectangle out of the frame and its alphas."""
        left, top, right, bottom = self.locate(*frame.size)
        if (left, top, right, bottom) == (0, 0, *frame.size):
            return frame

        def cut(plane: NDArray[np.uint8], step: int, beyond: int) -> NDArray[np.uint8]:
            rows = slice(top // step, -(-bottom // step))
            return np.ascontiguousarray(plane[rows, left // step : -(-right // step)])

        # Chroma cannot be cut between two pixels that share it.
        return reshape(frame, cut, (right - left, bottom - top), is_aligned=left % 2 == top % 2 == 0)


def _check_side(name: str, value: Any) -> int | float:
    value = to_python(value)
    if is_whole_number(value) and value == 1 and name in ("right", "bottom"):
        raise ArgumentError(f"{name}=1 would be one pixel: write 1.0 for the {name} edge, or leave {name} out")
    if (is_whole_number(value) and value >= 0) or (is_number(value) and 0 <= value <= 1):
        result: int | float = value
        return result
    raise ArgumentError(
        f"{name} must be a whole number of pixels, or a share of the frame, a float from 0.0 to 1.0, got {value!r}"
    )


def _to_pixels(value: int | float, length: int) -> int:
    if isinstance(value, int):
        return min(value, length)
    return length if value == 1 else min(length, 2 * round(value * length / 2))


class Resize(Effect):
    """Scales the frames: by the mean of areas if they become smaller, else by a cubic.

    Example:
        >>> Resize(height=720)(np.zeros((1080, 1920, 3), np.uint8)).shape
        (720, 1280, 3)
        >>> bars = Resize(720, 720)(np.full((1080, 1920, 3), 9, np.uint8))
        >>> bars.shape, int(bars[0, 0, 0]), int(bars[360, 0, 0])
        ((720, 720, 3), 0, 9)
    """

    def __init__(self, width: int | None = None, height: int | None = None, *, fit: str = "contain") -> None:
        """Choose the size.

        Args:
            width: In pixels; if not given, the height and the frame's proportions say it, rounded to an even number.
            height: The same.
            fit: If both are given and have other proportions: "contain" fills the rest with black, "cover" cuts off
                what is too much, "stretch" changes the proportions.

        Raises:
            ArgumentError: If a size is no whole number of at least 1, or `fit` is none of these.
        """
        self.width = None if width is None else check_count("width", width, 1)
        self.height = None if height is None else check_count("height", height, 1)
        self.fit = check_choice("fit", fit, FITS)

    def process_frame(self, frame: Frame) -> Frame:
        """Scale the frame and its alphas."""
        old = frame.size
        new = self._find_size(*old)
        if new == old:
            return frame
        limit = get_pixel_limit(MAX_IMAGE_PIXELS if frame.info.stream.kind == "image" else MAX_VIDEO_PIXELS)
        if new[0] * new[1] > limit:
            raise ArgumentError(
                f"frames of {new[0]}x{new[1]} were asked for, and more than {limit} pixels are refused: choose a "
                f"smaller size, or set {VARIABLE}"
            )
        factors = new[0] / old[0], new[1] / old[1]
        kept, inner = old, new
        if self.fit == "cover":
            factor = max(factors)
            kept = _to_even(new[0] / factor, old[0]), _to_even(new[1] / factor, old[1])
        elif self.fit == "contain" and self.width is not None and self.height is not None:
            factor = min(factors)
            inner = _to_even(old[0] * factor, new[0]), _to_even(old[1] * factor, new[1])
        start = (old[0] - kept[0]) // 4 * 2, (old[1] - kept[1]) // 4 * 2
        corner = (new[0] - inner[0]) // 4 * 2, (new[1] - inner[1]) // 4 * 2

        def scale(plane: NDArray[np.uint8], step: int, beyond: int) -> NDArray[np.uint8]:
            rows, columns = (slice(start[i] // step, -(-(start[i] + kept[i]) // step)) for i in (1, 0))
            size = -(-inner[0] // step), -(-inner[1] // step)
            scaled = _scale(plane[rows, columns], size)
            if inner == new:
                return scaled
            out = np.full((-(-new[1] // step), -(-new[0] // step), *plane.shape[2:]), beyond, np.uint8)
            left, top = corner[0] // step, corner[1] // step
            out[top : top + size[1], left : left + size[0]] = scaled
            return out

        return reshape(frame, scale, new)

    def _find_size(self, width: int, height: int) -> tuple[int, int]:
        if self.width is None and self.height is None:
            return width, height
        if self.height is None:
            assert self.width is not None
            return self.width, max(2, 2 * round(height * self.width / width / 2))
        return self.width or max(2, 2 * round(width * self.height / height / 2)), self.height


def _to_even(length: float, most: int) -> int:
    return most if abs(length - most) < 1 else min(most, max(1, 2 * round(length / 2)))


def _scale(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    is_smaller = size[0] <= plane.shape[1] and size[1] <= plane.shape[0]
    how = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
    return as_bytes(cv2.resize(plane, size, interpolation=how))


class Rotate(Effect):
    """Turns the frames clockwise: by quarters exactly, by other angles within the frame's size.

    A quarter turn swaps width and height. What remains of an angle, at most 45 degrees, is turned about the middle
    and enlarged until no corner is empty: by cos a + r sin a, where r is the longer side over the shorter one.

    Example:
        >>> Rotate(90)(np.zeros((90, 160, 3), np.uint8)).shape
        (160, 90, 3)
    """

    tilt = Number(-45, 45, tunable="tilt", step=0.5)

    def __init__(self, angle: float = 90, *, fill: bool = True) -> None:
        """Choose the angle.

        Args:
            angle: Degrees clockwise, from -360 to 360.
            fill: Whether the frame is enlarged until no corner is empty; otherwise empty corners are black.

        Raises:
            ArgumentError: If it is no such number.
        """
        if not is_number(angle) or not -360 <= angle <= 360:
            raise ArgumentError(f"angle must be a number of degrees from -360 to 360, got {angle!r}")
        self.quarters = round(angle / 90) % 4
        self.tilt = float(angle) - 90 * round(angle / 90)
        self.fill = bool(fill)

    def process_frame(self, frame: Frame) -> Frame:
        """Turn the frame and its alphas."""
        width, height = frame.size
        if self.quarters:
            size = (height, width) if self.quarters % 2 else (width, height)
            # With pixels that are not square a quarter turn changes the number of columns.
            ratio = float(frame.info.stream.sample_aspect_ratio) if self.quarters % 2 else 1.0
            final = size if ratio == 1 else (max(2, 2 * round(size[0] / ratio**2 / 2)), size[1])

            def turn(plane: NDArray[np.uint8], step: int, beyond: int) -> NDArray[np.uint8]:
                turned = np.ascontiguousarray(np.rot90(plane, -self.quarters))
                return turned if final == size else _scale(turned, (-(-final[0] // step), -(-final[1] // step)))

            frame = reshape(frame, turn, final, is_aligned=width % 2 == height % 2 == 0)
        if self.tilt:
            width, height = frame.size
            frame = reshape(frame, self._tilt_plane, frame.size, is_aligned=width % 2 == height % 2 == 0)
        return frame

    def _tilt_plane(self, plane: NDArray[np.uint8], step: int, beyond: int) -> NDArray[np.uint8]:
        height, width = plane.shape[:2]
        radians = math.radians(abs(self.tilt))
        ratio = max(width, height) / min(width, height)
        zoom = math.cos(radians) + ratio * math.sin(radians) if self.fill else 1.0
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -self.tilt, zoom)
        # The samples beside the border are needed for the interpolation of the last row and column.
        mode = cv2.BORDER_REPLICATE if self.fill else cv2.BORDER_CONSTANT
        return as_bytes(
            cv2.warpAffine(plane, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=mode,
                           borderValue=(beyond, beyond, beyond))
        )  # fmt: skip


def reshape(frame: Frame, change: Change, size: tuple[int, int], *, is_aligned: bool = True) -> Frame:
    """Return a frame of another shape; alphas get the same change, and are 0 beyond the frame.

    Args:
        frame: The frame.
        change: Makes each new plane.
        size: The new (width, height).
        is_aligned: Whether the pixels that share a sample of chroma still share it.
    """
    alphas = frame.alpha, frame.matte_alpha
    frame.alpha = frame.matte_alpha = None  # `with_bgr` and `with_yuv` would scale them.
    colour = frame.info.stream.colour
    # A matrix that is not specified is guessed from the size: planes would get other colours.
    if frame.is_yuv and (not is_aligned or choose_matrix(colour, *size) != choose_matrix(colour, *frame.size)):
        frame.convert_to_bgr()
    if frame.is_yuv:
        from ..pixels.planes import allocate_frame, get_planes

        image = allocate_frame(*size, full_range=colour.full_range)
        parts = zip(get_planes(image), frame.planes, (1, 2, 2), (0 if colour.full_range else 16, 128, 128), strict=True)
        for out, plane, step, beyond in parts:
            out[...] = change(plane, step, beyond)
        result = frame.with_yuv(image)
    else:
        result = frame.with_bgr(change(frame.bgr, 1, 0))
    result.alpha, result.matte_alpha = (None if alpha is None else change(alpha, 1, 0) for alpha in alphas)
    if result.matte_alpha is not None:
        result.matte_alpha.flags.writeable = False
    return result
