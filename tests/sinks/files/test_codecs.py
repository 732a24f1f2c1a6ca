"""Codecs of video files: which can be chosen, and with how many threads x264 encodes."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import flat, photos, psnr, see, write_clip

from framechain import Encoding, Engine, FramechainWarning, OutputError
from framechain.pixels.pyav import av
from framechain.sources.video import VideoSource

FRAMES = 8


@pytest.mark.parametrize(
    ("codec", "suffix", "canonical"),
    [
        ("libx264", ".mp4", "h264"),
        ("libx265", ".mp4", "hevc"),
        ("libsvtav1", ".mp4", "av1"),
        ("mpeg4", ".mp4", "mpeg4"),
        ("libvpx-vp9", ".mkv", "vp9"),
        ("ffv1", ".mkv", "ffv1"),
        ("libvpx", ".webm", "vp8"),
    ],
)
def test_encoding_codec_is_used(codec: str, suffix: str, canonical: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(FRAMES), rate=30)
    result = Engine(video_path=source, encoding=Encoding(codec=codec), output_path=tmp_path / f"out{suffix}").run()
    seen = see(result.output_path or "")
    assert (seen.codec, seen.count) == (canonical, FRAMES)
    assert seen.times == pytest.approx(see(source).times, abs=0.0011)
    assert psnr(seen.planes[4], see(source).planes[4]) >= 30


def test_encoding_codec_that_the_container_cannot_hold_is_an_error(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(3))
    with pytest.raises(OSError, match=r"cannot write .*out\.webm: webm cannot hold what libx264 makes"):
        Engine(video_path=source, encoding=Encoding(codec="libx264"), output_path=tmp_path / "out.webm").run()
    assert os.listdir(tmp_path) == ["clip.mp4"]


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("h264", ".mp4"),
        ("hevc", ".mp4"),
        ("av1", ".mp4"),
        ("mpeg4", ".mp4"),
        ("vp9", ".webm"),
        ("vp8", ".webm"),
        pytest.param("libx264", ".mp4", marks=pytest.mark.slow),
        pytest.param("libx265", ".mp4", marks=pytest.mark.slow),
        pytest.param("libsvtav1", ".mp4", marks=pytest.mark.slow),
        pytest.param("libvpx-vp9", ".webm", marks=pytest.mark.slow),
        pytest.param("libvpx", ".webm", marks=pytest.mark.slow),
        ("msmpeg4", ".mkv"),
    ],
)
def test_encoding_crf_is_used_by_every_name_of_an_encoder(codec: str, suffix: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(FRAMES), rate=30)
    sizes, likeness = [], []
    for crf in (5, 28, 50):
        target = tmp_path / f"{crf}{suffix}"
        Engine(video_path=source, encoding=Encoding(codec, crf=crf), output_path=target, progress=False).run()
        assert see(target).count == FRAMES
        sizes.append(target.stat().st_size)
        likeness.append(psnr(see(target).planes[4], see(source).planes[4]))
    assert sizes[0] > 1.4 * sizes[1] > 1.4 * 1.2 * sizes[2]
    assert likeness[0] > likeness[1] + 3 > likeness[2] + 6


@pytest.mark.parametrize("codec", ["h264", "libx264", "hevc"])
def test_encoding_preset_is_used_by_every_name_of_an_encoder(codec: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(FRAMES), rate=30)
    sizes = set()
    for preset in ("realtime", "veryfast", "slow"):
        target = tmp_path / f"{preset}.mp4"
        Engine(video_path=source, encoding=Encoding(codec, preset=preset), output_path=target, progress=False).run()
        sizes.add(target.stat().st_size)
    assert len(sizes) == 3


@pytest.mark.parametrize("preset", ["realtime", "veryfast"])
@pytest.mark.parametrize("codec", ["h264", "libx264", None])
def test_encoding_h264_crf_0_is_lossless(codec: str | None, preset: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(FRAMES), rate=30)
    target = tmp_path / "out.mp4"
    Engine(video_path=source, encoding=Encoding(codec, preset, 0), output_path=target, progress=False).run()
    for before, after in zip(see(source).planes, see(target).planes, strict=True):
        assert all(np.array_equal(*planes) for planes in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("encoding", "suffix", "words"),
    [
        (Encoding("ffv1", crf=5), ".mkv", "the encoder ffv1 has no crf: 5 was not used"),
        (Encoding("vp9", bitrate="1M"), ".webm", "the encoder libvpx-vp9 has no bit rate here: 1000000 was not used"),
        (Encoding("vp9", "slow"), ".webm", "the encoder libvpx-vp9 has no preset: slow was not used"),
        (
            Encoding("snow", "slow", 7.5),
            ".mkv",
            "the encoder snow has no preset: slow was not used and has no crf: 7.5 was not used",
        ),
    ],
)
def test_encoding_setting_that_an_encoder_does_not_have_is_a_warning(
    encoding: Encoding, suffix: str, words: str, tmp_path: Path
) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(3), rate=30)
    target = tmp_path / f"out{suffix}"
    with pytest.warns(FramechainWarning, match=f"^{re.escape(words)}$"):
        result = Engine(video_path=source, encoding=encoding, output_path=target, progress=False).run()
    assert result.warnings == (words,)
    assert see(target).count == 3


def find_video_encoders() -> list[str]:
    found = []
    for name in sorted(av.codecs_available):
        with contextlib.suppress(ValueError):
            if av.Codec(name, "w").type == "video":
                found.append(name)
    return found


@pytest.mark.slow
def test_encoding_every_encoder_works_or_is_refused_in_one_sentence(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(3), rate=30)
    works, refused = set(), {}
    for codec, suffix in itertools.product(find_video_encoders(), (".mp4", ".mov", ".mkv", ".webm")):
        target = tmp_path / f"{codec}{suffix}"
        engine = Engine(video_path=source, encoding=Encoding(codec), output_path=target, progress=False)
        try:
            engine.run()
        except OutputError as error:
            refused[target] = str(error)
        else:
            with VideoSource(str(target)) as written:
                assert len([frame.bgr for frame in written]) == 3
            works.add(codec)
    for target, message in refused.items():
        assert re.fullmatch(rf"cannot write {re.escape(str(target))}: [^\n]+", message)
        assert not target.exists()
    usual = {"libx264", "libx265", "libvpx", "libvpx-vp9", "libsvtav1", "mpeg4", "ffv1"}
    assert works >= usual | {"h264", "hevc", "vp8", "vp9", "av1", "msmpeg4", "jpeg2000", "snow", "rawvideo"}
    assert len(works | {target.stem for target in refused}) >= 45
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def x264_threads(source: str, target: Path, **options: Any) -> int:
    """Return the number of threads that x264 writes into its stream."""
    Engine(video_path=source, output_path=target, encoding=Encoding(**options)).run()
    found = re.search(rb" threads=(\d+) ", target.read_bytes())
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(("cores", "threads"), [pytest.param(1, 1, marks=pytest.mark.slow), (2, 1), (8, 4)])
def test_x264_realtime_leaves_cores_to_the_other_stages(
    cores: int, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(3))
    large = write_clip(tmp_path / "large.mp4", [flat(90, 2048, 1152)])
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert x264_threads(source, tmp_path / "out.mp4") == threads
    own_choice = x264_threads(large, tmp_path / "own.mp4", preset="ultrafast")
    assert x264_threads(large, tmp_path / "out.mp4") == own_choice
