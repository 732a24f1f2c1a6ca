"""Network cameras, through PyAV: its reads end in time, and say why.

OpenCV reads streams too, but tells nothing of what went wrong, opens whatever protocol an address leads to,
and holds back frames for their order's sake. Time stamps are not taken from the stream: MJPEG has none, those
of MPEG-TS and RTSP jump when a camera restarts, and what counts live is when a picture came.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from ..errors import CameraError, reason
from ..frame import Frame, FrameInfo
from ..media.deinterlacing import deinterlace
from ..pixels.colour import ColourSpace, choose_output_colour
from ..pixels.convert import convert_to_bgr, convert_to_yuv420p, read_colour
from ..pixels.image import fit
from ..pixels.pyav import av

# Whatever a playlist or a redirection says: no files, no pipes.
_PROTOCOLS = "http,https,httpproxy,tcp,tls,crypto,udp,rtp,srtp,rtsp,rtsps,rtmp,rtmps,rtmpt"
_OPTIONS = {
    "protocol_whitelist": _PROTOCOLS,
    # Enough for the size of the picture; FFmpeg's own five seconds delay the first one. What was read meanwhile is
    # decoded in a burst: thrown away ("nobuffer"), it would often take the key frame along.
    "analyzeduration": "1000000",
    "rtsp_flags": "prefer_tcp",
    # A burst that does not fit costs frames, not the stream.
    "overrun_nonfatal": "1",
}


class NetworkCapture:
    """A live stream behind a URL.

    Attributes:
        finite: False: it goes on until it is lost.
        rate: Frames per second, if the stream tells.
        remarks: Where it cannot do what was asked for, a sentence each.
    """

    finite = False

    def __init__(self, url: str, *, open_seconds: float, read_seconds: float, stopped: Callable[[], bool]) -> None:
        """Connect.

        Args:
            url: http, https, rtsp, udp or another that FFmpeg knows.
            open_seconds: How long to wait for the connection and the stream's description, and then for a picture.
            read_seconds: How long to wait for data and for the next picture, from then on.
            stopped: Asked between packets.

        Raises:
            CameraError: Saying why, if it cannot be opened or holds no picture.
        """
        self._stopped = stopped
        self._first_seconds, self._seconds = open_seconds, read_seconds
        self.remarks: list[str] = []
        try:
            self._container = av.open(url, options=dict(_OPTIONS), timeout=(open_seconds, read_seconds))
        except av.error.ExitError:
            raise CameraError(f"no answer within {open_seconds:g} s") from None
        except (av.FFmpegError, OSError, ValueError) as error:
            raise CameraError(_plain(error)) from error
        if not self._container.streams.video:
            self._container.close()
            raise CameraError("it holds no video")
        stream = self._container.streams.video[0]
        # Threads that each take a frame would hold back as many of them as there are threads.
        stream.thread_type = "SLICE"
        stream.codec_context.flags |= av.codec.context.Flags.low_delay
        self._stream = stream
        rate = stream.average_rate
        self.rate = rate if rate and 1 <= rate <= 1000 else None
        codec = stream.codec_context.codec.canonical_name
        self._pictures = deinterlace(self._decode(), codec, self._tell)

    def _tell(self, what: str) -> None:
        self.remarks.append(f"the camera's picture {what}")

    def _decode(self) -> Iterator[av.VideoFrame]:
        # Of all streams: PyAV's time limit is for any packet, and sound may go on where the picture has stopped.
        heard, patience = time.monotonic(), self._first_seconds
        for packet in self._container.demux():
            if self._stopped():
                return
            if packet.stream is self._stream:
                try:
                    for picture in self._stream.decode(packet):
                        yield picture
                        heard, patience = time.monotonic(), self._seconds
                except av.error.InvalidDataError:
                    pass  # A packet was lost on the way; the next key frame mends it.
            if time.monotonic() - heard > patience:
                raise CameraError(f"no picture for {patience:g} s")

    def read(self, patience: float) -> av.VideoFrame | None:
        """Wait for the next picture.

        Args:
            patience: Not used: the time limit was told when it was opened.

        Returns:
            A decoded picture; None if it was stopped.

        Raises:
            CameraError: If the stream ended, broke or gave nothing in time.
        """
        try:
            for picture in self._pictures:
                return picture
        except av.error.ExitError:
            raise CameraError(f"no data for {self._seconds:g} s") from None
        except (av.FFmpegError, OSError) as error:
            raise CameraError(_plain(error)) from error
        if self._stopped():
            return None
        raise CameraError("the stream ended")

    def describe(self, picture: av.VideoFrame) -> tuple[tuple[int, int], ColourSpace, Fraction]:
        """A picture's (width, height), the colour it is processed in, and the shape of its pixels."""
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        return (picture.width, picture.height), choose_output_colour(read_colour(picture)), aspect

    def frame(self, picture: av.VideoFrame, info: FrameInfo) -> Frame:
        """A picture as a frame of a stream, scaled if it has another size.

        Args:
            picture: From `read`.
            info: Its place in the stream.

        Returns:
            A frame in the stream's size and colour.
        """
        stream, source = info.stream, read_colour(picture)
        width, height = picture.width, picture.height
        if (width, height) == (stream.width, stream.height):
            return Frame(info, yuv=convert_to_yuv420p(picture, source, stream.colour, width, height))
        own = choose_output_colour(source)
        pixels = convert_to_bgr(convert_to_yuv420p(picture, source, own, width, height), own)
        return Frame(info, bgr=fit(pixels, stream.width, stream.height, "contain"))

    def close(self) -> None:
        """Hang up."""
        self._container.close()


def _plain(error: BaseException) -> str:
    if isinstance(error, av.error.HTTPClientError | av.error.HTTPServerError):
        return f"the server says {reason(error)}"
    words: Any = reason(error)
    return str(words).split("; last error log")[0]
