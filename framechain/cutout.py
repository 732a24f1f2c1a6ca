"""`framechain.cut_out`: the people of one image, in one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .backgrounds.plain import Color, Picture
from .backgrounds.transparent import Transparent
from .basics.arguments import NONE_ADVICE
from .contracts import Background
from .engine.engine import Engine
from .errors import ArgumentTypeError
from .files.paths import PathLike
from .mattes.selfie.matte import MediaPipeMatte
from .objects.replacement import BackgroundReplacement
from .pixels.image import Image
from .sinks.target import NO_OUTPUT
from .sources.contents import Content, is_content
from .sources.open import open_source

Behind = Sequence[int] | PathLike | NDArray[Any] | Content | Callable[..., Image]
"""What `cut_out` takes as a background."""


def cut_out(
    image: PathLike | NDArray[Any] | Content, background: Behind | None = None, *, quality: str = "best"
) -> Image:
    """Cut the people out of an image.

    Edge pixels, in which the person's colours and those of the old background are mixed, get the person's alone.

    Args:
        image: A path, an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA, bytes, or a binary file open for reading.
        background: What to lay the people over: a colour (blue, green, red); an image as above, scaled to cover the
            frame; or a background such as `framechain.backgrounds.Blur()`, any callable `frame -> frame`. None for
            nothing.
        quality: "fast", "balanced" or "best", see `framechain.mattes.MediaPipeMatte`. The models are loaded for each
            call, which takes some 5 ms; a `BackgroundReplacement` that is kept and called with arrays loads them once.

    Returns:
        uint8 (H, W, 4) BGRA, colours straight, not multiplied by alpha; with a background uint8 (H, W, 3) BGR.

    Raises:
        ArgumentTypeError: If image or background is none of these.
        ArgumentError: If there is no such quality, or a colour is out of range.
        MissingInputError: If there is no such file.
        MediaError: If it is no image.
        DependencyError: If MediaPipe cannot be loaded.

    Example:
        >>> cut_out("samples/portrait.jpg", quality="fast").shape
        (512, 512, 4)
        >>> cut_out("samples/portrait.jpg", (0, 255, 0), quality="fast")[0, 0].tolist()
        [0, 255, 0]
    """
    if image is None:
        raise ArgumentTypeError(f"image must be a path, an array, bytes or an open file, got None{NONE_ADVICE}")
    replacement = BackgroundReplacement(MediaPipeMatte(quality=quality), _make_background(background))
    return Engine(custom_objects=[replacement], progress=False).process_image(image, NO_OUTPUT)


def _make_background(given: Any) -> Background | Callable[..., Image]:
    if given is None:
        return Transparent()
    if isinstance(given, np.ndarray) and given.ndim > 1:
        return Picture(given)
    if isinstance(given, str | os.PathLike):
        return Picture(given)
    if is_content(given):
        with open_source(given, kind="image") as source:
            return Picture(next(iter(source)).bgr)
    if isinstance(given, Sequence | np.ndarray):
        return Color(given)  # type: ignore[arg-type]
    if callable(given):
        return given  # type: ignore[no-any-return]
    raise ArgumentTypeError(
        "background must be (blue, green, red), a path, an array, bytes, a binary file open for reading, a callable "
        f"frame -> frame, or None; got {given!r:.80}"
    )
