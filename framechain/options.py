"""Options of a run that belong together: how to encode, how to open a camera, what a live run gives."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from .errors import ArgumentError
from .files.paths import PathLike, is_stream_url

X264_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
)  # fmt: skip


DEFAULT_PRESET = "realtime"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How video is encoded.

    Attributes:
        codec: FFmpeg's name of an encoder, such as "libx264", "libx265" or "libvpx-vp9"; None for the one
            that suits the container: H.264, in webm VP9.
        preset: x264's and x265's trade of speed against size, "ultrafast" to "placebo", or "realtime": as
            fast as the fastest of x264's and near it in looks, but smaller.
        crf: Constant rate factor, 0 (lossless) to 51 (worst); VP9 and AV1 go to 63. With "realtime" x264 takes it
            for a constant quantiser, on the same scale.
    """

    codec: str | None = None
    preset: str = DEFAULT_PRESET
    crf: float = 20

    def __post_init__(self) -> None:
        """Check the values before any work starts.

        Raises:
            ArgumentError: If the encoder is not in this build of FFmpeg, or a value is out of range.
        """
        presets = (DEFAULT_PRESET, *X264_PRESETS)
        if self.preset not in presets:
            raise ArgumentError(f"preset {self.preset!r} is not known, choose one of: {', '.join(presets)}")
        if not isinstance(self.crf, int | float) or not 0 <= self.crf <= 63:
            raise ArgumentError(f"crf must be a number from 0 (best) to 51 (63 for VP9 and AV1), got {self.crf!r}")
        if self.codec is not None and not _is_video_encoder(self.codec):
            raise ArgumentError(
                f"codec {self.codec!r} is not a video encoder of this FFmpeg, try libx264, libx265 or libvpx-vp9"
            )


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
        size: (width, height) in pixels to ask a webcam for; None for the camera's own.
        rate: Frames per second to ask a webcam for; None for the camera's own.
        reconnect: How many times in a row to try again when it is lost.

    Example:
        >>> CameraOptions(size=(1280, 720), rate=30).timeout
        10.0
    """

    timeout: float = 10.0
    size: tuple[int, int] | None = None
    rate: float | None = None
    reconnect: int = 5

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ArgumentError: If one makes no sense.
        """
        if not self.timeout > 0:
            raise ArgumentError(f"camera_timeout must be a number of seconds above 0, got {self.timeout!r}")
        if self.size is not None and not (len(self.size) == 2 and all(_is_count(side, 1) for side in self.size)):
            raise ArgumentError(f"camera_size must be (width, height) in pixels, got {self.size!r}")
        if self.rate is not None and not 0 < self.rate <= 1000:
            raise ArgumentError(f"camera_fps must be a number above 0 and up to 1000, got {self.rate!r}")
        if not _is_count(self.reconnect, 0):
            raise ArgumentError(f"reconnect must be a whole number of at least 0, got {self.reconnect!r}")


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= least


@dataclass(frozen=True, slots=True)
class LiveTargets:
    """What was asked for.

    Attributes:
        record: The file to record to; None for none, until the viewer asks for one.
        stream: The address to stream to.
        virtual_camera: The device of a virtual camera; "" for the first that is free, None for none.
    """

    record: str | None = None
    stream: str | None = None
    virtual_camera: str | None = None

    def __bool__(self) -> bool:
        """Whether anything was asked for."""
        return self != LiveTargets()


def live_targets(output_path: str | None, record: PathLike | None, virtual_camera: bool | str) -> LiveTargets:
    """What an engine's arguments ask for with a camera.

    Args:
        output_path: A file to record to, or an address to stream to.
        record: A file to record to.
        virtual_camera: A device, True for the first that is free, False for none.

    Returns:
        The targets.

    Raises:
        ArgumentError: If two files are given, or an address to record to.

    Example:
        >>> live_targets("udp://10.0.0.7:5000", "out.mp4", True)
        LiveTargets(record='out.mp4', stream='udp://10.0.0.7:5000', virtual_camera='')
    """
    if record is not None and is_stream_url(record):
        raise ArgumentError(f"record takes a file, got {record}: give addresses as output_path")
    stream = output_path if output_path is not None and is_stream_url(output_path) else None
    files = [os.fspath(path) for path in (output_path, record) if path is not None and path != stream]
    if len(files) > 1:
        raise ArgumentError(f"a run makes one recording, got {' and '.join(files)}: leave one out")
    device = None if virtual_camera is False else "" if virtual_camera is True else virtual_camera
    return LiveTargets(files[0] if files else None, stream, device)
