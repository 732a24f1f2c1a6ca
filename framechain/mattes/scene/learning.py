"""Mattes that watch the empty scene for a while before they answer, and keep learning where nobody is."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arguments import check_count, check_number
from ...pixels.image import Image
from ..arrays import Bytes, as_bytes, grown, softened
from .exposure import Exposure
from .ghosts import Ghosts
from .plate import SceneMatte

# A camera that has just been switched on is still looking for its exposure: beyond this factor, begin anew with it.
_SETTLED = 0.1
# The scene changes so slowly after the warm-up that it is enough to learn from every eighth frame.
LEARN_EVERY = 8
# How often its picture is made anew from the average.
_REFRESH = 16
# A ghost's rim, where it is mixed with the scene, is a part of it.
_AROUND_GHOST = 4


class LearningMatte(SceneMatte):
    """Base of mattes that learn the empty scene.

    While warming up they answer "nobody" everywhere and tell in `status` how many frames are still to come. After it
    they learn from what is sure to be background and from nothing near the foreground (selective learning), so a
    person who stands still stays in front for as long as she likes. Where somebody has left who was there while the
    scene was learnt, it is learnt anew (`Ghosts`). The key `r` starts over.
    """

    keys = MappingProxyType({"r": "learn the empty scene anew"})

    def __init__(self, *, warm_up: int, learning_rate: float, **scene: Any) -> None:
        """Set what is common to all.

        Args:
            warm_up: How many frames are learnt before anything is shown; at least 1.
            learning_rate: What a frame counts in what is learnt after the warm-up, 0..1; 0 = nothing more is learnt.
            scene: As for `SceneMatte`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.warm_up = check_count("warm_up", warm_up, 1)
        self.learning_rate = check_number("learning_rate", learning_rate, 0, 1)
        super().__init__(**scene)

    def forget(self) -> None:
        """Start over."""
        super().forget()
        self.status = None
        self._seen = 0
        self._mean: NDArray[np.float32] | None = None
        self._ghosts = Ghosts()

    @property
    def rate(self) -> float:
        """What a frame counts of which only every eighth is learnt from."""
        return float(1 - (1 - self.learning_rate) ** LEARN_EVERY)

    def prepared(self, small: Image) -> Image:
        """The picture that is learnt from and compared.

        Args:
            small: uint8 (h, w, 3) BGR.

        Returns:
            uint8 (h, w, 3).
        """
        return small

    def teach(self, picture: Image, known: Bytes | None) -> None:
        """Let a subclass's own model learn.

        Args:
            picture: uint8 (h, w, 3) BGR in the scene's exposure.
            known: uint8 (h, w): 255 where there is somebody; None while warming up.
        """

    def completed(self, mean: NDArray[np.float32]) -> NDArray[np.float32]:
        """Make the empty scene of what was seen on the average while warming up.

        Args:
            mean: float32 (h, w, 3) BGR.

        Returns:
            float32 (h, w, 3).
        """
        return mean

    def find(self, small: Image) -> Bytes | None:
        """Learn, or find what is in front.

        Args:
            small: uint8 (h, w, 3) BGR.

        Returns:
            uint8 (h, w), 255 = in front; None while warming up.
        """
        picture = self.prepared(small)
        if self._seen < self.warm_up:
            self._warm(picture)
            return None
        self.adapt_exposure(picture)
        mask, known = self.compare(picture)
        self._seen += 1
        if self.learning_rate and self._seen % LEARN_EVERY == 0:
            self._learn(picture, mask, known)
        return softened(mask)

    def _warm(self, picture: Image) -> None:
        if self._mean is None:
            self._begin(picture)
        else:
            self.adapt_exposure(picture)
            if np.abs(np.log(self.exposure.gain)).max() > _SETTLED:
                self._begin(picture)
        assert self._mean is not None
        self._seen += 1
        # The weight of a plain average; what was seen before a new beginning does not count.
        self._averaged += 1
        assert self.scene is not None
        seen = self.exposure.of_scene(picture, self.scene)
        cv2.accumulateWeighted(seen, self._mean, 1 / self._averaged)
        self.teach(seen, None)
        last = self._seen == self.warm_up
        if last:
            self._mean = self.completed(self._mean)
        if last or self._seen % _REFRESH == 0:
            self._refresh()
        self.status = None if last else f"Taking background, hold still: {self.warm_up - self._seen}"

    def _refresh(self) -> None:
        assert self._mean is not None
        self.scene = as_bytes(cv2.convertScaleAbs(self._mean))

    def _begin(self, picture: Image) -> None:
        self.exposure = Exposure()
        self._mean = picture.astype(np.float32)
        self._averaged = 0
        self.scene = picture.copy()
        self.begin()

    def begin(self) -> None:
        """A subclass's own model starts from nothing."""

    def _learn(self, picture: Image, mask: Bytes, known: Bytes) -> None:
        assert self._mean is not None
        assert self.scene is not None
        seen = self.exposure.of_scene(picture, self.scene)
        ghosts = self._ghosts.look(mask, seen, self.scene)
        if ghosts.any():
            again = (grown(ghosts, _AROUND_GHOST) & ~(mask & ~ghosts)) > 0
            self._mean[again] = seen[again]
            known = np.where(again, 0, known).astype(np.uint8)
            self._refresh()
        cv2.accumulateWeighted(seen, self._mean, self.rate, mask=~known)
        self.teach(seen, known)
        if self._seen % _REFRESH == 0:
            self._refresh()

    def on_key(self, key: str) -> bool:
        """Start over at `r`.

        Args:
            key: One character.

        Returns:
            Whether it was `r`.
        """
        if key.lower() != "r":
            return False
        self.forget()
        return True
