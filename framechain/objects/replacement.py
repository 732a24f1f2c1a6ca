"""Any matte with any background."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..adapters import adapt_background, adapt_matte, unwrap
from ..arguments import check_number
from ..compositing.alpha import choke_edge, doubled, feather_edge, make_edge_curve, scaled
from ..compositing.decontamination import decontaminate
from ..compositing.light_wrap import wrap_light_planes, wrapped
from ..compositing.obscure import obscure
from ..compositing.over import composite, composite_in_place, find_person_boxes
from ..errors import ObjectResultError
from ..frame import Frame, FrameInfo, StreamInfo, make_image_info
from ..pixels.image import Image, check_image, fit
from ..pixels.text import draw_caption
from ..results import call_hook, check_frame
from ..threads.worker import TimeLimit
from .replacement_controls import Controls

if TYPE_CHECKING:
    from av import VideoFrame

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
        self.choke = check_number("choke", choke, -100, 100, unit="pixels")
        self.feather = check_number("feather", feather, -100, 100, unit="pixels")
        self.light_wrap = check_number("light_wrap", light_wrap, 0, 1)
        suggested = self._matte.edge
        self._has_own_alpha = type(self).alpha is not BackgroundReplacement.alpha
        if threshold is None and softness is None and suggested is None:
            self._threshold, self._softness = None, DEFAULT_SOFTNESS
        else:
            usual = suggested or (0.5, DEFAULT_SOFTNESS)
            self._threshold = check_number("threshold", usual[0] if threshold is None else threshold, 0, 1)
            self._softness = check_number("softness", usual[1] if softness is None else softness, 0, 1)
        self._shape()

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
        """The middle of the edge, in [0, 1]; None where the matte's answer is used as it is. May be set."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        self._threshold = None if value is None else check_number("threshold", value, 0, 1)
        self._shape()

    @property
    def softness(self) -> float:
        """Half the width of the edge, in [0, 1]; may be set while running."""
        return self._softness

    @softness.setter
    def softness(self, value: float) -> None:
        self._softness = check_number("softness", value, 0, 1)
        self._shape()

    def _shape(self) -> None:
        self._curve = None if self._threshold is None else make_edge_curve(self._threshold, self._softness)

    @property
    def gives_alpha(self) -> bool:  # type: ignore[override]
        """Whether frames come out as BGRA: with `Transparent` as background."""
        return self._background.gives_alpha and self.view == "result"

    @property
    def status(self) -> str | None:  # type: ignore[override]
        """What the matte reports to the viewer, such as that it is still learning the scene."""
        return self._matte.status

    def alpha(self, frame: Image, info: FrameInfo | None = None) -> NDArray[np.uint8]:
        """Return the shaped matte of an image; a subclass may override it.

        Args:
            frame: uint8 (H, W, 3) BGR.
            info: Its place in the stream.

        Returns:
            uint8 (H, W), 255 = foreground.

        Raises:
            ObjectResultError: If the matte returns something else.
        """
        whole = Frame(info or make_image_info("frame", frame), bgr=frame)
        return self._shape_alpha(self._estimate(whole), *whole.size)

    def _estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """The matte's own answer, within the time limit of a live stream."""
        if not self._works_on_yuv:
            frame.convert_to_bgr()
        found = self._limit.call(self._matte.name, lambda: self._matte.estimate(frame))
        if isinstance(found, np.ndarray) and found.dtype == np.uint8 and found.ndim == 2 and found.size:
            return found
        what = f"{found.dtype} of shape {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
        raise ObjectResultError(f"the matte {self._matte.name} returned {what} instead of uint8 (height, width)")

    def _curved(self, confidence: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return confidence if self._curve is None else np.asarray(cv2.LUT(confidence, self._curve), np.uint8)

    def _finished(self, alpha: NDArray[np.uint8], smaller: int = 1) -> NDArray[np.uint8]:
        """Alpha with its edge moved and feathered; of an image so many times smaller than the frame."""
        if self.choke:
            alpha = choke_edge(alpha, self.choke / smaller)
        return feather_edge(alpha, self.feather / smaller if self.feather > 0 else self.feather)

    @property
    def _decontaminates(self) -> bool:
        """Whether soft edges are cleaned of the old background: not where the old background is shown."""
        return self._matte.mixes_edges and not self._background.shows_scene

    @property
    def _wraps(self) -> bool:
        """Whether light spills over the edge: not where there is no other light than before, or none at all."""
        return self.light_wrap > 0 and not (self._background.shows_scene or self.gives_alpha)

    @property
    def _works_on_yuv(self) -> bool:
        both = self._matte.works_on_yuv and self._background.works_on_yuv
        return both and not self._matte.corrects_foreground and not self._has_own_alpha

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

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        """Estimate the matte of a later frame while an earlier one is composited.

        Args:
            frame: A frame as the source gave it.

        Returns:
            What does the rest of `process_frame`; None for a matte that learns from what is shown or reacts to keys.
        """
        if self._live or not (self._matte.can_prepare and self._works_on_yuv and frame.is_yuv):
            return None
        confidence = self._estimate(frame)
        return lambda frame: self._replace(frame, confidence)

    def process_frame(self, frame: Frame) -> Frame:
        """Replace the background without leaving YUV, where matte and background both can.

        Args:
            frame: BGR or YUV.

        Returns:
            The processed frame.
        """
        if self._has_own_alpha:
            alpha = self.alpha(frame.bgr, frame.info)
            return self._cover_or(frame, lambda: self._composite(frame, alpha, None))
        return self._replace(frame, self._estimate(frame))

    def _replace(self, frame: Frame, confidence: NDArray[np.uint8]) -> Frame:
        def composite() -> Frame:
            if not frame.is_yuv or not self._works_on_yuv:
                return self._composite(frame, self._shape_alpha(confidence, *frame.size), None)
            return self._composite(frame, *self._shape_alphas(confidence, *frame.size))

        return self._cover_or(frame, composite)

    def _cover_or(self, frame: Frame, composite: Callable[[], Frame]) -> Frame:
        """Cover a live frame as a whole while the matte cannot answer; else composite it."""
        if self._live and self.status is not None:
            return frame.with_bgr(self._with_status(self.cover(obscure(frame.read_bgr()), frame.info)))
        return composite()

    def _composite(self, frame: Frame, alpha: NDArray[np.uint8], alpha_half: NDArray[np.uint8] | None) -> Frame:
        """Composite a frame as BGR, or as YUV if alpha is given at half the size too."""
        if self.view == "matte":
            return frame.with_bgr(self.as_viewed(None, alpha))
        if alpha_half is None:
            result = self._composite_bgr(frame.bgr, alpha, frame.info)
            if self.gives_alpha:
                return frame.with_bgr(cv2.merge([result, alpha]).astype(np.uint8, copy=False))
            return frame.with_bgr(self._with_status(self.as_viewed(result, alpha)))
        replaced = frame.with_yuv(self._composite_yuv(frame, alpha, alpha_half))
        if self.view == "both":
            replaced = frame.with_bgr(self.as_viewed(replaced.bgr, alpha))
        if self.draws_status and self.status is not None:
            self._with_status(replaced.bgr)
        return replaced

    def _composite_bgr(self, frame: Image, alpha: NDArray[np.uint8], info: FrameInfo) -> Image:
        behind = self._render(frame, alpha, info)
        if self._matte.corrects_foreground:
            frame = self._matte.correct_foreground(frame, alpha)
        elif self._decontaminates:
            frame = decontaminate(frame, alpha)
        if self._wraps:
            frame = wrapped(frame, behind, alpha, self.light_wrap)
        return composite(frame, behind, alpha)

    def _composite_yuv(self, frame: Frame, alpha: NDArray[np.uint8], alpha_half: NDArray[np.uint8]) -> VideoFrame:
        from ..pixels.planes import allocate_frame, get_planes

        picture, colour = frame.yuv, frame.info.stream.colour
        result = allocate_frame(picture.width, picture.height, full_range=colour.full_range)
        front, out = get_planes(picture), get_planes(result)
        self._background.render_planes(out, front, alpha_half, colour, frame.info)
        shares = alpha, alpha_half, alpha_half
        layers = list(front)
        if self._decontaminates:
            layers = [decontaminate(*pair) for pair in zip(front, shares, strict=True)]
        if self._wraps:
            layers = wrap_light_planes(layers, out, alpha_half, self.light_wrap, full_range=colour.full_range)
        box, box_half = find_person_boxes(alpha_half, picture.width, picture.height)
        for base, layer, share, part in zip(out, layers, shares, (box, box_half, box_half), strict=True):
            composite_in_place(base, layer, share, part)
        return result

    def _render(self, frame: Image, alpha: NDArray[np.uint8], info: FrameInfo) -> Image:
        behind = check_frame(self._background.render(frame, alpha, info), self._background.name, info)
        return behind if behind.shape == frame.shape else fit(behind, frame.shape[1], frame.shape[0])

    def _with_status(self, result: Image) -> Image:
        if self.draws_status and (status := self.status) is not None:
            draw_caption(result, status)
        return result

    def cover(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Return the background alone, as if nobody were there.

        Args:
            frame: uint8 (H, W, 3) BGR; what a background such as `Blur` shows of it is seen.
            info: Its place in the stream.

        Returns:
            uint8 (H, W, 3); with `Transparent` uint8 (H, W, 4).

        Raises:
            ObjectResultError: If the background returns something else than it should.
        """
        nobody = np.zeros(frame.shape[:2], np.uint8)
        behind = self._render(frame, nobody, info or make_image_info("frame", frame))
        if self.gives_alpha:
            return cv2.merge([behind, nobody]).astype(np.uint8, copy=False)
        return self.as_viewed(behind.copy(), nobody)

    def _shape_alpha(self, confidence: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
        """Alpha at the size of the frame."""
        if confidence.shape == (height, width):
            return self._finished(self._curved(confidence))
        return self._shape_alphas(confidence, width, height)[0]

    def _shape_alphas(
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
        """Open matte and background.

        Args:
            stream: The stream.
        """
        self._live = stream.live
        self._limit.begin(live=stream.live)
        self._call_matte("open", stream, patiently=True)
        call_hook(self._background.name, "open", self._background.open, stream)

    def reset(self) -> None:
        """Let matte and background forget what they learnt."""
        self._call_matte("reset")
        call_hook(self._background.name, "reset", self._background.reset)

    def close(self) -> None:
        """Release what the matte and the background hold; it is made again on the next use."""
        try:
            # What still hangs in a call must not have its model taken away.
            if not self._limit.hangs:
                self._call_matte("close", patiently=True)
        finally:
            self._live = False
            self._limit.end()
            call_hook(self._background.name, "close", self._background.close)

    def __enter__(self) -> BackgroundReplacement:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
