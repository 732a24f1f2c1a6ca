"""The list of objects on the page: added, set, moved and removed; the picture, the files and the command follow."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from served_page import ServedPage
from support.audits import audit
from support.browser import Browser, needs_axe, needs_browser
from support.patience import eventually
from support.visits import Visit

from framechain.cli.program import main

pytestmark = [pytest.mark.slow, needs_browser]

NAMES = "return [...document.querySelectorAll('#objects .object-name')].map((one) => one.firstChild.data)"


@pytest.fixture(scope="module")
def quick_server() -> Iterator[ServedPage]:
    with ServedPage("--matte", "otsu", "--background", "#00ff00", "--fps") as started:
        yield started


@pytest.fixture
def visit(browser: Browser, quick_server: ServedPage) -> Visit:
    made = Visit(browser, quick_server)
    made.open()
    return made


def await_names(visit: Visit, *names: str) -> None:
    eventually(lambda: visit.browser.run(NAMES) == [*names], f"the objects {names}", pause=0.05)


def add(visit: Visit, name: str, **values: str) -> None:
    browser = visit.browser
    if not browser.run("return document.querySelector('#add-object').open"):
        browser.click("#add-object summary")
    eventually(lambda: browser.all(f"#new-object option[value={name}]"), f"the choice {name}", pause=0.05)
    Select(browser.find("#new-object")).select_by_value(name)
    for field, value in values.items():
        set_field(visit, f"#new-fields [data-field={field}]", value)
    browser.click("#add")


def set_field(visit: Visit, selector: str, value: str) -> None:
    field = visit.browser.find(selector)
    if field.tag_name == "select":
        Select(field).select_by_value(value)
    else:
        field.send_keys(Keys.CONTROL + "a")
        field.send_keys(value, Keys.TAB)
    # What was chosen is kept by the server before the next click.
    visit.browser.run("return new Promise((resolve) => setTimeout(resolve, 400))")


def read_command(visit: Visit) -> str:
    return str(visit.browser.fetch("/api/command?input=me.png")["command"])


def test_objects_are_added_set_moved_and_removed(visit: Visit, samples: Path, tmp_path: Path) -> None:
    browser = visit.browser
    await_names(visit, "segmentation", "fps")
    add(visit, "gamma", gamma="2.5")
    await_names(visit, "segmentation", "fps", "gamma")
    browser.click("li:nth-child(3) [data-act=up]")
    await_names(visit, "segmentation", "gamma", "fps")
    assert browser.run("return document.activeElement.ariaLabel") == "Move gamma up"
    browser.click("li:nth-child(3) [data-act=close]")
    await_names(visit, "segmentation", "gamma")
    browser.click("li:nth-child(2) summary")
    set_field(visit, "li:nth-child(2) [data-field=gamma]", "3")
    words = "--background '#00ff00' --object segmentation --object gamma:gamma=3 --matte otsu"
    eventually(lambda: read_command(visit) == f"python main.py me.png {words}", words)
    picture = tmp_path / "me.png"
    small = cv2.resize(cv2.imread(str(samples / "portrait.jpg")), (160, 160), interpolation=cv2.INTER_AREA)
    assert cv2.imwrite(str(picture), small)
    visit.upload(picture)
    visit.await_job("done", "me.png")
    browser.click("#jobs a[download]")
    made = cv2.imread(str(browser.await_download("me_out.png")))
    assert main([str(picture), *shlex.split(words), "--quiet"]) == 0
    assert (made == cv2.imread(str(tmp_path / "me_out.png"))).all()


def test_objects_that_change_start_the_live_view_anew(visit: Visit) -> None:
    def measure(pixels: Any) -> float:
        return float(pixels[300:].mean())

    browser = visit.browser
    before = measure(visit.start())
    add(visit, "gamma", gamma="0.2")
    await_names(visit, "segmentation", "fps", "gamma")
    browser.await_pixels(lambda pixels: measure(pixels) < 0.8 * before, "a darker picture")
    browser.click("#reset")
    await_names(visit, "segmentation", "fps")
    browser.await_pixels(lambda pixels: measure(pixels) > 0.9 * before, "the picture of before")
    visit.stop()


def test_object_that_cannot_be_made_is_named_and_not_added(visit: Visit) -> None:
    visit.browser.excuse("/api/objects")
    add(visit, "gamma", gamma="9")
    visit.browser.await_text("#error", "gamma must be a number from 0.1 to 5, got 9")
    await_names(visit, "segmentation", "fps")
    visit.browser.click("#close-error")
    add(visit, "resize", width="64")
    await_names(visit, "segmentation", "fps", "resize")


def test_component_that_is_chosen_has_its_own_fields(visit: Visit) -> None:
    visit.browser.click("li:nth-child(1) summary")
    set_field(visit, "li:nth-child(1) [data-field=matte]", "mog2")
    set_field(visit, "li:nth-child(1) [data-field='matte.history']", "30")
    words = "--background '#00ff00' --fps --matte mog2:history=30"
    eventually(lambda: read_command(visit) == f"python main.py me.png {words}", words)


@needs_axe
def test_axe_core_finds_nothing_in_the_list(visit: Visit) -> None:
    add(visit, "text")
    await_names(visit, "segmentation", "fps", "text")
    for place in (1, 3):
        visit.browser.click(f"li:nth-child({place}) summary")
    assert audit(visit.browser, "objects") == []
