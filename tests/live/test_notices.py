"""What the window says about outputs while the run goes on."""

from __future__ import annotations

from typing import Any

import pytest
from support.streams import Source, run_source
from support.windows import FakeWindow

from framechain import Sink
from framechain.chain import Chain
from framechain.live.session import Session
from framechain.live.viewer import ViewerControls


class Away(Sink):
    """A sink that is lost from one frame to another."""

    def __init__(self, lost_at: int, back_at: int) -> None:
        self.lost_at, self.back_at = lost_at, back_at

    def write(self, frame: Any) -> None:
        self.notice = "stream lost" if self.lost_at <= frame.info.index < self.back_at else None


def test_window_shows_the_notices_of_outputs_beside_that_of_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str | None] = []
    set_notice = Session.set_notice

    def keep(session: Session, text: str | None) -> None:
        if not noted or noted[-1] != text:
            noted.append(text)
        set_notice(session, text)

    monkeypatch.setattr(Session, "set_notice", keep)
    window = FakeWindow()
    monkeypatch.setattr("framechain.live.session.Window", lambda title: window)
    source = Source(60, 0.005)
    source.patient = True  # No frame is dropped on a busy machine.

    def lose_the_camera_too(frame: Any, info: Any) -> Any:
        source.notice = "camera lost" if 30 <= info.index < 40 else None
        source.taken()
        return frame

    def open_window(controls: ViewerControls, source: object, recorder: object) -> Session:
        return Session(controls, title="framechain")

    run_source(source, Chain([lose_the_camera_too]), Away(20, 50), open_viewer=open_window)
    assert noted == [None, "stream lost", "camera lost - stream lost", "stream lost", None]
    # The note is drawn over the last rows; the picture is the same throughout.
    marked = [not (image[-20:] == window.shown[0][-20:]).all() for image in window.shown]
    assert any(marked)
    assert not marked[0]
    assert not marked[-1]
