"""A browser for the tests of the page, the film that its camera plays, and what the engine makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from chromium import HEIGHT, NUMBERS, STRIP, WIDTH, find_missing, start_chromium, write_camera
from served_page import ServedPage
from support.browser import Browser
from support.visits import Expected, Visit


@pytest.fixture(scope="session")
def scene(clip: Path) -> Any:
    """A person before a building, uint8 (480, 640, 3): what the camera sees below the stripes of the number."""
    capture = cv2.VideoCapture(str(clip))
    read, image = capture.read()
    capture.release()
    assert read
    seen = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    seen[HEIGHT - image.shape[0] :] = image
    seen[: HEIGHT - image.shape[0]] = image[0]
    assert HEIGHT - image.shape[0] > STRIP
    return seen


@pytest.fixture(scope="session")
def chromium(scene: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if reason := find_missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("browser")
    film, downloads = folder / "camera.y4m", folder / "downloads"
    downloads.mkdir()
    write_camera(film, [scene] * NUMBERS)
    driver = start_chromium(downloads, film)
    try:
        yield Browser(driver, downloads)
    finally:
        driver.quit()
        film.unlink()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser of a new visitor, who allows the camera; what it complains about fails the test."""
    chromium.forget()
    chromium.allow_camera()
    yield chromium
    complaints = chromium.complaints()
    # What runs for this visitor ends, so that the next one finds the server idle.
    chromium.driver.get("about:blank")
    assert complaints == []


@pytest.fixture(scope="session")
def server() -> Iterator[ServedPage]:
    """The page with the default chain."""
    with ServedPage("--max-sessions", "2") as started:
        yield started


@pytest.fixture
def visit(browser: Browser, server: ServedPage) -> Visit:
    """A visit to the page with the default chain."""
    return Visit(browser, server)


@pytest.fixture(scope="session")
def expected(scene: Any, tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """What the engine makes of the camera's frames."""
    return Expected(scene, tmp_path_factory.mktemp("expected"))
