"""The benchmark of the page's latency measures what it says; how fast the page is, is not asserted."""

from __future__ import annotations

import pytest
from support.benches import run
from support.browser import needs_browser

pytestmark = [pytest.mark.slow, needs_browser]


def test_page_latency_prints_what_was_measured() -> None:
    lines = run("page_latency.py", "--transport", "webrtc", "--seconds", "3", "--warm-up", "1").splitlines()
    total = next(line.split() for line in lines if line.startswith("webrtc ") and " all " in line)
    rate, median, p95, longest, later_median, later_p95 = (float(word) for word in total[2:])
    assert 1 < rate < 32
    assert 0 < median <= p95 <= longest
    # The preview shows a frame after the camera took it.
    assert 0 < later_median <= later_p95 < p95
    assert any("cores used" in line and "by WebRTC" in line for line in lines)
