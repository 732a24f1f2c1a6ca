"""Opens the sink that a path, an address or an open file asks for."""

from __future__ import annotations

import os

from ..contracts import Sink, Source
from ..errors import ArgumentTypeError
from ..files.binary import BinaryWriter, check_writable
from ..files.paths import PathLike, is_image, is_stream_url
from ..options import Encoding
from .target import check_path, choose_suffix


def open_sink(
    path: PathLike | BinaryWriter,
    *,
    like: Source,
    encoding: Encoding | None = None,
    audio: bool = True,
    alpha: bool = False,
) -> Sink:
    """Open a file or a stream for frames of a source.

    A file appears at the end of the `with` block; after an error, or without a frame, none appears. A camera is
    recorded: its recording is kept after an error too.

    Args:
        path: An image for an image, a video for a video or a camera: local, or on a store that stow reaches; or an
            address to stream to, such as rtmp://host/live/key. Or a binary file open for writing, such as `io.BytesIO`:
            it gets a PNG or an mp4, a webm if there is alpha, or what the suffix of its name asks for.
        like: The source, whose times, colour, pixel shape and audio are kept. Of a `read(start=, end=)` the file
            holds that range, from 0 on.
        encoding: How to encode a video or a stream.
        audio: Whether a video or a stream keeps the source's audio. All of it is kept if the loop ends early: call
            `finish(complete=False)` to end it with the last frame. That of a range ends with the last frame.
        alpha: Whether the frames have alpha.

    Returns:
        The sink; it is open.

    Raises:
        ArgumentTypeError: If `like` is no source, or `path` neither a path nor such a file.
        OutputError: If it cannot be written there, or the suffix is of no format that is written for such a source.

    Example:
        >>> import tempfile
        >>> from framechain.sources.video import VideoSource
        >>> path = os.path.join(tempfile.mkdtemp(), "negative.mp4")
        >>> with VideoSource("samples/clip.mp4") as source, open_sink(path, like=source) as sink:
        ...     for frame in source:
        ...         sink.write(frame.with_bgr(255 - frame.bgr))
        >>> sink.frames, os.path.exists(path)
        (150, True)
    """
    if not isinstance(like, Source):
        raise ArgumentTypeError(f"like must be an open source, got {like!r}: take it from open_source")
    sink = _choose_sink(path, like, encoding, audio, alpha)
    sink.open(like)
    return sink


def _choose_sink(
    path: PathLike | BinaryWriter, like: Source, encoding: Encoding | None, audio: bool, alpha: bool
) -> Sink:
    if isinstance(path, str | os.PathLike):
        return _make_sink(check_path(path), like, encoding, audio, alpha)
    check_writable(path)
    from .files.binary_file import BinaryFileSink

    suffix = choose_suffix(path, image=like.info.kind == "image", alpha=alpha)
    return BinaryFileSink(path, lambda target: _make_sink(target, like, encoding, audio, alpha), suffix)


def _make_sink(path: str, like: Source, encoding: Encoding | None, audio: bool, alpha: bool) -> Sink:
    info = like.info
    if is_stream_url(path):
        from .broadcast import Broadcast

        return Broadcast(path, encoding=encoding, audio=audio)
    if info.live:
        from .files.recorder import Recorder

        return Recorder(path, encoding=encoding, audio=audio, alpha=alpha)
    # A longer stream does not fit into an image: the suffix is refused at once, not at the second frame.
    if info.kind == "image" or (is_image(path) and info.frame_count == 1):
        from .files.image import ImageSink

        return ImageSink(path, alpha=alpha)
    from .files.video import VideoSink

    return VideoSink(path, encoding=encoding, audio=audio, alpha=alpha)
