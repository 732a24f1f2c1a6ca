"""The matte of a stream: a closer look where the last frame's people were, held steady in time."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..arrays import Bytes, as_bytes
from .augmentation import grey_of, look
from .crop_tracking import Tracker
from .edges import follow
from .model import SelfieModel
from .people import PERSON, People
from .smoothing import Smoother, placement
from .views import Box, View, whole

# Mean change of brightness over the thumbnail, in grey levels, from which another scene is shown.
_CUT = 18.0
# Change of one of its pixels that is worth a look at what lies outside the box.
_STIR = 16
# Width over height of a box from which one that sees wide pictures looks at it, and down to which it goes on.
_WIDE, _NARROW = 1.6, 1.35
# Of the tallest column of a matte: what is not that tall is no person.
_TALL = 0.2
# The answer's size: its longer side at most this, unless the people would then be found finer than told.
_LONGEST = 640
_FINEST = 320


class StreamMatte:
    """Cuts people out of the frames of one stream, one after the other."""

    def __init__(self, finder: SelfieModel, cutter: SelfieModel, people: People, *, mirrored: bool = False) -> None:
        """Choose who looks.

        Args:
            finder: Looks at whole frames, now and then.
            cutter: Looks at the people, in every frame.
            people: What counts as such.
            mirrored: Whether the cutter looks at the mirror image, too.
        """
        self._finder = finder
        self._cutter = cutter
        self._people = people
        self._mirrored = mirrored
        self._tracker = Tracker()
        self._smoother = Smoother()
        self._is_wide = False
        self._until_doubt = 0
        self._size: tuple[int, int] | None = None
        self._thumbnail: Bytes | None = None
        self._change: Bytes | None = None

    def reset(self) -> None:
        """Forget all earlier frames."""
        self._tracker.reset()
        self._smoother.reset()
        self._size = self._thumbnail = self._change = None
        self._is_wide = False

    @property
    def box(self) -> Box | None:
        """Where the next frame will be looked at; None for all of it."""
        return self._tracker.box

    def __call__(self, view: View) -> Bytes:
        """Find the people in the next frame.

        Args:
            view: The frame.

        Returns:
            uint8 (h, w): the matte of the whole frame, as large as it or smaller.
        """
        if self._size != (view.width, view.height):
            self.reset()
        self._size = view.width, view.height
        stirred = self._stirred_outside(view)
        found = None
        if self._tracker.box != whole(view) and self._tracker.wants_full(stirred):
            found = look(self._finder, view.rgb(whole(view), *self._finder.size))
            found, extent = self._people(found, whole(view))
            self._tracker.saw_full(extent, view.width, view.height)
        box = self._tracker.box
        if box is None:
            assert found is not None
            return found
        cutter = self._cutter_for(box, view)
        rgb = view.rgb(box, *cutter.size)
        grey = grey_of(rgb)
        matte = self._smoother(
            look(cutter, rgb, mirrored=self._mirrored), grey, box, self._stirred_in(box, view, cutter.size)
        )
        matte, extent = self._people(matte, box)
        self._smoother.shown(matte)
        self._tracker.saw(extent, view.width, view.height)
        if self._tracker.box is None:
            self._smoother.reset()
        return self._pasted(matte, grey, view, box)

    def _cutter_for(self, box: Box, view: View) -> SelfieModel:
        """Who looks at a box: several people side by side make a wide one, in which they must not be squeezed."""
        wide = self._finder.wide and box.width > (_NARROW if self._is_wide else _WIDE) * box.height
        self._until_doubt = self._until_doubt - 1 if wide and self._is_wide else 0
        if wide and self._until_doubt <= 0:
            # It led here, too: the other one must agree, at first and now and then, that people reach that far.
            second_opinion = look(self._cutter, view.rgb(box, *self._cutter.size))
            wide = breadth(self._people(second_opinion, box)[0]) > 0.75
            self._until_doubt = self._tracker.period
        self._is_wide = wide
        return self._finder if wide else self._cutter

    def _stirred_outside(self, view: View) -> bool:
        """Take note of a frame: starts afresh at a cut, and tells whether something moves outside the box."""
        thumbnail, last = view.thumbnail(), self._thumbnail
        self._thumbnail = thumbnail
        if last is None:
            return False
        change = as_bytes(cv2.absdiff(thumbnail, last))
        self._change = change.copy()
        if change.mean() > _CUT:
            self._tracker.reset()
            self._smoother.reset()
        box = self._tracker.box
        if box is None:
            return False
        height, width = change.shape
        rows = slice(box.top * height // view.height, math.ceil(box.bottom * height / view.height))
        columns = slice(box.left * width // view.width, math.ceil(box.right * width / view.width))
        change[rows, columns] = 0
        return bool(change.max() > _STIR)

    def _stirred_in(self, box: Box, view: View, size: tuple[int, int]) -> Bytes | None:
        """How much the picture has changed in a box that is not the last one, as the thumbnail tells."""
        if self._change is None or self._smoother.box in (None, box):
            return None
        seen_through = placement(whole(view), self._change.shape[::-1], box, size)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return as_bytes(cv2.warpAffine(self._change, seen_through, size, flags=how, borderMode=cv2.BORDER_REPLICATE))

    def _pasted(self, matte: Bytes, grey: Bytes, view: View, box: Box) -> Bytes:
        """The matte of a box as one of the whole frame, with the edges that the picture has at that size."""
        halvings = 1
        while (
            max(view.width, view.height) > _LONGEST * halvings and max(box.width, box.height) > 2 * _FINEST * halvings
        ):
            halvings *= 2
        # The box on the smaller canvas, and what it then is in the frame: no pixel is shared with outside.
        left, top = (side // halvings for side in box[:2])
        right, bottom = (-(-side // halvings) for side in box[2:])
        canvas = np.zeros((-(-view.height // halvings), -(-view.width // halvings)), np.uint8)
        fine = follow(matte, grey).at(view.grey(box, right - left, bottom - top))
        canvas[top:bottom, left:right] = fine
        return canvas


def breadth(matte: Bytes) -> float:
    """How far apart people are, as a share of the width: arms and what lies on a table are not counted."""
    heights = np.count_nonzero(matte >= PERSON, axis=0)
    tall = np.flatnonzero(heights > _TALL * heights.max())
    return float(tall[-1] - tall[0] + 1) / matte.shape[1] if tall.size else 0.0
