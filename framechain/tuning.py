"""Numbers of a running chain that a person may turn, by trackbar or by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


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


def values_of(tunables: Sequence[Tunable]) -> dict[str, float]:
    """The values of now.

    Args:
        tunables: Any number of them; of two of one name the first counts.

    Returns:
        Each value by its name, in order.
    """
    values: dict[str, float] = {}
    for tunable in tunables:
        values.setdefault(tunable.name, tunable.get())
    return values
