"""The base of the objects that have a matte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..adapters import adapt_matte, get_memory, is_overridden, unwrap
from ..basics.tunables import Tunable
from ..compositing.alpha_shape import DEFAULT_SOFTNESS, AlphaShape
from ..compositing.obscure import obscure
from ..contracts import Component, FrameObject, Matte
from ..frame import Frame, FrameInfo, StreamInfo, make_image_info
from ..pixels.image import Image, Plane, check_image
from ..pixels.text import draw_caption
from .foreground_share import ForegroundShare
from .matte_caller import MATTE_TIMEOUT, MatteCaller
from .replacement_controls import EdgeControls

if TYPE_CHECKING:
    from typing_extensions import Self


class MatteObject(FrameObject):
    """An object that calls a matte for each frame and shapes its confidence to alpha.

    A subclass has `use_alpha`, which makes the result.

    A live stream never shows a frame whose matte is missing. While the matte has a `status`, such as "learning the
    background", frames are covered as a whole; so are those for which it fails or takes too long (see
    `framechain.run.fail_closed`).

    Attributes:
        draws_status: Whether the matte's status is drawn on the frame.
    """

    hides_background = True
    finds_alpha = True
    draws_status = True

    def __init__(
        self,
        matte: Callable[..., NDArray[Any]],
        *,
        threshold: float | None = None,
        softness: float | None = None,
        choke: float = 0.0,
        feather: float = 0.0,
        matte_timeout: float | None = MATTE_TIMEOUT,
    ) -> None:
        """Take a matte.

        Args:
            matte: Who is foreground: a `Matte`, or a callable `frame -> alpha`.
            threshold: As in `BackgroundReplacement`, and so are the next four.
            softness: Half the width of the edge.
            choke: How many pixels the edge moves inwards.
            feather: How many pixels the edge is blurred.
            matte_timeout: Seconds that the matte may take for a frame of a live stream.

        Raises:
            ArgumentError: If a number is out of range.
            ArgumentTypeError: If the matte is not callable.
        """
        self._caller = MatteCaller(adapt_matte(matte), matte_timeout)
        self._is_live, self._is_image = False, True
        self._share = ForegroundShare()
        self._shape = AlphaShape(choke=choke, feather=feather)
        own_edge = self._matte.edge
        if threshold is not None or softness is not None or own_edge is not None:
            edge = own_edge or (0.5, DEFAULT_SOFTNESS)
            self._shape.threshold = edge[0] if threshold is None else threshold
            self._shape.softness = edge[1] if softness is None else softness
        self._edge = EdgeControls(self._shape)
        self._overrides_alpha = is_overridden(self, "process_frame", "alpha")

    @property
    def _matte(self) -> Matte:
        return self._caller.matte

    @property
    def matte(self) -> Callable[..., NDArray[Any]]:
        """Who is foreground; may be set while running."""
        matte: Callable[..., NDArray[Any]] = unwrap(self._matte)
        return matte

    @matte.setter
    def matte(self, matte: Callable[..., NDArray[Any]]) -> None:
        self._caller.matte = adapt_matte(matte)

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
    def needs_alpha(self) -> bool:  # type: ignore[override]
        """Whether the matte works on the alpha that an earlier object found."""
        return self._matte.needs_alpha

    @property
    def status(self) -> str | None:  # type: ignore[override]
        """The matte's status, such as "learning the background"; None if there is none."""
        return self._matte.status

    @property
    def history(self) -> int | None:  # type: ignore[override]
        """That of the matte."""
        return get_memory(self._matte, "memory")

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """What a user should know at the end of a file: nobody or everything was found; and the matte's own problem."""
        return self._join_problems(self._matte)

    def _join_problems(self, *parts: Component) -> str | None:
        # The viewer of a live stream sees it, and may have left the room on purpose.
        own = None if self._is_live else self._share.describe(self._matte.name, is_image=self._is_image)
        return "; ".join(filter(None, [own, *(part.problem for part in parts)])) or None

    def __call__(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Process an image.

        Args:
            frame: uint8 (H, W, 3) BGR.
            info: Its place in the stream; an `Engine` fills it in.

        Returns:
            uint8 (H, W, 3); with alpha uint8 (H, W, 4).

        Raises:
            ArgumentTypeError: If `frame` is no such array.
            ObjectResultError: If the matte, or another part of this object, returns something else than it should.
        """
        frame = check_image(frame)
        return self.process_frame(Frame(info or make_image_info("frame", frame), bgr=frame)).to_array()

    def process_frame(self, frame: Frame) -> Frame:
        """Find the alpha of a frame and use it, in YUV if all parts of this object support it."""
        if self._overrides_alpha:
            return self._use_or_cover(frame, [self.alpha(frame.bgr, frame.info).copy()])
        return self._shape_and_use(frame, self._estimate(frame))

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        """Estimate the matte of a later frame while an earlier one is composited, if the matte allows it."""
        if self._is_live or not (self._matte.can_prepare and self._works_on_yuv and frame.is_yuv):
            return None
        confidence = self._estimate(frame)
        return lambda frame: self._shape_and_use(frame, confidence)

    def alpha(self, frame: Image, info: FrameInfo | None = None) -> NDArray[np.uint8]:
        """Return the finished alpha of an image, uint8 (H, W), 255 = foreground; a subclass may override it.

        Args:
            frame: uint8 (H, W, 3) BGR.
            info: Its place in the stream.
        """
        height, width = frame.shape[:2]
        confidence = self._estimate(Frame(info or make_image_info("frame", frame), bgr=frame))
        return self._shape.apply(confidence, width, height, subsampled=False)[0]

    def use_alpha(self, frame: Frame, alphas: list[Plane]) -> Frame:
        """Return the result for a frame; a subclass must have it.

        Args:
            frame: The frame; its `matte_alpha` is known.
            alphas: The finished alpha of each of its planes, uint8, 255 = foreground; this object's own.
        """
        raise NotImplementedError

    @property
    def _works_on_yuv(self) -> bool:
        return self._matte.works_on_yuv and not self._overrides_alpha

    def _estimate(self, frame: Frame) -> NDArray[np.uint8]:
        if not self._works_on_yuv:
            frame.convert_to_bgr()
        return self._caller.estimate(frame)

    def _shape_and_use(self, frame: Frame, confidence: NDArray[np.uint8]) -> Frame:
        if not self._works_on_yuv:
            frame.convert_to_bgr()
        alphas = self._shape.apply(confidence, *frame.size, subsampled=frame.is_yuv)
        if alphas[0] is confidence:
            # The matte may keep its array and fill it again for the next frame, while this one is still in use.
            alphas[0] = confidence.copy()
        return self._use_or_cover(frame, alphas)

    def _use_or_cover(self, frame: Frame, alphas: list[Plane]) -> Frame:
        if self._is_live and self.status is not None:
            covered = frame.with_bgr(self.cover(obscure(frame.read_bgr()), frame.info))
            covered.matte_alpha = make_read_only(np.zeros(covered.size[::-1], np.uint8))
            self._draw_status(covered)
            return covered
        if self.status is None:
            if self._is_image:  # It is processed again after each key.
                self._share.reset()
            self._share.count(alphas[-1])
        frame.matte_alpha = make_read_only(alphas[0])
        return self.use_alpha(frame, alphas)

    def _draw_status(self, frame: Frame) -> None:
        if self.draws_status and (status := self.status) is not None:
            draw_caption(frame.bgr, status)

    @property
    def keys(self) -> dict[str, str]:  # type: ignore[override]
        """The keys that are used, and what each does; the matte comes first."""
        return {**self._edge.keys, **self._matte.keys}

    def on_key(self, key: str) -> bool:
        """Offer a key press to the matte, then to the edge."""
        return self._caller.on_key(key) or self._edge.on_key(key)

    @property
    def tunables(self) -> list[Tunable]:
        """Threshold and softness, if there is an edge to shape, and the numbers of the matte."""
        return [*self._edge.tunables, *self._matte.tunables]

    @property
    def levels(self) -> Sequence[str]:  # type: ignore[override]
        """The matte's levels of quality."""
        return self._matte.levels

    def use_level(self, level: str) -> None:
        """Change the matte to one of its levels."""
        self._caller.use_level(level)

    def open(self, stream: StreamInfo) -> None:
        """Open the matte."""
        self._is_live, self._is_image = stream.live, stream.kind == "image"
        self._share.reset()
        self._caller.open(stream)

    def reset(self) -> None:
        """Let the matte forget what it learnt."""
        self._caller.reset()

    def close(self) -> None:
        """Release what the matte holds; the next use makes it again."""
        self._is_live = False
        self._caller.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def make_read_only(alpha: Plane) -> Plane:
    """Return a view of an alpha that later objects cannot change for one another."""
    view: Plane = alpha.view()
    view.flags.writeable = False
    return view
