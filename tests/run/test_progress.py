"""The progress bar."""

from __future__ import annotations

import errno
import io
import sys
import threading

import pytest

from framechain import StreamInfo
from framechain.run.progress import show_progress

INFO = StreamInfo("/videos/clip.mp4", "video", 64, 48)


@pytest.mark.parametrize("total", [40, 10])
def test_show_progress_counts_up_to_the_total(total: int, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(INFO, total, True) as update:
        update(5)
    err = capsys.readouterr().err
    assert "clip.mp4: " in err
    assert "/videos" not in err
    assert f"5/{total} [" in err


def test_show_progress_of_an_unknown_count_counts_only_what_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(StreamInfo("camera 0", "camera", 64, 48), None, True) as update:
        update(7)
    assert "7frame [" in capsys.readouterr().err


@pytest.mark.parametrize("progress", [False, None])
def test_show_progress_without_a_terminal_shows_nothing(
    progress: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with show_progress(INFO, None, progress) as update:
        update(5)
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_show_progress_none_on_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_progress(INFO, 40, None) as update:
        update(40)
    assert "40/40 [" in terminal.getvalue()


def test_show_progress_stderr_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Terminal):
        failures = 0

        def write(self, text: str) -> int:
            self.failures += 1
            raise OSError(errno.ENOSPC, "No space left on device")

    full = Full()
    monkeypatch.setattr(sys, "stderr", full)
    with show_progress(INFO, 40, True) as update:
        for _ in range(40):
            update(1)
    assert full.failures


def test_show_progress_starts_no_thread() -> None:
    before = threading.active_count()
    with show_progress(INFO, None, True):
        assert threading.active_count() == before
