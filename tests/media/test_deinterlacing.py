"""Frames of two fields come out as they were at one moment: no combs, nothing lost, and nothing done to any other."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.audio import beeps, hear
from support.fields import COMBED, HEIGHT, INTERLACED, WIDTH, combs, edge, flagged, moving
from support.media import BT709, BT709_FULL, Array, encodable, flat, get_planes, photo, psnr, see, write_clip

from framechain import Encoding, Engine, FramechainWarning, RunResult
from framechain.backgrounds import Video
from framechain.media import deinterlacing
from framechain.media.deinterlacing import deinterlace
from framechain.pixels.pyav import av

TOLD = "is interlaced: of the two moments in each frame the first is kept"


def luma_of(path: str, limit: int | None = None) -> list[Array]:
    return [planes[0] for planes in see(path, limit).planes]


def run(path: str, *, reported: bool = True, suffix: str = ".mp4", **arguments: Any) -> tuple[RunResult, str]:
    output = Path(path).with_name(f"result{suffix}")
    engine = Engine(video_path=path, output_path=output, encoding=Encoding(crf=0, preset="ultrafast"), **arguments)
    if not reported:
        return engine.run(), str(output)
    with pytest.warns(FramechainWarning, match=TOLD) as warned:
        result = engine.run()
    assert len(warned) == 1
    assert result.warnings == (str(warned[0].message),)
    return result, str(output)


KINDS: dict[str, dict[str, Any]] = {
    "h264-top.mp4": {"codec": "libx264", "options": {"preset": "medium", "qp": "0", **INTERLACED}},
    "h264-bottom.mov": {"codec": "libx264", "options": {"preset": "medium", "qp": "0", **INTERLACED}},
    "h264-full.mkv": {"codec": "libx264", "options": {"preset": "ultrafast", "qp": "0", **INTERLACED}},
    "mpeg2-top.mpg": {"codec": "mpeg2video", "options": {"qmin": "1", "qmax": "1", "b": "8M", **INTERLACED}},
    "mpeg2-bottom.ts": {"codec": "mpeg2video", "options": {"qmin": "1", "qmax": "1", "b": "8M", **INTERLACED}},
    "dv-bottom.avi": {"codec": "dvvideo", "width": 720, "height": 576, "options": INTERLACED},
    "dv-ntsc-bottom.mov": {
        "codec": "dvvideo", "width": 720, "height": 480, "pix_fmt": "yuv411p", "rate": Fraction(30000, 1001),
        "options": INTERLACED,
    },
    "prores-top.mov": {
        "codec": "prores_ks", "pix_fmt": "yuv422p10le", "options": {**INTERLACED, "profile": "standard"},
    },
    "ffv1-top.mkv": {"codec": "ffv1", "options": {**INTERLACED, "level": "3"}},
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_deinterlacing_moving_edge_loses_its_combs_alone(name: str, tmp_path: Path) -> None:
    kind = {"width": WIDTH, "height": HEIGHT, "pix_fmt": "yuv420p", **KINDS[name]}
    width, height = kind.pop("width"), kind.pop("height")
    top_first = "top" in name or "full" in name
    images = list(flagged(moving(7, width, height, top_first), kind["pix_fmt"], top_first))
    kind["colour"] = BT709_FULL if "full" in name else BT709
    if "dv" not in name:
        kind["aspect"] = Fraction(4, 3)
    if name.endswith(("mp4", "mkv")):
        kind["audio"] = beeps(0.3, at=[0.1])
    source = write_clip(tmp_path / name, images, **kind)
    with av.open(source) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0))
    result, output = run(source)
    before, after = see(source), see(output)
    assert result.frames_written == after.count == before.count == 7
    assert after.times == [time - before.times[0] for time in before.times]
    assert (after.tags, after.size, after.aspect) == (before.tags, before.size, before.aspect)
    if "audio" in kind:
        assert hear(output).packets == hear(source).packets
        assert hear(output).onsets() == pytest.approx(hear(source).onsets(), abs=0.001)
    depth = 4 if "prores" in name else 1
    for old, new in zip(before.planes, after.planes, strict=True):
        assert combs(old[0] / depth) > 100
        assert combs(new[0]) < COMBED
        lines = slice(0 if top_first else 1, None, 2)
        assert np.abs(old[0][lines] / depth - new[0][lines]).max() <= 1  # The field that was first is kept.
    with av.open(output) as container:
        assert not any(frame.interlaced_frame for frame in container.decode(video=0))


def test_deinterlacing_objects_see_no_combs(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", list(flagged(moving(4))), options={"qp": "0", **INTERLACED})
    seen: list[Array] = []

    def look(frame: Array) -> Array:
        seen.append(frame.copy())
        return frame

    run(source, custom_objects=[look])
    assert len(seen) == 4
    assert max(combs(frame[..., 1]) for frame in seen) < COMBED


def test_deinterlacing_background_video_has_no_combs(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", list(flagged(moving(4))), options={"qp": "0", **INTERLACED})
    behind = Video(source)
    assert combs(behind(flat(0, WIDTH, HEIGHT))[..., 1]) < COMBED
    behind.close()


def test_deinterlacing_still_area_keeps_all_lines(tmp_path: Path) -> None:
    image = photo(WIDTH, HEIGHT)
    image[20:40] = np.where(np.arange(20)[:, None, None] % 2, 30, 220)  # As fine as an image can be.
    source = write_clip(tmp_path / "clip.mkv", list(flagged([image] * 4)), options={"qp": "0", **INTERLACED})
    _, output = run(source)
    for old, new in zip(see(source).planes, see(output).planes, strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(old, new, strict=True))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_deinterlacing_shortest_clips_keep_all_frames(count: int, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", list(flagged(moving(count))), options={"qp": "0", **INTERLACED})
    _, output = run(source)
    assert see(output).times == [Fraction(index, 25) for index in range(count)]
    assert max(combs(luma) for luma in luma_of(output)) < COMBED


@pytest.mark.parametrize(("start", "end"), [(0, 3), (2, 5), (0, 1), (4, 0)])
def test_deinterlacing_frame_range_keeps_all_frames(start: int, end: int, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", list(flagged(moving(8))), options={"qp": "0", **INTERLACED})
    _, output = run(source, start_video_frame=start, end_video_frame=end, break_on_end=True)
    whole = luma_of(run(source)[1])
    _, output = run(source, start_video_frame=start, end_video_frame=end, break_on_end=True)
    part = luma_of(output)
    assert len(part) == (end + 1 if end else 8)
    assert all(np.array_equal(one, other) for one, other in zip(part, whole, strict=False))


# Some frames


def striped(place: int, width: int = WIDTH, height: int = HEIGHT) -> Array:
    """A progressive image that looks as if it had combs at its right: only the flag shows that it has none."""
    image = edge(place, width, height)
    image[::2, -16:] = 200
    return image


MIXTURES = {
    "first": [True, False, False, False, False],
    "last": [False, False, False, False, True],
    "middle": [False, False, True, False, False],
    "in-turn": [True, False, True, False, True, False],
    "two-runs": [False, True, True, False, False, True, True, False],
}


@pytest.mark.parametrize("name", MIXTURES)
def test_deinterlacing_changes_flagged_frames_alone(name: str, tmp_path: Path) -> None:
    which = MIXTURES[name]
    images = [moving(8)[n] if interlaced else striped(20 + 12 * n) for n, interlaced in enumerate(which)]
    # Its decoder takes the flag from each frame.
    source = write_clip(tmp_path / "clip.mkv", list(flagged(images, which=which)), codec="ffv1", options={"level": "3"})
    with av.open(source) as container:
        assert [frame.interlaced_frame for frame in container.decode(video=0)] == which
    _, output = run(source)
    before, after = see(source), see(output)
    assert after.times == before.times
    for interlaced, old, new in zip(which, before.planes, after.planes, strict=True):
        if interlaced:
            assert combs(new[0]) < COMBED
        else:
            assert all(np.array_equal(one, other) for one, other in zip(old, new, strict=True))


def test_deinterlacing_repeated_fields_leave_no_combs(tmp_path: Path) -> None:
    """Film and video in turn, as DVDs have them: of a film's frame a field may be shown twice."""
    path = tmp_path / "clip.m2v"
    options = {"qmin": "1", "qmax": "1", "b": "8M", **INTERLACED}
    write_clip(path, list(flagged(moving(7))), codec="mpeg2video", options=options)
    start = b"\x00\x00\x01\xb5"
    parts = path.read_bytes().split(start)
    images = [index for index, part in enumerate(parts) if index and part[0] >> 4 == 8]
    for index in (images[1], images[4]):
        # ITU-T H.262, 6.2.3.1: repeat_first_field, chroma_420_type and progressive_frame.
        part = bytearray(parts[index])
        part[3] |= 0b11
        part[4] |= 0x80
        parts[index] = bytes(part)
    path.write_bytes(start.join(parts))
    which = [True, False, True, True, False, True, True]
    with av.open(str(path)) as container:
        assert [frame.interlaced_frame for frame in container.decode(video=0)] == which
    _, output = run(str(path))
    before, after = see(path), see(output)
    assert after.count == 7
    for interlaced, old, new in zip(which, before.planes, after.planes, strict=True):
        if interlaced:
            assert combs(new[0]) < COMBED
        else:
            assert np.array_equal(old[0], new[0])


