"""Whether faces are covered in an output, and how much is covered where there is none.

A face is uncovered if the detail in the middle half of its box is still the source's: `compare_detail` is above LIMIT.
The share of a frame that is covered in vain are the pixels that differ strongly outside all boxes, each twice as large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# It puts this checkout before whatever is installed.
import measure  # noqa: F401

# isort: split
import cv2
import numpy as np
from face_truth import Box, Bytes
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Faces are compared at this size in pixels, smaller ones at their own: what is finer is the encoder's more than theirs.
_SIZE = 32
# Eyes, nose and mouth of a face of that size: between Gaussians of these standard deviations.
_FINE, _COARSE = 1.0, 4.0
# Grey levels by which encoders change that band (libx264 at crf 18 to 25). Weaker detail is taken for theirs, as a
# correlation does not see that a detail is faint.
_NOISE = 1.0
# Of the faces of faces_truth/, those that were only encoded again have at least 0.92 at crf 18 and at crf 25, with few
# below 0.85, 0.60 (15 pixels wide); under deface's blur they have at most 0.51, a picture 0.58, a colour 0.2. Above the
# limit is as well what shows more than that: deface's mosaic of 20 pixels on a large face (0.86), 10 cells across a
# face (0.95), and a Gaussian blur of a 10th of its width (0.9).
LIMIT = 0.6
# Hair, chin and ears are within this many times the box, about its middle; so is deface's cover (1.6). At the frame's
# edge a face may be cut, but not the hair on its other side: it is taken to be at least this wide for its height.
_HEAD, _NARROWEST = 2.0, 0.75
# A pixel is covered if the difference after this blur (in pixels) is more grey levels than this: libx264's errors are
# so for 0.003 % of the pixels at crf 25; of a place under deface's blur, half are, less where it has no detail.
_CHANGE, _SPREAD = 12.0, 2.5


@dataclass
class Score:
    """What a tool did to an excerpt.

    Attributes:
        frames: How many frames were judged.
        uncovered: The index, box and correlation of each face that is uncovered.
        in_vain: The share of each frame that is covered outside all faces.
    """

    frames: int = 0
    uncovered: list[tuple[int, Box, float]] = field(default_factory=list)
    in_vain: list[float] = field(default_factory=list)

    @property
    def bad_frames(self) -> list[int]:
        """The frames with an uncovered face."""
        return sorted({index for index, *_ in self.uncovered})

    @property
    def false_share(self) -> float:
        """The mean share of a frame that is covered outside all faces."""
        return float(np.mean(self.in_vain)) if self.in_vain else 0.0

    def add(self, source: Bytes, output: Bytes, faces: Sequence[Box], either: Sequence[Box]) -> None:
        """Judge the next frame, BGR.

        The output may have another size: deface makes both sides multiples of 16. They are compared at that size, so
        that detail which only the scaling took away does not count as covered.
        """
        across, down = (one / other for one, other in zip(output.shape[1::-1], source.shape[1::-1], strict=True))
        if output.shape != source.shape:
            source = np.asarray(cv2.resize(source, output.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
        grey, result = (np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in (source, output))
        for box in faces:
            if (likeness := compare_detail(grey, result, _scale(box, across, down))) > LIMIT:
                self.uncovered.append((self.frames, box, likeness))
        boxes = [_scale(box, across, down) for box in (*faces, *either)]
        self.in_vain.append(float(find_changed(grey, result, boxes).mean()))
        self.frames += 1


def _scale(box: Box, across: float, down: float) -> Box:
    x, y, width, height = box
    return round(x * across), round(y * down), round(width * across), round(height * down)


def compare_detail(source: Bytes, output: Bytes, box: Box) -> float:
    """Return how much of a face's detail an output has: 0 none, 1 all of it.

    It is the normalised correlation of both images' bands that hold eyes, nose and mouth, in the middle half of the
    box; the encoder's noise counts as detail of the output that is not the source's.

    Args:
        source: uint8 (H, W).
        output: uint8 (H, W).
        box: x, y, width, height of the face in pixels.
    """
    x, y, width, height = box
    face = float((width * height) ** 0.5)
    scale = min(1.0, _SIZE / max(1.0, face))
    rows, columns = slice(*_widen(y, height, source.shape[0])), slice(*_widen(x, width, source.shape[1]))
    patch = source[rows, columns]
    if not patch.size:
        return 0.0
    size = max(4, round(patch.shape[1] * scale)), max(4, round(patch.shape[0] * scale))
    across, down = size[0] / patch.shape[1], size[1] / patch.shape[0]
    top, bottom = (round((y + share * height - rows.start) * down) for share in (0.25, 0.75))
    left, right = (round((x + share * width - columns.start) * across) for share in (0.25, 0.75))
    middle = np.s_[max(0, top) : max(1, bottom), max(0, left) : max(1, right)]
    detail, found = (_take_band(image[rows, columns], size, face * scale / _SIZE)[middle] for image in (source, output))
    if not detail.size:
        return 0.0
    detail, found = detail - detail.mean(), found - found.mean()
    energy = float((detail**2).sum()) * (float((found**2).sum()) + detail.size * _NOISE**2)
    return float((detail * found).sum() / max(1e-9, energy) ** 0.5)


def _widen(start: int, length: int, limit: int) -> tuple[int, int]:
    """Return the first and the last of a box's pixels, a quarter more at both ends, inside the frame."""
    return max(0, min(limit, round(start - length / 4))), max(0, min(limit, round(start + 1.25 * length)))


def _take_band(patch: Bytes, size: tuple[int, int], unit: float) -> Floats:
    """Return the band of eyes, nose and mouth of a patch made smaller, in which 32 units are the face."""
    small = cv2.resize(patch, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = cv2.GaussianBlur(small, (0, 0), max(0.5, _FINE * unit))
    return np.asarray(fine - cv2.GaussianBlur(small, (0, 0), max(1.0, _COARSE * unit)), np.float32)


def find_changed(source: Bytes, output: Bytes, boxes: Iterable[Box]) -> NDArray[np.bool_]:
    """Return which pixels differ strongly outside all boxes, each twice as large about its middle.

    Args:
        source: uint8 (H, W).
        output: uint8 (H, W).
        boxes: Faces, and what is not judged.
    """
    difference = cv2.GaussianBlur(cv2.absdiff(source, output).astype(np.float32), (0, 0), _SPREAD)
    changed = np.asarray(difference > _CHANGE, np.bool_)
    for x, y, width, height in boxes:
        across = (_HEAD - 1) / 2 * max(width, _NARROWEST * height)
        down = (_HEAD - 1) / 2 * max(height, width)
        rows = slice(max(0, round(y - down)), max(0, round(y + height + down)))
        changed[rows, max(0, round(x - across)) : max(0, round(x + width + across))] = False
    return changed
