"""Frames of a video file or stream, through PyAV."""

from __future__ import annotations

import functools
import threading
from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import MediaError
from ..files.paths import is_stream_url
from ..frame import Frame, FrameInfo, StreamInfo
from ..media.audio import AudioTrack
from ..media.deinterlacing import deinterlace
from ..media.edit_lists import describe_unsupported_edits, is_rearranged, read_edit_list
from ..media.limits import MAX_VIDEO_PIXELS, VARIABLE, check_pixel_count, get_pixel_limit
from ..media.open_input import describe_ffmpeg_error, open_input
from ..media.timestamps import TimestampRepair
from ..media.truncation import is_truncated
from ..pixels.colour import choose_output_colour
from ..pixels.convert import convert_to_yuv420p, read_colour
from ..pixels.planes import add_bars, fit_even_size, rotate
from ..pixels.pyav import av

_DISPLAY_MATRIX_ONE = 1 << 16
_FALLBACK_RATE = Fraction(25)
# What a container may promise too much without anybody missing it: rounding, a last frame of no duration.
_SHORTFALL_SECONDS = 0.5


class VideoSource:
    """The frames of a video, upright, in order, each with its time.

    Attributes:
        info: What is known of the stream.
        audio: Its sound, or None.
        warnings: What is done differently from what the file says, a sentence each; it may grow.

    Example:
        >>> from framechain.sources.video import VideoSource
        >>> with VideoSource("samples/clip.mp4") as source:
        ...     times = [frame.info.time for frame in source]
        >>> len(times), source.info.rate
        (150, Fraction(30000, 1001))
    """

    def __init__(self, path: str, *, name: str | None = None) -> None:
        """Open a video and decode its first frame.

        Args:
            path: A local path or a stream's URL.
            name: What to call it in errors; the path itself if not given.

        Raises:
            MediaError: If it is no video, has no video stream, not one frame can be decoded, or its frames are
                larger than `MAX_VIDEO_PIXELS` or the environment allows.
        """
        self._path = path
        self._name = name or path
        self._container = open_input(path, self._name)
        try:
            self._stream = self._choose_stream()
            self.warnings: list[str] = []
            self._damaged = 0
            self._broken: str | None = None
            self._decoded: Generator[av.VideoFrame, None, None] = self._decode()
            first = next(self._decoded, None)
            if first is None and not self._stream.width:
                raise MediaError(
                    f"cannot read {self._name}: its frames have no size, or more than "
                    f"{get_pixel_limit(MAX_VIDEO_PIXELS)} pixels, which are refused; "
                    f"if you trust it and have the memory, set {VARIABLE} higher"
                )
            if first is None:
                detail = self._broken or f"{self._damaged} damaged packets"
                raise MediaError(f"cannot read {self._name}: not one frame could be decoded ({detail})")
            self._first: av.VideoFrame | None = first
            self._origin, self.audio = self._time_origin(first)
            self._rearranged = self._follow_edits()
            self._describe(first)
        except BaseException:
            self._container.close()
            raise
        self._reading = threading.Lock()
        self._frames = 0
        self._end = 0
        self._last_pts = -1

    def _choose_stream(self) -> av.video.stream.VideoStream:
        videos = [
            stream
            for stream in self._container.streams.video
            if not stream.disposition & av.stream.Disposition.attached_pic
        ]
        if not videos:
            kinds: list[str] = sorted({stream.type for stream in self._container.streams}) or ["nothing"]
            raise MediaError(f"cannot read {self._name}: it holds no video stream, only {' and '.join(kinds)}")
        best = self._container.streams.best("video")
        stream = best if best in videos else videos[0]
        if stream.codec_context is None:
            raise MediaError(f"cannot read {self._name}: this FFmpeg has no decoder for its picture")
        check_pixel_count(self._name, stream.width, stream.height, MAX_VIDEO_PIXELS)
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(get_pixel_limit(MAX_VIDEO_PIXELS))}
        return stream

    def _time_origin(self, first: av.VideoFrame) -> tuple[Fraction, AudioTrack | None]:
        """Find what to take off all time stamps, as containers may start anywhere.

        The first of picture and sound starts at 0. Sound alone may start below 0: that is the encoder's
        priming, which players skip.
        """
        audio = self._container.streams.best("audio")
        start = _start(self._stream)
        if self._stream.start_time is None and first.pts is not None:
            # Of a Matroska file with a single frame FFmpeg does not say where it starts.
            start = first.pts * (self._stream.time_base or Fraction(0))
        if audio is None:
            return start, None
        origin = min(start, max(_start(audio), Fraction(0)))
        decoder = audio.codec_context.name if audio.codec_context else None
        return origin, AudioTrack(self._path, audio.index, origin, decoder)

    def _follow_edits(self) -> bool:
        """Tell what FFmpeg does not follow of the edit lists; whether the frames shown are others than are there."""
        if not self._container.format.name.startswith("mov") or is_stream_url(self._path):
            return False
        stream = self._stream
        shown = read_edit_list(self._path, stream.id)
        heard = read_edit_list(self._path, self._container.streams[self.audio.index].id) if self.audio else ()
        problem = describe_unsupported_edits(shown, reordered=bool(stream.codec_context.has_b_frames))
        if problem := problem or describe_unsupported_edits(heard, reordered=False):
            self.warnings.append(f"the edit list of {self._name} {problem}")
        promised = float((stream.duration or 0) * (stream.time_base or 0) * (stream.average_rate or 0))
        return bool(shown) and (is_rearranged(shown) or abs(stream.frames - promised) > 1)

    def _describe(self, first: av.VideoFrame) -> None:
        stream = self._stream
        self._coded_size = first.width, first.height
        # The codec's own, as a change is told by it alone.
        self._first_pixels = stream.codec_context.sample_aspect_ratio or Fraction(1)
        self._source_colour = read_colour(first)
        self._quarter_turns, self._mirror = _orientation(first)
        width, height = self._coded_size
        aspect = stream.sample_aspect_ratio or Fraction(1)
        if self._quarter_turns % 2:
            width, height, aspect = height, width, 1 / aspect
        rate = stream.average_rate or stream.guessed_rate
        duration = self._declared_duration()
        count = self._whole_count() or (round(duration * rate) if duration and rate else None)
        time_base = stream.time_base or Fraction(1, 1000)
        self._offset = round(self._origin / time_base)
        self.info = StreamInfo(
            name=self._name,
            kind="video",
            width=width,
            height=height,
            time_base=time_base,
            rate=rate,
            frame_count=count,
            duration=duration,
            sample_aspect_ratio=aspect,
            colour=choose_output_colour(self._source_colour),
        )

    def _declared_duration(self) -> float | None:
        stream, container = self._stream, self._container
        # Matroska's counts from 0, wherever the picture starts.
        late = self._origin if container.format.name.startswith("matroska") else Fraction(0)
        if stream.duration and stream.time_base:
            return max(0.0, float(stream.duration * stream.time_base - late))
        # A container's duration is that of its longest stream: it says nothing of the picture if there is sound.
        if container.duration and not container.streams.audio:
            return max(0.0, float(Fraction(container.duration, av.time_base) - late))
        return None

    def _decode(self) -> Generator[av.VideoFrame, None, None]:
        codec = self._stream.codec_context.codec.canonical_name
        try:
            yield from deinterlace(self._decode_packets(), codec, self._tell)
        except av.FFmpegError as error:
            self._broken = describe_ffmpeg_error(error)

    def _tell(self, what: str) -> None:
        self.warnings.append(f"{self._name} {what}")

    def _decode_packets(self) -> Iterator[av.VideoFrame]:
        times = TimestampRepair(self._stream, self._container.format.name)
        try:
            for packet in self._container.demux(self._stream):
                times.note(packet)
                try:
                    yield from map(times.put_right, packet.decode())
                except av.error.InvalidDataError:
                    self._damaged += 1
        except av.error.ArgumentError:
            self._broken = (
                f"a frame is damaged, or larger than {get_pixel_limit(MAX_VIDEO_PIXELS)} pixels: see {VARIABLE}"
            )
        except av.FFmpegError as error:
            self._broken = describe_ffmpeg_error(error)

    def count_frames(self) -> int:
        """How many frames there are, counted packet by packet where the container does not say.

        Returns:
            The number of frames the stream promises.
        """
        if count := self._whole_count():
            return count
        with open_input(self._path, self._name) as container:
            stream = container.streams[self._stream.index]
            return sum(1 for packet in container.demux(stream) if packet.size and not packet.is_discard)

    def _whole_count(self) -> int:
        """How many frames are there, where all of them are shown once; 0 where nobody says."""
        return 0 if self._rearranged else int(self._stream.frames)

    def __iter__(self) -> Iterator[Frame]:
        """Decode to the end; a second iteration goes on where the first was left."""
        if self._first is not None:
            first, self._first = self._first, None
            yield self._frame(first)
        while (picture := self._next()) is not None:
            yield self._frame(picture)

    def _next(self) -> av.VideoFrame | None:
        with self._reading:
            return next(self._decoded, None)

    @functools.cached_property
    def _usual_step(self) -> int:
        return max(1, round(1 / ((self.info.rate or _FALLBACK_RATE) * self.info.time_base)))

    def _frame(self, picture: av.VideoFrame) -> Frame:
        pts = self._end if picture.pts is None else picture.pts - self._offset
        # Encoders and players need time to go forward, whatever a damaged file says.
        pts = max(pts, self._last_pts + 1)
        duration = self._shown_for(picture, pts)
        self._last_pts, self._end = pts, pts + (duration or self._usual_step)
        colour = self.info.colour
        if (picture.width, picture.height) == self._coded_size:
            picture = convert_to_yuv420p(picture, self._source_colour, colour, *self._coded_size)
        else:
            picture = self._fitted(picture)
        picture = rotate(picture, self._quarter_turns, self._mirror, full_range=colour.full_range)
        info = FrameInfo(self._frames, pts, duration, self.info)
        self._frames += 1
        return Frame(info, yuv=picture)

    def _fitted(self, picture: av.VideoFrame) -> av.VideoFrame:
        """Bring a picture of another size than the first to that one's; of another shape, with black bars."""
        width, height = self._coded_size
        pixels = (self._stream.codec_context.sample_aspect_ratio or 1) / self._first_pixels
        inner = fit_even_size(Fraction(picture.width, picture.height) * pixels, width, height)
        how = "it is scaled to" if inner == self._coded_size else "it is fitted with black bars into"
        told = f"{self._name} changed its size to"
        if not any(one.startswith(told) for one in self.warnings):
            self.warnings.append(
                f"{told} {picture.width}x{picture.height}: {how} {width}x{height}, with which it began"
            )
        colour = self.info.colour
        return add_bars(
            convert_to_yuv420p(picture, self._source_colour, colour, *inner),
            width,
            height,
            full_range=colour.full_range,
        )

    def _shown_for(self, picture: av.VideoFrame, pts: int) -> int:
        duration = int(picture.duration or 0)
        # An mp4 tells the time to the next frame in the order of decoding: where frames are reordered the last one
        # may claim a pause that came long before it.
        if self._stream.duration:
            left = (self._stream.start_time or 0) + self._stream.duration - self._offset - pts
            if 0 < left < duration - self._usual_step:
                return left
        return duration

    @property
    def end_time(self) -> float:
        """Seconds at which the last frame given out ends."""
        return float(self._end * self.info.time_base)

    def shortfall(self) -> str | None:
        """What the container promised and decoding did not give, as a sentence; None if all is there.

        Call it after the last frame.
        """
        told: list[str] = []
        promised, got = self.info.duration, self.end_time
        if promised is not None and promised - got > _SHORTFALL_SECONDS:
            frames = f" of {self.info.frame_count}" if self.info.frame_count else ""
            told.append(f"only {self._frames}{frames} frames ({got:.1f} of {promised:.1f} s) could be decoded")
        elif self._broken:
            told.append(f"reading stopped after {self._frames} frames ({self._broken})")
        elif not is_stream_url(self._path) and is_truncated(self._path):
            told.append(f"the end is missing, after {self._frames} frames ({got:.1f} s)")
        if self._damaged:
            told.append(f"{self._damaged} damaged packets were skipped")
        return f"{self._name} is damaged or cut short: {', '.join(told)}" if told else None

    def close(self) -> None:
        """Release the file, unless another thread hangs in reading it; may be called twice."""
        if self._reading.acquire(blocking=False):
            self._decoded.close()
            self._container.close()
            self._reading.release()

    def __enter__(self) -> VideoSource:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _start(stream: Any) -> Fraction:
    return (stream.start_time or 0) * (stream.time_base or Fraction(0))


def _orientation(picture: av.VideoFrame) -> tuple[int, bool]:
    """Clockwise quarter turns, and whether to mirror first, that bring a picture upright.

    The display matrix holds nine 16.16 fixed-point numbers a b u / c d v / x y w; a b c d alone turn and
    mirror (ISO/IEC 14496-12, 6.2.2). Angles between the quarters are rounded to the nearest.
    """
    data: Any = picture.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 0, False
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(float) / _DISPLAY_MATRIX_ONE
    mirror = a * d - b * c < 0
    # (1, 0) goes to (a, b) with y down, hence clockwise; after mirroring first, (-1, 0) does.
    angle = np.degrees(np.arctan2(-b, -a) if mirror else np.arctan2(b, a))
    return round(angle / 90) % 4, bool(mirror)
