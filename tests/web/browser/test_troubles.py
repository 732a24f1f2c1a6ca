"""What goes wrong is said on the page, in a sentence, and the page goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from chromium import read_number
from served_page import ServedPage
from support.browser import Browser, needs_browser
from support.patience import best_of, eventually
from support.visits import Expected, Visit, differ

pytestmark = [pytest.mark.slow, needs_browser]

NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
# As behind a firewall: only a relay may be used, and there is none.
NO_WAY = """
const Peer = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Peer {
  constructor(settings) { super({...settings, iceTransportPolicy: 'relay'}); }
};
"""
# Threads that a live run has at least.
_OF_A_RUN = 4
FAULTY = """
class Faulty:
    def __init__(self):
        self.frames = 0

    def __call__(self, frame):
        self.frames += 1
        if self.frames > 20:
            raise ValueError("the object is out of order")
        return frame


def objects():
    return [Faulty()]
"""


@pytest.mark.parametrize("script", [NO_WEBRTC, NO_WAY], ids=["no-webrtc", "no-way"])
def test_browser_that_cannot_use_webrtc_gets_jpeg_and_says_so(visit: Visit, expected: Expected, script: str) -> None:
    visit.browser.before_scripts(script)
    visit.open()
    visit.browser.click("#start")
    visit.browser.await_text("#status", "WebRTC", "JPEG")
    image = visit.browser.await_pixels(lambda pixels: read_number(pixels) >= 0, "a numbered result")
    number = read_number(image)
    assert differ(image, expected.result(number), expected.background) < 6
    assert differ(image, expected.result(number), expected.person) < 6
    assert visit.browser.text("#transport") == "JPEG"


def test_camera_denied_says_how_to_allow_it(visit: Visit) -> None:
    visit.browser.allow_camera(False)
    visit.open()
    visit.browser.click("#start")
    visit.browser.await_text("#error", "not allowed")
    visit.browser.allow_camera()
    visit.start()


def test_server_killed_and_started_again_says_what_was_lost(browser: Browser, samples: Path) -> None:
    with ServedPage() as server:
        visit = Visit(browser, server)
        visit.open()
        visit.upload(samples / "portrait.jpg")
        visit.await_job("done", "portrait.jpg")
        visit.start()
        browser.excuse("ERR_CONNECTION", "WebSocket connection")
        server.kill()
        browser.await_text("#status", "connection", "lost")
        server.start()
        browser.await_text("#error", "anew", "portrait.jpg")
        assert visit.jobs() == []
        eventually(lambda: "portrait.jpg" not in browser.text("#jobs"), "the lost job to go")
        # The live view comes back by itself.
        browser.await_pixels(lambda pixels: read_number(pixels) >= 0, "a numbered result")


def test_object_that_crashes_ends_the_run_with_its_sentence(browser: Browser, tmp_path: Path) -> None:
    chain = tmp_path / "faulty.py"
    chain.write_text(FAULTY)
    with ServedPage("--chain", f"{chain}:objects") as server:
        browser.open(server.address)
        browser.click("#start")
        text = browser.await_text("#error", "the object is out of order")
        assert "Faulty" in text
        browser.find("#start")
        # The server lives on: another run gets new objects.
        browser.click("#start")
        browser.await_text("#error", "the object is out of order")


def test_session_above_the_limit_is_refused(browser: Browser) -> None:
    with ServedPage("--max-sessions", "1") as server:
        visit = Visit(browser, server)
        visit.open()
        visit.start()
        first = browser.driver.current_window_handle
        browser.driver.switch_to.new_window("window")
        second = browser.driver.current_window_handle
        try:
            browser.open(server.address)
            browser.click("#start")
            browser.await_text("#error", "1")
            browser.find("#start")
            # It is free as soon as the first one ends.
            browser.driver.switch_to.window(first)
            visit.stop()
            browser.driver.switch_to.window(second)
            visit.start()
        finally:
            browser.driver.switch_to.window(second)
            browser.driver.close()
            browser.driver.switch_to.window(first)


def test_tab_closed_frees_its_threads_within_5_s(browser: Browser) -> None:
    with ServedPage() as server:
        visit = Visit(browser, server)
        first = browser.driver.current_window_handle

        def come_and_go(threads: int) -> float:
            """Return how many seconds after the tab was closed no more threads than that were left."""
            browser.driver.switch_to.new_window("window")
            visit.open()
            visit.start()
            most = server.count_threads()
            assert most > threads
            browser.driver.close()
            browser.driver.switch_to.window(first)
            began = time.monotonic()
            eventually(lambda: server.count_threads() <= (threads or most - _OF_A_RUN), "the threads to end")
            return time.monotonic() - began

        # asyncio keeps the threads that the first visits asked for.
        for _ in range(3):
            come_and_go(0)
        idle = server.count_threads()
        assert best_of(lambda: come_and_go(idle), 5.0) <= 5.0
