"""Bytes and open binary files as inputs."""

from __future__ import annotations

import gc
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import flats, photo, write_clip

from framechain import ArgumentTypeError, MediaError, open_source
from framechain.images.codec import encode_image
from framechain.sources import contents
from framechain.sources.image import ImageSource
from framechain.sources.video import VideoSource


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made: a folder of the test's own, which must be empty at its end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class Pipe:
    """What has `read` and nothing else, and gives what it likes."""

    def __init__(self, *chunks: Any) -> None:
        self.chunks = list(chunks)

    def read(self, size: int) -> Any:
        chunk = self.chunks.pop(0) if self.chunks else b""
        if isinstance(chunk, Exception):
            raise chunk
        return chunk


def open_as(how: str, path: str) -> Any:
    data = Path(path).read_bytes()
    if how == "pipe":
        return Pipe(data[:100], data[100:])
    return {"bytes": data, "bytearray": bytearray(data), "memoryview": memoryview(data), "BytesIO": io.BytesIO(data)}[
        how
    ]


@pytest.mark.parametrize("how", ["bytes", "bytearray", "memoryview", "BytesIO", "pipe"])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.gif", "image.png", "image.jpg"])
def test_open_source_content_is_read_as_its_file_is(how: str, name: str, tmp_path: Path, scratch: Path) -> None:
    path = str(tmp_path / name)
    if name.startswith("image"):
        Path(path).write_bytes(encode_image(photo(), path))
    elif name.endswith("gif"):
        write_clip(path, flats(3), codec="gif", pix_fmt="rgb8", options={})
    else:
        write_clip(path, flats(3))
    with open_source(open_as(how, path)) as source, open_source(path) as expected:
        assert type(source) is type(expected) is (ImageSource if name.startswith("image") else VideoSource)
        assert len(os.listdir(scratch)) == (0 if name.startswith("image") else 2)  # A folder and its lock.
        frames = list(zip(source, expected, strict=True))
        assert len(frames) == (1 if name.startswith("image") else 3)
        for frame, other in frames:
            assert frame.info.time == other.info.time
            assert frame.bgr.tolist() == other.bgr.tolist()
    assert os.listdir(scratch) == []


def test_open_source_open_file_is_read_from_where_it_stands_and_stays_open(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "behind.bin"
    path.write_bytes(b"a header" + clip.read_bytes())
    with path.open("rb") as file:
        file.read(8)
        with open_source(file) as source:
            assert source.info.name == str(path)
            assert sum(1 for _ in source) == 150
        assert not file.closed


def test_open_source_content_that_is_abandoned_leaves_no_copy(clip: Path, scratch: Path) -> None:
    source = open_source(clip.read_bytes())
    next(iter(source))
    assert os.listdir(scratch)
    del source
    gc.collect()
    assert os.listdir(scratch) == []


@pytest.mark.parametrize("make", [tempfile.NamedTemporaryFile, tempfile.SpooledTemporaryFile, tempfile.TemporaryFile])
def test_open_source_temporary_files_of_python_are_read(make: Any, clip: Path) -> None:
    with make() as file:
        file.write(clip.read_bytes())
        file.seek(0)
        with open_source(file) as source:
            assert sum(1 for _ in source) == 150


def test_open_source_file_that_passes_its_methods_on_is_read(clip: Path) -> None:
    class Wrapper:
        """As NamedTemporaryFile is made: the class itself has no `read`."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def __getattr__(self, name: str) -> Any:
            return self.file.__getattribute__(name)

    with clip.open("rb") as file, open_source(Wrapper(file)) as source:  # type: ignore[arg-type]
        assert source.info.name == str(clip)
        assert sum(1 for _ in source) == 150


def test_open_source_path_with_a_method_read_is_a_path(clip: Path) -> None:
    class Readable:
        def __fspath__(self) -> str:
            return str(clip)

        def read(self, size: int = -1) -> bytes:
            raise AssertionError("it is a path")

    with open_source(Readable()) as source:
        assert source.info.name == str(clip)


def test_open_source_file_of_an_event_loop_says_what_to_do() -> None:
    class Upload:
        async def read(self, size: int) -> bytes:
            return b""

    with pytest.raises(
        ArgumentTypeError, match="returned coroutine, not bytes: await its content and hand over the by"
    ):
        open_source(Upload())  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"a letter", b"#EXTM3U\n#EXTINF:1\n/etc/passwd\n", b"ffconcat version 1.0\n"])
def test_open_source_content_that_is_no_media_is_an_error_and_leaves_no_copy(content: bytes, scratch: Path) -> None:
    with pytest.raises(MediaError, match="cannot read the given bytes: "):
        open_source(content)
    assert os.listdir(scratch) == []


def test_open_source_content_list_with_a_name_for_lists_is_not_followed(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{clip}\n#EXT-X-ENDLIST\n")
    with path.open("rb") as file, pytest.raises(MediaError, match=r"cannot read .*m3u8"):
        open_source(file)


def test_open_source_content_above_the_pixel_limit_is_refused(
    samples: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMECHAIN_MAX_PIXELS", "1000")
    for kind in (None, "image"):
        with pytest.raises(MediaError, match="it is 512x512, and more than 1000 pixels are refused"):
            open_source((samples / "portrait.jpg").read_bytes(), kind=kind)  # type: ignore[arg-type]
    assert os.listdir(scratch) == []


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (io.StringIO("text"), ArgumentTypeError, r"returned str, not bytes: open it with mode 'rb'"),
        (Pipe(None, 5), MediaError, r"there is nothing from where it stands on; is a seek\(0\) missing"),
        (Pipe((True, 1)), ArgumentTypeError, "returned tuple, not bytes: hand over an open binary file"),
        (Pipe(b"begin", ConnectionResetError(104, "Connection reset by peer")), MediaError, "Connection reset by peer"),
        (Pipe(RuntimeError("the upload was cancelled")), MediaError, "given Pipe: the upload was cancelled"),
    ],
)
def test_open_source_file_that_cannot_be_read_is_an_error(
    content: Any, kind: type[Exception], message: str, scratch: Path
) -> None:
    with pytest.raises(kind, match=message):
        open_source(content)
    assert os.listdir(scratch) == []


def test_open_source_image_that_is_cut_short_is_called_so() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)
    with pytest.raises(
        MediaError, match="cannot read the given bytes: it is damaged or cut short, its header promises"
    ):
        open_source(encode_image(noise, "noise.png")[:3000])


def test_open_source_closed_file_is_an_error(clip: Path) -> None:
    with clip.open("rb") as file:
        pass
    with pytest.raises(MediaError, match=r"cannot read .*clip\.mp4: read of closed file"):
        open_source(file)


def test_open_source_content_without_room_is_an_error(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(content: Any, path: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(contents, "copy_to_path", fail)
    with pytest.raises(MediaError, match="cannot read the given bytes: No space left on device"):
        open_source(clip.read_bytes())


def test_open_source_content_as_a_camera_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="the given bytes is no camera"):
        open_source(b"content", kind="camera")
