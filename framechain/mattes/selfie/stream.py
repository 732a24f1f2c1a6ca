"""The matte of a stream: inference on a crop that follows the people, held steady in time."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...models.views import SCENE_CUT, Crop, View, make_full_crop
from ..arrays import Bytes, as_bytes
from .augmentation import run_model
from .crop_tracking import CropTracker
from .edges import fit_guided_filter
from .humanseg import HumanSegModel
from .model import SelfieModel
from .motion import AnswerMover
from .people import PersonFilter
from .presence import Presence
from .search import PeopleSearch, measure_area
from .smoothing import MatteSmoother, make_crop_transform
from .windows import compute_size, count_windows, run_in_windows

# Change of one pixel of the thumbnail, in grey levels, that counts as motion outside the crop.
_MOTION = 16
# Longer side of the answer in pixels, and of the crop in it: larger ones are halved as long as both are exceeded.
_LONGEST, _FINEST = 640, 320


class StreamMatte:
    """Finds people in the frames of one stream, in order."""

    def __init__(
        self,
        frame_model: SelfieModel,
        crop_model: SelfieModel,
        person_filter: PersonFilter,
        second_model: HumanSegModel | None = None,
        *,
        flip: bool = False,
    ) -> None:
        """Choose the models.

        Args:
            frame_model: For whole frames, every few frames, if there is no second model.
            crop_model: For the crop around the people, in every frame.
            person_filter: Decides which components are people.
            second_model: For whole frames. People are there where it agrees with the crop's model.
            flip: True for test-time augmentation by a horizontal flip of the crop.
        """
        self._frame_model = frame_model
        self._crop_model = crop_model
        self._person_filter = person_filter
        self._presence = Presence()
        self._flip = flip
        self._tracker = CropTracker()
        self._search: PeopleSearch | None = None
        if second_model is not None:
            self._search = PeopleSearch(second_model, person_filter, self._tracker, self._presence, self._ask)
        # What the crop's model answered in this frame.
        self._answers: dict[Crop, Bytes] = {}
        self._smoother = MatteSmoother()
        self._mover = AnswerMover()
        self._windows = 1
        self._size: tuple[int, int] | None = None
        self._thumbnail: Bytes | None = None
        self._change: Bytes | None = None

    def reset(self) -> None:
        """Forget all earlier frames."""
        self._tracker.reset()
        self._smoother.reset()
        self._mover.reset()
        self._search_anew()
        self._size = self._thumbnail = self._change = None
        self._windows = 1

    @property
    def crop(self) -> Crop | None:
        """The crop for the next frame; None if nobody was found."""
        return self._tracker.crop

    def take_over(self, full_crop: Crop, confidence: Bytes, grey: Bytes) -> None:
        """Go on from what was found in another way in the last frame, so that people neither vanish nor jump.

        Args:
            full_crop: The whole of that frame.
            confidence: uint8 (h, w), the matte of all of it.
            grey: uint8 (h, w), the brightness of the image in which it was found.
        """
        matte, bounds = self._person_filter(confidence, full_crop)
        if bounds is None:
            return
        self._size = full_crop.width, full_crop.height
        self._tracker.update_from_frame(bounds, *self._size)
        self._smoother.begin(matte, grey, full_crop)
        self._presence.assume(measure_area(matte, full_crop))

    def __call__(self, view: View) -> Bytes:
        """Find the people in the next frame: uint8 (h, w), the matte of all of it, of its size or smaller."""
        if self._size != (view.width, view.height):
            self.reset()
        self._size = view.width, view.height
        motion = self._detect_motion(view)
        self._answers.clear()
        if self._search is not None:
            return self._find_by_agreement(self._search, view, motion)
        full_crop, found = make_full_crop(view), None
        if self._tracker.crop != full_crop and self._tracker.needs_full_frame(motion is not None):
            found = run_model(self._frame_model, view.crop_rgb(full_crop, *self._frame_model.size))
            found, bounds = self._person_filter(found, full_crop)
            self._tracker.update_from_frame(bounds, view.width, view.height)
        crop = self._tracker.crop
        if crop is None:
            assert found is not None
            return found
        return _paste(*self._find_in_crop(view, crop), view, crop)

    def _find_by_agreement(self, search: PeopleSearch, view: View, motion: float | None) -> Bytes:
        """Find people that both networks see; the second one looks at some frames only."""
        presence, tracker = self._presence, self._tracker
        if presence.needs_look(motion is not None):
            search.look(view, motion)
        elif motion is not None:
            tracker.reach_out(view.width, view.height)
        crop = tracker.crop
        if crop is None or not presence.is_somebody:
            self._forget_people()
            return _make_empty(view)
        matte, grey = self._find_in_crop(view, crop)
        presence.watch(measure_area(matte, crop), tracker.touches_border)
        if tracker.crop is not None:
            return _paste(matte, grey, view, crop)
        presence.reset()
        self._forget_people()
        return _make_empty(view)

    def _search_anew(self) -> None:
        self._presence.reset()
        if self._search is not None:
            self._search.reset()

    def _forget_people(self) -> None:
        self._tracker.reset()
        self._smoother.reset()
        self._mover.reset()

    def _find_in_crop(self, view: View, crop: Crop) -> tuple[Bytes, Bytes]:
        """Return the matte of the crop and the brightness of its image, both uint8 (h, w); let the crop follow."""
        self._windows = count_windows(crop, self._windows)
        size = compute_size(self._crop_model, self._windows)
        grey = view.crop_grey(crop, *size)
        answer = None if self._flip or crop in self._answers else self._mover(grey, crop)
        if answer is None:
            answer = self._run(view, crop)
            self._mover.note(answer, grey, crop)
        matte = self._smoother(answer, grey, crop, self._crop_motion(crop, view, size))
        matte, bounds = self._person_filter(matte, crop)
        matte = self._smoother.replace_last(matte)
        self._tracker.update_from_crop(bounds, view.width, view.height)
        if self._tracker.crop is None:
            self._smoother.reset()
        return matte, grey

    def _run(self, view: View, crop: Crop) -> Bytes:
        """Return the model's answer for a crop of this frame, uint8 (h, w)."""
        if crop not in self._answers:
            rgb = view.crop_rgb(crop, *compute_size(self._crop_model, count_windows(crop, self._windows)))
            self._answers[crop] = run_in_windows(self._crop_model, rgb, flip=self._flip)
        return self._answers[crop]

    def _ask(self, view: View, crop: Crop) -> Bytes:
        """Return the matte of a crop, uint8 (h, w), without what was known before."""
        return self._person_filter(self._run(view, crop), crop)[0]

    def _detect_motion(self, view: View) -> float | None:
        """Compare a frame with the last one; start over at a scene cut.

        Returns:
            Where something moves outside the crop, as a share of the frame's width; None if nothing does.
        """
        thumbnail, last = view.make_thumbnail(), self._thumbnail
        self._thumbnail = thumbnail
        if last is None:
            return None
        change = as_bytes(cv2.absdiff(thumbnail, last))
        self._change = change.copy()
        if change.mean() > SCENE_CUT:
            self._forget_people()
            self._search_anew()
        crop = self._tracker.crop
        if crop is None:
            return _find_motion(change)
        height, width = change.shape
        rows = slice(crop.top * height // view.height, math.ceil(crop.bottom * height / view.height))
        columns = slice(crop.left * width // view.width, math.ceil(crop.right * width / view.width))
        change[rows, columns] = 0
        return _find_motion(change)

    def _crop_motion(self, crop: Crop, view: View, size: tuple[int, int]) -> Bytes | None:
        """Return the thumbnail's change within a crop that is not the last one."""
        if self._change is None or self._smoother.crop in (None, crop):
            return None
        matrix = make_crop_transform(make_full_crop(view), self._change.shape[::-1], crop, size)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return as_bytes(cv2.warpAffine(self._change, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _find_motion(change: Bytes) -> float | None:
    """Return the mean place of what changes, uint8 (h, w), as a share of the width; None if nothing does."""
    columns = np.flatnonzero(change.max(axis=0) > _MOTION)
    return float(columns.mean() + 0.5) / change.shape[1] if columns.size else None


def _make_empty(view: View) -> Bytes:
    """Return a matte of nobody; small, because no detail is lost."""
    factor = max(1.0, max(view.width, view.height) / _FINEST)
    return np.zeros((max(1, round(view.height / factor)), max(1, round(view.width / factor))), np.uint8)


def _paste(matte: Bytes, grey: Bytes, view: View, crop: Crop) -> Bytes:
    """Return the matte of a crop as one of the whole frame, aligned with the image's edges at that size."""
    scale = 1
    while max(view.width, view.height) > _LONGEST * scale and max(crop.width, crop.height) > 2 * _FINEST * scale:
        scale *= 2
    # Rounding outwards keeps every pixel of the crop on the smaller canvas.
    left, top = (side // scale for side in crop[:2])
    right, bottom = (-(-side // scale) for side in crop[2:])
    canvas = np.zeros((-(-view.height // scale), -(-view.width // scale)), np.uint8)
    fine_grey = view.crop_grey(crop, right - left, bottom - top)
    canvas[top:bottom, left:right] = fit_guided_filter(matte, grey).apply(fine_grey)
    return canvas
