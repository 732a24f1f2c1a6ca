"""The live view in a real browser: the pixels that the visitor sees are those that the engine makes."""

from __future__ import annotations

import time
from typing import Any

import cv2
import numpy as np
import pytest
from chromium import HEIGHT, WIDTH, read_number
from support.audio import hear
from support.browser import needs_browser
from support.media import see
from support.patience import eventually
from support.visits import Expected, Visit, differ, measure_detail

pytestmark = [pytest.mark.slow, needs_browser]

# What two encoders with a loss may change, in grey levels. The blurred background differs by 18 from the camera's.
LOSS = 6
GREEN = (0x40, 0xB1, 0x00)


def is_result(image: Any, expected: Expected, loss: float = LOSS) -> bool:
    """Whether an image is what the engine makes of the frame with its number."""
    number = read_number(image)
    return number >= 0 and all(
        differ(image, expected.result(number), part) < loss for part in (expected.person, expected.background)
    )


def test_page_opens_without_complaint(visit: Visit) -> None:
    visit.open()
    assert visit.browser.sees("#start")
    assert not visit.browser.sees("#error")
    assert "framechain" in visit.browser.driver.title


def test_live_result_is_what_the_engine_makes(visit: Visit, expected: Expected) -> None:
    visit.open()
    visit.start()
    # Both encoders begin with few bits.
    image = visit.browser.await_pixels(lambda pixels: is_result(pixels, expected), "the engine's result")
    camera = expected.camera(read_number(image))
    assert image.shape == camera.shape
    assert measure_detail(image, expected.person) > 0.6 * measure_detail(camera, expected.person)
    assert measure_detail(image, expected.background) < 0.25 * measure_detail(camera, expected.background)
    visit.browser.await_text("#stats", " ms")
    assert visit.browser.text("#transport") == "WebRTC"


def test_live_slider_and_background_change_the_result(visit: Visit, expected: Expected) -> None:
    visit.open()
    visit.start()
    visit.browser.set_range(visit.find_slider("Blur"), 1)
    visit.browser.await_pixels(lambda pixels: measure_detail(pixels, expected.background) > 5, "a sharp background")
    assert visit.look()["values"]["blur"] == 1
    visit.choose_background("#00b140")
    image = visit.browser.await_pixels(
        lambda pixels: differ(pixels, GREEN, expected.background) < LOSS, "a green background"
    )
    assert differ(image, expected.result(0), expected.person) < 2 * LOSS
    assert visit.look()["background"] == "#00b140"
    visit.browser.click("#reset")
    visit.browser.await_pixels(lambda pixels: is_result(pixels, expected), "the blurred background again")


def test_live_key_changes_slider_and_result(visit: Visit, expected: Expected) -> None:
    visit.open()
    visit.start()
    slider = visit.find_slider("Blur")
    before = float(visit.browser.run("return document.querySelector(arguments[0]).value", slider))
    button = next(button for button in visit.browser.all("#keys button") if "blur less" in button.text.lower())
    button.click()
    eventually(
        lambda: float(visit.browser.run("return document.querySelector(arguments[0]).value", slider)) < before,
        "the slider to follow the key",
    )
    assert visit.look()["values"]["blur"] < before


def test_live_views_show_camera_matte_and_comparison(visit: Visit, expected: Expected) -> None:
    visit.open()
    visit.start()
    visit.choose_view("matte")
    visit.browser.await_pixels(
        lambda pixels: (
            pixels.shape[:2] == (HEIGHT, WIDTH)
            and differ(pixels, (255, 255, 255), expected.person) < LOSS
            and differ(pixels, (0, 0, 0), expected.background) < LOSS
        ),
        "the matte",
    )
    visit.choose_view("camera")
    visit.browser.await_pixels(
        lambda pixels: differ(pixels, expected.camera(read_number(pixels)), expected.background) < 2 * LOSS,
        "the camera's frame",
    )
    visit.choose_view("compare")
    left = np.arange(WIDTH)[None, :] < WIDTH // 2
    # Left of the divider is before, right of it after. The person's side of the middle is left out.
    for share, before in ((50, left), (0, left & False), (100, left | True)):
        visit.browser.set_range("#divider", share)
        sides = [(expected.background & before, True), (expected.background & ~before, False)]

        def looks_right(pixels: Any, sides: Any = sides) -> bool:
            number = max(0, read_number(pixels))
            wanted = (expected.result(number), expected.camera(number))
            return all(
                differ(pixels, wanted[sharp], part) < differ(pixels, wanted[not sharp], part) / 2
                for part, sharp in sides
                if part.any()
            )

        visit.browser.await_pixels(looks_right, f"the divider at {share} %")


def test_live_mirror_turns_the_shown_picture_alone(visit: Visit, expected: Expected) -> None:
    visit.open()
    visit.start()
    visit.browser.await_pixels(lambda pixels: is_result(pixels, expected), "the engine's result")
    visit.browser.click("#mirror")

    def look() -> bool:
        shown = np.frombuffer(visit.browser.driver.find_element("id", "result").screenshot_as_png, np.uint8)
        image = cv2.resize(cv2.imdecode(shown, cv2.IMREAD_COLOR), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        wanted = expected.result(0)
        return differ(image[:, ::-1], wanted, expected.person) < differ(image, wanted, expected.person) / 2

    eventually(look, "the mirrored picture")
    # What is sent, drawn and recorded is not mirrored.
    assert is_result(visit.browser.pixels(), expected, 2 * LOSS)


def test_live_snapshot_and_recording_are_downloaded(visit: Visit, expected: Expected) -> None:
    visit.open()
    visit.start()
    visit.browser.await_pixels(lambda pixels: is_result(pixels, expected), "the engine's result")
    visit.browser.click("#snapshot")
    visit.browser.await_text("#recordings", ".png")
    visit.browser.click("#record")
    eventually(lambda: visit.browser.run("return document.querySelector('#record').ariaPressed") == "true", "recording")
    numbers = {read_number(visit.browser.pixels()) for _ in range(30)}
    visit.browser.click("#record")
    visit.browser.await_text("#recordings", ".mp4")
    for link in visit.browser.all("#recordings a[download], #recordings a[href*=download]"):
        link.click()
    snapshot = cv2.imread(str(visit.browser.await_download(".png")))
    # One encoder alone lies between the camera and a snapshot.
    assert is_result(snapshot, expected)
    recording = see(visit.browser.await_download(".mp4"))
    assert recording.count >= len(numbers)
    assert is_result(recording.bgr(recording.count - 1), expected)


def test_live_recording_with_sound_has_the_microphones(visit: Visit) -> None:
    visit.open()
    visit.browser.choose("#microphone")
    visit.start()
    visit.browser.click("#record")
    visit.browser.find("#record[aria-pressed=true]")
    began = time.monotonic()
    # The microphone of a browser without one beeps about once a second.
    eventually(lambda: time.monotonic() - began > 3, "three beeps", pause=0.2)
    visit.browser.click("#record")
    visit.browser.find("#record[aria-pressed=false]")
    visit.browser.await_text("#recordings", ".mp4")
    visit.browser.find("#recordings a[download]").click()
    path = visit.browser.await_download(".mp4")
    heard, recording = hear(path), see(path)
    assert len(heard.onsets()) >= 2
    assert abs(heard.end - float(recording.end)) < 1
