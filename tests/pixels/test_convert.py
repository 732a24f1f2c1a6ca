"""Colour spaces are read, computed with and written; an empty chain changes nothing visible."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import (
    BT601,
    BT601_FULL,
    BT709,
    BT709_FULL,
    BT2020_HLG,
    BT2020_PQ,
    UNTOLD,
    Array,
    bgr_of,
    encodable,
    flat,
    get_planes,
    make_video_frame_from_planes,
    photo,
    photos,
    psnr,
    see,
    write_clip,
    yuv_of,
)

from framechain import Encoding, Engine
from framechain.pixels.colour import ColourSpace

COLOURS = [
    pytest.param(BT601, id="601-limited"),
    pytest.param(BT601_FULL, id="601-full"),
    pytest.param(BT709, id="709-limited"),
    pytest.param(BT709_FULL, id="709-full"),
]
TAGGED = [
    *COLOURS,
    pytest.param(ColourSpace(5, False, 5, 4), id="470bg-gamma22"),
    pytest.param(ColourSpace(6, False, 6, 13), id="601-srgb"),
    pytest.param(ColourSpace(9, False, 9, 14), id="2020-sdr"),
    pytest.param(ColourSpace(1, False, 2, 2), id="709-matrix-alone"),
    pytest.param(ColourSpace(2, False, 1, 1), id="matrix-unspecified"),
]
# Y, U, V in the limited range: greys, the primaries, skin, and what lies in between.
PATCHES = [
    (16, 128, 128), (235, 128, 128), (126, 128, 128), (81, 90, 240), (145, 54, 34), (41, 240, 110), (160, 108, 150),
    (90, 140, 120), (200, 110, 140), (60, 150, 128), (120, 128, 170), (120, 170, 128),
]  # fmt: skip


def run(path: str, *objects: Any, suffix: str = ".mp4", **arguments: Any) -> str:
    output = Path(path).with_name(f"result{suffix}")
    return Engine(video_path=path, custom_objects=objects, output_path=output, **arguments).run().output_path or ""


def read_frames_of_objects(path: str) -> list[Array]:
    frames: list[Array] = []

    def look(frame: Array) -> Array:
        frames.append(frame.copy())
        return frame

    run(path, look)
    return frames


@pytest.mark.parametrize("colour", TAGGED)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_convert_empty_chain_keeps_every_sample_and_every_tag(suffix: str, colour: ColourSpace, tmp_path: Path) -> None:
    source = write_clip(tmp_path / f"clip{suffix}", photos(8), colour=colour)
    output = run(source, encoding=Encoding(crf=1), suffix=suffix)
    before, after = see(source), see(output)
    assert before.tags == after.tags == colour
    for one, other in zip(before.planes, after.planes, strict=True):
        assert min(psnr(first, second) for first, second in zip(one, other, strict=True)) >= 40


@pytest.mark.parametrize("colour", COLOURS)
def test_convert_identity_object_keeps_the_image(colour: ColourSpace, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(8, 320, 240), colour=colour)
    output = run(source, lambda frame: frame, encoding=Encoding(crf=1))
    before, after = see(source), see(output)
    assert after.tags == colour
    for index in range(8):
        assert psnr(before.planes[index], after.planes[index]) >= 42
        means = before.bgr(index).mean((0, 1)), after.bgr(index).mean((0, 1))
        # swscale truncates fractions; a wrong matrix or range would differ by ten and more.
        assert means[0] == pytest.approx(means[1], abs=0.5)


@pytest.mark.parametrize(
    ("how", "decibel"),
    [(("libx265", 1, ".mp4"), 38), ((None, 4, ".webm"), 38), (("mpeg4", 1, ".mp4"), 30)],
)
@pytest.mark.parametrize("colour", [BT709, BT601_FULL])
def test_convert_other_codecs_keep_the_image(
    how: tuple[str | None, float, str], decibel: float, colour: ColourSpace, tmp_path: Path
) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(5), colour=colour)
    codec, crf, suffix = how
    output = run(source, encoding=Encoding(codec, crf=crf), suffix=suffix)
    before, after = see(source), see(output)
    assert psnr(before.planes[2], after.planes[2]) >= decibel
    assert (after.tags.matrix, after.tags.full_range) == (colour.matrix, colour.full_range)


def make_patches(colour: ColourSpace) -> tuple[list[Array], list[Array]]:
    """Make planes of flat patches of 16x16, and the BGR of each by the formulas."""
    y, u, v = (np.repeat(np.array([patch[i] for patch in PATCHES], np.uint8), 16)[None] for i in range(3))
    planes = [np.repeat(y, 16, 0), np.repeat(u, 8, 0)[:, ::2], np.repeat(v, 8, 0)[:, ::2]]
    return planes, [bgr_of([np.full((1, 1), value) for value in patch], colour)[0, 0] for patch in PATCHES]


@pytest.mark.parametrize("size", ["small", "hd"])
@pytest.mark.parametrize("tagged", [True, False], ids=["tagged", "untagged"])
@pytest.mark.parametrize(
    "colour",
    [
        *COLOURS,
        pytest.param(ColourSpace(9, False, 9, 14), id="2020"),
        pytest.param(ColourSpace(5, False, 5, 5), id="470bg"),
    ],
)
def test_convert_to_bgr_follows_the_formulas_of_the_matrix(
    colour: ColourSpace, tagged: bool, size: str, tmp_path: Path
) -> None:
    if not tagged:
        # Players assume BT.709 from HD on, else BT.601, both in limited range.
        colour = BT709 if size == "hd" else BT601
    planes, expected = make_patches(colour)
    if size == "hd":
        planes = [np.tile(plane, (45, 7))[:, : 1280 // step] for plane, step in zip(planes, (1, 2, 2), strict=True)]
    frame = make_video_frame_from_planes(planes, "yuv420p", planes[0].shape[1], planes[0].shape[0])
    source = write_clip(tmp_path / "clip.mp4", [frame] * 2, colour=colour, tagged=tagged)
    frame = read_frames_of_objects(source)[1]
    for index, value in enumerate(expected):
        patch = frame[4:12, 16 * index + 4 : 16 * index + 12]
        assert np.abs(patch.astype(int) - value).max() <= 2, PATCHES[index]


@pytest.mark.parametrize("colour", COLOURS)
def test_convert_to_yuv_uses_the_streams_own_matrix_and_range(colour: ColourSpace, tmp_path: Path) -> None:
    colours = [(0, 0, 0), (255, 255, 255), (128, 128, 128), (0, 0, 230), (0, 200, 0), (220, 30, 10), (130, 160, 220)]

    def draw(frame: Array) -> Array:
        for index, value in enumerate(colours):
            frame[:, 16 * index : 16 * index + 16] = value
        return frame

    output = run(write_clip(tmp_path / "clip.mp4", photos(2, 112, 32), colour=colour), draw, encoding=Encoding(crf=1))
    planes = see(output).planes[1]
    for index, value in enumerate(colours):
        expected = yuv_of(np.full((1, 1, 3), value, np.uint8), colour)
        found = [planes[0][16, 16 * index + 8], planes[1][8, 8 * index + 4], planes[2][8, 8 * index + 4]]
        assert found == pytest.approx([plane[0, 0] for plane in expected], abs=2), value


@pytest.mark.parametrize("objects", [(), (lambda frame: frame,)], ids=["empty", "identity"])
@pytest.mark.parametrize("width", [160, 1280])
def test_convert_unspecified_tags_stay_unspecified(width: int, objects: Any, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(2, width, width * 9 // 16), tagged=False)
    assert see(source).tags == UNTOLD
    output = run(source, *objects, encoding=Encoding(crf=1))
    after = see(output)
    assert after.tags == UNTOLD
    assert psnr(see(source).planes[1], after.planes[1]) >= 42


# Other layouts


@pytest.mark.slow
@pytest.mark.parametrize("colour", [BT709, BT601_FULL])
@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("a.mp4", "libx264", "yuv422p"),
        ("a.mp4", "libx264", "yuv444p"),
        ("a.mp4", "libx264", "yuv420p10le"),
        ("a.mp4", "libx264", "yuv422p10le"),
        ("a.mp4", "libx264", "yuv444p10le"),
        ("a.mp4", "libx265", "yuv420p10le"),
        ("a.mov", "prores_ks", "yuv422p10le"),
        ("a.webm", "libvpx-vp9", "yuv444p"),
        ("a.mp4", "libsvtav1", "yuv420p10le"),
    ],
)
def test_convert_finer_chroma_and_more_bits_become_8_bit_420(
    name: str, codec: str, pix_fmt: str, colour: ColourSpace, tmp_path: Path
) -> None:
    if codec == "prores_ks":  # ProRes carries no range: it is always the limited one.
        colour = replace(colour, full_range=False)
    options = {
        "libx265": {"x265-params": "log-level=0", "crf": "2"},
        "libsvtav1": {"crf": "2", "preset": "10"},
        "libvpx-vp9": {"crf": "2", "b": "0", "cpu-used": "6", "deadline": "realtime"},
    }.get(codec)
    source = write_clip(
        tmp_path / name, photos(3), codec=codec, pix_fmt=pix_fmt, colour=colour, options=options, tagged=True
    )
    output = run(source, encoding=Encoding(crf=1))
    after = see(output)
    assert (after.pix_fmt.replace("j", ""), after.tags) == ("yuv420p", see(source).tags)
    assert after.tags.matrix == colour.matrix
    for index in range(3):
        expected = get_planes(encodable(photo(shift=2 * index), "yuv420p", colour))
        assert psnr(after.planes[index][:1], expected[:1]) >= 40
        assert psnr(after.planes[index], expected) >= 42
        assert psnr(read_frames_of_objects(source)[index], photo(shift=2 * index)) >= 33


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "decibel"),
    [
        ("a.mkv", "libx265", "gbrp", 36),
        ("a.mov", "png", "rgb24", 38),
        ("a.mov", "qtrle", "rgb24", 38),
        ("a.gif", "gif", "rgb8", 24),
    ],
)
def test_convert_rgb_becomes_tagged_yuv(name: str, codec: str, pix_fmt: str, decibel: float, tmp_path: Path) -> None:
    options = {"x265-params": "log-level=0", "crf": "2"} if codec == "libx265" else None
    source = write_clip(tmp_path / name, photos(3, 320, 240), codec=codec, pix_fmt=pix_fmt, options=options)
    after = see(run(source, encoding=Encoding(crf=1)))
    assert after.tags == BT601
    assert psnr(after.bgr(1), photo(320, 240, 2)) >= decibel
    assert psnr(read_frames_of_objects(source)[1], photo(320, 240, 2)) >= decibel


@pytest.mark.parametrize(
    ("name", "codec", "colour", "tagged"),
    [
        ("a.mp4", "libx264", BT709, True),
        ("a.mp4", "libx264", BT709_FULL, True),
        ("a.mp4", "libx264", BT601, False),
        ("a.mov", "png", BT601_FULL, False),
    ],
)
def test_convert_grey_stays_the_same_grey(
    name: str, codec: str, colour: ColourSpace, tagged: bool, tmp_path: Path
) -> None:
    values = [0, 40, 128, 200, 255]
    frames = [encodable(flat(value), "gray", colour) for value in values]
    source = write_clip(tmp_path / name, frames, codec=codec, pix_fmt="gray", colour=colour, tagged=tagged)
    for objects in ((), (lambda frame: frame,)):
        assert see(run(source, *objects, encoding=Encoding(crf=1))).greys() == pytest.approx(values, abs=2)
    for frame, value in zip(read_frames_of_objects(source), values, strict=True):
        assert np.abs(frame.astype(int) - value).max() <= 2


# HDR


def pq(nits: float) -> float:
    """SMPTE ST 2084's signal, 0 to 1, of a luminance."""
    y = (nits / 10000) ** (2610 / 16384)
    return float(((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32))


# FFmpeg computes for two seconds before the first frame of HDR.
@pytest.mark.parametrize(
    ("colour", "objects"),
    [
        pytest.param(BT2020_HLG, (lambda frame: frame,), id="hlg-identity"),
        pytest.param(BT2020_HLG, (), id="hlg-empty", marks=pytest.mark.slow),
        pytest.param(BT2020_PQ, (lambda frame: frame,), id="pq-identity", marks=pytest.mark.slow),
        pytest.param(BT2020_PQ, (), id="pq-empty", marks=pytest.mark.slow),
    ],
)
def test_convert_hdr_becomes_bt709(colour: ColourSpace, objects: Any, tmp_path: Path) -> None:
    # A ramp from black to reference white: 203 nits (BT.2408), in PQ 58 % and in HLG 75 % of the signal.
    top = pq(203) if colour == BT2020_PQ else 0.75
    signal = np.repeat(np.linspace(0, top, 160), 1)[None].repeat(64, 0)
    luma = np.rint((16 + 219 * signal) * 4)
    chroma = np.full((32, 80), 512)
    frame = make_video_frame_from_planes([luma, chroma, chroma], "yuv420p10le", 160, 64)
    options = {"x265-params": "log-level=0", "crf": "4"}
    source = write_clip(
        tmp_path / "a.mp4", [frame] * 3, codec="libx265", pix_fmt="yuv420p10le", colour=colour, options=options
    )
    assert see(source).tags == colour
    after = see(run(source, *objects, encoding=Encoding(crf=1)))
    assert (after.pix_fmt, after.tags) == ("yuv420p", BT709)
    ramp = after.bgr(1)[32].astype(int)
    assert np.abs(ramp - ramp[:, :1]).max() <= 4, "grey stays grey"
    assert ramp[:4].max() <= 12, "black stays black"
    assert (np.diff(ramp[:, 1]) >= -3).all(), "what is brighter stays brighter"
    assert ramp[-4:].min() >= 140, "white is not left grey and flat"


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("androidx_hevc_hlg_10bit_1080p.mp4", marks=pytest.mark.slow),
        "torchcodec_h265_10bits.mp4",
        "androidx_vp9_profile2_10bit.webm",
    ],
)
def test_convert_10_bit_clips_become_8_bit(name: str, shared: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    Engine(video_path=shared / "odd" / name, output_path=output, end_video_frame=2, break_on_end=True).run()
    before, after = see(shared / "odd" / name, 3), see(output)
    assert "10" in before.pix_fmt
    assert (after.pix_fmt, after.count, after.size) == ("yuv420p", 3, before.size)
    assert after.tags.transfer not in (16, 18)
    if before.tags.transfer not in (16, 18):
        assert after.tags == replace(before.tags)
        assert psnr(before.planes[1][0] / 4, after.planes[1][0]) > 36


@pytest.mark.shared
def test_convert_full_range_bt709_clip_keeps_both(shared: Path, tmp_path: Path) -> None:
    source = shared / "odd" / "torchcodec_bt709_full_range.mp4"
    output = tmp_path / "out.mp4"
    Engine(video_path=source, output_path=output, encoding=Encoding(crf=1), end_video_frame=4, break_on_end=True).run()
    before, after = see(source, 5), see(output)
    assert before.tags == after.tags == BT709_FULL
    assert psnr(before.planes[3], after.planes[3]) >= 40
