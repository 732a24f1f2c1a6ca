"""Background replacement: any matte with any background."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..adapters import adapt_background, adapt_matte, is_overridden, unwrap
from ..arguments import check_number
from ..compositing.alpha_shape import DEFAULT_SOFTNESS, AlphaShape
from ..compositing.decontamination import decontaminate
from ..compositing.light_wrap import wrap_light
from ..compositing.obscure import obscure
from ..compositing.over import composite_planes
from ..contracts import FrameObject
from ..errors import LateError, ObjectResultError
from ..frame import Frame, FrameInfo, StreamInfo, make_image_info
from ..pixels.image import Image, Plane, check_image
from ..pixels.text import draw_caption
from ..results import call_hook
from ..threads.worker import TimeLimit
from ..tunables import Tunable
from .replacement_controls import ReplacementControls, to_grey_image

MATTE_TIMEOUT = 1.0
"""Seconds that a matte may take for a frame of a live stream; most take a fiftieth of it."""


class BackgroundReplacement(FrameObject):
    """Cuts out what a matte finds and lays it over a background.

    Matte and background are `Matte` and `Background` objects or callables, see `framechain.contracts`. Both get the
    hooks of this object: `open`, `close`, `reset`, `on_key`.

    A live stream never shows a frame whose matte is missing. While the matte has a `status`, such as "learning the
    background", frames are covered as a whole; so are those for which it fails or takes too long (see
    `framechain.run.fail_closed`).

    Attributes:
        light_wrap: The strength of the light wrap, in [0, 1].
        draws_status: Whether the matte's status is drawn on the frame.

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

    hides_background = True
    draws_status = True

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
        self.matte = matte
        self.background = background
        self.light_wrap = check_number("light_wrap", light_wrap, 0, 1)
        self._limit = TimeLimit(matte_timeout)
        self._is_live = False
        self._shape = AlphaShape(choke=choke, feather=feather)
        if threshold is not None or softness is not None or self._matte.edge is not None:
            edge = self._matte.edge or (0.5, DEFAULT_SOFTNESS)
            self._shape.threshold = edge[0] if threshold is None else threshold
            self._shape.softness = edge[1] if softness is None else softness
        self._controls = ReplacementControls(self._shape)
        self.matte_only = matte_only
        self._overrides_alpha = is_overridden(self, "process_frame", "alpha")

    @property
    def matte(self) -> Callable[..., NDArray[Any]]:
        """Who is foreground; may be set while running."""
        matte: Callable[..., NDArray[Any]] = unwrap(self._matte)
        return matte

    @matte.setter
    def matte(self, matte: Callable[..., NDArray[Any]]) -> None:
        self._matte = adapt_matte(matte)

    @property
    def background(self) -> Callable[..., Image]:
        """What replaces the background; may be set while running."""
        background: Callable[..., Image] = unwrap(self._background)
        return background

    @background.setter
    def background(self, background: Callable[..., Image]) -> None:
        self._background = adapt_background(background)

    @property
    def threshold(self) -> float | None:
        """The middle of the edge, in [0, 1]; None if the matte's values are alpha. May be set while running."""
        return self._shape.threshold

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        self._shape.threshold = value

    @property
    def softness(self) -> float:
        """Half the width of the edge, in [0, 1]; may be set while running."""
        return self._shape.softness

    @softness.setter
    def softness(self, value: float) -> None:
        self._shape.softness = value

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
    def status(self) -> str | None:  # type: ignore[override]
        """The matte's status, such as "learning the background"; None if there is none."""
        return self._matte.status

    def __call__(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Replace the background of an image.

        Args:
            frame: uint8 (H, W, 3) BGR.
            info: Its place in the stream; an `Engine` fills it in.

        Returns:
            uint8 (H, W, 3); with `Transparent` uint8 (H, W, 4).

        Raises:
            ArgumentTypeError: If `frame` is no such array.
            ObjectResultError: If the matte or the background returns something else than it should.
        """
        frame = check_image(frame)
        return self.process_frame(Frame(info or make_image_info("frame", frame), bgr=frame)).to_array()

    def process_frame(self, frame: Frame) -> Frame:
        """Replace the background of a frame, in YUV if matte and background both support it."""
        if self._overrides_alpha:
            return self._composite(frame, [self.alpha(frame.bgr, frame.info)])
        return self._replace(frame, self._estimate(frame))

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        """Estimate the matte of a later frame while an earlier one is composited, if the matte allows it."""
        if self._is_live or not (self._matte.can_prepare and self._works_on_yuv and frame.is_yuv):
            return None
        confidence = self._estimate(frame)
        return lambda frame: self._replace(frame, confidence)

    def alpha(self, frame: Image, info: FrameInfo | None = None) -> NDArray[np.uint8]:
        """Return the shaped matte of an image; a subclass may override it.

        Args:
            frame: uint8 (H, W, 3) BGR.
            info: Its place in the stream.

        Returns:
            uint8 (H, W), 255 = foreground.
        """
        height, width = frame.shape[:2]
        confidence = self._estimate(Frame(info or make_image_info("frame", frame), bgr=frame))
        return self._shape.apply(confidence, width, height, subsampled=False)[0]

    @property
    def _works_on_yuv(self) -> bool:
        if self._overrides_alpha or self._matte.corrects_foreground:
            return False
        return self._matte.works_on_yuv and self._background.works_on_yuv

    def _estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the matte's own result, within the time limit of a live stream."""
        if not self._works_on_yuv:
            frame.convert_to_bgr()
        found = self._limit.call(self._matte.name, lambda: self._matte.estimate(frame))
        if isinstance(found, np.ndarray) and found.dtype == np.uint8 and found.ndim == 2 and found.size:
            return found
        what = f"{found.dtype} of shape {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
        raise ObjectResultError(f"the matte {self._matte.name} returned {what} instead of uint8 (height, width)")

    def _replace(self, frame: Frame, confidence: NDArray[np.uint8]) -> Frame:
        if not self._works_on_yuv:
            frame.convert_to_bgr()
        return self._composite(frame, self._shape.apply(confidence, *frame.size, subsampled=frame.is_yuv))

    def _composite(self, frame: Frame, alphas: list[Plane]) -> Frame:
        """Return what a viewer sees of a frame, given the alpha of each of its planes."""
        if self._is_live and self.status is not None:
            covered = frame.with_bgr(self.cover(obscure(frame.read_bgr()), frame.info))
            self._draw_status(covered)
            return covered
        if self.view == "matte":
            return frame.with_bgr(to_grey_image(alphas[0]))
        result = self._lay_over_background(frame, alphas)
        if self.gives_alpha:
            # A copy: the matte may keep its array and fill it again for the next frame.
            result.alpha = alphas[0].copy()
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

    def _draw_status(self, frame: Frame) -> None:
        if self.draws_status and (status := self.status) is not None:
            draw_caption(frame.bgr, status)

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
        used = False
        # A matte that hangs in a call must not be called from another thread; its next frame reports the error.
        if not self._limit.hangs:
            with contextlib.suppress(LateError):
                used = self._call_matte("on_key", self._matte.on_key, key)
        if call_hook(self._background.name, "on_key", self._background.on_key, key) or used:
            return True
        return self._controls.on_key(key)

    @property
    def tunables(self) -> list[Tunable]:
        """Threshold and softness, if there is an edge to shape, and the numbers of matte and background."""
        return [*self._controls.tunables, *self._matte.tunables, *self._background.tunables]

    def open(self, stream: StreamInfo) -> None:
        """Open matte and background."""
        self._is_live = stream.live
        self._limit.begin(live=stream.live)
        self._call_matte("open", self._matte.open, stream, patiently=True)
        call_hook(self._background.name, "open", self._background.open, stream)

    def reset(self) -> None:
        """Let matte and background forget what they learnt."""
        self._call_matte("reset", self._matte.reset)
        call_hook(self._background.name, "reset", self._background.reset)

    def close(self) -> None:
        """Release what matte and background hold; the next use makes it again."""
        try:
            # The model of a matte that hangs in a call must stay.
            if not self._limit.hangs:
                self._call_matte("close", self._matte.close, patiently=True)
        finally:
            self._is_live = False
            self._limit.end()
            call_hook(self._background.name, "close", self._background.close)

    def _call_matte(self, hook: str, function: Callable[..., Any], *arguments: Any, patiently: bool = False) -> Any:
        """Call a hook of the matte in the thread in which it estimates."""
        name = self._matte.name
        return self._limit.call(name, lambda: call_hook(name, hook, function, *arguments), patiently=patiently)

    def __enter__(self) -> BackgroundReplacement:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
