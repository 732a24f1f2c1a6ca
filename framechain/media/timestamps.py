"""When pictures are shown, of a container that tells only when they are to be decoded."""

from __future__ import annotations

from typing import Any

from ..pixels.pyav import av

# B-frames that refer to each other need no more; a longer wait is for the first key frame.
_MOST_LATE = 4


class TimestampRepair:
    """AVI tells when packets are decoded. For H.264 FFmpeg guesses from that when pictures are shown, and is wrong."""

    def __init__(self, stream: av.video.stream.VideoStream, choose_container: str) -> None:
        """See whether it is such a stream.

        Args:
            stream: The stream that is decoded.
            choose_container: FFmpeg's name of its container.
        """
        codec = stream.codec_context.codec.canonical_name
        self._concerned = choose_container == "avi" and codec == "h264"
        self._begin: int | None = None
        self._late: int | None = None
        rate, time_base = stream.average_rate, stream.time_base
        self._most_late = _MOST_LATE * round(1 / (rate * time_base)) if rate and time_base else 0

    def put_right(self, picture: av.VideoFrame) -> av.VideoFrame:
        """Give a picture the time at which it is shown.

        Args:
            picture: As decoded; changed in place; without a time where only the rate tells, after the last packet.

        Returns:
            The picture.
        """
        if self._concerned:
            if self._late is None:
                late = 0 if picture.dts is None or self._begin is None else picture.dts - self._begin
                self._late = late if late <= self._most_late else 0
            picture.pts = None if picture.dts is None else picture.dts - self._late
        return picture

    def note(self, packet: av.Packet[Any]) -> None:
        """Note the first packet; call it with each before it is decoded.

        Args:
            packet: The packet.
        """
        if self._begin is None:
            self._begin = packet.dts
