"""Numbers of a running chain that the viewer may change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .arguments import convert_numbers


@dataclass(frozen=True, slots=True)
class Tunable:
    """A number that the viewer may change by a trackbar.

    Attributes:
        name: Its name, and that of the command line's option: "threshold" is `--threshold`.
        get: Returns the value.
        set: Sets the value.
        minimum: The smallest value.
        maximum: The largest value.
        step: The distance between two values.

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

    def __post_init__(self) -> None:
        """Convert NumPy's numbers to Python's."""
        convert_numbers(self)

    @property
    def positions(self) -> int:
        """The last position of the trackbar; the first is 0."""
        return max(1, round((self.maximum - self.minimum) / self.step))

    @property
    def position(self) -> int:
        """The trackbar position of the value, 0 to `positions`."""
        return min(self.positions, max(0, round((self.get() - self.minimum) / self.step)))

    def turn(self, position: int) -> None:
        """Set the value of a trackbar position.

        Args:
            position: From 0 to `positions`.
        """
        value = self.minimum + position * self.step
        self.set(round(value) if isinstance(self.step, int) else round(value, 6))

    def __str__(self) -> str:
        return f"{self.get():g}"


def read_tunables(tunables: Sequence[Tunable]) -> dict[str, float]:
    """Return the current values.

    Args:
        tunables: Any number of them; the first of each name counts.

    Returns:
        Each value by its name, in order.
    """
    values: dict[str, float] = {}
    for tunable in tunables:
        values.setdefault(tunable.name, tunable.get())
    return values
