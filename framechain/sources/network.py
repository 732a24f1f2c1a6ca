"""Network cameras, through PyAV: its reads end in time and report why.

OpenCV reads streams too, but reports no reasons, opens whatever protocol an address leads to, and holds back frames to
sort them. Live the time of arrival counts, not the stream's time stamps: MJPEG has none, those of MPEG-TS and RTSP
jump when a camera restarts. A stream of segments, such as HLS, is received ahead and paced. In a stream with audio a
`StreamClock` keeps frames and audio in step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from ..basics.plain_words import explain, find_address_fault, find_host
from ..errors import CameraError, MediaError
from ..files.paths import is_web_playlist
from ..frame import Frame, FrameInfo
from ..media.deinterlacing import deinterlace
from ..media.live_audio.clock import StreamClock
from ..media.live_audio.feed import AudioPacket, LiveAudio
from ..media.live_audio.format import make_format, strip_header
from ..media.open_input import (
    LIVE_SEGMENTS,
    close_input,
    describe_decoding_error,
    open_input,
    prepare_decoder,
    read_packets,
)
from ..media.pacing import PacedPackets
from ..media.playlists import Playlist, fetch_playlist
from ..media.stream_guard import WEB_PAGE, WebPageError
from ..pixels.colour import ColourSpace, choose_output_colour
from ..pixels.convert import convert_to_bgr, convert_to_yuv420p, read_colour
from ..pixels.image import fit
from ..pixels.pyav import av

# FFmpeg looks for a new segment once in the time of one, and again after half of it.
_SILENT_SEGMENTS = 3
# A packet that takes longer was waited for, not buffered.
_WAIT_SECONDS = 0.005
_MOST_BUFFERED = 1000


class NetworkCapture:
    """A live stream behind a URL.

    Attributes:
        rate: Frames per second, if the stream reports it.
        remarks: What is done differently from what the stream says, a sentence each; may grow.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str,
        open_seconds: float,
        read_seconds: float,
        is_stopped: Callable[[], bool],
        before: NetworkCapture | None = None,
        audio: LiveAudio | None = None,
    ) -> None:
        """Connect.

        Args:
            url: http, https, rtsp, udp or another that FFmpeg knows.
            name: Its name in errors.
            open_seconds: How long to wait for the connection and the stream's description, and then for a frame.
            read_seconds: How long to wait for data and for the next frame, from then on; of a stream of segments
                at least the time of three.
            is_stopped: Asked between packets.
            before: The capture of this stream that was lost: segments that it has given are no news.
            audio: Gets the stream's audio, if it has any.

        Raises:
            CameraError: If it cannot be opened or holds no video; it says why.
            MediaError: If its frames exceed the pixel limit, or it promises more than FFmpeg can keep.
        """
        self._url, self._name, self._is_stopped = url, name, is_stopped
        self._first_seconds, self._seconds = open_seconds, read_seconds
        self.remarks: list[str] = []
        if fault := find_address_fault(url):
            raise CameraError(fault)
        # What the playlist said when nothing more came.
        self._last_playlist: Playlist | None = None
        playlist = self._fetch_playlist() if is_web_playlist(url) else None
        self._open(playlist, None if before is None else before._last_playlist)
        if playlist is None and self._is_segmented:
            playlist = self._fetch_playlist() or Playlist()
            if self._choose_seconds(playlist) > self._seconds:
                close_input(self._container)  # The time limit of an open input cannot be changed.
                self._open(playlist)
        try:
            if not self._container.streams.video:
                raise CameraError("it holds no video")
            self._stream = self._container.streams.video[0]
            prepare_decoder(self._stream, name, low_latency=True)
        except BaseException:
            close_input(self._container)
            raise
        rate = self._stream.average_rate
        self.rate = rate if rate and 1 <= rate <= 1000 else None
        codec = self._stream.codec_context.codec.canonical_name
        self._audio, self._clock = audio, StreamClock()
        self._audio_stream = None if audio is None else self._find_audio(audio)
        self._paced: PacedPackets | None = None
        if self._is_segmented and playlist is not None:
            self._paced = PacedPackets(
                read_packets(self._container),
                # A film that is read as a camera has no newest segment.
                segment_seconds=playlist.segment_seconds if playlist.is_live else math.inf,
                is_stopped=is_stopped,
                close=lambda: close_input(self._container),
            )
        self._images = deinterlace(self._decode(), codec, self._add_remark)

    def _fetch_playlist(self) -> Playlist | None:
        return fetch_playlist(self._url, self._first_seconds)

    def _choose_seconds(self, playlist: Playlist) -> float:
        return max(self._seconds, _SILENT_SEGMENTS * playlist.segment_seconds)

    def _open(self, playlist: Playlist | None, before: Playlist | None = None) -> None:
        segments = LIVE_SEGMENTS
        if playlist is not None:
            self._seconds = self._choose_seconds(playlist)
            segments = min(segments, segments if before is None else playlist.count_new(before))
            if not segments:
                raise CameraError("its playlist has no new segments")
        begun, timeout = time.monotonic(), (self._first_seconds, self._seconds)
        try:
            self._container = open_input(self._url, self._name, timeout=timeout, low_latency=True, segments=segments)
        except WebPageError:
            raise CameraError(WEB_PAGE) from None
        except MediaError as error:
            if error.__cause__ is None:  # It is refused.
                raise
            # FFmpeg's RTSP calls it invalid data when the time is over.
            is_late = time.monotonic() - begun >= timeout[0]
            if is_late or isinstance(error.__cause__, av.error.ExitError):
                raise CameraError(f"no answer from {find_host(self._url)} within {timeout[0]:g} s") from None
            raise CameraError(self._describe_error(error.__cause__)) from error

    @property
    def _is_segmented(self) -> bool:
        return bool(self._container.format.name == "hls")

    def _find_audio(self, audio: LiveAudio) -> Any:
        """Return the stream whose packets are passed on; None if there is none."""
        stream = self._container.streams.best("audio")
        if stream is None:
            return None
        try:
            self._format = audio.format = make_format(stream)
        except MediaError as error:
            self.remarks.append(f"the camera's audio is left out: {error}")
            return None
        return stream

    def _add_remark(self, what: str) -> None:
        self.remarks.append(f"the camera's video {what}")

    def _decode(self) -> Iterator[av.VideoFrame]:
        # All streams are demuxed: PyAV's time limit is for any packet, and audio may go on where the video has stopped.
        heard, patience = time.monotonic(), self._first_seconds
        packets: Iterator[Any] = read_packets(self._container) if self._paced is None else iter(self._paced)
        if self._audio_stream is not None and self._paced is None:
            packets = self._read_ahead(packets)
        for packet in packets:
            if self._is_stopped():
                return
            if self._container.format.name == "rtsp" and time.monotonic() - heard > patience:
                # At its time limit FFmpeg's RTSP gives out what it holds, and would wait as long again.
                raise CameraError(f"no data for {patience:g} s")
            if packet.stream is self._stream:
                try:
                    for image in self._stream.decode(packet):
                        yield image
                        heard, patience = time.monotonic(), self._seconds
                except av.error.InvalidDataError:
                    pass  # A packet was lost on the way; decoding recovers at the next key frame.
            elif packet.stream is self._audio_stream and packet.size and packet.pts is not None:
                self._pass_on(packet)
            if time.monotonic() - heard > patience:
                raise CameraError(f"no frame for {patience:g} s")

    def _read_ahead(self, packets: Iterator[Any]) -> Iterator[Any]:
        """Yield packets, once those that were buffered while the stream was opened have shown how its clock is set."""
        buffered: list[Any] = []
        before = time.monotonic()
        for packet in packets:
            now = time.monotonic()
            buffered.append(packet)
            if packet.stream is self._stream and packet.pts is not None:
                self._clock.observe(float(packet.pts * packet.time_base), now)
            if now - before > _WAIT_SECONDS or len(buffered) == _MOST_BUFFERED:
                break
            before = now
        yield from buffered
        yield from packets

    def _pass_on(self, packet: av.Packet[Any]) -> None:
        assert self._audio is not None
        data = strip_header(bytes(packet), self._format.codec)
        pts, duration = (float((ticks or 0) * packet.time_base) for ticks in (packet.pts, packet.duration))
        self._audio.put(AudioPacket(data, pts, duration, self._clock.anchor, self._format))

    def read(self, patience: float) -> av.VideoFrame | None:
        """Wait for the next image.

        Args:
            patience: Not used: the time limit was set when it was opened.

        Returns:
            A decoded image; None if it was stopped, or is a playlist that has got an end.

        Raises:
            CameraError: If the stream ended, broke or gave nothing in time.
        """
        try:
            for image in self._images:
                return image
        except av.error.ExitError:
            self._has_ended()
            raise CameraError(f"no data for {self._seconds:g} s") from None
        except (av.FFmpegError, OSError) as error:
            raise CameraError(self._describe_error(error)) from error
        if self._is_stopped() or self._has_ended():
            return None
        raise CameraError("the stream ended")

    def _has_ended(self) -> bool:
        """Return whether a playlist has got an end, and note what it says now."""
        playlist = None if self._paced is None else self._fetch_playlist()
        self._last_playlist = playlist
        return playlist is not None and not playlist.is_live

    def _describe_error(self, error: BaseException) -> str:
        return explain(describe_decoding_error(error), self._url)

    def describe(self, image: av.VideoFrame) -> tuple[tuple[int, int], ColourSpace, Fraction]:
        """Return an image's (width, height), the colour it is processed in, and the sample aspect ratio."""
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        return (image.width, image.height), choose_output_colour(read_colour(image)), aspect

    def get_moment(self, image: av.VideoFrame) -> float:
        """Return when an image that was just read counts, by `time.monotonic`."""
        now = time.monotonic()
        if self._audio_stream is None or image.time is None:
            return now
        return self._clock.place(image.time, now)

    def make_frame(self, image: av.VideoFrame, info: FrameInfo) -> Frame:
        """Make a frame of a stream, scaled to the stream's size.

        Args:
            image: From `read`.
            info: Its place in the stream.

        Returns:
            A frame in the stream's size and colour.
        """
        stream, colour = info.stream, read_colour(image)
        width, height = image.width, image.height
        if (width, height) == (stream.width, stream.height):
            return Frame(info, yuv=convert_to_yuv420p(image, colour, stream.colour, width, height))
        own = choose_output_colour(colour)
        pixels = convert_to_bgr(convert_to_yuv420p(image, colour, own, width, height), own)
        return Frame(info, bgr=fit(pixels, stream.width, stream.height, "contain"))

    def close(self) -> None:
        """Disconnect."""
        if self._paced is None:
            close_input(self._container)
        else:
            self._paced.close()
