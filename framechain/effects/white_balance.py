"""WhiteBalance: the colour of the light is estimated and taken out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..frame import Frame, StreamInfo
from ..pixels.image import shrink
from ..pixels.luma import as_bytes
from .base import Effect, Number

_SIDE = 160
# The Minkowski norm of "shades of grey": 1 is the mean (grey world), infinity the maximum (white patch).
_NORM = 6
_LEAST, _MOST = 0.5, 2.0
# Clipped pixels have lost their colour, and the darkest ones are noise.
_DARKEST, _BRIGHTEST = 8, 250
_INERTIA = 0.9

Gains = NDArray[np.float64]


class WhiteBalance(Effect):
    """Takes the colour of the light out of the frames; `warmth` adds some to taste.

    The light's colour is (mean of c^6)^(1/6) for each channel c of a small copy, without its darkest and its clipped
    pixels (Finlayson and Trezzi, Shades of gray and colour constancy, 2004); a pixel counts (smallest channel / largest
    channel)^2. Each channel is divided by that colour (von Kries), so that it changes by a factor of 0.5 to 2 and grey
    keeps its luma; in YUV by the matrix that does the same. In a stream the estimate follows slowly: a person who walks
    in must not change the wall's colour at once.

    Example:
        >>> blue_light = np.full((4, 4, 3), (140, 100, 100), np.uint8)
        >>> WhiteBalance(strength=1)(blue_light)[0, 0].tolist()
        [103, 103, 103]
    """

    strength = Number(0, 1, tunable="white_balance")
    warmth = Number(-1, 1, tunable="warmth")
    history: int | None = 60  # 0.9^60 is 0.2 %.

    def __init__(self, strength: float = 0.7, warmth: float = 0.0) -> None:
        """Choose how much is corrected.

        Args:
            strength: From 0, no correction, to 1: the whole of it.
            warmth: From -1, bluer, to 1, redder; 0 adds nothing.

        Raises:
            ArgumentError: If one is no such number.
        """
        self.strength, self.warmth = strength, warmth
        self._estimate: Gains | None = None

    def process_frame(self, frame: Frame) -> Frame:
        """Correct a frame, in the layout that it has."""
        if self.strength == 0 and self.warmth == 0:
            return frame
        luma = _read_luma_weights(frame)
        gains = self._follow(_estimate_light(frame), is_still=frame.info.stream.kind == "image") ** self.strength
        gains = gains * np.exp(0.25 * self.warmth * np.array([-1.0, 0.0, 1.0]))
        gains /= luma @ gains
        if frame.is_yuv:
            return _multiply_yuv(frame, gains)
        levels = np.arange(256)[:, None] * gains
        table = np.rint(levels).clip(0, 255).astype(np.uint8)[None]
        return frame.with_bgr(as_bytes(cv2.LUT(frame.bgr, table)))

    def _follow(self, found: Gains, *, is_still: bool) -> Gains:
        """Return the gains of B, G and R, averaged over the stream."""
        if is_still:
            return found
        earlier = self._estimate
        self._estimate = found if earlier is None else earlier**_INERTIA * found ** (1 - _INERTIA)
        return self._estimate

    def open(self, stream: StreamInfo) -> None:
        """Begin with the light of a new stream."""
        self.reset()

    def reset(self) -> None:
        """Forget the light."""
        self._estimate = None


def _estimate_light(frame: Frame) -> Gains:
    """Return what B, G and R must be multiplied by for a grey light."""
    width, height = frame.size
    scale = min(1, _SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if frame.is_yuv:
        from ..pixels.convert import convert_to_small_rgb

        small = convert_to_small_rgb(frame.yuv, frame.info.stream.colour, *size)[..., ::-1]
    else:
        small = shrink(frame.planes[0], *size)
    pixels = small.reshape(-1, 3)
    pixels = pixels[(pixels.min(1) >= _DARKEST) & (pixels.max(1) <= _BRIGHTEST)]
    if not len(pixels):
        return np.ones(3)
    # A colour of its own, such as an orange jacket, says little of the light.
    greyness = (pixels.min(1) / pixels.max(1)) ** 2
    light = np.average((pixels / 255.0) ** _NORM, axis=0, weights=greyness) ** (1 / _NORM)
    return np.asarray((light.mean() / light).clip(_LEAST, _MOST))


def _read_luma_weights(frame: Frame) -> Gains:
    """Return the shares of B, G and R in Y."""
    from ..pixels.colour import choose_matrix
    from ..pixels.convert import get_luma_weights

    red, blue = get_luma_weights(choose_matrix(frame.info.stream.colour, *frame.size))
    return np.array([blue, 1 - red - blue, red])


def _multiply_yuv(frame: Frame, gains: Gains) -> Frame:
    from ..pixels.colour import choose_matrix
    from ..pixels.convert import make_rgb_matrix

    colour = frame.info.stream.colour
    to_rgb = make_rgb_matrix(choose_matrix(colour, *frame.size), colour.full_range)
    linear, offset, by = to_rgb[:, :3], to_rgb[:, 3], gains[::-1]
    back = np.linalg.inv(linear)
    matrix = np.hstack([back @ (by[:, None] * linear), (back @ (by * offset - offset))[:, None]])
    # Grey keeps its luma, so that Y changes by something that depends on chroma alone, and has its size.
    matrix[0] += (-1, 0, 0, 128)
    y, u, v = frame.planes
    half = as_bytes(cv2.resize(y, u.shape[::-1], interpolation=cv2.INTER_AREA))
    change, *chroma = cv2.split(as_bytes(cv2.transform(cv2.merge([half, u, v]), matrix)))
    result = frame.make_blank()
    whole = cv2.resize(change, y.shape[::-1], interpolation=cv2.INTER_LINEAR)
    for out, plane in zip(result.planes, (cv2.addWeighted(y, 1, whole, 1, -128), *chroma), strict=True):
        out[...] = plane
    return result
