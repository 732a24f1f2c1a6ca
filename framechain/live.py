"""What a person at the window of a running stream sees and does: the display, and the keys."""

from __future__ import annotations

from typing import Protocol

from .chain import Chain
from .sinks.window import Window
from .stream import Frame


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
    """The window of a run, and whoever sits in front of it. Use it from one thread, as `Window`."""

    def __init__(self, chain: Chain, *, title: str, recorder: Recorder | None = None) -> None:
        """Check that a window can be shown; it opens with the first frame.

        Args:
            chain: Whose objects are offered every key first.
            title: The window's title.
            recorder: What `r` switches on and off.

        Raises:
            DisplayError: If there is no screen.
        """
        self._chain = chain
        self._recorder = recorder
        self._window = Window(title)

    @property
    def stopped(self) -> str | None:
        """Why the viewer wants to stop: "q", "esc" or "closed"; None before."""
        return self._window.closed_by

    def show(self, frame: Frame) -> None:
        """Show a processed frame and do what was asked for by keys.

        Args:
            frame: A frame; it is not written to.

        Raises:
            FramechainError: If it cannot be shown, or an object fails at a key.
        """
        if (key := self._window.show(frame.shown())) is not None:
            self._chain.on_key(key)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self._window.close()
