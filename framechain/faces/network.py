"""BlazeFace: a network that finds faces and six points of each.

Source: V. Bazarevsky, Y. Kartynnik, A. Vakunov, K. Raveendran, M. Grundmann, "BlazeFace: Sub-millisecond Neural Face
Detection on Mobile GPUs", 2019, arXiv:1907.05047; the anchors and the decoding are those of MediaPipe's graphs
face_detection_short_range and face_detection_full_range. The files ship in the package.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..media.native_messages import hide_native_messages
from ..models.assets import read_asset
from ..models.lazy import LazyModel
from ..models.litert import NOISE, LiteRtInterpreter
from ..models.mediapipe_task import MediaPipeTask
from ..models.views import Crop, View
from ..pixels.image import Image
from .candidates import COLUMNS, Candidates, make_no_candidates
from .tiles import Region

# Candidates below it are never used: most of the anchors see nothing.
LOWEST_SCORE = 0.05
_FINER = 4


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the two networks.

    Attributes:
        file: Its file.
        digest: The file's SHA-256.
        size: Width and height of its input.
        grids: Cells per side of each grid of anchors, and how many anchors a cell has.
    """

    file: str
    digest: str
    size: int
    grids: tuple[tuple[int, int], ...]


SHORT_RANGE = Variant(
    "face_detection_short_range.tflite",
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    128,
    ((16, 2), (8, 6)),
)
FULL_RANGE = Variant(
    "face_detection_full_range_sparse.tflite",
    "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    192,
    ((48, 1),),
)


@lru_cache(maxsize=2)
def make_anchors(variant: Variant) -> NDArray[np.float32]:
    """Return the middle of each anchor, float32 (n, 2): x and y in [0, 1]; all anchors have the size 1.

    Example:
        >>> make_anchors(SHORT_RANGE).shape, make_anchors(FULL_RANGE).shape
        ((896, 2), (2304, 2))
    """
    parts = []
    for cells, anchors in variant.grids:
        middles = (np.arange(cells, dtype=np.float32) + np.float32(0.5)) / np.float32(cells)
        grid = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
        parts.append(np.repeat(grid, anchors, axis=0))
    return np.concatenate(parts)


class _Runtime(Protocol):
    """A loaded network."""

    def __call__(self, rgb: Image, x: int, y: int) -> Candidates:
        """Run the network on an image, uint8 (h, w, 3) RGB, placed at a column and a row of its grey input.

        Returns:
            Candidates with places in [0, 1] of the input.
        """

    def close(self) -> None:
        """Release the network."""


class _LiteRtRuntime(LiteRtInterpreter):
    """A network in LiteRT's interpreter: float32 (1, size, size, 3) in [-1, 1] to (1, n, 16) and (1, n, 1)."""

    def __init__(self, variant: Variant) -> None:
        super().__init__(read_asset(variant.file, variant.digest))
        self._variant = variant

    def __call__(self, rgb: Image, x: int, y: int) -> Candidates:
        # No name for the view of the interpreter's memory: it must be gone when the network runs.
        _fill(self._interpreter.tensor(self._input)()[0], rgb, x, y)
        numbers, scores = sorted(self._invoke(), key=lambda output: -output.shape[1])
        return decode(numbers, scores[:, 0], self._variant)


def _fill(tensor: NDArray[np.float32], rgb: Image, x: int, y: int) -> None:
    if rgb.shape != tensor.shape:
        tensor.fill(0)
    part = tensor[y : y + rgb.shape[0], x : x + rgb.shape[1]]
    np.multiply(rgb, np.float32(2 / 255), out=part)
    np.subtract(part, np.float32(1), out=part)


