"""The tests' own browser notices what it must: else the other tests could not fail."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from chromium import READ_NUMBER, draw_number, read_number
from support.browser import Browser, needs_axe, needs_browser
from support.patience import eventually

pytestmark = [pytest.mark.slow, needs_browser]

_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:"
# Without an icon the browser asks for one at any time.
_HEAD = "<!doctype html><title>page</title><link rel=icon href=data:,>"
_CAMERA = f"{_HEAD}<button id=start>Go</button><video></video><script src=page.js></script>"
_SCRIPT = """
document.querySelector('#start').onclick = async () => {
  const video = document.querySelector('video');
  video.srcObject = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
  await video.play();
};
"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", _POLICY)
        super().end_headers()

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A folder that is served with a strict policy."""
    (tmp_path / "page.js").write_text(_SCRIPT)
    handler = functools.partial(_Handler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/page.html", tmp_path / "page.html"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("<script src=missing.js></script>", "404"),
        ("<script>window.ran = true</script>", "Content Security Policy"),
        ("<p style='color: red'>text</p>", "Content Security Policy"),
        ("<img src=http://127.0.0.2/image.png>", "Content Security Policy"),
        ("<script src=fault.js></script>", "not a function"),
    ],
)
def test_browser_page_with_a_fault_complains(
    browser: Browser, site: tuple[str, Path], page: str, complaint: str
) -> None:
    address, file = site
    file.with_name("fault.js").write_text("(1)();")
    file.write_text(_HEAD + page)
    browser.open(address)
    assert complaint in "".join(browser.complaints())


def test_browser_camera_plays_the_numbered_film(browser: Browser, site: tuple[str, Path], scene: np.ndarray) -> None:
    address, file = site
    file.write_text(_CAMERA)
    browser.open(address)
    browser.click("#start")
    image = browser.await_pixels(lambda pixels: read_number(pixels) >= 0, "a numbered frame", "video")
    expected = draw_number(scene, read_number(image))
    assert np.abs(image.astype(int) - expected).mean() < 2
    numbers = {browser.run(READ_NUMBER + "return readNumber(document.querySelector('video'))") for _ in range(20)}
    assert len(numbers) > 1


def test_browser_denied_camera_raises_in_the_page(browser: Browser, site: tuple[str, Path]) -> None:
    address, file = site
    file.write_text(_CAMERA)
    browser.allow_camera(False)
    browser.open(address)
    browser.click("#start")
    found = eventually(browser.complaints, "the error of getUserMedia")
    assert "Permission denied" in found[0]


@needs_axe
def test_audit_page_with_faults_names_them(browser: Browser, site: tuple[str, Path]) -> None:
    address, file = site
    file.write_text(_HEAD + "<button id=start></button><img src=data:,>")
    browser.open(address)
    found = browser.audit()
    assert {"button-name", "image-alt", "html-has-lang"} <= {rule for _, rule, _, _ in found}
    assert {"critical", "serious"} <= {impact for impact, _, _, _ in found}
