"""Video in, video out: compatibility with players, the range of frames, and damaged clips."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps, hear
from support.media import BT601_FULL, BT709, Array, corners, flats, level, photos, psnr, see, write_clip

import framechain
from framechain import Encoding, Engine, Frame, FramechainWarning, FrameInfo, RunResult, Source, StreamInfo
from framechain.pixels.pyav import av


def run(path: str | Path, *objects: Any, **arguments: Any) -> tuple[RunResult, str]:
    arguments.setdefault("output_path", Path(path).with_name("result.mp4"))
    result = Engine(video_path=path, custom_objects=objects, **arguments).run()
    return result, result.output_path or ""


def negative(frame: Array) -> Array:
    return 255 - frame


# Compatibility with players


@pytest.mark.parametrize("objects", [(), (negative,)], ids=["empty", "negative"])
@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [("a.mkv", "ffv1", "yuv444p"), ("a.avi", "mjpeg", "yuvj420p"), ("a.mov", "prores_ks", "yuv422p10le")],
)
def test_video_sink_any_input_becomes_h264_yuv420p(
    name: str, codec: str, pix_fmt: str, objects: Any, tmp_path: Path
) -> None:
    _, output = run(write_clip(tmp_path / name, photos(5), codec=codec, pix_fmt=pix_fmt), *objects)
    seen = see(output)
    # PyAV calls yuv420p of full range yuvj420p; both are 4:2:0 of 8 bits.
    assert (seen.codec, seen.pix_fmt, seen.count) == ("h264", "yuvj420p" if "j" in pix_fmt else "yuv420p", 5)


def boxes(path: str) -> list[str]:
    """Return the names of an mp4's outermost boxes, in order (ISO/IEC 14496-12, 4.2)."""
    data, names, at = Path(path).read_bytes(), [], 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        names.append(name.decode())
        at += struct.unpack_from(">Q", data, at + 8)[0] if size == 1 else size
    return names


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v"])
def test_video_sink_index_precedes_the_data(suffix: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(5), audio=beeps(0.2))
    assert boxes(source).index("moov") > boxes(source).index("mdat")
    _, output = run(source, output_path=tmp_path / f"out{suffix}")
    assert boxes(output).index("moov") < boxes(output).index("mdat")


def test_video_sink_sample_clip_is_complete(clip: Path, tmp_path: Path) -> None:
    result, output = run(clip, output_path=tmp_path / "out.mp4", progress=False)
    before, after = see(clip), see(output)
    assert (after.count, after.size, after.time_base, after.ticks) == (
        150,
        (640, 360),
        Fraction(1, 30000),
        before.ticks,
    )
    assert after.tags == before.tags == BT709
    assert result.frames_read == result.frames_processed == result.frames_written == 150
    assert result.warnings == ()
    assert hear(output).packets == hear(clip).packets


# Size


@pytest.mark.parametrize(("width", "height"), [(65, 48), (64, 49), (161, 121), (3, 5)])
def test_video_sink_odd_size_reaches_the_objects_unchanged(width: int, height: int, tmp_path: Path) -> None:
    images = photos(3, width, height)
    source = write_clip(tmp_path / "odd.mkv", images, codec="ffv1", pix_fmt="yuv444p")
    seen: list[Array] = []

    def look(frame: Array) -> Array:
        seen.append(frame.copy())
        return frame

    _, output = run(source, look, encoding=Encoding(crf=1))
    after = see(output)
    assert all(psnr(one, other) > 28 for one, other in zip(seen, images, strict=True))
    assert after.size == (width + width % 2, height + height % 2)
    for index, image in enumerate(images):
        assert psnr(after.bgr(index)[:height, :width], image) > 26


def test_video_sink_odd_size_is_padded_with_its_last_column_and_row(tmp_path: Path) -> None:
    def edge(frame: Array) -> Array:
        frame[...] = 60
        frame[:, -1], frame[-1] = 180, 220
        return frame

    _, output = run(
        write_clip(tmp_path / "odd.mkv", photos(2, 65, 49), codec="ffv1", pix_fmt="yuv444p"),
        edge,
        encoding=Encoding(crf=0),
    )
    luma = see(output).planes[0][0]
    assert luma.shape == (50, 66)
    assert (luma[:, 65] == luma[:, 64]).all()
    assert (luma[49] == luma[48]).all()
    assert luma[10, 63] < 80 < 160 < luma[10, 64]