def decode(numbers: NDArray[np.float32], logits: NDArray[np.float32], variant: Variant) -> Candidates:
    """Turn the network's answer into candidates with places in [0, 1] of its input.

    Args:
        numbers: (n, 16): the middle of the box from the anchor's, its width and height, and the points from the
            anchor's middle, in pixels of the input.
        logits: (n,): the score before the logistic function.
        variant: Which network answered.
    """
    lowest = np.log(LOWEST_SCORE / (1 - LOWEST_SCORE))
    kept = np.flatnonzero(logits > lowest)
    places = numbers[kept] / np.float32(variant.size)
    anchors = make_anchors(variant)[kept]
    found = np.empty((len(kept), COLUMNS), np.float32)
    found[:, 0] = 1 / (1 + np.exp(-logits[kept].clip(-100, 100)))
    middle, half = places[:, :2] + anchors, places[:, 2:4] / 2
    found[:, 1:3], found[:, 3:5] = middle - half, middle + half
    found[:, 5:] = places[:, 4:] + np.tile(anchors, 6)
    return found


class _MediaPipeRuntime(MediaPipeTask):
    """A network in MediaPipe's face detector, which joins the candidates itself.

    It rounds boxes to pixels: the image is enlarged, which it takes back, so that its pixels are fine enough.
    """

    def __init__(self, variant: Variant) -> None:
        super().__init__(
            "FaceDetector", read_asset(variant.file, variant.digest), min_detection_confidence=LOWEST_SCORE
        )  # fmt: skip
        self._size = variant.size

    def __call__(self, rgb: Image, x: int, y: int) -> Candidates:
        square = np.full((self._size, self._size, 3), 128, np.uint8)
        square[y : y + rgb.shape[0], x : x + rgb.shape[1]] = rgb
        larger = square.repeat(_FINER, 0).repeat(_FINER, 1)
        faces = self._task.detect(self._wrap(larger)).detections
        rows = [self._read(face) for face in faces]
        return np.array(rows, np.float32).reshape(-1, COLUMNS)

    def _read(self, face: Any) -> list[float]:
        box, size = face.bounding_box, _FINER * self._size
        left, top = box.origin_x / size, box.origin_y / size
        sides = [left, top, left + box.width / size, top + box.height / size]
        points = [number for point in face.keypoints for number in (point.x, point.y)]
        return [face.categories[0].score, *sides, *points]


class FaceNetwork(LazyModel[_Runtime]):
    """One of the two networks, loaded on first use."""

    def __init__(self, variant: Variant) -> None:
        """Choose a network: SHORT_RANGE or FULL_RANGE."""
        self.variant = variant

    def look(self, view: View, region: Region) -> Candidates:
        """Look for faces in a part of a frame.

        Args:
            view: The frame.
            region: The part; its shape is kept. What lies beyond the frame is grey: a face that the frame's border
                cuts is found rather with something beside it.

        Returns:
            Candidates in pixels of the frame.

        Raises:
            DependencyError: If neither LiteRT nor MediaPipe is installed.
        """
        left, top, right, bottom = region
        crop = Crop(
            # Chroma has one sample for two pixels: a crop starts at an even one.
            max(0, math.floor(left)) // 2 * 2, max(0, math.floor(top)) // 2 * 2,
            min(view.width, math.ceil(right)), min(view.height, math.ceil(bottom)),
        )  # fmt: skip
        if crop.width <= 0 or crop.height <= 0:
            return make_no_candidates()
        size = self.variant.size
        scale = size / max(right - left, bottom - top, 1.0)
        width, height = (min(size, max(1, round(side * scale))) for side in (crop.width, crop.height))
        # The middle of the region is the middle of the input.
        x = round(size / 2 + (crop.left - (left + right) / 2) * scale)
        y = round(size / 2 + (crop.top - (top + bottom) / 2) * scale)
        x, y = max(0, min(x, size - width)), max(0, min(y, size - height))
        found = self._load()(view.crop_rgb(crop, width, height), x, y)
        # Width and height are rounded, each by itself.
        found[:, 1::2] = (found[:, 1::2] * size - x) * (crop.width / width) + crop.left
        found[:, 2::2] = (found[:, 2::2] * size - y) * (crop.height / height) + crop.top
        return found

    def _make_runtime(self) -> _Runtime:
        try:
            runtime: _Runtime = _LiteRtRuntime(self.variant)
        except ImportError:
            runtime = _MediaPipeRuntime(self.variant)
        with hide_native_messages(*NOISE):
            # The first inference is slow and may print messages: it must not happen in the middle of a stream.
            runtime(np.zeros((1, 1, 3), np.uint8), 0, 0)
        return runtime
