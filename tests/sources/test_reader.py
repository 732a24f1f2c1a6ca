"""Reader: a source that is iterated in a thread of its own."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.patience import PATIENCE, eventually

from framechain import Frame, FrameInfo, Source, StreamInfo
from framechain.errors import ObjectResultError
from framechain.sources import reader as reader_module
from framechain.sources.reader import Reader


class Numbers(Source):
    """Frames that carry their number; each waits for `permit`.

    Attributes:
        given: How many frames were asked for.
        closed: How often it was closed.
    """

    def __init__(self, count: int, *, kind: str = "video", error: BaseException | None = None) -> None:
        self.info = StreamInfo("numbers", kind, 8, 8, Fraction(1, 1000))
        self.count, self.error = count, error
        self.warnings: list[str] = []
        self.permit = threading.Event()
        self.permit.set()
        self.stopped = threading.Event()
        self.given = self.closed = 0
        self.threads: set[str] = set()

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self.count):
            self.threads.add(threading.current_thread().name)
            while not self.permit.wait(0.01):
                if self.stopped.is_set():
                    return
            self.given += 1
            yield Frame(FrameInfo(index, index, 1, self.info), bgr=np.full((8, 8, 3), index % 256, np.uint8))
        if self.error is not None:
            raise self.error

    def shortfall(self) -> str | None:
        return "some are missing"

    def stop(self) -> None:
        self.stopped.set()

    def close(self) -> None:
        self.closed += 1


def indices(reader: Reader) -> list[int]:
    return [frame.info.index for frame in reader]


def test_reader_file_gives_all_frames_in_order_and_closes_source() -> None:
    source = Numbers(300)
    reader = Reader(source)
    assert indices(reader) == list(range(300))
    assert (reader.read, reader.dropped, source.closed) == (300, 0, 1)
    assert source.threads == {"framechain-read"}
    assert indices(reader) == []


def test_reader_file_reads_only_a_few_frames_ahead() -> None:
    source = Numbers(100)
    ahead = []
    for frame in Reader(source):
        ahead.append(source.given - frame.info.index)
        if frame.info.index == 0:
            # One is taken, three wait, one is offered.
            eventually(lambda: source.given == 5, "frames that are read ahead")
    assert max(ahead) <= 5


def test_reader_live_source_gives_newest_frame_and_counts_the_rest() -> None:
    source = Numbers(50, kind="camera")
    with Reader(source) as reader:
        eventually(lambda: reader.read == 50, "all frames")
        assert indices(reader) == [49]
        assert reader.dropped == 49


def test_reader_counts_the_frames_that_the_source_dropped_itself() -> None:
    source = Numbers(3)
    source.dropped = 7
    with Reader(Reader(source)) as reader:
        assert indices(reader) == [0, 1, 2]
        assert (reader.read, reader.dropped) == (10, 7)


def test_reader_shows_what_the_source_reports() -> None:
    source = Numbers(1)
    with Reader(source) as reader:
        assert reader.info is source.info
        assert (reader.notice, list(reader.warnings), reader.audio) == (None, [], None)
        source.warnings.append("a warning")
        source.notice = "a notice"
        assert (reader.notice, list(reader.warnings)) == ("a notice", ["a warning"])
        assert reader.shortfall() == "some are missing"


@pytest.mark.parametrize("kind", ["video", "camera"])
def test_reader_raises_the_source_s_error_after_its_last_frame(kind: str) -> None:
    source = Numbers(2, kind=kind, error=OSError("gone"))
    reader = Reader(source)
    seen: list[int] = []
    with pytest.raises(OSError, match="gone"):
        seen.extend(frame.info.index for frame in reader)
    assert source.closed == 1
    eventually(lambda: not reader._thread.is_alive(), "the thread's end")


@pytest.mark.parametrize("wrong", [None, np.zeros((8, 8, 3), np.uint8)], ids=["none", "array"])
def test_reader_source_that_yields_something_else_than_frames_is_an_error(wrong: Any) -> None:
    class Wrong(Numbers):
        def __iter__(self) -> Iterator[Frame]:
            yield wrong

    message = f"the source numbers yielded {type(wrong).__name__} instead of a Frame: yield Frame"
    with pytest.raises(ObjectResultError, match=message):
        list(Reader(Wrong(1)))


def test_reader_limit_reads_no_frame_beyond_it() -> None:
    source = Numbers(100)
    assert indices(Reader(source, limit=7)) == list(range(7))
    assert source.given == 7


def test_reader_prepares_each_frame_in_its_thread() -> None:
    prepared: list[tuple[int, str]] = []

    def prepare(frame: Frame) -> None:
        prepared.append((frame.info.index, threading.current_thread().name))

    assert indices(Reader(Numbers(20), prepare=prepare, name="framechain-prepare")) == list(range(20))
    assert prepared == [(index, "framechain-prepare") for index in range(20)]


def test_reader_of_a_reader_gives_all_frames() -> None:
    source = Numbers(50)
    with Reader(Reader(source), name="framechain-prepare") as reader:
        assert indices(reader) == list(range(50))
    assert source.closed >= 1


def test_reader_of_a_reader_leaves_the_source_open_until_it_is_closed() -> None:
    source = Numbers(5)
    reader = Reader(Reader(source))
    while reader.take(lambda: False) is not None:
        pass
    eventually(lambda: not reader._thread.is_alive(), "the thread's end")
    assert source.closed == 0
    reader.close()
    assert source.closed >= 1


def test_reader_left_loop_goes_on_with_the_next_frame() -> None:
    with Reader(Numbers(10)) as reader:
        for frame in reader:
            if frame.info.index == 3:
                break
        assert indices(reader) == [4, 5, 6, 7, 8, 9]


def in_a_thread(function: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=function)
    thread.start()
    return thread


@pytest.mark.parametrize("how", ["stop", "close"])
@pytest.mark.parametrize("kind", ["video", "camera"])
def test_reader_waiting_iteration_is_ended_by_stop_and_close(kind: str, how: str) -> None:
    source = Numbers(10, kind=kind)
    source.permit.clear()
    reader = Reader(source)
    seen: list[list[int]] = []
    thread = in_a_thread(lambda: seen.append(indices(reader)))
    getattr(reader, how)()
    thread.join(PATIENCE)
    assert seen == [[]]
    assert source.stopped.is_set()
    reader.close()


def test_reader_take_returns_when_told_to_stop() -> None:
    source = Numbers(10)
    source.permit.clear()
    with Reader(source) as reader:
        asked: list[bool] = []

        def stop() -> bool:
            asked.append(len(asked) >= 2)
            return asked[-1]

        assert reader.take(stop) is None
        assert asked[-1]
        source.permit.set()
        frame = reader.take(lambda: False)
        assert frame is not None
        assert frame.info.index == 0


class Hanging(Numbers):
    """A source whose read ends when the test lets it."""

    released = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        self.released.wait(PATIENCE)
        yield from ()


@pytest.mark.parametrize("kind", ["video", "camera"])
def test_reader_close_leaves_a_hanging_read_alone(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "_FAREWELL_SECONDS", 0.05)
    monkeypatch.setattr(Hanging, "released", threading.Event())
    source = Hanging(1, kind=kind)
    reader = Reader(source)
    reader.close()
    assert reader._thread.is_alive()
    assert source.closed == 1
    source.released.set()
    reader._thread.join(PATIENCE)


@pytest.mark.slow
def test_reader_join_waits_for_a_file_until_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hanging, "released", threading.Event())
    source = Hanging(1)
    reader = Reader(source)
    asked: list[bool] = []

    def give_up() -> bool:
        asked.append(len(asked) >= 9)  # Longer than a live source is waited for.
        return asked[-1]

    reader.join(give_up)
    assert len(asked) == 10
    assert reader._thread.is_alive()
    source.released.set()
    reader.join()
    assert not reader._thread.is_alive()


def test_reader_abandoned_ends_its_thread() -> None:
    source = Numbers(10**9)
    for frame in Reader(source):
        if frame.info.index == 3:
            break
    gc.collect()
    eventually(source.stopped.is_set, "the end of the source")
