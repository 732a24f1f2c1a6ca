"""How many cores a process may keep busy."""

from __future__ import annotations

import os

import pytest

from framechain.options import Encoding
from framechain.sinks.files.codecs import choose_thread_count
from framechain.threads.cores import count_cores, get_thread_limit, share_cores


def test_share_cores_of_eight_among_four_leaves_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    with share_cores(4):
        assert (count_cores(), get_thread_limit()) == (2, 2)
        assert choose_thread_count("libx264", Encoding(preset="slow"), 640 * 360) == 2
    assert (count_cores(), get_thread_limit()) == (8, 0)


def test_share_cores_among_more_than_there_are_leaves_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with share_cores(16):
        assert count_cores() == 1


def test_share_cores_with_nobody_leaves_all() -> None:
    with share_cores(1):
        assert (count_cores(), get_thread_limit()) == (os.cpu_count(), 0)
