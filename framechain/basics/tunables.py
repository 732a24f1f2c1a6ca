"""Numbers of a running chain that the viewer may change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import ArgumentError
from .arguments import check_number, convert_numbers


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


def set_tunables(tunables: Sequence[Tunable], values: Mapping[str, float]) -> None:
    """Set numbers by their names.

    Args:
        tunables: Any number of them; the first of each name is set.
        values: The values by name.

    Raises:
        ArgumentError: If there is no such name, or a value is out of range.

    Example:
        >>> level = [0.5]
        >>> tunable = Tunable("level", lambda: level[0], lambda value: level.__setitem__(0, value), 0, 1)
        >>> set_tunables([tunable], {"level": 1})
        >>> level
        [1.0]
    """
    by_name: dict[str, Tunable] = {}
    for tunable in tunables:
        by_name.setdefault(tunable.name, tunable)
    for name, value in values.items():
        if name not in by_name:
            raise ArgumentError(
                f"no object of the chain has a number {name!r}: there is {', '.join(by_name) or 'none'}"
            )
        tunable = by_name[name]
        number = check_number(name, value, tunable.minimum, tunable.maximum)
        tunable.set(round(number) if isinstance(tunable.step, int) else number)
