"""What notebooks show, in a real browser: put into the page as JupyterLab does, with scripts and without."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from chromium import find_missing, start_chromium
from selenium.webdriver.common.action_chains import ActionChains
from support.browser import Browser, needs_browser
from support.media import photos, psnr, see, write_clip
from support.patience import eventually

from framechain import Engine, show

pytestmark = [pytest.mark.slow, needs_browser]

# JupyterLab sets the HTML, and runs the scripts of a notebook that is trusted by making them anew.
_PUT = """
const [html, trusted] = arguments;
document.body.innerHTML = html;
if (trusted) for (const old of document.querySelectorAll("script")) {
  const script = document.createElement("script");
  script.textContent = old.textContent;
  old.replaceWith(script);
}
"""
_IMAGE, _DIVIDER = "figure:nth-of-type({}) > :first-child", ".framechain-divider"


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if reason := find_missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("browser")
    driver = start_chromium(folder, None)
    try:
        yield Browser(driver, folder)
    finally:
        driver.quit()


@pytest.fixture
def put(driven: Browser) -> Iterator[Callable[..., Browser]]:
    def _put(html: str, folder: Path, *, trusted: bool = True) -> Browser:
        (folder / "page.html").write_text("<!doctype html><title>notebook</title><link rel=icon href=data:,>")
        driven.open((folder / "page.html").as_uri())
        driven.show()
        driven.run(_PUT, html, trusted)
        return driven

    yield _put
    assert driven.complaints() == []


def make_pair() -> tuple[Any, Any]:
    """Two images, uint8 (90, 160, 3): blue above red, and green."""
    before = np.zeros((90, 160, 3), np.uint8)
    before[:45], before[45:] = (255, 0, 0), (0, 0, 255)
    return before, np.full((90, 160, 3), (0, 255, 0), np.uint8)


def see_corners(browser: Browser, area: dict[str, float]) -> dict[str, list[int]]:
    """Return what the screen shows inside of a picture near its corners, as BGR."""
    shot = cv2.imdecode(np.frombuffer(b64decode(browser.driver.get_screenshot_as_base64()), np.uint8), 1)
    left, right = round(area["x"]) + 4, round(area["x"] + area["width"]) - 5
    top, bottom = round(area["y"]) + 4, round(area["y"] + area["height"]) - 5
    corners = {"left top": (top, left), "left bottom": (bottom, left), "right top": (top, right)}
    return {name: shot[place].tolist() for name, place in corners.items()}


def find_area(browser: Browser, number: int) -> dict[str, float]:
    area: dict[str, float] = browser.run(
        "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", _IMAGE.format(number)
    )
    return area


def test_divider_shows_the_original_at_its_left_and_the_result_at_its_right(
    put: Callable[..., Browser], tmp_path: Path
) -> None:
    before, after = make_pair()
    browser = put(show(after, before).html, tmp_path)
    area = find_area(browser, 2)
    assert area == find_area(browser, 1)
    assert (area["width"], area["height"]) == (160, 90)
    blue, red, green = [255, 0, 0], [0, 0, 255], [0, 255, 0]
    assert see_corners(browser, area) == {"left top": blue, "left bottom": red, "right top": green}
    browser.set_range(_DIVIDER, 100)
    assert see_corners(browser, area)["right top"] == blue
    browser.set_range(_DIVIDER, 0)
    assert see_corners(browser, area)["left bottom"] == green


def test_divider_follows_a_pointer_on_the_picture(put: Callable[..., Browser], tmp_path: Path) -> None:
    before, after = make_pair()
    browser = put(show(after, before).html, tmp_path)
    (image, _) = browser.all("img")
    actions = ActionChains(browser.driver).move_to_element_with_offset(image, 10, 0).click_and_hold()
    actions.move_by_offset(50, 0).release().perform()
    position = float(browser.run("return document.querySelector(arguments[0]).value", _DIVIDER))
    assert position == pytest.approx(100 * (80 + 60) / 160, abs=1.5)


@pytest.mark.parametrize("trusted", [True, False])
def test_comparison_without_scripts_is_side_by_side(trusted: bool, put: Callable[..., Browser], tmp_path: Path) -> None:
    before, after = make_pair()
    browser = put(show(after, before).html, tmp_path, trusted=trusted)
    assert browser.sees(_DIVIDER) is trusted
    first, second = find_area(browser, 1), find_area(browser, 2)
    assert (first["x"] + first["width"] <= second["x"]) is not trusted
    assert first["y"] == second["y"]


def test_videos_of_a_run_play_in_step(put: Callable[..., Browser], tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", photos(150), rate=5)
    result = Engine(video_path=tmp_path / "a.mp4", custom_objects=[lambda frame: 255 - frame], progress=False).run()
    browser = put(result._repr_html_(), tmp_path)
    for number, name in ((1, "a.mp4"), (2, "a_out.mp4")):
        first = see(tmp_path / name).bgr()
        browser.await_pixels(lambda seen, first=first: psnr(seen, first) > 25, name, _IMAGE.format(number))  # type: ignore[misc]
    times = "return [...document.querySelectorAll('video')].map((video) => video.currentTime)"
    browser.click(".framechain-player button")
    browser.await_text(".framechain-player button", "Pause")

    def play_in_step() -> bool:
        before, after = browser.run(times)
        return min(before, after) > 0.5 and abs(before - after) < 0.2

    eventually(play_in_step, "both videos to play in step")
    browser.click(".framechain-player button")
    eventually(lambda: len(set(browser.run(times))) == 1, "both videos to stop at the same time")
    browser.set_range(".framechain-player input", 1.2)
    eventually(lambda: browser.run(times) == [1.2, 1.2], "both videos at 1.2 s")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_colour_of_the_notebook(theme: str, put: Callable[..., Browser], tmp_path: Path) -> None:
    before, after = make_pair()
    browser = put(show(after, before).html, tmp_path)
    colour = {"light": "rgb(17, 17, 17)", "dark": "rgb(221, 221, 221)"}[theme]
    browser.run("document.body.style.color = arguments[0]", colour)
    for part in ("figcaption", "p", "th", "td"):
        script = "const e = document.querySelector(arguments[0]); return e ? getComputedStyle(e).color : null"
        assert browser.run(script, part) in (colour, None)
