"""framechain.read: however it is left, nothing stays behind."""

from __future__ import annotations

import gc
import os
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import fields
from support.media import flat, flats, write_clip
from support.noted import Noted
from support.patience import PATIENCE, eventually

import framechain
from framechain import FramechainWarning


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames at 10 a second."""
    return Path(write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", flats(20), rate=10))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def leave_by_break(frames: list[Any]) -> None:
    for frame in frames.pop():
        if frame.info.index == 3:
            break


def leave_by_close(frames: list[Any]) -> None:
    reading = frames.pop()
    next(reading)
    reading.close()
    reading.close()
    assert list(reading) == []


def leave_by_error(frames: list[Any]) -> None:
    reading = frames.pop()

    def fail() -> None:
        with reading:
            next(reading)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()


def leave_by_an_error_without_a_with_block(frames: list[Any]) -> None:
    def fail() -> None:
        for _ in frames.pop():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()


def leave_at_once(frames: list[Any]) -> None:
    frames.pop()


def leave_at_the_end(frames: list[Any]) -> None:
    assert len(list(frames.pop())) == 20


@pytest.mark.parametrize(
    "leave",
    [
        leave_by_break,
        leave_by_close,
        leave_by_error,
        leave_by_an_error_without_a_with_block,
        leave_at_once,
        leave_at_the_end,
    ],
)
def test_read_left_early_frees_threads_files_and_objects(leave: Any, clip: Path, scratch: Path) -> None:
    content = clip.read_bytes()
    noted = Noted()
    frames = [framechain.read(content, objects=[noted])]
    assert os.listdir(scratch)
    leave(frames)
    eventually(lambda: noted.calls[-1] == "close", "the end of the objects")
    assert noted.calls.count("close") == 1
    eventually(lambda: not os.listdir(scratch), "the removal of the copy")
    gc.collect()
    eventually(lambda: not [t for t in threading.enumerate() if t.name.startswith("framechain")], "the threads")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files as Linux lists them")
def test_read_left_early_many_times_leaves_no_open_file(clip: Path) -> None:
    next(framechain.read(clip)).bgr  # noqa: B018
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        next(framechain.read(clip))
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_read_loop_that_was_left_goes_on_in_a_further_one(clip: Path) -> None:
    with framechain.read(clip) as frames:
        for frame in frames:
            if frame.info.index == 4:
                break
        assert [frame.info.index for frame in frames] == list(range(5, 20))


def test_read_generator_that_waits_is_left_by_close() -> None:
    free, closed = threading.Event(), threading.Event()

    def generate() -> Iterator[Any]:
        try:
            yield flat(1)
            free.wait(PATIENCE)
        finally:
            closed.set()

    frames = framechain.read(generate())
    next(frames)
    began = time.monotonic()
    frames.close()
    assert time.monotonic() - began < PATIENCE / 10
    free.set()
    assert closed.wait(PATIENCE)


# Warnings


def test_read_truncated_clip_warns_at_the_loop_after_its_last_frame(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mkv"
    write_clip(path, flats(20), rate=10)
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.warns(FramechainWarning, match=r"cut\.mkv is damaged or cut short") as caught:
        count = sum(1 for _ in framechain.read(path))
    assert 0 < count <= 20
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frames = framechain.read(path)
        assert len([next(frames) for _ in range(count)]) == count
        with pytest.raises(FramechainWarning):
            next(frames)
        frames.close()


def test_read_deviation_from_the_file_is_a_warning_of_the_loop_once(tmp_path: Path) -> None:
    images = list(fields.flagged(fields.moving(6)))
    path = write_clip(
        tmp_path / "tv.mkv", images, codec="mpeg2video", options={"qmin": "1", "g": "5", **fields.INTERLACED}
    )
    with pytest.warns(FramechainWarning, match=r"tv\.mkv is interlaced") as caught:
        frames = list(framechain.read(path))
    assert len(frames) == len(images)
    assert [warning.filename for warning in caught] == [__file__]


def test_read_problem_of_an_object_is_a_warning_at_the_end(clip: Path) -> None:
    class Puzzled(Noted):
        problem = "nobody was found"

    with pytest.warns(FramechainWarning, match="nobody was found"):
        list(framechain.read(clip, objects=[Puzzled()]))
