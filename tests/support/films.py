"""Small films of every kind that is hard to cut, and what two outputs have to have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from framechain.pixels.pyav import av
from support.audio import beeps
from support.fields import INTERLACED, flagged, woven
from support.media import BT709_FULL, photos, write_clip

WIDTH, HEIGHT, COUNT = 96, 64, 72
_X264 = {"preset": "veryfast", "crf": "20"}
_OPEN_GOP = "keyint=18:min-keyint=18:scenecut=0:bframes=3:b-adapt=0:open-gop=1"


def _write(path: Path, **clip: Any) -> str:
    return write_clip(path, photos(COUNT, WIDTH, HEIGHT), **clip)


def _b_frames(folder: Path) -> str:
    options = {**_X264, "x264-params": "keyint=18:scenecut=0:bframes=3:b-pyramid=normal"}
    return _write(folder / "b.mp4", options=options, audio=beeps(3.2), colour=BT709_FULL)


def _open_gop(folder: Path) -> str:
    return _write(folder / "open.mp4", options={**_X264, "x264-params": _OPEN_GOP})


def _open_gop_mkv(folder: Path) -> str:
    return _write(folder / "open.mkv", options={**_X264, "x264-params": _OPEN_GOP}, audio=beeps(2.5, "libopus"))


def _intra_refresh(folder: Path) -> str:
    options = {**_X264, "x264-params": "keyint=24:intra-refresh=1:bframes=0"}
    return _write(folder / "refresh.mp4", options=options)


def _hevc(folder: Path) -> str:
    options = {"preset": "ultrafast", "crf": "24", "x265-params": "keyint=18:open-gop=1:bframes=3:log-level=none"}
    return _write(folder / "hevc.mp4", codec="libx265", options=options)


def _vp9(folder: Path) -> str:
    options = {"deadline": "realtime", "cpu-used": "8", "g": "18", "lag-in-frames": "10", "auto-alt-ref": "1"}
    return _write(folder / "vp9.webm", codec="libvpx-vp9", options=options, audio=beeps(3, "libopus"))


def _variable_rate(folder: Path) -> str:
    steps = [(1, 3, 2, 7, 1, 1, 12, 4)[index % 8] for index in range(COUNT)]
    ticks = [20 * sum(steps[:index]) for index in range(COUNT)]
    options = {**_X264, "x264-params": "keyint=18:scenecut=0:bframes=2"}
    return _write(folder / "vfr.mp4", options=options, time_base=Fraction(1, 600), ticks=ticks)


def _edit_list(folder: Path) -> str:
    """The container hides the first seven frames; decoders need them."""
    options = {**_X264, "x264-params": "keyint=18:scenecut=0:bframes=2"}
    return _write(folder / "edit.mp4", options=options, ticks=range(-7, COUNT - 7), audio=beeps(2.5))


def _rotated(folder: Path) -> str:
    rotation = {"degrees": 90, "hflip": False, "vflip": False}
    return _write(folder / "turned.mov", options={**_X264, "g": "18"}, rotation=rotation, aspect=Fraction(4, 3))


def _late(folder: Path) -> str:
    """The video begins after the audio, and both after 0."""
    return _write(
        folder / "late.mkv", options={**_X264, "g": "18"}, ticks=range(40, 40 + COUNT), audio=beeps(3, start=1)
    )


def _one_key_frame(folder: Path) -> str:
    return _write(folder / "one.mp4", options={**_X264, "g": "999", "sc_threshold": "0"}, rate=Fraction(30000, 1001))


def _transport_stream(folder: Path) -> str:
    """Its key frames cannot be searched exactly."""
    return _write(folder / "stream.ts", options={**_X264, "g": "18"}, audio=beeps(2.9))


def _motion_jpeg(folder: Path) -> str:
    return _write(folder / "jpeg.avi", codec="mjpeg", options={"q": "3"}, pix_fmt="yuvj420p")


def _interlaced(folder: Path) -> str:
    """The filter that removes the combs looks at the frames before and after."""
    moments = photos(2 * COUNT, WIDTH, HEIGHT)
    images = [woven(early, late) for early, late in zip(moments[::2], moments[1::2], strict=True)]
    options = {**INTERLACED, **_X264, "x264-params": "keyint=18:scenecut=0:bframes=2"}
    return write_clip(folder / "combs.mp4", flagged(images), options=options)


FILMS: dict[str, Callable[[Path], str]] = {
    "b-frames": _b_frames,
    "open-gop": _open_gop,
    "open-gop-mkv": _open_gop_mkv,
    "intra-refresh": _intra_refresh,
    "hevc": _hevc,
    "vp9": _vp9,
    "variable-rate": _variable_rate,
    "edit-list": _edit_list,
    "rotated": _rotated,
    "late": _late,
    "one-key-frame": _one_key_frame,
    "transport-stream": _transport_stream,
    "motion-jpeg": _motion_jpeg,
    "interlaced": _interlaced,
}


def describe_output(path: Path | str) -> dict[str, Any]:
    """What of a video file must not depend on how it was made: all but the encoder's choice of key frames and bytes."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        context: Any = video.codec_context
        described: dict[str, Any] = {
            "container": container.format.name,
            "codec": (context.name, context.extradata, context.pix_fmt, context.width, context.height),
            "colour": (context.colorspace, context.color_range, context.color_primaries, context.color_trc),
            "shape": (video.sample_aspect_ratio, video.time_base, video.average_rate),
            "start": (container.start_time, video.start_time),
            "length": (container.duration, video.duration, video.frames),
            "streams": [stream.type for stream in container.streams],
        }
        packets: dict[int, list[Any]] = {stream.index: [] for stream in container.streams}
        for packet in container.demux():
            if packet.size:
                content = None if packet.stream_index == video.index else hashlib.sha256(bytes(packet)).hexdigest()
                packets[packet.stream_index].append((packet.pts, packet.dts, packet.duration, content))
        # In an mp4 a duration is the time until the next packet is decoded. A Matroska does not say when that is.
        if not (context.has_b_frames and container.format.name.startswith("matroska")):
            described["decoding"] = [(dts, duration) for _, dts, duration, _ in packets[video.index]]
        described["showing"] = sorted(pts for pts, *_ in packets[video.index])
        described["audio"] = [times for index, times in packets.items() if index != video.index]
    return described


def digest_frames(path: Path | str) -> list[tuple[int, str]]:
    """The time and a digest of each decoded frame."""
    with av.open(str(path)) as container:
        return [
            (frame.pts, hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest())
            for frame in container.decode(container.streams.video[0])
        ]
