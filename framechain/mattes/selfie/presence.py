"""Whether there is anybody: both networks must agree on it.

The selfie models always look for a person, so they find one in rocks, furniture and clouds too. PP-HumanSeg errs in
other places, and finds smaller people. It is the slower one: it looks at few frames.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import cv2
import numpy as np

from ...models.views import Crop
from ..arrays import Bytes, as_bytes
from .people import PERSON_THRESHOLD
from .smoothing import make_crop_transform

SURE = 0.88
"""Mean confidence from which the second network is sure: of people who fill a third of the frame."""

# Frames between two looks: where people are followed; where nobody is and nothing moves, and where something moves.
_PERIOD, _QUIET, _BUSY = 12, 6, 2
# Frames after a look until something unexpected brings the next one. It doubles while looks show nothing new.
_PATIENCE = 3
# Looks in succession without agreement after which nobody is there.
_DOUBTS = 2
# Least confidence of the second network: of what it takes for people where there is nobody, most is below.
_LEAST = 0.75
# Change of the people's area since the last look, as a factor, that is unexpected.
_GROWTH = 2.0
# Share of its smallest enclosing circle that a round thing fills: a globe 0.82 to 0.96, people up to 0.71, a head that
# fills a square frame up to 0.78.
_ROUND = 0.79
# Least share of an answer's pixels whose shape says something.
_SHAPED = 0.01
# Weak evidence that has to add up, look after look, before somebody is there.
_ENOUGH = 4


class Evidence(IntEnum):
    """How sure it is that people are there; the number is its weight where it has to add up."""

    NONE = 0
    WEAK = 1
    LASTING = 2
    CERTAIN = 4


class Agreement(NamedTuple):
    """How far two networks see the same people.

    Attributes:
        confidence: Mean confidence of the second network where it sees people, in [0, 1].
        overlap: IoU of both networks' mattes.
    """

    confidence: float
    overlap: float

    @property
    def is_strong(self) -> bool:
        """Whether one look is enough: most people who fill a third of the frame."""
        return self.confidence >= SURE and self.overlap >= 0.8

    @property
    def is_plausible(self) -> bool:
        """Whether a closer look is worth its time: people who are small, seen from behind or half hidden."""
        return self.confidence >= _LEAST and self.overlap >= 0.45 and self.confidence + self.overlap >= 1.25

    @property
    def is_hint(self) -> bool:
        """Whether both networks see something at the same place: it may be a person who is coming in."""
        return self.confidence >= 0.6 and self.overlap >= 0.5

    @property
    def is_clear_in_crop(self) -> bool:
        """Whether a closer look, at the crop alone, shows people: they are seen in more pixels there."""
        return self.confidence >= _LEAST and self.overlap >= 0.5 and self.confidence + self.overlap >= 1.4

    @property
    def is_lasting_in_crop(self) -> bool:
        """Whether a closer look shows people well enough that a second one is expected to show them, too."""
        return self.overlap >= 0.7 and self.confidence + self.overlap >= 1.6

    @property
    def is_certain_in_crop(self) -> bool:
        """Whether a closer look is enough alone. Rocks, which a crop shows without what is around, reach 0.88."""
        return self.confidence >= 0.91 and self.overlap >= 0.83


def compare_opinions(matte: Bytes, opinion: Bytes, seen: Crop, crop: Crop) -> Agreement:
    """Compare the answers of two networks.

    Args:
        matte: uint8 (h, w): the matte of `crop`.
        opinion: uint8, of any size: the second network's answer.
        seen: The part of the frame that the opinion shows; it contains the crop.
        crop: The part that the matte shows.
    """
    size = matte.shape[1], matte.shape[0]
    matrix = make_crop_transform(seen, (opinion.shape[1], opinion.shape[0]), crop, size)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    other = as_bytes(cv2.warpAffine(opinion, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
    confidence = float(cv2.mean(other, as_bytes(cv2.inRange(other, PERSON_THRESHOLD, 255)))[0]) / 255
    one, two = matte > 127, other > 127
    union = int(np.count_nonzero(one | two))
    return Agreement(confidence, int(np.count_nonzero(one & two)) / max(1, union))


def is_round(matte: Bytes, crop: Crop) -> bool:
    """Return whether what a matte shows is round, as a globe, a ball or a plate is, and no person.

    Args:
        matte: uint8 (h, w).
        crop: The part of the frame that it shows.
    """
    mask = as_bytes(cv2.inRange(matte, 128, 255))
    if np.count_nonzero(mask) < _SHAPED * mask.size:
        return False
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    scale = np.array([crop.width / mask.shape[1], crop.height / mask.shape[0]], np.float32)
    outline = max(contours, key=cv2.contourArea).astype(np.float32) * scale
    _, radius = cv2.minEnclosingCircle(outline)
    return cv2.contourArea(outline) >= _ROUND * np.pi * radius**2


class Presence:
    """Decides when the second network looks, and whether anybody is there.

    People are there from one look with agreement until two looks in succession without.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next frame is looked at."""
        self.is_somebody = False
        self._since = self._wait = self._doubts = self._hopes = 0
        self._patience = _PATIENCE
        self._area = 0.0
        self._is_unexpected = False

    def needs_look(self, is_motion: bool) -> bool:
        """Return whether the second network is to look at this frame; to be called once for each frame.

        Args:
            is_motion: Whether anything moves outside the crop, or in the frame if there is no crop.
        """
        self._since += 1
        if self._since >= self._wait:
            return True
        if not self.is_somebody:
            return is_motion and self._since >= _BUSY
        return (is_motion or self._is_unexpected) and self._since >= self._patience

    def watch(self, area: float, touches_border: bool) -> None:
        """Take in what was found in a frame.

        Args:
            area: The people's area in pixels.
            touches_border: Whether they reach out of the crop.
        """
        has_changed = not self._area / _GROWTH <= area <= self._area * _GROWTH
        self._is_unexpected = touches_border or has_changed

    def assume(self, area: float) -> None:
        """Begin with people that were found in another way; the next frame is looked at."""
        self.is_somebody, self._area = True, area

    def accepts(self, evidence: Evidence, *, is_first: bool) -> bool:
        """Return whether what a look found is enough.

        Args:
            evidence: How sure both networks are.
            is_first: Whether nothing was known before, as in the first frame: then all evidence is.
        """
        if evidence in (Evidence.NONE, Evidence.CERTAIN):
            return evidence is Evidence.CERTAIN
        return self.is_somebody or is_first or self._hopes + evidence >= _ENOUGH

    def hope(self, evidence: Evidence) -> None:
        """Take in that a look found something, but not enough."""
        self._hopes += evidence
        self._since, self._wait = 0, _PATIENCE

    def confirm(self, area: float, *, is_news: bool) -> None:
        """Take in that both networks see people.

        Args:
            area: The people's area in pixels.
            is_news: Whether the look changed the crop.
        """
        self._patience = _PATIENCE if is_news else min(2 * self._patience, _PERIOD)
        self.is_somebody, self._area = True, area
        self._since, self._wait, self._doubts, self._hopes = 0, _PERIOD, 0, 0

    def deny(self, *, is_hint: bool = False) -> None:
        """Take in that a look found no agreement.

        Args:
            is_hint: Whether the next frame is to be looked at.
        """
        self._doubts += 1
        self._hopes = 0
        self.is_somebody = self.is_somebody and self._doubts < _DOUBTS
        self._since, self._wait = 0, 1 if self.is_somebody or is_hint else _QUIET
