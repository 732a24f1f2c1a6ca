"""Open binary files, in whatever class they come."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from framechain import ArgumentTypeError
from framechain.files.binary import can_read, can_write, check_writable, copy_from_path, copy_to_path, get_file_name


@pytest.mark.parametrize("make", [io.BytesIO, tempfile.NamedTemporaryFile, tempfile.SpooledTemporaryFile])
def test_can_read_and_write_files_of_python(make: Any) -> None:
    with make() as file:
        assert can_read(file)
        assert can_write(file)
        assert check_writable(file) is file


@pytest.mark.parametrize("thing", [b"", "path", None, 5, io.BytesIO, [], Path("clip.mp4")])
def test_can_read_and_write_what_is_no_file_are_false(thing: Any) -> None:
    assert not can_read(thing)
    assert not can_write(thing)
    with pytest.raises(ArgumentTypeError, match="the output must be a path, an address, a binary file open for"):
        check_writable(thing)


def test_get_file_name_is_the_path_with_which_it_was_opened(tmp_path: Path) -> None:
    with (tmp_path / "o.mp4").open("wb") as file:
        assert get_file_name(file) == str(tmp_path / "o.mp4")
    with os.fdopen(os.open(tmp_path / "o.mp4", os.O_RDONLY), "rb") as file:
        assert get_file_name(file) is None
    assert get_file_name(io.BytesIO()) is None
    assert get_file_name(sys.__stdout__) == "<stdout>"


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_copy_to_path_and_back_keeps_every_byte(size: int, tmp_path: Path) -> None:
    content = os.urandom(size)
    copy_to_path(io.BytesIO(content), str(tmp_path / "copy"))
    file = io.BytesIO()
    copy_from_path(str(tmp_path / "copy"), file)
    assert file.getvalue() == content


def test_copy_to_path_reads_in_parts(tmp_path: Path) -> None:
    sizes: list[int] = []

    class Long:
        def read(self, size: int) -> bytes:
            sizes.append(size)
            return bytes(size) if len(sizes) < 4 else b""

    copy_to_path(Long(), str(tmp_path / "copy"))
    assert max(sizes) <= 1 << 20
    assert os.path.getsize(tmp_path / "copy") == sum(sizes[:3])
