"""Makes the images of README and docs/mattes.md: runs of the program on the sample clip, and each matte on a scene.

Run from the repository's root: `python docs/make_pictures.py`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import scenes  # noqa: E402

from framechain import BackgroundReplacement, mattes  # noqa: E402
from framechain.backgrounds import Color  # noqa: E402
from framechain.pixels.image import Image  # noqa: E402
from framechain.pixels.text import draw_caption  # noqa: E402
from framechain.sources.video import VideoSource  # noqa: E402

CLIP = ROOT / "samples" / "clip.mp4"
FRAME = 75
WIDTH, GAP = 480, 6
RUNS = (
    ["--background", "blur"],
    ["--background", str(ROOT / "samples" / "background.jpg")],
    ["--background", "#3a6ea5"],
)


def frame_of(path: Path) -> Image:
    """Read one frame of a video, scaled for the image.

    Args:
        path: The video.

    Returns:
        uint8 (H, WIDTH, 3) BGR.
    """
    with VideoSource(str(path)) as source:
        pixels = next(frame.bgr for frame in source if frame.info.index == FRAME)
    height = round(pixels.shape[0] * WIDTH / pixels.shape[1])
    return cv2.resize(pixels, (WIDTH, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


def bordered(rows: Sequence[Sequence[Image]]) -> Image:
    """Arrange images of one size in rows, with white between them."""
    edge: dict[str, Any] = {"borderType": cv2.BORDER_CONSTANT, "value": (255, 255, 255)}
    framed = [[cv2.copyMakeBorder(picture, 0, GAP, 0, GAP, **edge) for picture in row] for row in rows]
    return np.vstack([np.hstack(row) for row in framed]).astype(np.uint8)


def mattes_side_by_side() -> Image:
    """Show each matte on the scene that suits it, over one colour, with its name."""
    plate, wall, green = scenes.make_view(), scenes.make_wall(), scenes.make_green_screen()
    tried: list[tuple[Any, Any]] = [
        (mattes.MediaPipeMatte(quality="balanced"), plate), (mattes.ReferenceFrame(), plate),
        (mattes.RunningAverage(warm_up=30), plate),
        (mattes.MOG2(), plate), (mattes.KNN(), plate), (mattes.OtsuThreshold(), wall), (mattes.ContourFill(), wall),
        (mattes.ChromaKey(scenes._GREEN), green),
    ]  # fmt: skip
    tiles = []
    for matte, backdrop in tried:
        for shot in scenes.make_empty_shots(backdrop, 60):
            matte(shot.frame)
        replace = BackgroundReplacement(matte, Color((165, 110, 58)))
        *_, last = scenes.make_shots(backdrop, 40, spill=0.05 if backdrop is green else 0.0)
        for shot in scenes.make_shots(backdrop, 39, seed=2):
            matte(shot.frame)
        picture = replace(last.frame.copy())
        tile = cv2.resize(picture, (360, 202), interpolation=cv2.INTER_AREA).astype(np.uint8)
        draw_caption(tile, type(matte).__name__)
        tiles.append(tile)
    return bordered([tiles[:4], tiles[4:]])


def main() -> None:
    """Run the program and put the images side by side, two by two."""
    tiles = [frame_of(CLIP)]
    with tempfile.TemporaryDirectory() as folder:
        for number, arguments in enumerate(RUNS):
            output = Path(folder) / f"{number}.mp4"
            command = [sys.executable, str(ROOT / "main.py"), str(CLIP), "--output", str(output), "--quiet", *arguments]
            subprocess.run(command, check=True)
            tiles.append(frame_of(output))
    for name, picture in (("before_after", bordered([tiles[:2], tiles[2:]])), ("mattes", mattes_side_by_side())):
        cv2.imwrite(str(ROOT / "docs" / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
