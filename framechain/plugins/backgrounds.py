"""The background that a text asks for."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..backgrounds import Blur, Color, Gallery, Transparent
from ..backgrounds.open import find_background_kind
from .calls import Call
from .convert import parse_colour


def describe_background(
    text: str, *, kernel: int | float | Sequence[int] = (35, 35), fit: str = "cover", argument: str = "background"
) -> Call:
    """Return the call that makes a background.

    Args:
        text: "blur", "transparent", a colour "#RRGGBB", or the path of an image, a video or a folder of images.
        kernel: The strength of the blur.
        fit: How an image or a video fills the frame.
        argument: What it is called in messages.

    Raises:
        FramechainError: If it is no colour, or an animated GIF that cannot be read.

    Example:
        >>> describe_background("#00ff00").spell()
        'Color((0, 255, 0))'
    """
    if text == "blur":
        return Call(Blur, kernel)
    if text == "transparent":
        return Call(Transparent)
    if text.startswith("#"):
        return Call(Color, parse_colour(argument, text))
    if os.path.isdir(text):
        return Call(Gallery, str(text), fit=fit)
    return Call(find_background_kind(text), str(text), fit=fit)
