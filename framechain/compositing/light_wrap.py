"""Light of the new background that spills over a person's edge, as if both had been before the same camera."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import shrink

Pixels = NDArray[np.uint8]

# It is made on a picture this much smaller, but not below this many pixels.
_SMALLER = 4
_LEAST_SIDE = 180
# How far it reaches into the person and how far the background's light is spread, of the frame's shorter side.
_REACH = 0.02
_SPREAD = 0.04
# Black and the range from there to white, in full and in limited range.
_LEVELS = {True: (0, 255), False: (16, 219)}
_NO_COLOUR = 128


def wrapped(frame: Pixels, behind: Pixels, alpha: Pixels, share: float) -> Pixels:
    """Light a person's rim with what is put behind.

    A light wrap (Wright, "Digital Compositing for Film and Video"): inside the matte, where a blur of its inverse
    reaches, the blurred background is added. As with a screen the less, the brighter the person is already, so
    that nothing burns out: F + share blur(1 - a) (1 - luma(F)) blur(B). A black background adds nothing.

    Args:
        frame: uint8 (H, W, 3) BGR: the person; left as it is.
        behind: uint8 (H, W, 3) BGR: what will be behind.
        alpha: uint8 (H, W), 255 = person. What is laid over `behind` by it has light inside the matte only.
        share: How much, in [0, 1].

    Returns:
        uint8 (H, W, 3): changed within some 2 % of the shorter side, on either side of the edge.

    Example:
        >>> alpha = np.repeat([[0, 255]], 180, axis=1).repeat(360, axis=0).astype(np.uint8)
        >>> grey, white = np.full((360, 360, 3), 100, np.uint8), np.full((360, 360, 3), 255, np.uint8)
        >>> wrapped(grey, white, alpha, 0.5)[180, [180, 182, 184, 200], 0].tolist()
        [135, 122, 111, 100]
    """
    height, width = alpha.shape
    small = _small(width, height)
    darkness = 255 - np.asarray(cv2.cvtColor(shrink(frame, *small), cv2.COLOR_BGR2GRAY), np.float32)
    gain = _gain(shrink(alpha, *small), darkness / np.float32(255), share)
    light = cv2.multiply(_spread(shrink(behind, *small)), cv2.merge([gain] * 3), dtype=cv2.CV_8U)
    full = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(frame, full, dst=full), np.uint8)


def wrap_light_planes(
    front: Sequence[Pixels], behind: Sequence[Pixels], alpha_half: Pixels, share: float, *, full_range: bool
) -> list[Pixels]:
    """The same in Y, U and V, where light is added as a difference.

    Args:
        front: The person's planes; left as they are.
        behind: The planes of what will be behind.
        alpha_half: uint8, the size of U and V, 255 = person.
        share: How much, in [0, 1].
        full_range: Whether Y spans 0..255.

    Returns:
        Y, U and V.
    """
    black, levels = _LEVELS[full_range]
    height, width = front[0].shape
    small = _small(width, height)
    luma = shrink(front[0], *small).astype(np.float32)
    darkness = np.clip((levels + black - luma) / np.float32(levels), 0, 1)
    gain = _gain(shrink(alpha_half, *small), darkness, share)
    result = []
    for plane, other, nothing in zip(front, behind, (black, _NO_COLOUR, _NO_COLOUR), strict=True):
        light = (_spread(shrink(other, *small)).astype(np.float32) - nothing) * gain
        added = cv2.resize(np.rint(light).astype(np.int16), plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
        result.append(np.asarray(cv2.add(plane, added, dtype=cv2.CV_8U), np.uint8))
    return result


def _small(width: int, height: int) -> tuple[int, int]:
    smaller = max(1, min(_SMALLER, min(width, height) // _LEAST_SIDE))
    return max(1, width // smaller), max(1, height // smaller)


def _gain(alpha: Pixels, darkness: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """How much of the background's light each pixel takes: half the share on the edge, none deep inside."""
    # Twice a box: nothing is left at its end, as with a Gaussian there would be.
    near = _blurred(255 - alpha, _REACH)
    return np.asarray(near * (darkness * np.float32(share / 255)), np.float32)


def _spread(picture: Pixels) -> Pixels:
    return _blurred(picture, _SPREAD)


def _blurred(picture: Pixels, reach: float) -> Pixels:
    side = 2 * max(1, round(reach * min(picture.shape[:2]) / 2)) + 1
    for _ in range(2):
        # What goes on beyond the frame is what is at its border: that is no edge of the person.
        picture = np.asarray(cv2.blur(picture, (side, side), borderType=cv2.BORDER_REPLICATE), np.uint8)
    return picture
