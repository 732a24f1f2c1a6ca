"""A visit to the page of `framechain serve` in a real browser, and what the engine makes of the same frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from chromium import STRIP, draw_number, read_number
from served_page import ServedPage

from framechain.cli.builders import make_replacement
from framechain.cli.program import main
from support.browser import Browser
from support.patience import eventually

# Finds the slider that a label belongs to.
_SLIDER = """
const label = [...document.querySelectorAll('#controls label')].find((one) => one.innerText.trim() === arguments[0]);
return label ? `#${label.htmlFor}` : null;
"""
# Pixels beside the edge of the person are left out: there a codec and the quality of the matte decide.
_EDGE = 15


class Visit:
    """What a visitor does on the page.

    Attributes:
        browser: Where the page is open.
    """

    def __init__(self, browser: Browser, server: ServedPage) -> None:
        self.browser, self.server = browser, server

    def open(self) -> None:
        self.browser.open(self.server.address)
        eventually(lambda: self.browser.all("#controls input, #keys button"), "the controls", pause=0.05)

    def start(self) -> Any:
        """Start the camera, wait for a numbered result, and return it."""
        self.browser.click("#start")
        return self.browser.await_pixels(lambda pixels: read_number(pixels) >= 0, "a numbered result")

    def stop(self) -> None:
        self.browser.click("#stop")
        self.browser.find("#start")

    def choose_view(self, name: str) -> None:
        self.browser.choose(f"input[name=view][value={name}]")

    def choose_background(self, value: str) -> None:
        self.browser.choose(f"#background-list input[value='{value}']")

    def find_slider(self, label: str) -> str:
        """Return the selector of the slider that is labelled so."""
        return str(eventually(lambda: self.browser.run(_SLIDER, label), f"a slider {label}", pause=0.05))

    def upload(self, *files: Path) -> None:
        """Choose files in the file picker."""
        self.browser.driver.find_element("css selector", "#file").send_keys("\n".join(map(str, files)))

    def look(self) -> Any:
        """Return how the visitor has set the chain."""
        return self.browser.fetch("/api/state")["look"]

    def jobs(self) -> list[Any]:
        found: list[Any] = self.browser.fetch("/api/jobs")["jobs"]
        return found

    def await_job(self, state: str, name: str) -> Any:
        """Wait until the job of a file is in a state, and return it."""

        def look() -> Any:
            return next((job for job in self.jobs() if job["name"] == name and job["state"] == state), None)

        return eventually(look, f"{name} to be {state}", pause=0.1)


class Expected:
    """What the engine makes of the camera's frames.

    Attributes:
        alpha: The matte, float (480, 640).
        person: Where the person surely is, bool (480, 640).
        background: Where the background surely is, below the stripes of the number and beside the person.
    """

    def __init__(self, scene: Any, folder: Path) -> None:
        self._scene, self._folder = scene, folder
        self._made: dict[int, Any] = {}
        self.alpha = self._run("--matte-only", draw_number(scene, 0))[..., 0] / 255
        near = np.ones((_EDGE, _EDGE), np.uint8)
        sure = cv2.dilate((self.alpha < 0.98).astype(np.uint8), near) == 0
        self.person = sure & (np.arange(len(scene)) > STRIP + _EDGE)[:, None]
        self.background = cv2.dilate((self.alpha > 0.02).astype(np.uint8), near) == 0
        self.background[: STRIP + 3 * _EDGE] = False

    def camera(self, number: int) -> Any:
        """Return a frame of the camera."""
        return draw_number(self._scene, number)

    def result(self, number: int) -> Any:
        """Return what `framechain` makes of that frame."""
        if number not in self._made:
            self._made[number] = self._run("", self.camera(number))
        return self._made[number]

    def _run(self, option: str, image: Any) -> Any:
        source, made = self._folder / "frame.png", self._folder / "made.png"
        assert cv2.imwrite(str(source), image)
        options = [option] if option else []
        assert main([str(source), "--output", str(made), *options], parts=[make_replacement]) == 0
        return cv2.imread(str(made))


def differ(image: Any, other: Any, where: Any) -> float:
    """Return the mean difference of two images in a part, in grey levels; `other` may be a colour."""
    return float(np.abs(image.astype(int) - other)[where].mean())


def measure_detail(image: Any, where: Any) -> float:
    """Return how much neighbouring pixels of a part differ, in grey levels: less where it is blurred."""
    grey = image[..., 1].astype(int)
    return float(np.abs(np.diff(grey, axis=1))[where[:, 1:]].mean())
