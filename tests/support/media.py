"""Small clips for the tests: made with PyAV, decoded again, and computed with formulas of their own.

Nothing here goes through framechain's conversions: what the tests expect is worked out from ITU-R BT.601,
BT.709 and BT.2020 in numpy.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from framechain import Frame, FrameInfo, StreamInfo
from framechain.pixels.colour import ColourSpace
from framechain.pixels.pyav import av
from support.audio import Audio, add_audio
from support.remembered import remembered

Array = NDArray[Any]

BT601 = ColourSpace(6, False, 6, 6)
BT601_FULL = ColourSpace(6, True, 6, 6)
BT709 = ColourSpace(1, False, 1, 1)
BT709_FULL = ColourSpace(1, True, 1, 1)
BT2020_PQ = ColourSpace(9, False, 9, 16)
BT2020_HLG = ColourSpace(9, False, 9, 18)
UNTOLD = ColourSpace()
# Red's and blue's weight in luma.
_WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593), 2: (0.299, 0.114)}
_CHROMA_STEPS = {"420": (2, 2), "422": (1, 2), "444": (1, 1), "411": (1, 4)}
LOSSLESS = {"preset": "ultrafast", "qp": "0"}


# Images


@functools.cache
def _portrait() -> Array:
    return cv2.imread(str(Path(__file__).resolve().parents[2] / "samples" / "portrait.jpg"))


@functools.cache
def _soft_portrait(width: int, height: int) -> Array:
    small = cv2.resize(_portrait(), (width, height), interpolation=cv2.INTER_AREA)
    # As soft as a lens makes it: what 4:2:0 cannot hold would drown what the tests look for.
    return cv2.GaussianBlur(small, (0, 0), 1.5)


def photo(width: int = 160, height: int = 120, shift: int = 0) -> Array:
    """A part of a real photograph, uint8 (height, width, 3) BGR, that moves with `shift`."""
    left = shift % 64
    return _soft_portrait(width + 64, height)[:, left : left + width].copy()


def photos(count: int, width: int = 160, height: int = 120) -> list[Array]:
    return [photo(width, height, 2 * index) for index in range(count)]


def flat(value: int, width: int = 64, height: int = 48) -> Array:
    """A grey image; with values 8 apart, each frame of a clip can be recognised."""
    return np.full((height, width, 3), value, np.uint8)


def flats(count: int, width: int = 64, height: int = 48) -> list[Array]:
    return [flat(level(index), width, height) for index in range(count)]


def level(index: int) -> int:
    """The grey of frame `index` in `flats`."""
    return 24 + 8 * (index % 25)


def corners(width: int = 64, height: int = 48) -> Array:
    """Four quarters, none like another: red and green above, blue and white below."""
    image = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    image[:top, :left], image[:top, left:] = (0, 0, 200), (0, 200, 0)
    image[top:, :left], image[top:, left:] = (200, 0, 0), (220, 220, 220)
    return image


# Colour


def yuv_of(bgr: Array, colour: ColourSpace = BT601, bits: int = 8) -> tuple[Array, Array, Array]:
    """Y, U and V at full resolution, as unrounded floats in the range of `bits`."""
    red_weight, blue_weight = _WEIGHTS[colour.matrix]
    blue, green, red = (bgr[..., channel] / 255.0 for channel in range(3))
    luma = red_weight * red + (1 - red_weight - blue_weight) * green + blue_weight * blue
    u, v = (blue - luma) / (2 * (1 - blue_weight)), (red - luma) / (2 * (1 - red_weight))
    if colour.full_range:
        top = (1 << bits) - 1
        return luma * top, u * top + (1 << (bits - 1)), v * top + (1 << (bits - 1))
    step = 1 << (bits - 8)
    return (16 + 219 * luma) * step, (128 + 224 * u) * step, (128 + 224 * v) * step


def bgr_of(planes: Sequence[Array], colour: ColourSpace = BT601) -> Array:
    """8-bit BGR of Y, U and V planes of any subsampling, by the formulas of the matrix and the range."""
    y, u, v = (plane.astype(float) for plane in planes)
    height, width = y.shape
    u, v = (np.repeat(np.repeat(p, -(-height // p.shape[0]), 0), -(-width // p.shape[1]), 1) for p in (u, v))
    u, v = u[:height, :width], v[:height, :width]
    if colour.full_range:
        luma, u, v = y / 255, (u - 128) / 255, (v - 128) / 255
    else:
        luma, u, v = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    red_weight, blue_weight = _WEIGHTS[colour.matrix]
    red, blue = luma + 2 * (1 - red_weight) * v, luma + 2 * (1 - blue_weight) * u
    green = (luma - red_weight * red - blue_weight * blue) / (1 - red_weight - blue_weight)
    return np.clip(np.stack([blue, green, red], -1) * 255 + 0.5, 0, 255).astype(np.uint8)


def encodable(bgr: Array, pix_fmt: str = "yuv420p", colour: ColourSpace = BT601) -> av.VideoFrame:
    """An image for an encoder, in one of the layouts that cameras and tools write."""
    height, width = bgr.shape[:2]
    if pix_fmt in ("bgr24", "rgb24", "bgra", "rgb8"):
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), "bgr24").reformat(format=pix_fmt)
    bits = 10 if "10" in pix_fmt else 8
    if pix_fmt == "gbrp":
        values: list[Array] = [bgr[..., 1], bgr[..., 0], bgr[..., 2]]
    else:
        y, u, v = yuv_of(bgr, colour, bits)
        values = [y]
        if not pix_fmt.startswith("gray"):
            down, across = next(steps for name, steps in _CHROMA_STEPS.items() if name in pix_fmt)
            values += [_averaged(u, down, across), _averaged(v, down, across)]
    return make_video_frame_from_planes([np.rint(plane) for plane in values], pix_fmt, width, height)


def _averaged(plane: Array, down: int, across: int) -> Array:
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % down), (0, -width % across)), mode="edge")
    return padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across).mean((1, 3))


def make_video_frame_from_planes(values: Sequence[Array], pix_fmt: str, width: int, height: int) -> av.VideoFrame:
    image = av.VideoFrame(width, height, pix_fmt)
    for plane, pixels in zip(image.planes, values, strict=True):
        _samples(plane, pixels.shape[1], "10" in pix_fmt)[...] = pixels
    return image


def get_planes(image: av.VideoFrame) -> tuple[Array, ...]:
    """Copies of a decoded image's planes, without padding."""
    deep = image.format.components[0].bits > 8
    return tuple(_samples(plane, plane.width, deep).copy() for plane in image.planes)


