"""Images and clips whose true alpha is known, read from folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scores import Bytes

LONGEST = 720
IMAGES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
Pair = tuple[Bytes, Bytes]


def find_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Return the images of a folder and their masks, matched by name.

    Args:
        folder: It holds images/ and masks/.

    Raises:
        SystemExit: If there are none.
    """
    masks = {path.stem: path for path in sorted((folder / "masks").glob("*"))}
    found = []
    for image in sorted((folder / "images").glob("*")):
        name = image.stem
        mask = masks.get(name) or masks.get(f"{name}_matte") or masks.get(f"{name}_mask")
        if image.suffix.lower() in IMAGES and mask is not None:
            found.append((image, mask))
    if not found:
        raise SystemExit(f"quality.py: no images with masks in {folder}: it must hold images/ and masks/")
    return found


def find_sets(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders of images with masks, and the keyed clips, that are in a folder or in those in it.

    Raises:
        SystemExit: If there are none.
    """
    folders = [folder, *sorted(path for path in folder.glob("*") if path.is_dir())]
    images = [one for one in folders if (one / "masks").is_dir() and (one / "images").is_dir()]
    clips = [clip for one in folders for clip in find_composites(one)]
    if not images and not clips:
        raise SystemExit(f"quality.py: {folder} holds no folder with images/ and masks/, and no *_composite.mp4")
    return images, clips


def load_pair(image: Path, mask: Path) -> Pair:
    """Return an image, uint8 (H, W, 3) BGR, and its mask, uint8 (H, W) of 0 and 255; sides are at most LONGEST."""
    pixels, truth = cv2.imread(str(image)), cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    if pixels is None or truth is None:
        raise SystemExit(f"quality.py: cannot read {image if pixels is None else mask}")
    if truth.max() <= 1:
        truth = truth * 255
    height, width = pixels.shape[:2]
    factor = min(1.0, LONGEST / max(height, width))
    size = round(width * factor), round(height * factor)
    return _shrink(pixels, size), np.where(_shrink(truth, size) > 127, 255, 0).astype(np.uint8)


def _shrink(image: Any, size: tuple[int, int]) -> Bytes:
    if image.shape[1::-1] == size:
        return np.asarray(image, np.uint8)
    return np.asarray(cv2.resize(np.asarray(image), size, interpolation=cv2.INTER_AREA), np.uint8)


def find_composites(folder: Path) -> list[Path]:
    """Return the keyed clips of a folder: *_composite.mp4, each with its alpha in *_alpha.mkv."""
    return sorted(folder.glob("*_composite.mp4"))


def read_keyed_clip(composite: Path) -> Iterator[Pair]:
    """Yield the frames of a clip, uint8 (H, W, 3) BGR, and their alpha, uint8 (H, W), from the file beside it."""
    alpha = composite.with_name(composite.name.replace("_composite.mp4", "_alpha.mkv"))
    clips = [cv2.VideoCapture(str(path)) for path in (composite, alpha)]
    if not all(clip.isOpened() for clip in clips):
        raise SystemExit(f"quality.py: cannot read {composite} and {alpha}")
    while True:
        (has_frame, frame), (has_truth, truth) = (clip.read() for clip in clips)
        if not has_frame or not has_truth:
            return
        yield np.asarray(frame, np.uint8), np.ascontiguousarray(truth[..., 0], np.uint8)
