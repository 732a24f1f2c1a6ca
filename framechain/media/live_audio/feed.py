"""The audio of a live source on its way to the outputs: one feed, and a queue for each output that listens."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .clock import Anchor

# Some 40 seconds of AAC: as much as an output that hangs, or a pause, may cost memory.
_MOST_PACKETS = 2048


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What an output must know before the first packet; equal if a stream may go on with it.

    Attributes:
        codec: FFmpeg's name of the codec's format, such as "aac".
        rate: Samples per second.
        channels: How many channels.
        extradata: What decoders need besides; None if nothing.
        template: A stream of PyAV from which outputs make theirs. No connection owns it.
    """

    codec: str
    rate: int
    channels: int
    extradata: bytes | None = None
    template: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """A packet as the source gave it, for any number of outputs.

    Attributes:
        data: Its bytes.
        pts: Its time stamp in the stream, in seconds.
        duration: Seconds; 0 if unknown.
        anchor: Where its time stamp lies in time.
        format: How to read it.
    """

    data: bytes
    pts: float
    duration: float
    anchor: Anchor
    format: AudioFormat


class LiveAudio:
    """The audio of a live source, which goes on when the source is lost and comes back.

    A source puts packets in from the thread that reads it; each output listens through an `AudioTap` of its own. Nobody
    waits for anybody: a tap that is not emptied loses its oldest packets.

    Attributes:
        format: That of the packets to come; None as long as the source has no audio.
        zero: The time of `time.monotonic` that is second 0 of the source's frames.
        muted: While True packets are dropped; outputs have silence.

    Example:
        >>> audio = LiveAudio()
        >>> tap = audio.listen()
        >>> audio.put(AudioPacket(b"data", 1.5, 0.02, Anchor(100.0), AudioFormat("aac", 48000, 2)))
        >>> audio.zero = 100.0
        >>> begin, packet = tap.take(before=2.0)
        >>> begin, packet.data, tap.take(before=2.0)
        (1.5, b'data', None)
    """

    def __init__(self) -> None:
        """Begin without a format and without listeners."""
        self.format: AudioFormat | None = None
        self.zero = 0.0
        self.muted = False
        self._lock = threading.Lock()
        self._taps: list[AudioTap] = []

    def put(self, packet: AudioPacket) -> None:
        """Pass a packet to all who listen, from any thread.

        Args:
            packet: Packets in order.
        """
        if self.muted:
            return
        with self._lock:
            for tap in self._taps:
                tap.append(packet)

    def listen(self) -> AudioTap:
        """Return a tap that gets the packets from now on."""
        tap = AudioTap(self)
        with self._lock:
            self._taps.append(tap)
        return tap

    def leave(self, tap: AudioTap) -> None:
        """Give a tap no more packets."""
        with self._lock:
            if tap in self._taps:
                self._taps.remove(tap)


class AudioTap:
    """The packets that one output has not written yet.

    Attributes:
        source: Where they come from.
        origin: Seconds of the source at which the output begins.
    """

    def __init__(self, source: LiveAudio) -> None:
        """Begin empty; `LiveAudio.listen` makes taps.

        Args:
            source: Where the packets come from.
        """
        self.source = source
        self.origin = 0.0
        self._packets: deque[AudioPacket] = deque(maxlen=_MOST_PACKETS)

    def append(self, packet: AudioPacket) -> None:
        """Add a packet; of too many the oldest is dropped."""
        self._packets.append(packet)

    def take(self, before: float) -> tuple[float, AudioPacket] | None:
        """Remove the next packet if it begins before a time.

        Args:
            before: Seconds of the output.

        Returns:
            When it begins, in seconds of the output, and the packet; None if none is there whose time is known.
        """
        try:
            packet = self._packets[0]
            offset = packet.anchor.offset
            if offset is None:
                return None
            begin = packet.pts + offset - self.source.zero - self.origin
            return (begin, self._packets.popleft()) if begin < before else None
        except IndexError:
            return None

    def close(self) -> None:
        """Listen no more; may be called twice."""
        self.source.leave(self)
        self._packets.clear()


def listen_to(audio: LiveAudio | None) -> AudioTap | None:
    """Return a tap of a source's live audio; None if it has none.

    Args:
        audio: `Source.live_audio`.
    """
    return None if audio is None or audio.format is None else audio.listen()
