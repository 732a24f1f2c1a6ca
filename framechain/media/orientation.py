"""Which way up a video is to be shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..pixels.pyav import av

_DISPLAY_MATRIX_ONE = 1 << 16


def read_orientation(image: av.VideoFrame) -> tuple[int, bool]:
    """Return how an image is brought upright.

    The display matrix holds nine 16.16 fixed-point numbers a b u / c d v / x y w; a b c d alone turn and mirror
    (ISO/IEC 14496-12, 6.2.2). Angles between the quarters are rounded to the nearest.

    Args:
        image: A decoded image.

    Returns:
        Clockwise quarter turns, and whether to mirror first.
    """
    try:
        data: Any = image.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # PyAV cannot list some kinds of data, such as EXIF. It knows the angle, counterclockwise, but no mirroring.
        return round(-image.rotation / 90) % 4, False
    if data is None:
        return 0, False
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(float) / _DISPLAY_MATRIX_ONE
    is_mirrored = a * d - b * c < 0
    # (1, 0) goes to (a, b) with y down, hence clockwise; after mirroring first, (-1, 0) does.
    angle = np.degrees(np.arctan2(-b, -a) if is_mirrored else np.arctan2(b, a))
    return round(angle / 90) % 4, bool(is_mirrored)
