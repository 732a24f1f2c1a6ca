"""What the page does by itself: settings outlive the server, files wait for their turn, recordings have sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from served_page import ServedPage
from support.browser import Browser, needs_browser
from support.patience import eventually
from support.visits import Visit

from framechain.pixels.pyav import av

pytestmark = [pytest.mark.slow, needs_browser]


def test_settings_when_the_server_is_started_anew_are_those_of_before(browser: Browser) -> None:
    with ServedPage() as server:
        visit = Visit(browser, server)
        visit.open()
        visit.choose_background("#00b140")
        browser.set_range(visit.find_slider("Softness"), 0.4)
        wanted = {"background": "#00b140", "values": {"softness": 0.4}}
        eventually(lambda: visit.look() == wanted, "the settings")
        browser.excuse("ERR_CONNECTION", "WebSocket connection")
        server.kill()
        browser.await_text("#status", "connection", "lost")
        server.start()
        browser.await_text("#status", "answers again")
        eventually(lambda: visit.look() == wanted, "the settings of before")


def test_page_when_it_was_not_looked_at_says_what_a_new_server_has_lost(browser: Browser, samples: Path) -> None:
    with ServedPage() as server:
        visit = Visit(browser, server)
        visit.open()
        # A page that is not seen asks for nothing: it misses that the server was away.
        browser.run("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
        visit.upload(samples / "portrait.jpg")
        visit.await_job("done", "portrait.jpg")
        browser.excuse("ERR_CONNECTION")
        server.kill()
        server.start()
        browser.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
        browser.await_text("#error", "anew", "portrait.jpg")
        eventually(lambda: not browser.all("#jobs li"), "the lost job to go")


def test_files_when_there_are_more_than_jobs_allowed_wait_and_come_back(
    browser: Browser, samples: Path, tmp_path: Path
) -> None:
    files = [tmp_path / f"portrait {number}.jpg" for number in range(4)]
    for file in files:
        shutil.copy(samples / "portrait.jpg", file)
    with ServedPage("--max-jobs", "1") as server:
        visit = Visit(browser, server)
        visit.open()
        visit.upload(*files)
        browser.await_text("#jobs", "Waits to be sent")
        browser.click(f"#jobs button[aria-label='Cancel {files[3].name}']")
        for file in files[:3]:
            visit.await_job("done", file.name)
        browser.await_text("#jobs-summary", "3 of 3")
        assert [job["name"] for job in visit.jobs()] == [file.name for file in files[:3]]
        assert browser.text("#error") == ""


def test_recording_when_sound_is_wanted_has_the_microphones(visit: Visit) -> None:
    visit.open()
    visit.browser.click("#microphone")
    visit.start()
    assert visit.browser.text("#transport") == "WebRTC"
    visit.browser.click("#record")
    visit.browser.find("#record[aria-pressed=true]")
    # Chromium's microphone beeps once a second.
    began = visit.browser.run("return performance.now()")
    eventually(lambda: visit.browser.run("return performance.now()") > began + 2000, "two seconds")
    visit.browser.click("#record")
    visit.browser.await_text("#recordings", ".mp4")
    visit.browser.click("#recordings a[download]")
    with av.open(str(visit.browser.await_download(".mp4"))) as recording:
        loudest = max(abs(frame.to_ndarray()).max() for frame in recording.decode(audio=0))
    assert loudest > 0.02
