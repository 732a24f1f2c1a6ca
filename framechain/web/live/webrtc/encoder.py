"""VP8 for the page: aiortc's encoder with settings for a picture that looks good and comes at once.

aiortc 1.16 encodes between 250 and 1500 kbit/s, begins with 500, and has no public way to change that (its issues 402
and 1159). It also begins anew, with a key frame, whenever the receiver's estimate changes by a tenth.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from aiortc.codecs.vpx import Vp8Encoder

from ....pixels.pyav import av

# Per second: 2.5 Mbit/s at 640x480.
_BITS_PER_PIXEL = 8
_LEAST, _MOST = 300_000, 8_000_000
# A change of the receiver's estimate that is worth a key frame.
_FALL, _RISE = 0.75, 1.6
_TIME_BASE = Fraction(1, 90_000)


def choose_bit_rate(width: int, height: int) -> int:
    """Return the bits per second at which a picture looks good.

    Example:
        >>> choose_bit_rate(640, 480), choose_bit_rate(1280, 720)
        (2457600, 7372800)
    """
    return min(_MOST, max(_LEAST, _BITS_PER_PIXEL * width * height))


class PageEncoder(Vp8Encoder):  # type: ignore[misc]
    """Encodes for one page. aiortc calls it in a thread of its pool, one frame at a time."""

    def __init__(self) -> None:
        """Begin without a frame."""
        super().__init__()
        self._encoder: Any = None
        self._estimate: int | None = None

    @property
    def target_bitrate(self) -> int | None:
        """What the receiver says it can take, in bits per second; None before it says so. aiortc sets it."""
        return self._estimate

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._estimate = bitrate

    def encode(self, frame: Any, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """Encode a frame; the first one, and one that the receiver asks for, as a key frame."""
        wanted = choose_bit_rate(frame.width, frame.height)
        if self._estimate is not None:
            wanted = max(_LEAST, min(wanted, self._estimate))
        current = self._encoder
        if (
            current is None
            or (current.width, current.height) != (frame.width, frame.height)
            or not _FALL < wanted / current.bit_rate < _RISE
        ):
            self._encoder = current = _make_encoder(frame.width, frame.height, wanted)
        if force_keyframe:
            frame.pict_type = av.video.frame.PictureType.I
        packets = current.encode(frame)
        payloads: list[bytes] = []
        timestamp = 0
        for packet in packets:
            packet.time_base = frame.time_base
            part, timestamp = self.pack(packet)
            payloads += part
        return payloads, timestamp


def _make_encoder(width: int, height: int, bit_rate: int) -> Any:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.bit_rate = bit_rate
    encoder.time_base = _TIME_BASE
    encoder.framerate = Fraction(30)
    encoder.gop_size = 3000  # Key frames come when the receiver asks for one.
    encoder.qmin, encoder.qmax = 4, 48
    encoder.thread_count = 1  # A second one waits longer than it works, on two cores that are busy.
    encoder.options = {
        "deadline": "realtime",
        "cpu-used": "-6",
        "lag-in-frames": "0",
        "error-resilient": "0",
        "minrate": str(bit_rate),
        "maxrate": str(bit_rate),
        "bufsize": str(bit_rate // 2),
        "static-thresh": "1",
        "undershoot-pct": "95",
        "overshoot-pct": "15",
    }
    return encoder
