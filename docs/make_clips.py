"""Makes the silent clips of the site's first page, docs/static/clips/: framechain on the sample clip; a still of each.

Run from the repository's root: `python docs/make_clips.py`. It needs no network.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import framechain  # noqa: E402
from framechain import BackgroundReplacement, Encoding, Engine, FindMatte, Place  # noqa: E402
from framechain.backgrounds import Blur, Picture  # noqa: E402
from framechain.effects import Hologram, Mask, PencilSketch, Resize  # noqa: E402
from framechain.mattes import MediaPipeMatte  # noqa: E402

CLIP = ROOT / "samples" / "clip.mp4"
OUT = ROOT / "docs" / "static" / "clips"
WIDTH, SECONDS, STILL = 480, 3.0, 1.5


def make_outline(color: tuple[int, int, int]) -> Any:
    """Return an object of the program's own: a border around the person, as in docs/recipes.md."""

    def outline(frame: Any, alpha: Any) -> Any:
        found, _ = cv2.findContours((alpha > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        return cv2.drawContours(frame, found, -1, color, 5, cv2.LINE_AA)

    return outline


def make_chains() -> dict[str, list[Any]]:
    """Return the chain of each clip, by its name."""
    ridges, sketch = Picture(ROOT / "samples" / "background.jpg"), Mask(PencilSketch(), where="background")
    return {
        "before": [],
        "blur": [BackgroundReplacement(MediaPipeMatte(), Blur())],
        "picture": [BackgroundReplacement(MediaPipeMatte(), ridges)],
        "corner": [BackgroundReplacement(MediaPipeMatte(), ridges, place=Place(scale=0.5, anchor="bottom right"))],
        "sketch": [FindMatte(MediaPipeMatte()), sketch],
        "own": [FindMatte(MediaPipeMatte()), Mask(Hologram(), where="foreground"), make_outline((255, 220, 80))],
    }


def main() -> None:
    """Write the clips and their stills, and print their sizes."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, chain in make_chains().items():
        path = OUT / f"{name}.mp4"
        Engine(
            video_path=CLIP,
            custom_objects=[*chain, Resize(WIDTH)],
            output_path=path,
            end=SECONDS,
            cut=True,
            audio=False,
            encoding=Encoding(preset="veryslow", crf=29),
            progress=False,
        ).run()
        still = framechain.frame_at(path, STILL).bgr
        picture = path.with_suffix(".jpg")
        cv2.imwrite(str(picture), still, [cv2.IMWRITE_JPEG_QUALITY, 82])
        print(f"{name}: {path.stat().st_size / 1000:.0f} kB, still {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