def test_deinterlacing_size_change_keeps_all_frames(tmp_path: Path) -> None:
    parts = [
        write_clip(tmp_path / f"{n}.h264", list(flagged(moving(count, *size))), options={"qp": "0", **INTERLACED})
        for n, (count, size) in enumerate([(3, (WIDTH, HEIGHT)), (1, (320, 192)), (2, (WIDTH, HEIGHT))])
    ]
    whole = tmp_path / "whole.h264"
    whole.write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    output = tmp_path / "result.mp4"
    with pytest.warns(FramechainWarning) as warned:
        Engine(video_path=whole, output_path=output, encoding=Encoding(crf=0, preset="ultrafast")).run()
    assert [str(one.message).split(" ", 1)[1][:14] for one in warned] == ["is interlaced:", "changed its si"]
    assert see(output).times == [Fraction(index, 25) for index in range(6)]
    assert max(combs(luma) for luma in luma_of(str(output))) < COMBED


@pytest.mark.slow
@settings(max_examples=40, deadline=None, database=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([(WIDTH, HEIGHT), (WIDTH, 48), (176, 96)])), max_size=8))
def test_deinterlacing_any_images_keep_count_and_order(row: list[tuple[bool, tuple[int, int]]]) -> None:
    images = [
        moving(8, *size)[n] if interlaced else striped(20 + 12 * n, *size) for n, (interlaced, size) in enumerate(row)
    ]
    came = list(flagged(images, which=[interlaced for interlaced, _ in row]))
    reported: list[str] = []
    gone = list(deinterlace(came, "ffv1", reported.append))
    assert len(reported) == any(interlaced for interlaced, _ in row)
    assert [(p.pts, p.time_base, p.width, p.height) for p in gone] == [
        (p.pts, p.time_base, p.width, p.height) for p in came
    ]
    for (interlaced, _), old, new in zip(row, came, gone, strict=True):
        if interlaced:
            assert not new.interlaced_frame
            assert combs(get_planes(new)[0]) < COMBED
        else:
            assert all(np.array_equal(one, other) for one, other in zip(get_planes(old), get_planes(new), strict=True))