def _samples(plane: Any, width: int, deep: bool) -> Array:
    kind = np.uint16 if deep else np.uint8
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height].view(kind)
    return rows[:, :width]


def psnr(first: Sequence[Array] | Array, second: Sequence[Array] | Array, peak: float = 255) -> float:
    """Peak signal-to-noise ratio in dB over all samples of some planes."""
    if isinstance(first, np.ndarray):
        first, second = [first], [np.asarray(second)]
    squares = [
        ((one.astype(float) - other.astype(float)) ** 2).ravel() for one, other in zip(first, second, strict=True)
    ]
    mean = float(np.concatenate(squares).mean())
    return 99.0 if mean == 0 else 10 * np.log10(peak * peak / mean)


# Clips


@remembered
def write_clip(
    path: Path | str,
    images: Iterable[Array | av.VideoFrame],
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    colour: ColourSpace = BT601,
    tagged: bool = True,
    rate: Fraction | int = 25,
    time_base: Fraction | None = None,
    ticks: Sequence[int] | None = None,
    retime: Callable[[int], int] | None = None,
    aspect: Fraction | None = None,
    rotation: dict[str, Any] | None = None,
    audio: Audio | None = None,
    format_name: str | None = None,
    container_options: dict[str, str] | None = None,
) -> str:
    """Write a clip.

    Args:
        images: BGR arrays, which are converted by the formulas above, or images ready for the encoder.
        tagged: Whether the stream has colour tags; the samples are the same without them.
        ticks: Presentation times in `time_base` (by default 1 / rate); 0, 1, 2 ... if not given.
        retime: Applied to the presentation times of packets: what an encoder would refuse Matroska takes.
        rotation: Arguments of PyAV's `set_display_rotation`.
    """
    colour = replace(colour, full_range=colour.full_range or pix_fmt.startswith("yuvj"))
    frames = [p if isinstance(p, av.VideoFrame) else encodable(p, pix_fmt, colour) for p in images]
    time_base = time_base or 1 / Fraction(rate)
    ticks = range(len(frames)) if ticks is None else ticks
    with av.open(str(path), "w", format=format_name, options=container_options or {}) as container:
        video: Any = container.add_stream(
            codec, rate=Fraction(rate), options=LOSSLESS if options is None and codec == "libx264" else options or {}
        )
        context = video.codec_context
        context.width, context.height, context.pix_fmt = frames[0].width, frames[0].height, pix_fmt
        context.time_base = video.time_base = time_base
        context.flags |= av.codec.context.Flags.frame_duration
        if aspect:
            context.sample_aspect_ratio = aspect
        if tagged and pix_fmt.startswith(("yuv", "gray")):
            context.colorspace, context.color_range = colour.matrix, 2 if colour.full_range else 1
            context.color_primaries, context.color_trc = colour.primaries, colour.transfer
            for frame in frames:  # ProRes takes it from here.
                frame.colorspace, frame.color_range = context.colorspace, context.color_range
                frame.color_primaries, frame.color_trc = context.color_primaries, context.color_trc
        if rotation is not None:
            video.set_display_rotation(**rotation)
        packets: list[tuple[Fraction, Any]] = []
        audio_stream = add_audio(container, audio, packets) if audio else None
        usual = max(1, round(1 / (rate * time_base)))
        for index, frame in enumerate(frames):
            frame.pts, frame.time_base = ticks[index], time_base
            frame.duration = ticks[index + 1] - ticks[index] if index + 1 < len(frames) else usual
            packets += [(p.dts * p.time_base, p) for p in video.encode(frame)]
        packets += [(p.dts * p.time_base, p) for p in video.encode(None)]
        packets.sort(key=lambda entry: entry[0])
        for _, packet in packets:
            if retime and packet.stream is not audio_stream:
                packet.pts = retime(packet.pts)
                packet.dts = min(packet.dts, packet.pts)
            container.mux(packet)
    return str(path)


