"""When each frame of a video is shown, as its packets say without being decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FrameTable:
    """When each frame of a video is shown.

    Attributes:
        times: The time of each frame, in ticks of the stream; they grow.
        keys: The times of those that are key frames.
    """

    times: tuple[int, ...]
    keys: tuple[int, ...]

    def shift(self, ticks: int) -> FrameTable:
        """Return the table with so much added to all times."""
        return FrameTable(tuple(time + ticks for time in self.times), tuple(key + ticks for key in self.keys))


def make_frame_table(packets: Iterable[tuple[int | None, bool]]) -> FrameTable | None:
    """Make the table of a stream.

    Args:
        packets: Presentation time and whether it is a key frame, of each packet that is shown.

    Returns:
        The table; None if a packet has no time: then only decoding tells. Of two packets with one time, as VP9 has
            them, one is for later frames alone.

    Example:
        >>> make_frame_table([(0, True), (40, False), (20, False)])
        FrameTable(times=(0, 20, 40), keys=(0,))
        >>> make_frame_table([(None, True)]) is None
        True
    """
    times: set[int] = set()
    keys: set[int] = set()
    for time, is_key in packets:
        if time is None:
            return None
        times.add(time)
        if is_key:
            keys.add(time)
    return FrameTable(tuple(sorted(times)), tuple(sorted(keys))) if times else None
