"""One suite over every source. A new one joins by one line in `support.source_cases.CASES`."""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.patience import PATIENCE
from support.source_cases import CASES, FINITE, WAITING, Case

from framechain import Frame

# As many as every endless source gives.
_SOME = 4


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """One of the cases; its source is closed at the end."""
    with contextlib.ExitStack() as stack:
        made = CASES[request.param](stack, tmp_path, monkeypatch)
        stack.callback(made.source.close)
        yield made


def cases(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", names, indirect=True)


every_source = cases(*CASES)


def take(case: Case, count: int = _SOME) -> list[Frame]:
    """Return the next frames, as many as there are."""
    frames: list[Frame] = []
    for frame in case.source:
        frames.append(frame)
        if len(frames) == count:
            break
    return frames


class Iteration:
    """Iterates a source in a thread.

    Attributes:
        indices: Of the frames so far.
        error: What the iteration raised.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.indices: list[int] = []
        self.error: BaseException | None = None
        self.has_begun = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        assert self.has_begun.wait(PATIENCE)

    def _run(self) -> None:
        try:
            for frame in self.case.source:
                self.indices.append(frame.info.index)
                self.has_begun.set()
        except BaseException as error:
            self.error = error
        self.has_begun.set()

    def join(self) -> None:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        assert self.error is None


@every_source
def test_source_info_is_complete_before_the_first_frame(case: Case) -> None:
    info = case.source.info
    assert info.name
    assert info.kind in ("image", "video", "camera")
    assert info.width > 0
    assert info.height > 0
    assert info.time_base > 0
    assert case.source.shortfall() is None or not info.live
    for frame in take(case):
        assert frame.size == (info.width, info.height)
    assert case.source.info is info


@every_source
def test_source_frames_belong_to_its_info(case: Case) -> None:
    frames = take(case)
    assert frames
    assert all(frame.info.stream is case.source.info for frame in frames)


@every_source
def test_source_times_grow(case: Case) -> None:
    frames = take(case, 10)
    assert len(frames) > 1 or case.count == 1
    assert all(earlier.info.pts < later.info.pts for earlier, later in itertools.pairwise(frames))
    assert frames[0].info.time >= 0


@every_source
def test_source_index_counts_from_0(case: Case) -> None:
    indices = [frame.info.index for frame in take(case, 10)]
    if case.is_gapless:
        assert indices == list(range(min(10, case.count or 10)))
        assert case.source.dropped == 0
    else:
        assert indices == sorted(set(indices))
        # Every missing number is a frame that was dropped.
        assert indices[-1] + 1 - len(indices) <= case.source.dropped


@cases(*FINITE)
def test_source_gives_as_many_frames_as_it_has(case: Case) -> None:
    assert len(list(case.source)) == case.count
    assert case.source.info.frame_count in (None, case.count)


@every_source
def test_source_second_iteration_goes_on_or_is_empty(case: Case) -> None:
    first = [frame.info.index for frame in take(case, 2)]
    second = [frame.info.index for frame in take(case, 2)]
    if case.count == 1:
        assert (first, second) == ([0], [])
    else:
        assert second[0] > first[-1]
        assert not case.is_gapless or first + second == [0, 1, 2, 3]


@cases(*FINITE)
def test_source_iteration_after_the_end_is_empty(case: Case) -> None:
    assert list(case.source)
    assert list(case.source) == []


@every_source
@pytest.mark.parametrize("when", ["at once", "midway", "at the end"])
def test_source_close_twice_is_harmless(case: Case, when: str) -> None:
    if when == "midway" or (when == "at the end" and case.count is None):
        take(case, 2)
    elif when == "at the end":
        list(case.source)
    case.source.close()
    case.source.close()


@every_source
def test_source_closed_gives_no_further_frame(case: Case) -> None:
    take(case, 1)
    case.source.close()
    assert list(case.source) == []


@every_source
def test_source_with_block_closes_it(case: Case) -> None:
    closed: list[Callable[[], None]] = []
    close = case.source.close

    def note() -> None:
        closed.append(close)
        close()

    case.source.close = note  # type: ignore[method-assign]
    with case.source as source:
        assert source is case.source
        assert take(case, 1)
        assert not closed
    assert len(closed) == 1


@every_source
def test_source_close_while_another_thread_iterates_ends_the_iteration(case: Case) -> None:
    iteration = Iteration(case)
    case.source.close()
    iteration.join()


@pytest.mark.slow
@cases(*WAITING)
@pytest.mark.parametrize("how", ["stop", "close"])
def test_source_stop_ends_an_iteration_that_waits(case: Case, how: str) -> None:
    assert case.silence is not None
    iteration = Iteration(case)
    case.silence()
    time.sleep(0.3)  # The last frames pass.
    seen = len(iteration.indices)
    began = time.monotonic()
    case.source.stop() if how == "stop" else case.source.close()
    iteration.join()
    # A read that hangs would take as long as the patience of the tests.
    assert time.monotonic() - began < PATIENCE / 10
    assert len(iteration.indices) <= seen + 1


@every_source
def test_source_stop_is_harmless(case: Case) -> None:
    take(case, 1)
    case.source.stop()
    iteration = Iteration(case)
    iteration.join()


@every_source
def test_source_warnings_are_sentences(case: Case) -> None:
    take(case, 10)
    warnings = list(case.source.warnings)
    assert bool(warnings) == case.warns
    for warning in warnings:
        # A subject, a verb, no full stop and no line break: it is printed behind "warning: ".
        assert re.fullmatch(r"[^\n]+ (is|gives|decides|changed) [^\n]+[^.\s]", warning)


@every_source
def test_source_that_is_well_has_no_notice(case: Case) -> None:
    take(case, 2)
    assert case.source.notice is None
