"""The session of a window without a screen: keys, trackbars, notices, and the window of a single image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo
from support.windows import FakeWindow

from framechain import Frame, FrameObject
from framechain.basics.tunables import Tunable
from framechain.chain import Chain
from framechain.errors import ArgumentError
from framechain.frame import make_image_info
from framechain.live import session as session_module
from framechain.live.session import Session
from framechain.live.viewer import ViewerControls

IMAGE = photo(160, 120)


def make_frame(image: Any = IMAGE) -> Frame:
    """A frame, with alpha if the image has it."""
    return Frame(make_image_info("frame", IMAGE), bgr=IMAGE).with_bgr(image)


class Level(FrameObject):
    """Sets every pixel to a level that a trackbar and the key `+` change; uses the keys of `used` too."""

    def __init__(self, used: str = "+") -> None:
        self.level = 10
        self.used = used
        self.offered: list[str] = []
        self.keys = dict.fromkeys(used, "more")

    def __call__(self, frame: Any) -> Any:
        return np.full_like(frame, self.level)

    def on_key(self, key: str) -> bool:
        self.offered.append(key)
        self.level += 10 * (key in self.used)
        return key in self.used

    @property
    def tunables(self) -> list[Tunable]:
        return [Tunable("level", lambda: self.level, self.set, 0, 200, 10)]

    def set(self, value: float) -> None:
        if value > 150:
            raise ArgumentError("level must be at most 150")
        self.level = int(value)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> FakeWindow:
    """The window of the test's session."""
    fake = FakeWindow()
    monkeypatch.setattr(session_module, "Window", lambda title: fake)
    monkeypatch.setattr(session_module, "_IDLE_SECONDS", 0.0)
    return fake


def open_session(*objects: FrameObject, tune: bool = True, **more: Any) -> Session:
    chain = Chain(objects)
    controls = ViewerControls(
        on_key=chain.on_key,
        keys=lambda: chain.keys,
        objects=chain.adapted,
        tunables=chain.tunables if tune else (),
        turn=more.pop("turn", lambda tunable, position: tunable.turn(position)),
    )
    return Session(controls, title="test", **more)


# A stream


def test_show_without_overlays_shows_the_frame_itself(window: FakeWindow) -> None:
    with open_session() as session:
        session.show(make_frame())
        assert np.array_equal(window.shown[-1], IMAGE)
        assert (session.changed, session.unused_key, session.stopped, session.tuned) == (False, None, None, {})
    assert window.is_closed


def test_show_rate_has_the_level_of_quality_below_it(window: FakeWindow) -> None:
    level: list[str | None] = [None, "fast", "balanced"]
    controls = ViewerControls(on_key=lambda key: False, keys=dict, level=lambda: level[0])
    with Session(controls, title="test") as session:
        window.keys = ["f"]
        session.show(make_frame())
        rows = []
        for _ in range(3):
            session.show(make_frame())
            changed = (window.shown[-1] != IMAGE).any(axis=(1, 2))
            rows.append(int(np.flatnonzero(changed).max(initial=0)))
            level.append(level.pop(0))
        number, fast, balanced = rows
    # The letters of the level are below the number, and inside of the frame.
    assert number < fast <= balanced < IMAGE.shape[0] - 1


def test_show_mirror_is_seen_in_the_window_alone(window: FakeWindow) -> None:
    frame = make_frame()
    with open_session(mirror=True) as session:
        session.show(frame)
    assert np.array_equal(window.shown[-1], IMAGE[:, ::-1])
    assert np.array_equal(frame.read_bgr(), IMAGE)


def test_show_mirrored_status_is_drawn_by_the_session(window: FakeWindow) -> None:
    level = Level()
    level.status, level.draws_status = "hold still", True
    with open_session(level, tune=False, mirror=True) as session:
        assert level.draws_status is False
        session.show(make_frame())
    assert level.draws_status is True
    assert not np.array_equal(window.shown[-1][-20:], IMAGE[-20:, ::-1])
    assert np.array_equal(window.shown[-1][:60], IMAGE[:60, ::-1])


@pytest.mark.parametrize("key", ["q", "esc", "closed"])
def test_stopped_names_how_the_viewer_stopped(key: str, window: FakeWindow) -> None:
    window.keys = [key]
    level = Level()
    with open_session(level) as session:
        session.show(make_frame())
        assert session.stopped == key
    assert level.offered == []


