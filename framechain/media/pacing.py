"""Packets of a live stream that come in segments, each at its own time."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..threads.farewell import awaited_at_exit

_logger = logging.getLogger(__name__)

# Time stamps that step back or ahead by more belong to a new timeline, as after a restart of the server. Audio and
# video packets of one moment are not that far apart.
_STEP_BACK, _STEP_AHEAD = 2.0, 5.0
_MOST_BYTES = 128 << 20
_LOOK_UP_SECONDS = 0.05


class PacedPackets:
    """Packets that are received ahead in a thread of their own, and given out when they are due.

    A segment arrives as a whole, much faster than it plays. The first packet is due at once, each other one as long
    after it as its time stamp says. Where the network is too slow, all times are moved. Where more waits than three
    segments, as after a long pause, what is older than two is left out up to a key frame: live, the newest counts.
    """

    def __init__(
        self,
        packets: Iterable[Any],
        *,
        segment_seconds: float,
        is_stopped: Callable[[], bool],
        close: Callable[[], object],
    ) -> None:
        """Start to receive.

        Args:
            packets: The demuxed packets of all streams, in the order in which they are stored.
            segment_seconds: How long a segment is; infinity to leave nothing out.
            is_stopped: Asked while waiting for a packet.
            close: Called once, after `close` and after the thread has left `packets`, which cannot be interrupted: by
                whichever comes last.
        """
        self._segment_seconds = segment_seconds
        self._is_stopped = is_stopped
        self._waiting: deque[Any] = deque()
        self._bytes = 0
        self._change = threading.Condition()
        self._close_input = close
        self._has_ended = self._is_closed = False
        self._error: Exception | None = None
        self._start: float | None = None
        self._last_due = 0.0
        # From here on the thread has the packets: nobody else may close what they come from.
        self._thread = threading.Thread(target=self._receive, args=(packets,), name="framechain-segments", daemon=True)
        self._thread.start()

    def _receive(self, packets: Iterable[Any]) -> None:
        with awaited_at_exit(self.close):
            try:
                for packet in packets:
                    if not self._put(packet):
                        break
            except Exception as error:
                self._error = error
            with self._change:
                self._has_ended = True
                self._change.notify_all()
                is_last = self._is_closed
            if is_last:
                self._close_input()

    def _put(self, packet: Any) -> bool:
        with self._change:
            while self._bytes > _MOST_BYTES and not self._is_closed:
                self._change.wait()
            self._waiting.append(packet)
            self._bytes += packet.size
            self._change.notify_all()
            return not self._is_closed

    def __iter__(self) -> Iterator[Any]:
        """Yield the packets, each when it is due, until they end or `is_stopped` says so.

        Raises:
            Exception: What receiving raised, after the last packet.
        """
        while (packet := self._take()) is not None:
            yield packet
        if self._error is not None and not self._is_stopped():
            raise self._error

    def _take(self) -> Any:
        """Return the next packet once it is due; None at the end and after a stop."""
        is_late = False
        while not (self._is_stopped() or self._is_closed):
            with self._change:
                if self._waiting:
                    left = self._find_due(is_late=is_late) - time.monotonic()
                    if left <= 0:
                        return self._pop()
                elif self._has_ended:
                    return None
                else:
                    left, is_late = _LOOK_UP_SECONDS, self._start is not None
                self._change.wait(min(left, _LOOK_UP_SECONDS))
        return None

    def _pop(self) -> Any:
        packet = self._waiting.popleft()
        self._bytes -= packet.size
        self._change.notify_all()
        return packet

    def _find_due(self, *, is_late: bool) -> float:
        """Return when the first packet that waits is due, by `time.monotonic`."""
        if self._count_waiting_seconds() > 3 * self._segment_seconds:
            self._skip_old()
        now, seconds = time.monotonic(), _get_seconds(self._waiting[0])
        if seconds is None:
            return now
        if self._start is None:
            self._start, self._last_due = now - seconds, now
        due = self._start + seconds
        if not -_STEP_BACK <= due - self._last_due <= _STEP_AHEAD or (is_late and due < now):
            self._start, due = now - seconds, now
        self._last_due = due
        return due

    def _count_waiting_seconds(self) -> float:
        first, last = _get_seconds(self._waiting[0]), _get_seconds(self._waiting[-1])
        return 0.0 if first is None or last is None else last - first

    def _skip_old(self) -> None:
        """Drop packets up to the first key frame of the two segments that came last."""
        last = _get_seconds(self._waiting[-1]) or 0.0
        for count, packet in enumerate(self._waiting):
            seconds = _get_seconds(packet)
            is_new = seconds is not None and last - seconds <= 2 * self._segment_seconds
            if is_new and packet.is_keyframe and packet.stream.type == "video":
                _logger.info("the stream has fallen behind by more than three segments: %d packets left out", count)
                for _ in range(count):
                    self._pop()
                self._start = None
                return

    def close(self) -> None:
        """End receiving; the thread leaves when its read under way ends. May be called twice."""
        with self._change:
            is_last = self._has_ended and not self._is_closed
            self._is_closed = True
            self._waiting.clear()
            self._bytes = 0
            self._change.notify_all()
        if is_last:
            self._close_input()


def _get_seconds(packet: Any) -> float | None:
    return None if packet.dts is None else float(packet.dts * packet.time_base)
