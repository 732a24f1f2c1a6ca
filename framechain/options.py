"""Options of a run that belong together: how to encode, how to open a camera, how a live run behaves."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from .basics.arguments import check_choice, check_count, check_seconds, check_size, convert_numbers, is_number
from .errors import ArgumentError, ArgumentTypeError
from .files.paths import PathLike, is_stream_url

X264_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
)  # fmt: skip


DEFAULT_PRESET = "realtime"
_USUAL_CRF = 20.0
_BIT_RATES = 10_000, 1_000_000_000
_UNITS = {"": 1, "k": 1_000, "M": 1_000_000}
_BIT_RATE = re.compile(r"(\d+(?:\.\d+)?)([kM]?)")
RECONNECT = 5
"""Attempts in a row to reach a lost camera, or the server of a stream, again."""
MAX_FAILURES = 60
"""Frames in a row that may fail before a live run ends: two seconds of a webcam."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How video is encoded.

    Attributes:
        codec: FFmpeg's name of an encoder, such as "libx264", "libx265" or "libvpx-vp9", or of its format, such as
            "h264"; None for the container's usual one: H.264, in webm VP9.
        preset: How x264 and x265 trade speed against size: "ultrafast" to "placebo", or "realtime", which is as fast as
            the fastest of x264's presets, looks almost the same and makes smaller files.
        crf: Constant rate factor, 0 (lossless) to 51 (worst); VP9 and AV1 go to 63. With "realtime" x264 uses it as a
            constant quantiser, on the same scale.
        bitrate: Bits per second, such as "2500k", "2.5M" or 2_500_000, with a buffer of one second, as servers of live
            streams expect; for H.264 and H.265. None: a constant quality, `crf`.

    A warning names a preset, crf or bit rate that the encoder does not have.

    Example:
        >>> Encoding("libx265", preset="slow", crf=18).codec
        'libx265'
    """

    codec: str | None = None
    preset: str = DEFAULT_PRESET
    crf: float = _USUAL_CRF
    bitrate: float | str | None = None

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ArgumentError: If the encoder is not in this build of FFmpeg, or a value is out of range.
        """
        convert_numbers(self)
        check_choice("preset", self.preset, (DEFAULT_PRESET, *X264_PRESETS))
        if not is_number(self.crf) or not 0 <= self.crf <= 63:
            raise ArgumentError(f"crf must be a number from 0 (best) to 51 (63 for VP9 and AV1), got {self.crf!r}")
        if self.bitrate is not None:
            object.__setattr__(self, "bitrate", _parse_bit_rate(self.bitrate))
            if self.crf != _USUAL_CRF:
                raise ArgumentError(
                    f"give a crf or a bit rate, not both, got crf {self.crf:g} and {self.bitrate} bit/s"
                )
        if self.codec is not None and not isinstance(self.codec, str):
            raise ArgumentTypeError(f"codec must be FFmpeg's name of an encoder, such as 'libx265', got {self.codec!r}")
        if self.codec is not None and not _is_video_encoder(self.codec):
            raise ArgumentError(
                f"codec {self.codec!r} is not a video encoder of this FFmpeg, try libx264, libx265 or libvpx-vp9"
            )


def _parse_bit_rate(given: Any) -> int:
    """Return bits per second.

    Raises:
        ArgumentError: If it is no bit rate, or one that no video has.
    """
    match = _BIT_RATE.fullmatch(given.strip()) if isinstance(given, str) else None
    rate = float(match[1]) * _UNITS[match[2]] if match else given
    if not is_number(rate):
        raise ArgumentError(f"the bit rate must be bits per second, such as '2500k' or '2.5M', got {given!r}")
    low, high = _BIT_RATES
    if not low <= rate <= high:
        advice = f", did you mean {given}k?" if rate > 0 and low <= 1000 * rate <= high else ""
        raise ArgumentError(f"the bit rate must be from 10k to 1000M (bit/s), got {given}{advice}")
    return round(rate)


