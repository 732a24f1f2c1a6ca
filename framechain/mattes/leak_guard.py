"""What keeps the room behind a person from being shown: arrays in, an alpha out."""

from __future__ import annotations

import cv2
import numpy as np

from ..compositing.alpha import choke_edge
from .arrays import Bytes, as_bytes, dilate, make_square, subtract_mask, take_channel_maximum, threshold_at

# Alpha from which a pixel is foreground, and from which it is more than background.
_SOLID, _FAINT = 128, 26
# How far the edge moves inwards where nothing shows that it lies on the person, as a share of the person's radius: of
# the largest circle that the foreground holds. The errors of a matte grow with the person.
_CHOKE = 0.035
# How far from the edge, as a share of this radius, what looks like the room is taken for it: a person may wear its
# colours.
_DEPTH = 0.6
# How far the foreground may reach beyond the last one, as a share of this radius, where the room is known to be hidden.
_REACH = 0.5
# The radius follows the frames by this share, so that the choke does not flicker.
_FOLLOW = 0.2
# Overlap of two foregrounds (intersection over union) below which the motion is too fast for a matte.
_OVERLAP = 0.5
# Mean change beside the foreground, in grey levels, at which another scene begins or the camera is moved.
_CUT = 18
# Share of the known room that looks different at which all of it is forgotten, and above which, in the mean of some
# frames, the camera is not steady: with a steady one it is a hundredth at most, with one that drifts three to ten.
_CHANGED, _UNSTEADY = 0.5, 0.02
# Change of a pixel, in grey levels, up to which it is still.
_STILL = 8
# Distance in pixels from the foreground at which the room is learnt.
_CLEAR = 2


class LeakGuard:
    """Tightens the alpha of a stream, or of single images, so that it shows as little of the room as possible.

    - The room is remembered where it was seen: what looks like it in the foreground is removed,
      but not deep inside.
    - Where the room is not known, as while the camera moves, or what is seen may be the room, the edge moves inwards.
    - Nothing is foreground before two frames agree on it.
    - Nothing is foreground while the motion is too fast for a matte, and at the start of another scene.
    """

    def __init__(self) -> None:
        self._memory = RoomMemory()
        self.reset()

    def reset(self) -> None:
        """Forget all earlier frames."""
        self._memory.reset()
        self._last: tuple[Bytes, Bytes, Bytes, Bytes] | None = None
        self._radius = self._unsteadiness = 0.0

    def tighten_image(self, alpha: Bytes) -> Bytes:
        """Tighten the alpha, uint8 (h, w), of a single image: only the edge moves inwards."""
        return choke_edge(alpha, _CHOKE * _measure_depth(threshold_at(alpha, _SOLID))[1])

    def __call__(self, alpha: Bytes, image: Bytes) -> Bytes:
        """Tighten the alpha of the next frame of a stream.

        Args:
            alpha: uint8 (h, w), 255 = foreground.
            image: uint8 (h, w, 3), the frame at this size.

        Returns:
            uint8 (h, w), nowhere above `alpha`.
        """
        if self._last is not None and self._last[0].shape != alpha.shape:
            self.reset()
        solid = threshold_at(alpha, _SOLID)
        clear = ~dilate(threshold_at(alpha, _FAINT), _CLEAR)
        like, other = self._memory.compare(image)
        change = None if self._last is None else take_channel_maximum(as_bytes(cv2.absdiff(image, self._last[1])))
        if self._last is not None and change is not None:
            changed = self._memory.measure_change(other, clear)
            if cv2.mean(change, clear & self._last[3])[0] > _CUT or changed > _CHANGED:
                self.reset()
                changed, like, other = 0.0, np.zeros_like(alpha), np.zeros_like(alpha)
            self._unsteadiness += _FOLLOW * (changed - self._unsteadiness)
        # A room that has moved is something else too: then this is no sign of the person.
        hidden = other if self._unsteadiness <= _UNSTEADY else np.zeros_like(alpha)
        depth, radius = _measure_depth(solid)
        self._radius = self._radius + _FOLLOW * (radius - self._radius) if self._radius else radius
        # What is left beside what looks like the room would be a rim of it.
        seen_through = dilate(like & solid & as_bytes(cv2.inRange(depth, 0, _DEPTH * radius)), 1)
        tight = subtract_mask(alpha, seen_through)
        tight = as_bytes(cv2.copyTo(tight, hidden, choke_edge(tight, _CHOKE * self._radius)))
        shown = np.zeros_like(alpha)
        if self._last is not None and change is not None:
            before, _, last_solid, _ = self._last
            if _measure_overlap(solid, last_solid) >= _OVERLAP:
                reached = dilate(before, round(_REACH * self._radius))
                shown = as_bytes(cv2.min(tight, as_bytes(cv2.copyTo(reached, hidden, before.copy()))))
            self._memory.learn(image, clear & as_bytes(cv2.inRange(change, 0, _STILL)), other)
        # The image may be the frame itself, on which later objects draw.
        self._last = tight, image.copy(), solid, clear
        return shown


