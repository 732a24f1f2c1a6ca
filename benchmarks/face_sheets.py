"""Sheets of frames with boxes on them, to look at: of faces_truth/ and of what benchmarks/faces.py finds uncovered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import face_truth

# isort: split
import cv2
import numpy as np
from face_truth import Box, Bytes, Truth

from framechain.pixels.text import draw_caption

_SHEET_WIDTH, _SHEET_HEIGHT = 1800, 1400
_FACE, _EITHER = (0, 255, 0), (0, 255, 255)


def write_sheets(folder: Path, truth: Truth, media: Path, every: int, tile: int = 360) -> None:
    """Write the frames of an excerpt with their boxes: faces in green, what is not judged in yellow.

    Args:
        folder: Where the images go, as many as are needed.
        truth: The excerpt.
        media: The folder of the clips.
        every: Only each so many frames.
        tile: The width of a frame on the sheet in pixels.
    """
    frames = face_truth.read_frames(media / truth.clip, truth.first, truth.frames)
    tiles = [
        draw(frame, faces, either, f"{truth.first + index}", tile)
        for index, (frame, faces, either) in enumerate(zip(frames, truth.boxes(), truth.either(), strict=True))
        if index % every == 0
    ]
    write_tiles(folder, truth.name, tiles)


def draw(frame: Bytes, faces: Iterable[Box], either: Iterable[Box], caption: str, width: int) -> Bytes:
    """Return a frame of this width with boxes and a caption."""
    scale = width / frame.shape[1]
    size = width, max(1, round(scale * frame.shape[0]))
    shown = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    for boxes, colour in ((faces, _FACE), (either, _EITHER)):
        for x, y, w, h in boxes:
            start, end = ((round(scale * a), round(scale * b)) for a, b in ((x, y), (x + w, y + h)))
            cv2.rectangle(shown, start, end, colour, 1)
    draw_caption(shown, caption)
    return shown


def write_tiles(folder: Path, name: str, tiles: Sequence[Bytes]) -> None:
    """Write images of one size as sheets NAME_0.png, NAME_1.png, ..."""
    if not tiles:
        return
    folder.mkdir(parents=True, exist_ok=True)
    columns = max(1, _SHEET_WIDTH // tiles[0].shape[1])
    on_sheet = columns * max(1, _SHEET_HEIGHT // tiles[0].shape[0])
    for number, start in enumerate(range(0, len(tiles), on_sheet)):
        chosen = list(tiles[start : start + on_sheet])
        chosen += [np.zeros_like(chosen[0])] * (-len(chosen) % columns)
        rows = [np.hstack(chosen[at : at + columns]) for at in range(0, len(chosen), columns)]
        path = folder / f"{name}_{number}.png"
        if not cv2.imwrite(str(path), np.vstack(rows)):
            raise SystemExit(f"face_sheets.py: cannot write {path}")
