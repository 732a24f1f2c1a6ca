"""Objects with levels of quality in the chain of a camera: who is told which level, and who is not."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support.patience import PATIENCE, eventually

from framechain import BackgroundReplacement, Frame, FrameInfo, FrameObject, MPSegmentation, StreamInfo
from framechain.backgrounds import Color
from framechain.chain import Chain
from framechain.contracts import Background, Matte
from framechain.errors import LateError, ObjectError
from framechain.live.levels import LevelKeeper
from framechain.mattes import MediaPipeMatte, StrictMatte
from framechain.objects.find_matte import FindMatte

CAMERA = StreamInfo("camera 0", "camera", 32, 24, rate=30)


class Levelled:
    """What objects, mattes and backgrounds with levels share: it notes the levels that it is told."""

    def __init__(self, *levels: str) -> None:
        self.levels = levels or ("coarse", "fine")
        self.used: list[str] = []

    def use_level(self, level: str) -> None:
        self.used.append(level)


class LevelledObject(Levelled, FrameObject):
    def __call__(self, frame: Any) -> Any:
        return frame


class LevelledMatte(Levelled, Matte):
    def __call__(self, frame: Any) -> Any:
        return np.zeros(frame.shape[:2], np.uint8)


class LevelledBackground(Levelled, Background):
    def __call__(self, frame: Any) -> Any:
        return frame


class LevelledCallable(Levelled):
    """No class of this package's."""

    def __call__(self, frame: Any) -> Any:
        return frame


def make_frame(index: int = 0, stream: StreamInfo = CAMERA) -> Frame:
    return Frame(FrameInfo(index, index, 0, stream), bgr=np.zeros((24, 32, 3), np.uint8))


def play(keeper: LevelKeeper, chain: Chain, clock: list[float], seconds: float, *, cost: float) -> None:
    """Let frames of a camera with 30 frames/s pass; each takes `cost` seconds of the made clock."""
    ends = clock[0] + seconds
    while clock[0] < ends:
        clock[0] += max(cost, 1 / 30)
        arrived = round(clock[0] * 30)
        clock[1] += 1
        keeper.follow(seconds=cost, arrived=arrived, dropped=arrived - int(clock[1]))
        chain(make_frame(int(clock[1])))


def keep(*objects: Callable[..., Any], stream: StreamInfo = CAMERA) -> tuple[LevelKeeper, Chain, list[float]]:
    """Open a chain for a stream; return also the clock: its seconds, and how many frames passed."""
    chain, clock = Chain(objects), [0.0, 0.0]
    chain.open(stream)
    return LevelKeeper(chain, stream, clock=lambda: clock[0]), chain, clock


@pytest.mark.parametrize(
    "wrap",
    [
        lambda matte: BackgroundReplacement(matte, Color((0, 0, 0)), matte_timeout=None),
        lambda matte: BackgroundReplacement(matte, Color((0, 0, 0))),  # The matte has a thread of its own.
        lambda matte: BackgroundReplacement(matte, Color((0, 0, 0)), strict=True),
        FindMatte,
        lambda matte: FindMatte(~StrictMatte(matte).grow(3) | (lambda frame: np.zeros(frame.shape[:2], np.uint8))),
    ],
)
def test_keeper_reaches_a_matte_wherever_it_is(wrap: Any) -> None:
    matte = LevelledMatte()
    keeper, chain, clock = keep(wrap(matte))
    play(keeper, chain, clock, 3, cost=2 / 30)
    assert (matte.used, keeper.level) == (["coarse"], "coarse")
    play(keeper, chain, clock, 20, cost=0.01)
    assert (matte.used, keeper.level) == (["coarse", "fine"], "fine")
    chain.close()


@pytest.mark.parametrize("make", [LevelledObject, LevelledCallable, LevelledBackground])
def test_keeper_reaches_objects_backgrounds_and_plain_callables(make: Any) -> None:
    thing = make()
    is_background = make is LevelledBackground
    keeper, chain, clock = keep(BackgroundReplacement(lambda frame: frame[..., 0], thing) if is_background else thing)
    play(keeper, chain, clock, 3, cost=2 / 30)
    assert thing.used == ["coarse"]
    chain.close()


