"""Makes docs/faces.jpg: the sample portrait with its face found, and hidden in each way.

Run from the repository's root: `python docs/make_faces.py`. It needs no network.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from framechain.faces import FaceBlur, FaceBoxes  # noqa: E402
from framechain.pixels.image import Image  # noqa: E402
from framechain.pixels.text import draw_caption  # noqa: E402

GAP = 4


def draw_smiley() -> Image:
    """Draw a picture with alpha: a yellow face."""
    smiley = np.zeros((400, 400, 4), np.uint8)
    cv2.circle(smiley, (200, 200), 196, (0, 210, 255, 255), -1, cv2.LINE_AA)
    for x in (135, 265):
        cv2.ellipse(smiley, (x, 150), (22, 34), 0, 0, 360, (20, 40, 60, 255), -1, cv2.LINE_AA)
    cv2.ellipse(smiley, (200, 225), (110, 85), 0, 15, 165, (20, 40, 60, 255), 16, cv2.LINE_AA)
    return smiley


def main() -> None:
    """Process the portrait and put the results side by side."""
    portrait = np.asarray(cv2.imread(str(ROOT / "samples" / "portrait.jpg")), np.uint8)
    things = {
        "FaceBoxes()": FaceBoxes(),
        "FaceBlur()": FaceBlur(),
        'FaceBlur("pixelate")': FaceBlur("pixelate"),
        'FaceBlur("solid")': FaceBlur("solid"),
        'FaceBlur("picture", picture=...)': FaceBlur("picture", picture=draw_smiley()),
    }
    tiles = []
    for caption, thing in things.items():
        tile = np.ascontiguousarray(thing(portrait.copy())[:300, 80:380])
        draw_caption(tile, caption)
        tiles.append(cv2.copyMakeBorder(tile, 0, 0, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
    cv2.imwrite(str(ROOT / "docs" / "faces.jpg"), np.hstack(tiles)[:, :-GAP], [cv2.IMWRITE_JPEG_QUALITY, 80])


if __name__ == "__main__":
    main()