class RoomMemory:
    """What the room looks like, as far as it was seen without anybody before it."""

    # Difference in grey levels below which a pixel looks like the room, and from which it is something else.
    _LIKE, _OTHER = 9, 13
    # Frames in a row that a still pixel must differ for it to be learnt anew.
    _STRIKES = 5

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the room."""
        self._image: Bytes | None = None

    def compare(self, image: Bytes) -> tuple[Bytes, Bytes]:
        """Compare an image with the room.

        Args:
            image: uint8 (h, w, 3).

        Returns:
            Masks, uint8 (h, w): where it looks like the room, and where it is clearly something else.
        """
        if self._image is None:
            nothing = np.zeros(image.shape[:2], np.uint8)
            return nothing, nothing
        distance = take_channel_maximum(as_bytes(cv2.absdiff(image, self._image)))
        like = as_bytes(cv2.inRange(distance, 0, self._LIKE - 1)) & self._known
        # Single pixels are noise.
        like = as_bytes(cv2.morphologyEx(like, cv2.MORPH_OPEN, make_square(3)))
        return like, threshold_at(distance, self._OTHER) & self._known

    def measure_change(self, other: Bytes, clear: Bytes) -> float:
        """Return the share of the known room, in [0, 1], that is another one.

        Args:
            other: Where an image is clearly something else, as a mask.
            clear: Where nobody is before the room, as a mask.
        """
        visible = 0 if self._image is None else cv2.countNonZero(self._known & clear)
        return cv2.countNonZero(other & clear) / visible if visible else 0.0

    def learn(self, image: Bytes, clear: Bytes, other: Bytes) -> None:
        """Learn the room.

        Args:
            image: uint8 (h, w, 3).
            clear: Where nobody is before it and nothing moves, as a mask.
            other: Where it is clearly something else than what is known, as a mask.
        """
        if self._image is None:
            self._image, self._known, self._strikes = image.copy(), clear.copy(), np.zeros_like(clear)
            self._one = np.ones_like(image)
            return
        # Light changes slowly: a step of one level follows it, and noise does not move it.
        followed = cv2.max(cv2.min(image, cv2.add(self._image, self._one)), cv2.subtract(self._image, self._one))
        cv2.copyTo(followed, clear & self._known & ~other, self._image)
        cv2.add(self._strikes, self._one[..., 0].copy(), dst=self._strikes, mask=clear & other)
        self._strikes[(clear & ~other) > 0] = 0
        new = (clear & ~self._known) | threshold_at(self._strikes, self._STRIKES)
        cv2.copyTo(image, new, self._image)
        self._known |= new
        self._strikes[new > 0] = 0


def _measure_depth(solid: Bytes) -> tuple[Bytes, float]:
    """Return how many pixels each one of a mask lies inside, uint8 (h, w), and the radius of its largest circle."""
    depth = cv2.convertScaleAbs(cv2.distanceTransform(solid, cv2.DIST_L2, 3)).astype(np.uint8, copy=False)
    return depth, float(depth.max())


def _measure_overlap(one: Bytes, other: Bytes) -> float:
    union = cv2.countNonZero(one | other)
    return cv2.countNonZero(one & other) / union if union else 1.0
