"""Light of the new background that spills over the foreground's edge, as if one camera had filmed both."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import Plane, shrink

# Light is computed on a frame this many times smaller, but on no fewer pixels a side than this.
_SHRINKING = 4
_MIN_SIDE = 180
# Shares of the frame's shorter side: how far light reaches into the foreground, and how far the background is blurred.
_REACH = 0.02
_SPREAD = 0.04
_NO_CHROMA = 128


def wrap_light(
    foreground: Sequence[Plane], background: Sequence[Plane], alphas: Sequence[Plane], share: float, *, full_range: bool
) -> list[Plane]:
    """Light the foreground's rim with the background.

    A light wrap (Wright, "Digital Compositing for Film and Video"): the blurred background is added inside the matte,
    where a blur of its inverse reaches. Bright pixels receive less, as in a screen blend, so that nothing clips:
    F + share blur(1 - a) (1 - luma(F)) blur(B). A black background adds nothing.

    Args:
        foreground: A BGR image as the only plane, or Y, U and V; not changed.
        background: The background's planes.
        alphas: The alpha of each plane, 255 = foreground.
        share: The strength in [0, 1].
        full_range: Whether Y, if there is one, spans 0..255 instead of 16..235.

    Returns:
        The planes, changed within some 2 % of the shorter side on either side of the edge.

    Example:
        >>> alpha = np.repeat([[0, 255]], 180, axis=1).repeat(360, axis=0).astype(np.uint8)
        >>> grey, white = np.full((360, 360, 3), 100, np.uint8), np.full((360, 360, 3), 255, np.uint8)
        >>> wrap_light([grey], [white], [alpha], 0.5, full_range=True)[0][180, [180, 182, 184, 200], 0].tolist()
        [135, 122, 111, 100]
    """
    is_bgr = len(foreground) == 1
    height, width = foreground[0].shape[:2]
    shrinking = max(1, min(_SHRINKING, min(width, height) // _MIN_SIDE))
    small = max(1, width // shrinking), max(1, height // shrinking)
    luma = shrink(foreground[0], *small)
    if is_bgr:
        luma = np.asarray(cv2.cvtColor(luma, cv2.COLOR_BGR2GRAY), np.uint8)
    black, levels = (0, 255) if is_bgr or full_range else (16, 219)
    darkness = np.clip((levels + black - luma.astype(np.float32)) / np.float32(levels), 0, 1)
    # Half the share on the edge, none deep inside: the alpha of the smallest plane is the cheapest to shrink.
    gain = _blur(255 - shrink(alphas[-1], *small), _REACH) * (darkness * np.float32(share / 255))
    result = []
    for plane, other, unlit in zip(foreground, background, (black, _NO_CHROMA, _NO_CHROMA), strict=False):
        light = _blur(shrink(other, *small), _SPREAD).astype(np.float32) - unlit
        light *= cv2.merge([gain] * 3) if plane.ndim == 3 else gain
        # Chroma may fall; light of BGR only grows, and bytes are resized faster.
        steps = np.rint(light).astype(np.uint8 if is_bgr else np.int16)
        added = cv2.resize(steps, plane.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        result.append(np.asarray(cv2.add(plane, added, dtype=cv2.CV_8U), np.uint8))
    return result


def _blur(plane: Plane, reach: float) -> NDArray[np.uint8]:
    """Blur twice with a box: unlike a Gaussian it ends at its reach."""
    side = 2 * max(1, round(reach * min(plane.shape[:2]) / 2)) + 1
    for _ in range(2):
        # The frame's border is no edge of the foreground: what lies beyond repeats it.
        plane = np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REPLICATE), np.uint8)
    return plane