def test_deinterlacing_holds_back_two_images_at_most() -> None:
    taken = 0

    def count() -> Iterator[av.VideoFrame]:
        nonlocal taken
        for taken, image in enumerate(flagged(moving(30)), 1):  # noqa: B007
            yield image

    for given_out, _ in enumerate(deinterlace(count(), "ffv1", str), 1):
        assert taken - given_out <= 1
    assert given_out == 30


# What is left alone


def test_deinterlacing_progressive_clip_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    images = list(flagged(moving(5), which=[False] * 5))
    assert all(one is other for one, other in zip(deinterlace(images, "h264", pytest.fail), images, strict=True))
    monkeypatch.setattr(deinterlacing, "_Deinterlacer", pytest.fail)
    source = write_clip(tmp_path / "clip.mp4", moving(5))
    _, output = run(source, reported=False)
    assert all(np.array_equal(one, other) for one, other in zip(luma_of(source), luma_of(output), strict=True))


def test_deinterlacing_separate_fields_stay_separate(tmp_path: Path) -> None:
    """In HEVC each field is a frame of its own, and flagged all the same."""
    options = {"preset": "ultrafast", "x265-params": "interlace=tff:lossless=1:log-level=none"}
    images = [photo(WIDTH, HEIGHT, 4 * index) for index in range(4)]
    source = write_clip(tmp_path / "clip.mkv", images, codec="libx265", options=options)
    with av.open(source) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0))
    _, output = run(source, reported=False)
    for old, new in zip(see(source).planes, see(output).planes, strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(old, new, strict=True))


def test_deinterlacing_tiny_images_are_passed_on(tmp_path: Path) -> None:
    images = list(flagged([photo(32, 8)] * 3))
    source = write_clip(tmp_path / "clip.mkv", images, codec="ffv1", options={"level": "3"})
    _, output = run(source, reported=False)
    assert psnr(see(source).planes[1], see(output).planes[1]) > 90


@pytest.mark.parametrize("layout", ["yuv420p", "yuv411p", "yuv422p10le", "yuv410p", "gray", "gbrp"])
def test_deinterlacing_sixteen_lines_suffice_in_every_layout(layout: str) -> None:
    images = [encodable(image).reformat(format=layout) for image in moving(3, 16, 16)]
    assert [image.format.name for image in deinterlace(flagged(images), "ffv1", str)] == [layout] * 3
