"""The sound of a browser's microphone, for recordings."""

from __future__ import annotations

import time
from typing import Any

from ....media.live_audio.clock import StreamClock
from ....media.live_audio.feed import AudioFormat, AudioPacket, LiveAudio

FORMAT = AudioFormat("pcm_s16le", 48_000, 2)
"""What aiortc decodes Opus to."""

# aiortc holds back four packets, to bring them into order.
_HELD_BACK_SECONDS = 4 * 0.02


def make_audio() -> LiveAudio:
    """Return the audio of a source whose microphone is a browser's."""
    audio = LiveAudio()
    audio.format = FORMAT
    return audio


class BrowserMicrophone:
    """Passes decoded sound on, with the times at which it came. Use it in the event loop."""

    def __init__(self, audio: LiveAudio) -> None:
        """Begin without sound.

        Args:
            audio: Gets the sound.
        """
        self._audio, self._clock = audio, StreamClock()

    def take(self, frame: Any) -> None:
        """Take a decoded frame; the RTP time stamps say how much was lost before it."""
        data = bytes(frame.planes[0])[: 4 * frame.samples]
        pts, duration = float(frame.pts * frame.time_base), frame.samples / frame.sample_rate
        self._clock.place(pts, time.monotonic() - duration - _HELD_BACK_SECONDS)
        self._audio.put(AudioPacket(data, pts, duration, self._clock.anchor, FORMAT))
