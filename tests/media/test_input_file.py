"""A local input must be a regular file with content."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.media import flats, write_clip

from framechain.errors import MediaError
from framechain.media.input_file import check_input_file


def test_check_input_file_media_and_missing_files_pass(tmp_path: Path) -> None:
    check_input_file(write_clip(tmp_path / "clip.mp4", flats(2)), "clip.mp4")
    check_input_file(str(tmp_path / "missing.mp4"), "missing.mp4")


def test_check_input_file_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot read clips: it is a folder, give an image or a video file"):
        check_input_file(str(tmp_path), "clips")


def test_check_input_file_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(MediaError, match=r"cannot read my clip: the file is empty"):
        check_input_file(str(tmp_path / "clip.mp4"), "my clip")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither in the file system")
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_check_input_file_pipe_or_device_is_refused_without_reading(kind: str, tmp_path: Path) -> None:
    path = os.devnull
    if kind == "pipe":
        path = str(tmp_path / "pipe")
        os.mkfifo(path)  # Opening it would wait for a writer.
    with pytest.raises(MediaError, match="it is a device or a pipe, give an image or a video file"):
        check_input_file(path, "it")


def test_check_input_file_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    path = Path(write_clip(tmp_path / "clip.mp4", flats(5), container_options={"movflags": "+faststart"}))
    data = bytearray(path.read_bytes())
    # The table of sizes: 4 bytes of version and flags, one size for all samples, and their number.
    place = data.index(b"stsz") + 8
    data[place : place + 8] = (1).to_bytes(4, "big") + (2**31).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(MediaError, match="its header promises 2147483648 video frames and audio samples"):
        check_input_file(str(path), "clip")
