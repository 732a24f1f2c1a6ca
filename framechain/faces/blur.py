"""FaceBlur: hides the faces of a stream."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from ..compositing.obscure import obscure
from ..effects.base import Effect, Number
from ..frame import Frame, StreamInfo
from .cover import FaceCover
from .detector import FaceDetector
from .face import Face
from .track import Track
from .watch import KEEP_SCORE, FaceWatch

# By how much the place of a face that is not seen grows in a second, as a share of its size: it may have moved.
_GROWTH = 0.5
_MOST_GROWTH = 0.4


class FaceBlur(Effect):
    """Hides faces in every frame of a camera's or a file's picture: by blur, pixels, a colour or a picture.

    Faces are found by BlazeFace and kept track of: one that is not seen for some frames, because it turns away or
    something is before it, stays hidden where it is followed to or presumed. A live stream never shows a frame whose
    faces could not be looked for: it is covered as a whole. What is hidden cannot be brought back from the output.

    It knows earlier frames only: in a file, `framechain anonymize` also hides a face before it was first found.

    Attributes:
        strict: Whether the whole picture is covered while a face is lost in it.

    Example:
        >>> import cv2
        >>> image = cv2.imread("samples/portrait.jpg")
        >>> hidden = FaceBlur()(image.copy())
        >>> (hidden != image).any(axis=2)[70:170, 180:270].mean() > 0.95, (hidden == image)[260:].all()
        (np.True_, np.True_)
    """

    hides_background = True
    history: int | None = None
    size = Number(0.8, 3, tunable="face_size", step=0.05)
    min_score = Number(KEEP_SCORE, 1, tunable="face_score", step=0.05)
    linger = Number(0, 10, tunable="face_linger", step=0.1)

    def __init__(
        self,
        how: str = "blur",
        *,
        size: float = 1.0,
        min_score: float = 0.5,
        linger: float = 1.0,
        strict: bool = False,
        small_faces: bool = True,
        feather: float = 0.15,
        color: Sequence[int] = (0, 0, 0),
        picture: str | os.PathLike[str] | NDArray[Any] | None = None,
    ) -> None:
        """Choose how faces are found and hidden.

        Args:
            how: "blur", "pixelate", "solid" (one colour) or "picture".
            size: How much is hidden: 1 is the head from the hair line to below the chin; from 0.8 to 3.
            min_score: The score of a new face, from 0.3 to 1: a lower one hides more faces, and more that are none.
            linger: Seconds for which a face that is lost is hidden where it is presumed, from 0 to 10.
            strict: Whether the whole picture is covered while a face is lost inside of it: until a face is found again,
                at most ten seconds.
            small_faces: Whether faces below a ninth of the picture's height are looked for too.
            feather: The soft edge's width as a share of the hidden place, from 0 to 1; it lies outside of it.
            color: Blue, green and red of "solid", 0..255 each.
            picture: What "picture" lays over faces: a path, or an array, uint8 (h, w, 4) BGRA or (h, w, 3) BGR.

        Raises:
            ArgumentError: If there is no such way, a number is out of range, or the picture is missing.
            ArgumentTypeError: If the picture is neither a path nor such an array.
            MissingInputError: If there is no such file.
            MediaError: If the file is no image.
        """
        self._cover = FaceCover(how, size=size, feather=feather, color=color, picture=picture)
        self._detector = FaceDetector(min_score=KEEP_SCORE, small_faces=small_faces)
        self._watch = FaceWatch(self._detector, min_score=min_score, linger=linger)
        self.size, self.min_score, self.linger, self.strict = size, min_score, linger, strict

    @property
    def how(self) -> str:
        """How faces are hidden."""
        return self._cover.how

    def open(self, stream: StreamInfo) -> None:
        """Load the networks and begin without faces."""
        self._detector.open()
        self.reset()

    def close(self) -> None:
        """Release the networks."""
        self._detector.close()

    def reset(self) -> None:
        """Forget the faces."""
        self._watch.reset()

    @property
    def status(self) -> str | None:  # type: ignore[override]
        """A sentence while the whole picture is covered."""
        return "a face is lost: the picture is covered until it is found" if self._hides_all else None

    @property
    def _hides_all(self) -> bool:
        return self.strict and self._watch.is_missing

    def process_frame(self, frame: Frame) -> Frame:
        """Hide the faces of a frame, in the layout that it has."""
        self._cover.size = self.size
        if frame.info.stream.kind == "image":
            self._watch.reset()
        self._watch.min_score, self._watch.linger = self.min_score, self.linger
        tracks = self._watch.update(frame)
        if self._hides_all:
            covered = frame.with_bgr(obscure(frame.read_bgr()))
            covered.matte_alpha = None  # It shows an outline.
            return covered
        return self._cover.hide(frame, [_presume(track) for track in tracks])


def _presume(track: Track) -> Face:
    """Return the place where a track's face may be."""
    if track.since == 0 or track.is_followed:
        return track.face
    grown = 1 + min(_GROWTH * track.since, _MOST_GROWTH)
    face, (x, y) = track.face, track.face.centre
    width, height = grown * face.width, grown * face.height
    return replace(face, x=x - width / 2, y=y - height / 2, width=width, height=height)
