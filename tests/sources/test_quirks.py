"""Unusual media that no other file tests; docs/reliability.md lists all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, hear
from support.media import BT601, BT709_FULL, Array, flat, flats, level, photo, psnr, see, write_clip

from framechain import Encoding, Engine, FramechainWarning
from framechain.pixels.colour import ColourSpace
from framechain.pixels.pyav import av


def run(path: Path | str, *objects: Any, **arguments: Any) -> str:
    output = Path(path).with_name("result.mp4")
    return Engine(video_path=path, custom_objects=objects, output_path=output, **arguments).run().output_path or ""


# Streams


def join_streams(path: Path, *sources: str, usual: int | None = None) -> str:
    """Write all streams of several files into one; `usual` is the number of the file whose video is the default one."""
    opened = [av.open(source) for source in sources]
    with av.open(str(path), "w") as container:
        targets = [
            {stream.index: container.add_stream_from_template(stream) for stream in source.streams} for source in opened
        ]
        if usual is not None:
            for number, streams in enumerate(targets):
                disposition = av.stream.Disposition.default if number == usual else av.stream.Disposition(0)
                streams[0].disposition = disposition
        for source, streams in zip(opened, targets, strict=True):
            for packet in source.demux():
                if packet.size:
                    packet.stream = streams[packet.stream_index]
                    container.mux(packet)
    for source in opened:
        source.close()
    return str(path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_video_source_several_streams_gives_the_first(suffix: str, tmp_path: Path) -> None:
    sources = [write_clip(tmp_path / f"{grey}.mkv", [flat(grey)] * 8) for grey in (40, 160, 220)]
    path = join_streams(tmp_path / f"clip{suffix}", *sources)
    after = see(run(path))
    assert after.greys() == pytest.approx([40] * 8, abs=2)
    with av.open(run(path)) as container:
        assert len(container.streams) == 1


def test_video_source_several_streams_gives_the_default_one(tmp_path: Path) -> None:
    sources = [write_clip(tmp_path / f"{grey}.mkv", [flat(grey)] * 8) for grey in (40, 160, 220)]
    after = see(run(join_streams(tmp_path / "clip.mkv", *sources, usual=1)))
    assert after.greys() == pytest.approx([160] * 8, abs=2)


def test_video_source_several_audio_streams_keeps_the_default_one(tmp_path: Path) -> None:
    sources = [write_clip(tmp_path / f"{at}.mkv", flats(25), audio=beeps(1.0, at=[at])) for at in (0.2, 0.5, 0.8)]
    opened = [av.open(source) for source in sources]
    with av.open(str(tmp_path / "clip.mkv"), "w") as container:
        streams = [opened[0].streams.video[0], *(source.streams.audio[0] for source in opened)]
        targets = [container.add_stream_from_template(stream) for stream in streams]
        for number, target in enumerate(targets):
            target.disposition = av.stream.Disposition.default if number in (0, 2) else av.stream.Disposition(0)
        for stream, target in zip(streams, targets, strict=True):
            for packet in stream.container.demux(stream):
                if packet.size:
                    packet.stream = target
                    container.mux(packet)
            if stream.type == "video":
                stream.container.seek(0)
    for source in opened:
        source.close()
    output = run(tmp_path / "clip.mkv")
    assert hear(output).onsets() == pytest.approx([0.5], abs=0.03)
    with av.open(output) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]


def test_video_source_cover_image_before_the_video_is_ignored(tmp_path: Path) -> None:
    film = write_clip(tmp_path / "film.mp4", flats(6), audio=beeps(0.2))
    path = tmp_path / "clip.mp4"
    with av.open(film) as original, av.open(str(path), "w") as container:
        poster: Any = container.add_stream("mjpeg", rate=1)
        poster.width, poster.height, poster.pix_fmt = 160, 120, "yuvj420p"
        poster.disposition = av.stream.Disposition.attached_pic
        poster.codec_context.open()
        targets = {stream.index: container.add_stream_from_template(stream) for stream in original.streams}
        still: Any = av.Packet(cv2.imencode(".jpg", photo())[1].tobytes())
        still.pts, still.dts, still.stream = 0, 0, poster
        container.mux(still)
        for packet in original.demux():
            if packet.size:
                packet.stream = targets[packet.stream_index]
                container.mux(packet)
    output = run(path)
    assert see(output).greys() == pytest.approx([level(index) for index in range(6)], abs=2)
    assert hear(output).packets == hear(film).packets


# Size


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (1, 1, (2, 2)),
        (3, 40, (4, 40)),
        (40, 1, (40, 2)),
        (2, 2, (2, 2)),
        (17, 1, (18, 2)),
        (2, 2161, (2, 2162)),
        (4097, 2, (4098, 2)),
    ],
)
def test_video_smallest_sizes_are_written(width: int, height: int, shape: tuple[int, int], tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", flats(4, width, height), codec="ffv1", pix_fmt="yuv444p")
    seen: list[tuple[int, ...]] = []

    def look(frame: Array) -> Array:
        seen.append(frame.shape)
        return frame

    for objects in ((), (look,)):
        after = see(run(source, *objects, encoding=Encoding(crf=1)))
        assert after.size == shape
        assert after.greys() == pytest.approx([level(index) for index in range(4)], abs=3)
    assert seen == [(height, width, 3)] * 4


@pytest.mark.slow
def test_video_8k_is_written(tmp_path: Path) -> None:
    image = cv2.resize(photo(480, 270), (7680, 4320), interpolation=cv2.INTER_LINEAR)
    frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(
        format="yuvj420p", dst_color_range="JPEG", dst_colorspace="ITU601"
    )
    source = write_clip(tmp_path / "clip.avi", [frame] * 2, codec="mjpeg", pix_fmt="yuvj420p", tagged=False)
    after = see(run(source, encoding=Encoding(preset="ultrafast")))
    assert (after.count, after.size) == (2, (7680, 4320))
    small = [cv2.resize(plane, (480, 270), interpolation=cv2.INTER_AREA) for plane in (after.planes[1][0],)]
    expected = cv2.resize(see(source, 1).planes[0][0], (480, 270), interpolation=cv2.INTER_AREA)
    assert psnr(small[0], expected) > 35


# A size that changes midway


def write_parts(folder: Path, suffix: str, *parts: tuple[Sequence[Array], Fraction | None], **more: Any) -> Path:
    """Write a clip of parts, each with its own frame size and sample aspect ratio."""
    whole = folder / "whole.h264"
    written = [
        write_clip(folder / f"part{index}.h264", images, aspect=aspect, **more)
        for index, (images, aspect) in enumerate(parts)
    ]
    whole.write_bytes(b"".join(Path(part).read_bytes() for part in written))
    if suffix == ".h264":
        return whole
    path = folder / f"clip{suffix}"
    _remux(whole, path)
    return path


@pytest.mark.parametrize("suffix", [".ts", ".h264"])
def test_video_source_size_change_keeps_count_and_times(suffix: str, tmp_path: Path) -> None:
    sizes = ((64, 48), (128, 96), (32, 24), (64, 48))
    path = write_parts(tmp_path, suffix, *((flats(5, *size), None) for size in sizes))
    with pytest.warns(
        FramechainWarning, match=r"changed its size to 128x96: it is scaled to 64x48, the size of its first"
    ) as w:
        after = see(run(path, encoding=Encoding(crf=1)))
    assert len(w) == 1
    assert after.size == (64, 48)
    assert after.greys() == pytest.approx([level(index % 5) for index in range(20)], abs=3)
    assert after.times == [Fraction(index, 25) for index in range(20)]


def draw_square(width: int, height: int, side: int) -> Array:
    """Draw a white square in the middle of a grey image."""
    image = flat(90, width, height)
    top, left = (height - side) // 2, (width - side) // 2
    image[top : top + side, left : left + side] = 230
    return image


def find_box(mask: Array) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the bounding box of a mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), len(columns), len(rows)


@pytest.mark.parametrize("colour", [BT601, BT709_FULL], ids=["limited", "full-range"])
@pytest.mark.parametrize(
    ("size", "aspect", "inner"),
    [
        ((96, 160), None, (60, 0, 72, 120)),
        ((320, 80), None, (0, 36, 192, 48)),
        ((100, 100), None, (36, 0, 120, 120)),
        ((384, 240), None, (0, 0, 192, 120)),
        ((382, 240), None, (0, 0, 192, 120)),  # The same shape, but for rounding.
        ((96, 120), Fraction(2), (0, 0, 192, 120)),  # The same shape, once the sample aspect ratio is applied.
        ((96, 60), Fraction(1, 2), (48, 0, 96, 120)),
        ((45, 121), None, (74, 0, 44, 120)),
    ],
)
def test_video_source_shape_change_gets_black_bars(
    size: tuple[int, int],
    aspect: Fraction | None,
    inner: tuple[int, int, int, int],
    colour: ColourSpace,
    tmp_path: Path,
) -> None:
    side = min(size) // 2 // 2 * 2
    odd = size[0] % 2 or size[1] % 2
    path = write_parts(
        tmp_path, ".h264", ([draw_square(192, 120, 60)] * 3, None), ([draw_square(*size, side)] * 3, aspect),
        colour=colour, pix_fmt="yuv444p" if odd else "yuv420p",
    )  # fmt: skip
    how = "scaled to" if inner == (0, 0, 192, 120) else "fitted with black bars into"
    with pytest.warns(FramechainWarning, match=rf"changed its size to {size[0]}x{size[1]}: it is {how} 192x120"):
        after = see(run(path, encoding=Encoding(crf=1)))
    assert (after.count, after.size) == (6, (192, 120))
    images = [after.bgr(index)[..., 1] for index in range(6)]
    assert find_box(images[2] > 160) == (66, 30, 60, 60)
    for image in images[3:]:
        assert find_box(image > 45) == pytest.approx(inner, abs=1)
        left, top, width, height = inner
        bars = np.ones((120, 192), bool)
        bars[max(0, top - 4) : top + height + 4, max(0, left - 4) : left + width + 4] = False
        assert not bars.any() or image[bars].max() <= 4
        # The square keeps its shape, but for the sample aspect ratio of its part.
        _, _, across, down = find_box(image > 160)
        assert across / down == pytest.approx(float(aspect or 1), rel=0.15 if odd else 0.07)
        assert across * down == pytest.approx(side * side * width * height / (size[0] * size[1]), rel=0.3)


def test_video_source_rotated_clip_with_shape_change_is_upright(tmp_path: Path) -> None:
    path = write_parts(
        tmp_path, ".h264", ([draw_square(192, 120, 60)] * 3, None), ([draw_square(96, 160, 40)] * 3, None)
    )
    turned = tmp_path / "turned.h264"
    with av.open(str(path)) as raw:
        turning = av.bitstream.BitStreamFilterContext(
            "h264_metadata=display_orientation=insert:rotate=90", raw.streams.video[0]
        )
        packets = [ready for packet in raw.demux() if packet.size for ready in turning.filter(packet)]
        turned.write_bytes(b"".join(bytes(packet) for packet in packets))
    with pytest.warns(FramechainWarning, match="fitted with black bars"):
        after = see(run(turned, encoding=Encoding(crf=1)))
    assert after.size == (120, 192)
    assert find_box(after.bgr(5)[..., 1] > 45) == pytest.approx((0, 60, 120, 72), abs=1)


def _remux(source: Path, path: Path) -> None:
    with av.open(str(source)) as raw, av.open(str(path), "w") as container:
        target = container.add_stream_from_template(raw.streams.video[0])
        for index, packet in enumerate(packet for packet in raw.demux() if packet.size):
            packet.pts = packet.dts = index
            packet.time_base, packet.stream = Fraction(1, 25), target
            container.mux(packet)


# Time


REORDERED = {"preset": "medium", "crf": "5", "bf": "3", "b-adapt": "0"}
IN_HEVC = {"preset": "ultrafast", "crf": "5", "x265-params": "bframes=3:b-adapt=0:log-level=none"}
IN_MPEG = {"bf": "2", "qmin": "1", "qmax": "2"}


@pytest.mark.parametrize(
    ("name", "codec", "options", "first"),
    [
        ("a.mp4", "libx264", REORDERED, 0),
        ("a.ts", "libx264", REORDERED, 0),
        ("a.flv", "libx264", REORDERED, 0),
        ("a.mkv", "libx265", IN_HEVC, 0),
        ("a.mp4", "libx265", IN_HEVC, 0),
        ("a.ts", "mpeg2video", IN_MPEG, 0),
        # AVI stores decoding times: FFmpeg gives the first frame of MPEG-4 the time of the second one.
        ("a.avi", "libx264", REORDERED, 0),
        ("a.avi", "mpeg4", IN_MPEG, 1),
        # Without a container there are neither time stamps nor a duration.
        ("a.h264", "libx264", REORDERED, 0),
        ("a.hevc", "libx265", IN_HEVC, 0),
        ("a.m2v", "mpeg2video", IN_MPEG, 0),
    ],
)
def test_video_source_reordered_frames_come_in_order_and_in_time(
    name: str, codec: str, options: dict[str, str], first: int, tmp_path: Path
) -> None:
    audio = None
    if not name.endswith(("h264", "hevc", "m2v")):
        audio = beeps(0.8, "libmp3lame", at=[0.4])
        audio = replace(audio, rate=44100) if name.endswith("flv") else audio
    source = write_clip(tmp_path / name, flats(20), codec=codec, options=options, audio=audio)
    if audio and not name.endswith("avi"):
        with av.open(source) as container:
            assert any(packet.pts != packet.dts for packet in container.demux(video=0) if packet.size)
    output = run(source, encoding=Encoding(crf=5))
    after = see(output)
    assert after.greys() == pytest.approx([level(index) for index in range(20)], abs=3)
    times = [time - after.times[0] for time in after.times]
    assert times == pytest.approx([Fraction(index, 25) for index in range(20)], abs=0.001)
    assert after.end - after.times[0] == pytest.approx(Fraction(20, 25), abs=0.002)
    if name.endswith("avi"):
        assert after.times[0] == Fraction(first, 25)
    if audio:
        # MPEG audio begins with up to 46 ms of silence from the encoder, which not all of these containers report.
        delay = hear(output).onsets()[0] - float(after.times[0])
        assert delay == pytest.approx(0.4 - first / 25, abs=0.06)


def test_video_that_starts_after_its_audio_keeps_its_start(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", flats(10), ticks=range(20, 30), audio=beeps(1.2, at=[0.2, 0.9]))
    output = run(source)
    assert see(output).times == [Fraction(index, 25) for index in range(20, 30)]
    assert hear(output).onsets() == pytest.approx([0.2, 0.9], abs=0.01)


def test_video_source_late_start_is_no_warning(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", flats(10), ticks=range(100, 110))
    result = Engine(video_path=source, output_path=tmp_path / "result.mp4").run()
    assert result.warnings == ()
    assert see(tmp_path / "result.mp4").times == [Fraction(index, 25) for index in range(10)]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("ticks", [[0], [5], [90000]])
def test_video_single_frame_keeps_its_duration(ticks: list[int], suffix: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / f"clip{suffix}", flats(1), ticks=ticks)
    after = see(run(source))
    assert (after.count, after.times) == (1, [0])
    assert after.end == pytest.approx(Fraction(1, 25), abs=0.002)
