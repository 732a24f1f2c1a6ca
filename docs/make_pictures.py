"""Makes README's picture: the sample clip before, and what three runs of the program make of it.

Run from the repository's root: `python docs/make_pictures.py`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from framechain.sources.video import VideoSource
from framechain.stream import Image

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "samples" / "clip.mp4"
FRAME = 75
WIDTH, GAP = 480, 6
RUNS = (
    ["--background", "blur"],
    ["--background", str(ROOT / "samples" / "background.jpg")],
    ["--background", "#3a6ea5"],
)


def frame_of(path: Path) -> Image:
    """One frame of a video, scaled for the picture.

    Args:
        path: The video.

    Returns:
        uint8 (H, WIDTH, 3) BGR.
    """
    with VideoSource(str(path)) as source:
        pixels = next(frame.bgr for frame in source if frame.info.index == FRAME)
    height = round(pixels.shape[0] * WIDTH / pixels.shape[1])
    return cv2.resize(pixels, (WIDTH, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


def main() -> None:
    """Run the program and put the pictures side by side, two by two."""
    tiles = [frame_of(CLIP)]
    with tempfile.TemporaryDirectory() as folder:
        for number, arguments in enumerate(RUNS):
            output = Path(folder) / f"{number}.mp4"
            command = [sys.executable, str(ROOT / "main.py"), str(CLIP), "--output", str(output), "--quiet", *arguments]
            subprocess.run(command, check=True)
            tiles.append(frame_of(output))
    bordered = [cv2.copyMakeBorder(t, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)) for t in tiles]
    rows = [np.hstack(bordered[:2]), np.hstack(bordered[2:])]
    cv2.imwrite(str(ROOT / "docs" / "before_after.jpg"), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