def looped(source: Path | str, path: Path | str, times: int) -> str:
    """A long clip, made in a moment: the packets of another one over and over."""
    with av.open(str(path), "w") as container:
        targets: dict[int, Any] = {}
        for turn in range(times):
            with av.open(str(source)) as again:
                # A little more than its length, as its audio may begin before 0.
                length = Fraction(again.duration, av.time_base) + Fraction(1, 20)
                if not turn:
                    targets = {stream.index: container.add_stream_from_template(stream) for stream in again.streams}
                for packet in again.demux():
                    if packet.size:
                        shift = round(turn * length / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = targets[packet.stream_index]
                        container.mux(packet)
    return str(path)


def with_cover(source: Path | str, path: Path | str) -> str:
    """A copy with cover art, as songs carry it: an image that only a flag distinguishes from a video."""
    data = cv2.imencode(".jpg", photo())[1].tobytes()
    with av.open(str(source)) as original, av.open(str(path), "w", format="mp4") as container:
        targets = {stream.index: container.add_stream_from_template(stream) for stream in original.streams}
        cover: Any = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 160, 120, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        cover.codec_context.open()
        still: Any = av.Packet(data)
        still.pts, still.dts, still.stream = 0, 0, cover
        container.mux(still)
        for packet in original.demux():
            if packet.size:
                packet.stream = targets[packet.stream_index]
                container.mux(packet)
    return str(path)


@dataclass
class Seen:
    """What a file's image came to."""

    container: str
    codec: str
    pix_fmt: str
    size: tuple[int, int]
    aspect: Fraction
    tags: ColourSpace
    range_told: bool
    turned: bool
    time_base: Fraction
    rate: Fraction
    ticks: list[int] = field(default_factory=list)
    end: Fraction = Fraction(0)
    planes: list[tuple[Array, ...]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.ticks)

    @property
    def times(self) -> list[Fraction]:
        return [tick * self.time_base for tick in self.ticks]

    def bgr(self, index: int = 0) -> Array:
        return bgr_of(self.planes[index], self.tags)

    def greys(self) -> list[int]:
        """The middle of each frame, as the grey that `flats` drew."""
        return [int(bgr_of([p[p.shape[0] // 2 :][:1, :1] for p in frame], self.tags)[0, 0, 1]) for frame in self.planes]


def see(path: Path | str, limit: int | None = None) -> Seen:
    """Decode a file's image again, or its first frames."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context: Any = stream.codec_context
        colour = ColourSpace(context.colorspace, context.color_range == 2, context.color_primaries, context.color_trc)
        seen = Seen(
            container.format.name,
            context.codec.canonical_name,
            context.pix_fmt,
            (context.width, context.height),
            stream.sample_aspect_ratio or Fraction(1),
            colour,
            context.color_range != 0,
            False,
            stream.time_base,
            stream.average_rate,
        )
        for frame in itertools.islice(container.decode(stream), limit):
            data: Any = frame.side_data.get("DISPLAYMATRIX")
            seen.turned |= data is not None
            seen.ticks.append(frame.pts)
            seen.end = (frame.pts + frame.duration) * stream.time_base
            seen.planes.append(get_planes(frame))
        if stream.duration and not limit:
            # With reordered frames, an mp4 stores only the end of the whole video, in milliseconds.
            seen.end = seen.times[0] + stream.duration * stream.time_base
    return seen


def decode_bgra(path: Path | str) -> list[Array]:
    """BGRA of the frames of a video with alpha; FFmpeg's own VP9 decoder knows no alpha, libvpx's does."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoder: Any = stream.codec_context
        if stream.codec.name == "vp9":
            decoder = av.CodecContext.create("libvpx-vp9", "r")
        frames = [frame for packet in container.demux(stream) if packet.size for frame in decoder.decode(packet)]
        frames += decoder.decode(None)
    assert all(frame.format.name.startswith(("yuva420p", "yuva444p")) for frame in frames)
    return [frame.to_ndarray(format="bgra") for frame in frames]


def frame_in_yuv(image: Any, colour: ColourSpace) -> Frame:
    """A frame that is still in YUV, of a stream of its own."""
    stream = StreamInfo("image", "video", image.width, image.height, colour=colour)
    return Frame(FrameInfo(0, 0, 0, stream), yuv=image)