def test_keeper_steps_all_objects_at_once_each_from_its_best_level() -> None:
    few, many, none = LevelledObject("a", "b"), LevelledObject("low", "middle", "high"), LevelledObject()
    none.levels = ()
    keeper, chain, clock = keep(few, many, none)
    assert keeper.level == "b, high"
    play(keeper, chain, clock, 4, cost=2 / 30)
    assert (few.used, many.used, none.used) == (["a", "a"], ["middle", "low"], [])
    assert keeper.level == "a, low"


def test_keeper_says_each_change_in_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="framechain")
    keeper, chain, clock = keep(LevelledObject())
    play(keeper, chain, clock, 3, cost=2 / 30)
    play(keeper, chain, clock, 20, cost=0.01)
    down, up = (record.getMessage() for record in caplog.records)
    said = 'camera 0: LevelledObject goes on with quality "coarse", as frames took 67 ms at 30 frames/s'
    assert down == f"{said} and some were dropped"
    assert up == 'camera 0: LevelledObject goes on with quality "fine", as frames took 10 ms at 30 frames/s'


@pytest.mark.parametrize("kind", ["video", "image"])
def test_keeper_file_has_no_levels(kind: str) -> None:
    thing = LevelledObject()
    keeper, chain, clock = keep(thing, stream=StreamInfo("file", kind, 32, 24))
    play(keeper, chain, clock, 5, cost=2 / 30)
    assert (thing.used, keeper.level) == ([], None)


def test_keeper_fixed_quality_is_never_changed() -> None:
    for quality in ("fast", "balanced", "best"):
        segmentation = MPSegmentation(quality=quality)
        keeper, chain, clock = keep(segmentation)
        play(keeper, chain, clock, 1.5, cost=0.5)
        assert (keeper.level, segmentation.levels) == (None, ())
        matte = segmentation.matte
        assert isinstance(matte, MediaPipeMatte)
        assert matte._get_quality() == quality
        chain.close()


@pytest.mark.slow
def test_keeper_quality_none_of_a_camera_goes_from_balanced_to_fast_and_back() -> None:
    segmentation = MPSegmentation(bg_color=(0, 0, 0))
    keeper, chain, clock = keep(segmentation)
    assert keeper.level == "balanced"
    play(keeper, chain, clock, 3, cost=2 / 30)
    assert keeper.level == "fast"
    play(keeper, chain, clock, 20, cost=0.01)
    assert keeper.level == "balanced"
    chain.choose_level(1)
    chain(make_frame(999))
    chain.close()
    chain.open(CAMERA)  # Each stream begins with the best.
    assert LevelKeeper(chain, CAMERA).level == "balanced"
    assert segmentation.matte._get_quality() == "balanced"  # type: ignore[attr-defined]
    chain.close()


def test_keeper_change_that_fails_names_the_object() -> None:
    class Fails(LevelledObject):
        def use_level(self, level: str) -> None:
            raise ValueError("no such thing")

    chain = Chain([Fails()])
    chain.open(CAMERA)
    chain.choose_level(1)
    with pytest.raises(ObjectError, match=r"Fails\.use_level\(\) raised ValueError: no such thing"):
        chain(make_frame())


def test_keeper_change_that_came_too_late_does_not_reach_the_next_stream() -> None:
    thing = LevelledObject()
    chain = Chain([thing])
    chain.open(CAMERA)
    chain.choose_level(1)
    chain.close()
    chain.open(StreamInfo("file", "video", 32, 24))
    chain(make_frame())
    assert thing.used == []


def test_keeper_object_that_hangs_is_told_when_it_comes_back() -> None:
    """Its matte runs in a thread of its own: while a call is late nobody can tell it anything."""
    goes_on = threading.Event()

    class Hangs(LevelledMatte):
        def __call__(self, frame: Any) -> Any:
            goes_on.wait(PATIENCE)
            return super().__call__(frame)

    matte = Hangs()
    chain = Chain([BackgroundReplacement(matte, Color((0, 0, 0)), matte_timeout=0.02)])
    chain.open(CAMERA)
    try:
        for _ in range(2):
            with pytest.raises(LateError):
                chain(make_frame())
            chain.choose_level(1)
        assert matte.used == []
        goes_on.set()

        def tell() -> bool:
            with contextlib.suppress(LateError):
                chain(make_frame())
            return bool(matte.used)

        eventually(tell, "the matte to come back")
        assert matte.used == ["coarse"]
    finally:
        goes_on.set()
        chain.close()
