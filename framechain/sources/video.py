"""Frames of a video file or stream, through PyAV."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from ..contracts import Source
from ..errors import MediaError
from ..files.paths import hide_password, is_stream_url
from ..frame import Frame, FrameInfo, StreamInfo
from ..media.audio import AudioTrack
from ..media.containers.edit_lists import describe_unsupported_edits, is_rearranged, read_edit_list
from ..media.containers.truncation import is_truncated
from ..media.frame_table import FrameTable
from ..media.open_input import describe_ffmpeg_error
from ..media.orientation import read_orientation
from ..media.video_decoder import VideoDecoder
from ..pixels.colour import choose_output_colour
from ..pixels.convert import convert_to_yuv420p, read_colour
from ..pixels.planes import add_bars, fit_even_size, rotate
from ..pixels.pyav import av

_FALLBACK_RATE = Fraction(25)
# Containers round their duration, and the last frame may have none: so much less is no loss.
_SHORTFALL_SECONDS = 0.5


class VideoSource(Source):
    """The frames of a video, upright, in order, each with its time. The file is closed after the last frame.

    Attributes:
        path: The local path or URL.

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
            name: Its name in errors; the path itself if not given.

        Raises:
            MediaError: If it is no video, has no video stream, not one frame can be decoded, or its frames are
                larger than `MAX_VIDEO_PIXELS` or the environment allows.
        """
        self.path = path
        self._name = hide_password(name or path) if is_stream_url(path) else name or path
        self.warnings: list[str] = []
        self._decoder = VideoDecoder(path, self._name, lambda what: self.warnings.append(f"{self._name} {what}"))
        self._stream = self._decoder.stream
        try:
            self._origin, self.audio = self._find_time_origin(self._decoder.first)
            self._is_rearranged = self._follow_edits()
            self._describe(self._decoder.first)
        except BaseException:
            self._decoder.close()
            raise
        self._frames = 0
        self._end = 0
        self._last_pts = -1
        self._cleanup: Callable[[], object] | None = None

    # What is known before the first frame

    def _find_time_origin(self, first: av.VideoFrame) -> tuple[Fraction, AudioTrack | None]:
        """Return what to subtract from all time stamps, as containers may start anywhere, and the audio track.

        The first of video and audio starts at 0. Audio alone may start below 0: that is the encoder's priming, which
        players skip.
        """
        audio = self._decoder.container.streams.best("audio")
        start = _get_start(self._stream)
        if self._stream.start_time is None and first.pts is not None:
            # FFmpeg reports no start for a Matroska file with a single frame.
            start = first.pts * (self._stream.time_base or Fraction(0))
        if audio is None:
            return start, None
        origin = min(start, max(_get_start(audio), Fraction(0)))
        decoder = audio.codec_context.name if audio.codec_context else None
        return origin, AudioTrack(self.path, audio.index, origin, decoder)

    def _follow_edits(self) -> bool:
        """Warn of what FFmpeg does not follow in the edit lists.

        Returns:
            Whether other frames are shown than the stream holds.
        """
        container, stream = self._decoder.container, self._stream
        if not container.format.name.startswith("mov") or is_stream_url(self.path):
            return False
        video_edits = read_edit_list(self.path, stream.id)
        audio_edits = read_edit_list(self.path, container.streams[self.audio.index].id) if self.audio else ()
        problem = describe_unsupported_edits(video_edits, reordered=bool(stream.codec_context.has_b_frames))
        if problem := problem or describe_unsupported_edits(audio_edits, reordered=False):
            self.warnings.append(f"the edit list of {self._name} {problem}")
        promised = float((stream.duration or 0) * (stream.time_base or 0) * (stream.average_rate or 0))
        return bool(video_edits) and (is_rearranged(video_edits) or abs(stream.frames - promised) > 1)

    def _describe(self, first: av.VideoFrame) -> None:
        stream = self._stream
        self._coded_size = first.width, first.height
        # A change midway is reported by the codec alone.
        self._first_pixels = stream.codec_context.sample_aspect_ratio or Fraction(1)
        self._source_colour = read_colour(first)
        self._quarter_turns, self._is_mirrored = read_orientation(first)
        width, height = self._coded_size
        aspect = stream.sample_aspect_ratio or Fraction(1)
        if self._quarter_turns % 2:
            width, height, aspect = height, width, 1 / aspect
        rate = stream.average_rate or stream.guessed_rate
        duration = self._get_declared_duration()
        count = round(duration * rate) if duration and rate else None
        if duration and not self._decoder.container.format.name.startswith("matroska"):
            duration += max(0.0, float(_get_start(stream) - self._origin))  # Video may begin after the audio.
        # An edit list that rearranges makes the stream's own count wrong.
        self._declared_count = 0 if self._is_rearranged else int(stream.frames)
        time_base = stream.time_base or Fraction(1, 1000)
        self._offset = round(self._origin / time_base)
        # In ticks from 0; None where the container does not say.
        self._stream_end = (stream.start_time or 0) + stream.duration - self._offset if stream.duration else None
        self.info = StreamInfo(
            name=self._name,
            kind="video",
            width=width,
            height=height,
            time_base=time_base,
            rate=rate,
            frame_count=self._declared_count or count,
            duration=duration,
            sample_aspect_ratio=aspect,
            colour=choose_output_colour(self._source_colour),
        )

    def _get_declared_duration(self) -> float | None:
        stream, container = self._stream, self._decoder.container
        # Matroska counts it from 0, wherever the video starts.
        late = self._origin if container.format.name.startswith("matroska") else Fraction(0)
        if stream.duration and stream.time_base:
            return max(0.0, float(stream.duration * stream.time_base - late))
        # A container's duration is that of its longest stream: with audio it says nothing of the video.
        if container.duration and not container.streams.audio:
            return max(0.0, float(Fraction(container.duration, av.time_base) - late))
        return None

    def count_frames(self) -> int:
        """Return how many frames the stream promises; they are counted where the container does not say."""
        return self._declared_count or self._decoder.count_packets()

    # Frames

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; a second iteration goes on where the first was left."""
        while (image := self._decoder.read()) is not None:
            yield self._make_frame(image)

    def skip_to(self, seconds: float) -> bool:
        """Go on at a key frame at or before a time, without decoding what lies between.

        After it frames are counted wrong. The first one may be later than asked for, if the file's index is wrong.

        Args:
            seconds: The time, later than that of the frames that were given out.

        Returns:
            False if nothing was done, as key frames are not exact in this container: decode what lies before.

        Raises:
            MediaError: If the file cannot be searched.
        """
        return self.skip_to_tick(round(seconds / self.info.time_base))

    def skip_to_tick(self, tick: int) -> bool:
        """Go on at a key frame as `skip_to`, by a time in ticks; `begun_at` is that of the key frame.

        Args:
            tick: The time.
        """
        names = self._decoder.container.format.name.split(",")
        if is_stream_url(self.path) or self._is_rearranged or not {"mp4", "matroska"} & set(names):
            return False
        try:
            self._decoder.skip_to(tick + self._offset)
        except av.FFmpegError as error:
            raise MediaError(f"cannot search {self._name}: {describe_ffmpeg_error(error)}") from error
        return True

    @property
    def begun_at(self) -> int | None:
        """The time of the key frame at which decoding began, in ticks; known with the first frame after a skip."""
        return None if self._decoder.begun_at is None else self._decoder.begun_at - self._offset

    def list_frames(self) -> FrameTable | None:
        """Return when each frame is shown, read from the packets without decoding them.

        Returns:
            The times in ticks, as `FrameInfo.pts`; None if the container does not say them.
        """
        table = self._decoder.list_frames()
        return None if table is None else table.shift(-self._offset)

    @functools.cached_property
    def _usual_step(self) -> int:
        return max(1, round(1 / ((self.info.rate or _FALLBACK_RATE) * self.info.time_base)))

    def _make_frame(self, image: av.VideoFrame) -> Frame:
        pts = self._end if image.pts is None else image.pts - self._offset
        # Encoders and players need growing times, whatever a damaged file says.
        pts = max(pts, self._last_pts + 1)
        duration = self._get_duration(image, pts)
        self._last_pts, self._end = pts, pts + (duration or self._usual_step)
        colour = self.info.colour
        if (image.width, image.height) == self._coded_size:
            image = convert_to_yuv420p(image, self._source_colour, colour, *self._coded_size)
        else:
            image = self._fit_to_first(image)
        image = rotate(image, self._quarter_turns, self._is_mirrored, full_range=colour.full_range)
        info = FrameInfo(self._frames, pts, duration, self.info)
        self._frames += 1
        return Frame(info, yuv=image)

    def _fit_to_first(self, image: av.VideoFrame) -> av.VideoFrame:
        """Scale an image to the first one's size; one of another shape gets black bars."""
        width, height = self._coded_size
        pixels = (self._stream.codec_context.sample_aspect_ratio or 1) / self._first_pixels
        inner = fit_even_size(Fraction(image.width, image.height) * pixels, width, height)
        how = "it is scaled to" if inner == self._coded_size else "it is fitted with black bars into"
        change = f"{self._name} changed its size to"
        if not any(warning.startswith(change) for warning in self.warnings):
            self.warnings.append(
                f"{change} {image.width}x{image.height}: {how} {width}x{height}, the size of its first frame"
            )
        colour = self.info.colour
        scaled = convert_to_yuv420p(image, self._source_colour, colour, *inner)
        return add_bars(scaled, width, height, full_range=colour.full_range)

    def _get_duration(self, image: av.VideoFrame, pts: int) -> int:
        duration = int(image.duration or 0)
        # mp4 stores the time to the next frame in decoding order: with reordered frames the last one may claim a pause
        # that came long before it.
        if self._stream_end is not None and 0 < self._stream_end - pts < duration - self._usual_step:
            return self._stream_end - pts
        return duration

    @property
    def end_time(self) -> float:
        """Seconds at which the last frame given out ends."""
        return float(self._end * self.info.time_base)

    def shortfall(self) -> str | None:
        """Return what the container promised and decoding did not give, as a sentence; None if nothing is missing.

        Call it after the last frame.
        """
        problems: list[str] = []
        promised, got = self.info.duration, self.end_time
        if promised is not None and promised - got > _SHORTFALL_SECONDS:
            frames = f" of {self.info.frame_count}" if self.info.frame_count else ""
            problems.append(f"only {self._frames}{frames} frames ({got:.1f} of {promised:.1f} s) could be decoded")
        elif self._decoder.failure:
            problems.append(f"reading stopped after {self._frames} frames ({self._decoder.failure})")
        elif not is_stream_url(self.path) and is_truncated(self.path):
            problems.append(f"the end is missing, after {self._frames} frames ({got:.1f} s)")
        if self._decoder.damaged:
            problems.append(f"{self._decoder.damaged} damaged packets were skipped")
        return f"{self._name} is damaged or cut short: {', '.join(problems)}" if problems else None

    def close(self) -> None:
        """Release the file, unless another thread hangs in a read; may be called twice."""
        self._decoder.close()
        if self._cleanup is not None:
            self._cleanup()

    def call_at_close(self, function: Callable[[], object]) -> None:
        """Call a function once: when the source is closed, or abandoned."""
        self._cleanup = weakref.finalize(self, function)


def _get_start(stream: Any) -> Fraction:
    return (stream.start_time or 0) * (stream.time_base or Fraction(0))
