"""FaceDetector: the faces of a frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ..basics.arguments import check_number, is_number
from ..errors import ArgumentError
from ..frame import Frame
from ..models.views import BgrView, View, YuvView
from ..pixels.image import Image, check_image
from .candidates import Candidates, join_candidates
from .face import Face
from .network import FULL_RANGE, LOWEST_SCORE, SHORT_RANGE, FaceNetwork
from .tiles import Region, list_regions

# Sides of the tiles as shares of the frame's shorter side: a frame of 16:9 has two, eight and 24 of them. The network
# needs some 12 pixels of a face in its input; a face that a small tile may cut is whole in a larger one.
TILE_SIDES = (1.11, 0.62, 0.35)
_SAME_FACE = 0.2
# A face with this score needs no second look.
SURE = 0.8
# The side of the square around a face that is looked at closely, relative to the face's.
_CLOSE = 4.0
# A box that leaves its tile by so much of its own size is of a face that the tile cuts.
_MOST_OUTSIDE = 0.1


class FaceDetector:
    """Finds faces by BlazeFace, each frame by itself.

    It looks at the whole frame, where a face must be about a ninth of the shorter side high, and in tiles that overlap,
    where a fortieth is enough. A look takes some 6 ms of CPU; a frame of 16:9 has 34 tiles.

    Attributes:
        min_score: Faces below it are left out, in [0.05, 1].
        small_faces: Whether it looks in tiles too.

    Example:
        >>> import cv2
        >>> [face] = FaceDetector().detect(cv2.imread("samples/portrait.jpg"))
        >>> face.score > 0.8, face.measure_overlap(Face(172, 70, 104, 104, 1.0)) > 0.8
        (True, True)
    """

    def __init__(self, *, min_score: float = 0.5, small_faces: bool = True) -> None:
        """Choose what is found.

        Args:
            min_score: Faces below it are left out, in [0.05, 1]: a lower one finds more faces, and more that are none.
            small_faces: Whether it looks in tiles too.

        Raises:
            ArgumentError: If `min_score` is no such number.
        """
        self.min_score = check_number("min_score", min_score, LOWEST_SCORE, 1)
        self.small_faces = small_faces
        self._wide, self._near = FaceNetwork(FULL_RANGE), FaceNetwork(SHORT_RANGE)

    def open(self) -> None:
        """Load the networks now and not with the first frame.

        Raises:
            DependencyError: If neither LiteRT nor MediaPipe is installed.
        """
        self._wide.open()
        self._near.open()

    def close(self) -> None:
        """Release the networks; they are loaded again on the next use."""
        self._wide.close()
        self._near.close()

    def detect(
        self, frame: Frame | Image, regions: Iterable[Region] | None = None, *, near: bool = False
    ) -> list[Face]:
        """Find faces.

        Args:
            frame: A `Frame`, BGR or YUV, which stays as it is, or uint8 (H, W, 3) BGR.
            regions: Look only at these parts of the frame, (left, top, right, bottom) in pixels, once at each. A face
                is found if it is at least a fifteenth of the longer side and not cut by the region. What lies beyond
                the frame is grey.
            near: Whether faces are known to be a sixth of the longer side of what is looked at or more, as around a
                face that was there before: the network for short range takes a third of the time.

        Returns:
            The faces, the surest first.

        Raises:
            ArgumentError: If a region is none.
            ArgumentTypeError: If `frame` is no such array.
            DependencyError: If neither LiteRT nor MediaPipe is installed.
        """
        view = make_view(frame)
        if regions is not None:
            return self._look_at(view, _read_regions(regions), near=near)
        tiles = list_regions(view.width, view.height, TILE_SIDES if self.small_faces else ())
        found = self._look_at(view, tiles, near=near)
        # Of many looks one is deceived rather than of one.
        return [
            face
            for face in found
            if not self.small_faces or face.score >= SURE or self.confirm(frame, face, self.min_score)
        ]

    def _look_at(self, view: View, regions: Sequence[Region], *, near: bool) -> list[Face]:
        network = self._near if near else self._wide
        found = [_look(network, view, region) for region in regions]
        return join_candidates(np.concatenate(found), self.min_score) if found else []

    def confirm(self, frame: Frame | Image, face: Face, min_score: float) -> bool:
        """Look closely at a doubtful face of a wide look: hands and leaves rarely deceive both networks.

        Args:
            frame: The frame, as for `detect`.
            face: What was found in it.
            min_score: The mean of the face's score and of those of two close looks must be this high.
        """
        view, region = make_view(frame), face.surround(_CLOSE)
        scores = [face.score]
        for near in (True, False):
            seen = self._look_at(view, [region], near=near)
            scores.append(max((one.score for one in seen if one.measure_overlap(face) > _SAME_FACE), default=0.0))
        is_cut = min(face.x, face.y, view.width - face.x - face.width, view.height - face.y - face.height) < 0
        # Of a face that the frame's border cuts, one network may see too little.
        counted = sorted(scores)[1:] if is_cut else scores
        return sum(counted) / len(counted) >= min_score


def make_view(frame: Frame | Image) -> View:
    """Return a frame as the networks read it.

    Raises:
        ArgumentTypeError: If it is neither a `Frame` nor uint8 (H, W, 3).
    """
    if not isinstance(frame, Frame):
        return BgrView(check_image(frame))
    return YuvView(frame.yuv, frame.info.stream.colour) if frame.is_yuv else BgrView(frame.read_bgr())


def _look(network: FaceNetwork, view: View, region: Region) -> Candidates:
    """Look for faces in a part of a frame; those that it cuts are left out, for their boxes are too small."""
    found = network.look(view, region)
    left, top, right, bottom = found[:, 1:5].T
    slack = _MOST_OUTSIDE * (right - left)
    is_whole = np.ones(len(found), bool)
    # A face that the frame's border cuts is another matter.
    if region[0] > 0:
        is_whole &= left >= region[0] - slack
    if region[1] > 0:
        is_whole &= top >= region[1] - slack
    if region[2] < view.width:
        is_whole &= right <= region[2] + slack
    if region[3] < view.height:
        is_whole &= bottom <= region[3] + slack
    kept: Candidates = found[is_whole]
    return kept


def _read_regions(regions: Iterable[Region]) -> list[Region]:
    checked: list[Region] = []
    for number, region in enumerate(regions):
        sides = [float(side) if is_number(side) else math.nan for side in region]
        if len(sides) != 4 or not (sides[0] < sides[2] and sides[1] < sides[3]) or not np.isfinite(sides).all():
            raise ArgumentError(
                f"regions[{number}] must be (left, top, right, bottom) in pixels with left < right and top < bottom, "
                f"got {region!r}"
            )
        checked.append(sides)
    return checked
