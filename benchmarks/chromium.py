"""Debian's Chromium, driven by its own chromedriver, with a camera that plays numbered frames.

Selenium speaks the W3C protocol with the chromedriver that Debian builds from the same source as its Chromium: nothing
is downloaded, and the versions always match.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

Image = NDArray[np.uint8]

CHROMIUM, DRIVER = "chromium", "chromedriver"
WIDTH, HEIGHT, RATE = 640, 480, 30
BITS = 7
NUMBERS = 1 << BITS
# The stripes of a number: large enough to be read after a blur and a video codec. The last one is always white, so that
# a black image has no number.
_STRIPES = BITS + 1
_STRIPE, STRIP = WIDTH // _STRIPES, 96
# As in JavaScript below: a little below the top, where nothing of the picture under the strip is blurred into it.
_ROW = STRIP // 3
_LINUX = sys.platform.startswith("linux")

# Defines `readNumber(image, below)`: the number of a canvas, video or frame; -1 if it has none.
# `below` says that the image shows two frames and the number of the lower one is wanted.
READ_NUMBER = f"""
const stripes = Object.assign(document.createElement('canvas'), {{width: {_STRIPES}, height: 1}});
const paper = stripes.getContext('2d', {{willReadFrequently: true}});
function readNumber(image, below = false) {{
  const width = image.videoWidth || image.displayWidth || image.width;
  const height = image.videoHeight || image.displayHeight || image.height;
  if (!width || !height) return -1;
  const whole = below ? height / 2 : height;
  const stripe = width / {_STRIPES}, top = (below ? height / 2 : 0) + whole * {_ROW} / {HEIGHT};
  let code = 0;
  paper.imageSmoothingEnabled = false;
  for (let bit = 0; bit < {_STRIPES}; bit++)
    paper.drawImage(image, (bit + 0.5) * stripe - 2, top - 2, 4, 4, bit, 0, 1, 1);
  const pixels = paper.getImageData(0, 0, {_STRIPES}, 1).data;
  for (let bit = 0; bit < {_STRIPES}; bit++) {{
    const level = pixels[bit * 4 + 1];
    if (level > 96 && level < 160) return -1;
    if (level >= 160) code |= 1 << bit;
  }}
  if (!(code >> {BITS})) return -1;
  code &= {NUMBERS - 1};
  for (let shift = 1; shift < {BITS}; shift *= 2) code ^= code >> shift;
  return code;
}}
"""


def find_missing() -> str | None:
    """Return why there is no browser here; None if there is one."""
    lacking = [program for program in (CHROMIUM, DRIVER) if shutil.which(program) is None]
    return f"{' and '.join(lacking)} must be installed" if lacking or not _LINUX else None


def draw_number(image: Image, number: int) -> Image:
    """Return an image with a number in stripes along its upper edge, the lowest bit at the left.

    Args:
        image: uint8 (480, 640, 3).
        number: Its remainder by 128 is drawn, in Gray code: of two frames that are mixed one of both is read.
    """
    number %= NUMBERS
    code = number ^ (number >> 1) | 1 << BITS
    drawn: Image = image.copy()
    for bit in range(_STRIPES):
        drawn[:STRIP, bit * _STRIPE : (bit + 1) * _STRIPE] = 255 if code >> bit & 1 else 0
    return drawn


def read_number(image: Image) -> int:
    """Return the number of an image; -1 if it has none."""
    code = 0
    for bit in range(_STRIPES):
        level = int(image[_ROW, bit * _STRIPE + _STRIPE // 2, 1])
        if 96 < level < 160:
            return -1
        code |= (level >= 160) << bit
    if not code >> BITS:
        return -1
    code &= NUMBERS - 1
    shift = 1
    while shift < BITS:
        code ^= code >> shift
        shift *= 2
    return code


def write_camera(path: Path, images: Iterable[Image]) -> None:
    """Write what the browser's camera plays, again and again: numbered frames, 30 a second, as YUV4MPEG2.

    Args:
        path: A file that ends in .y4m.
        images: 128 images, uint8 (480, 640, 3) BGR, so that the numbers go on when the film begins again.
    """
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for number, image in enumerate(images):
            planes: Any = cv2.cvtColor(draw_number(image, number), cv2.COLOR_BGR2YUV_I420)
            film.write(b"FRAME\n" + planes.tobytes())


def start_chromium(folder: Path, camera: Path | None, *more: str) -> webdriver.Chrome:
    """Start Chromium without a window.

    Args:
        folder: Where it saves downloads.
        camera: What its camera plays; None for Chromium's own picture.
        more: More switches.
    """
    chromium, driver = shutil.which(CHROMIUM), shutil.which(DRIVER)
    assert chromium is not None
    assert driver is not None
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # Containers often run as root, which the sandbox refuses, and have a small /dev/shm.
    switches = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio"]
    switches += ["--use-fake-device-for-media-stream", "--window-size=1280,900", "--lang=en", *more]
    if camera is not None:
        switches.append(f"--use-file-for-fake-video-capture={camera}")
    for switch in switches:
        options.add_argument(switch)
    options.add_experimental_option(
        "prefs", {"download.default_directory": str(folder), "download.prompt_for_download": False}
    )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))
