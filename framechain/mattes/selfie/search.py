"""Where people are: what the second network sees in the frame, confirmed by both networks in the crop.

Small people show in too few pixels of the whole frame for either network. In a part of the frame they show in more, but
so do rocks and furniture: there both networks must be certain, in a closer look at the crop alone.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ...models.views import Crop, View, make_full_crop
from ..arrays import Bytes, as_bytes, resize_bytes
from .crop_tracking import CropTracker
from .humanseg import HumanSegModel
from .people import PersonFilter
from .presence import SURE, Evidence, Presence, compare_opinions, is_round

# Sides of a part of the frame as shares of the frame's: a left and a right one at the bottom, which overlap.
_PART = 0.6, 0.75
# Distance from the frame's middle, as a share of its width, from which motion says which part to look at.
_ASIDE = 0.1
# Share of a crop below which the people whom both networks see in it deserve a crop of their own.
_CLOSER = 0.6

Ask = Callable[[View, Crop], Bytes]


class PeopleSearch:
    """Looks for people with the second network, and moves the crop to those whom both networks see."""

    def __init__(
        self,
        second_model: HumanSegModel,
        person_filter: PersonFilter,
        tracker: CropTracker,
        presence: Presence,
        ask: Ask,
    ) -> None:
        """Choose the networks.

        Args:
            second_model: It looks.
            person_filter: Decides which components are people.
            tracker: It is moved to the people.
            presence: It is told what was found.
            ask: Returns the first network's matte of a crop of a frame, uint8 (h, w).
        """
        self._second_model = second_model
        self._person_filter = person_filter
        self._tracker = tracker
        self._presence = presence
        self._ask = ask
        self.reset()

    def reset(self) -> None:
        """Begin with the whole frame."""
        # Which part of the frame is next; 0 before the first look.
        self._turn = 0
        self._was_motion = False
        # Whether both networks saw something at the same place, and whether that brought the look after it.
        self._is_hint = self._was_hint = False

    def look(self, view: View, motion: float | None) -> None:
        """Look for people in a frame.

        Args:
            view: The frame.
            motion: Where something moves where nobody was, as a share of the width; None if nothing does.
        """
        presence, tracker, before = self._presence, self._tracker, self._tracker.crop
        is_first, most, self._is_hint = self._turn == 0, Evidence.NONE, False
        for area in self._choose_areas(view, motion):
            evidence = self._look_at(view, area)
            if presence.accepts(evidence, is_first=is_first):
                crop = tracker.crop
                assert crop is not None
                presence.confirm(measure_area(self._ask(view, crop), crop), is_news=crop != before)
                return
            most = max(most, evidence)
            if not presence.is_somebody:
                tracker.reset()
        if most is Evidence.NONE:
            # Somebody who comes in is seen better in the next frame.
            is_hint = motion is not None and self._is_hint and not self._was_hint
            presence.deny(is_hint=is_hint)
            self._was_hint = is_hint
        else:
            presence.hope(most)
        if not presence.is_somebody:
            tracker.reset()

    def _choose_areas(self, view: View, motion: float | None) -> list[Crop]:
        """Return the parts of the frame to look at: all where nothing is known, else one after the other."""
        whole, starts_to_move = make_full_crop(view), motion is not None and not self._was_motion
        self._was_motion = motion is not None
        if self._presence.is_somebody or (self._turn and (starts_to_move or self._was_hint)):
            self._turn = 1
            return [whole]
        # Of a frame of two pixels a part would be nothing.
        width = round(_PART[0] * view.width) // 2 * 2 or view.width
        top = round((1 - _PART[1]) * view.height) // 2 * 2
        left = Crop(0, top, width, view.height)
        right = Crop((view.width - width) // 2 * 2, top, view.width, view.height)
        turn, self._turn = self._turn, self._turn % 4 + 1
        if turn == 0:
            return [whole, left, right]
        if turn % 2 == 0:
            return [whole]
        if motion is not None and abs(motion - 0.5) > _ASIDE:
            return [left if motion < 0.5 else right]
        return [left if turn == 1 else right]

    def _look_at(self, view: View, area: Crop) -> Evidence:
        """Look at a part of the frame, and move the crop to the people in it."""
        tracker, known = self._tracker, self._tracker.save()
        opinion = self._second_model(view, area)
        tracker.update_from_frame(self._person_filter(opinion, area)[1], view.width, view.height)
        if tracker.crop is None:
            return Evidence.NONE
        evidence, joint = self._judge(view, tracker.crop, area, opinion)
        if evidence is Evidence.CERTAIN:
            return evidence
        if known[0] is not None and known[0] != tracker.crop:
            # What else the look found may be nobody: are those who were there still there?
            found = tracker.save()
            tracker.restore(known)
            old_evidence, _ = self._judge(view, known[0], area, opinion)
            if old_evidence < evidence:
                tracker.restore(found)
            return max(evidence, old_evidence)
        if known[0] is None and evidence is Evidence.NONE and joint is not None:
            bounds, crop = self._person_filter(joint, tracker.crop)[1], tracker.crop
            tracker.reset()
            tracker.update_from_frame(bounds, view.width, view.height)
            closer = tracker.crop
            if closer is not None and closer.width * closer.height < _CLOSER * crop.width * crop.height:
                return max(evidence, self._judge(view, closer, closer, None)[0])
            tracker.restore((crop, *known[1:]))
        return evidence

    def _judge(self, view: View, crop: Crop, area: Crop, opinion: Bytes | None) -> tuple[Evidence, Bytes | None]:
        """Return how sure both networks are of people in a crop; and, if they are not, whom both see in it.

        Args:
            view: The frame.
            crop: The crop.
            area: The part of the frame that the opinion shows.
            opinion: The second network's; None before it was asked.
        """
        matte, is_whole = self._ask(view, crop), area == make_full_crop(view)
        if is_round(matte, crop) or (opinion is not None and is_round(opinion, area)):
            return Evidence.NONE, None
        is_plausible, is_sure = self._presence.is_somebody, False
        if is_whole and opinion is not None:
            agreement = compare_opinions(matte, opinion, area, crop)
            if agreement.is_strong:
                return Evidence.CERTAIN, None
            is_plausible = is_plausible or agreement.is_plausible
            is_sure = agreement.is_plausible and agreement.confidence >= SURE
            self._is_hint = agreement.is_hint
        closer = self._second_model(view, crop)
        agreement = compare_opinions(matte, closer, crop, crop)
        if agreement.is_certain_in_crop:
            return Evidence.CERTAIN, None
        joint = as_bytes(cv2.min(matte, resize_bytes(closer, matte.shape[1], matte.shape[0])))
        if not (is_plausible and agreement.is_clear_in_crop):
            return Evidence.NONE, joint
        if is_sure:
            return Evidence.CERTAIN, None
        return (Evidence.LASTING if agreement.is_lasting_in_crop else Evidence.WEAK), joint


def measure_area(matte: Bytes, crop: Crop) -> float:
    """Return the area in the frame, in pixels, of the people in the matte of a crop, uint8 (h, w)."""
    return float(np.count_nonzero(matte > 127)) * crop.width * crop.height / matte.size
