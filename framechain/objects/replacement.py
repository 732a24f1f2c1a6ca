"""Background replacement: any matte with any background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..adapters import adapt_background, unwrap
from ..arguments import check_number
from ..compositing.decontamination import decontaminate
from ..compositing.light_wrap import wrap_light
from ..compositing.over import composite_planes
from ..frame import Frame, FrameInfo, StreamInfo, make_image_info
from ..pixels.image import Image, Plane
from ..results import call_hook
from ..tunables import Tunable
from .matte_caller import MATTE_TIMEOUT
from .matte_object import MatteObject
from .replacement_controls import ReplacementControls, to_grey_image


class BackgroundReplacement(MatteObject):
    """Cuts out what a matte finds and lays it over a background.

    Matte and background are `Matte` and `Background` objects or callables, see `framechain.contracts`. Both get the
    hooks of this object: `open`, `close`, `reset`, `on_key`.

    A live stream never shows a frame whose matte is missing: it is covered, see `MatteObject`.

    Attributes:
        light_wrap: The strength of the light wrap, in [0, 1].

    Example:
        >>> import numpy as np
        >>> from framechain.backgrounds import Color
        >>> def left_half(frame):
        ...     alpha = np.zeros(frame.shape[:2], np.uint8)
        ...     alpha[:, : frame.shape[1] // 2] = 255
        ...     return alpha
        >>> replace = BackgroundReplacement(left_half, Color((0, 255, 0)))
        >>> replace(np.full((2, 4, 3), 9, np.uint8))[0, :, 1].tolist()
        [9, 9, 255, 255]
    """

    def __init__(
        self,
        matte: Callable[..., NDArray[Any]],
        background: Callable[..., Image],
        *,
        threshold: float | None = None,
        softness: float | None = None,
        choke: float = 0.0,
        feather: float = 0.0,
        light_wrap: float = 0.0,
        matte_only: bool = False,
        matte_timeout: float | None = MATTE_TIMEOUT,
    ) -> None:
        """Join a matte and a background.

        Args:
            matte: Who is foreground.
            background: What replaces the rest.
            threshold: The matte's value, in [0, 1], that becomes half transparent: the middle of the edge. None for
                the matte's own (`Matte.edge`); without one its values are alpha.
            softness: Half the width of the edge in the matte's values, in [0, 1]; 0 for a hard cut.
            choke: How many pixels the edge moves inwards; outwards if negative.
            feather: How many pixels the edge is blurred; if negative, how many times steeper it becomes.
            light_wrap: How much of the new background's light spills over the edge, in [0, 1]; none if the scene
                itself is shown.
            matte_only: Whether to return the alpha as a grey image.
            matte_timeout: Seconds that the matte may take for a frame of a live stream, where it runs in a thread of
                its own; None for no limit and no thread.

        Raises:
            ArgumentError: If a number is out of range.
            ArgumentTypeError: If matte or background is not callable.
        """
        super().__init__(
            matte,
            threshold=threshold,
            softness=softness,
            choke=choke,
            feather=feather,
            matte_timeout=matte_timeout,
        )
        self.background = background
        self.light_wrap = check_number("light_wrap", light_wrap, 0, 1)
        self._controls = ReplacementControls(self._shape)
        self.matte_only = matte_only

    @property
    def background(self) -> Callable[..., Image]:
        """What replaces the background; may be set while running."""
        background: Callable[..., Image] = unwrap(self._background)
        return background

    @background.setter
    def background(self, background: Callable[..., Image]) -> None:
        self._background = adapt_background(background)

    @property
    def view(self) -> str:
        """What is returned: the "result", the "matte" in grey, or "both" side by side; may be set while running."""
        return self._controls.view

    @view.setter
    def view(self, view: str) -> None:
        self._controls.view = view

    @property
    def matte_only(self) -> bool:
        """True if the matte is returned instead of the result; may be set while running."""
        return self.view == "matte"

    @matte_only.setter
    def matte_only(self, only: bool) -> None:
        self.view = "matte" if only else "result"

    @property
    def gives_alpha(self) -> bool:  # type: ignore[override]
        """True if frames come out as BGRA: with `Transparent` as background."""
        return self._background.gives_alpha and self.view == "result"

    @property
    def _works_on_yuv(self) -> bool:
        return super()._works_on_yuv and self._background.works_on_yuv and not self._matte.corrects_foreground

    def use_alpha(self, frame: Frame, alphas: list[Plane]) -> Frame:
        """Return what a viewer sees of a frame.

        Args:
            frame: The frame.
            alphas: The finished alpha of each of its planes.
        """
        if self.view == "matte":
            return frame.with_bgr(to_grey_image(alphas[0]))
        result = self._lay_over_background(frame, alphas)
        if self.gives_alpha:
            result.alpha = alphas[0]
            return result
        if self.view == "both":
            result = frame.with_bgr(self._controls.show(result.bgr, alphas[0]))
        self._draw_status(result)
        return result

    def _lay_over_background(self, frame: Frame, alphas: list[Plane]) -> Frame:
        """Composite plane by plane: BGR is one plane of three channels, YUV three planes."""
        result = frame.make_blank()
        front, out = list(frame.planes), result.planes
        self._background.render(out, front, alphas, frame.info)
        shows_scene = self._background.shows_scene
        if self._matte.corrects_foreground:
            front = [self._matte.correct_foreground(front[0], alphas[0])]
        elif self._matte.mixes_edges and not shows_scene:
            front = [decontaminate(plane, alpha) for plane, alpha in zip(front, alphas, strict=True)]
        if self.light_wrap and not (shows_scene or self.gives_alpha):
            full_range = frame.info.stream.colour.full_range
            front = wrap_light(front, out, alphas, self.light_wrap, full_range=full_range)
        composite_planes(out, front, alphas)
        return result

    def cover(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Return the background alone.

        Args:
            frame: uint8 (H, W, 3) BGR; a background such as `Blur` shows it.
            info: Its place in the stream.

        Returns:
            uint8 (H, W, 3); with `Transparent` uint8 (H, W, 4).
        """
        nobody, background = np.zeros(frame.shape[:2], np.uint8), np.empty(frame.shape, np.uint8)
        info = info or make_image_info("frame", frame)
        self._background.render((background,), (frame,), (nobody,), info)
        if self.gives_alpha:
            return cv2.merge([background, nobody]).astype(np.uint8, copy=False)
        return self._controls.show(background, nobody)

    @property
    def keys(self) -> dict[str, str]:  # type: ignore[override]
        """The keys that are used, and what each does; the matte and the background come first."""
        return {**self._controls.keys, **self._background.keys, **self._matte.keys}

    def on_key(self, key: str) -> bool:
        """Offer a key press to the matte and the background, then to the view and the edge."""
        used = self._caller.on_key(key)
        if call_hook(self._background.name, "on_key", self._background.on_key, key) or used:
            return True
        return self._controls.on_key(key)

    @property
    def tunables(self) -> list[Tunable]:
        """Threshold and softness, if there is an edge to shape, and the numbers of matte and background."""
        return [*super().tunables, *self._background.tunables]

    def open(self, stream: StreamInfo) -> None:
        """Open matte and background."""
        super().open(stream)
        call_hook(self._background.name, "open", self._background.open, stream)

    def reset(self) -> None:
        """Let matte and background forget what they learnt."""
        super().reset()
        call_hook(self._background.name, "reset", self._background.reset)

    def close(self) -> None:
        """Release what matte and background hold; the next use makes it again."""
        try:
            super().close()
        finally:
            call_hook(self._background.name, "close", self._background.close)
