"""A small chain for the page's tests: fast, and its results can be computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from framechain import FrameObject, Tunable
from framechain.pixels.image import Image
from framechain.web.look import Look
from support.patience import PATIENCE


class Tint(FrameObject):
    """Inverts, and adds `level`."""

    history = 0

    def __init__(self, level: float = 0) -> None:
        self.level = level

    @property
    def tunables(self) -> Sequence[Tunable]:
        return (Tunable("level", lambda: self.level, self._set, 0, 50, 1),)

    def _set(self, level: float) -> None:
        self.level = level

    def __call__(self, frame: Image) -> Image:
        return 255 - frame + np.uint8(self.level)


class Opaque(FrameObject):
    """Gives frames an alpha that is 255 in the left half and 0 in the right one."""

    gives_alpha = True
    history = 0

    def __call__(self, frame: Image) -> Image:
        alpha = np.zeros(frame.shape[:2], np.uint8)
        alpha[:, : frame.shape[1] // 2] = 255
        return np.dstack([frame, alpha])


class Gate(FrameObject):
    """Lets frames pass once it is opened.

    Attributes:
        reached: Set when a frame waits.
    """

    def __init__(self) -> None:
        self.reached, self.may_pass = threading.Event(), threading.Event()

    def __call__(self, frame: Image) -> Image:
        self.reached.set()
        assert self.may_pass.wait(PATIENCE)
        return frame


class Maker:
    """Makes the chain of a look: inverted, with the value "level" added; "transparent" gives alpha.

    Attributes:
        objects: Makes further objects of each chain.
        looks: Those that were asked for.
    """

    chain = None
    has_background = True
    background = "blur"

    def __init__(self, objects: Callable[[], Sequence[Callable[..., Any]]] = tuple) -> None:
        self.objects = objects
        self.looks: list[Look] = []

    def list_texts(self, look: Look) -> Sequence[str] | None:
        return None

    def find_matte(self, look: Look) -> str:
        return "mediapipe"

    def shows_background(self, look: Look) -> bool:
        return True

    def make_objects(self, look: Look) -> Sequence[Callable[..., Any]]:
        self.looks.append(look)
        last = [Opaque()] if look.background == "transparent" else []
        return [*self.objects(), Tint(look.values.get("level", 0)), *last]

    def change_background(self, objects: Sequence[Callable[..., Any]], look: Look) -> None:
        self.looks.append(look)

    def make_command(self, look: Look, source: str) -> str:
        return f"framechain {source}"

    def make_program(self, look: Look, source: str) -> str:
        return f"# {source}"
