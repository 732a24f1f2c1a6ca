"""AutoFrame: the frames are cropped around the people in them, as by a camera operator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_choice, check_size
from ..effects.base import Effect, Number
from ..effects.geometry import reshape
from ..errors import ArgumentError
from ..faces.detector import FaceDetector, make_view
from ..frame import Frame, StreamInfo
from ..models.views import SCENE_CUT
from ..pixels.image import Plane
from ..pixels.luma import as_bytes
from .composition import Limits, Shot
from .operator import Operator
from .watch import LOWEST_SCORE, Detector, Watch

_PEOPLE = "one", "group"
# Pixels by which a shot may differ from the whole frame, which is then passed on as it is.
_INVISIBLE = 0.02
# A cut changes the thumbnail so many times more than the frame before did.
_SUDDEN = 3.0


class AutoFrame(Effect):
    """Crops the frames around a person, or around all people, and follows them smoothly.

    Eyes are on the upper third, a person who looks aside has room there, and nobody is cut off. Small movements leave
    the camera at rest (a dead zone); for larger ones it moves along a path without overshoot (three equal low-passes
    in a row). When nobody is seen it holds the shot, and then slowly becomes wide. At a cut it jumps. It looks for
    faces (`FaceDetector`) some eight times a second, and at no later frame: files get the path that a camera gets.

    Attributes:
        region: (left, top, width, height) in pixels of what the last frame shows; None before the first one.

    Example:
        >>> import cv2
        >>> framing = AutoFrame(size=(256, 256), face=0.4, max_zoom=3)
        >>> framing(cv2.imread("samples/portrait.jpg")).shape
        (256, 256, 3)
        >>> left, top, width, height = framing.region
        >>> 60 < left < 110, 260 < width < 310, abs(width - height) < 1
        (True, True, True)
    """

    history: int | None = None
    speed = Number(0.2, 5, tunable="auto_frame_speed", step=0.1)
    face = Number(0.05, 0.6, tunable="auto_frame_face")
    min_zoom = Number(1, 10)
    max_zoom = Number(1, 10, tunable="auto_frame_zoom", step=0.1)

    def __init__(
        self,
        people: str = "group",
        *,
        size: tuple[int, int] | None = None,
        speed: float = 1.0,
        face: float = 0.22,
        min_zoom: float = 1.0,
        max_zoom: float = 2.0,
        detector: Detector | None = None,
    ) -> None:
        """Choose who is shown and how.

        Args:
            people: "group" for everybody who is seen, "one" for the largest person alone.
            size: Width and height of the output in pixels, such as (1080, 1920); that of the frames if not given.
            speed: How fast the camera moves, from 0.2 to 5: at 1 a move takes one and a half seconds.
            face: The share of the output's height that a face, from the brow to the chin, takes: 0.1 shows the whole
                body, 0.22 head and shoulders, 0.4 the face.
            min_zoom: How many times the largest shot is enlarged at least, from 1 to 10.
            max_zoom: How many times at most: beyond 2 the output looks soft.
            detector: What finds faces instead of `FaceDetector`: an object with `detect(frame, regions)` that returns
                `Face`s, and `close()`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.people = check_choice("people", people, _PEOPLE)
        self.size = None if size is None else check_size("size", size)
        self.speed, self.face = speed, face
        self.min_zoom, self.max_zoom = min_zoom, max_zoom
        if self.min_zoom > self.max_zoom:
            raise ArgumentError(f"min_zoom must not be above max_zoom, got {min_zoom!r} and {max_zoom!r}")
        self._watch = Watch(
            FaceDetector(min_score=LOWEST_SCORE) if detector is None else detector, group=people == "group"
        )
        self._operator = Operator()
        self._thumbnail: Plane | None = None
        self._change = 0.0
        self._frame_size: tuple[int, int] | None = None
        self.region: tuple[float, float, float, float] | None = None

    def open(self, stream: StreamInfo) -> None:
        """Begin a stream."""
        self.reset()

    def reset(self) -> None:
        """Forget where people were: the next shot is taken at once."""
        self._watch.forget()
        self._operator.reset()
        self._thumbnail, self._change, self._frame_size = None, 0.0, None

    def close(self) -> None:
        """Release the detector's networks."""
        self._watch.detector.close()

    def process_frame(self, frame: Frame) -> Frame:
        """Cut the shot out of a frame and its alphas."""
        is_image = frame.info.stream.kind == "image"
        if is_image or frame.size != self._frame_size:
            self.reset()
            self._frame_size = frame.size
        if self._is_cut(frame):
            self._watch.forget()
            self._operator.reset()
        limits, time = self._make_limits(frame.size), frame.info.time
        looked = self._watch.look(frame, time, once=is_image)
        subjects = self._watch.find_subjects(limits)
        if looked:
            self._operator.aim(subjects, limits, time, self.speed)
        shot = self._operator.move(subjects, limits, time, self.speed)
        return self._cut(frame, shot, limits)

    def _make_limits(self, size: tuple[int, int]) -> Limits:
        width, height = self.size or size
        # A trackbar may move one beyond the other.
        return Limits(*size, width / height, self.face, min(self.min_zoom, self.max_zoom), self.max_zoom)

    def _is_cut(self, frame: Frame) -> bool:
        """Return whether the picture has just become another one; a fast pan changes it in each frame."""
        thumbnail, last = make_view(frame).make_thumbnail(), self._thumbnail
        before, self._thumbnail = self._change, thumbnail
        self._change = 0.0 if last is None else float(cv2.absdiff(thumbnail, last).mean())
        return self._change > max(SCENE_CUT, _SUDDEN * before)

    def _cut(self, frame: Frame, shot: Shot, limits: Limits) -> Frame:
        width, height = shot.height * limits.aspect, shot.height
        self.region = shot.x - width / 2, shot.y - height / 2, width, height
        size = self.size or frame.size
        if size == frame.size and max(map(abs, np.subtract(self.region, (0, 0, *size)))) < _INVISIBLE:
            return frame
        region = self.region

        def cut(plane: NDArray[np.uint8], step: int, beyond: int) -> NDArray[np.uint8]:
            part = tuple(side / step for side in region)
            return resample(plane, part, (-(-size[0] // step), -(-size[1] // step)))

        return reshape(frame, cut, size)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_thumbnail": None}


def resample(plane: NDArray[np.uint8], region: Sequence[float], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a part of a plane in another size; its place may lie between pixels, as a slow pan needs.

    Args:
        plane: uint8 (H, W) or (H, W, 3).
        region: Left, top, width and height in pixels.
        size: (width, height) of the result.

    Example:
        >>> resample(np.array([[0, 100, 200]], np.uint8), (0.5, 0, 2, 1), (2, 1)).tolist()
        [[50, 150]]
    """
    left, top, width, height = region
    scales = width / size[0], height / size[1]
    if max(scales) > 1:
        # Of several pixels that become one the mean is taken; what is left is less than a pixel.
        first = max(0, math.floor(left)), max(0, math.floor(top))
        last = min(plane.shape[1], math.ceil(left + width)), min(plane.shape[0], math.ceil(top + height))
        old = last[0] - first[0], last[1] - first[1]
        new = max(1, round(old[0] / max(1, scales[0]))), max(1, round(old[1] / max(1, scales[1])))
        plane = as_bytes(cv2.resize(plane[first[1] : last[1], first[0] : last[0]], new, interpolation=cv2.INTER_AREA))
        factors = new[0] / old[0], new[1] / old[1]
        left, top = (left - first[0]) * factors[0], (top - first[1]) * factors[1]
        scales = scales[0] * factors[0], scales[1] * factors[1]
    matrix = np.array([[scales[0], 0, left + scales[0] / 2 - 0.5], [0, scales[1], top + scales[1] / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return as_bytes(cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
