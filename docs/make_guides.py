"""Makes the images of the guides on subtitles, lectures, faces and a page of your own, from the sample clip.

Run from the repository's root: `python docs/make_guides.py`, or with the names of some, such as `faces own_page`.
It needs the programs ffmpeg (with libass), nginx, openssl and chromium with chromedriver, and requirements-dev.txt.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import framechain  # noqa: E402
from framechain.pixels.image import Image  # noqa: E402
from framechain.pixels.text import draw_caption  # noqa: E402

CLIP = ROOT / "samples" / "clip.mp4"
GUIDES = ROOT / "docs" / "guides"
PORT, OWN_PORT, TOKEN = 8943, 8944, "LONG-SECRET"
FRAME = 75
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*words: object, **options: Any) -> None:
    """Run a program; its failure is an error."""
    subprocess.run([str(word) for word in words], check=True, env=ENVIRONMENT, **options)


def run_framechain(*words: object, **options: Any) -> None:
    """Run framechain's command line."""
    run(sys.executable, ROOT / "main.py", *words, "--quiet", **options)


def write_jpeg(name: str, picture: Any, quality: int = 85) -> None:
    """Write an image beside the guides."""
    cv2.imwrite(str(GUIDES / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, quality])


def read_frame(path: Path, number: int = FRAME) -> Image:
    """Read one frame of a video."""
    return next(frame.bgr.copy() for frame in framechain.read(path) if frame.info.index == number)


def make_subtitles(folder: Path) -> None:
    """Put a subtitle into the clip, blur the background, put the subtitle back, and draw it as players do."""
    text, talk, complete = folder / "talk.srt", folder / "talk.mkv", folder / "complete.mkv"
    text.write_text("1\n00:00:02,000 --> 00:00:04,000\nToday I speak about mattes.\n", encoding="utf-8")
    run("ffmpeg", "-v", "error", "-i", CLIP, "-i", text, "-map", "0:v", "-map", "0:a", "-map", "1", "-c", "copy", talk)
    run_framechain(talk)
    page = (GUIDES / "subtitles.md").read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)\n\nEngine\(", page, re.DOTALL)
    assert program is not None
    names: dict[str, Any] = {}
    exec(program[1], names)  # noqa: S102
    names["put_back"](str(folder / "talk_out.mkv"), str(talk), str(complete))
    halves = []
    for clip in (talk, complete):
        drawn = folder / f"{clip.stem}_drawn.mp4"
        run("ffmpeg", "-v", "error", "-i", clip, "-vf", f"subtitles={clip}:force_style='FontSize=22'", "-an", drawn)
        halves.append(read_frame(drawn))
    both = halves[0].copy()
    middle = both.shape[1] // 2
    both[:, middle:] = halves[1][:, middle:]
    both[:, middle - 1 : middle + 1] = 255
    write_jpeg("subtitles", both)


def make_lectures(folder: Path) -> None:
    """Blur the background of twelve parts of the clip, as one batch, and put a frame of each side by side."""
    names = [f"{day}/lecture_{number:02}.mp4" for number, day in enumerate(["monday"] * 6 + ["tuesday"] * 6, start=1)]
    pixels = [frame.bgr.copy() for frame in framechain.read(CLIP)]
    for position, name in enumerate(names):
        path = folder / "lectures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Each part shows another piece of the picture, as if the cameras stood in other places.
        left, width = 6 * position, 560
        with framechain.write(path, fps=30) as out:
            for frame in pixels[10 * position : 10 * position + 12]:
                out(np.ascontiguousarray(frame[45:, left : left + width][:, :: -1 if position % 2 else 1]))
    run_framechain("lectures/", "--output", "out/", cwd=folder)
    tiles = []
    for name in names:
        tile = cv2.resize(read_frame(folder / "out" / name, 11), (240, 135), interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )
        draw_caption(tile, name)
        tile[:, -3:] = tile[-3:] = 255
        tiles.append(tile)
    write_jpeg("lectures", np.vstack([np.hstack(tiles[start : start + 4]) for start in range(0, 12, 4)]))


def make_faces(folder: Path) -> None:
    """Cover the face in three ways, and photograph the report."""
    shutil.copy(CLIP, folder)
    tiles = [read_frame(CLIP)]
    for way in ("blur", "pixelate", "solid"):
        run_framechain("anonymize", "clip.mp4", "--cover", way, "-o", f"{way}.mp4", cwd=folder)
        tiles.append(read_frame(folder / f"{way}.mp4"))
    tiles = [cv2.resize(tile, (480, 270), interpolation=cv2.INTER_AREA).astype(np.uint8) for tile in tiles]
    write_jpeg("faces", np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])]), 75)
    with open_browser(960, 660) as browser:
        browser.get((folder / "blur.html").as_uri())
        save_picture(browser, "faces_report", folder)


