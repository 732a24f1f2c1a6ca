"""Open binary files as outputs: complete or untouched."""

from __future__ import annotations

import io
import os
import socket
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import decode_bgra, flat, flats, see
from support.memory_source import MemorySource

from framechain import ArgumentTypeError, OutputError, StreamInfo, open_sink
from framechain.sinks import VideoSink
from framechain.sinks.files.binary_file import BinaryFileSink


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def video(images: Any = None) -> MemorySource:
    return MemorySource(StreamInfo("memory", "video", 64, 48, rate=25), flats(5) if images is None else images)  # type: ignore[arg-type]


def image() -> MemorySource:
    return MemorySource(StreamInfo("memory", "image", 64, 48, frame_count=1), [flat(100)])


def write(file: Any, source: MemorySource, **arguments: Any) -> None:
    with open_sink(file, like=source, **arguments) as sink:
        for frame in source:
            sink.write(frame)
    assert sink.path is None


class Part:
    """Takes a few bytes of what it is given, as raw files and sockets do."""

    def __init__(self, size: int = 1000) -> None:
        self.taken = b""
        self.size = size

    def write(self, data: Any) -> int:
        self.taken += bytes(data[: self.size])
        return min(len(data), self.size)


@pytest.mark.parametrize(
    ("name", "source", "begin"),
    [
        (None, image, b"\x89PNG"),
        ("o.jpg", image, b"\xff\xd8"),
        ("o.tmp", image, b"\x89PNG"),
        (None, video, b"\0\0\0 ftyp"),
        ("o.mkv", video, b"\x1aE\xdf\xa3"),
        ("o.part", video, b"\0\0\0 ftyp"),
    ],
)
def test_open_sink_open_file_gets_what_its_name_asks_for(
    name: str | None, source: Any, begin: bytes, tmp_path: Path, scratch: Path
) -> None:
    if name is None:
        file = io.BytesIO()
        write(file, source())
        content = file.getvalue()
    else:
        with (tmp_path / name).open("wb") as opened:
            write(opened, source())
            assert not opened.closed
        content = (tmp_path / name).read_bytes()
    assert content[: len(begin)] == begin
    assert os.listdir(scratch) == []


def test_open_sink_bytes_io_video_is_the_same_as_the_file(tmp_path: Path) -> None:
    file = io.BytesIO(b"what was there: ")
    file.seek(0, io.SEEK_END)
    write(file, video())
    with open_sink(tmp_path / "copy.mp4", like=video()) as sink:
        for frame in video():
            sink.write(frame)
    assert file.getvalue() == b"what was there: " + (tmp_path / "copy.mp4").read_bytes()
    assert len(see(tmp_path / "copy.mp4").planes) == 5


def test_open_sink_open_file_alpha_is_a_webm(tmp_path: Path) -> None:
    file = io.BytesIO()
    images = [np.dstack([flat(90), np.full((48, 64), 128, np.uint8)])] * 3
    write(file, video(images), alpha=True)
    (tmp_path / "o.webm").write_bytes(file.getvalue())
    found = decode_bgra(tmp_path / "o.webm")
    assert len(found) == 3
    assert abs(int(found[0][24, 32, 3]) - 128) <= 3


@pytest.mark.parametrize("file", [Part(), Part(1)])
def test_open_sink_file_that_takes_parts_gets_everything(file: Part) -> None:
    whole = io.BytesIO()
    write(whole, image())
    write(file, image())
    assert file.taken == whole.getvalue()


def test_open_sink_socket_file_gets_everything(tmp_path: Path) -> None:
    one, other = socket.socketpair()
    with one, other, other.makefile("rb") as received:
        with one.makefile("wb") as file:
            write(file, image())
        one.close()
        assert received.read()[:4] == b"\x89PNG"


@pytest.mark.parametrize("make", [tempfile.NamedTemporaryFile, tempfile.SpooledTemporaryFile, tempfile.TemporaryFile])
def test_open_sink_temporary_files_of_python_get_everything(make: Any) -> None:
    with make() as file:
        write(file, image())
        file.seek(0)
        assert file.read(4) == b"\x89PNG"


@pytest.mark.parametrize("when", ["midway", "without a frame", "wrong size"])
def test_open_sink_error_leaves_the_file_untouched(when: str, scratch: Path) -> None:
    file = io.BytesIO()
    images = [flat(1), flat(2, 32, 24)] if when == "wrong size" else flats(5)
    source = video(images)

    def run() -> None:
        with open_sink(file, like=source) as sink:
            for number, frame in enumerate(source):
                if when == "without a frame":
                    break
                if when == "midway" and number == 3:
                    raise RuntimeError("no")
                sink.write(frame)

    if when == "without a frame":
        run()
    else:
        message = (
            "no" if when == "midway" else "cannot write the given BytesIO: frame 1 is 32x24 and the first was 64x48"
        )
        with pytest.raises(RuntimeError if when == "midway" else OutputError, match=message):
            run()
    assert file.getvalue() == b""
    assert os.listdir(scratch) == []


def test_open_sink_suffix_that_is_not_written_is_refused_under_the_files_name(tmp_path: Path, scratch: Path) -> None:
    path = tmp_path / "o.avi"
    with path.open("wb") as file, pytest.raises(OutputError, match=rf"cannot write {path}: '\.avi' is no video format"):
        open_sink(file, like=video())
    assert os.listdir(scratch) == []


def test_open_sink_file_that_fails_is_an_error_and_leaves_no_temporary_file(scratch: Path) -> None:
    class Full:
        name = "upload"

        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="cannot write upload: No space left on device"):
        write(Full(), image())
    assert os.listdir(scratch) == []


@pytest.mark.parametrize("how", ["text", "reading", "closed"])
def test_open_sink_file_that_takes_no_bytes_is_refused_at_once(how: str, tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    path.touch()
    mode = {"text": "w", "reading": "rb", "closed": "wb"}[how]
    message = {"text": "is open for text: open it with mode 'wb'", "reading": "open for reading", "closed": "is closed"}
    with path.open(mode) as file:
        if how == "closed":
            file.close()
        with pytest.raises(ArgumentTypeError, match=message[how]):
            open_sink(file, like=video())


@pytest.mark.parametrize("wrong", [None, 5, [], b"o.mp4", io.BytesIO])
def test_open_sink_other_target_is_an_error(wrong: Any) -> None:
    with pytest.raises(ArgumentTypeError):
        open_sink(wrong, like=video())


def test_open_sink_without_a_folder_for_temporary_files_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match="cannot write the given BytesIO: no temporary file can be made"):
        open_sink(io.BytesIO(), like=video())


def test_binary_file_sink_not_open_is_a_sentence() -> None:
    sink = BinaryFileSink(io.BytesIO(), VideoSink, ".mp4")
    with pytest.raises(OutputError, match="the sink is not open, call open"):
        sink.write(next(iter(video())))
    sink.finish()
    sink.abort()
