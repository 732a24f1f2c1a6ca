"""Keeps the objects of a camera's chain at the best level of quality that the machine can hold."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ..chain import Chain
from ..frame import StreamInfo
from .pace import PaceController

_log = logging.getLogger(__name__)


class LevelKeeper:
    """Watches how long frames take, and tells a chain which level to use: one for all of its objects.

    Only a live stream, and only objects with `levels`, are concerned: elsewhere it does nothing.
    """

    def __init__(self, chain: Chain, stream: StreamInfo, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin at the best level.

        Args:
            chain: The chain, open for the stream.
            stream: The stream.
            clock: Returns seconds of a clock that never goes back.
        """
        self._chain, self._stream, self._clock = chain, stream, clock
        levels = chain.count_levels() if stream.live else 0
        self._pace = PaceController(levels) if levels > 1 else None

    @property
    def level(self) -> str | None:
        """The level, for the viewer; None if there is none to choose."""
        if self._pace is None:
            return None
        return ", ".join(dict.fromkeys(level for _, level in self._chain.list_levels(self._pace.below)))

    def follow(self, *, seconds: float, arrived: int, dropped: int) -> None:
        """Take in a frame when the next one was taken, before it is processed; see `PaceController.add`."""
        pace = self._pace
        if pace is None or not pace.add(self._clock(), seconds=seconds, arrived=arrived, dropped=dropped):
            return
        self._chain.choose_level(pace.below)
        for name, level in dict.fromkeys(self._chain.list_levels(pace.below)):
            _log.info(
                '%s: %s goes on with quality "%s", as frames took %.0f ms at %.0f frames/s%s',
                self._stream.name, name, level, 1000 * pace.seconds, pace.rate,
                " and some were dropped" if pace.is_dropping else "",
            )  # fmt: skip
