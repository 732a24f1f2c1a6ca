"""A real browser for the tests of the page: what a visitor does with it, and what it complains about."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from chromium import find_missing
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from support.patience import PATIENCE, eventually

ROOT = Path(__file__).resolve().parents[2]
AXE = Path(os.environ.get("AXE_CORE") or ROOT / "node_modules" / "axe-core" / "axe.min.js")

needs_browser = pytest.mark.skipif(find_missing() is not None, reason=str(find_missing()))
needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is not here: npm install --no-save --no-package-lock axe-core"
)

_PIXELS = """
const shown = document.querySelector(arguments[0]);
const [width, height] = {VIDEO: [shown.videoWidth, shown.videoHeight], IMG: [shown.naturalWidth, shown.naturalHeight]}[
  shown.tagName] ?? [shown.width, shown.height];
if (!width || !height || shown.complete === false) return null;
const copy = Object.assign(document.createElement('canvas'), {width, height});
copy.getContext('2d').drawImage(shown, 0, 0);
return copy.toDataURL('image/png').split(',')[1];
"""
_VISIBLE = """
const element = document.querySelector(arguments[0]);
return Boolean(element && element.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}));
"""
_AUDIT = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(
  (found) => done(found.violations.map((one) => [one.impact, one.id, one.help, one.nodes.map((node) => node.html)])),
  (error) => done([['critical', 'axe', String(error), []]]));
"""


def _decode(png: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


class Browser:
    """One window of a browser, whose complaints are kept.

    Attributes:
        driver: Selenium's, for what is not here.
        downloads: The folder in which it saves.
    """

    def __init__(self, driver: webdriver.Chrome, downloads: Path) -> None:
        self.driver, self.downloads = driver, downloads
        self._excuses: list[str] = []
        self._scripts: list[str] = []
        driver.set_script_timeout(PATIENCE)

    def forget(self) -> None:
        """Become a new visitor: leave the page, and forget cookies, downloads and what was allowed."""
        self.driver.get("about:blank")
        for script in self._scripts:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script})
        self._scripts.clear()
        self._excuses.clear()
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Browser.resetPermissions", {})
        self.show()
        for file in self.downloads.iterdir():
            file.unlink()
        self.driver.get_log("browser")

    def allow_camera(self, allowed: bool = True) -> None:
        """Answer the question whether the page may use the camera, which is asked of nobody here."""
        setting = "granted" if allowed else "denied"
        for name in ("camera", "microphone"):
            self.driver.execute_cdp_cmd("Browser.setPermission", {"permission": {"name": name}, "setting": setting})

    def show(self, width: int = 1280, height: int = 900, theme: str = "light", motion: bool = True) -> None:
        """Set the size of the page in pixels and the theme of the system, "light" or "dark"."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "no-preference" if motion else "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def before_scripts(self, script: str) -> None:
        """Run a script in each page that is opened from now on, before the page's own."""
        answer = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self._scripts.append(answer["identifier"])

    def open(self, address: str) -> None:
        self.driver.get(address)

    def run(self, script: str, *values: Any) -> Any:
        """Run the body of a function in the page, and return what it returns."""
        return self.driver.execute_script(script, *values)

    def fetch(self, path: str, method: str = "GET", content: Any = None) -> Any:
        """Ask the server as the page does; return the JSON."""
        script = """
        const [path, method, content, done] = arguments;
        const more = content === null ? {} : {body: content, headers: {'Content-Type': 'application/json'}};
        fetch(path, {method, ...more}).then((answer) => answer.json())
          .then(done, (error) => done({error: String(error)}));
        """
        text = None if content is None else json.dumps(content)
        return self.driver.execute_async_script(script, path, method, text)

    def find(self, selector: str) -> WebElement:
        """Wait until there is an element that can be seen, and return it."""
        eventually(lambda: self.sees(selector), f"{selector} on the page: {self.text('body')[:1500]}", pause=0.05)
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def sees(self, selector: str) -> bool:
        return bool(self.run(_VISIBLE, selector))

    def text(self, selector: str) -> str:
        """Return the text of an element as it is seen; "" if there is none."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def await_text(self, selector: str, *parts: str) -> str:
        """Wait until the text of an element contains all parts, and return it."""

        def look() -> str | None:
            text = self.text(selector)
            return text if all(part in text for part in parts) else None

        return eventually(look, f"{parts} in {selector}, which says {self.text(selector)!r}", pause=0.05)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def choose(self, selector: str) -> None:
        """Check a radio button or box, also one that its label covers."""
        self.run("document.querySelector(arguments[0]).click()", selector)

    def set_range(self, selector: str, value: float) -> None:
        """Move a slider to a value, as a pointer does."""
        script = """
        const slider = document.querySelector(arguments[0]);
        slider.value = arguments[1];
        slider.dispatchEvent(new Event('input', {bubbles: true}));
        slider.dispatchEvent(new Event('change', {bubbles: true}));
        return Number(slider.value);
        """
        assert abs(self.run(script, selector, value) - value) < 0.011, selector

    def press(self, *keys: str) -> None:
        """Press keys, one after another, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def pixels(self, selector: str = "#result") -> Any:
        """Return what a canvas, image or video shows, uint8 (H, W, 3) BGR; None while it shows nothing."""
        encoded = self.run(_PIXELS, selector)
        if encoded is None:
            return None
        return _decode(base64.b64decode(encoded))

    def await_pixels(self, look: Callable[[Any], bool], what: str, selector: str = "#result") -> Any:
        """Wait until a picture looks as it should, and return it."""

        def attempt() -> Any:
            pixels = self.pixels(selector)
            return (pixels,) if pixels is not None and look(pixels) else None

        return eventually(attempt, f"{what}; the page says {self.text('body')[:1500]}", pause=0.05)[0]

    def await_download(self, end: str) -> Path:
        """Wait until a file is saved whose name ends so, and return it."""

        def look() -> Path | None:
            files = list(self.downloads.iterdir())
            busy = any(file.suffix == ".crdownload" or file.name.startswith(".") for file in files)
            return None if busy else next((file for file in files if file.name.endswith(end)), None)

        return eventually(look, f"the download of a file that ends with {end}", pause=0.05)

    def excuse(self, *parts: str) -> None:
        """Expect complaints that contain one of these, such as the status of a request that must be refused."""
        self._excuses.extend(parts)

    def complaints(self) -> list[str]:
        """Return errors of scripts, requests that failed and breaches of the policy since the last call."""
        lines = [
            f"{line['level']} {line['source']}: {line['message']}"
            for line in self.driver.get_log("browser")
            if line["level"] == "SEVERE" or line["source"] in ("security", "violation", "deprecation")
        ]
        return [line for line in lines if not any(excuse in line for excuse in self._excuses)]

    def audit(self) -> list[tuple[str, str, str, Sequence[str]]]:
        """Return what axe-core finds wrong in the page as it is: impact, rule, what helps, and the elements."""
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        return [tuple(one) for one in self.driver.execute_async_script(_AUDIT)]

    def screenshot(self) -> Any:
        """Return the visible part of the page, uint8 (H, W, 3) BGR."""
        return _decode(self.driver.get_screenshot_as_png())
