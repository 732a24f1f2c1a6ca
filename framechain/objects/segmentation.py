"""MPSegmentation: people stay, the background is blurred, coloured or replaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from ..backgrounds import Blur, Color, Gallery, Picture
from ..backgrounds.open import open_background
from ..compositing.alpha_shape import DEFAULT_SOFTNESS
from ..compositing.placement import Place
from ..contracts import Background
from ..mattes.selfie.matte import MediaPipeMatte
from ..pixels.image import Image
from .matte_caller import MATTE_TIMEOUT
from .replacement import BackgroundReplacement


class MPSegmentation(BackgroundReplacement):
    """MediaPipe's selfie segmentation with a background of your choice.

    If several backgrounds are given, an image is preferred to a colour, and a colour to the blur.

    Example:
        >>> import numpy as np
        >>> segmentation = MPSegmentation(bg_color=(0, 255, 0))
        >>> segmentation(np.zeros((90, 160, 3), np.uint8))[0, 0].tolist()
        [0, 255, 0]
    """

    def __init__(
        self,
        bg_blur_ratio: int | float | Sequence[int] = (35, 35),
        bg_image: str | os.PathLike[str] | NDArray[Any] | None = None,
        threshold: float = 0.5,
        model_selection: int = 1,
        bg_images_path: str | os.PathLike[str] | None = None,
        bg_color: Sequence[int] | None = None,
        *,
        softness: float = DEFAULT_SOFTNESS,
        fit: str = "cover",
        quality: str | None = None,
        low_light: float = 0.0,
        choke: float = 0.0,
        feather: float = 0.0,
        light_wrap: float = 0.0,
        foreground: Callable[..., Image] | None = None,
        place: Place | None = None,
        matte_only: bool = False,
        strict: bool = False,
        matte_timeout: float | None = MATTE_TIMEOUT,
    ) -> None:
        """Choose model, edge and background.

        Args:
            bg_blur_ratio: Width and height of the blur's kernel in pixels, both odd; or a fraction of the frame's
                shorter side, such as 0.05.
            bg_image: An image as background: a path or an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA; or the path of
                a video or an animated GIF, which plays in time with the stream.
            threshold: Confidence, in [0, 1], at the middle of the edge: lower keeps more of the person.
            model_selection: The model for whole frames: 0 = general (256x256), 1 = landscape (256 wide, 144 high),
                which is faster.
            bg_images_path: A folder of images to step through with `change_image` or the keys a and d.
            bg_color: (blue, green, red), 0..255 each.
            softness: Half the width of the edge in confidence, in [0, 1]; 0 for a hard cut. No setting of the edge
                shows what is surely background.
            fit: How an image is fitted to the frame: "cover", "contain" or "stretch".
            quality: "fast", "balanced" or "best", see `MediaPipeMatte`; None for "balanced" in streams, or what the
                machine can hold on a camera, and "best" for single images.
            low_light: How much the frames that the model sees are lightened, from 0 to 1; the output keeps its light.
            choke: How many pixels the edge moves inwards; outwards if negative.
            feather: How many pixels the edge is blurred; if negative, how many times steeper it becomes.
            light_wrap: How much of the new background's light spills over the edge, in [0, 1]; none with the blur.
            foreground: An effect on the person alone, a callable `frame -> frame`.
            place: Where the person is placed, and how large; not with the blur.
            matte_only: Whether to return the finished alpha as a grey image; no background is seen then.
            strict: Whether as little of the room as possible is shown, at the cost of the edge.
            matte_timeout: Seconds the model may take for a frame of a live stream; None for no limit.

        Raises:
            ArgumentError: If a value is out of range.
            ArgumentTypeError: If `bg_image` is neither a path nor an image.
            MissingInputError: If an image or folder does not exist.
            MediaError: If a file is no image, or the folder has none.
        """
        blur = Blur(bg_blur_ratio)  # A wrong value is refused even if another background is used.
        color = None if bg_color is None else Color(bg_color)
        background: Background = color or blur
        # The tutorial passes bg_images_path='' for "none".
        if bg_image is not None and not (isinstance(bg_image, str) and not bg_image):
            if isinstance(bg_image, str | os.PathLike):
                background = open_background(bg_image, fit=fit)
            else:
                background = Picture(bg_image, fit=fit)
        elif bg_images_path:
            background = Gallery(bg_images_path, fit=fit)
        super().__init__(
            MediaPipeMatte(model_selection, quality=quality, low_light=low_light),
            background,
            threshold=threshold,
            softness=softness,
            choke=choke,
            feather=feather,
            light_wrap=light_wrap,
            foreground=foreground,
            place=place,
            matte_only=matte_only,
            strict=strict,
            matte_timeout=matte_timeout,
        )

    def change_image(self, prevOrNext: bool = True) -> bool:  # noqa: N803  (the tutorial's name)
        """Step to the next or the previous image of `bg_images_path`; return False if there is no other one."""
        return isinstance(self.background, Gallery) and self.background.step(prevOrNext)