def test_key_of_an_object_is_not_the_windows(window: FakeWindow) -> None:
    window.keys = ["h", "h"]
    level = Level(used="h")
    with open_session(level, tune=False) as session:
        session.show(make_frame())
        assert session.changed
        session.show(make_frame())
    assert level.offered == ["h", "h"]
    assert all(np.array_equal(shown, IMAGE) for shown in window.shown)


def test_key_of_the_window_changes_no_frame(window: FakeWindow) -> None:
    window.keys = ["h", None, "h", None]
    with open_session(Level(), tune=False) as session:
        for _ in range(4):
            session.show(make_frame())
            assert (session.changed, session.unused_key) == (False, None)
    plain, helped, same, again = window.shown
    assert np.array_equal(plain, IMAGE)
    assert np.abs(helped.astype(int) - IMAGE // 4).mean() < 25
    assert (helped.min(axis=2) > 200).sum() > 50  # White letters.
    assert np.array_equal(helped, same)
    assert np.array_equal(again, IMAGE)


def test_unshifted_key_is_offered_as_the_shifted_one(window: FakeWindow) -> None:
    window.keys = ["="]
    level = Level()
    with open_session(level) as session:
        session.show(make_frame())
        assert session.changed
    assert level.offered == ["=", "+"]


def test_key_without_a_use_is_reported(window: FakeWindow) -> None:
    window.keys = ["x"]
    with open_session(Level()) as session:
        session.show(make_frame())
        assert (session.changed, session.unused_key) == (False, "x")


def test_pause_is_drawn_and_ends_with_the_same_key(window: FakeWindow) -> None:
    window.keys = [" ", None, " "]
    with open_session() as session:
        session.show(make_frame())
        assert session.paused
        session.wait()
        session.wait()
        assert not session.paused
    assert not np.array_equal(window.shown[-1], IMAGE)


def test_poll_draws_the_notice_once(window: FakeWindow) -> None:
    with open_session() as session:
        session.poll()
        assert (window.shown, window.polled) == ([], 0)  # There is no window before the first frame.
        session.show(make_frame())
        session.set_notice("camera lost")
        for _ in range(5):
            session.poll()
        assert (len(window.shown), window.polled) == (2, 4)
        session.set_notice(None)
        session.poll()
    assert not np.array_equal(window.shown[1], IMAGE)
    assert np.array_equal(window.shown[2], IMAGE)


def test_poll_soon_after_another_look_does_nothing(window: FakeWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_IDLE_SECONDS", 60.0)
    with open_session() as session:
        session.show(make_frame())
        session.poll()
    assert window.polled == 0


def test_key_during_a_slow_key_is_handled_after_it(window: FakeWindow) -> None:
    """The run may poll the window while an object handles a key in another thread."""
    order: list[str] = []

    def on_key(key: str) -> bool:
        order.append(f"begin {key}")
        if key == "a":
            session.poll()
        order.append(f"end {key}")
        return True

    window.keys = ["a", "b"]
    controls = ViewerControls(on_key=on_key, keys=dict)
    with Session(controls, title="test") as session:
        session.show(make_frame())
        assert order == ["begin a", "end a", "begin b", "end b"]
        window.keys = ["c"]
        session.poll()
    assert order[4:] == ["begin c", "end c"]


def test_key_that_fails_raises_and_leaves_no_key_behind(window: FakeWindow) -> None:
    order: list[str] = []

    def on_key(key: str) -> bool:
        order.append(key)
        if key == "a":
            raise ArgumentError("no")
        return True

    window.keys = ["a", "b"]
    with Session(ViewerControls(on_key=on_key, keys=dict), title="test") as session:
        with pytest.raises(ArgumentError, match="no"):
            session.show(make_frame())
        session.show(make_frame())
    assert order == ["a", "b"]


def test_trackbar_move_sets_the_value_and_reports_a_change(window: FakeWindow) -> None:
    level = Level()
    with open_session(level) as session:
        session.show(make_frame())
        assert window.trackbars == {"level": (1, 20)}
        window.moves["level"](1)  # OpenCV reports where a new trackbar is.
        assert not session.changed
        window.moves["level"](7)
        assert session.changed
        assert session.tuned == {"level": 70}
        session.show(make_frame())
        assert not session.changed
        assert window.trackbars == {"level": (7, 20)}
    assert not np.array_equal(window.shown[0], window.shown[1])  # The value is drawn.


def test_trackbar_move_that_fails_is_a_message(window: FakeWindow) -> None:
    level = Level()
    with open_session(level) as session:
        session.show(make_frame())
        window.moves["level"](19)
        assert (session.changed, level.level) == (False, 10)
        session.wait()
    assert not np.array_equal(window.shown[0], window.shown[1])


def test_trackbar_move_goes_through_the_runs_guard(window: FakeWindow) -> None:
    turned: list[tuple[str, int]] = []
    with open_session(Level(), turn=lambda tunable, position: turned.append((tunable.name, position))) as session:
        session.show(make_frame())
        window.moves["level"](5)
    assert turned == [("level", 5)]


def test_snapshots_have_names_of_their_own_and_keep_alpha(
    window: FakeWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session_module.time, "strftime", lambda form: "framechain-now.png")
    cut_out = np.dstack([IMAGE, np.full(IMAGE.shape[:2], 99, np.uint8)])
    window.keys = ["s", "s"]
    with open_session() as session:
        session.show(make_frame())
        session.show(make_frame(cut_out))
    assert np.array_equal(cv2.imread("framechain-now.png"), IMAGE)
    assert np.array_equal(cv2.imread("framechain-now_2.png", cv2.IMREAD_UNCHANGED), cut_out)
    assert len(list(tmp_path.iterdir())) == 2


def test_record_without_a_camera_says_so(window: FakeWindow) -> None:
    window.keys = ["r", None]
    with open_session() as session:
        session.show(make_frame())
        session.wait()
    assert not np.array_equal(window.shown[-1], IMAGE)


def test_record_switches_the_recorder(window: FakeWindow) -> None:
    class Recorder:
        is_recording = False

        def toggle(self) -> str:
            self.is_recording = not self.is_recording
            return "recording to here"

    recorder = Recorder()
    window.keys = ["r", None, "v", None]
    states = []
    with open_session(recorder=recorder) as session:
        for _ in range(4):
            session.show(make_frame())
            states.append(recorder.is_recording)
    assert states == [True, True, False, False]


# A single image


def show_image(session: Session, process: Callable[[], Frame]) -> int:
    """Show an image as a run does; returns how often it was processed."""
    count = 1
    session.show(process())
    while session.stopped is None and session.unused_key is None:
        session.wait()
        if session.changed:
            count += 1
            session.show(process())
    return count


def test_image_is_processed_again_after_a_key_and_a_trackbar(window: FakeWindow) -> None:
    level = Level()
    chain = Chain([level])
    # OpenCV reports a trackbar's move while a key is read.
    window.keys = [None, "+", None, None, "q"]
    poll = window.poll

    def poll_and_move(*, wait: int = 1) -> str | None:
        if len(window.keys) == 2:
            window.moves["level"](9)
        return poll(wait=wait)

    window.poll = poll_and_move  # type: ignore[method-assign]
    with open_session(level, still=True) as session:
        assert show_image(session, lambda: chain(make_frame())) == 3
        assert session.stopped == "q"
    assert [int(shown[0, 0, 0]) for shown in window.shown] == [10, 20, 90]


@pytest.mark.parametrize("key", ["x", " ", "r", "v"])
def test_image_key_without_a_use_closes_it(key: str, window: FakeWindow) -> None:
    window.keys = [None, None, key, "q"]
    with open_session(Level(), tune=False, still=True) as session:
        assert show_image(session, make_frame) == 1
        assert (session.unused_key, session.stopped) == (key, None)
    assert window.keys == ["q"]


def test_image_keeps_help_rate_and_snapshot(
    window: FakeWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    window.keys = ["h", None, "h", None, "f", None, "s", None, "q"]
    with open_session(Level(), tune=False, still=True) as session:
        assert show_image(session, make_frame) == 1
    helped = window.shown[1]
    assert np.abs(helped.astype(int) - IMAGE // 4).mean() < 25
    assert np.array_equal(window.shown[2], IMAGE)
    (path,) = tmp_path.iterdir()
    assert np.array_equal(cv2.imread(str(path)), IMAGE)
