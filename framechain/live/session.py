"""What a person at the window of a running stream sees and does: the display, the keys, the trackbars."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import cv2
import numpy as np

from ..chain import Chain
from ..errors import FramechainError
from ..files.atomic_output import AtomicOutput
from ..frame import Frame
from ..media.images import encode_image
from ..objects.overlays import FPSmetric
from ..pixels.image import Image
from ..pixels.text import draw_caption, draw_lines
from ..sinks.window import Window
from ..tunables import Tunable, read_tunables
from .keys import UNSHIFTED, find_action, make_help_lines

_NOTE_SECONDS = 3.0
# While no frame comes, the window is looked after this often. Shorter, it would come between a camera's frames too,
# and the one that waits would be shown later.
_IDLE_SECONDS = 0.09
_PAUSED_MILLISECONDS = 30


class Output(Protocol):
    """Where processed frames go besides the window: a file, a recorder, a virtual camera."""

    def write(self, frame: Frame) -> None:
        """Take a frame; called in the writer's thread, in order.

        Args:
            frame: The processed frame. Others are given the same one: it is for looking only.
        """
        ...


class Recorder(Protocol):
    """An `Output` that the viewer can switch on and off."""

    @property
    def recording(self) -> bool:
        """Whether frames are being written."""
        ...

    def toggle(self) -> str:
        """Start a recording or end it; called in the window's thread.

        Returns:
            What was done, as a short line for the viewer.
        """
        ...


class Session:
    """The window of a run, and whoever sits in front of it. Use it from one thread, as `Window`.

    Attributes:
        paused: Whether the viewer wants to look at this frame for a while.
    """

    def __init__(
        self,
        chain: Chain,
        *,
        title: str,
        mirror: bool = False,
        tune: bool = False,
        recorder: Recorder | None = None,
        leaving: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
    ) -> None:
        """Check that a window can be shown; it opens with the first frame.

        Args:
            chain: Whose objects are offered every key first.
            title: The window's title.
            mirror: Whether the window, and only it, shows left and right exchanged.
            tune: Whether it has trackbars for what the objects offer.
            recorder: What `r` switches on and off.
            leaving: Surrounds what the objects do at a key, and ends it if nobody wants to wait for it any longer.

        Raises:
            DisplayError: If there is no screen.
        """
        self._chain = chain
        self._leaving = leaving
        self._mirror = mirror
        self._tunables: Sequence[Tunable] = chain.tunables if tune else ()
        self._recorder = recorder
        self._window = Window(title)
        self._actions: dict[str, Callable[[], object]] = {
            "help": self._toggle_help,
            "pause": self._pause,
            "snapshot": self._snapshot,
            "record": self._record,
            "rate": self._toggle_rate,
        }
        self.paused = False
        self._frame: Frame | None = None
        self._rate: FPSmetric | None = None
        self._help = False
        self._held_note: str | None = None
        self._note: tuple[str, float] = "", 0.0
        self._drawn: tuple[Any, ...] = ()
        self._looked = 0.0
        # What objects would write on the picture would be mirrored with it.
        self._captioned: list[Any] = [thing for thing in chain.adapted if mirror and thing.draws_status]

    @property
    def stopped(self) -> str | None:
        """Why the viewer wants to stop: "q", "esc" or "closed"; None before."""
        return self._window.closed_by

    @property
    def tuned(self) -> dict[str, float]:
        """The values of what could be tuned, by name; of two of one name the first counts."""
        return read_tunables(self._tunables)

    def note(self, text: str | None) -> None:
        """Write a line over the picture for as long as it holds, such as that the camera is lost.

        Args:
            text: A short line; None to take it away.
        """
        self._held_note = text

    def show(self, frame: Frame) -> None:
        """Show a processed frame and do what was asked for by keys.

        Args:
            frame: A frame; it is not written to.

        Raises:
            FramechainError: If it cannot be shown, or an object fails at a key.
        """
        self._frame = frame
        self._draw(count=True)

    def poll(self) -> None:
        """Look after the window while no new frame comes; returns at once if that was done just now.

        Raises:
            FramechainError: As `show`.
        """
        if time.monotonic() - self._looked < _IDLE_SECONDS or self._frame is None:
            return
        if self._drawn != self._drawing():
            self._draw()
        else:
            self._look(1)

    def wait(self) -> None:
        """Spend a moment of a pause.

        Raises:
            FramechainError: As `show`.
        """
        if self._drawn != self._drawing():
            self._draw()
        self._look(_PAUSED_MILLISECONDS)

    def _draw(self, *, count: bool = False) -> None:
        assert self._frame is not None
        self._drawn = drawing = self._drawing()
        picture = self._frame.preview()
        if self._mirror:
            picture = cv2.flip(picture, 1).astype(picture.dtype, copy=False)
        elif any(drawing):
            picture = picture.copy()
        if self._rate is not None and count:
            self._rate(picture)
        elif self._rate is not None:
            self._rate.draw(picture)
        if self._help:
            draw_lines(picture, make_help_lines(self._chain.keys))
        if text := self._line():
            written = any(thing.draws_status and thing.status for thing in self._chain.adapted)
            draw_caption(picture, text, above=written)
        self._window_shows(picture)

    def _drawing(self) -> tuple[Any, ...]:
        """What is drawn over the picture; where it changes, the picture must be drawn anew."""
        return self._rate, self._help, self._line()

    def _line(self) -> str | None:
        text, until = self._note
        if time.monotonic() < until:
            return text
        # The Qt in OpenCV's wheels often finds no font to write the trackbars' names with.
        words = [self._held_note, *(f"{tunable.name} {tunable}" for tunable in self._tunables)]
        words += [thing.status for thing in self._captioned if thing.status]
        if self.paused:
            words.append("paused")
        if self._recorder is not None and self._recorder.recording:
            words.append("recording")
        return " - ".join(word for word in words if word) or None

    def _window_shows(self, picture: Image) -> None:
        key = self._window.show(picture)
        self._looked = time.monotonic()
        for tunable in self._tunables:
            turn = functools.partial(self._turn, tunable)
            self._window.trackbar(tunable.name, tunable.position, tunable.positions, turn)
        self._press(key)

    def _look(self, wait: int) -> None:
        key = self._window.poll(wait=wait)
        self._looked = time.monotonic()
        self._press(key)

    def _press(self, key: str | None) -> None:
        if key is None:
            return
        other, used = UNSHIFTED.get(key), True
        with self._leaving():
            used = self._chain.on_key(key) or (other is not None and self._chain.on_key(other))
        if not used and (action := self._actions.get(find_action(key) or "")) is not None:
            action()

    def _turn(self, tunable: Tunable, position: int) -> None:
        try:
            if position != tunable.position:  # OpenCV says where a trackbar stands as soon as it is there.
                tunable.turn(position)
        except FramechainError as error:
            self._say(str(error))

    def _say(self, text: str) -> None:
        self._note = text, time.monotonic() + _NOTE_SECONDS

    def _toggle_help(self) -> None:
        self._help = not self._help

    def _pause(self) -> None:
        self.paused = not self.paused

    def _toggle_rate(self) -> None:
        if self._rate is not None:
            self._rate = None
            return
        assert self._frame is not None
        scale = max(0.5, self._frame.size[1] / 360)
        self._rate = FPSmetric(fontScale=scale, position=(7, round(30 * scale)), thickness=max(1, round(scale)))

    def _record(self) -> None:
        self._say(self._recorder.toggle() if self._recorder is not None else "this is not a camera: nothing to record")

    def _snapshot(self) -> None:
        assert self._frame is not None
        try:
            path = _free_name(time.strftime("framechain-%Y%m%d-%H%M%S"), ".png")
            with AtomicOutput(path) as pending:
                pixels = self._frame.read_bgr()  # It may be on its way into a recording: looked at only.
                if self._frame.alpha is not None:
                    pixels = np.dstack([pixels, self._frame.alpha])
                pending.write(encode_image(pixels, path))
                pending.commit()
            self._say(f"saved {path}")
        except FramechainError as error:
            self._say(str(error))

    def __enter__(self) -> Session:
        for thing in self._captioned:
            thing.draws_status = False
        return self

    def __exit__(self, *exception: object) -> None:
        for thing in self._captioned:
            thing.draws_status = True
        self._window.close()


def _free_name(stem: str, suffix: str) -> str:
    """A name in the current folder that no file has yet."""
    number, name = 1, f"{stem}{suffix}"
    while os.path.exists(name):
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name
