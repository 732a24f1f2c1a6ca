"""Crops to look at: the frame, the tutorial's recipe and ours, side by side and enlarged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import scenes
import sequences
from cutters import TutorialCutter
from labelled import IMAGES
from scores import Bytes

from framechain import BackgroundReplacement, FramechainError, StreamInfo
from framechain.backgrounds import Color
from framechain.mattes import MediaPipeMatte
from framechain.pixels.text import draw_caption
from framechain.sources.video import VideoSource

BACKGROUND = 96, 140, 60
"""The background, (blue, green, red): hair, skin and walls all stand out from it."""
_LEAD = 24
_TILE = 380


def write_crops(folder: Path, crops: Sequence[str]) -> None:
    """Write one image per crop.

    Args:
        folder: The folder; made if it does not exist.
        crops: FILE[@FRAME]:LEFT,TOP,RIGHT,BOTTOM each. FILE may be the name of a sequence. The matte sees the frames
            before FRAME too, so that its temporal smoothing has settled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for crop in crops:
        name, _, part = crop.rpartition(":")
        path, _, frame = name.partition("@")
        try:
            left, top, right, bottom = (int(side) for side in part.split(","))
            shown = _cut_out(path, int(frame or 0))
        except (ValueError, FramechainError) as error:
            raise SystemExit(f"quality.py: {crop}: {error}; write FILE[@FRAME]:LEFT,TOP,RIGHT,BOTTOM") from None
        tiles = [_make_tile(image[top:bottom, left:right], caption) for caption, image in shown]
        target = folder / f"{Path(path).stem.replace(' ', '_')}{f'_{frame}' if frame else ''}.jpg"
        cv2.imwrite(str(target), np.hstack(tiles), [cv2.IMWRITE_JPEG_QUALITY, 90])
        print(target)


def _cut_out(path: str, index: int) -> list[tuple[str, Bytes]]:
    frames, kind = _read_frames(path, index)
    ours = BackgroundReplacement(MediaPipeMatte(), Color(BACKGROUND))
    ours.open(StreamInfo(path, kind, 0, 0))
    result = frames[-1]
    for frame in frames:
        result = ours(frame.copy())
    ours.close()
    tutorial = TutorialCutter()
    theirs = np.where(tutorial(frames[-1])[..., None] > 0, frames[-1], np.array(BACKGROUND, np.uint8))
    tutorial.close()
    return [("frame", frames[-1]), ("tutorial's recipe", theirs.astype(np.uint8)), ("framechain", result)]


def _read_frames(path: str, index: int) -> tuple[list[Bytes], str]:
    for sequence in sequences.SEQUENCES:
        if sequence.name == path:
            return [frame for frame, _ in sequence.frames()][max(0, index - _LEAD) : index + 1], "video"
    if Path(path).suffix.lower() in IMAGES:
        image = cv2.imread(path)
        if image is None:
            raise ValueError("no image that can be read")
        return [np.asarray(image, np.uint8)], "image"
    with VideoSource(path) as source:
        frames = [frame.bgr for frame in source if index - _LEAD <= frame.info.index <= index]
    if not frames:
        raise ValueError(f"has no frame {index}")
    return frames, "video"


def _make_tile(image: Bytes, caption: str) -> Bytes:
    factor = _TILE / image.shape[0]
    size = round(image.shape[1] * factor), _TILE
    tile = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    draw_caption(tile, caption)
    return tile


_SAMPLES = scenes.ROOT / "samples"
USUAL = (
    f"{_SAMPLES / 'portrait.jpg'}:110,0,330,200",
    f"{_SAMPLES / 'portrait.jpg'}@1:250,180,512,440",
    f"{_SAMPLES / 'clip.mp4'}@75:300,30,480,190",
    "fast hand@40:560,120,1160,720",
    "second person enters@42:720,230,1280,720",
)
"""The default crops, all from material that may be published."""
