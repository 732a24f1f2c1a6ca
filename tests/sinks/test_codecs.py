"""Codecs of video files: which can be chosen, and with how many threads x264 encodes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.media import flat, photos, psnr, see, write_clip

from framechain import Encoding, Engine

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


def x264_threads(source: str, target: Path, **options: Any) -> int:
    """Return the number of threads that x264 writes into its stream."""
    Engine(video_path=source, output_path=target, encoding=Encoding(**options)).run()
    found = re.search(rb" threads=(\d+) ", target.read_bytes())
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (8, 4)])
def test_x264_realtime_leaves_cores_to_the_other_stages(
    cores: int, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(3))
    large = write_clip(tmp_path / "large.mp4", [flat(90, 2048, 1152)])
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert x264_threads(source, tmp_path / "out.mp4") == threads
    own_choice = x264_threads(large, tmp_path / "own.mp4", preset="ultrafast")
    assert x264_threads(large, tmp_path / "out.mp4") == own_choice
