"""The base of this package's mattes: they notice when a run calls them without having opened them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.remarks import remark
from ..contracts import Matte
from ..frame import StreamInfo

if TYPE_CHECKING:
    from typing_extensions import Self


class OpenedMatte(Matte):
    """Base of mattes that a run should open: without that they know nothing of the stream.

    A function that calls a matte hides it from the run: its `open` is not called, and its `edge` not used.
    """

    _is_open = False

    def open(self, stream: StreamInfo) -> None:
        """Begin a stream."""
        self._is_open = True

    def close(self) -> None:
        """Release what is held; the next use makes it again. May be called twice."""
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _check_open(self) -> None:
        """Warn the user, once in a run, if the matte is not open; subclasses call it for every frame."""
        if not self._is_open:
            remark(
                f"{self.name} was called in a run without having been opened: it may be many times slower, and leave "
                "halos where its edge is not used. Hand over the matte itself, not a function that calls it; its "
                "methods inside, outside, grow and map and the operators ~, | and & change what it finds. An object "
                "that calls it, also for images of its own, must pass open(stream) and close() on to it"
            )
