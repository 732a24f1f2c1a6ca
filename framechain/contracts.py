"""Numbers of a running chain that a person may turn, by trackbar or by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .pixels.image import Image


@dataclass(frozen=True, slots=True)
class Tunable:
    """A number that an object offers to be tuned while it runs.

    Attributes:
        name: What it is called, also as an option of the command line: "threshold" is `--threshold`.
        get: Tells its value.
        set: Sets it.
        minimum: The least it may be.
        maximum: The most it may be.
        step: The values between them lie this far apart.

    Example:
        >>> level = [0.5]
        >>> tunable = Tunable("level", lambda: level[0], lambda value: level.__setitem__(0, value), 0, 1)
        >>> tunable.position, tunable.positions
        (50, 100)
        >>> tunable.turn(75)
        >>> level, str(tunable)
        ([0.75], '0.75')
    """

    name: str
    get: Callable[[], float]
    set: Callable[[float], object]
    minimum: float
    maximum: float
    step: float = 0.01

    @property
    def positions(self) -> int:
        """The last position of a trackbar; the first is 0."""
        return max(1, round((self.maximum - self.minimum) / self.step))

    @property
    def position(self) -> int:
        """Where the value stands between 0 and `positions`."""
        return min(self.positions, max(0, round((self.get() - self.minimum) / self.step)))

    def turn(self, position: int) -> None:
        """Set the value that a position stands for.

        Args:
            position: From 0 to `positions`.
        """
        value = self.minimum + position * self.step
        self.set(round(value) if isinstance(self.step, int) else round(value, 6))

    def __str__(self) -> str:
        return f"{self.get():g}"


class CustomObject(Protocol):
    """What an `Engine` calls for every frame. Nobody must inherit this; any callable of this shape will do.

    An object sees frames in order and from one thread only. The array is its own: it may draw on it and
    return it, or return another, also one that it keeps and fills anew for every frame. What it was given and
    returns it gives away: the objects after it may draw on that, so it should keep a copy where it looks back.
    A parameter named `info` is filled with the frame's `FrameInfo`.

    These hooks are optional and found by name:

    - `open(stream: StreamInfo)`: a new stream begins.
    - `close()`: the stream has ended; called after an error too.
    - `on_key(key: str) -> bool`: a key was pressed in the window; True if it was used.
    - `reset()`: forget what was learnt of the stream so far.
    - `cover(frame: Image, info: FrameInfo) -> Image`: by an object that hides what is behind: shown instead where
      the chain fails on a live stream. The frame it is given is blurred beyond recognition already.
    - `process_planes(frame: Frame) -> Frame`: called instead of the object for a `Frame` that is still in YUV
      (`frame.in_planes`): for objects that can work there and save the conversions.
    - `look_ahead(frame: Frame) -> Callable[[Frame], Frame] | None`: called with a later frame of a file in another
      thread while the object is at work, if it is the chain's first and has `process_planes`. What it returns is
      called instead of that, in the chain's thread; it is to answer None where it has no use for it.

    And so are these attributes:

    - `keys: Mapping[str, str]`: which keys `on_key` uses and what for, such as `{"a": "next picture"}`; for the help.
    - `tunables: Sequence[Tunable]`: numbers to be had as trackbars; see `framechain.contracts`.

    Example:
        >>> import numpy as np
        >>> class Darken:
        ...     def __call__(self, frame):
        ...         return frame // 2
        >>> int(Darken()(np.full((2, 2, 3), 200, np.uint8)).max())
        100
    """

    def __call__(self, frame: Image) -> Image:
        """Process one frame.

        Args:
            frame: uint8 (H, W, 3) BGR, C-contiguous.

        Returns:
            uint8 (H, W, 3) BGR; height and width may differ from the input's, but not from frame to frame.
            Or (H, W, 4) BGRA to make the frame see-through: objects that come after are given its colours,
            the output is given both. Such an object has an attribute `gives_alpha = True`.
        """
        ...
