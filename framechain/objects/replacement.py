"""Background replacement: any matte with any background."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..adapters import adapt_background, adapt_matte, get_memory, unwrap
from ..basics.arguments import check_number
from ..basics.tunables import Tunable
from ..compositing.decontamination import decontaminate_planes
from ..compositing.light_wrap import wrap_light
from ..compositing.over import composite_planes
from ..compositing.placement import Place, place_alphas, place_planes
from ..contracts import Background, Component
from ..contracts.component import find_levels, use_level
from ..contracts.memory import add_up
from ..errors import ArgumentError, ArgumentTypeError
from ..frame import Frame, FrameInfo, StreamInfo, make_image_info
from ..mattes.strict import StrictMatte
from ..pixels.image import Image, Plane
from ..results import call_hook
from .foreground_effect import ForegroundEffect
from .matte_caller import MATTE_TIMEOUT
from .matte_object import MatteObject, make_read_only
from .replacement_controls import ReplacementControls, to_grey_image


class BackgroundReplacement(MatteObject):
    """Cuts out what a matte finds and lays it over a background.

    Matte, background and foreground effect are `Matte`, `Background` and `FrameObject` objects or callables, see
    `framechain.contracts`. They get the hooks of this object: `open`, `close`, `reset`, `on_key`.

    A matte's raw answer is its confidence; threshold, softness, choke and feather make the finished alpha of it, which
    background, effect and later objects of the chain get.

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
        foreground: Callable[..., Image] | None = None,
        place: Place | None = None,
        matte_only: bool = False,
        strict: bool = False,
        matte_timeout: float | None = MATTE_TIMEOUT,
    ) -> None:
        """Join a matte and a background.

        Args:
            matte: Who is foreground: a `Matte`, which its operators and methods modify, or a callable `frame -> alpha`.
            background: What replaces the rest.
            threshold: The confidence, in [0, 1], that becomes half transparent: the middle of the edge. None for the
                matte's own (`Matte.edge`); without one the confidence is the alpha.
            softness: Half the width of the edge in confidence, in [0, 1]; 0 for a hard cut. Where the edge would leave
                [0, 1] it is narrower: no setting shows what is surely background, confidence 0.
            choke: How many pixels the edge moves inwards; outwards if negative, as far as the matte is unsure
                (`matte.grow(pixels)` moves the matte itself).
            feather: How many pixels the edge is blurred, inwards where the matte is sure; if negative, how many times
                steeper it becomes.
            light_wrap: How much of the new background's light spills over the edge, in [0, 1]; none if the scene
                itself is shown.
            foreground: An effect on the foreground alone, a callable `frame -> frame`. It gets the whole frame, and
                the finished alpha and the `FrameInfo` if it has parameters `alpha` and `info`; it keeps the size. The
                alpha of a BGRA result makes the foreground more transparent.
            place: Where the foreground is placed, and how large, after the matte has looked and the effect was
                applied. The background gets the alpha as it is placed.
            matte_only: Whether to return the finished alpha as a grey image.
            strict: Whether as little of the room as possible is shown, at the cost of the edge; see
                `framechain.mattes.StrictMatte`.
            matte_timeout: Seconds that the matte may take for a frame of a live stream, where it runs in a thread of
                its own; None for no limit and no thread.

        Raises:
            ArgumentError: If a number is out of range, or there is a place with a background that shows the scene.
            ArgumentTypeError: If matte, background or foreground effect is not callable, or `place` no `Place`.
        """
        self._is_strict = strict
        super().__init__(
            self._make_strict(matte),
            threshold=threshold,
            softness=softness,
            choke=choke,
            feather=feather,
            matte_timeout=matte_timeout,
        )
        self._place: Place | None = None
        self.background = background
        self.foreground = foreground
        self.place = place
        self.light_wrap = check_number("light_wrap", light_wrap, 0, 1)
        self._controls = ReplacementControls(self._shape)
        self.matte_only = matte_only

    @property
    def matte(self) -> Callable[..., NDArray[Any]]:
        """Who is foreground; may be set while running. With `strict`, what is set is made strict too."""
        return self._given_matte

    @matte.setter
    def matte(self, matte: Callable[..., NDArray[Any]]) -> None:
        self._caller.matte = adapt_matte(self._make_strict(matte))

    def _make_strict(self, matte: Callable[..., NDArray[Any]]) -> Callable[..., NDArray[Any]]:
        self._given_matte = matte
        return StrictMatte(matte) if self._is_strict and not isinstance(matte, StrictMatte) else matte

    @property
    def background(self) -> Callable[..., Image]:
        """What replaces the background; may be set while running."""
        background: Callable[..., Image] = unwrap(self._background)
        return background

    @background.setter
    def background(self, background: Callable[..., Image]) -> None:
        adapted = adapt_background(background)
        _check_scene_is_hidden(adapted, self._place)
        self._background = adapted

    @property
    def foreground(self) -> Callable[..., Image] | None:
        """The effect on the foreground; None for none. May be set between two runs."""
        return None if self._effect is None else self._effect.effect

    @foreground.setter
    def foreground(self, effect: Callable[..., Image] | None) -> None:
        self._effect = None if effect is None else ForegroundEffect(effect)

    @property
    def place(self) -> Place | None:
        """Where the foreground is placed; None if it stays where it is. May be set while running."""
        return self._place

    @place.setter
    def place(self, place: Place | None) -> None:
        if place is not None and not isinstance(place, Place):
            raise ArgumentTypeError(f"place must be a Place, such as Place(scale=0.5), got {place!r}")
        _check_scene_is_hidden(self._background, place)
        self._place = place

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
        """Return what a viewer sees of a frame."""
        placed = alphas if self._place is None else place_alphas(alphas, self._place)
        if self.view == "matte":
            result = frame.with_bgr(to_grey_image(placed[0]))
        else:
            result, placed = self._lay_over_background(frame, alphas, placed)
        result.matte_alpha = make_read_only(placed[0])
        if self.gives_alpha:
            result.alpha = placed[0]
        elif self.view != "matte":
            if self.view == "both":
                whole, alpha = result.bgr, placed[0]
                result = result.with_bgr(self._controls.show(whole, alpha))
                result.full_view = lambda: np.hstack([to_grey_image(alpha), whole])
            self._draw_status(result)
        return result

    def _lay_over_background(self, frame: Frame, alphas: list[Plane], placed: list[Plane]) -> tuple[Frame, list[Plane]]:
        """Composite plane by plane: BGR is one plane of three channels, YUV three planes.

        Returns:
            The result, and the alphas that were used: the effect may have changed them.
        """
        result = frame.make_blank()
        scene, out, background = list(frame.planes), result.planes, self._background
        # A background of the foreground's own colours needs them as they are in the result; others show the scene.
        needs_foreground = background.gives_alpha and (self._effect is not None or self._place is not None)
        if not needs_foreground:
            background.render(out, scene, placed, frame.info)
        front, placed = self._make_foreground(frame, scene, alphas, placed)
        if needs_foreground:
            background.render(out, front, placed, frame.info)
        if self.light_wrap and not (background.shows_scene or self.gives_alpha):
            full_range = frame.info.stream.colour.full_range
            front = wrap_light(front, out, placed, self.light_wrap, full_range=full_range)
        composite_planes(out, front, placed)
        return result, placed

    def _make_foreground(
        self, frame: Frame, front: list[Plane], alphas: list[Plane], placed: list[Plane]
    ) -> tuple[list[Plane], list[Plane]]:
        """Return the foreground's colours in its own place, and the alphas there."""
        if self._matte.corrects_foreground:
            front = [self._matte.correct_foreground(front[0], alphas[0])]
        if self._effect is not None:
            effected = frame.with_bgr(front[0]) if self._matte.corrects_foreground else frame
            front, changed = self._effect.apply(effected, alphas)
            if changed[0] is not alphas[0]:
                alphas = changed
                placed = alphas if self._place is None else place_alphas(alphas, self._place)
        # What is left of the old background at the edge would show as a halo, unless it is seen behind it as well.
        shows_same = self._background.shows_scene and self._effect is None
        if self._matte.mixes_edges and not (shows_same or self._matte.corrects_foreground):
            front = decontaminate_planes(front, alphas)
        if self._place is not None:
            front = place_planes(front, alphas, placed, self._place)
        return front, placed

    def cover(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """Return the background alone, uint8 (H, W, 3), with `Transparent` (H, W, 4), for an image; `Blur` shows it."""
        nobody, background = np.zeros(frame.shape[:2], np.uint8), np.empty(frame.shape, np.uint8)
        info = info or make_image_info("frame", frame)
        self._background.render((background,), (frame,), (nobody,), info)
        if self.gives_alpha:
            return cv2.merge([background, nobody]).astype(np.uint8, copy=False)
        return self._controls.show(background, nobody)

    @property
    def _parts(self) -> list[Component]:
        """The background, and the object that is the foreground effect: they get the hooks of this object."""
        return [self._background, *(() if self._effect is None else self._effect.chain.adapted)]

    @property
    def keys(self) -> dict[str, str]:  # type: ignore[override]
        """The keys that are used, and what each does; matte, background and foreground effect come first."""
        parts = {key: use for part in reversed(self._parts) for key, use in part.keys.items()}
        return {**self._controls.keys, **parts, **self._matte.keys}

    def on_key(self, key: str) -> bool:
        """Offer a key press to matte, background and foreground effect, then to the view and the edge."""
        used = [self._caller.on_key(key)]
        used += [bool(call_hook(part.name, "on_key", part.on_key, key)) for part in self._parts]
        return any(used) or self._controls.on_key(key)

    @property
    def tunables(self) -> list[Tunable]:
        """Threshold and softness, if there is an edge to shape, and the numbers of the parts."""
        return [*super().tunables, *(tunable for part in self._parts for tunable in part.tunables)]

    @property
    def levels(self) -> Sequence[str]:  # type: ignore[override]
        """Those of the first part that has some: matte, background or foreground effect."""
        return find_levels([self._matte, *self._parts])

    def use_level(self, level: str) -> None:
        """Change each part that has this level."""
        super().use_level(level)
        use_level(self._parts, level)

    @property
    def history(self) -> int | None:  # type: ignore[override]
        """That of matte, background and foreground effect together: the last two look at what the matte found."""
        effects = () if self._effect is None else self._effect.chain.adapted
        others = [get_memory(self._background, "memory"), *(get_memory(effect, "history") for effect in effects)]
        return add_up([super().history, *others])

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """What a user should know at the end of a file: nobody or everything was found; and the parts' own problems."""
        return self._join_problems(self._matte, *self._parts)

    def open(self, stream: StreamInfo) -> None:
        """Open matte, background and foreground effect."""
        super().open(stream)
        for part in self._parts:
            call_hook(part.name, "open", part.open, stream)

    def reset(self) -> None:
        """Let matte, background and foreground effect forget what they learnt."""
        super().reset()
        for part in self._parts:
            call_hook(part.name, "reset", part.reset)

    def close(self) -> None:
        """Release what the parts hold, whatever one of them raises; the next use makes it again."""
        with contextlib.ExitStack() as closing:
            for part in reversed(self._parts):
                closing.callback(call_hook, part.name, "close", part.close)
            super().close()


def _check_scene_is_hidden(background: Background, place: Place | None) -> None:
    if place is not None and background.shows_scene:
        raise ArgumentError(
            f"place moves the foreground, but {background.name} shows the scene, where it would be seen again: choose "
            "a background that hides the scene, such as a colour or an image"
        )
