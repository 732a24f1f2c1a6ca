"""The site in a real browser without a network: the search that is typed finds, and clips move or are still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import find_missing, start_chromium
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from support.browser import needs_browser
from support.patience import eventually

BUILT = os.environ.get("FRAMECHAIN_SITE")
needs_site = pytest.mark.skipif(BUILT is None, reason="FRAMECHAIN_SITE names no site that was built")
pytestmark = [pytest.mark.slow, needs_browser, needs_site]


@pytest.fixture(scope="module", params=["no-preference", "reduce"])
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    assert find_missing() is None
    driver = start_chromium(tmp_path_factory.mktemp("downloads"), None, "--host-resolver-rules=MAP * ~NOTFOUND")
    motion = [{"name": "prefers-reduced-motion", "value": request.param}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": motion})
    driver.motion = request.param
    try:
        yield driver
    finally:
        driver.quit()


def open_page(driver: Any, name: str) -> None:
    assert BUILT is not None
    driver.get((Path(BUILT).resolve() / name).as_uri())


def test_site_clips_move_unless_less_motion_is_asked_for(driver: Any) -> None:
    open_page(driver, "index.html")
    clips = driver.find_elements(By.CSS_SELECTOR, "video.clip")
    assert len(clips) >= 4
    button = driver.find_element(By.CSS_SELECTOR, ".clips-button")
    if driver.motion == "reduce":
        assert button.text == "Play the clips"
        assert all(clip.get_property("paused") for clip in clips)
        button.send_keys(Keys.ENTER)
    eventually(lambda: clips[0].get_property("currentTime") > 0, "a clip moves")
    assert button.text == "Stop the clips"
    button.send_keys(Keys.ENTER)
    assert all(clip.get_property("paused") for clip in clips)


def test_site_search_that_is_typed_finds_a_page_without_a_network(driver: Any) -> None:
    open_page(driver, "start.html")
    field = driver.find_element(By.CSS_SELECTOR, ".sidebar-search")
    field.send_keys("virtual camera", Keys.ENTER)
    eventually(lambda: driver.find_elements(By.CSS_SELECTOR, "#search-results li a"), "the search finds something")
    found = [link.text for link in driver.find_elements(By.CSS_SELECTOR, "#search-results li a")]
    assert "Cameras and the window" in found
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
