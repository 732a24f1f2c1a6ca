"""A hundred damaged files through the engine: none hangs, crashes or is too large, and what became of each is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.media import flats, write_clip
from support.patience import PATIENCE

from framechain import Engine, FramechainError

FORMATS = ("avi", "avif", "bmp", "gif", "jp2", "jpg", "mkv", "mov", "mp4", "png", "tiff", "webm", "webp")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the parent waits for its children with select")
def test_fuzz_hundred_damaged_files_end_as_promised(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(repository / "benchmarks" / "fuzz.py"), "--seed", "1", "--count", "100"]
    done = subprocess.run(
        [*command, "--keep", str(tmp_path / "faults")], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert not (tmp_path / "faults").exists()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()]
    assert [row[0] for row in rows[2:]] == [*FORMATS, "all"]
    processed, shortened, refused, *faults = map(int, rows[-1][1:10])
    assert processed + shortened + refused == 100
    assert min(processed, shortened, refused) > 5
    assert not any(faults)


# What it has found


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A clip whose image is of a codec that nobody knows."""
    path = Path(write_clip(tmp_path_factory.mktemp("unknown") / "clip.avi", flats(3), codec="mpeg4"))
    data = path.read_bytes()
    assert data.count(b"FMP4")
    path.write_bytes(data.replace(b"FMP4", b"\x01\x02zz"))
    return str(path)


def test_video_source_unknown_codec_is_an_error(unknown: str, tmp_path: Path) -> None:
    with pytest.raises(FramechainError, match=r"clip\.avi: this FFmpeg has no decoder for its video"):
        Engine(video_path=unknown, output_path=tmp_path / "out.mp4").run()
    assert not list(tmp_path.iterdir())
