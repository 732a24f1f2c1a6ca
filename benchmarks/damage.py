"""Small media of thirteen formats, and ways to damage them; for `fuzz.py`."""

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
# Long enough for a missing part to be more than rounding.
WIDTH, HEIGHT, FRAMES, RATE = 96, 64, 12, 5
# Container, video encoder and its layout, sound encoder.
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
class Whole:
    """A file before damage: its content, and where the packets of a video stand in it, as (start, length)."""

    data: bytes
    packets: list[tuple[int, int]]


Seeds = dict[str, list[Whole]]
Damage = Callable[[bytearray, random.Random, Whole, Seeds], None]


def make_seeds(folder: Path) -> Seeds:
    """Make the whole media that damage is done to.

    Args:
        folder: Where to write them on the way.

    Returns:
        Several files for each suffix.
    """
    seeds: Seeds = {}
    with av.open(str(SAMPLES / "clip.mp4")) as container:
        pictures = [frame.reformat(WIDTH, HEIGHT) for frame in islice(container.decode(video=0), FRAMES)]
    for suffix, codec, layout, sound in VIDEOS:
        path = folder / f"whole{suffix}"
        if _has(codec) and (sound is None or _has(sound)):
            _write_video(path, pictures, codec, layout, sound)
            seeds.setdefault(suffix, []).append(Whole(path.read_bytes(), _packets(path)))
    bgr = pictures[0].to_ndarray(format="bgr24")
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
        seeds.setdefault(suffix, []).append(Whole(cv2.imencode(suffix, pixels, options)[1].tobytes(), []))
    return seeds


def _has(codec: str) -> bool:
    try:
        av.Codec(codec, "w")
    except ValueError:
        return False
    return True


def _write_video(path: Path, pictures: list[av.VideoFrame], codec: str, layout: str, sound: str | None) -> None:
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream(codec, rate=RATE, options=OPTIONS.get(codec, {}))
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, layout
        audio: Any = container.add_stream(sound, rate=48000, layout="stereo") if sound else None
        packets: list[Any] = []
        for index, picture in enumerate(pictures):
            ready = picture.reformat(format=layout)
            ready.pts, ready.time_base, ready.pict_type = index, Fraction(1, RATE), 0
            packets += video.encode(ready)
        packets += video.encode(None)
        if audio is not None:
            packets += _tone(audio)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)


def _tone(audio: Any) -> Iterator[Any]:
    context = audio.codec_context
    context.open()
    wave = (np.sin(np.arange(48000 * FRAMES // RATE) / 8) / 4).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
    frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), 0
    resampler = av.AudioResampler(context.format, context.layout, 48000, context.frame_size or 1024)
    for ready in [*resampler.resample(frame), *resampler.resample(None), None]:
        yield from audio.encode(ready)


def frames_of(suffix: str) -> int:
    """How many frames the whole files of a suffix have."""
    return FRAMES if any(suffix == video[0] for video in VIDEOS) else 1


# Damage


def damaged(seeds: Seeds, number: int) -> tuple[str, bytes, str]:
    """A damaged file.

    Args:
        seeds: What `make_seeds` made.
        number: Which one: the same number gives the same damage.

    Returns:
        Its suffix, its content, and what was done to it.
    """
    chance = random.Random(number)
    suffix = chance.choice(sorted(seeds))
    whole = chance.choice(seeds[suffix])
    data = bytearray(whole.data)
    ways = chance.choices(WAYS, k=chance.choice((1, 1, 1, 2, 3)))
    for way in ways:
        way(data, chance, whole, seeds)
    return suffix, bytes(data), ", ".join(way.__name__ for way in ways)


def _place(data: bytearray, chance: random.Random) -> int:
    """Where to do damage: in half of all cases near the start, where it says what everything else means."""
    most = len(data) - 1
    return chance.randint(0, min(most, 400)) if chance.random() < 0.5 else chance.randint(0, most)


def flip_bits(data: bytearray, chance: random.Random, whole: Whole, seeds: Seeds) -> None:
    """Turn over one to sixty bits, or give whole bytes values that overflow."""
    for _ in range(chance.choice((1, 3, 10, 60))):
        place = _place(data, chance)
        data[place] = data[place] ^ 1 << chance.randrange(8) if chance.random() < 0.7 else chance.choice((0, 127, 255))


def cut_short(data: bytearray, chance: random.Random, whole: Whole, seeds: Seeds) -> None:
    """Take away the end."""
    del data[chance.randint(1, len(data) - 1) :]


def splice_header(data: bytearray, chance: random.Random, whole: Whole, seeds: Seeds) -> None:
    """Begin as another file does, of the same format or another."""
    other = chance.choice(seeds[chance.choice(sorted(seeds))]).data
    length = chance.choice((8, 64, 200, 1000))
    data[:length] = other[: chance.choice((length, length, 2 * length))]


def zero_run(data: bytearray, chance: random.Random, whole: Whole, seeds: Seeds) -> None:
    """Overwrite a run with zeros, as a disk or a download does that fails."""
    start = _place(data, chance)
    length = min(chance.choice((4, 32, 512, 4096)), len(data) - start)
    data[start : start + length] = bytes(length)


def swap_packets(data: bytearray, chance: random.Random, whole: Whole, seeds: Seeds) -> None:
    """Exchange two packets of a video, or two blocks of what has none."""
    spans = [(start, length) for start, length in whole.packets if start + length <= len(data)]
    if len(spans) < 2:
        length = max(1, min(64, len(data) // 4))
        spans = [(chance.randint(0, len(data) - length), length) for _ in range(2)]
    (first, length), (second, other_length) = sorted(chance.sample(spans, 2))
    if first + length > second:
        return
    data[first : second + other_length] = (
        data[second : second + other_length] + data[first + length : second] + data[first : first + length]
    )


def _packets(path: Path) -> list[tuple[int, int]]:
    with av.open(str(path)) as container:
        return [(packet.pos, packet.size) for packet in container.demux() if packet.size and packet.pos]


WAYS: tuple[Damage, ...] = (flip_bits, flip_bits, cut_short, splice_header, zero_run, swap_packets)