def _is_video_encoder(name: str) -> bool:
    from .pixels.pyav import av

    try:
        return bool(av.Codec(name, "w").type == "video")
    except (av.FFmpegError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """How a camera is opened, and how long it is waited for.

    Attributes:
        timeout: Seconds to wait for the first frame.
        size: (width, height) in pixels to request from a webcam; None for the camera's own.
        fps: Frames per second to request from a webcam; None for the camera's own.
        reconnect: How many times in a row to try again when it is lost, or the server that its result is streamed to.
        live: Whether an address that is given as a source is a live stream, which is read as a camera, or a video; None
            to find out, by its name and by asking its server.
        microphone: Whose sound goes into recordings and streams: a part of a microphone's name, or its number as text;
            "auto" for the one that the system uses. None for none, or for the sound of a network camera.

    Example:
        >>> CameraOptions(size=(1280, 720), fps=30).timeout
        10.0
    """

    timeout: float = 10.0
    size: tuple[int, int] | None = None
    fps: float | None = None
    reconnect: int = RECONNECT
    live: bool | None = None
    microphone: str | None = None

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ArgumentError: If one is out of range.
        """
        convert_numbers(self)
        check_seconds("the camera's timeout", self.timeout)
        if self.size is not None:
            object.__setattr__(self, "size", check_size("the camera's size", self.size))
        if self.fps is not None and not (is_number(self.fps) and 0 < self.fps <= 1000):
            raise ArgumentError(f"the camera's fps must be a number above 0 and up to 1000, got {self.fps!r}")
        check_count("reconnect", self.reconnect, 0)
        if self.live not in (True, False, None):
            raise ArgumentError(f"the camera's live must be True, False or None, got {self.live!r}")
        if self.microphone is not None and not (isinstance(self.microphone, str) and self.microphone):
            raise ArgumentError(f'microphone takes "auto" or a name, got {self.microphone!r}')


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a run with a camera behaves, and where its result goes besides `output_path`.

    Attributes:
        record: A file to record to.
        virtual_camera: A device through which other programs see the result, such as "/dev/video10"; "auto" for the
            first free one.
        stream_to: An address to stream to, such as "rtmp://host/live/key".
        max_failures: How many frames in a row may fail to be processed before the run ends; they are covered.
        title: The window's title, also for files.
        tune: Whether the window has trackbars for the numbers that the objects offer, also for files.

    Example:
        >>> LiveOptions(record="me.mp4", virtual_camera="auto").max_failures
        60
    """

    record: PathLike | None = None
    virtual_camera: str | None = None
    stream_to: str | None = None
    max_failures: int = MAX_FAILURES
    title: str = "framechain"
    tune: bool = False

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ArgumentTypeError: If one is of another kind.
            ArgumentError: If one makes no sense.
        """
        convert_numbers(self)
        check_count("max_failures", self.max_failures, 1)
        if self.record is not None:
            _check_text("record", self.record, "a path")
        if self.stream_to is not None:
            _check_text("stream_to", self.stream_to, "an address")
        if not isinstance(self.title, str):
            raise ArgumentTypeError(f"title must be text, got {self.title!r}")
        if self.record is not None and is_stream_url(self.record):
            raise ArgumentError(f"record takes a file, got {self.record}: give addresses as stream_to")
        if self.stream_to is not None and not is_stream_url(self.stream_to):
            raise ArgumentError(f"stream_to takes an address such as udp://host:5000, got {self.stream_to!r}")
        if self.virtual_camera is not None and not (isinstance(self.virtual_camera, str) and self.virtual_camera):
            raise ArgumentError(f'virtual_camera takes "auto" or a device, got {self.virtual_camera!r}')


def _check_text(name: str, value: object, what: str) -> None:
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise ArgumentTypeError(f"{name} must be {what}, got {value!r}")


def check_option_types(encoding: object, camera: object, live: object) -> None:
    """Check that an engine's options are of their classes.

    Raises:
        ArgumentTypeError: If one is not.
    """
    kinds = {"encoding": Encoding, "camera": CameraOptions, "live": LiveOptions}
    for (name, kind), value in zip(kinds.items(), (encoding, camera, live), strict=True):
        if not isinstance(value, kind):
            raise ArgumentTypeError(f"{name} must be framechain.{kind.__name__}(...), got {value!r}")


@dataclass(frozen=True, slots=True)
class LiveTargets:
    """The outputs that were asked for.

    Attributes:
        record: The file to record to; None for none, until the viewer asks for one.
        stream: The address to stream to; None for none.
        virtual_camera: The device of a virtual camera; "auto" for the first free one, None for none.
    """

    record: str | None = None
    stream: str | None = None
    virtual_camera: str | None = None

    def __bool__(self) -> bool:
        """Whether anything was asked for."""
        return self != LiveTargets()


def make_live_targets(output_path: str | None, live: LiveOptions) -> LiveTargets:
    """Return what an engine's arguments ask for with a camera.

    Args:
        output_path: A file to record to, or an address to stream to.
        live: The rest.

    Returns:
        The targets.

    Raises:
        ArgumentError: If two files or two addresses are given.

    Example:
        >>> make_live_targets("udp://10.0.0.7:5000", LiveOptions("out.mp4", "auto"))
        LiveTargets(record='out.mp4', stream='udp://10.0.0.7:5000', virtual_camera='auto')
    """
    is_address = output_path is not None and is_stream_url(output_path)
    addresses = [address for address in (output_path if is_address else None, live.stream_to) if address is not None]
    files = [os.fspath(path) for path in (None if is_address else output_path, live.record) if path is not None]
    if len(files) > 1:
        raise ArgumentError(f"a run makes one recording, got {' and '.join(files)}: leave one out")
    if len(addresses) > 1:
        raise ArgumentError(f"a run streams to one address, got {' and '.join(addresses)}: leave one out")
    return LiveTargets(files[0] if files else None, addresses[0] if addresses else None, live.virtual_camera)
