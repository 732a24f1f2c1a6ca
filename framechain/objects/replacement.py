"""Any matte with any background."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arguments import number
from ..chain import Bound, Chain, check_frame, get_name
from ..compositing.alpha import choke_edge, doubled, feather_edge, make_edge_curve, scaled, to_alpha
from ..compositing.decontamination import decontaminate
from ..compositing.light_wrap import wrap_light_planes, wrapped
from ..compositing.obscure import obscure
from ..compositing.over import composite, composite_in_place, find_person_boxes
from ..errors import ArgumentError, ArgumentTypeError, ObjectResultError
from ..frame import Frame, FrameInfo, StreamInfo, make_still_info
from ..pixels.image import Image, fit, writable
from ..pixels.text import draw_caption
from ..threads.worker import TimeLimit
from .replacement_controls import Controls

Matte = Callable[..., NDArray[Any]]
"""`frame -> alpha`: uint8 (H, W) in 0..255 or float32 (H, W) in [0, 1], 1 = in front.

One with a parameter `may_be_smaller` is given True there, and may then answer at a smaller size, too."""

Background = Callable[..., Image]
"""`frame -> frame`; one with a parameter `alpha` is given the shaped matte, uint8 (H, W)."""

DEFAULT_SOFTNESS = 0.2
MATTE_TIMEOUT = 1.0
"""Seconds a matte may take for a frame of a live stream; most take a fiftieth of it."""


class BackgroundReplacement(Controls):
    """Cuts out what a matte finds and lays it over a background; a custom object for an `Engine`.

    Mattes and backgrounds are callables with the same optional hooks as custom objects (`open`, `close`,
    `on_key`, `reset`), which are passed on to them, and may take the frame's `FrameInfo` as `info`.

    On a live stream nobody sees what the matte has not answered for: while it has something to say in an attribute
    `status`, as that it is still learning the scene, frames are covered as a whole, and so are those for which it
    fails or takes too long (see `framechain.run.fail_closed`).

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
        matte: Matte,
        background: Background,
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

        A matte may say how its answer is best made an edge, by an attribute `edge = (threshold, softness)`; one
        that says nothing is taken to answer with true alpha, used as it is unless a threshold is given here.

        Args:
            matte: Who is in front.
            background: What goes behind.
            threshold: The matte's value, in [0, 1], that becomes half see-through: the middle of the edge.
            softness: Half the width of the edge in the matte's values, in [0, 1]; 0 for a hard cut.
            choke: By how many pixels the edge is moved inwards; outwards if negative.
            feather: By how many pixels the edge is blurred; if negative, how many times steeper it is made.
            light_wrap: How much of the new background's light spills over the edge, in [0, 1]; not of a blur's.
            matte_only: Whether to return the alpha itself as a grey picture.
            matte_timeout: Seconds the matte may take for a frame of a live stream, where it is called in a thread of
                its own; None for no limit and no thread.

        Raises:
            ArgumentError: If threshold, softness, light_wrap or matte_timeout is out of range.
            ArgumentTypeError: If matte or background is not callable.
        """
        self.matte = matte
        self.background = background
        self.matte_only = matte_only
        self._limit = TimeLimit(matte_timeout)
        self._live = False
        self.choke = _finite("choke", choke)
        self.feather = _finite("feather", feather)
        self.light_wrap = number("light_wrap", light_wrap, 0, 1)
        suggested: tuple[float, float] | None = getattr(matte, "edge", None)
        if threshold is None and softness is None and suggested is None:
            self._threshold, self._softness = None, DEFAULT_SOFTNESS
        else:
            usual = suggested or (0.5, DEFAULT_SOFTNESS)
            self._threshold = number("threshold", usual[0] if threshold is None else threshold, 0, 1)
            self._softness = number("softness", usual[1] if softness is None else softness, 0, 1)
        self._shape()

    @property
    def matte(self) -> Matte:
        """Who is in front; may be set while running."""
        return self._matte.thing

    @matte.setter
    def matte(self, matte: Matte) -> None:
        self._matte = _bound("matte", matte, "info", "may_be_smaller")

    @property
    def background(self) -> Background:
        """What goes behind; may be set while running."""
        return self._background.thing

    @background.setter
    def background(self, background: Background) -> None:
        self._background = _bound("background", background, "alpha", "info")
        render = getattr(background, "render_planes", None)
        self._render_planes = None if render is None else Bound(render, "front", "alpha_half", "colour", "info")

    @property
    def threshold(self) -> float | None:
        """The middle of the edge, in [0, 1]; None where the matte's answer is used as it is. May be set."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        self._threshold = None if value is None else number("threshold", value, 0, 1)
        self._shape()

    @property
    def softness(self) -> float:
        """Half the width of the edge, in [0, 1]; may be set while running."""
        return self._softness

    @softness.setter
    def softness(self, value: float) -> None:
        self._softness = number("softness", value, 0, 1)
        self._shape()

    def _shape(self) -> None:
        self._curve = None if self._threshold is None else make_edge_curve(self._threshold, self._softness)

    @property
    def gives_alpha(self) -> bool:
        """Whether frames come out as BGRA: with `Transparent` as background."""
        return bool(getattr(self.background, "gives_alpha", False)) and self.view == "result"

    def alpha(self, frame: Image, info: FrameInfo | None = None) -> NDArray[np.uint8]:
        """The shaped matte of a frame.

        Args:
            frame: uint8 (H, W, 3) BGR.
            info: Its place in the stream.

        Returns:
            uint8 (H, W), 255 = in front.

        Raises:
            ObjectResultError: If the matte returns something else.
        """
        raw = self._limit.call(get_name(self.matte), lambda: self._matte(frame, info=info, may_be_smaller=True))
        height, width = frame.shape[:2]
        try:
            if self._matte.asks("may_be_smaller"):
                smaller = to_alpha(raw, *(*np.shape(raw), 0, 0)[:2])
                return self._shaped(smaller, width, height)[0]
            alpha = to_alpha(raw, height, width)
        except ValueError as error:
            raise ObjectResultError(f"the matte {get_name(self.matte)} {error}") from error
        return self._finished(self._curved(alpha))

    def _curved(self, confidence: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return confidence if self._curve is None else np.asarray(cv2.LUT(confidence, self._curve), np.uint8)

    def _finished(self, alpha: NDArray[np.uint8], smaller: int = 1) -> NDArray[np.uint8]:
        """Alpha with its edge moved and feather_edge; of a picture so many times smaller than the frame."""
        if self.choke:
            alpha = choke_edge(alpha, self.choke / smaller)
        return feather_edge(alpha, self.feather / smaller if self.feather > 0 else self.feather)

    @property
    def _takes_background_out(self) -> bool:
        """Whether soft edges are cleaned of the old background: not where it is what is put behind."""
        mixed = getattr(self.matte, "mixed_edges", False)
        return bool(mixed) and not getattr(self.background, "shows_scene", False)

    @property
    def _wraps(self) -> bool:
        """Whether light spills over the edge: not where there is no other light than before, or none at all."""
        unlit = getattr(self.background, "shows_scene", False) or self.gives_alpha
        return self.light_wrap > 0 and not unlit

    def __call__(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Replace what is behind.

        Args:
            frame: uint8 (H, W, 3) BGR; written to if it is C-contiguous and may be.
            info: Its place in the stream; an `Engine` fills it in.

        Returns:
            uint8 (H, W, 3): the same array if it was written to; with `Transparent` uint8 (H, W, 4).

        Raises:
            ArgumentTypeError: If `frame` is no such array.
            ObjectResultError: If the matte or the background returns something else than it should.
        """
        frame = writable(frame)
        alpha = self.alpha(frame, info)
        if self._live and self.status is not None:
            return self._captioned(self.cover(obscure(frame), info))
        if self.view == "matte":
            return self.as_viewed(None, alpha)
        behind = self._behind(frame, alpha, info)
        # A hook that some mattes have, such as one for a green screen, whose colour is cast on the person.
        clean = getattr(self.matte, "clean_foreground", None)
        if clean is not None:
            frame = clean(frame, alpha)
        elif self._takes_background_out:
            cleaned = decontaminate(frame, alpha)
            if cleaned is not frame:
                frame[...] = cleaned
        if self._wraps:
            frame = wrapped(frame, behind, alpha, self.light_wrap)
        result = composite(frame, behind, alpha)
        if self.gives_alpha:
            return cv2.merge([result, alpha]).astype(np.uint8, copy=False)
        return self._captioned(self.as_viewed(result, alpha))

    def _behind(self, frame: Image, alpha: NDArray[np.uint8], info: FrameInfo | None) -> Image:
        behind = self._background(frame, alpha=alpha, info=info)
        behind = check_frame(behind, self.background, info or make_still_info("frame", frame))
        return behind if behind.shape == frame.shape else fit(behind, frame.shape[1], frame.shape[0])

    def _captioned(self, result: Image) -> Image:
        if self.captions and (status := self.status) is not None:
            draw_caption(result, status)
        return result

    def cover(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """The background alone, as if nobody were in front.

        Args:
            frame: uint8 (H, W, 3) BGR; what a background such as `Blur` shows of it is seen.
            info: Its place in the stream.

        Returns:
            uint8 (H, W, 3); with `Transparent` uint8 (H, W, 4).

        Raises:
            ObjectResultError: If the background returns something else than it should.
        """
        nobody = np.zeros(frame.shape[:2], np.uint8)
        behind = self._behind(frame, nobody, info)
        if self.gives_alpha:
            return cv2.merge([behind, nobody]).astype(np.uint8, copy=False)
        return self.as_viewed(behind.copy(), nobody)

    @property
    def status(self) -> str | None:
        """What the matte has to say to the viewer, such as that it is still learning the scene."""
        status: str | None = getattr(self.matte, "status", None)
        return status

    def look_ahead(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        """Find who is in front of a frame that is still to come, while the one before it is composited.

        Args:
            frame: A frame as it came from the source, still in YUV.

        Returns:
            What does the rest of `process_planes`; None where that has to do all: mattes that allow it say so by
            an attribute `looks_ahead = True`, as those that learn from what is shown and react to keys cannot.
        """
        if self._live or not (getattr(self.matte, "looks_ahead", False) and self._stays_in_planes):
            return None
        confidence = self._confidence(frame)
        return lambda frame: self._replaced(frame, confidence)

    def process_planes(self, frame: Frame) -> Frame:
        """Replace what is behind without leaving YUV, where matte and background both can.

        The person's pixels reach the encoder as they came. Mattes can that have a method
        `alpha_of_planes(picture, colour)`, which may answer at a smaller size; backgrounds that have
        `render_planes(out, ...)` with any of the parameters front, alpha_half, colour and info.

        Args:
            frame: A frame that is still in YUV.

        Returns:
            The processed frame.
        """
        if not self._stays_in_planes:
            return frame.with_bgr(self(frame.bgr, frame.info))
        confidence = self._confidence(frame)
        if self._live and self.status is not None:
            blurred = obscure(frame.view())
            return frame.with_bgr(self._captioned(self.cover(blurred, frame.info)))
        return self._replaced(frame, confidence)

    @property
    def _stays_in_planes(self) -> bool:
        own_alpha = type(self).alpha is not BackgroundReplacement.alpha
        foreground_changes = hasattr(self.matte, "clean_foreground")
        both_can = hasattr(self.matte, "alpha_of_planes") and self._render_planes is not None
        return both_can and not own_alpha and not foreground_changes

    def _confidence(self, frame: Frame) -> NDArray[np.uint8]:
        find: Callable[..., NDArray[np.uint8]] = self.matte.alpha_of_planes  # type: ignore[attr-defined]
        found = self._limit.call(get_name(self.matte), lambda: find(frame.yuv, frame.info.stream.colour))
        if isinstance(found, np.ndarray) and found.dtype == np.uint8 and found.ndim == 2 and found.size:
            return found
        what = f"{found.dtype} of shape {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
        name = f"the matte {get_name(self.matte)}.alpha_of_planes()"
        raise ObjectResultError(f"{name} returned {what} instead of uint8 (height, width)")

    def _replaced(self, frame: Frame, confidence: NDArray[np.uint8]) -> Frame:
        from ..pixels.planes import blank, get_planes

        picture, colour, render = frame.yuv, frame.info.stream.colour, self._render_planes
        alpha, alpha_half = self._shaped(confidence, picture.width, picture.height)
        if self.view == "matte" or render is None:
            return frame.with_bgr(self.as_viewed(None, alpha))
        result = blank(picture.width, picture.height, full_range=colour.full_range)
        front, out = get_planes(picture), get_planes(result)
        render(out, front=front, alpha_half=alpha_half, colour=colour, info=frame.info)
        shares = alpha, alpha_half, alpha_half
        layers = list(front)
        if self._takes_background_out:
            layers = [decontaminate(*pair) for pair in zip(front, shares, strict=True)]
        if self._wraps:
            layers = wrap_light_planes(layers, out, alpha_half, self.light_wrap, full_range=colour.full_range)
        box, box_half = find_person_boxes(alpha_half, picture.width, picture.height)
        for base, layer, share, part in zip(out, layers, shares, (box, box_half, box_half), strict=True):
            composite_in_place(base, layer, share, part)
        replaced = frame.with_yuv(result)
        if self.view == "both":
            replaced = frame.with_bgr(self.as_viewed(replaced.bgr, alpha))
        if self.captions and (status := self.status) is not None:
            draw_caption(replaced.bgr, status)
        return replaced

    def _shaped(
        self, confidence: NDArray[np.uint8], width: int, height: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Alpha at the size of the frame, which is that of Y, and at that of U and V."""
        half = (width + 1) // 2, (height + 1) // 2
        if (self._curve is None or self._softness > 0) and half[0] >= confidence.shape[1]:
            # What is known at half the size at most is shaped at that size; it looks the same.
            alpha_half = self._finished(self._curved(scaled(confidence, *half)), 2)
            return doubled(alpha_half, width, height), alpha_half
        alpha = self._finished(self._curved(scaled(confidence, width, height)))
        return alpha, np.asarray(cv2.resize(alpha, half, interpolation=cv2.INTER_AREA), np.uint8)

    def open(self, stream: StreamInfo) -> None:
        """Pass on that a stream begins.

        Args:
            stream: The stream.
        """
        self._live = stream.live
        self._limit.begin(live=stream.live)
        matte = Chain([self.matte])
        self._limit.call(get_name(self.matte), lambda: matte.open(stream), patiently=True)
        Chain([self.background]).open(stream)

    def reset(self) -> None:
        """Pass on that what was learnt is to be forgotten."""
        self._limit.call(get_name(self.matte), Chain([self.matte]).reset)
        Chain([self.background]).reset()

    def close(self) -> None:
        """Release what the matte and the background hold; it is made again on the next use."""
        try:
            # What still hangs in a call must not have its model taken away.
            if not self._limit.hangs:
                self._limit.call(get_name(self.matte), Chain([self.matte]).close, patiently=True)
        finally:
            self._live = False
            self._limit.end()
            Chain([self.background]).close()

    def __enter__(self) -> BackgroundReplacement:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _bound(role: str, thing: Callable[..., Any], *offered: str) -> Bound:
    if not callable(thing):
        raise ArgumentTypeError(f"the {role} is not callable: {thing!r} ({type(thing).__name__})")
    return Bound(thing, *offered)


def _finite(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not -100 <= value <= 100:
        raise ArgumentError(f"{name} must be a number of pixels from -100 to 100, got {value!r}")
    return float(value)
