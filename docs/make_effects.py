"""Makes docs/effects.jpg: what each effect does to the sample portrait.

Run from the repository's root: `python docs/make_effects.py`. It needs no network.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from framechain import FindMatte, effects  # noqa: E402
from framechain.chain import Chain  # noqa: E402
from framechain.frame import Frame, make_image_info  # noqa: E402
from framechain.mattes import MediaPipeMatte  # noqa: E402
from framechain.pixels.image import Image, fit  # noqa: E402
from framechain.pixels.text import draw_caption  # noqa: E402

SIDE, COLUMNS, GAP = 200, 6, 4
NOON = datetime.datetime(2026, 5, 1, 12, 0)


def make_logo() -> Image:
    """Draw a picture with alpha: a ring and a disc."""
    logo = np.zeros((160, 160, 4), np.uint8)
    logo[..., :3] = (40, 170, 250)
    for radius, thickness in ((70, 12), (40, -1)):
        cv2.circle(logo, (80, 80), radius, (40, 170, 250, 255), thickness, cv2.LINE_AA)
    return logo


def main() -> None:
    """Apply each effect and put the results side by side."""
    portrait = np.asarray(cv2.imread(str(ROOT / "samples" / "portrait.jpg")), np.uint8)
    random = np.random.default_rng(0)
    dark = (portrait * 0.25 + random.normal(0, 1.5, portrait.shape)).clip(0, 255).astype(np.uint8)
    noisy = (portrait + random.normal(0, 14, portrait.shape)).clip(0, 255).astype(np.uint8)
    bluish = (portrait * np.array([1.0, 0.8, 0.62])).astype(np.uint8)
    find = FindMatte(MediaPipeMatte())
    tiles: list[tuple[str, Image, list[Any]]] = [
        ("the sample", portrait, []),
        ("Gamma(1.8)", portrait, [effects.Gamma(1.8)]),
        ("Sharpen(2)", portrait, [effects.Sharpen(2)]),
        ("Vignette(0.8)", portrait, [effects.Vignette(0.8)]),
        ("PencilSketch()", portrait, [effects.PencilSketch()]),
        ("PencilSketch(colour=1)", portrait, [effects.PencilSketch(colour=1)]),
        ("in blue light", bluish, []),
        ("WhiteBalance(1)", bluish, [effects.WhiteBalance(1)]),
        ("in the dark", dark, []),
        ("LowLight(1)", dark, [effects.LowLight(1)]),
        ("with noise", noisy, []),
        ("Denoise(1)", noisy, [effects.Denoise(1)]),
        ("Cartoon()", portrait, [effects.Cartoon()]),
        ("Hologram()", portrait, [effects.Hologram()]),
        ("Mask(Hologram(), matte)", portrait, [find, effects.Mask(effects.Hologram())]),
        ("colour pop", portrait, [find, effects.Mask(to_grey, where="background")]),
        ("sketched background", portrait, [find, effects.Mask(effects.PencilSketch(), where="background")]),
        ('Overlay("logo.png")', portrait, [effects.Overlay(make_logo(), "top right", size=0.25)]),
        ('Text("Grüße, %H:%M")', portrait, [effects.Text("Grüße, %H:%M", "top left", size=0.1, clock=lambda: NOON)]),
        ("Crop(0.2, 0.0, 0.8, 0.6)", portrait, [effects.Crop(0.2, 0.0, 0.8, 0.6)]),
        ('Resize(512, 288, fit="cover")', portrait, [effects.Resize(512, 288, fit="cover")]),
        ("Rotate(90)", portrait, [effects.Rotate(90)]),
        ("Rotate(12)", portrait, [effects.Rotate(12)]),
        ("Rotate(12, fill=False)", portrait, [effects.Rotate(12, fill=False)]),
    ]
    pictures = [make_tile(*tile) for tile in tiles]
    blank = np.full_like(pictures[0], 255)
    pictures += [blank] * (-len(pictures) % COLUMNS)
    rows = [np.hstack(pictures[start : start + COLUMNS]) for start in range(0, len(pictures), COLUMNS)]
    cv2.imwrite(str(ROOT / "docs" / "effects.jpg"), np.vstack(rows)[:-GAP, :-GAP], [cv2.IMWRITE_JPEG_QUALITY, 80])


def to_grey(frame: Image) -> Image:
    """Take the colours out of a frame."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def make_tile(name: str, image: Image, chain: list[Any]) -> Image:
    """Apply a chain to an image, and write its name below."""
    info = make_image_info("portrait", image)
    result = Chain(chain)(Frame(info, bgr=image.copy())).read_bgr()
    tile = fit(result, SIDE, SIDE, "contain").copy()
    draw_caption(tile, name.replace("ü", "u").replace("ß", "ss"))
    return np.asarray(cv2.copyMakeBorder(tile, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)), np.uint8)


if __name__ == "__main__":
    main()
