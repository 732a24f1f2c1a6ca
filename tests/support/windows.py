"""A window without a screen: keys and trackbar moves come from the test, and what is shown is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.failing import FAIL_AT


class FakeWindow:
    """Takes the place of `framechain.sinks.window.Window` in a session.

    Attributes:
        keys: The keys to come: one for each time a key is read; None for no key.
        shown: What was shown.
        polled: How often a key was read without a new frame.
        trackbars: (position, last position) of each trackbar, by name.
        closed_by: As in `Window`; "q", Esc and "closed" among the keys set it.
        is_closed: True after `close`.
    """

    def __init__(self, title: str = "framechain") -> None:
        self.title = title
        self.keys: list[str | None] = []
        self.shown: list[Any] = []
        self.polled = 0
        self.trackbars: dict[str, tuple[int, int]] = {}
        self.moves: dict[str, Callable[[int], None]] = {}
        self.closed_by: str | None = None
        self.is_closed = False

    def show(self, frame: Any, *, wait: int = 1) -> str | None:
        self.shown.append(frame.copy())
        return self._take_key()

    def poll(self, *, wait: int = 1) -> str | None:
        self.polled += 1
        return self._take_key()

    def trackbar(self, name: str, position: int, last: int, change: Callable[[int], None]) -> None:
        self.trackbars[name] = position, last
        self.moves[name] = change

    def close(self) -> None:
        self.is_closed = True

    def _take_key(self) -> str | None:
        key = self.keys.pop(0) if self.keys else None
        if key in ("q", "esc", "closed"):
            self.closed_by = key
            return None
        return key

    def __enter__(self) -> FakeWindow:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class WindowWithKey:
    """A window in which "x" is pressed once, at frame `support.failing.FAIL_AT`.

    Attributes:
        shown: How many frames were shown.
        closed_by: As in `Window`.
    """

    def __init__(self, title: str) -> None:
        self.closed_by: str | None = None
        self.shown = 0

    def show(self, frame: Any, *, wait: int = 1) -> str | None:
        self.shown += 1
        return "x" if self.shown == FAIL_AT else None

    def poll(self, *, wait: int = 1) -> str | None:
        return None

    def close(self) -> None:
        pass

    def __enter__(self) -> WindowWithKey:
        return self

    def __exit__(self, *exception: object) -> None:
        pass
