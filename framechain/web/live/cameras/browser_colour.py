"""The YUV that browsers send and expect by WebRTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....frame import Frame
from ....pixels.colour import BT601, ColourSpace, choose_matrix
from ....pixels.convert import convert_to_yuv
from ....pixels.planes import get_planes, join_planes

if TYPE_CHECKING:
    from av import VideoFrame  # noqa: TID251  (for types only)

BROWSER_COLOUR = ColourSpace(BT601, False, BT601, BT601)
"""BT.601 in limited range: VP8 has no other matrix (RFC 6386, 9.2)."""


def convert_for_browser(frame: Frame) -> VideoFrame:
    """Return the pixels of a frame as an encoder for a browser needs them, over a checkerboard where transparent.

    Args:
        frame: A frame; others may have it too, it is only read.

    Returns:
        yuv420p that nobody else has.
    """
    colour, (width, height) = frame.info.stream.colour, frame.size
    fits = choose_matrix(colour, width, height) in (5, BT601) and not colour.full_range
    if frame.is_yuv and fits and frame.alpha is None:
        return join_planes(get_planes(frame.yuv), full_range=False)
    return convert_to_yuv(frame.preview(), BROWSER_COLOUR)
