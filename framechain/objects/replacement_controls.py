"""What a person at the window can change of a background replacement: what is seen of it, its edge, its blur."""

from __future__ import annotations

import contextlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arguments import check_choice
from ..contracts import Background, FrameObject, Matte
from ..errors import LateError
from ..pixels.image import Image, fit
from ..results import call_hook
from ..threads.worker import TimeLimit
from ..tunables import Tunable

VIEWS = ("result", "matte", "both")
VIEW_KEYS = {"m": "result, matte, or both side by side"}
EDGE_KEYS = {"+": "softer edge", "-": "harder edge"}
_EDGE_STEP = 0.05


class Controls(FrameObject):
    """The hooks `on_key`, `keys` and `tunables` of `BackgroundReplacement`, and its views.

    Attributes:
        draws_status: Whether the matte's status is drawn on the frame.
    """

    hides_background = True
    draws_status = True
    _view = "result"
    _limit: TimeLimit

    # Given by `BackgroundReplacement`.
    _matte: Matte
    _background: Background
    threshold: Any
    softness: Any

    def _call_matte(self, hook: str, *arguments: Any, patiently: bool = False) -> Any:
        """Call a hook of the matte in the thread in which it estimates."""
        name, function = self._matte.name, getattr(self._matte, hook)
        return self._limit.call(name, lambda: call_hook(name, hook, function, *arguments), patiently=patiently)

    @property
    def view(self) -> str:
        """What is returned: the "result", the "matte" in grey, or "both" side by side; may be set while running."""
        return self._view

    @view.setter
    def view(self, view: str) -> None:
        self._view = check_choice("view", view, VIEWS)

    @property
    def matte_only(self) -> bool:
        """Whether the matte is returned instead of the result; may be set while running."""
        return self._view == "matte"

    @matte_only.setter
    def matte_only(self, only: bool) -> None:
        self._view = "matte" if only else "result"

    def as_viewed(self, result: Image | None, alpha: NDArray[np.uint8]) -> Image:
        """What is to be seen of a result.

        Args:
            result: uint8 (H, W, 3); may be left out where only the matte is seen.
            alpha: uint8 (H, W).

        Returns:
            uint8 (H, W, 3).
        """
        if result is not None and self._view == "result":
            return result
        matte = cv2.merge([alpha] * 3).astype(np.uint8, copy=False)
        return matte if result is None or self._view == "matte" else side_by_side(matte, result)

    @property
    def keys(self) -> dict[str, str]:  # type: ignore[override]
        """Which keys are used, and what for; those of matte and background among them."""
        edge = {} if self.threshold is None else EDGE_KEYS
        return {**VIEW_KEYS, **edge, **self._background.keys, **self._matte.keys}

    def on_key(self, key: str) -> bool:
        """Pass on a key press; `m` changes the view, and what else uses + and - not, leaves them to the edge.

        Args:
            key: One character.

        Returns:
            Whether it was used.
        """
        used = False
        if not self._limit.hangs:  # One that hangs in a call must not be called from elsewhere.
            with contextlib.suppress(LateError):  # Its next frame will report it.
                used = self._call_matte("on_key", key)
        if call_hook(self._background.name, "on_key", self._background.on_key, key) or used:
            return True
        if key == "m":
            self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
            return True
        if key in EDGE_KEYS and self.threshold is not None:
            step = _EDGE_STEP if key == "+" else -_EDGE_STEP
            self.softness = round(min(1.0, max(0.0, self.softness + step)), 6)
            return True
        return False

    @property
    def tunables(self) -> list[Tunable]:
        """Threshold and softness, where the matte's answer is shaped, and what matte and background offer."""
        parts = [*self._matte.tunables, *self._background.tunables]
        if self.threshold is None:
            return parts
        return [
            Tunable("threshold", lambda: self.threshold, lambda value: setattr(self, "threshold", value), 0, 1),
            Tunable("softness", lambda: self.softness, lambda value: setattr(self, "softness", value), 0, 1),
            *parts,
        ]


def side_by_side(left: Image, right: Image) -> Image:
    """Two pictures in the room of one, each whole and in proportion.

    Args:
        left: uint8 (H, W, 3).
        right: Of the same shape.

    Returns:
        uint8 (H, W, 3).

    Example:
        >>> white, black = np.full((90, 160, 3), 255, np.uint8), np.zeros((90, 160, 3), np.uint8)
        >>> side_by_side(white, black)[45, ::40, 0].tolist()
        [255, 255, 0, 0]
    """
    height, width = left.shape[:2]
    half = width // 2
    pair = [fit(picture, part, height, "contain") for picture, part in ((left, half), (right, width - half))]
    return np.ascontiguousarray(np.hstack(pair)) if half else right
