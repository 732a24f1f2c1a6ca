"""The one place that opens media for reading: files, streams and network cameras, all with the same limits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ..basics.plain_words import explain, find_address_fault
from ..errors import MediaError, reason
from ..files.paths import LIST_SUFFIXES, get_scheme, is_stream_url
from ..pixels.pyav import av
from ..threads.cores import get_thread_limit
from .input_file import check_input_file
from .limits import MAX_VIDEO_PIXELS, VARIABLE, check_pixel_count, get_pixel_limit
from .liveness import take_kept
from .safety import make_ffmpeg_url, make_safety_options
from .stream_guard import GuardedFile, StreamGuard, get_guard

_OPEN_SECONDS, _READ_SECONDS = 10.0, 10.0
# FFmpeg's names of the format whose boxes are looked at, and the suffixes of its URLs.
_BOXED = frozenset({"mov", "mp4", "m4a", "3gp", "3g2", "mj2", "mov,mp4,m4a,3gp,3g2,mj2"})
_BOXED_SUFFIXES = (".mp4", ".m4v", ".mov", ".m4a", ".3gp")
_GUARDED_SCHEMES = frozenset({"", "http", "https", "tcp", "udp", "srt"})

LIVE_SEGMENTS = 2
"""A live playlist begins with so many of its segments: while one is shown, the next one may be late by its length."""

# FFmpeg takes 128 bytes as a line at the most: these are 30 MB or less, more than any image of a camera.
_SEARCHED_LINES = 1 << 18

_LOW_LATENCY_OPTIONS = {
    # One second is enough to find the size; FFmpeg's own five delay the first frame. What arrives meanwhile is decoded
    # in a burst: "nobuffer" would throw it away, often together with the key frame.
    "analyzeduration": "1000000",
    "rtsp_flags": "prefer_tcp",
    # A burst that does not fit costs frames instead of ending the stream.
    "overrun_nonfatal": "1",
}

# Errors that say nothing about the content.
_UNREACHABLE = (
    PermissionError, ConnectionError, TimeoutError, av.error.HTTPClientError, av.error.HTTPServerError
)  # fmt: skip


def open_input(
    path: str,
    name: str,
    *,
    decoder: str | None = None,
    timeout: tuple[float, float] = (_OPEN_SECONDS, _READ_SECONDS),
    low_latency: bool = False,
    segments: int = LIVE_SEGMENTS,
) -> av.container.InputContainer:
    """Open a media file or stream for reading.

    Args:
        path: A local path or a stream's URL.
        name: Its name in errors.
        decoder: FFmpeg's name of the only decoder that will be used; None for any. A file whose video need not be
            probed opens about ten times as fast.
        timeout: Seconds to wait for a stream's answer, and then for each packet.
        low_latency: Whether the stream is live.
        segments: With which of the last segments a live playlist begins; 1 is the very last one.

    Returns:
        The open container.

    Raises:
        MediaError: If it is a folder, a device, empty, no address, or not self-contained media that FFmpeg knows.
            The cause is FFmpeg's error.
    """
    is_stream = is_stream_url(path)
    if not is_stream:
        check_input_file(path, name)
    elif fault := find_address_fault(path):
        raise MediaError(f"cannot read {name}: {fault}")
    # FFmpeg decodes a little while it probes: the pixel limit must hold from there on.
    options = {**make_safety_options(path), "max_pixels": str(get_pixel_limit(MAX_VIDEO_PIXELS))}
    if decoder is not None:
        options["codec_whitelist"] = decoder
    if low_latency:
        options |= {**_LOW_LATENCY_OPTIONS, "live_start_index": str(-segments)}
    try:
        if is_stream or path.lower().endswith(LIST_SUFFIXES):
            return _open_unseen(path, name, options, timeout)
        return _open(make_ffmpeg_url(path), options)
    except MediaError:
        raise
    except av.error.ArgumentError as error:
        raise MediaError(
            f"cannot read {name}: it is not self-contained media; lists that name other files or hosts are "
            "followed only if their own name ends in .m3u8 or .mpd"
        ) from error
    except av.error.ExitError as error:
        raise MediaError(f"cannot read {name}: no answer within {timeout[0]:g} s") from error
    except _UNREACHABLE as error:
        raise MediaError(f"cannot read {name}: {explain(describe_ffmpeg_error(error), path)}") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        words = describe_ffmpeg_error(error)
        if is_stream and isinstance(error, OSError):  # The connection failed.
            raise MediaError(f"cannot read {name}: {explain(words, path)}") from error
        raise MediaError(f"cannot read {name}: it is no video or image that FFmpeg understands ({words})") from error


def _open(
    file: str | GuardedFile,
    options: dict[str, str],
    timeout: tuple[float, float] | None = None,
    guard: StreamGuard | None = None,
) -> av.container.InputContainer:
    return av.open(file, mode="r", metadata_errors="replace", timeout=timeout, options=options, io_open=guard)


def _open_unseen(
    path: str, name: str, options: dict[str, str], timeout: tuple[float, float]
) -> av.container.InputContainer:
    """Open what cannot be looked into beforehand: a stream, or a list of other files."""
    url, limits = make_ffmpeg_url(path), timeout if is_stream_url(path) else None
    if get_scheme(path) not in _GUARDED_SCHEMES:  # Their protocols say what the format is.
        return _open(url, options, limits)
    kept = take_kept(url)
    if kept is None and not urlsplit(path).path.lower().endswith(_BOXED_SUFFIXES):
        # All but mp4 and mov goes the direct way, as it is or in a playlist.
        others = [kind for kind in options["format_whitelist"].split(",") if kind not in _BOXED]
        with contextlib.suppress(av.error.ArgumentError, av.error.InvalidDataError):
            return _open(url, {**options, "format_whitelist": ",".join(others)}, limits)
    guard = StreamGuard(name, options, timeout)
    try:
        # A playlist's connections that stay open would go around the guard.
        container = _open(guard.open(url, kept), {**options, "http_persistent": "0"}, guard=guard)
        guard.check()
    except BaseException:
        guard.close()
        guard.check()
        raise
    return container


def read_packets(container: av.container.InputContainer, *streams: Any) -> Iterator[Any]:
    """Yield the packets of an open input.

    Args:
        container: From `open_input`.
        streams: Those whose packets are wanted; all by default.

    Raises:
        MediaError: If it promises too much.
        av.FFmpegError: If reading fails.
    """
    guard, packets = get_guard(container), _demux(container, streams)
    if guard is None:
        yield from packets
        return
    try:
        guard.start_packet()
        for packet in packets:
            yield packet
            guard.start_packet()
    except av.FFmpegError:
        guard.check()
        raise
    guard.check()


def _demux(container: av.container.InputContainer, streams: tuple[Any, ...]) -> Iterator[Any]:
    lines_left = _SEARCHED_LINES
    while True:
        try:
            for packet in container.demux(*streams):
                yield packet
                lines_left = _SEARCHED_LINES
            return
        except av.error.InvalidDataError:
            # VLC gives each new viewer the length of an older image. Where the next boundary is missing, FFmpeg fails
            # once for each line; it goes on behind the first one that it finds.
            lines_left -= 1
            if container.format.name != "mpjpeg" or lines_left == 0:
                raise


def close_input(container: av.container.InputContainer) -> None:
    """Close an open input and its connections; may be called twice."""
    container.close()
    if guard := get_guard(container):
        guard.close()


def prepare_decoder(stream: av.video.stream.VideoStream, name: str, *, low_latency: bool = False) -> None:
    """Set up the decoder of a video stream: its threads and the pixel limit.

    Args:
        stream: The stream, before its first packet is decoded.
        name: The input's name in errors.
        low_latency: Whether every frame must be returned at once.

    Raises:
        MediaError: If this FFmpeg has no decoder for it, or its frames exceed the pixel limit.
    """
    if stream.codec_context is None:
        raise MediaError(f"cannot read {name}: this FFmpeg has no decoder for its video")
    check_pixel_count(name, stream.width, stream.height, MAX_VIDEO_PIXELS)
    # A decoder with one thread per frame holds back as many frames as it has threads.
    stream.thread_type = "SLICE" if low_latency else "AUTO"
    if limit := get_thread_limit():
        stream.codec_context.thread_count = limit
    if low_latency:
        stream.codec_context.flags |= av.codec.context.Flags.low_delay
    stream.codec_context.options = {"max_pixels": str(get_pixel_limit(MAX_VIDEO_PIXELS))}


def describe_ffmpeg_error(error: BaseException) -> str:
    """Return the reason of an FFmpeg error in a few words, without its log."""
    return reason(error).split("; last error log")[0].split(":")[0].strip("'\" ")


def describe_decoding_error(error: BaseException) -> str:
    """Return why decoding ended, in a few words; FFmpeg reports a frame above the pixel limit as a bad argument."""
    if isinstance(error, av.error.ArgumentError):
        return f"a frame is damaged, or larger than {get_pixel_limit(MAX_VIDEO_PIXELS)} pixels: see {VARIABLE}"
    return describe_ffmpeg_error(error)


def make_no_size_error(name: str) -> MediaError:
    """Return the error for a video whose frames have no size: probing stops at the pixel limit."""
    return MediaError(
        f"cannot read {name}: its frames have no size, or more than {get_pixel_limit(MAX_VIDEO_PIXELS)} pixels, which "
        f"are refused; if you trust it and have the memory, set {VARIABLE} higher"
    )
