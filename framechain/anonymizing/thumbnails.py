"""The pictures of a report's page: what each track covers, and the result at regular times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from ..faces.box import Box
from ..frame import Frame
from ..pixels.image import Image
from .tracks import Track

ROLES = ("first", "weakest", "middle", "last")
"""Which frames of a track are shown."""

_SIDE = 144
"""Pixels of a track's picture."""

_AROUND = 2.4
"""The part of the frame that it shows, in sides of the face's box: a person sees what is covered, and what is not."""

_OVERVIEWS = 24
_OVERVIEW_SIDE = 320
_GREEN = (80, 220, 40)


def choose_frames(track: Track) -> Mapping[str, int]:
    """Return the frame of each role; a frame that has two roles is named by the first of them."""
    indexes = sorted(track.spots)
    wanted = (indexes[0], track.find_weakest(), indexes[len(indexes) // 2], indexes[-1])
    chosen: dict[str, int] = {}
    for role, index in zip(ROLES, wanted, strict=True):
        if index not in chosen.values():
            chosen[role] = index
    return chosen


class Thumbnails:
    """Takes the pictures while the clip is covered.

    Attributes:
        faces: A picture, (h, w, 3) BGR, for each track's number and role.
        overviews: A picture of the result for some frames, by their index.
    """

    def __init__(self, tracks: Sequence[Track], first: int, frames: int) -> None:
        """Choose what is shown.

        Args:
            tracks: The tracks, those that are left uncovered among them.
            first: The first frame of the clip.
            frames: How many frames it has.
        """
        self.faces: dict[tuple[int, str], Image] = {}
        self.overviews: dict[int, Image] = {}
        self._wanted: dict[int, list[tuple[int, str, Box]]] = {}
        for track in tracks:
            for role, index in choose_frames(track).items():
                self._wanted.setdefault(index, []).append((track.number, role, track.spots[index].box))
        count = min(_OVERVIEWS, frames)
        self._overviews = {first + (2 * place + 1) * frames // (2 * count) for place in range(count)}

    def take_faces(self, frame: Frame) -> None:
        """Keep what the page shows of a frame that is not covered yet."""
        wanted = self._wanted.get(frame.info.index)
        if wanted:
            image = frame.read_bgr()
            for number, role, box in wanted:
                self.faces[number, role] = _crop(image, box)

    def take_result(self, frame: Frame) -> None:
        """Keep what the page shows of a frame that is covered."""
        if frame.info.index in self._overviews:
            image = frame.read_bgr()
            scale = min(1.0, _OVERVIEW_SIDE / max(image.shape[:2]))
            size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
            self.overviews[frame.info.index] = np.asarray(
                cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8
            )


def _crop(image: Image, box: Box) -> Image:
    """Return a square picture of a face with its box; what lies beyond the frame is black."""
    (x, y), side = box.centre, max(2.0, max(box.width, box.height) * _AROUND)
    scale = _SIDE / side
    matrix = np.array([[scale, 0, (side / 2 - x) * scale], [0, scale, (side / 2 - y) * scale]])
    height, width = image.shape[:2]
    # The part is cut out and made smaller first: a warp alone would skip most pixels of a large face.
    left, top = max(0, int(x - side / 2) - 1), max(0, int(y - side / 2) - 1)
    right, bottom = min(width, int(x + side / 2) + 2), min(height, int(y + side / 2) + 2)
    picture = np.zeros((_SIDE, _SIDE, 3), np.uint8)
    if right > left and bottom > top:
        part, shrink = image[top:bottom, left:right], min(1.0, scale)
        size = max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        own = matrix.copy()
        own[:, 2] += matrix[:, :2] @ (left, top)
        own[0, 0] *= (right - left) / size[0]
        own[1, 1] *= (bottom - top) / size[1]
        picture = np.asarray(cv2.warpAffine(part, own, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR), np.uint8)
    corners = matrix @ np.array([[box.x, box.x + box.width], [box.y, box.y + box.height], [1, 1]])
    (left, right), (top, bottom) = corners.round().astype(int).tolist()
    cv2.rectangle(picture, (left, top), (right, bottom), _GREEN, 1)
    return picture