# The range


@pytest.mark.parametrize(
    ("start", "end", "processed"),
    [
        (0, 0, range(20)),
        (5, 0, range(5, 20)),
        (0, 7, range(8)),
        (5, 7, range(5, 8)),
        (5, 5, range(5, 6)),
        (19, 0, range(19, 20)),
        (3, 500, range(3, 20)),
    ],
)
def test_frame_range_bounds_are_inclusive_and_count_from_0(
    start: int, end: int, processed: range, tmp_path: Path
) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(20))
    called: list[int] = []

    def negative(frame: Array, info: Any) -> Array:
        called.append(info.index)
        return 255 - frame

    result, output = run(source, negative, start_video_frame=start, end_video_frame=end)
    expected = [255 - level(index) if index in processed else level(index) for index in range(20)]
    assert see(output).greys() == pytest.approx(expected, abs=2)
    assert called == list(processed)
    assert result.frames_written == 20


@pytest.mark.parametrize("colour", [BT709, BT601_FULL])
def test_frame_range_frames_outside_reach_the_encoder_bit_for_bit(colour: Any, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(12), colour=colour)
    _, output = run(
        source, negative, start_video_frame=4, end_video_frame=6, encoding=Encoding(crf=0, preset="ultrafast")
    )
    before, after = see(source), see(output)
    for index, (one, other) in enumerate(zip(before.planes, after.planes, strict=True)):
        same = all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))
        assert same == (index not in (4, 5, 6))


@pytest.mark.parametrize(("start", "end", "count"), [(0, 0, 20), (0, 7, 8), (5, 9, 10), (0, 99, 20)])
def test_break_on_end_ends_the_output_there(start: int, end: int, count: int, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(20))
    result, output = run(source, negative, start_video_frame=start, end_video_frame=end, break_on_end=True)
    expected = [255 - level(index) if index >= start else level(index) for index in range(count)]
    assert see(output).greys() == pytest.approx(expected, abs=2)
    assert (result.frames_read, result.frames_written, result.stopped) == (count, count, None)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_frame_range_start_beyond_the_clip_is_refused_before_any_work(name: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / name, flats(20))
    opened: list[Any] = []

    class Object:
        open = staticmethod(opened.append)

        def __call__(self, frame: Array) -> Array:
            return frame

    with pytest.raises(ValueError, match=rf"start_video_frame \(20\) lies beyond .*{name}, .* 20 frames \(0 to 19\)"):
        run(source, Object(), start_video_frame=20)
    assert not opened
    assert os.listdir(tmp_path) == [name]


