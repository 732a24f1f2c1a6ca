"""Servers of other kinds in a real browser: with a camera of their own, with a token, with a chain of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from chromium import read_number, start_chromium
from served_page import ServedPage
from support.browser import Browser, needs_browser
from support.cameras import camera, number_of, steadily
from support.patience import eventually
from support.visits import Expected, Visit, differ

pytestmark = [pytest.mark.slow, needs_browser]

CHAIN = """
from framechain import FrameObject, Tunable


class Darken(FrameObject):
    keys = {"x": "make it black"}

    def __init__(self):
        self.share = 50

    @property
    def tunables(self):
        return [Tunable("light_share", lambda: self.share, self.set_share, minimum=0, maximum=100)]

    def set_share(self, value):
        self.share = value

    def on_key(self, key):
        if key != "x":
            return False
        self.share = 0
        return True

    def __call__(self, frame):
        return (frame * (self.share / 100)).astype(frame.dtype)


def objects():
    return [Darken()]
"""


def test_camera_of_the_server_is_shown_without_asking_for_the_browsers(browser: Browser) -> None:
    browser.allow_camera(False)
    with camera(steadily(30)) as device, ServedPage(device.url) as server:
        visit = Visit(browser, server)
        visit.open()
        visit.choose_view("camera")
        browser.click("#start")
        shown: set[int] = set()

        def look(pixels: Any) -> bool:
            if pixels.shape[:2] == (120, 160):
                shown.add(number_of(pixels))
            return len(shown) > 5

        browser.await_pixels(look, "numbered images of the server's camera")
        assert browser.text("#transport") == "WebRTC"
        assert max(shown) <= len(device.sent)


def test_token_in_the_address_is_taken_once_and_hidden(browser: Browser, expected: Expected) -> None:
    with ServedPage("--token", "correct horse battery staple") as server:
        visit = Visit(browser, server)
        assert "token=" in server.address
        visit.open()
        assert "token" not in browser.driver.current_url
        # Requests, the WebSocket and a reload go by the cookie.
        image = visit.start()
        assert differ(image, expected.camera(read_number(image)), expected.background) > 6
        visit.stop()
        browser.driver.refresh()
        eventually(lambda: browser.all("#controls input"), "the controls")
        browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        browser.excuse("401")
        browser.open(server.address.partition("?")[0])
        browser.await_text("body", "token")


def test_chain_of_the_users_gets_sliders_and_buttons(browser: Browser, expected: Expected, tmp_path: Path) -> None:
    chain = tmp_path / "mychain.py"
    chain.write_text(CHAIN)
    with ServedPage("--chain", f"{chain}:objects") as server:
        visit = Visit(browser, server)
        visit.open()
        slider = visit.find_slider("Light share")
        assert not browser.sees("#background")
        browser.click("#start")
        whole = expected.person | expected.background

        def await_share(share: float) -> None:
            wanted = expected.camera(0) * share
            browser.await_pixels(lambda pixels: differ(pixels, wanted, whole) < 6, f"{share:.0%} of the light")

        await_share(0.5)
        browser.set_range(slider, 100)
        await_share(1.0)
        browser.find("#keys button").click()
        await_share(0.0)
        eventually(
            lambda: browser.run(f"return document.querySelector('{slider}').value") == "0", "the slider to follow"
        )


def test_chain_without_settings_leaves_their_room_to_the_picture(browser: Browser, tmp_path: Path) -> None:
    chain = tmp_path / "plain.py"
    chain.write_text("objects = [lambda frame: 255 - frame]\n")
    with ServedPage("--chain", f"{chain}:objects") as server:
        browser.open(server.address)
        eventually(lambda: not browser.sees("#settings"), "the settings to be hidden")
        live, page = browser.find("#live").rect, browser.find("main").rect
        assert live["width"] > 0.9 * page["width"]


def test_wide_camera_is_shown_with_both_its_sides(tmp_path: Path) -> None:
    seen = np.zeros((720, 1280, 3), np.uint8)
    seen[:, :100] = seen[:, -100:] = 255
    planes: Any = cv2.cvtColor(seen, cv2.COLOR_BGR2YUV_I420)
    film = tmp_path / "wide.y4m"
    film.write_bytes(b"YUV4MPEG2 W1280 H720 F30:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + planes.tobytes()) * 10)
    driver = start_chromium(tmp_path, film)
    try:
        browser = Browser(driver, tmp_path)
        browser.allow_camera()
        with ServedPage() as server:
            visit = Visit(browser, server)
            visit.open()
            visit.choose_view("camera")
            browser.click("#start")

            def look(pixels: Any) -> bool:
                height, width = pixels.shape[:2]
                row = pixels[height // 2, :, 1].astype(int)
                return bool(width * 9 == height * 16 and min(row[10], row[-10]) > 200 and row[width // 2] < 60)

            browser.await_pixels(look, "the whole width of the camera")
    finally:
        driver.quit()
