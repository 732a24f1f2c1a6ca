"""Small media of thirteen formats and ways to damage them, for `fuzz.py`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from framechain.pixels.pyav import av

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
# Long enough that a missing part is more than rounding.
WIDTH, HEIGHT, FRAMES, RATE = 96, 64, 12, 5
# Container, video encoder, pixel format, audio encoder.
VIDEOS = (
    (".mp4", "libx264", "yuv420p", "aac"),
    (".mp4", "libx265", "yuv420p10le", None),
    (".mov", "libx264", "yuv420p", "pcm_s16le"),
    (".mov", "prores_ks", "yuv422p10le", "aac"),
    (".mkv", "libx264", "yuv444p", "flac"),
    (".mkv", "ffv1", "yuv420p", "libvorbis"),
    (".webm", "libvpx", "yuv420p", "libopus"),
    (".webm", "libvpx-vp9", "yuv420p", "libopus"),
    (".avi", "mpeg4", "yuv420p", "mp3"),
    (".avi", "mjpeg", "yuvj420p", "pcm_s16le"),
    (".gif", "gif", "rgb8", None),
)
OPTIONS = {"libx264": {"preset": "ultrafast"}, "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"}}


@dataclass(frozen=True)
class Intact:
    """A file before damage: its content, and the (start, length) of the packets of a video."""

    data: bytes
    packets: list[tuple[int, int]]


Seeds = dict[str, list[Intact]]
Damage = Callable[[bytearray, random.Random, Intact, Seeds], None]


def make_seeds(folder: Path) -> Seeds:
    """Make the media to damage.

    Args:
        folder: A folder for temporary files.

    Returns:
        Several files for each suffix.
    """
    seeds: Seeds = {}
    with av.open(str(SAMPLES / "clip.mp4")) as container:
        frames = [frame.reformat(WIDTH, HEIGHT) for frame in islice(container.decode(video=0), FRAMES)]
    for suffix, codec, layout, audio in VIDEOS:
        path = folder / f"intact{suffix}"
        if _has_encoder(codec) and (audio is None or _has_encoder(audio)):
            _write_video(path, frames, codec, layout, audio)
            seeds.setdefault(suffix, []).append(Intact(path.read_bytes(), _find_packets(path)))
    fragmented = folder / "fragmented.mp4"
    _write_video(fragmented, frames, "mpeg4", "yuv420p", "aac", {"movflags": "frag_keyframe+empty_moov"})
    seeds.setdefault(".mp4", []).append(Intact(fragmented.read_bytes(), _find_packets(fragmented)))
    bgr = frames[0].to_ndarray(format="bgr24")
    alpha = np.dstack([bgr, np.full(bgr.shape[:2], 120, np.uint8)])
    deep = bgr.astype(np.uint16) * 257
    for suffix, pixels, options in (
        (".jpg", bgr, []),
        (".jpg", bgr, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 3]),
        (".png", bgr, []),
        (".png", deep, []),
        (".png", alpha, []),
        (".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, 80]),
        (".webp", alpha, [cv2.IMWRITE_WEBP_QUALITY, 101]),
        (".tiff", bgr, []),
        (".tiff", deep, [cv2.IMWRITE_TIFF_COMPRESSION, 1]),
        (".avif", bgr, [cv2.IMWRITE_AVIF_SPEED, 9]),
        (".bmp", alpha, []),
        (".jp2", bgr, []),
    ):
        seeds.setdefault(suffix, []).append(Intact(cv2.imencode(suffix, pixels, options)[1].tobytes(), []))
    return seeds


def _has_encoder(codec: str) -> bool:
    try:
        av.Codec(codec, "w")
    except ValueError:
        return False
    return True


def _write_video(
    path: Path,
    frames: list[av.VideoFrame],
    codec: str,
    layout: str,
    audio: str | None,
    options: dict[str, str] | None = None,
) -> None:
    with av.open(str(path), "w", options=options or {}) as container:
        video: Any = container.add_stream(codec, rate=RATE, options=OPTIONS.get(codec, {}))
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, layout
        audio_stream: Any = container.add_stream(audio, rate=48000, layout="stereo") if audio else None
        packets: list[Any] = []
        for index, frame in enumerate(frames):
            ready = frame.reformat(format=layout)
            ready.pts, ready.time_base, ready.pict_type = index, Fraction(1, RATE), 0
            packets += video.encode(ready)
        packets += video.encode(None)
        if audio_stream is not None:
            packets += _make_tone(audio_stream)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)


def _make_tone(stream: Any) -> Iterator[Any]:
    context = stream.codec_context
    context.open()
    wave = (np.sin(np.arange(48000 * FRAMES // RATE) / 8) / 4).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
    frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), 0
    resampler = av.AudioResampler(context.format, context.layout, 48000, context.frame_size or 1024)
    for ready in [*resampler.resample(frame), *resampler.resample(None), None]:
        yield from stream.encode(ready)


def count_frames(suffix: str) -> int:
    """Return how many frames the intact files of a suffix have."""
    return FRAMES if any(suffix == video[0] for video in VIDEOS) else 1


# Damage


def make_damaged(seeds: Seeds, number: int) -> tuple[str, bytes, str]:
    """Make a damaged file.

    Args:
        seeds: The media of `make_seeds`.
        number: The seed of the damage.

    Returns:
        The suffix, the content, and the names of the ways of damage.
    """
    chance = random.Random(number)
    suffix = chance.choice(sorted(seeds))
    intact = chance.choice(seeds[suffix])
    data = bytearray(intact.data)
    ways = chance.choices(WAYS, k=chance.choice((1, 1, 1, 2, 3)))
    for way in ways:
        way(data, chance, intact, seeds)
    return suffix, bytes(data), ", ".join(way.__name__ for way in ways)


def _choose_place(data: bytearray, chance: random.Random) -> int:
    """Return where to do damage: in half of the cases in the header, which decides how the rest is read."""
    most = len(data) - 1
    return chance.randint(0, min(most, 400)) if chance.random() < 0.5 else chance.randint(0, most)


def flip_bits(data: bytearray, chance: random.Random, intact: Intact, seeds: Seeds) -> None:
    """Flip one to sixty bits, or set bytes to extreme values."""
    for _ in range(chance.choice((1, 3, 10, 60))):
        place = _choose_place(data, chance)
        data[place] = data[place] ^ 1 << chance.randrange(8) if chance.random() < 0.7 else chance.choice((0, 127, 255))


def cut_short(data: bytearray, chance: random.Random, intact: Intact, seeds: Seeds) -> None:
    """Remove the end."""
    del data[chance.randint(1, len(data) - 1) :]


def splice_header(data: bytearray, chance: random.Random, intact: Intact, seeds: Seeds) -> None:
    """Replace the start by that of another file, of the same format or another."""
    other = chance.choice(seeds[chance.choice(sorted(seeds))]).data
    length = chance.choice((8, 64, 200, 1000))
    data[:length] = other[: chance.choice((length, length, 2 * length))]


def zero_run(data: bytearray, chance: random.Random, intact: Intact, seeds: Seeds) -> None:
    """Overwrite a run with zeros, as a failing disk or download does."""
    start = _choose_place(data, chance)
    length = min(chance.choice((4, 32, 512, 4096)), len(data) - start)
    data[start : start + length] = bytes(length)


def swap_packets(data: bytearray, chance: random.Random, intact: Intact, seeds: Seeds) -> None:
    """Exchange two packets of a video, or two blocks of another file."""
    spans = [(start, length) for start, length in intact.packets if start + length <= len(data)]
    if len(spans) < 2:
        length = max(1, min(64, len(data) // 4))
        spans = [(chance.randint(0, len(data) - length), length) for _ in range(2)]
    (first, length), (second, other_length) = sorted(chance.sample(spans, 2))
    if first + length > second:
        return
    data[first : second + other_length] = (
        data[second : second + other_length] + data[first + length : second] + data[first : first + length]
    )


def huge_number(data: bytearray, chance: random.Random, intact: Intact, seeds: Seeds) -> None:
    """Replace a count, a size or whatever stands there by one that no file of this size can keep."""
    if len(data) < 8:
        return
    # Headers of videos may stand at the end.
    place = chance.randint(0, min(len(data) - 4, 2000))
    place = place if chance.random() < 0.5 else len(data) - 4 - place
    number = chance.choice((1_000_000, 20_000_000, 85_000_000, (1 << 31) - 1))
    data[place : place + 4] = number.to_bytes(4, chance.choice(("big", "little")))


def _find_packets(path: Path) -> list[tuple[int, int]]:
    with av.open(str(path)) as container:
        return [(packet.pos, packet.size) for packet in container.demux() if packet.size and packet.pos]


WAYS: tuple[Damage, ...] = (flip_bits, flip_bits, cut_short, splice_header, zero_run, swap_packets, huge_number)
