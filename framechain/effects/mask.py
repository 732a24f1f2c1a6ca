"""Mask: an effect on the person or on the background alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..adapters import get_memory
from ..basics.arguments import check_choice
from ..basics.tunables import Tunable
from ..compositing.over import composite_planes
from ..contracts import Matte
from ..frame import Frame, StreamInfo
from ..objects.foreground_effect import ForegroundEffect
from ..objects.matte_object import MatteObject
from ..pixels.image import Plane
from ..pixels.luma import as_bytes
from ..results import make_no_alpha_error

_SIDES = "foreground", "background"


class Mask(MatteObject):
    """Applies an effect to the foreground or to the background alone, with soft edges.

    Result = a E + (1 - a) F, where E is the effect's frame, F the frame itself and a the alpha, or its negative for the
    background. Without a matte it uses the alpha that an earlier object found.

    A live stream is covered while there is no alpha, as with `FindMatte`: the effect may hide something.

    Example:
        >>> def left_half(frame):
        ...     return np.arange(frame.shape[1])[None].repeat(len(frame), 0) < frame.shape[1] // 2
        >>> invert = Mask(lambda frame: 255 - frame, left_half, where="background")
        >>> invert(np.full((1, 4, 3), 50, np.uint8))[0, :, 0].tolist()
        [50, 50, 205, 205]
    """

    def __init__(
        self,
        effect: Callable[..., Any],
        matte: Callable[..., NDArray[Any]] | None = None,
        *,
        where: str = "foreground",
        **options: Any,
    ) -> None:
        """Take an effect and a matte.

        Args:
            effect: An object of the chain, or any callable `frame -> frame`; it must keep the size.
            matte: Who is foreground; None for the alpha that an earlier object of the chain found, such as `FindMatte`.
            where: "foreground" or "background".
            options: `threshold`, `softness`, `choke`, `feather` and `matte_timeout`, as those of `FindMatte`.

        Raises:
            ArgumentError: If `where` is another word, or a number is out of range.
            ArgumentTypeError: If the effect or the matte is not callable.
        """
        super().__init__(_EarlierMatte() if matte is None else matte, **options)
        self.where = check_choice("where", where, _SIDES)
        self._effect = ForegroundEffect(effect)

    @property
    def effect(self) -> Callable[..., Any]:
        """The effect."""
        return self._effect.effect

    def use_alpha(self, frame: Frame, alphas: list[Plane]) -> Frame:
        """Return the frame with the effect on one side."""
        shares = alphas if self.where == "foreground" else [as_bytes(cv2.bitwise_not(alpha)) for alpha in alphas]
        layers, shares = self._effect.apply(_copy(frame), shares)
        composite_planes(frame.own_planes() if frame.is_yuv else (frame.bgr,), layers, shares)
        return frame

    @property
    def history(self) -> int | None:  # type: ignore[override]
        """That of the matte and that of the effect."""
        own, effect = super().history, get_memory(self._effect.chain.adapted[0], "history")
        return None if own is None or effect is None else own + effect

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """What the matte and the effect have to say; who has found the alpha earlier speaks for itself."""
        if isinstance(self._matte, _EarlierMatte):
            return "; ".join(self._effect.chain.collect_problems()) or None
        return self._join_problems(self._matte, *self._effect.chain.adapted)

    @property
    def keys(self) -> dict[str, str]:  # type: ignore[override]
        """The keys of the matte and those of the effect."""
        return {**self._effect.chain.keys, **super().keys}

    def on_key(self, key: str) -> bool:
        """Offer a key press to the matte, then to the effect."""
        return super().on_key(key) or self._effect.chain.on_key(key)

    @property
    def tunables(self) -> list[Tunable]:
        """The numbers of the matte and those of the effect."""
        return [*super().tunables, *self._effect.chain.tunables]

    def open(self, stream: StreamInfo) -> None:
        """Open the matte and the effect."""
        super().open(stream)
        self._effect.chain.open(stream)

    def reset(self) -> None:
        """Let both forget what they learnt."""
        super().reset()
        self._effect.chain.reset()

    def close(self) -> None:
        """Release what both hold."""
        try:
            super().close()
        finally:
            self._effect.chain.close()


def _copy(frame: Frame) -> Frame:
    """Return a frame that the effect may draw on."""
    if not frame.is_yuv:
        return frame.with_bgr(frame.bgr.copy())
    copy = frame.make_blank()
    for out, plane in zip(copy.planes, frame.planes, strict=True):
        out[...] = plane
    return copy


class _EarlierMatte(Matte):
    """The alpha that an earlier object found."""

    works_on_yuv = True
    needs_alpha = True
    memory = 0

    @property
    def name(self) -> str:
        return "Mask"

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        if frame.matte_alpha is None:
            raise make_no_alpha_error(self.name)
        return frame.matte_alpha