def test_flip_view_mirrors_before_the_objects(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", [corners()] * 3)
    seen: list[Array] = []

    def look(frame: Array) -> Array:
        seen.append(frame.copy())
        return frame

    _, output = run(source, look, flip_view=True, encoding=Encoding(crf=1))
    for image in (seen[1], see(output).bgr(1)):
        assert psnr(image, corners()[:, ::-1]) > 35


# Damaged clips


def truncated(folder: Path, keep: float = 0.5) -> str:
    """Write a clip whose index is at its start and whose last part is missing."""
    options = {"movflags": "+faststart"}
    whole = write_clip(
        folder / "whole.mp4", photos(50), audio=beeps(2.0), options={"g": "10"}, container_options=options
    )
    data = Path(whole).read_bytes()
    path = folder / "truncated.mp4"
    path.write_bytes(data[: round(len(data) * keep)])
    os.unlink(whole)
    return str(path)


def test_truncated_clip_is_written_as_far_as_it_decodes_with_a_warning(tmp_path: Path) -> None:
    source = truncated(tmp_path)
    with pytest.warns(FramechainWarning, match=r"truncated\.mp4 is damaged or cut short: only \d+ of 50 frames"):
        result, output = run(source, negative)
    seen = see(output)
    assert 15 < seen.count < 35
    assert seen.count == result.frames_written
    (warning,) = result.warnings
    assert f"only {seen.count} of 50 frames" in warning


def test_truncated_clip_cut_beyond_the_damage_has_a_warning(tmp_path: Path) -> None:
    source = truncated(tmp_path)
    with pytest.warns(FramechainWarning, match="only .* of 50 frames"):
        result, _ = run(source, end_video_frame=45, break_on_end=True)
    assert result.warnings
    # A cut before the damage has no warning.
    assert run(source, end_video_frame=5, break_on_end=True)[0].warnings == ()


def test_damaged_packets_are_skipped_and_counted(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(30), codec="mjpeg", pix_fmt="yuvj420p")
    with av.open(source) as container:
        positions = [(packet.pos, packet.size) for packet in container.demux() if packet.size]
    data = bytearray(Path(source).read_bytes())
    for pos, size in positions[10:13]:
        start = data.index(b"\xff\xd8", pos)
        data[start : start + size - 40] = bytes(size - 40)
    Path(source).write_bytes(data)
    with pytest.warns(FramechainWarning, match="3 damaged packets were skipped"):
        result, output = run(source)
    assert see(output).count == result.frames_written == 27


def test_fragmented_clip_is_read_to_its_end(tmp_path: Path) -> None:
    images = flats(24)
    source = write_clip(
        tmp_path / "clip.mp4",
        images,
        options={"preset": "ultrafast", "qp": "0", "g": "8"},
        container_options={"movflags": "+frag_keyframe+empty_moov"},
    )
    result, output = run(source)
    assert result.warnings == ()
    assert see(output).greys() == pytest.approx([level(index) for index in range(24)], abs=2)


@pytest.mark.parametrize("reordered", [{}, {"bf": "4", "b-adapt": "0"}], ids=["in-order", "b-frames"])
def test_video_sink_last_frames_are_not_lost(reordered: dict[str, str], tmp_path: Path) -> None:
    options = {"preset": "medium", "crf": "10", **reordered}
    source = write_clip(tmp_path / "clip.mp4", flats(23), options=options)
    result, output = run(source, encoding=Encoding(crf=5))
    assert see(source).count == see(output).count == result.frames_written == 23
    assert see(output).greys() == pytest.approx([level(index) for index in range(23)], abs=3)


def test_video_sink_clip_of_one_frame_stays_one(tmp_path: Path) -> None:
    _, output = run(write_clip(tmp_path / "clip.mp4", flats(1)), negative)
    assert see(output).greys() == pytest.approx([255 - level(0)], abs=2)


def test_video_source_changed_size_is_scaled_to_the_first(tmp_path: Path) -> None:
    parts = [write_clip(tmp_path / f"{size}.h264", photos(4, size, size)) for size in (64, 96)]
    joined = tmp_path / "joined.h264"
    joined.write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    with pytest.warns(
        FramechainWarning, match="changed its size to 96x96: it is scaled to 64x64, the size of its first frame"
    ):
        result, output = run(joined)
    assert (see(output).count, see(output).size, result.frames_written) == (8, (64, 64), 8)


def test_video_sink_key_frames_of_the_source_are_not_forced_on_the_encoder(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(30), options={"g": "1"})
    assert count_key_frames(source) == 30
    _, output = run(source)
    assert count_key_frames(output) == 1


def count_key_frames(path: str) -> int:
    with av.open(path) as container:
        return sum(packet.is_keyframe for packet in container.demux(video=0) if packet.size)


# Where it begins


class Late(Source):
    """Two frames, 40 ms apart."""

    def __init__(self, begin: float) -> None:
        self.info = StreamInfo("late", "video", 64, 48, rate=25)
        self.begin = round(1000 * begin)

    def __iter__(self) -> Iterator[Frame]:
        for index, image in enumerate(flats(2)):
            yield Frame(FrameInfo(index, self.begin + 40 * index, 40, self.info), bgr=image)


@pytest.mark.parametrize("how", ["engine", "write"])
def test_video_sink_first_frame_at_the_time_of_a_clock_is_a_warning(how: str, tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    message = r"o\.mp4 shows nothing before its first frame, at 4:39:14; to begin with it subtract its time from all"
    if how == "engine":
        with pytest.warns(FramechainWarning, match=message):
            Engine(source=Late(16754), output_path=path).run()
    else:
        out = framechain.write(path)
        for index, image in enumerate(flats(2)):
            out(image, time=16754 + index / 25)
        with pytest.warns(FramechainWarning, match=message):
            out.close()
    assert see(path).times[0] == 16754


def test_video_sink_first_frame_within_ten_seconds_is_no_warning(tmp_path: Path) -> None:
    Engine(source=Late(9.5), output_path=tmp_path / "o.mp4").run()
    assert see(tmp_path / "o.mp4").times[0] == 9.5
