"""What a viewer sees and does in the window of a run: frames, keys, trackbars."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..basics.tunables import Tunable, read_tunables
from ..errors import FramechainError
from ..files.atomic_output import AtomicOutput
from ..files.paths import find_free_name
from ..frame import Frame
from ..images.codec import encode_image
from ..objects.overlays import FPSmetric
from ..pixels.image import Image
from ..pixels.text import draw_caption, draw_lines
from ..sinks.window import Window
from .keys import UNSHIFTED, find_action, make_help_lines
from .viewer import Viewer, ViewerControls

if TYPE_CHECKING:
    from ..media.live_audio.feed import LiveAudio
    from ..sinks.files.recorder import Recorder

_MESSAGE_SECONDS = 3.0
# A shorter interval would handle the window between the frames of a camera too, and show the next frame later.
_IDLE_SECONDS = 0.09
_WAIT_MILLISECONDS = 30


class Session(Viewer):
    """The window of a run: it shows frames and handles keys and trackbars. Use it in a `with` block, in one thread.

    Attributes:
        paused: True while the viewer wants to keep the frame.
        changed: True if an object used a key or a trackbar was moved since the last `show` began: an image must be
            processed again.
        unused_key: The last key that neither an object nor the window used; None if there was none.

    Example:
        A single image, processed again after each change, until q, Esc, the close button or a key without a use::

            with Session(controls, title="framechain", still=True) as session:
                session.show(process())
                while session.stopped is None and session.unused_key is None:
                    session.wait()
                    if session.changed:
                        session.show(process())
    """

    def __init__(
        self,
        controls: ViewerControls,
        *,
        title: str,
        mirror: bool = False,
        still: bool = False,
        recorder: Recorder | None = None,
        audio: LiveAudio | None = None,
    ) -> None:
        """Check that a window can be shown; it opens with the first frame.

        Args:
            controls: What the viewer can change about the objects.
            title: The window's title.
            mirror: True to mirror the frames in the window, and only there.
            still: True for a single image: it has no keys for a pause or a recording.
            recorder: What the key `r` starts and ends; None without a camera.
            audio: What the key `u` mutes; None if the source has no live audio.

        Raises:
            DisplayError: If there is no screen.
        """
        self._controls = controls
        self._mirror = mirror
        self._still = still
        self._recorder, self._audio = recorder, audio
        self._window = Window(title)
        self._actions: dict[str, Callable[[], object]] = {
            "help": self._toggle_help,
            "pause": self._toggle_pause,
            "snapshot": self._save_snapshot,
            "record": self._toggle_recording,
            "rate": self._toggle_rate,
            "mute": self._toggle_mute,
        }
        self.paused = False
        self.changed = False
        self.unused_key: str | None = None
        self._pressed: list[str] = []
        self._frame: Frame | None = None
        self._rate: FPSmetric | None = None
        self._help = False
        self._notice: str | None = None
        self._message, self._message_ends = "", 0.0
        self._drawn: tuple[Any, ...] = ()
        self._polled = 0.0
        # A status that an object draws on the frame would be mirrored with it.
        self._captioned = [thing for thing in controls.objects if mirror and thing.draws_status]

    @property
    def stopped(self) -> str | None:
        """How the viewer stopped the run: "q", "esc" or "closed"; None before."""
        return self._window.closed_by

    @property
    def tuned(self) -> dict[str, float]:
        """The current value of each tunable, by name; of two with one name the first counts."""
        return read_tunables(self._controls.tunables)

    def set_notice(self, text: str | None) -> None:
        """Show a line over the frames until further notice, such as that the camera is lost.

        Args:
            text: A short line; None to remove it.
        """
        self._notice = text

    def show(self, frame: Frame) -> None:
        """Show a processed frame and handle a key.

        Args:
            frame: A frame; it is not written to.

        Raises:
            FramechainError: If it cannot be shown, or an object fails at a key.
        """
        self._frame = frame
        self.changed = False
        self._draw(is_new=True)

    def poll(self) -> None:
        """Handle the window while no new frame comes; returns at once if that was done a moment ago.

        Raises:
            FramechainError: As `show`.
        """
        if time.monotonic() - self._polled >= _IDLE_SECONDS and self._frame is not None:
            self._update(1)

    def wait(self) -> None:
        """Handle the window for a moment (30 ms), during a pause or while an image is shown.

        Raises:
            FramechainError: As `show`.
        """
        self._update(_WAIT_MILLISECONDS)

    def _update(self, milliseconds: int) -> None:
        if self._drawn != self._get_overlays():
            self._draw()
        else:
            key = self._window.poll(wait=milliseconds)
            self._polled = time.monotonic()
            self._handle(key)

    def _draw(self, *, is_new: bool = False) -> None:
        assert self._frame is not None
        self._drawn = overlays = self._get_overlays()
        image = self._frame.preview()
        if self._mirror:
            image = cv2.flip(image, 1).astype(image.dtype, copy=False)
        elif any(overlays):
            image = image.copy()
        if self._rate is not None:
            self._draw_rate(image, self._rate, is_new=is_new)
        if self._help:
            draw_lines(image, make_help_lines(self._controls.keys(), still=self._still))
        if caption := self._get_caption():
            drawn = any(thing.draws_status and thing.status for thing in self._controls.objects)
            draw_caption(image, caption, above=drawn)
        key = self._window.show(image)
        self._polled = time.monotonic()
        for tunable in self._controls.tunables:
            move = functools.partial(self._move, tunable)
            self._window.trackbar(tunable.name, tunable.position, tunable.positions, move)
        self._handle(key)

    def _draw_rate(self, image: Image, rate: FPSmetric, *, is_new: bool) -> None:
        if is_new:
            rate(image)
        else:
            rate.draw(image)
        if (level := self._controls.level()) is not None:
            # Below the number, which changes its width.
            left, bottom = rate.position
            scale = rate.font_scale / 2
            position = left, bottom + round(36 * scale)
            cv2.putText(image, level, position, rate.font_face, scale, rate.color, rate.thickness, rate.line_type)

    def _get_overlays(self) -> tuple[Any, ...]:
        """Return what is drawn over the frame; if it changes, the frame is drawn again."""
        return self._rate, self._help, self._get_caption()

    def _get_caption(self) -> str | None:
        if time.monotonic() < self._message_ends:
            return self._message
        # The Qt in OpenCV's wheels often finds no font for the names of the trackbars.
        parts = [self._notice, *(f"{tunable.name} {tunable}" for tunable in self._controls.tunables)]
        parts += [thing.status for thing in self._captioned]
        if self.paused:
            parts.append("paused")
        if self._recorder is not None and self._recorder.is_recording:
            parts.append("recording")
        if self._audio is not None and self._audio.muted:
            parts.append("muted")
        return " - ".join(part for part in parts if part) or None

    def _handle(self, key: str | None) -> None:
        if key is None:
            return
        self._pressed.append(key)
        if len(self._pressed) > 1:
            return  # The run polls the window while an object handles a key: the next one waits for that.
        try:
            while self._pressed:
                self._press(self._pressed[0])
                del self._pressed[0]
        finally:
            self._pressed.clear()

    def _press(self, key: str) -> None:
        unshifted = UNSHIFTED.get(key)
        if self._controls.on_key(key) or (unshifted is not None and self._controls.on_key(unshifted)):
            self.changed = True
        elif (action := find_action(key, still=self._still)) is not None:
            self._actions[action]()
        else:
            self.unused_key = key

    def _move(self, tunable: Tunable, position: int) -> None:
        if position == tunable.position:
            return  # OpenCV reports the position of a new trackbar.
        try:
            self._controls.turn(tunable, position)
            self.changed = True
        except FramechainError as error:
            self._show_message(str(error))

    def _show_message(self, text: str) -> None:
        self._message, self._message_ends = text, time.monotonic() + _MESSAGE_SECONDS

    def _toggle_help(self) -> None:
        self._help = not self._help

    def _toggle_pause(self) -> None:
        self.paused = not self.paused

    def _toggle_rate(self) -> None:
        if self._rate is not None:
            self._rate = None
            return
        assert self._frame is not None
        scale = max(0.5, self._frame.size[1] / 360)
        self._rate = FPSmetric(fontScale=scale, position=(7, round(30 * scale)), thickness=max(1, round(scale)))

    def _toggle_mute(self) -> None:
        if self._audio is None:
            self._show_message("there is no live sound to mute")
        else:
            self._audio.muted = not self._audio.muted

    def _toggle_recording(self) -> None:
        if self._recorder is None:
            self._show_message("only a camera can be recorded")
        else:
            self._show_message(self._recorder.toggle())

    def _save_snapshot(self) -> None:
        assert self._frame is not None
        try:
            path = find_free_name(time.strftime("framechain-%Y%m%d-%H%M%S.png"))
            with AtomicOutput(path) as pending:
                # A recording may use the same arrays: they are only read.
                full_view = self._frame.full_view
                pixels = self._frame.read_bgr() if full_view is None else full_view()
                if self._frame.alpha is not None and full_view is None:
                    pixels = np.dstack([pixels, self._frame.alpha])
                pending.write(encode_image(pixels, path))
                pending.commit()
            self._show_message(f"saved {path}")
        except FramechainError as error:
            self._show_message(str(error))

    def __enter__(self) -> Session:
        for thing in self._captioned:
            thing.draws_status = False
        return self

    def __exit__(self, *exception: object) -> None:
        for thing in self._captioned:
            thing.draws_status = True
        self._window.close()
