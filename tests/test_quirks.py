"""Media with quirks that have no test of their own kind elsewhere; docs/reliability.md lists all of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from media import Array, flat, flats, level, photo, planes_of, psnr, see, write_clip
from sounds import beeps, hear

from framechain import Engine
from framechain._av import av


def run(path: Path | str, *objects: Any, **arguments: Any) -> str:
    output = Path(path).with_name("result.mp4")
    return Engine(video_path=path, custom_objects=objects, output_path=output, **arguments).run().output_path or ""


# Streams


def joined(path: Path, *sources: str, usual: int | None = None) -> str:
    """One file with all streams of several; one of them may be marked as the one to be shown."""
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
def test_of_several_pictures_the_first_is_kept(suffix: str, tmp_path: Path) -> None:
    sources = [write_clip(tmp_path / f"{grey}.mkv", [flat(grey)] * 8) for grey in (40, 160, 220)]
    path = joined(tmp_path / f"clip{suffix}", *sources)
    after = see(run(path))
    assert after.greys() == pytest.approx([40] * 8, abs=2)
    with av.open(run(path)) as container:
        assert len(container.streams) == 1


def test_of_several_pictures_the_one_that_is_marked_is_kept(tmp_path: Path) -> None:
    sources = [write_clip(tmp_path / f"{grey}.mkv", [flat(grey)] * 8) for grey in (40, 160, 220)]
    after = see(run(joined(tmp_path / "clip.mkv", *sources, usual=1)))
    assert after.greys() == pytest.approx([160] * 8, abs=2)


def test_a_poster_before_the_film_is_not_taken_for_it(tmp_path: Path) -> None:
    film = write_clip(tmp_path / "film.mp4", flats(6), sound=beeps(0.2))
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


# Interlaced


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mpg", "mpeg2video", {"flags": "+ildct+ilme", "b": "8M", "qmin": "1", "qmax": "1", "field_order": "tt"}),
        ("a.mp4", "libx264", {"preset": "medium", "qp": "0", "x264-params": "tff=1"}),
    ],
)
def test_both_fields_of_an_interlaced_frame_are_kept_line_by_line(
    name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    pictures = []
    for index in range(6):
        woven = photo(160, 96, 8 * index).copy()
        woven[1::2] = photo(160, 96, 8 * index + 4)[1::2]
        pictures.append(woven)
    source = write_clip(tmp_path / name, pictures, codec=codec, options=options)
    with av.open(source) as container:
        before = [(frame.interlaced_frame, planes_of(frame)) for frame in container.decode(video=0)]
    assert all(interlaced for interlaced, _ in before)
    after = see(run(source, crf=0, preset="ultrafast"))
    assert after.count == len(before) == 6
    with av.open(str(tmp_path / "result.mp4")) as container:
        assert not any(frame.interlaced_frame for frame in container.decode(video=0))
    for (_, planes), written in zip(before, after.planes, strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(planes, written, strict=True))


# Size


@pytest.mark.parametrize(
    ("width", "height", "shape"), [(1, 1, (2, 2)), (3, 40, (4, 40)), (40, 1, (40, 2)), (2, 2, (2, 2)), (17, 1, (18, 2))]
)
def test_the_smallest_pictures_come_out(width: int, height: int, shape: tuple[int, int], tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", flats(4, width, height), codec="ffv1", pix_fmt="yuv444p")
    seen: list[tuple[int, ...]] = []

    def look(frame: Array) -> Array:
        seen.append(frame.shape)
        return frame

    for objects in ((), (look,)):
        after = see(run(source, *objects, crf=1))
        assert after.size == shape
        assert after.greys() == pytest.approx([level(index) for index in range(4)], abs=3)
    assert seen == [(height, width, 3)] * 4


def test_8k_comes_out(tmp_path: Path) -> None:
    picture = cv2.resize(photo(480, 270), (7680, 4320), interpolation=cv2.INTER_LINEAR)
    frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(
        format="yuvj420p", dst_color_range="JPEG", dst_colorspace="ITU601"
    )
    source = write_clip(tmp_path / "clip.avi", [frame] * 2, codec="mjpeg", pix_fmt="yuvj420p", tagged=False)
    after = see(run(source, preset="ultrafast"))
    assert (after.count, after.size) == (2, (7680, 4320))
    small = [cv2.resize(plane, (480, 270), interpolation=cv2.INTER_AREA) for plane in (after.planes[1][0],)]
    expected = cv2.resize(see(source, 1).planes[0][0], (480, 270), interpolation=cv2.INTER_AREA)
    assert psnr(small[0], expected) > 35


@pytest.mark.parametrize("suffix", [".ts", ".h264"])
def test_a_size_that_changes_midway_changes_neither_count_nor_time(suffix: str, tmp_path: Path) -> None:
    """The rest is scaled to the first one's size, also where that gives it another shape."""
    sizes = ((64, 48), (128, 96), (48, 64), (64, 48))
    parts = [write_clip(tmp_path / f"part{index}.h264", flats(5, *size)) for index, size in enumerate(sizes)]
    whole = tmp_path / "whole.h264"
    whole.write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    path = tmp_path / f"clip{suffix}"
    if suffix == ".h264":
        path = whole
    else:
        _packed(whole, path)
    after = see(run(path, crf=1))
    assert after.size == (64, 48)
    assert after.greys() == pytest.approx([level(index % 5) for index in range(20)], abs=3)
    assert after.times == [Fraction(index, 25) for index in range(20)]


def _packed(source: Path, path: Path) -> None:
    with av.open(str(source)) as raw, av.open(str(path), "w") as container:
        target = container.add_stream_from_template(raw.streams.video[0])
        for index, packet in enumerate(packet for packet in raw.demux() if packet.size):
            packet.pts = packet.dts = index
            packet.time_base, packet.stream = Fraction(1, 25), target
            container.mux(packet)


# Time


def test_a_picture_that_starts_long_after_the_sound_does_so_still(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", flats(10), ticks=range(20, 30), sound=beeps(1.2, at=[0.2, 0.9]))
    output = run(source)
    assert see(output).times == [Fraction(index, 25) for index in range(20, 30)]
    assert hear(output).onsets() == pytest.approx([0.2, 0.9], abs=0.01)


def test_nothing_is_missed_of_a_clip_that_starts_late(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", flats(10), ticks=range(100, 110))
    result = Engine(video_path=source, output_path=tmp_path / "result.mp4").run()
    assert result.warnings == ()
    assert see(tmp_path / "result.mp4").times == [Fraction(index, 25) for index in range(10)]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("ticks", [[0], [5], [90000]])
def test_one_frame_alone_is_shown_as_long_as_one(ticks: list[int], suffix: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / f"clip{suffix}", flats(1), ticks=ticks)
    after = see(run(source))
    assert (after.count, after.times) == (1, [0])
    assert after.end == pytest.approx(Fraction(1, 25), abs=0.002)
