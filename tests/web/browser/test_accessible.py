"""Whom the page might keep out: axe-core looks at each of its states, and the keyboard alone is enough for all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys
from support.audits import audit
from support.browser import Browser, needs_axe, needs_browser
from support.patience import eventually
from support.visits import Visit

pytestmark = [pytest.mark.slow, needs_browser]


@needs_axe
def test_axe_core_finds_nothing_in_any_state(visit: Visit, samples: Path, tmp_path: Path) -> None:
    browser = visit.browser
    broken = tmp_path / f"{'a long name ' * 8}here.mp4"
    broken.write_bytes(b"no video")
    visit.open()
    found = audit(browser, "start")
    visit.upload(samples / "portrait.jpg", broken)
    visit.await_job("done", "portrait.jpg")
    visit.await_job("failed", broken.name)
    browser.find("#jobs li[data-state=done]")
    browser.find("#jobs li[data-state=failed]")
    found += audit(browser, "jobs")
    browser.click("#jobs button[aria-label^=Compare]")
    browser.find("#player img.after")
    found += audit(browser, "player")
    browser.click("#close-player")
    browser.click("#open-command")
    browser.await_text("#command", "a long name")
    found += audit(browser, "dialog")
    browser.click("#close-command")
    browser.allow_camera(False)
    browser.click("#start")
    browser.await_text("#error", "not allowed")
    found += audit(browser, "error")
    browser.allow_camera()
    visit.start()
    visit.choose_view("compare")
    browser.find("#divider")
    found += audit(browser, "live")
    assert found == []


class Keyboard:
    """Goes over the page with the keyboard alone."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def go(self, condition: str) -> None:
        """Press Tab until the element with the focus, `at`, fulfils a condition."""
        for _ in range(80):
            if self.browser.run(f"const at = document.activeElement; return Boolean({condition})"):
                break
            self.browser.press(Keys.TAB)
        else:
            raise AssertionError(f"Tab does not reach {condition}")
        assert self._shows_focus(), f"nothing shows that the focus is at {condition}"

    def _shows_focus(self) -> bool:
        """Whether the page looks different without the focus."""
        area = """const at = document.activeElement, box = (at.closest('label') ?? at).getBoundingClientRect();
        return [box.left, box.top, box.right, box.bottom];"""
        left, top, right, bottom = (int(value) for value in self.browser.run(area))
        near = (slice(max(0, top - 6), bottom + 6), slice(max(0, left - 6), right + 6))
        focused = self.browser.screenshot()[near]
        self.browser.run("window.focused = document.activeElement; focused.blur()")
        unfocused = self.browser.screenshot()[near]
        self.browser.run("focused.focus({preventScroll: true})")
        return bool(np.abs(focused.astype(int) - unfocused).max() > 60)


def test_keyboard_alone_starts_steers_and_stops(visit: Visit) -> None:
    visit.open()
    keyboard, press = Keyboard(visit.browser), visit.browser.press
    keyboard.go("at.id === 'start'")
    press(Keys.ENTER)
    visit.browser.find("#stage[data-state=running]")
    keyboard.go("at.name === 'view'")
    press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert visit.browser.run("return document.querySelector('[name=view]:checked').value") == "matte"
    keyboard.go("at.name === 'background'")
    before = visit.look()["background"]
    press(Keys.ARROW_RIGHT)
    eventually(lambda: visit.look()["background"] != before, "another background")
    keyboard.go("at.type === 'range' && at.closest('#controls')")
    press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    eventually(lambda: visit.look()["values"], "another value")
    keyboard.go("at.id === 'snapshot'")
    press(Keys.SPACE)
    visit.browser.await_text("#recordings", ".png")
    keyboard.go("at.id === 'stop'")
    press(Keys.ENTER)
    visit.browser.find("#start")
