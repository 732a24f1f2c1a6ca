"""Warnings that a filter makes errors, as `-W error` does: they are raised, and cost no output."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.media import photos, see, write_clip
from support.memory_source import MemorySource

from framechain import Engine, Frame, FramechainError, FramechainWarning, LiveOptions, Sink, StreamInfo
from framechain.basics.warner import Warner


class Remarks:
    problem = "something to say"

    def __call__(self, frame: Any) -> Any:
        return frame


class Lossy(Sink):
    problem = "half of it was lost"

    def write(self, frame: Frame) -> None:
        pass


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_warning_at_the_end_that_is_an_error_is_raised_after_the_output_is_complete(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(8))
    with pytest.raises(FramechainWarning, match="something to say") as caught:
        Engine(video_path=clip, custom_objects=[Remarks()], output_path=tmp_path / "out.mp4").run()
    assert isinstance(caught.value, FramechainError)
    assert see(tmp_path / "out.mp4").count == 8
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "out.mp4"]


def test_warning_in_the_middle_that_is_an_error_does_not_end_the_run(tmp_path: Path) -> None:
    class Changing(MemorySource):
        def __iter__(self) -> Iterator[Frame]:
            for frame in super().__iter__():
                if frame.info.index == 3:
                    self.warnings = ["the source changed"]
                yield frame

    source = Changing(StreamInfo("made", "video", 160, 120), photos(8))
    with pytest.raises(FramechainWarning, match="the source changed"):
        Engine(source=source, output_path=tmp_path / "out.mp4", sinks=[Lossy()]).run()
    assert see(tmp_path / "out.mp4").count == 8


def test_warning_of_a_live_run_that_is_an_error_keeps_the_recording(tmp_path: Path) -> None:
    source = MemorySource(StreamInfo("made", "camera", 160, 120), photos(1))
    with pytest.raises(FramechainWarning, match="something to say"):
        Engine(source=source, custom_objects=[Remarks()], live=LiveOptions(record=tmp_path / "a.mp4")).run()
    assert see(tmp_path / "a.mp4").count == 1


def test_warner_says_a_sentence_once_and_raises_the_first() -> None:
    warner = Warner()
    for sentence in ("one", "two", "one"):
        warner.warn(sentence)
    assert warner.told == ["one", "two"]
    with pytest.raises(FramechainWarning, match=r"^one$"):
        warner.raise_error()
