"""What image and video files have in common: they appear complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.memory_source import MemorySource

from framechain import StreamInfo
from framechain.errors import OutputError
from framechain.sinks.files.file import FileSink

INFO = StreamInfo("clip", "video", 8, 6)
FRAME = np.zeros((6, 8, 3), np.uint8)


class Noted(FileSink):
    """Writes the number of its frames; raises in one of its steps if asked to."""

    fails = ""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.steps: list[str] = []

    def _note(self, step: str) -> None:
        self.steps.append(step)
        if step == self.fails:
            raise OutputError(f"{step} failed")

    def _start(self, source: Any, output: Any) -> None:
        self._note("start")

    def _write(self, frame: Any, output: Any) -> None:
        self._note("write")
        output.write(str(self.frames + 1).encode())

    def _complete(self, complete: bool) -> None:
        self._note("complete")

    def _release(self) -> None:
        self._note("release")


def write_two(sink: FileSink, source: MemorySource) -> None:
    sink.open(source)
    for frame in source:
        sink.write(frame)
    sink.finish()


def test_file_sink_appears_at_finish_and_may_be_written_again(tmp_path: Path) -> None:
    sink = Noted(tmp_path / "out.txt")
    for _ in range(2):
        write_two(sink, MemorySource(INFO, [FRAME, FRAME]))
        assert (tmp_path / "out.txt").read_text() == "2"
        assert (sink.path, sink.frames) == (str(tmp_path / "out.txt"), 2)
        assert sink.steps == ["start", "write", "write", "complete"]
        sink.steps.clear()
        sink.finish()
        sink.abort()
        assert sink.steps == []
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("step", ["start", "write", "complete"])
def test_file_sink_step_that_fails_leaves_the_earlier_file(step: str, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("precious")
    sink = Noted(tmp_path / "out.txt")
    sink.fails = step
    with pytest.raises(OutputError, match=f"{step} failed"):
        write_two(sink, MemorySource(INFO, [FRAME, FRAME]))
    sink.abort()
    assert sink.path is None
    assert (tmp_path / "out.txt").read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1


def test_file_sink_without_a_frame_leaves_nothing(tmp_path: Path) -> None:
    sink = Noted(tmp_path / "out.txt")
    write_two(sink, MemorySource(INFO))
    assert sink.path is None
    assert list(tmp_path.iterdir()) == []


def test_file_sink_file_of_the_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.txt"
    path.write_text("precious")
    sink = Noted(path)
    with pytest.raises(OutputError, match="it is the input, choose another output"):
        sink.open(MemorySource(StreamInfo(str(path), "video", 8, 6)))
    assert path.read_text() == "precious"


def test_file_sink_not_open_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the sink is not open, call open"):
        Noted(tmp_path / "out.txt").write(next(iter(MemorySource(INFO, [FRAME]))))
