"""The camera operator: when the shot changes, and the smooth path from one to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .composition import Limits, Shot, Subject, compose, find_height

# The path is a chain of equal low-passes: after a step it rises without overshoot, its acceleration is continuous, and,
# as each shot is a mean of wanted ones, it never leaves the frame. Critically damped motion of order two has a jump of
# the acceleration instead.
_STAGES = 3
# Seconds of one stage: nine tenths of a move take 5.3 of them.
_STAGE_TIME = 0.28
# The camera aims at where people will be after this share of its delay: after all of it, it would overshoot when
# somebody who walks stands still.
_LEAD = 0.5
# When nobody is there the shot is held for some seconds.
_HOLD = 1.5
# Speeds, as multiples of the usual one: of becoming wide when nobody is there; of becoming tighter, at least by this
# factor, for which there is no hurry; and when somebody begins to leave the shot, and is a face beyond its edge.
_WIDENING, _TIGHTENING, _HURRY, _MOST_HURRY = 0.25, 0.5, 2.0, 3.0
_TIGHTER = 0.97
# Seconds in which the speed changes.
_HURRY_TIME = 0.2
# The dead zone, as shares of the shot's sides: people move within it and the camera rests.
_ZONE = 0.07
# The camera rests again when the wanted shot has stayed within this share of the zone for so many seconds.
_RESTING, _REST_TIME = 0.5, 0.5
# The shot becomes wider if it shows too little by this factor, and tighter if it has shown too much for some seconds.
_TOO_TIGHT, _TOO_WIDE, _PATIENCE = 1.04, 1.25, 1.0
# A person whose eyes are so many face sizes from the shot's edge, or will be after so many seconds, is about to leave.
_NEAR_EDGE, _SOON = 0.7, 0.3
# The longest time that may pass between two frames: the rest of a pause, as of a camera that was lost, is left out.
_LONGEST_STEP = 0.2


class Operator:
    """Chooses shots, and moves from one to the next."""

    def __init__(self) -> None:
        """Begin without a shot."""
        self._stages: list[Shot] = []
        self.reset()

    def reset(self) -> None:
        """Begin anew, as at a cut: the next shot is taken at once."""
        self._stages = []
        self._wanted: Shot | None = None
        self._is_following = False
        self._anchor: Shot | None = None
        self._since = self._wide_since = self._alone_since = 0.0
        self._last = 0.0
        self._hurry = 1.0

    @property
    def shot(self) -> Shot | None:
        """The shot of the last frame."""
        return self._stages[-1] if self._stages else None

    def aim(self, subjects: Sequence[Subject], limits: Limits, time: float, speed: float = 1.0) -> None:
        """Choose the shot that the camera moves to, given who is there now.

        Args:
            subjects: Who is to be shown; none if nobody is there.
            limits: What is allowed.
            time: In seconds.
            speed: As that of `move`.
        """
        if not subjects:
            self._is_following = False
            if self._wanted is None or time - self._alone_since >= _HOLD:
                self._wanted = limits.make_widest()
            return
        self._alone_since = time
        now, subjects = (
            subjects,
            [one.predict(_LEAD * _STAGES * _STAGE_TIME / (speed * self._hurry)) for one in subjects],
        )
        # Both are shown: for whoever walks fast a narrow shot becomes wider.
        needed = find_height([*now, *subjects], limits)
        if self._wanted is None:
            self._wanted = compose(subjects, needed, limits)
            return
        height = self._choose_height(needed, time)
        ideal = compose(subjects, height, limits)
        if height < needed and any(_measure_loss(one, ideal, limits) for one in subjects):
            ideal = compose(subjects, height := needed, limits)
        is_cut_off = any(_measure_loss(one, self._wanted, limits) for one in subjects)
        if not self._is_following and (is_cut_off or _measure(ideal, self._wanted, limits.aspect) > 1):
            self._is_following, self._anchor, self._since = True, ideal, time
        if self._is_following:
            assert self._anchor is not None
            if _measure(ideal, self._anchor, limits.aspect) > _RESTING:
                self._anchor, self._since = ideal, time
            self._is_following = time - self._since < _REST_TIME
            self._wanted = ideal
        elif height != self._wanted.height:
            self._wanted = ideal

    def _choose_height(self, needed: float, time: float) -> float:
        assert self._wanted is not None
        height = self._wanted.height
        if needed * _TOO_WIDE > height:
            self._wide_since = time
        is_too_wide = time - self._wide_since > _PATIENCE
        return needed if needed > _TOO_TIGHT * height or is_too_wide else height

    def move(self, subjects: Sequence[Subject], limits: Limits, time: float, speed: float) -> Shot:
        """Return the shot of the next frame.

        Args:
            subjects: Who is to be shown.
            limits: What is allowed.
            time: In seconds.
            speed: 1 for the usual one.
        """
        assert self._wanted is not None
        if not self._stages:
            self._stages = [self._wanted] * _STAGES
            self._last = time
            return self._wanted
        passed = min(_LONGEST_STEP, max(0.0, time - self._last))
        self._last = time
        shot = self._stages[-1]
        is_far = self._wanted.height > shot.height / _TIGHTER or _measure(self._wanted, shot, limits.aspect) > _RESTING
        late = max((_measure_loss(one.predict(_SOON), shot, limits) for one in subjects), default=0.0)
        if is_far and late > 0:
            aim = _HURRY + (_MOST_HURRY - _HURRY) * min(1.0, late)
        elif not subjects and self._wanted == limits.make_widest():
            aim = _WIDENING
        else:
            aim = _TIGHTENING if self._wanted.height < _TIGHTER * shot.height else 1.0
        # The speed itself changes smoothly.
        self._hurry = aim + (self._hurry - aim) * math.exp(-passed * speed / _HURRY_TIME)
        rest = math.exp(-passed * speed * self._hurry / _STAGE_TIME)
        goal = self._wanted
        for number, stage in enumerate(self._stages):
            goal = Shot(*(new + (old - new) * rest for old, new in zip(stage, goal, strict=True)))
            self._stages[number] = goal
        return goal


def _measure(one: Shot, other: Shot, aspect: float) -> float:
    """Return how far two shots are apart, in dead zones."""
    height = min(one.height, other.height)
    return max(abs(one.x - other.x) / aspect, abs(one.y - other.y)) / (_ZONE * height)


def _measure_loss(subject: Subject, shot: Shot, limits: Limits) -> float:
    """Return by how many face sizes a person is too near to an edge of a shot that is not the frame's; 0 for none."""
    x, y = subject.eyes
    half = shot.height * limits.aspect / 2, shot.height / 2
    # A face that fills the shot is near both edges: what counts is the farther one.
    reach = min(_NEAR_EDGE * subject.size, 0.9 * min(half))
    left, right = shot.x - half[0], shot.x + half[0]
    top, bottom = shot.y - half[1], shot.y + half[1]
    losses = (
        left - (x - reach) if left > 1 else 0.0,
        x + reach - right if right < limits.width - 1 else 0.0,
        top - (y - reach) if top > 1 else 0.0,
        y + reach - bottom if bottom < limits.height - 1 else 0.0,
    )
    return max(0.0, *losses) / max(subject.size, 1e-6)
