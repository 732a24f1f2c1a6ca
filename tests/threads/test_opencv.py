"""OpenCV's number of threads, which the whole process shares: few during a run, but not in an object of the user's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import cv2
import pytest
from support.media import photos
from support.memory_source import MemorySource
from support.streams import Viewer

from framechain import Engine, FrameObject, StreamInfo
from framechain.errors import ObjectError


class Look:
    """Notes OpenCV's number of threads."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, frame: Any) -> Any:
        self.seen.append(cv2.getNumThreads())
        return frame


class Ours(Look):
    """Stands for an object of the package."""


Ours.__module__ = "framechain.objects.ours"


@pytest.fixture(autouse=True)
def _four_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    before = cv2.getNumThreads()
    cv2.setNumThreads(4)
    yield
    assert cv2.getNumThreads() == 4
    cv2.setNumThreads(before)


def run(*objects: Any, kind: str = "video", **arguments: Any) -> None:
    source = MemorySource(StreamInfo("made", kind, 160, 120), photos(1 if kind == "image" else 3))
    Engine(source=source, sinks=[Viewer()], custom_objects=objects, **arguments).run()


@pytest.mark.parametrize("kind", ["image", "video"])
def test_run_opencv_threads_are_limited_for_streams_alone(kind: str) -> None:
    ours = Ours()
    run(ours, kind=kind)
    assert set(ours.seen) == {4 if kind == "image" else 2}


@pytest.mark.parametrize("seconds", [None, 60])
def test_run_opencv_threads_are_the_usual_ones_in_an_object_of_the_user(seconds: float | None) -> None:
    class Own(Look, FrameObject):
        pass

    before, theirs, own, after = Ours(), Look(), Own(), Ours()
    run(before, theirs, own, after, object_timeout=seconds)
    assert (before.seen, theirs.seen, own.seen, after.seen) == ([2] * 3, [4] * 3, [4] * 3, [2] * 3)


def test_run_opencv_threads_are_restored_after_an_object_that_fails() -> None:
    def fail(frame: Any) -> Any:
        raise ValueError("no")

    with pytest.raises(ObjectError):
        run(fail)
    ours = Ours()
    run(ours)
    assert ours.seen == [2] * 3


def test_run_opencv_threads_in_a_run_inside_an_object_are_the_usual_ones_until_it_ends() -> None:
    inner, after = Ours(), Ours()

    def run_inside(frame: Any) -> Any:
        run(inner)
        return frame

    run(run_inside, after)
    assert set(inner.seen) == {4}
    assert after.seen == [2] * 3


def test_run_opencv_threads_that_an_object_sets_are_kept_until_the_runs_end() -> None:
    ours = Ours()

    def choose(frame: Any) -> Any:
        cv2.setNumThreads(3)
        return frame

    run(choose, ours)
    assert ours.seen == [3] * 3
