"""Presentation times for a container that stores decoding times only."""

from __future__ import annotations

from typing import Any

from ...pixels.pyav import av

# Reordering delays the first image by no more frames. After a longer delay the decoder has waited for a key frame.
_MOST_FRAMES_LATE = 4


class TimestampRepair:
    """Corrects the times of H.264 in AVI: AVI stores decoding times, and FFmpeg derives wrong ones from them.

    Attributes:
        is_needed: Whether the times of packets are wrong.
    """

    def __init__(self, stream: av.video.stream.VideoStream, container_name: str) -> None:
        """Check whether the stream needs it.

        Args:
            stream: The stream that is decoded.
            container_name: FFmpeg's name of its container.
        """
        codec = stream.codec_context.codec.canonical_name
        self.is_needed = container_name == "avi" and codec == "h264"
        self._begin: int | None = None
        self._delay: int | None = None
        rate, time_base = stream.average_rate, stream.time_base
        self._longest_delay = _MOST_FRAMES_LATE * round(1 / (rate * time_base)) if rate and time_base else 0

    def repair(self, image: av.VideoFrame) -> av.VideoFrame:
        """Give an image the time at which it is shown.

        Args:
            image: As decoded; changed in place. After the last packet it gets no time: the rate gives it.

        Returns:
            The image.
        """
        if self.is_needed:
            if self._delay is None:
                delay = 0 if image.dts is None or self._begin is None else image.dts - self._begin
                self._delay = delay if delay <= self._longest_delay else 0
            image.pts = None if image.dts is None else image.dts - self._delay
        return image

    def note(self, packet: av.Packet[Any]) -> None:
        """Note the first packet; call it with each packet before it is decoded.

        Args:
            packet: The packet.
        """
        if self._begin is None:
            self._begin = packet.dts