def make_own_page(folder: Path) -> None:
    """Serve the guide's page behind nginx, visit it with a browser whose camera plays the clip, and photograph it."""
    page = (GUIDES / "own_page.md").read_text(encoding="utf-8")
    program, server = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("python", "nginx"))
    assert program is not None
    assert server is not None
    (folder / "studio.py").write_text(program[1], encoding="utf-8")
    (folder / "rooms").mkdir()
    shutil.copy(ROOT / "samples" / "background.jpg", folder / "rooms" / "sunset.jpg")
    certificate = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    files = ("-keyout", folder / "page.key", "-out", folder / "page.pem")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *certificate, *files, stderr=subprocess.DEVNULL)
    blocks = server[1].replace("listen 443", f"listen 127.0.0.1:{PORT}").replace("page.example.org", "localhost")
    blocks = blocks.replace("/etc/ssl/", f"{folder}/").replace("8484", str(OWN_PORT))
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = (
        f"daemon off; pid {folder}/pid; error_log {folder}/log; events {{}} http {{ access_log off; {paths} {blocks} }}"
    )
    (folder / "nginx.conf").write_text(configuration, encoding="utf-8")
    camera = folder / "camera.mjpeg"
    run("ffmpeg", "-v", "error", "-i", CLIP, "-c:v", "mjpeg", "-q:v", "3", "-an", camera)
    origin = f"https://localhost:{PORT}"
    look = ("--background", "rooms/", "--chain", "studio.py")
    serve = ("serve", "--port", OWN_PORT, "--origin", origin, "--token", TOKEN, "--no-browser", *look)
    with (
        start("nginx", "-p", folder, "-c", folder / "nginx.conf"),
        start(sys.executable, ROOT / "main.py", *serve, cwd=folder),
        open_browser(1280, 800, camera) as browser,
    ):
        deadline = time.monotonic() + 30
        while "Start camera" not in browser.page_source:
            assert time.monotonic() < deadline, "the page did not appear"
            browser.get(f"{origin}/?token={TOKEN}")
            time.sleep(1)
        time.sleep(2)
        browser.find_element("xpath", "//button[contains(., 'Start camera')]").click()
        time.sleep(15)
        # The numbers above the picture say how busy this machine was.
        browser.execute_script("for (const e of document.querySelectorAll('dl, #stats')) e.style.visibility = 'hidden'")
        save_picture(browser, "own_page", folder)


@contextmanager
def start(*words: object, **options: Any) -> Iterator[None]:
    """Let a program run in the meantime."""
    process = subprocess.Popen([str(word) for word in words], env=ENVIRONMENT, **options)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def open_browser(width: int, height: int, camera: Path | None = None) -> Iterator[Any]:
    """Start Chromium, whose camera plays a file."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.accept_insecure_certs = True
    for word in (
        "headless=new",
        "no-sandbox",
        "hide-scrollbars",
        f"window-size={width},{height + 139}",
        "use-fake-ui-for-media-stream",
    ):
        options.add_argument(f"--{word}")
    if camera:
        options.add_argument("--use-fake-device-for-media-stream")
        options.add_argument(f"--use-file-for-fake-video-capture={camera}")
    # With the driver's path selenium asks no network for one.
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


def save_picture(browser: Any, name: str, folder: Path) -> None:
    """Write what the browser shows, 960 pixels wide."""
    path = folder / f"{name}.png"
    browser.save_screenshot(str(path))
    picture = cv2.imread(str(path))
    assert picture is not None
    height = round(picture.shape[0] * 960 / picture.shape[1])
    write_jpeg(name, cv2.resize(picture, (960, height), interpolation=cv2.INTER_AREA))


def main() -> None:
    """Make the images that are named, or all."""
    makers = {"subtitles": make_subtitles, "lectures": make_lectures, "faces": make_faces, "own_page": make_own_page}
    for name in sys.argv[1:] or makers:
        with tempfile.TemporaryDirectory() as folder:
            makers[name](Path(folder))


if __name__ == "__main__":
    main()
