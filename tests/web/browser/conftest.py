"""A browser for the tests of the page, and the film that its camera plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from chromium import HEIGHT, NUMBERS, STRIP, WIDTH, find_missing, start_chromium, write_camera
from support.browser import Browser


@pytest.fixture(scope="session")
def scene(clip: Path) -> np.ndarray:
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
def chromium(scene: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
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
    assert chromium.complaints() == []
