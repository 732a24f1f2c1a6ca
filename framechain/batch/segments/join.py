"""Joins the files of the segments: packets as they are, with the times that the frames have in the film."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ...errors import MediaError, OutputError
from ...files.paths import make_write_error
from ...files.stores import open_local_copy
from ...frame import StreamInfo
from ...media.audio import AudioTrack, AudioWriter
from ...media.open_input import open_input, read_packets
from ...pixels.pyav import av
from ...sinks.files.codecs import USUAL_RATE, choose_container, choose_encoder_rate, choose_time_base
from ...sinks.files.video_file import INDEX_FIRST, open_container
from .record import SegmentRecord

# What a Matroska says of its alpha is no parameter of the codec.
_KEPT_TAGS = ("alpha_mode",)
_NO_TAG = "\0\0\0\0"


@dataclass(frozen=True, slots=True)
class _File:
    """The file of a segment.

    Attributes:
        path: A local path.
        times: Of the record: time and duration of each frame, in order.
        places: For each packet, in the order of the file, which frame it is.
        lead: How many packets have a decoding time before the first frame's time.
    """

    path: str
    times: Sequence[tuple[int, int]]
    places: Sequence[int]
    lead: int


def join_segments(
    records: Sequence[SegmentRecord],
    stream: StreamInfo,
    path: str,
    *,
    target: str,
    begins_at: Fraction | None,
    audio: AudioTrack | None,
    cut_audio: bool,
) -> str | None:
    """Write a film.

    Args:
        records: Of the segments that have frames, in order; at least one.
        stream: The stream of the film that the segments are of.
        path: Where to write.
        target: The output's name in errors, whose suffix chooses the container.
        begins_at: Seconds of the film at which the output begins; None if it has the film's own times.
        audio: The film's audio; None for none.
        cut_audio: Whether the audio ends with the last frame; otherwise all of it is kept.

    Returns:
        What of the audio was lost, as a sentence; None if nothing was.

    Raises:
        OutputError: If the segments do not fit together, or the disk fails.
        MediaError: If a segment cannot be read.
    """
    with contextlib.ExitStack() as stack:
        files = [_scan(record, stack) for record in records]
        begin = 0 if begins_at is None else round(begins_at / stream.time_base)
        growing = [time - begin for file in files for time, _ in file.times]
        if any(later <= time for time, later in itertools.pairwise(growing)):
            raise OutputError(f"cannot write {target}: the frames of the segments are not in order")
        writer: AudioWriter | None = None
        lost_audio: str | None = None
        try:
            output: Any = stack.enter_context(
                open_container(path, target, INDEX_FIRST.get(choose_container(target), {}))
            )
            video = _add_video(files[0], stream, output)
            if audio is not None:
                track = replace(audio, start=audio.start + (begins_at or 0))
                try:
                    writer = AudioWriter(track, output)
                    stack.callback(writer.close)
                except MediaError as error:  # Somebody removed the film while its frames were being read.
                    lost_audio = f"the audio could not be kept ({error})"
            decoding = iter(_find_decoding_times(growing, _find_delay(files)))
            for file in files:
                with _opened(file.path) as source:
                    _check_alike(video, source, target)
                    for packet, place in zip(_read(source), file.places, strict=True):
                        time, duration = file.times[place]
                        packet.pts, packet.dts, packet.duration = time - begin, next(decoding), duration
                        packet.time_base, packet.stream = stream.time_base, video.stream
                        output.mux(packet)
                        if writer is not None:
                            writer.advance(float(packet.pts * packet.time_base))
            if writer is not None:
                writer.finish(_find_end(growing[-1], files[-1].times[-1][1], stream) if cut_audio else None)
            output.close()
        except (av.FFmpegError, OSError) as error:
            raise error if isinstance(error, OutputError) else make_write_error(target, error) from error
        return lost_audio if writer is None else writer.problem


def _scan(record: SegmentRecord, stack: contextlib.ExitStack) -> _File:
    """Read a segment's file without decoding it, and check its count."""
    assert record.path is not None
    path = stack.enter_context(open_local_copy(record.path, "segment"))
    with _opened(path) as source:
        packets = [(packet.pts, packet.dts) for packet in _read(source)]
    shown = [pts for pts, _ in packets]
    if len(packets) != len(record.times) or None in shown or len(set(shown)) < len(shown):
        raise MediaError(f"segment {record.number} has {len(packets)} frames instead of {len(record.times)}")
    place = {pts: index for index, pts in enumerate(sorted(shown))}
    lead = sum(dts is not None and dts < min(shown) for _, dts in packets)
    return _File(path, record.times, [place[pts] for pts in shown], lead)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[Any]:
    with open_input(path, path) as source:
        yield source


def _read(source: Any) -> Iterator[Any]:
    return (packet for packet in read_packets(source, source.streams.video[0]) if packet.size)


@dataclass(frozen=True, slots=True)
class _Video:
    """The stream that is written.

    Attributes:
        stream: PyAV's.
        parameters: What decoders are told; that of each segment must be the same.
    """

    stream: Any
    parameters: tuple[object, ...]


def _add_video(file: _File, stream: StreamInfo, output: Any) -> _Video:
    with _opened(file.path) as source:
        template = source.streams.video[0]
        video = output.add_stream_from_template(template, opaque=True)
        video.metadata.update({tag: text for tag, text in template.metadata.items() if tag in _KEPT_TAGS})
        codec = template.codec_context.codec.canonical_name
        video.time_base = choose_time_base(codec, stream.time_base)
        if template.codec_context.codec_tag != _NO_TAG:  # Decoders of ProRes go by it.
            video.codec_context.codec_tag = template.codec_context.codec_tag
        video.codec_context.framerate = choose_encoder_rate(stream.rate)
        return _Video(video, _get_parameters(source))


def _get_parameters(source: Any) -> tuple[object, ...]:
    context = source.streams.video[0].codec_context
    size = context.width, context.height, context.sample_aspect_ratio
    colour = context.colorspace, context.color_range, context.color_primaries, context.color_trc
    return context.name, context.pix_fmt, *size, *colour, context.extradata


def _check_alike(video: _Video, source: Any, target: str) -> None:
    if _get_parameters(source) != video.parameters:
        raise OutputError(
            f"cannot write {target}: its segments were encoded in different ways; do all workers have the same "
            "version of FFmpeg, and all frames the same size?"
        )


def _find_delay(files: Sequence[_File]) -> int:
    """Return by how many frames decoding precedes showing: as much as the encoder did, and as any packet needs."""
    needed = (order - place for file in files for order, place in enumerate(file.places))
    return max(files[0].lead, *needed, 0)


def _find_decoding_times(growing: Sequence[int], delay: int) -> list[int]:
    """Return when each packet is decoded, in the order of the file: encoders count them like this.

    The times of all frames in order, `delay` places later; those before the first frame are as far apart as the frames.

    Example:
        >>> _find_decoding_times([0, 10, 20, 40, 50], 2)
        [-20, -10, 0, 10, 20]
    """
    if delay == 0:
        return list(growing)
    step = growing[1] - growing[0] if len(growing) > 1 else 1
    span = growing[delay] - growing[0] if delay < len(growing) else delay * step
    return [time - span for time in growing[:delay]] + list(growing[: max(0, len(growing) - delay)])


def _find_end(time: int, duration: int, stream: StreamInfo) -> float:
    """Return the seconds at which the last frame ends."""
    usual = max(1, round(1 / ((stream.rate or USUAL_RATE) * stream.time_base)))
    return float((time + (duration or usual)) * stream.time_base)
